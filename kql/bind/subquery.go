package bind

import (
	"github.com/glasswatch/glasswatch/kql/ast"
	"github.com/glasswatch/glasswatch/kql/function"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// toScalar binds toscalar(table), the first value of a table; of a value it is the value.
func (b *binder) toScalar(x *ast.Call, e env) plan.Expr {
	if len(x.Args) != 1 {
		b.errorf(x.Span, "KS119", "", "toscalar expects 1 argument")
		return broken()
	}
	if !b.isTabular(x.Args[0], e.names) {
		return b.expr(x.Args[0], env{names: e.names})
	}
	n := b.table(x.Args[0], env{names: e.names})
	if n == nil {
		return broken()
	}
	at := visibleColumn(n.Columns())
	if at < 0 {
		b.errorf(x.Args[0].Extent(), "KS107", "", "the table has no columns")
		return broken()
	}
	if v, ok := firstWritten(n, at); ok {
		return &plan.Const{Value: v}
	}
	return &plan.Subquery{Table: column(n, at), Typ: n.Columns()[at].Type}
}

// visibleColumn is the first column that is not hidden, -1 without one.
func visibleColumn(cols []plan.Column) int {
	for i, c := range cols {
		if !c.Hidden {
			return i
		}
	}
	return -1
}

// column leaves one column of a table.
func column(n plan.Node, at int) plan.Node {
	cols := n.Columns()
	if len(cols) == 1 {
		return n
	}
	return &plan.Project{Input: n, Cols: []plan.Column{{Name: cols[at].Name, Type: cols[at].Type}}, Exprs: []plan.Expr{&plan.Col{Index: at, Typ: cols[at].Type}}}
}

// firstWritten returns the first value of a column of a table that the query writes out.
func firstWritten(n plan.Node, at int) (value.Value, bool) {
	if p, ok := n.(*plan.Project); ok {
		if v, ok := constant(p.Exprs[at]); ok {
			if rows, ok := p.Input.(*plan.Values); ok && len(rows.Rows) > 0 {
				return v, true
			}
		}
	}
	typ := n.Columns()[at].Type
	rows, at, ok := written(n, at)
	switch {
	case !ok:
		return value.Value{}, false
	case len(rows.Rows) == 0:
		return value.Null(typ), true
	}
	return rows.Rows[0][at], true
}

// inTable binds x in (table). The values of a table that the query writes out become a list.
func (b *binder) inTable(x *ast.In, e env) plan.Expr {
	of := b.expr(x.X, e)
	n := b.table(x.List[0], env{names: e.names})
	if n == nil || isBroken(of) {
		return broken()
	}
	at := visibleColumn(n.Columns())
	if at < 0 {
		b.errorf(x.List[0].Extent(), "KS107", "", "the table has no columns")
		return broken()
	}
	if items, ok := b.writtenItems(n, at); ok {
		return b.operator(x.Op, x.OpSpan, append([]plan.Expr{of}, items...)...)
	}
	if x.Op == "has_any" || x.Op == "has_all" {
		return b.hasTable(x, of, n, at)
	}
	f, ok := function.Lookup(x.Op)
	if !ok {
		b.errorf(x.OpSpan, "GW020", "", "the operator %s is not supported yet", x.Op)
		return broken()
	}
	col := &plan.Col{Index: at, Typ: n.Columns()[at].Type}
	o, _, _, err := f.Resolve([]value.Type{of.Type(), col.Typ})
	if err != nil {
		b.errorf(x.OpSpan, "KS106", "", "%s", err)
		return broken()
	}
	typ := o.Params[0].Types[0]
	item := b.convert(col, typ, x.List[0].Extent())
	out := &plan.InTable{X: b.convert(of, typ, x.X.Extent()), Table: column(n, at), Fold: x.Op == "in~" || x.Op == "!in~", Not: x.Op[0] == '!'}
	if item != plan.Expr(col) {
		out.Table = &plan.Project{Input: n, Cols: []plan.Column{{Name: n.Columns()[at].Name, Type: typ}}, Exprs: []plan.Expr{item}}
	}
	if isBroken(out.X) || isBroken(item) || !b.grown(1, x.Span) {
		return broken()
	}
	return out
}

// writtenItems returns the values of a table that the query writes out, as constants.
func (b *binder) writtenItems(n plan.Node, at int) ([]plan.Expr, bool) {
	rows, at, ok := written(n, at)
	if !ok {
		return nil, false
	}
	items := make([]plan.Expr, len(rows.Rows))
	for i, r := range rows.Rows {
		items[i] = &plan.Const{Value: r[at]}
	}
	if len(items) == 0 {
		items = append(items, &plan.Const{Value: value.NewDynamic([]any{})})
	}
	return items, true
}

// hasTable binds has_any and has_all over a table: its values become one array, made once.
func (b *binder) hasTable(x *ast.In, of plan.Expr, n plan.Node, at int) plan.Expr {
	list, ok := function.LookupAggregate("make_list")
	if !ok {
		panic("bind: BUG: no aggregation function make_list")
	}
	text := b.convert(&plan.Col{Index: at, Typ: n.Columns()[at].Type}, value.String, x.List[0].Extent())
	if isBroken(text) {
		return text
	}
	table := &plan.Aggregate{
		Input: n,
		Cols:  []plan.Column{{Name: "items", Type: value.Dynamic}},
		Aggs:  []plan.AggCall{{Agg: list, Args: []plan.Expr{text}, Type: value.Dynamic}},
	}
	return b.operator(x.Op, x.OpSpan, of, &plan.Subquery{Table: table, Typ: value.Dynamic})
}

// materialize binds a table that is computed once, however often it is used.
func (b *binder) materialize(x *ast.Call, e env) plan.Node {
	if len(x.Args) != 1 {
		b.errorf(x.Span, "KS119", "", "materialize expects 1 argument")
		return nil
	}
	n := b.table(x.Args[0], env{names: e.names})
	switch n.(type) {
	case nil, *plan.Shared, *plan.Values:
		return n
	}
	return &plan.Shared{Input: n}
}
