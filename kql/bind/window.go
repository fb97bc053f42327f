package bind

import (
	"strconv"

	"github.com/glasswatch/glasswatch/kql/ast"
	"github.com/glasswatch/glasswatch/kql/function"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// windows collects the calls of window functions in the expressions of one operator. They become columns behind those
// of the operator's input, which a Window node computes between the two.
type windows struct {
	b     *binder
	outer *windows
	in    plan.Node
	width int // columns of in
	calls []plan.WindowCall
	loose bool // the order of the rows of in is not fixed, and a call needs it
}

// over begins to collect; close ends it. Between the two the expressions are bound over the columns of in.
func (b *binder) over(in plan.Node) *windows {
	w := &windows{b: b, outer: b.windows, in: in, width: len(in.Columns())}
	b.windows = w
	return w
}

// close returns the input with the collected calls on it: the input itself when there are none.
func (w *windows) close() plan.Node {
	w.b.windows = w.outer
	node := w.in
	if w.loose {
		node = &plan.Serialize{Input: node}
	}
	for len(w.calls) > 0 {
		n := w.together(len(node.Columns()))
		cols := append([]plan.Column(nil), node.Columns()...)
		for _, c := range w.calls[:n] {
			cols = append(cols, plan.Column{Name: "$window" + strconv.Itoa(len(cols)-w.width), Type: c.Type})
		}
		node = &plan.Window{Input: node, Calls: w.calls[:n:n], Cols: cols}
		w.calls = w.calls[n:]
	}
	return node
}

// together counts the calls that one node can compute: those up to one that needs the result of another of them.
func (w *windows) together(width int) int {
	for i, c := range w.calls {
		for _, arg := range c.Args {
			if highest(arg) >= width {
				return i
			}
		}
	}
	return len(w.calls)
}

// strip drops the columns of the calls from the result of an operator that passes its input's columns on.
func (w *windows) strip(n plan.Node) plan.Node {
	cols := n.Columns()
	if len(cols) == w.width {
		return n
	}
	var c columns
	c.pass(cols[:w.width])
	return c.project(n)
}

// highest is the position of the last column that an expression reads, -1 when it reads none.
func highest(x plan.Expr) int {
	out := -1
	switch x := x.(type) {
	case *plan.Col:
		return x.Index
	case *plan.Call:
		for _, a := range x.Args {
			out = max(out, highest(a))
		}
	case *plan.Path:
		out = highest(x.Base)
		for _, s := range x.Steps {
			if s.Index != nil {
				out = max(out, highest(s.Index))
			}
		}
	case *plan.InTable:
		return highest(x.X)
	}
	return out
}

// window binds the call of a window function as a column.
func (b *binder) window(f *function.Window, x *ast.Call, e env) plan.Expr {
	w := b.windows
	if w == nil || e.row != nil && e.row.aggs != nil {
		b.errorf(x.Name.Span, "GW054", "use it in extend, project or where of a sorted table", "the function %s is not allowed here", f.Name)
		return broken()
	}
	if !b.serialized(w.in) {
		w.loose = true
		b.warn(x.Name.Span, "GW054", "sort the rows first, or write | serialize to take them as they come", "the order of the rows is not fixed, which %s needs", f.Name)
	}
	args := make([]plan.Expr, len(x.Args))
	types := make([]value.Type, len(x.Args))
	for i, a := range x.Args {
		args[i] = b.expr(a, e)
		if types[i] = args[i].Type(); types[i] == value.Invalid {
			return broken()
		}
	}
	converted, result, err := f.Resolve(types)
	if err != nil {
		b.errorf(x.Span, "KS119", "", "%s", err)
		return broken()
	}
	for i, t := range converted {
		if t != value.Invalid {
			if args[i] = b.convert(args[i], t, x.Args[i].Extent()); isBroken(args[i]) {
				return broken()
			}
		}
	}
	if !b.windowArguments(f, args, x) || !b.grown(1, x.Span) {
		return broken()
	}
	for i := len(args); i < len(f.Params); i++ {
		args = append(args, &plan.Const{Value: f.Default(i, result)})
	}
	w.calls = append(w.calls, plan.WindowCall{Func: f, Args: args, Type: result})
	return &plan.Col{Index: w.width + len(w.calls) - 1, Typ: result}
}

// windowArguments checks what types do not say.
func (b *binder) windowArguments(f *function.Window, args []plan.Expr, x *ast.Call) bool {
	if col, ok := args[0:min(1, len(args))], f.Column; ok {
		if c, isCol := col[0].(*plan.Col); !isCol || c.Index >= b.windows.width {
			b.errorf(x.Args[0].Extent(), "KS109", "extend it as a column first", "%s takes the name of a column", f.Name)
			return false
		}
	}
	for i, arg := range args {
		v, isConst := constant(arg)
		switch {
		case f.Params[i].Constant && !isConst:
			b.errorf(x.Args[i].Extent(), "KS129", "", "%s must be a constant", argumentName(&f.Params[i], i))
			return false
		case f.Column && i == 1 && (v.IsNull() || v.Int() < 0):
			b.errorf(x.Args[i].Extent(), "GW052", "", "an offset is a whole number, 0 or more")
			return false
		}
	}
	return true
}

// serialized reports whether the order of a node's rows is fixed, so that window functions have a meaning over it.
func (b *binder) serialized(n plan.Node) bool {
	for {
		switch node := n.(type) {
		case *plan.Sort, *plan.Range, *plan.Window, *plan.Serialize, *plan.Given, *plan.TopNested:
			return true
		case *plan.Filter:
			n = node.Input
		case *plan.Project:
			n = node.Input
		case *plan.Take:
			n = node.Input
		case *plan.Expand:
			n = node.Input
		case *plan.Apply:
			n = node.Input
		case *plan.Parse:
			n = node.Input
		case *plan.ParseKV:
			n = node.Input
		case *plan.Steps:
			n = node.Input
		case *plan.Shared:
			n = node.Input
		case *plan.Values:
			return len(node.Rows) <= 1
		default:
			return false
		}
	}
}
