package bind

import (
	"slices"
	"strings"

	"github.com/glasswatch/glasswatch/kql/ast"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// legacyLimit is how many rows mvexpand, the old spelling of mv-expand, makes of one.
const legacyLimit = 128

// expand binds mv-expand.
func (b *binder) expand(op *ast.Expand, in plan.Node, e env) plan.Node {
	before := b.errors
	n, _ := b.expansion(op, in, e)
	switch {
	case n != nil:
		return n
	case b.errors == before && isOpen(in.Columns()): // what is expanded is one of the columns that only a run can tell
		return b.openNode(in, visible(in.Columns()), true)
	}
	return nil
}

func visible(cols []plan.Column) []plan.Column {
	return slices.DeleteFunc(slices.Clone(cols), func(c plan.Column) bool { return c.Hidden })
}

// expansion binds what mv-expand and mv-apply have in common. moved marks the columns of the input that items without a
// name of their own are: mv-apply leaves them to its body.
func (b *binder) expansion(op *ast.Expand, in plan.Node, e env) (n *plan.Expand, moved map[int]bool) {
	n = &plan.Expand{Input: in, Limit: -1, Index: -1}
	if op.Legacy {
		n.Limit = legacyLimit
	}
	index, ok := b.expandOptions(op, n)
	if op.Limit != nil {
		var limited bool
		n.Limit, limited = b.rows(op.Limit, e)
		ok = ok && limited
	}
	var c columns
	c.pass(in.Columns())
	moved = map[int]bool{}
	for _, item := range op.Items {
		bound, isItem := b.expandItem(&c, item, in, e)
		if !isItem {
			ok = false
			continue
		}
		if _, named := item.X.(*ast.Named); !named && bound.Column < len(in.Columns()) {
			if col, isColumn := bound.X.(*plan.Col); isColumn && col.Index == bound.Column {
				moved[bound.Column] = true
			}
		}
		n.Items = append(n.Items, bound)
	}
	if !ok {
		return nil, nil
	}
	for _, o := range c.list {
		n.Cols = append(n.Cols, plan.Column{Name: o.name, Type: o.expr.Type(), Hidden: o.hidden})
	}
	if index != "" {
		n.Index = len(n.Cols)
		n.Cols = append(n.Cols, plan.Column{Name: c.unique(index, index), Type: value.Long})
	}
	return n, moved
}

// expandOptions returns the name of the index.
func (b *binder) expandOptions(op *ast.Expand, n *plan.Expand) (index string, ok bool) {
	for _, o := range op.Options {
		text, s := optionText(o)
		switch {
		case o.Name == "kind" || o.Name == "bagexpansion":
			if text != "bag" && text != "array" {
				b.errorf(s, "KS005", "", "expected bag or array, got %q", text)
				return "", false
			}
			n.Bags = text == "array"
		case o.Name == "with_itemindex":
			index = text
		case !strings.HasPrefix(o.Name, "hint."):
			b.errorf(o.Span, "KS198", "", "mv-expand has no option %s", o.Name)
			return "", false
		}
	}
	return index, true
}

// expandItem binds one item and gives its column a place.
func (b *binder) expandItem(c *columns, item *ast.ExpandItem, in plan.Node, e env) (out plan.ExpandItem, ok bool) {
	out.Type = value.Dynamic
	if item.Type != nil {
		if out.Type, ok = value.ParseType(item.Type.Text); !ok {
			b.errorf(item.Type.Span, "KS160", "", "%q is not a type", item.Type.Text)
			return out, false
		}
	}
	inner := e.with(in.Columns())
	x := unnamed(item.X)
	out.X = b.expr(x, inner)
	if t := out.X.Type(); t != value.Dynamic {
		hint := ""
		if t == value.String {
			hint = "write parse_json(" + ast.Text(x) + "), or split(...) for a list"
		}
		if t != value.Invalid {
			b.errorf(x.Extent(), "KS141", hint, "only a dynamic can be expanded, not a %s", t)
		}
		return out, false
	}
	name := ""
	if n, ok := item.X.(*ast.Named); ok {
		if len(n.Names) != 1 {
			b.errorf(n.Names[0].Span, "KS149", "", "the expression does not have several values to name")
			return out, false
		}
		name = n.Names[0].Text
	} else if name, ok = resultName(x); !ok || name == "" {
		name = b.columnName(extending, inner)
	}
	before := b.errors
	b.declare(c, name, &plan.Const{Value: value.Null(out.Type)}, item.X.Extent(), true)
	out.Column = c.find(name)
	return out, b.errors == before
}

// mvApply binds mv-apply: the body sees the expanded rows, and its columns take the place of those with the same names.
func (b *binder) mvApply(op *ast.Expand, in plan.Node, e env) plan.Node {
	x, moved := b.expansion(op, in, e)
	if x == nil {
		return nil
	}
	given := &plan.Given{Cols: x.Cols}
	body := b.pipeBody(op.Body, given, e)
	if body == nil {
		return nil
	}
	n := &plan.Apply{Input: in, Expand: x, Given: given, Body: body}
	cols := in.Columns()
	replaced := map[int]int{} // a column of the input to that of the body
	for i, c := range body.Columns() {
		if at := find(cols, c.Name); at >= 0 && !moved[at] {
			replaced[at] = i
		}
	}
	for i, c := range cols {
		if _, ok := replaced[i]; !ok && !moved[i] {
			n.Keep = append(n.Keep, i)
			n.Cols = append(n.Cols, c)
		}
	}
	n.Cols = append(n.Cols, body.Columns()...)
	return arrange(n, cols, moved, replaced)
}

// arrange puts the columns of an Apply in order: those of the input, in their old places, then the others of the body.
func arrange(n *plan.Apply, cols []plan.Column, moved map[int]bool, replaced map[int]int) plan.Node {
	refs := references(n.Cols)
	var out columns
	add := func(i int) {
		out.list = append(out.list, output{name: n.Cols[i].Name, expr: &refs[i], hidden: n.Cols[i].Hidden})
	}
	placed := map[int]bool{}
	kept := 0
	for i := range cols {
		if at, ok := replaced[i]; ok {
			add(len(n.Keep) + at)
			placed[at] = true
			continue
		}
		if !moved[i] {
			add(kept)
			kept++
		}
	}
	for i := range n.Body.Columns() {
		if !placed[i] {
			add(len(n.Keep) + i)
		}
	}
	return out.project(n)
}

// pipeBody binds the operators of a body over the rows that it is given; names that it sets stay in it.
func (b *binder) pipeBody(p *ast.Pipe, given plan.Node, e env) plan.Node {
	inner := env{names: &scope{parent: e.names}}
	n := given
	for _, op := range p.Ops {
		if n == nil || b.full {
			b.unsupported(op)
			continue
		}
		n = b.operation(op, n, inner)
	}
	return b.isTable(n, p.Span)
}
