package bind

import (
	"fmt"
	"sort"
	"strconv"
	"strings"

	"github.com/glasswatch/glasswatch/kql/ast"
	"github.com/glasswatch/glasswatch/kql/function"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/token"
	"github.com/glasswatch/glasswatch/kql/value"
)

func (b *binder) where(op *ast.Where, in plan.Node, e env) plan.Node {
	w := b.over(in)
	cond := b.expr(op.Cond, e.with(in.Columns()))
	below := w.close()
	switch cond.Type() {
	case value.Bool:
		if v, ok := constant(cond); ok && v.Bool() {
			return in
		}
		return w.strip(&plan.Filter{Input: below, Cond: cond})
	case value.Invalid:
		return in
	}
	hint := "compare it with something"
	if cond.Type() == value.Dynamic {
		hint = "write tobool(" + ast.Text(op.Cond) + "), or compare it"
	}
	b.errorf(op.Cond.Extent(), "KS141", hint, "the condition must be a bool, not a %s", cond.Type())
	return in
}

func (b *binder) projection(c *columns, xs []ast.Expr, in plan.Node, e env, how style) plan.Node {
	inner := e.with(in.Columns())
	w := b.over(in)
	for _, x := range xs {
		b.output(c, x, inner, how, "")
	}
	return c.project(w.close())
}

func (b *binder) extend(xs []ast.Expr, in plan.Node, e env) plan.Node {
	var c columns
	c.pass(in.Columns())
	return b.projection(&c, xs, in, e, extending)
}

func (b *binder) print(op *ast.Print, e env) plan.Node {
	var c columns
	w := b.over(&plan.Values{Rows: [][]value.Value{{}}})
	for i, x := range op.Exprs {
		b.output(&c, x, env{names: e.names}, printing, "print_"+strconv.Itoa(i))
	}
	return c.project(w.close())
}

// rows binds the number of take and top.
func (b *binder) rows(x ast.Expr, e env) (int64, bool) { return b.whole(x, e, "the number of rows") }

// whole binds a constant whole number that is not negative.
func (b *binder) whole(x ast.Expr, e env, what string) (int64, bool) {
	bound := b.expr(x, env{names: e.names})
	if isBroken(bound) {
		return 0, false
	}
	v, ok := constant(bound)
	if t := bound.Type(); !ok || t != value.Long && t != value.Int || v.IsNull() || v.Int() < 0 {
		b.errorf(x.Extent(), "KS134", "", "%s must be a constant whole number, 0 or more", what)
		return 0, false
	}
	return v.Int(), true
}

// sort orders by keys; limit is -1 without one.
func (b *binder) sort(xs []ast.Expr, limit int64, in plan.Node, e env) plan.Node {
	w := b.over(in)
	keys := b.sortKeys(xs, in, e)
	return w.strip(&plan.Sort{Input: w.close(), Keys: keys, Limit: limit})
}

func (b *binder) sortKeys(xs []ast.Expr, in plan.Node, e env) []plan.SortKey {
	inner := e.with(in.Columns())
	keys := make([]plan.SortKey, 0, len(xs))
	for _, x := range xs {
		key := plan.SortKey{Descending: true}
		nulls := ""
		if o, ok := x.(*ast.Ordered); ok {
			key.Descending = o.Order == "" || strings.HasSuffix(o.Order, "desc")
			nulls, x = o.Nulls, o.X
			if strings.HasPrefix(o.Order, "granny") {
				b.errorf(o.Span, "KS005", "", "granny order is for the names of project-reorder")
			}
		}
		if n, ok := x.(*ast.Named); ok {
			x = n.X
		}
		key.NullsFirst = nulls == "first" || nulls == "" && !key.Descending
		switch key.Expr = b.expr(x, inner); key.Expr.Type() {
		case value.Invalid:
		case value.Dynamic:
			b.errorf(x.Extent(), "KS116", "write tostring("+ast.Text(x)+")", "a dynamic cannot be sorted")
		default:
			keys = append(keys, key)
		}
	}
	return keys
}

