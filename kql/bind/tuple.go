package bind

import (
	"github.com/glasswatch/glasswatch/kql/ast"
	"github.com/glasswatch/glasswatch/kql/function"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// tuple binds the call of a function that gives several columns, such as series_stats. The call itself is one expression
// that all parts share by pointer, so that a back end computes it once a row; each part reads one element of its array.
// It reports false for any other expression.
func (b *binder) tuple(x ast.Expr, e env) ([]part, bool) {
	call, f := tupleCall(x, e)
	if f == nil {
		return nil, false
	}
	if len(f.Columns) == 0 {
		return b.sortedArrays(call, f, e)
	}
	of := b.catalogued(f, call, e)
	if isBroken(of) {
		return []part{{name: "$broken", expr: of}}, true
	}
	argument := resultName
	if e.row != nil && e.row.aggs != nil {
		argument = aggregateResultName
	}
	name := ""
	if len(call.Args) > 0 {
		name, _ = argument(call.Args[0])
	}
	parts := make([]part, len(f.Columns))
	for i, c := range f.Columns {
		element := foldPath(&plan.Path{Base: of, Steps: []plan.Step{{Index: &plan.Const{Value: value.NewLong(int64(i))}}}})
		parts[i] = part{name: f.Name + "_" + name + "_" + c.Name, expr: b.convert(element, c.Type, call.Span), span: call.Span}
	}
	return parts, true
}

// sortedArrays binds a sort of several arrays, which gives a column for each: a_sorted, b_sorted.
func (b *binder) sortedArrays(call *ast.Call, f *function.Func, e env) ([]part, bool) {
	n := len(call.Args)
	if n < 2 || n == 2 && b.expr(call.Args[1], e).Type() == value.Bool {
		return nil, false
	}
	of := b.catalogued(f, call, e)
	if isBroken(of) {
		return []part{{name: "$broken", expr: of}}, true
	}
	if b.expr(call.Args[n-1], e).Type() == value.Bool {
		n--
	}
	parts := make([]part, n)
	for i := range parts {
		name, _ := resultName(call.Args[i])
		element := foldPath(&plan.Path{Base: of, Steps: []plan.Step{{Index: &plan.Const{Value: value.NewLong(int64(i))}}}})
		parts[i] = part{name: name + "_sorted", expr: element, span: call.Span}
	}
	return parts, true
}

// tupleCall returns the call and its function where x is the call of one that gives several columns.
func tupleCall(x ast.Expr, e env) (*ast.Call, *function.Func) {
	for {
		p, ok := x.(*ast.Paren)
		if !ok {
			break
		}
		x = p.X
	}
	call, ok := x.(*ast.Call)
	if !ok || e.names.lookup(call.Name.Text) != nil {
		return nil, nil
	}
	f, ok := function.Lookup(call.Name.Text)
	if !ok || len(f.Columns) == 0 && f.Name != "array_sort_asc" && f.Name != "array_sort_desc" {
		return nil, nil
	}
	return call, f
}

// addParts adds the parts of a tuple under the names given first, then under their own, except in print, which shows those
// that are named if any is.
func (b *binder) addParts(c *columns, parts []part, names []*ast.Name, how style) {
	for i, p := range parts {
		switch {
		case i < len(names):
			b.declare(c, names[i].Text, p.expr, names[i].Span, how == extending)
		case how != printing || len(names) == 0:
			c.add(p.name, p.expr, false)
		}
	}
	if len(names) > len(parts) {
		b.errorf(names[len(parts)].Span, "KS150", "", "there are more names than values")
	}
}
