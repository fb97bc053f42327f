package bind

import (
	"github.com/glasswatch/glasswatch/kql/ast"
	"github.com/glasswatch/glasswatch/kql/plan"
)

// shaping binds the operators that read texts and arrange rows.
func (b *binder) shaping(op ast.Operator, in plan.Node, e env) plan.Node {
	switch op := op.(type) {
	case *ast.Parse:
		return b.parse(op, in, e)
	case *ast.ParseKV:
		return b.parseKV(op, in, e)
	case *ast.MakeSeries:
		return b.makeSeries(op, in, e)
	case *ast.TopNested:
		return b.topNested(op, in, e)
	case *ast.Scan:
		return b.scanSteps(op, in, e)
	case *ast.AssertSchema:
		return b.assertSchema(op, in)
	case *ast.Reduce:
		return b.reduce(op, in, e)
	case *ast.Partition:
		return b.partition(op, in, e)
	}
	b.unsupported(op)
	return nil
}
