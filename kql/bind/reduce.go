package bind

import (
	"strings"

	"github.com/glasswatch/glasswatch/kql/ast"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/plugin"
	"github.com/glasswatch/glasswatch/kql/value"
)

// reduce binds reduce, which runs as a plugin does.
func (b *binder) reduce(op *ast.Reduce, in plan.Node, e env) plan.Node {
	by := b.expr(op.By, e.with(in.Columns()))
	if isBroken(by) {
		return nil
	}
	if by.Type() != value.String {
		b.errorf(op.By.Extent(), "KS106", "write tostring(...)", "reduce compares strings, not a %s", by.Type())
		return nil
	}
	args := []plugin.Arg{reduceArg("threshold", value.NewReal(0.1)), reduceArg("characters", value.NewString("")), reduceArg("kind", value.NewString(""))}
	if !b.reduceOptions(op, args, e) {
		return nil
	}
	operator := plugin.Reduce()
	c := &pluginCall{b: b, plugin: operator, in: in, computed: []plan.Expr{by}, call: plugin.Call{Args: args, Extra: 1}}
	for i, col := range in.Columns() {
		if !col.Hidden {
			c.visible = append(c.visible, i)
			c.call.Input = append(c.call.Input, plugin.Column{Name: col.Name, Type: col.Type})
		}
	}
	c.narrow()
	cols, _, err := operator.Schema(&c.call)
	if err != nil {
		b.errorf(op.Span, "GW080", "", "%s", err)
		return nil
	}
	n := &plan.Evaluate{Input: c.input(), Plugin: operator, Call: &c.call, Tables: map[int]plan.Node{}, Cols: planColumns(cols)}
	if isOpen(in.Columns()) {
		return b.openNode(n, n.Cols, false)
	}
	return n
}

func reduceArg(param string, v value.Value) plugin.Arg {
	return plugin.Arg{Param: param, Text: param, Type: v.Type(), Const: &v, Column: -1, Lookup: -1}
}

// reduceOptions reads kind=source and with threshold=..., characters=... into args.
func (b *binder) reduceOptions(op *ast.Reduce, args []plugin.Arg, e env) bool {
	for _, o := range op.Options {
		switch text, s := optionText(o); {
		case o.Name == "kind" && text == "source":
			args[2] = reduceArg("kind", value.NewString(text))
		case o.Name == "kind":
			b.errorf(s, "KS198", "", "the only kind of reduce is source")
			return false
		case !strings.HasPrefix(o.Name, "hint."):
			b.errorf(o.Span, "KS198", "", "reduce has no option %s", o.Name)
			return false
		}
	}
	for _, o := range op.With {
		i := map[string]int{"threshold": 0, "characters": 1}
		at, ok := i[o.Name]
		if !ok {
			b.errorf(o.Span, "KS198", "", "reduce has no option %s", o.Name)
			return false
		}
		x := b.convert(b.expr(o.Value, env{names: e.names}), args[at].Type, o.Value.Extent())
		v, ok := constant(x)
		if isBroken(x) || !ok || v.IsNull() {
			if !isBroken(x) {
				b.errorf(o.Value.Extent(), "KS120", "", "%s must be a constant", o.Name)
			}
			return false
		}
		args[at] = reduceArg(o.Name, v)
	}
	return true
}
