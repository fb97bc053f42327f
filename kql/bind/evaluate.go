package bind

import (
	"errors"
	"slices"
	"strings"

	"github.com/glasswatch/glasswatch/kql/ast"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/plugin"
	"github.com/glasswatch/glasswatch/kql/token"
	"github.com/glasswatch/glasswatch/kql/value"
)

// evaluate binds the call of a plugin; in is nil when it stands at the beginning of a query.
func (b *binder) evaluate(op *ast.Evaluate, in plan.Node, e env) plan.Node {
	name := op.Call.Name
	p, ok := plugin.Lookup(name.Text)
	switch {
	case !ok:
		b.errorf(name.Span, "KS124", didYouMean(name.Text, plugin.Names()), "there is no plugin %q", name.Text)
		return nil
	case p.Declined != "":
		b.errorf(name.Span, "GW020", "", "the plugin %s is not supported: %s", p.Name, p.Declined)
		return nil
	case in == nil:
		b.errorf(op.Span, "KS174", "write Table | evaluate "+p.Name+"(...)", "%s needs a table before it", p.Name)
		return nil
	}
	b.evaluateOptions(op)
	c := &pluginCall{b: b, op: op, plugin: p, e: e.with(in.Columns()), in: in, tables: map[int]plan.Node{}}
	before := b.errors
	if !c.bind() {
		if b.errors == before { // an argument depends on columns that are not known yet
			return b.openNode(in, nil, true)
		}
		return nil
	}
	return c.finish()
}

// evaluateOptions checks the hints, of which none has an effect here.
func (b *binder) evaluateOptions(op *ast.Evaluate) {
	for _, o := range op.Options {
		if !strings.HasPrefix(o.Name, "hint.") {
			b.errorf(o.Span, "KS198", "", "evaluate has no option %s", o.Name)
		}
	}
}

// pluginCall is a call while its arguments are bound.
type pluginCall struct {
	b      *binder
	op     *ast.Evaluate
	plugin *plugin.Plugin
	e      env
	in     plan.Node
	call   plugin.Call
	// computed are the arguments that are no columns of the input; they are projected behind its visible columns.
	visible  []int // positions in the input
	computed []plan.Expr
	lookup   []plan.Column // columns of the first tabular argument
	tables   map[int]plan.Node
	late     []plan.LateArg
}

// bind binds the arguments to their parameters; false after an error.
func (c *pluginCall) bind() bool {
	for i, col := range c.in.Columns() {
		if !col.Hidden {
			c.visible = append(c.visible, i)
			c.call.Input = append(c.call.Input, plugin.Column{Name: col.Name, Type: col.Type})
		}
	}
	params, ok := c.layout()
	if !ok {
		return false
	}
	for _, p := range c.plugin.Params { // tables first: other arguments may name their columns
		for i, x := range c.op.Call.Args {
			if params[i].Name == p.Name && p.Kind == plugin.Table && !c.argument(&p, x) {
				return false
			}
		}
	}
	for i, x := range c.op.Call.Args {
		if p := params[i]; p.Kind != plugin.Table && !c.argument(p, x) {
			return false
		}
	}
	return c.declared()
}

// layout finds the parameter of each argument.
func (c *pluginCall) layout() ([]*plugin.Param, bool) {
	shapes := make([]plugin.Shape, len(c.op.Call.Args))
	for i, x := range c.op.Call.Args {
		shapes[i] = c.shape(x)
	}
	var names []string
	if c.plugin.Layout != nil {
		names = c.plugin.Layout(shapes)
	} else {
		names = c.positions(shapes)
	}
	params := make([]*plugin.Param, len(shapes))
	given := map[string]bool{}
	for i, x := range c.op.Call.Args {
		if i < len(names) {
			params[i] = c.param(names[i])
		}
		if params[i] == nil || given[params[i].Name] && !params[i].Repeated {
			c.b.errorf(x.Extent(), "KS119", c.usage(), "%s has no place for this argument", c.plugin.Name)
			return nil, false
		}
		given[params[i].Name] = true
	}
	for _, p := range c.plugin.Params {
		if !p.Optional && !p.Repeated && !given[p.Name] {
			c.b.errorf(c.op.Call.Span, "KS119", c.usage(), "%s needs the argument %s", c.plugin.Name, p.Name)
			return nil, false
		}
	}
	return params, true
}

func (c *pluginCall) param(name string) *plugin.Param {
	for i := range c.plugin.Params {
		if c.plugin.Params[i].Name == name {
			return &c.plugin.Params[i]
		}
	}
	return nil
}

