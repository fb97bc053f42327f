package bind

import (
	"strings"

	"github.com/glasswatch/glasswatch/kql/ast"
	"github.com/glasswatch/glasswatch/kql/function"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// rangeTable binds range as a table.
func (b *binder) rangeTable(op *ast.Range, e env) plan.Node {
	var xs [3]plan.Expr
	ok := true
	for i, x := range []ast.Expr{op.From, op.To, op.Step} {
		xs[i] = b.expr(x, env{names: e.names})
		switch t := xs[i].Type(); {
		case t == value.Invalid:
			ok = false
		case !isNumber(t) && t != value.DateTime && t != value.TimeSpan:
			b.errorf(x.Extent(), "KS138", "", "an end or a step of range is a number, a datetime or a timespan, not a %s", t)
			ok = false
		}
	}
	if !ok {
		return nil
	}
	typ, step, ok := rangeTypes(xs[0].Type(), xs[1].Type(), xs[2].Type())
	if !ok {
		b.errorf(op.Span, "KS106", "", "range has no way from a %s to a %s in steps of a %s", xs[0].Type(), xs[1].Type(), xs[2].Type())
		return nil
	}
	if v, ok := constant(xs[2]); ok && !v.IsNull() && isZero(v) {
		b.errorf(op.Step.Extent(), "GW052", "", "the step of a range must not be 0")
		return nil
	}
	n := &plan.Range{Col: plan.Column{Name: op.Name.Text, Type: typ}}
	n.From = b.convert(xs[0], typ, op.From.Extent())
	n.To = b.convert(xs[1], typ, op.To.Extent())
	n.Step = b.convert(xs[2], step, op.Step.Extent())
	return n
}

// rangeTypes returns the types of the values and of the step.
func rangeTypes(from, to, step value.Type) (of, by value.Type, ok bool) {
	switch {
	case isNumber(from) && isNumber(to) && isNumber(step):
		of = max(from, to, step)
		return of, of, true
	case from == to && (from == value.DateTime || from == value.TimeSpan) && step == value.TimeSpan:
		return from, step, true
	}
	return 0, 0, false
}

func isZero(v value.Value) bool {
	switch v.Type() {
	case value.Real:
		return v.Real() == 0
	case value.Decimal:
		d, _ := v.Decimal()
		return d.Sign() == 0
	}
	return v.Int() == 0
}

// schema is the result of getschema: a row a column, known without reading a row.
func schema(in plan.Node) *plan.Values {
	n := &plan.Values{Cols: []plan.Column{{Name: "ColumnName", Type: value.String}, {Name: "ColumnOrdinal", Type: value.Long}, {Name: "DataType", Type: value.String}, {Name: "ColumnType", Type: value.String}}}
	for _, c := range in.Columns() {
		if !c.Hidden {
			n.Rows = append(n.Rows, []value.Value{value.NewString(c.Name), value.NewLong(int64(len(n.Rows))), value.NewString(systemType(c.Type)), value.NewString(c.Type.String())})
		}
	}
	return n
}

// getSchema binds getschema, and getschema kind=csl: one text, as the declaration of a table has it.
func (b *binder) getSchema(op *ast.Plain, in plan.Node) plan.Node {
	n := schema(in)
	for _, o := range op.Options {
		text, s := optionText(o)
		if o.Name != "kind" || text != "csl" {
			b.errorf(s, "KS198", "", "getschema has the option kind=csl only")
			return nil
		}
		var parts []string
		for _, row := range n.Rows {
			parts = append(parts, row[0].Text()+":"+row[3].Text())
		}
		n = &plan.Values{Cols: []plan.Column{{Name: "Schema", Type: value.String}}, Rows: [][]value.Value{{value.NewString(strings.Join(parts, ","))}}}
	}
	return n
}

// systemType is the name that Kusto's service has for a type.
func systemType(t value.Type) string {
	switch t {
	case value.Bool:
		return "System.SByte"
	case value.Int:
		return "System.Int32"
	case value.Long:
		return "System.Int64"
	case value.Real:
		return "System.Double"
	case value.Decimal:
		return "System.Data.SqlTypes.SqlDecimal"
	case value.DateTime:
		return "System.DateTime"
	case value.TimeSpan:
		return "System.TimeSpan"
	case value.GUID:
		return "System.Guid"
	case value.Dynamic:
		return "System.Object"
	}
	return "System.String"
}

// plain binds the operators that are a word alone.
func (b *binder) plain(op *ast.Plain, in plan.Node) plan.Node {
	if op.Name == "getschema" {
		return b.getSchema(op, in)
	}
	return &plan.Take{Input: &plan.Project{Input: in, Cols: []plan.Column{}, Exprs: []plan.Expr{}}} // consume
}

// sample takes any rows; sample-distinct any values of a column.
func (b *binder) sample(op *ast.Sample, in plan.Node, e env) plan.Node {
	n, ok := b.rows(op.N, e)
	if !ok {
		return nil
	}
	if op.Of == nil {
		return &plan.Take{Input: in, N: n}
	}
	if _, isName := op.Of.(*ast.Name); !isName {
		b.errorf(op.Of.Extent(), "KS109", "", "a column name is expected")
		return nil
	}
	distinct := b.distinct(&ast.Distinct{Span: op.Span, Exprs: []ast.Expr{op.Of}}, in, e)
	return &plan.Take{Input: distinct, N: n}
}

// topHitters counts, or sums, by a column, and takes the most. The counts are exact here.
func (b *binder) topHitters(op *ast.TopHitters, in plan.Node, e env) plan.Node {
	n, ok := b.rows(op.N, e)
	name, isName := op.Of.(*ast.Name)
	switch {
	case !ok:
		return nil
	case !isName:
		b.errorf(op.Of.Extent(), "KS109", "", "a column name is expected")
		return nil
	}
	key := b.expr(name, e.with(in.Columns()))
	if isBroken(key) {
		return nil
	}
	if isDynamic(key) {
		b.errorf(name.Span, "GW020", "extend it as tostring("+name.Text+")", "top-hitters of a dynamic is not supported")
		return nil
	}
	call, counted, ok := b.hitters(op, in, e)
	if !ok {
		return nil
	}
	cols := []plan.Column{{Name: name.Text, Type: key.Type()}, {Name: counted, Type: call.Type}}
	if counted == name.Text {
		cols[1].Name += "1"
	}
	return &plan.Sort{
		Input: &plan.Aggregate{Input: in, Cols: cols, Keys: []plan.Expr{key}, Aggs: []plan.AggCall{call}},
		Keys:  []plan.SortKey{{Expr: &plan.Col{Index: 1, Typ: call.Type}, Descending: true}},
		Limit: n,
	}
}

// hitters is what top-hitters ranks by, and its name.
func (b *binder) hitters(op *ast.TopHitters, in plan.Node, e env) (plan.AggCall, string, bool) {
	if op.By == nil {
		a, ok := function.LookupAggregate("count")
		if !ok {
			panic("bind: BUG: no aggregation function count")
		}
		return plan.AggCall{Agg: a, Type: value.Long}, "approximate_count_" + op.Of.(*ast.Name).Text, true
	}
	a, ok := function.LookupAggregate("sum")
	if !ok {
		panic("bind: BUG: no aggregation function sum")
	}
	collect := &aggregation{}
	by := unnamed(op.By)
	x := b.expr(by, e.with(in.Columns()))
	b.addCall(a, []plan.Expr{x}, &ast.Call{Span: op.By.Extent(), Args: []ast.Expr{by}}, collect)
	if len(collect.calls) == 0 {
		return plan.AggCall{}, "", false
	}
	name, _ := resultName(by)
	return collect.calls[0], "approximate_sum_" + name, true
}

// invoke hands the table so far to a function as its first argument.
func (b *binder) invoke(op *ast.Invoke, in plan.Node, e env) plan.Node {
	const input = "$input"
	names := &scope{parent: e.names}
	names.set(input, &entry{node: in})
	call := *op.Call
	first := &ast.Name{Span: op.Call.Name.Span, Text: input}
	call.Args = append([]ast.Expr{first}, op.Call.Args...)
	return b.tableCall(&call, env{names: names})
}