// count is one row with the number of rows.
func (b *binder) count(op *ast.Count, in plan.Node) plan.Node {
	name := "Count"
	if op.As != nil {
		name = op.As.Text
	}
	a, ok := function.LookupAggregate("count")
	if !ok {
		panic("bind: BUG: no aggregation function count")
	}
	return &plan.Aggregate{Input: in, Cols: []plan.Column{{Name: name, Type: value.Long}}, Aggs: []plan.AggCall{{Agg: a, Type: value.Long}}}
}

// distinct projects, then keeps one of each row. Hidden columns do not take part.
func (b *binder) distinct(op *ast.Distinct, in plan.Node, e env) plan.Node {
	var c columns
	inner := e.with(in.Columns())
	w := b.over(in)
	refs := references(in.Columns())
	for _, x := range op.Exprs {
		if _, ok := x.(*ast.Star); ok {
			for i, col := range in.Columns() {
				if !col.Hidden {
					if col.Type == value.Dynamic {
						b.errorf(x.Extent(), "KS116", "project the other columns first, or write tostring("+col.Name+")", "the dynamic %s cannot be compared for distinct", col.Name)
						return nil
					}
					c.add(col.Name, &refs[i], true)
				}
			}
			continue
		}
		n := len(c.list)
		b.output(&c, x, inner, projecting, "")
		if len(c.list) > n && isDynamic(c.list[n].expr) {
			b.errorf(x.Extent(), "KS116", "write tostring("+ast.Text(x)+")", "a dynamic cannot be compared for distinct")
		}
	}
	return &plan.Distinct{Input: c.project(w.close())}
}

func (b *binder) projectAway(op *ast.ProjectAway, in plan.Node) plan.Node {
	drop := b.matching(op.Exprs, in.Columns())
	var c columns
	refs := references(in.Columns())
	for i, col := range in.Columns() {
		if !drop[i] {
			c.list = append(c.list, output{name: col.Name, expr: &refs[i], hidden: col.Hidden})
		}
	}
	return c.project(in)
}

func (b *binder) projectKeep(op *ast.ProjectKeep, in plan.Node) plan.Node {
	keep := b.matching(op.Exprs, in.Columns())
	var c columns
	refs := references(in.Columns())
	for i, col := range in.Columns() {
		if keep[i] {
			c.list = append(c.list, output{name: col.Name, expr: &refs[i]})
		}
	}
	return c.project(in)
}

// matching marks the columns that names and patterns name.
func (b *binder) matching(xs []ast.Expr, cols []plan.Column) []bool {
	marks := make([]bool, len(cols))
	for _, x := range xs {
		for _, i := range b.columnsNamed(x, cols) {
			marks[i] = true
		}
	}
	return marks
}

// columnsNamed returns the positions of the columns that a name or a pattern names; none is an error.
func (b *binder) columnsNamed(x ast.Expr, cols []plan.Column) []int {
	var found []int
	text := ""
	switch x := x.(type) {
	case *ast.Name:
		if i := find(cols, x.Text); i >= 0 {
			return []int{i}
		}
		text = x.Text
	case *ast.Pattern:
		text = x.Text
		for i, c := range cols {
			if !c.Hidden && wildcard(x.Text, c.Name) {
				found = append(found, i)
			}
		}
	case *ast.Star:
		for i, c := range cols {
			if !c.Hidden {
				found = append(found, i)
			}
		}
	case *ast.Bad:
		return nil
	default:
		b.errorf(x.Extent(), "KS109", "", "a column name is expected")
		return nil
	}
	if len(found) == 0 && text != "" && isGuess(cols) && !strings.Contains(text, "*") {
		b.wantColumn(text)
		return nil
	}
	if len(found) == 0 && text != "" && !isOpen(cols) {
		names := make([]string, len(cols))
		for i, c := range cols {
			names[i] = c.Name
		}
		b.errorf(x.Extent(), "KS142", didYouMean(text, names), "there is no column %q", text)
	}
	return found
}

