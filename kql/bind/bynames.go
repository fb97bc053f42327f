package bind

import (
	"strings"

	"github.com/glasswatch/glasswatch/kql/ast"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// projectByNames keeps the columns that constants name, in their order. A name that the table does not have is no error.
func (b *binder) projectByNames(op *ast.ProjectByNames, in plan.Node, e env) plan.Node {
	cols := in.Columns()
	refs := references(cols)
	taken := make([]bool, len(cols))
	var out columns
	take := func(i int) {
		if !taken[i] {
			taken[i] = true
			out.list = append(out.list, output{name: cols[i].Name, expr: &refs[i]})
		}
	}
	for _, x := range op.Exprs {
		names, ok := b.namesOfColumns(x, e.with(cols))
		if !ok {
			return nil
		}
		for _, name := range names {
			if i := find(cols, name); i >= 0 {
				take(i)
				continue
			}
			for i, c := range cols {
				if strings.Contains(name, "*") && !c.Hidden && wildcard(name, c.Name) {
					take(i)
				}
			}
		}
	}
	return out.project(in)
}

// namesOfColumns reads a constant string, or an array of strings.
func (b *binder) namesOfColumns(x ast.Expr, e env) ([]string, bool) {
	bound := b.expr(x, e)
	if isBroken(bound) {
		return nil, false
	}
	v, ok := constant(bound)
	if ok && v.Type() == value.String {
		return []string{v.Text()}, true
	}
	list, isList := v.Tree().([]any)
	names := make([]string, 0, len(list))
	for _, node := range list {
		name, isText := node.(string)
		isList = isList && isText
		names = append(names, name)
	}
	if !ok || !isList {
		b.errorf(x.Extent(), "KS120", "", "the names of the columns must be constant: a string, or an array of strings")
		return nil, false
	}
	return names, true
}
