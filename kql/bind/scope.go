package bind

import (
	"strings"

	"github.com/glasswatch/glasswatch/kql/ast"
	"github.com/glasswatch/glasswatch/kql/function"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/token"
)

// scope is a block of names: of the prelude, of the query, of one call of a function.
type scope struct {
	parent *scope
	names  map[string]*entry
	// of a let of the prelude, which is alone in its scope: there are many, and most are not used
	name string
	only *entry
	// of the outermost scope: finds a stored function, nil when there is none
	stored      func(name string) *entry
	storedNames func() []string
}

// entry is what a name stands for: a scalar, a table or a function, or a let that is bound at its first use.
type entry struct {
	expr    plan.Expr
	node    plan.Node
	fn      *ast.Func
	closure *scope // where fn was defined, or pattern
	pattern *ast.DeclarePattern
	lazy    *ast.Let
	prelude bool
	broken  bool // bound with errors: uses of it are silent
	size    int  // of node, counted again at each use
	row     *row // the row that expr's columns belong to; nil for a constant
}

func (s *scope) lookup(name string) *entry {
	for ; s != nil; s = s.parent {
		if s.only != nil && s.name == name {
			return s.only
		}
		if e := s.names[name]; e != nil {
			return e
		}
		if s.stored != nil {
			if e := s.stored(name); e != nil {
				s.set(name, e)
				return e
			}
		}
	}
	return nil
}

func (s *scope) set(name string, e *entry) {
	if s.names == nil {
		s.names = map[string]*entry{}
	}
	s.names[name] = e
}

// list returns the names that fit, for hints.
func (s *scope) list(fits func(*entry) bool) []string {
	var out []string
	for ; s != nil; s = s.parent {
		if s.only != nil && (s.only.lazy != nil || fits(s.only)) {
			out = append(out, s.name)
		}
		for name, e := range s.names {
			if e.lazy != nil || fits(e) {
				out = append(out, name)
			}
		}
		if s.storedNames != nil {
			out = append(out, s.storedNames()...)
		}
	}
	return out
}

// prelude makes a scope of let statements that are bound when they are used: most queries use few of them.
func (b *binder) prelude(q *ast.Query, parent *scope) *scope {
	s := parent
	scopes, entries := make([]scope, len(q.Stmts)), make([]entry, len(q.Stmts))
	for i, stmt := range q.Stmts {
		l, ok := stmt.(*ast.Let)
		if !ok {
			b.errorf(token.Span{}, "GW042", "", "the prelude may hold let statements only")
			return s
		}
		entries[i] = entry{lazy: l, prelude: true, closure: s} // a definition sees those before it
		scopes[i] = scope{parent: s, name: l.Name.Text, only: &entries[i]}
		s = &scopes[i]
	}
	return s
}

// resolve binds a lazy entry; used is where it is used.
func (b *binder) resolve(e *entry, used token.Span) *entry {
	if e.lazy == nil {
		return e
	}
	l := e.lazy
	e.lazy = nil
	outer := b.used
	if b.used == nil {
		b.used = &used
	}
	b.define(e, l.Value, env{names: e.closure})
	b.used = outer
	return e
}

// let binds a let statement and enters its name.
func (b *binder) let(l *ast.Let, names *scope, e env) {
	if names.names[l.Name.Text] != nil {
		b.errorf(l.Name.Span, "KS201", "give it another name", "a variable with the name %q has already been declared", l.Name.Text)
		return
	}
	entry := &entry{}
	b.define(entry, l.Value, e)
	names.set(l.Name.Text, entry)
}

// define binds the value of a let.
func (b *binder) define(into *entry, x ast.Expr, e env) {
	switch x := x.(type) {
	case *ast.Func:
		into.fn = x
		if !into.prelude {
			into.closure = &scope{parent: e.names.parent, names: cloneNames(e.names.names)}
		}
		return
	case *ast.Bad:
		into.broken = true
		return
	}
	if b.isTabular(x, e.names) {
		before := b.size
		into.node = b.relation(x, e)
		into.size = b.size - before
		into.broken = into.node == nil
		return
	}
	before := b.size
	into.expr = b.expr(x, env{names: e.names})
	into.size = b.size - before + 1
	into.row = rowOf(into.expr, env{})
	into.broken = isBroken(into.expr)
}

// cloneNames keeps what a function sees at its definition from later names in the same block.
func cloneNames(m map[string]*entry) map[string]*entry {
	out := make(map[string]*entry, len(m))
	for k, v := range m {
		out[k] = v
	}
	return out
}

// isTabular tells from its form and the names in it whether an expression gives a table.
func (b *binder) isTabular(x ast.Expr, names *scope) bool {
	switch x := x.(type) {
	case *ast.Pipe, *ast.Datatable, *ast.External:
		return true
	case *ast.Member:
		return isRemote(x) || b.patternOf(x, names) != nil
	case *ast.Paren:
		return b.isTabular(x.X, names)
	case *ast.Name:
		if e := names.lookup(x.Text); e != nil {
			return b.givesTable(e)
		}
		return b.Catalog != nil && b.Catalog.Table(x.Text) != nil
	case *ast.Call:
		switch x.Name.Text {
		case "materialize", "table", "_GetWatchlist", "_GetWatchlistAlias":
			return true
		case "toscalar":
			return false
		}
		if e := names.lookup(x.Name.Text); e != nil {
			return b.givesTable(e)
		}
	}
	return false
}