// wildcard matches a name against a pattern in which * stands for any text.
func wildcard(pattern, name string) bool {
	parts := strings.Split(pattern, "*")
	first, last := parts[0], parts[len(parts)-1]
	if !strings.HasPrefix(name, first) {
		return false
	}
	name = name[len(first):]
	for _, part := range parts[1 : len(parts)-1] {
		i := strings.Index(name, part)
		if i < 0 {
			return false
		}
		name = name[i+len(part):]
	}
	return strings.HasSuffix(name, last)
}

func (b *binder) projectRename(op *ast.ProjectRename, in plan.Node) plan.Node {
	cols := in.Columns()
	var c columns
	c.pass(cols)
	for _, x := range op.Exprs {
		n, ok := x.(*ast.Named)
		if !ok || len(n.Names) != 1 {
			b.errorf(x.Extent(), "KS110", "write new = old", "a rename is expected")
			continue
		}
		old, ok := n.X.(*ast.Name)
		if !ok {
			b.errorf(n.X.Extent(), "KS109", "", "a column name is expected")
			continue
		}
		found := b.columnsNamed(old, cols)
		name := n.Names[0].Text
		if i := c.find(name); i >= 0 && c.list[i].hidden {
			c.list[i].name = obscured(name)
		}
		switch {
		case len(found) == 0:
		case c.find(name) >= 0:
			b.errorf(n.Names[0].Span, "KS171", "", "a column with the name %q is already declared", name)
		default:
			c.list[found[0]].name, c.list[found[0]].hidden = name, false
		}
	}
	return c.project(in)
}

func (b *binder) projectReorder(op *ast.ProjectReorder, in plan.Node) plan.Node {
	cols := in.Columns()
	var c columns
	taken := make([]bool, len(cols))
	refs := references(cols)
	take := func(i int) {
		if !taken[i] {
			taken[i] = true
			c.list = append(c.list, output{name: cols[i].Name, expr: &refs[i], hidden: cols[i].Hidden})
		}
	}
	for _, x := range op.Exprs {
		order := ""
		if o, ok := x.(*ast.Ordered); ok {
			order, x = o.Order, o.X
		}
		found := b.columnsNamed(x, cols)
		if _, ok := x.(*ast.Name); !ok && order != "" {
			sortNames(found, cols, order)
		}
		for _, i := range found {
			take(i)
		}
	}
	for i := range cols {
		take(i)
	}
	return c.project(in)
}

// sortNames orders columns by name; granny order counts runs of digits as numbers.
func sortNames(found []int, cols []plan.Column, order string) {
	key := func(i int) string { return strings.ToLower(cols[i].Name) }
	if strings.HasPrefix(order, "granny") {
		key = func(i int) string { return padNumbers(strings.ToLower(cols[i].Name)) }
	}
	sort.SliceStable(found, func(x, y int) bool {
		if strings.HasSuffix(order, "desc") {
			x, y = y, x
		}
		return key(found[x]) < key(found[y])
	})
}

// padNumbers gives every run of digits the same width.
func padNumbers(s string) string {
	var out strings.Builder
	for i := 0; i < len(s); {
		j := i
		for j < len(s) && s[j] >= '0' && s[j] <= '9' {
			j++
		}
		if j > i {
			fmt.Fprintf(&out, "%020s", s[i:j])
			i = j
			continue
		}
		out.WriteByte(s[i])
		i++
	}
	return out.String()
}

// optionText returns the text of an option's value: a name or a literal.
func optionText(o *ast.Option) (string, token.Span) {
	switch v := o.Value.(type) {
	case *ast.Name:
		return v.Text, v.Span
	case *ast.Literal:
		if v.Value.Type() == value.Bool {
			return strconv.FormatBool(v.Value.Bool()), v.Span
		}
		return v.Value.ToText(), v.Span
	}
	return "", o.Span
}
