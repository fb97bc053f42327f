package bind

import (
	"github.com/glasswatch/glasswatch/kql/ast"
	"github.com/glasswatch/glasswatch/kql/function"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// results binds an expression of a query, whose last operator may give several results. With names set it gives none, but
// tables that are used later.
func (b *binder) results(x ast.Expr, e env) (parts []plan.Part, names bool) {
	p, ok := x.(*ast.Pipe)
	if ok && len(p.Ops) > 0 {
		before := *p
		before.Ops = p.Ops[:len(p.Ops)-1]
		switch op := p.Ops[len(p.Ops)-1].(type) {
		case *ast.Fork:
			return b.fork(op, b.isTable(b.pipe(&before, e), op.Span), e), false
		case *ast.Facet:
			return b.facet(op, b.isTable(b.pipe(&before, e), op.Span), e), false
		case *ast.GraphTable:
			if len(op.Outputs) > 1 {
				if in := b.pipe(&before, e); in != nil {
					b.graphTables(op, in, e)
				}
				return nil, true
			}
		}
	}
	return []plan.Part{{Plan: b.table(x, e)}}, false
}

// fork runs several lists of operators over one table.
func (b *binder) fork(op *ast.Fork, in plan.Node, e env) []plan.Part {
	if in == nil {
		return nil
	}
	var out []plan.Part
	names := map[string]bool{}
	for _, branch := range op.Branches {
		r := plan.Part{Plan: b.pipeBody(branch.Body, in, e)}
		if branch.Name != nil {
			r.Name = branch.Name.Text
			if names[r.Name] {
				b.errorf(branch.Name.Span, "KS201", "give it another name", "a result with the name %q is there already", r.Name)
			}
			names[r.Name] = true
		}
		out = append(out, r)
	}
	return out
}

// facet gives the result of its operators, then for each column its values and how often each is there.
func (b *binder) facet(op *ast.Facet, in plan.Node, e env) []plan.Part {
	if in == nil {
		return nil
	}
	var out []plan.Part
	if op.Body != nil {
		out = append(out, plan.Part{Plan: b.pipeBody(op.Body, in, e)})
	}
	count, ok := function.LookupAggregate("count")
	if !ok {
		panic("bind: BUG: no aggregation function count")
	}
	for _, x := range op.By {
		name, ok := x.(*ast.Name)
		if !ok {
			b.errorf(x.Extent(), "KS109", "", "a column name is expected")
			continue
		}
		key := b.expr(name, e.with(in.Columns()))
		if isBroken(key) {
			continue
		}
		if isDynamic(key) {
			b.errorf(name.Span, "KS116", "extend it as tostring("+name.Text+")", "a dynamic cannot be a group key")
			continue
		}
		out = append(out, plan.Part{Name: name.Text, Plan: &plan.Aggregate{
			Input: in, Keys: []plan.Expr{key}, Aggs: []plan.AggCall{{Agg: count, Type: value.Long}},
			Cols: []plan.Column{{Name: name.Text, Type: key.Type()}, {Name: "count_" + name.Text, Type: value.Long}},
		}})
	}
	return out
}
