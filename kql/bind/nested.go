package bind

import (
	"strings"

	"github.com/glasswatch/glasswatch/kql/ast"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// topNested binds top-nested.
func (b *binder) topNested(op *ast.TopNested, in plan.Node, e env) plan.Node {
	w := b.over(in)
	n := &plan.TopNested{}
	var out columns
	ok := true
	for _, l := range op.Levels {
		level, fine := b.level(l, &out, in, e)
		n.Levels = append(n.Levels, level)
		ok = ok && fine
	}
	n.Input = w.close()
	if !ok || !b.grown(len(n.Levels), op.Span) {
		return nil
	}
	for _, o := range out.list {
		n.Cols = append(n.Cols, plan.Column{Name: o.name, Type: o.expr.Type()})
	}
	return n
}

// level binds one level and adds its two columns.
func (b *binder) level(l *ast.Level, out *columns, in plan.Node, e env) (level plan.Level, ok bool) {
	level.N = -1
	if l.N != nil {
		if level.N, ok = b.rows(l.N, e); !ok {
			return level, false
		}
	}
	before := b.errors
	inner := e.with(in.Columns())
	if level.Of = b.expr(unnamed(l.Of), inner); isBroken(level.Of) {
		return level, false
	}
	name, named := resultName(l.Of)
	if !named || name == "" {
		name = b.columnName(projecting, inner)
	}
	out.add(name, level.Of, false)
	name = out.list[len(out.list)-1].name
	if l.Others != nil {
		x := b.convert(b.expr(l.Others, env{names: e.names}), level.Of.Type(), l.Others.Extent())
		v, isConst := constant(x)
		if !isConst && !isBroken(x) {
			b.errorf(l.Others.Extent(), "KS120", "", "what stands for the others must be a constant")
		}
		level.Others = &v
	}
	b.levelAggregate(&level, l, "aggregated_"+name, out, in, e)
	return level, b.errors == before
}

// levelAggregate binds what the groups of a level are ordered by.
func (b *binder) levelAggregate(level *plan.Level, l *ast.Level, name string, out *columns, in plan.Node, e env) {
	x := l.By
	level.Descending = true
	if o, ok := x.(*ast.Ordered); ok {
		level.Descending = o.Order == "" || strings.HasSuffix(o.Order, "desc")
		x = o.X
	}
	declared := false
	if n, ok := x.(*ast.Named); ok && len(n.Names) == 1 {
		name, x, declared = n.Names[0].Text, n.X, true
	}
	a := &aggregation{input: &row{cols: in.Columns()}, byColumns: map[int]bool{}}
	level.By = b.expr(x, env{e.names, &row{cols: in.Columns(), aggs: a}})
	level.Aggs = a.calls
	switch {
	case isBroken(level.By):
		return
	case len(a.calls) == 0:
		b.errorf(x.Extent(), "KS236", "write sum("+ast.Text(x)+"), or another aggregation", "the groups are ordered by an aggregation")
		return
	case level.By.Type() == value.Dynamic:
		b.errorf(x.Extent(), "KS116", "", "a dynamic cannot be sorted")
	}
	if declared {
		b.declare(out, name, level.By, x.Extent(), false)
		return
	}
	out.add(name, level.By, false)
}

// partition binds partition. A body in braces has a source of its own; it sees the key as a value.
func (b *binder) partition(op *ast.Partition, in plan.Node, e env) plan.Node {
	for _, o := range op.Options {
		text, s := optionText(o)
		switch {
		case o.Name == "hint.strategy" && text != "native" && text != "shuffle" && text != "legacy":
			b.errorf(s, "KS005", "", "expected native, shuffle or legacy, got %q", text)
			return nil
		case !strings.HasPrefix(o.Name, "hint."):
			b.errorf(o.Span, "KS198", "", "partition has no option %s", o.Name)
			return nil
		}
	}
	key := b.expr(op.By, e.with(in.Columns()))
	switch key.Type() {
	case value.Invalid:
		return nil
	case value.Dynamic:
		b.errorf(op.By.Extent(), "KS116", "extend a column tostring("+ast.Text(op.By)+") first", "a dynamic cannot be a key")
		return nil
	}
	n := &plan.Partition{Input: in, Key: key, Given: &plan.Given{Cols: in.Columns()}}
	if !op.Braces {
		n.Body = b.pipeBody(op.Body, n.Given, e)
	} else {
		names := &scope{parent: e.names}
		if name, ok := op.By.(*ast.Name); ok {
			first := &plan.Take{Input: n.Given, N: 1}
			names.set(name.Text, &entry{expr: &plan.Subquery{Table: &plan.Project{Input: first, Cols: []plan.Column{{Name: name.Text, Type: key.Type()}}, Exprs: []plan.Expr{key}}, Typ: key.Type()}})
		}
		n.Body = b.pipe(op.Body, env{names: names})
	}
	if n.Body == nil {
		return nil
	}
	return n
}
