package bind

import (
	"github.com/glasswatch/glasswatch/kql/ast"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// typedPercentile binds percentile_tdigest(d, 50, typeof(long)): the percentile converted to the type.
func (b *binder) typedPercentile(x *ast.Call, e env) plan.Expr {
	t, ok := typeLiteral(x.Args[2])
	if !ok {
		b.errorf(x.Args[2].Extent(), "KS107", "write typeof(long)", "a type is expected here")
		return broken()
	}
	call := *x
	call.Args = x.Args[:2]
	return b.convert(b.call(&call, e), t, x.Span)
}

// typeLiteral reads typeof(long).
func typeLiteral(x ast.Expr) (value.Type, bool) {
	call, ok := x.(*ast.Call)
	if !ok || call.Name.Text != "typeof" || len(call.Args) != 1 {
		return value.Invalid, false
	}
	name, ok := call.Args[0].(*ast.Name)
	if !ok {
		return value.Invalid, false
	}
	return value.ParseType(name.Text)
}
