package bind

import (
	"github.com/glasswatch/glasswatch/kql/ast"
	"github.com/glasswatch/glasswatch/kql/function"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// Part is one of several results of a query; Name is "" where the query gives none.
type Part struct {
	Name string
	Plan plan.Node
}

// results binds the last expression of a query, whose last operator may give several results.
func (b *binder) results(x ast.Expr, e env) []Part {
	p, ok := x.(*ast.Pipe)
	if ok && len(p.Ops) > 0 {
		before := *p
		before.Ops = p.Ops[:len(p.Ops)-1]
		switch op := p.Ops[len(p.Ops)-1].(type) {
		case *ast.Fork:
			return b.fork(op, b.pipe(&before, e), e)
		case *ast.Facet:
			return b.facet(op, b.pipe(&before, e), e)
		}
	}
	return []Part{{Plan: b.table(x, e)}}
}

// fork runs several lists of operators over one table.
func (b *binder) fork(op *ast.Fork, in plan.Node, e env) []Part {
	if in == nil {
		return nil
	}
	var out []Part
	names := map[string]bool{}
	for _, branch := range op.Branches {
		r := Part{Plan: b.pipeBody(branch.Body, in, e)}
		if branch.Name != nil {
			r.Name = branch.Name.Text
			if names[r.Name] {
				b.errorf(branch.Name.Span, "KS201", "give it another name", "a result with the name %q is there already", r.Name)
			}
			names[r.Name] = true
		}
		out = append(out, r)
	}
	b.noteResults(op, len(out))
	return out
}

// facet gives the result of its operators, then for each column its values and how often each is there.
func (b *binder) facet(op *ast.Facet, in plan.Node, e env) []Part {
	if in == nil {
		return nil
	}
	var out []Part
	if op.Body != nil {
		out = append(out, Part{Plan: b.pipeBody(op.Body, in, e)})
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
		out = append(out, Part{Name: name.Text, Plan: &plan.Aggregate{
			Input: in, Keys: []plan.Expr{key}, Aggs: []plan.AggCall{{Agg: count, Type: value.Long}},
			Cols: []plan.Column{{Name: name.Text, Type: key.Type()}, {Name: "count_" + name.Text, Type: value.Long}},
		}})
	}
	b.noteResults(op, len(out))
	return out
}

// noteResults says that a query has more than one result.
func (b *binder) noteResults(op ast.Operator, n int) {
	if n > 1 {
		b.note(op.Extent(), "GW063", "", "the query has %d results; the first is shown where only one can be", n)
	}
}