func (b *binder) givesTable(e *entry) bool {
	switch {
	case e.node != nil, e.pattern != nil:
		return true
	case e.lazy != nil:
		if f, ok := e.lazy.Value.(*ast.Func); ok {
			return b.returnsTable(f, e.closure)
		}
		return b.isTabular(e.lazy.Value, e.closure)
	case e.fn != nil:
		return b.returnsTable(e.fn, e.closure)
	}
	return false
}

// returnsTable tells whether the last expression of a function's body gives a table.
func (b *binder) returnsTable(f *ast.Func, closure *scope) bool {
	if b.judged[f] { // a stored function that calls itself
		return false
	}
	if b.judged == nil {
		b.judged = map[*ast.Func]bool{}
	}
	b.judged[f] = true
	defer delete(b.judged, f)
	inner := &scope{parent: closure}
	for _, p := range f.Params {
		e := &entry{broken: true}
		if p.Type == nil {
			e.node = &plan.Values{}
		}
		inner.set(p.Name.Text, e)
	}
	for _, s := range f.Body.Stmts {
		switch s := s.(type) {
		case *ast.Let:
			inner.set(s.Name.Text, &entry{lazy: s, closure: inner})
		case *ast.ExprStmt:
			return b.isTabular(s.X, inner)
		}
	}
	return false
}

// scalar resolves a name in a scalar expression: a column of the row first, then a let or parameter.
func (b *binder) scalar(x *ast.Name, e env) plan.Expr {
	if e.row != nil {
		if i := find(e.row.cols, x.Text); i >= 0 {
			if e.row.aggs != nil {
				b.errorf(x.Span, "KS236", "write take_any("+x.Text+"), or add it after by", "the column %s stands in no aggregation function", x.Text)
				return broken()
			}
			return &plan.Col{Index: i, Typ: e.row.cols[i].Type}
		}
	}
	if el, ok := b.elementOf(x, e); ok {
		return b.elementBag(el, x, e)
	}
	if entry := e.names.lookup(x.Text); entry != nil {
		return b.scalarEntry(entry, x, e)
	}
	if e.row != nil && isOpen(e.row.cols) {
		return broken() // perhaps a column; see open.go
	}
	if e.row != nil && isGuess(e.row.cols) {
		b.wantColumn(x.Text)
		return broken()
	}
	b.unknownName(x, e)
	return broken()
}

func (b *binder) scalarEntry(entry *entry, x *ast.Name, e env) plan.Expr {
	entry = b.resolve(entry, x.Span)
	switch {
	case entry.broken:
		return broken()
	case entry.fn != nil:
		return b.inlineScalar(entry, x.Text, nil, x.Span, e)
	case entry.pattern != nil:
		b.errorf(x.Span, "KS107", "write it as the source of a table, with its arguments", "%s is a pattern; a value is expected", x.Text)
		return broken()
	case entry.node != nil:
		b.errorf(x.Span, "KS107", "write toscalar("+x.Text+") for its first value", "%s is a table; a value is expected", x.Text)
		return broken()
	case entry.row != nil && e.row != nil && e.row != entry.row:
		b.errorf(x.Span, "GW043", "", "%s depends on a row; it cannot be used inside a table expression", x.Text)
		return broken()
	}
	if _, ok := entry.expr.(*plan.Const); !ok && !b.grown(entry.size, x.Span) {
		return broken()
	}
	return entry.expr
}

// find returns the position of a column, -1 when there is none.
func find(cols []plan.Column, name string) int {
	for i := range cols {
		if cols[i].Name == name {
			return i
		}
	}
	return -1
}

// unknownName reports a name that means nothing here, with the nearest one that does.
func (b *binder) unknownName(x *ast.Name, e env) {
	var near []string
	if e.row != nil {
		for _, c := range e.row.cols {
			if !strings.HasPrefix(c.Name, "\x00") { // of a step or an element
				near = append(near, c.Name)
			}
		}
	}
	if e.row != nil && e.row.pattern != nil && b.unqualified(x, e.row.pattern) {
		return
	}
	near = append(near, e.names.list(func(e *entry) bool { return e.expr != nil })...)
	switch {
	case x.Text == "null":
		b.errorf(x.Span, "KS142", "test with isnull(x) or isempty(x); a null has a type: long(null)", "there is no bare null")
		return
	case isFunction(x.Text):
		b.errorf(x.Span, "KS117", "write "+x.Text+"(...)", "the function %q requires an argument list", x.Text)
		return
	}
	what := "column or variable"
	if e.row == nil {
		what = "variable"
	}
	b.errorf(x.Span, "KS142", didYouMean(x.Text, near), "there is no %s %q", what, x.Text)
}

func isFunction(name string) bool {
	if name == "" || name[0] != '_' && (name[0] < 'a' || name[0] > 'z') {
		return false
	}
	_, scalar := function.Lookup(name)
	_, aggregate := function.LookupAggregate(name)
	return (scalar || aggregate) && !isOperatorWord(name)
}

func isOperatorWord(name string) bool {
	switch strings.TrimSuffix(strings.TrimSuffix(name, "~"), "_cs") {
	case "and", "or", "in", "has", "contains", "startswith", "endswith", "hasprefix", "hassuffix", "between", "has_any", "has_all",
		"matches regex", "neg":
		return true
	}
	return false
}

// didYouMean returns a hint with the nearest candidate.
func didYouMean(name string, candidates []string) string {
	if near := token.Nearest(name, candidates); near != "" {
		return "did you mean " + near + "?"
	}
	return ""
}
