package bind

import (
	"strings"

	"github.com/glasswatch/glasswatch/kql/ast"
	"github.com/glasswatch/glasswatch/kql/function"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/token"
	"github.com/glasswatch/glasswatch/kql/value"
)

// axis is what make-series counts along: the expression, its ends and its step, all of fitting types.
type axis struct {
	name           string
	of             plan.Expr
	from, to, step plan.Expr // from and to may be nil
	span           token.Span
}

// makeSeries binds make-series: a filter to the range of the axis, an Aggregate by keys and places on the axis, and the
// node that makes arrays of its rows.
func (b *binder) makeSeries(op *ast.MakeSeries, in plan.Node, e env) plan.Node {
	nonEmpty, ok := b.seriesOptions(op)
	w := b.over(in)
	inner := e.with(in.Columns())
	ax := b.axis(op, inner, e)
	if !ok || ax == nil {
		w.close()
		return nil
	}
	cond, place := b.places(op, ax)
	var keys columns
	for _, x := range op.Keys {
		n := len(keys.list)
		b.output(&keys, x, inner, projecting, "")
		if len(keys.list) > n && isDynamic(keys.list[n].expr) {
			b.errorf(x.Extent(), "KS116", "write tostring("+ast.Text(unnamed(x))+")", "a dynamic cannot be a group key")
		}
	}
	if isBroken(cond) || isBroken(place) {
		w.close()
		return nil
	}
	below := &plan.Filter{Input: w.close(), Cond: cond}
	node, out, defaults := b.seriesValues(op, below, &keys, place, e)
	s := &plan.Series{Input: finishAggregate(node, out), Keys: len(keys.list), Defaults: defaults, From: ax.from, To: ax.to, Step: ax.step, Through: op.In, NonEmpty: nonEmpty}
	return b.seriesColumns(s, out, ax)
}

func (b *binder) seriesOptions(op *ast.MakeSeries) (nonEmpty, ok bool) {
	for _, o := range op.Options {
		text, s := optionText(o)
		switch {
		case o.Name == "kind" && text == "nonempty":
			nonEmpty = true
		case o.Name == "kind":
			b.errorf(s, "KS005", "", "expected nonempty, got %q", text)
			return false, false
		case !strings.HasPrefix(o.Name, "hint."):
			b.errorf(o.Span, "KS198", "", "make-series has no option %s", o.Name)
			return false, false
		}
	}
	return nonEmpty, true
}

// axis binds the axis; nil after an error.
func (b *binder) axis(op *ast.MakeSeries, inner, e env) *axis {
	ax := &axis{of: b.expr(unnamed(op.On), inner), span: op.On.Extent()}
	if name, ok := resultName(op.On); ok && name != "" {
		ax.name = name
	} else {
		ax.name = b.columnName(projecting, e)
	}
	place, step := ax.of.Type(), value.TimeSpan
	switch place {
	case value.Invalid:
		return nil
	case value.DateTime, value.TimeSpan:
	case value.Int, value.Long:
		place, step = value.Long, value.Long
	case value.Real:
		step = value.Real
	default:
		b.errorf(ax.span, "KS178", "", "a series has no steps along a %s", place)
		return nil
	}
	ax.of = b.convert(ax.of, place, ax.span)
	end := func(x ast.Expr, typ value.Type) (plan.Expr, bool) {
		if x == nil {
			return nil, true
		}
		out := b.expr(x, env{names: e.names})
		if t := out.Type(); t != typ && t != value.Invalid && !(typ == value.Real && isNumber(t) || typ == value.Long && t == value.Int || t == value.Dynamic) {
			b.errorf(x.Extent(), "KS178", "", "the axis needs a %s here, not a %s", typ, t)
			return nil, false
		}
		out = b.convert(out, typ, x.Extent())
		return out, !isBroken(out)
	}
	var ok [3]bool
	ax.from, ok[0] = end(op.From, place)
	ax.to, ok[1] = end(op.To, place)
	ax.step, ok[2] = end(op.Step, step)
	if !ok[0] || !ok[1] || !ok[2] {
		return nil
	}
	if v, isConst := constant(ax.step); isConst && !positive(v) {
		b.errorf(op.Step.Extent(), "GW052", "", "the step of a series must be more than 0")
		return nil
	}
	return ax
}

