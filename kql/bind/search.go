package bind

import (
	"regexp"
	"strings"

	"github.com/glasswatch/glasswatch/kql/ast"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/token"
	"github.com/glasswatch/glasswatch/kql/value"
)

// seeking is how the predicate of search or find is bound.
type seeking struct {
	cased bool         // kind=case_sensitive
	row   *row         // the columns of the present table
	null  map[int]bool // columns that another table has, null in this one
}

// search binds search: a union with the table's name in $table, filtered by a predicate in which a text alone is looked
// for in every column.
func (b *binder) search(op *ast.Search, in plan.Node, e env) plan.Node {
	cased, ok := b.searchKind(op)
	legs := b.seekLegs(op.In, in, op.Span, e)
	if legs == nil || !ok {
		return nil
	}
	for i := range legs {
		if legs[i].node = b.seek(legs, i, op.Cond, cased, e); legs[i].node == nil {
			return nil
		}
	}
	return b.unite(legs, unionOptions{source: "$table", span: op.Span})
}

func (b *binder) searchKind(op *ast.Search) (cased, ok bool) {
	for _, o := range op.Options {
		text, s := optionText(o)
		switch {
		case o.Name != "kind":
			b.errorf(o.Span, "KS198", "", "search has no option %s", o.Name)
			return false, false
		case text == "case_sensitive":
			cased = true
		case text != "default" && text != "case_insensitive":
			b.errorf(s, "KS005", "", "expected default, case_insensitive or case_sensitive, got %q", text)
			return false, false
		}
	}
	return cased, true
}

// seekLegs are the tables that are looked through: the input, those written, or all.
func (b *binder) seekLegs(written []ast.Expr, in plan.Node, s token.Span, e env) []leg {
	if in != nil {
		if len(written) > 0 {
			b.errorf(s, "KS198", "", "tables cannot be listed after a pipe")
			return nil
		}
		return []leg{{in, sourceName(in, 0)}}
	}
	if len(written) == 0 {
		written = []ast.Expr{&ast.Star{Span: s}}
	}
	var legs []leg
	for _, x := range written {
		more, ok := b.legs(x, false, len(legs), e)
		if !ok {
			return nil
		}
		legs = append(legs, more...)
	}
	return legs
}

// seek filters one table. Columns that the predicate names and only other tables have are null here.
func (b *binder) seek(legs []leg, i int, cond ast.Expr, cased bool, e env) plan.Node {
	n := legs[i].node
	width := len(n.Columns())
	wide := widen(legs, i, namesIn(cond))
	s := &seeking{cased: cased, row: &row{cols: wide.Columns()}, null: map[int]bool{}}
	for j := width; j < len(wide.Columns()); j++ {
		s.null[j] = true
	}
	test := b.predicate(cond, s, e)
	switch {
	case isBroken(test):
		return nil
	case test.Type() != value.Bool:
		b.errorf(cond.Extent(), "KS141", "", "the condition must be a bool, not a %s", test.Type())
		return nil
	}
	if v, ok := constant(test); ok && v.Bool() {
		return n
	}
	if !b.grown(1, cond.Extent()) {
		return nil
	}
	filtered := &plan.Filter{Input: wide, Cond: test}
	if wide == n {
		return filtered
	}
	refs := references(n.Columns())
	out := &plan.Project{Input: filtered, Cols: n.Columns()}
	for j := range refs {
		out.Exprs = append(out.Exprs, &refs[j])
	}
	return out
}

// namesIn lists the names that a predicate reads columns by.
func namesIn(x ast.Expr) []string {
	switch x := x.(type) {
	case *ast.Name:
		return []string{x.Text}
	case *ast.Paren:
		return namesIn(x.X)
	case *ast.Unary:
		return namesIn(x.X)
	case *ast.Binary:
		return append(namesIn(x.X), namesIn(x.Y)...)
	case *ast.In:
		return append(namesIn(x.X), namesOf(x.List)...)
	case *ast.Between:
		return append(append(namesIn(x.X), namesIn(x.Low)...), namesIn(x.High)...)
	case *ast.Call:
		return namesOf(x.Args)
	case *ast.Member:
		return namesIn(x.X)
	case *ast.Index:
		return append(namesIn(x.X), namesIn(x.I)...)
	}
	return nil
}

func namesOf(xs []ast.Expr) []string {
	var out []string
	for _, x := range xs {
		out = append(out, namesIn(x)...)
	}
	return out
}

// widen adds the columns with these names that only other tables have.
func widen(legs []leg, i int, names []string) plan.Node {
	n := legs[i].node
	var c columns
	c.pass(n.Columns())
	for _, name := range names {
		if c.find(name) >= 0 {
			continue
		}
		for _, other := range legs {
			cols := other.node.Columns()
			if at := find(cols, name); at >= 0 && !cols[at].Hidden {
				c.list = append(c.list, output{name: name, expr: &plan.Const{Value: value.Null(cols[at].Type)}})
				break
			}
		}
	}
	return c.project(n)
}

