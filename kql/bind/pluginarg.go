package bind

import (
	"slices"

	"github.com/glasswatch/glasswatch/kql/ast"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/plugin"
	"github.com/glasswatch/glasswatch/kql/value"
)

// argument binds one argument and appends it; false after an error, or when it depends on columns not known yet.
func (c *pluginCall) argument(p *plugin.Param, x ast.Expr) bool {
	a := plugin.Arg{Param: p.Name, Text: ast.Text(x), Column: -1, Lookup: -1}
	if n, ok := x.(*ast.Named); ok && len(n.Names) == 1 {
		a.Name, x = n.Names[0].Text, n.X
	}
	if l, ok := x.(*ast.Literal); ok && p.Tilde && l.Value.Type() == value.String && l.Value.Text() == "~" {
		return true
	}
	ok := false
	switch p.Kind {
	case plugin.Constant:
		ok = c.constantArg(p, &a, x)
	case plugin.Reference, plugin.Expression:
		ok = c.valueArg(p, &a, x)
	case plugin.Aggregation:
		ok = c.aggregateArg(&a, x)
	case plugin.Table:
		ok = c.tableArg(&a, x)
	case plugin.LookupReference, plugin.CommonReference:
		ok = c.lookupArg(p, &a, x)
	}
	if ok {
		c.call.Args = append(c.call.Args, a)
	}
	return ok
}

// constantArg binds a value that does not depend on a row: now, or when the plan runs.
func (c *pluginCall) constantArg(p *plugin.Param, a *plugin.Arg, x ast.Expr) bool {
	bound := c.b.expr(x, env{names: c.e.names})
	if isBroken(bound) {
		return false
	}
	if !c.fits(p, bound.Type()) {
		if !isNumber(bound.Type()) || !slices.ContainsFunc(p.Types, isNumber) {
			return c.wrongType(p, x, bound.Type())
		}
		if bound = c.b.convert(bound, p.Types[0], x.Extent()); isBroken(bound) {
			return false
		}
	}
	a.Type = bound.Type()
	if v, ok := constant(bound); ok {
		a.Const = &v
	} else {
		c.late = append(c.late, plan.LateArg{Arg: len(c.call.Args), X: bound})
	}
	return true
}

// valueArg binds a column of the input, or for an Expression anything over its columns.
func (c *pluginCall) valueArg(p *plugin.Param, a *plugin.Arg, x ast.Expr) bool {
	before := c.b.errors
	bound := c.b.expr(x, c.e)
	if name, ok := x.(*ast.Name); ok && isBroken(bound) && c.b.errors == before && p.Kind == plugin.Reference && len(p.Types) > 0 {
		// One of the columns that an open table does not show: of a type that fits, behind those that it shows.
		a.Name, a.Type = name.Text, p.Types[0]
		a.Column = c.place(&plan.Const{Value: value.Null(a.Type)})
		return true
	}
	if isBroken(bound) {
		return false
	}
	col, isColumn := bound.(*plan.Col)
	if !isColumn && p.Kind == plugin.Reference {
		c.b.errorf(x.Extent(), "KS109", "compute it before: | extend x = "+ast.Text(x), "the argument %s is the name of a column", p.Name)
		return false
	}
	if !c.fits(p, bound.Type()) {
		return c.wrongType(p, x, bound.Type())
	}
	if a.Type = bound.Type(); a.Name == "" {
		if a.Name, _ = resultName(x); isColumn {
			a.Name = c.in.Columns()[col.Index].Name
		}
	}
	a.Column = c.place(bound)
	return true
}

// place returns where a value is found in the rows: a visible column, or one computed for it.
func (c *pluginCall) place(x plan.Expr) int {
	if col, ok := x.(*plan.Col); ok {
		if i := slices.Index(c.visible, col.Index); i >= 0 {
			return i
		}
	}
	c.computed = append(c.computed, x)
	return len(c.visible) + len(c.computed) - 1
}

// aggregateArg binds the call of an aggregation function.
func (c *pluginCall) aggregateArg(a *plugin.Arg, x ast.Expr) bool {
	call, ok := x.(*ast.Call)
	f, known := lookupAggregate("")
	if ok {
		f, known = lookupAggregate(call.Name.Text)
	}
	if !known || f.Star {
		c.b.errorf(x.Extent(), "KS236", "write sum(Column), or count()", "an aggregation function with one result is expected here")
		return false
	}
	collected := &aggregation{input: c.e.row, byColumns: map[int]bool{}}
	if isBroken(c.b.aggregate(f, call, env{c.e.names, &row{cols: c.e.row.cols, aggs: collected}})) || len(collected.calls) != 1 {
		return false
	}
	bound := collected.calls[0]
	agg := &plugin.Aggregate{Type: bound.Type}
	types := make([]value.Type, len(bound.Args))
	for i, arg := range bound.Args {
		types[i] = arg.Type()
		at := c.place(arg)
		agg.Args = append(agg.Args, at)
		if at < len(c.visible) {
			agg.Reads = append(agg.Reads, at)
		}
	}
	o, _, _, err := bound.Agg.Resolve(types)
	if err != nil {
		panic("bind: BUG: " + err.Error())
	}
	agg.New = o.New
	a.Agg, a.Type = agg, bound.Type
	return true
}

func (c *pluginCall) tableArg(a *plugin.Arg, x ast.Expr) bool {
	n := c.b.table(x, env{names: c.e.names})
	if n == nil {
		return false
	}
	n = c.b.strip(n)
	a.Table = []plugin.Column{}
	for _, col := range n.Columns() {
		a.Table = append(a.Table, plugin.Column{Name: col.Name, Type: col.Type})
	}
	if c.lookup == nil {
		c.lookup = n.Columns()
	}
	c.tables[len(c.call.Args)] = n
	return true
}

// lookupArg binds the name of a column of the tabular argument; a CommonReference is one of the input too.
func (c *pluginCall) lookupArg(p *plugin.Param, a *plugin.Arg, x ast.Expr) bool {
	name, ok := x.(*ast.Name)
	if !ok {
		c.b.errorf(x.Extent(), "KS109", "", "the argument %s is the name of a column", p.Name)
		return false
	}
	a.Name = name.Text
	if a.Lookup = find(c.lookup, name.Text); a.Lookup < 0 {
		names := make([]string, len(c.lookup))
		for i, col := range c.lookup {
			names[i] = col.Name
		}
		c.b.errorf(x.Extent(), "KS142", didYouMean(name.Text, names), "the lookup table has no column %q", name.Text)
		return false
	}
	if a.Type = c.lookup[a.Lookup].Type; !c.fits(p, a.Type) {
		return c.wrongType(p, x, a.Type)
	}
	if p.Kind == plugin.LookupReference {
		return true
	}
	bound := c.b.expr(x, c.e)
	if isBroken(bound) {
		return false
	}
	if bound.Type() != a.Type {
		c.b.errorf(x.Extent(), "KS107", "", "%s is a %s before evaluate and a %s in the lookup table", name.Text, bound.Type(), a.Type)
		return false
	}
	a.Column = c.place(bound)
	return true
}

func (c *pluginCall) fits(p *plugin.Param, t value.Type) bool {
	return len(p.Types) == 0 || slices.Contains(p.Types, t)
}

func (c *pluginCall) wrongType(p *plugin.Param, x ast.Expr, t value.Type) bool {
	want := p.Types[0].String()
	for _, w := range p.Types[1:] {
		want += ", " + w.String()
	}
	c.b.errorf(x.Extent(), "KS141", "", "the argument %s is a %s; expected %s", p.Name, t, want)
	return false
}