// positions assigns arguments by their place, named ones by name.
func (c *pluginCall) positions(shapes []plugin.Shape) []string {
	names := make([]string, len(shapes))
	next := 0
	for i, s := range shapes {
		if s.Name != "" && c.param(s.Name) != nil {
			names[i] = s.Name
			continue
		}
		if next < len(c.plugin.Params) {
			names[i] = c.plugin.Params[next].Name
			if !c.plugin.Params[next].Repeated {
				next++
			}
		}
	}
	return names
}

// usage shows the parameters.
func (c *pluginCall) usage() string {
	parts := make([]string, len(c.plugin.Params))
	for i, p := range c.plugin.Params {
		parts[i] = p.Name
		if p.Repeated {
			parts[i] += ", ..."
		}
		if p.Optional || p.Repeated {
			parts[i] = "[" + parts[i] + "]"
		}
	}
	return "write " + c.plugin.Name + "(" + strings.Join(parts, ", ") + ")"
}

// shape tries an argument without reporting what is wrong with it.
func (c *pluginCall) shape(x ast.Expr) plugin.Shape {
	var s plugin.Shape
	if n, ok := x.(*ast.Named); ok && len(n.Names) == 1 {
		s.Name, x = n.Names[0].Text, n.X
	}
	if name, ok := x.(*ast.Name); ok {
		s.Column = find(c.e.row.cols, name.Text) >= 0
	}
	if s.Table = !s.Column && c.b.isTabular(x, c.e.names); s.Table {
		return s
	}
	bound := c.b.attempt(x, c.e)
	s.Type = bound.Type()
	s.Constant = !isBroken(bound) && !hasColumns(bound)
	return s
}

// attempt binds an expression and forgets what there was to report.
func (b *binder) attempt(x ast.Expr, e env) plan.Expr {
	diags, errors, size := b.diags, b.errors, b.size
	bound := b.expr(x, e)
	b.diags, b.errors, b.size = diags, errors, size
	return bound
}

// declared reads the schema behind the call.
func (c *pluginCall) declared() bool {
	c.call.HasSchema, c.call.Star = c.op.HasSchema, c.op.Star
	for _, col := range c.op.Columns {
		typ, ok := value.ParseType(col.Type.Text)
		if !ok {
			c.b.errorf(col.Type.Span, "KS160", "the types are bool, int, long, real, decimal, datetime, timespan, string, guid and dynamic", "%q is not a type", col.Type.Text)
			return false
		}
		c.call.Declared = append(c.call.Declared, plugin.Column{Name: col.Name.Text, Type: typ})
	}
	return true
}

// finish makes the node and, where its columns follow from the data, discovers them.
func (c *pluginCall) finish() plan.Node {
	c.narrow()
	cols, open, err := c.plugin.Result(&c.call)
	if err != nil {
		c.b.errorf(c.op.Call.Span, "GW080", "", "%s", err)
		return nil
	}
	n := &plan.Evaluate{Input: c.input(), Plugin: c.plugin, Call: &c.call, Tables: c.tables, Late: c.late, Cols: planColumns(cols), Open: open}
	if c.plugin.FirstOnly {
		c.b.warn(c.op.Call.Name.Span, "GW081", "", "%s has several results; only the first is returned", c.plugin.Name)
	}
	switch {
	case isOpen(c.in.Columns()):
		return c.b.openNode(n, n.Cols, open)
	case c.plugin.Look != nil && c.call.HasSchema:
		if unpacked := c.unpacked(); unpacked != nil {
			return unpacked
		}
		return n
	case !open:
		return n
	case c.plugin.Look != nil:
		return c.look(n)
	}
	return c.b.discover(n, c.op.Call.Span)
}

// look finds the columns of a plugin from the columns that it names, and goes on as if they had been declared.
func (c *pluginCall) look(n *plan.Evaluate) plan.Node {
	if c.b.Discover == nil {
		return c.b.discover(n, c.op.Call.Span)
	}
	narrow := *c
	narrow.call.Args = slices.Clone(c.call.Args)
	first := *c.plugin
	first.Named = func(*plugin.Call) bool { return true }
	narrow.plugin = &first
	narrow.narrow()
	found, instead := c.b.ask(&plan.Evaluate{Input: narrow.input(), Plugin: c.plugin, Call: &narrow.call, Tables: c.tables, Late: c.late, Open: true, Look: true}, c.op.Call.Span)
	switch {
	case found == nil:
		return instead
	case len(found.Rows) == 0:
		return c.b.without(&plan.Values{Cols: n.Cols})
	}
	for _, col := range found.Cols {
		if find(n.Cols, col.Name) >= 0 {
			return c.b.discover(n, c.op.Call.Span)
		}
	}
	for _, col := range found.Cols {
		c.call.Declared = append(c.call.Declared, plugin.Column{Name: col.Name, Type: col.Type})
	}
	c.call.HasSchema, c.call.Star = true, true
	return c.unpacked()
}