// predicate binds a condition in which a text alone, or after a column and a colon, is a term to be found.
func (b *binder) predicate(x ast.Expr, s *seeking, e env) plan.Expr {
	inner := env{e.names, s.row}
	switch x := x.(type) {
	case *ast.Paren:
		return b.predicate(x.X, s, e)
	case *ast.Star:
		return &plan.Const{Value: value.NewBool(true)}
	case *ast.Literal:
		if x.Value.Type() == value.String {
			return b.term(x.Value.Text(), b.textColumns(s), x.Span, s.cased)
		}
	case *ast.Binary:
		switch x.Op {
		case "and", "or":
			left, right := b.predicate(x.X, s, e), b.predicate(x.Y, s, e)
			return b.operator(x.Op, x.OpSpan, left, right)
		case ":":
			return b.columnTerm(x, s, inner)
		case "has", "contains", "startswith", "endswith", "hasprefix", "hassuffix", "!has", "!contains", "!startswith", "!endswith", "!hasprefix", "!hassuffix":
			if s.cased {
				cased := *x
				cased.Op += "_cs"
				return b.expr(&cased, inner)
			}
		case "=~":
			if s.cased {
				cased := *x
				cased.Op = "=="
				return b.expr(&cased, inner)
			}
		}
	case *ast.Call:
		if x.Name.Text == "not" && len(x.Args) == 1 && e.names.lookup("not") == nil {
			return b.operator("not", x.Name.Span, b.predicate(x.Args[0], s, e))
		}
	}
	return b.expr(x, inner)
}

// columnTerm binds column:"term".
func (b *binder) columnTerm(x *ast.Binary, s *seeking, inner env) plan.Expr {
	col, term := b.expr(x.X, inner), b.expr(x.Y, inner)
	if isBroken(col) || isBroken(term) {
		return broken()
	}
	v, ok := constant(term)
	if !ok || v.Type() != value.String || col.Type() != value.String && col.Type() != value.Dynamic {
		b.errorf(x.OpSpan, "KS106", "", "the operator : is not defined for %s and %s", col.Type(), term.Type())
		return broken()
	}
	return b.term(v.Text(), []plan.Expr{col}, x.Span, s.cased)
}

// textColumns are the columns that a term is looked for in: those that hold text.
func (b *binder) textColumns(s *seeking) []plan.Expr {
	var out []plan.Expr
	refs := references(s.row.cols)
	for i, c := range s.row.cols {
		if !c.Hidden && !s.null[i] && holdsText(c.Type) {
			out = append(out, &refs[i])
		}
	}
	return out
}

func holdsText(t value.Type) bool {
	return t == value.String || t == value.Dynamic || t == value.GUID
}

// term tests whether one of the columns has a term: a word, or with stars its end, its beginning, a part or a pattern.
func (b *binder) term(text string, cols []plan.Expr, s token.Span, cased bool) plan.Expr {
	if text == "" || text == "*" {
		return &plan.Const{Value: value.NewBool(true)}
	}
	op, text := termOperator(text, cased)
	tests := make([]plan.Expr, 0, len(cols))
	for _, col := range cols {
		col = b.convert(col, value.String, s)
		tests = append(tests, b.operator(op, s, col, &plan.Const{Value: value.NewString(text)}))
	}
	return b.anyOf(tests, s)
}

// anyOf joins tests by or, false without one.
func (b *binder) anyOf(tests []plan.Expr, s token.Span) plan.Expr {
	if len(tests) == 0 {
		return &plan.Const{Value: value.NewBool(false)}
	}
	spans := make([]token.Span, len(tests))
	for i := range spans {
		spans[i] = s
	}
	return b.balanced("or", tests, spans)
}

func termOperator(text string, cased bool) (op, operand string) {
	suffix := ""
	if cased {
		suffix = "_cs"
	}
	inside := strings.Trim(text, "*")
	before, after := strings.HasPrefix(text, "*"), strings.HasSuffix(text, "*")
	switch {
	case strings.Contains(inside, "*"):
		pattern := starPattern(text)
		if !cased {
			pattern = "(?i)" + pattern
		}
		return "matches regex", pattern
	case before && after:
		return "contains" + suffix, inside
	case before:
		return "hassuffix" + suffix, inside
	case after:
		return "hasprefix" + suffix, inside
	}
	return "has" + suffix, inside
}

// starPattern is a term with stars inside as a regular expression.
func starPattern(text string) string {
	parts := strings.Split(text, "*")
	for i := range parts {
		parts[i] = regexp.QuoteMeta(parts[i])
	}
	pattern := strings.Join(parts, ".*")
	if !strings.HasPrefix(text, "*") {
		pattern = `\b` + pattern
	}
	if !strings.HasSuffix(text, "*") {
		pattern += `\b`
	}
	return pattern
}

// anyColumn binds * op value: whether some column that holds text passes.
func (b *binder) anyColumn(x *ast.Binary, e env) plan.Expr {
	if b.onlyElements(x.X.Extent(), e) {
		return broken()
	}
	if e.row == nil {
		b.errorf(x.X.Extent(), "KS191", "", "* is not allowed here")
		return broken()
	}
	operand := b.expr(x.Y, e)
	if isBroken(operand) {
		return operand
	}
	if operand.Type() != value.String {
		b.errorf(x.Y.Extent(), "KS107", "", "* is compared with a string, not a %s", operand.Type())
		return broken()
	}
	var tests []plan.Expr
	for _, col := range b.textColumns(&seeking{row: e.row}) {
		tests = append(tests, b.operator(x.Op, x.OpSpan, b.convert(col, value.String, x.Span), operand))
	}
	return b.anyOf(tests, x.OpSpan)
}