func positive(v value.Value) bool {
	if v.Type() == value.Real {
		return v.Real() > 0
	}
	return !v.IsNull() && v.Int() > 0
}

// places returns the condition of the rows that are on the axis, and the place of a row: the beginning of its step. With
// in range(...) steps are counted as bin does, and the axis begins with that of its lower end.
func (b *binder) places(op *ast.MakeSeries, ax *axis) (cond, place plan.Expr) {
	call := func(name string, args ...plan.Expr) plan.Expr {
		f, ok := function.Lookup(name)
		if !ok {
			panic("bind: BUG: no function " + name)
		}
		return b.operatorCall(f, ax.span, args)
	}
	cond = call("isnotnull", ax.of)
	if ax.from != nil {
		cond = call("and", cond, call(">=", ax.of, ax.from))
	}
	if ax.to != nil {
		end := "<"
		if op.In {
			end = "<="
		}
		cond = call("and", cond, call(end, ax.of, ax.to))
	}
	if ax.from == nil || op.In {
		place = call("bin", ax.of, ax.step)
		if op.In {
			ax.from = call("bin", ax.from, ax.step)
		}
		return cond, place
	}
	return cond, call("bin_at", ax.of, ax.step, ax.from)
}

// operatorCall applies a function that the query did not write.
func (b *binder) operatorCall(f *function.Func, s token.Span, args []plan.Expr) plan.Expr {
	return b.apply(f, s, append([]plan.Expr(nil), args...), nil)
}

// seriesValues binds the aggregates above the keys and the place, with a default for each.
func (b *binder) seriesValues(op *ast.MakeSeries, in plan.Node, keys *columns, place plan.Expr, e env) (*plan.Aggregate, *columns, []value.Value) {
	n := len(keys.list)
	a := &aggregation{input: &row{cols: in.Columns()}, keys: n + 1, byColumns: map[int]bool{}}
	node := &plan.Aggregate{Input: in}
	out := &columns{}
	for i, k := range keys.list {
		node.Keys = append(node.Keys, k.expr)
		out.list = append(out.list, output{name: k.name, expr: &plan.Col{Index: i, Typ: k.expr.Type()}, declared: k.declared})
	}
	node.Keys = append(node.Keys, place)
	out.list = append(out.list, output{name: "$place", expr: &plan.Col{Index: n, Typ: place.Type()}})
	after := env{e.names, &row{cols: in.Columns(), aggs: a}}
	var defaults []value.Value
	for i, x := range op.Aggs {
		b.aggregateOutput(out, x, after)
		for _, o := range out.list[n+1+len(defaults):] {
			defaults = append(defaults, b.seriesDefault(op.Defaults[i], o.expr.Type(), e))
		}
	}
	node.Aggs = a.calls
	return node, out, defaults
}

// seriesDefault is the element for a step without rows: 0 where the query names none.
func (b *binder) seriesDefault(x ast.Expr, typ value.Type, e env) value.Value {
	if x == nil {
		if isNumber(typ) {
			return value.NewLong(0)
		}
		return value.Null(typ)
	}
	bound := b.expr(x, env{names: e.names})
	if isBroken(bound) {
		return value.Value{}
	}
	v, ok := constant(bound)
	if !ok {
		b.errorf(x.Extent(), "KS120", "", "the default must be a constant")
	}
	return v
}

// seriesColumns names the columns: keys, arrays, axis.
func (b *binder) seriesColumns(s *plan.Series, out *columns, ax *axis) plan.Node {
	for i, o := range out.list {
		switch {
		case o.name == ax.name:
			b.errorf(ax.span, "KS171", "give one of them another name", "a column with the name %q is already declared", ax.name)
			return nil
		case i < s.Keys:
			s.Cols = append(s.Cols, plan.Column{Name: o.name, Type: o.expr.Type()})
		case i > s.Keys:
			s.Cols = append(s.Cols, plan.Column{Name: o.name, Type: value.Dynamic})
		}
	}
	s.Cols = append(s.Cols, plan.Column{Name: ax.name, Type: value.Dynamic})
	return s
}
