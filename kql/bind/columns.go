package bind

import (
	"strconv"

	"github.com/glasswatch/glasswatch/kql/ast"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/token"
	"github.com/glasswatch/glasswatch/kql/value"
)

// columns collects the output columns of an operator under Kusto's rules for names: a name that the query writes may
// be written once; a name that is made up gets a number when it is taken.
type columns struct{ list []output }

type output struct {
	name     string
	expr     plan.Expr
	hidden   bool
	declared bool // the query wrote the name
}

func (c *columns) grow(n int) {
	if c.list == nil {
		c.list = make([]output, 0, n)
	}
}

// pass adds all columns of the input under their names.
func (c *columns) pass(cols []plan.Column) {
	c.list = make([]output, len(cols), len(cols)+8)
	refs := references(cols)
	for i := range cols {
		c.list[i] = output{name: cols[i].Name, expr: &refs[i], hidden: cols[i].Hidden}
	}
}

func (c *columns) find(name string) int {
	for i := range c.list {
		if c.list[i].name == name {
			return i
		}
	}
	return -1
}

// unique returns name, or base with the first free number when name is taken.
func (c *columns) unique(name, base string) string {
	if c.find(name) < 0 {
		return name
	}
	for n := 1; ; n++ {
		if candidate := base + strconv.Itoa(n); c.find(candidate) < 0 {
			return candidate
		}
	}
}

// add adds a column under a made-up name; with replace it takes the place of one with that name.
func (c *columns) add(name string, x plan.Expr, replace bool) {
	if i := c.find(name); replace && i >= 0 {
		c.list[i].expr, c.list[i].hidden = x, false
		return
	}
	c.list = append(c.list, output{name: c.unique(name, name), expr: x})
}

// declare adds a column under a name that the query wrote at s.
func (b *binder) declare(c *columns, name string, x plan.Expr, s token.Span, replace bool) {
	i := c.find(name)
	switch {
	case i >= 0 && c.list[i].declared:
		b.errorf(s, "KS171", "give one of them another name", "a column with the name %q is already declared", name)
	case i >= 0 && replace:
		c.list[i] = output{name: name, expr: x, declared: true}
	default:
		c.list = append(c.list, output{name: c.unique(name, name), expr: x, declared: true})
	}
}

// project returns a node that computes the collected columns: the input itself when they are its columns.
func (c *columns) project(input plan.Node) plan.Node {
	if c.isIdentity(input.Columns()) {
		return input
	}
	n := &plan.Project{Input: input, Cols: make([]plan.Column, len(c.list)), Exprs: make([]plan.Expr, len(c.list))}
	for i, o := range c.list {
		n.Cols[i] = plan.Column{Name: o.name, Type: o.expr.Type(), Hidden: o.hidden}
		n.Exprs[i] = o.expr
	}
	return n
}

func (c *columns) isIdentity(in []plan.Column) bool {
	if len(c.list) != len(in) {
		return false
	}
	for i, o := range c.list {
		col, ok := o.expr.(*plan.Col)
		if !ok || col.Index != i || o.name != in[i].Name || o.hidden != in[i].Hidden {
			return false
		}
	}
	return true
}

// style is how an operator names and places the columns that its expressions give.
type style int

const (
	projecting style = iota
	extending        // a column with the same name is replaced in its place
	printing         // made-up names are print_0, print_1
)

// output binds one element of a list of expressions, named or not, and adds its column. fallback is the made-up name
// of the printing style.
func (b *binder) output(c *columns, x ast.Expr, e env, how style, fallback string) {
	if n, ok := x.(*ast.Named); ok {
		if parts, ok := b.tuple(n.X, e); ok {
			b.addParts(c, parts, n.Names, how)
			return
		}
		value := b.expr(n.X, e)
		if len(n.Names) != 1 {
			b.errorf(n.Names[0].Span, "KS149", "", "the expression does not have several values to name")
			return
		}
		_, isColumn := value.(*plan.Col)
		b.declare(c, n.Names[0].Text, value, n.Names[0].Span, isColumn || how == extending)
		return
	}
	if parts, ok := b.tuple(x, e); ok {
		b.addParts(c, parts, nil, how)
		return
	}
	value := b.expr(x, e)
	if name, ok := b.columnOf(x, value, e); ok && how != printing {
		b.reference(c, name, value, x.Extent(), how)
		return
	}
	name, ok := resultName(x)
	if !ok {
		name, ok = b.ifExistsName(x, e)
	}
	switch {
	case how == printing:
		name = fallback
	case !ok || name == "":
		name = b.columnName(how, e)
	}
	c.add(name, value, how == extending)
}

// reference adds a column that is taken as it is. In extend it is there already.
func (b *binder) reference(c *columns, name string, x plan.Expr, s token.Span, how style) {
	if how == extending {
		if i := c.find(name); i >= 0 && !c.list[i].declared {
			return
		}
	}
	b.declare(c, name, x, s, false)
}

// columnOf returns the name of the column that an expression passes on unchanged: a name, or a conversion to the type
// that the column has.
func (b *binder) columnOf(x ast.Expr, bound plan.Expr, e env) (string, bool) {
	switch x := x.(type) {
	case *ast.Paren:
		return b.columnOf(x.X, bound, e)
	case *ast.Name:
		if e.row != nil && find(e.row.cols, x.Text) >= 0 {
			return x.Text, true
		}
	case *ast.Call:
		if len(x.Args) == 1 && isConversion(x.Name.Text) && e.row != nil {
			if n, ok := x.Args[0].(*ast.Name); ok {
				if i := find(e.row.cols, n.Text); i >= 0 && e.row.cols[i].Type == bound.Type() {
					return n.Text, true
				}
			}
		}
	}
	return "", false
}

// ifExistsName names column_ifexists("a", ...) after the column when there is one.
func (b *binder) ifExistsName(x ast.Expr, e env) (string, bool) {
	call, ok := x.(*ast.Call)
	if !ok || call.Name.Text != "column_ifexists" && call.Name.Text != "columnifexists" || len(call.Args) != 2 {
		return "", false
	}
	name, ok := call.Args[0].(*ast.Literal)
	if !ok || e.row == nil || find(e.row.cols, name.Value.Text()) < 0 {
		return "", false
	}
	return name.Value.Text(), true
}

func isConversion(name string) bool {
	switch name {
	case "tobool", "todatetime", "todecimal", "todouble", "todynamic", "toguid", "toint", "tolong", "toreal", "tostring", "totimespan", "totime":
		return true
	}
	return false
}

// columnName returns the next ColumnN of the query; extend avoids names that the row has.
func (b *binder) columnName(how style, e env) string {
	for {
		b.column++
		name := "Column" + strconv.Itoa(b.column)
		if how != extending || e.row == nil || find(e.row.cols, name) < 0 {
			return name
		}
	}
}

// isDynamic reports an expression that cannot be a group key.
func isDynamic(x plan.Expr) bool { return x.Type() == value.Dynamic }