// unpacked reads the properties of a bag as columns that are declared; nil where one of them is a column of the input too:
// which of the two it is follows from the data.
func (c *pluginCall) unpacked() plan.Node {
	at := c.call.Arg("column").Column
	refs := references(c.in.Columns())
	var bag plan.Expr
	var out columns
	for i, from := range c.visible {
		switch {
		case i == at:
			bag = &refs[from]
		case c.call.Star:
			out.list = append(out.list, output{name: c.call.Input[i].Name, expr: &refs[from]})
		}
	}
	if bag == nil {
		bag = c.computed[at-len(c.visible)]
	}
	for _, d := range c.call.Declared {
		for i, col := range c.call.Input {
			if i != at && col.Name == d.Name {
				return nil
			}
		}
		var x plan.Expr = &plan.Const{Value: value.Null(d.Type)}
		if name, ok := c.call.Property(d.Name); ok {
			x = &plan.Path{Base: bag, Steps: []plan.Step{{Index: &plan.Const{Value: value.NewString(name)}}}}
			if name != "" {
				x = &plan.Path{Base: bag, Steps: []plan.Step{{Name: name}}}
			}
			x = c.b.convert(x, d.Type, c.op.Call.Span)
		}
		out.list = append(out.list, output{name: d.Name, expr: x})
	}
	return out.project(c.in)
}

// narrow leaves the columns out that the plugin does not read.
func (c *pluginCall) narrow() {
	c.call.Extra = len(c.computed)
	var visible []int
	for _, at := range c.plugin.Narrow(&c.call) {
		visible = append(visible, c.visible[at])
	}
	c.visible = visible
}

// input projects the visible columns and, behind them, the computed arguments.
func (c *pluginCall) input() plan.Node {
	var out columns
	refs := references(c.in.Columns())
	for _, i := range c.visible {
		out.list = append(out.list, output{name: c.in.Columns()[i].Name, expr: &refs[i]})
	}
	for _, x := range c.computed {
		out.list = append(out.list, output{name: out.unique("$argument", "$argument"), expr: x})
	}
	return out.project(c.in)
}

func planColumns(cols []plugin.Column) []plan.Column {
	out := make([]plan.Column, len(cols))
	for i, c := range cols {
		out[i] = plan.Column{Name: c.Name, Type: c.Type}
	}
	return out
}

// discover runs a plugin whose columns follow from the data, and goes on with the rows that it gave.
func (b *binder) discover(n *plan.Evaluate, s token.Span) plan.Node {
	found, instead := b.ask(n, s)
	switch {
	case found == nil:
		return instead
	case len(found.Rows) == 0:
		return b.without(found)
	}
	return found
}

// ask runs a plugin whose columns follow from the data; nil where it cannot, and what then takes its place.
func (b *binder) ask(n *plan.Evaluate, s token.Span) (*plan.Values, plan.Node) {
	if readsGiven(n) {
		b.errorf(s, "GW020", "declare them: "+n.Plugin.Name+"(...) : (Name: type)", "columns that follow from the data are not supported inside partition and mv-apply")
		return nil, nil
	}
	if b.Discover == nil {
		return nil, b.openNode(n, n.Cols, true)
	}
	if b.failure != nil {
		return nil, nil
	}
	found, err := b.discovered(n)
	var wrong *plugin.Error
	switch {
	case errors.As(err, &wrong):
		b.errorf(s, "GW080", "", "%s", wrong.Message)
		return nil, nil
	case err != nil:
		b.failure = err
		return nil, nil
	}
	return found, nil
}

// readsGiven reports a table that reads the rows of an operator around it, which are there only when that runs.
func readsGiven(n plan.Node) bool {
	seen := map[plan.Node]bool{}
	free, owned := map[*plan.Given]bool{}, map[*plan.Given]bool{}
	var walk func(n plan.Node)
	walk = func(n plan.Node) {
		if seen[n] {
			return
		}
		seen[n] = true
		switch n := n.(type) {
		case *plan.Given:
			free[n] = true
		case *plan.Apply:
			owned[n.Given] = true
		case *plan.Partition:
			owned[n.Given] = true
		}
		for _, below := range plan.Below(n) {
			walk(below)
		}
	}
	walk(n)
	for g := range owned {
		delete(free, g)
	}
	return len(free) > 0
}
