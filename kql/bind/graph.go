package bind

import (
	"github.com/glasswatch/glasswatch/kql/ast"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/token"
	"github.com/glasswatch/glasswatch/kql/value"
)

// isTable refuses a graph where a table is wanted.
func (b *binder) isTable(n plan.Node, s token.Span) plan.Node {
	if _, ok := n.(plan.Graph); !ok {
		return n
	}
	b.errorf(s, "GW064", "end it with graph-match, graph-shortest-paths or graph-to-table", "a graph is no table")
	return nil
}

// graphOperation binds the operators on graphs, and refuses all others over a graph; ok is false for those over a table.
func (b *binder) graphOperation(op ast.Operator, in plan.Node, e env) (out plan.Node, ok bool) {
	_, isGraph := in.(plan.Graph)
	switch op := op.(type) {
	case *ast.MakeGraph:
		if in = b.isTable(in, op.Span); in == nil {
			return nil, true
		}
		return b.makeGraph(op, in, e), true
	case *ast.GraphMatch, *ast.GraphComponents, *ast.GraphTable, *ast.GraphWhere:
		if !isGraph {
			b.errorf(op.Extent(), "GW064", "make one: Edges | make-graph Source --> Target | ...", "this operator needs a graph, not a table")
			return nil, true
		}
	default:
		if isGraph && !b.unsupported(op) {
			b.isTable(in, op.Extent())
		}
		return nil, isGraph
	}
	switch op := op.(type) {
	case *ast.GraphMatch:
		out = b.graphMatch(op, in, e)
	case *ast.GraphComponents:
		out = b.components(op, in)
	case *ast.GraphWhere:
		out = b.graphWhere(op, in, e)
	case *ast.GraphTable:
		out = b.graphTable(op, in, e)
	}
	return out, true
}

// graphMaker collects the parts of a make-graph.
type graphMaker struct {
	b    *binder
	op   *ast.MakeGraph
	e    env
	n    *plan.MakeGraph
	id   value.Type
	keys []plan.Expr // the ids in the tables, as they are there
}

func (b *binder) makeGraph(op *ast.MakeGraph, in plan.Node, e env) plan.Node {
	for _, o := range op.Options {
		b.errorf(o.Span, "KS198", "", "make-graph has no option %s", o.Name)
		return nil
	}
	if op.Undirected {
		b.errorf(op.Source.Span.To(op.Target.Span), "GW020", "write "+ast.Text(op.Source)+" --> "+ast.Text(op.Target)+"; a pattern can leave the direction open: (a)--(b)",
			"make-graph without a direction is not supported: what its edges mean is not documented")
		return nil
	}
	m := &graphMaker{b: b, op: op, e: e, n: &plan.MakeGraph{}}
	source, ok := m.key(op.Source, in)
	target, fine := m.key(op.Target, in)
	if !ok || !fine || !m.tables() || !m.common([]plan.Expr{source, target}) {
		return nil
	}
	m.n.Edges, m.n.Source, m.n.Target = in, source, target
	if cols := in.Columns(); !isOpen(cols) && !isGuess(cols) {
		m.n.Edges = b.strip(in)
		m.n.Source, _ = m.key(op.Source, m.n.Edges)
		m.n.Target, _ = m.key(op.Target, m.n.Edges)
	}
	m.n.Source, m.n.Target = b.convert(m.n.Source, m.id, op.Source.Span), b.convert(m.n.Target, m.id, op.Target.Span)
	if isBroken(m.n.Source) || isBroken(m.n.Target) {
		return nil
	}
	m.finish()
	if op.By != nil {
		return b.graphPartition(op, m.n, e)
	}
	return m.n
}

// key binds the name of a column that holds ids.
func (m *graphMaker) key(name *ast.Name, in plan.Node) (plan.Expr, bool) {
	x := m.b.expr(name, m.e.with(in.Columns()))
	if x.Type() == value.Dynamic {
		m.b.errorf(name.Span, "KS240", "extend a column tostring("+ast.Text(name)+") first", "the id of a node cannot be a dynamic")
	}
	return x, x.Type() != value.Dynamic && !isBroken(x)
}

// tables binds the tables of nodes and collects the properties. A property that has two types is a dynamic.
func (m *graphMaker) tables() bool {
	for _, t := range m.op.Nodes {
		in := m.b.table(t.Table, env{names: m.e.names})
		if in == nil {
			return false
		}
		if cols := in.Columns(); !isOpen(cols) && !isGuess(cols) {
			in = m.b.strip(in)
		}
		id, ok := m.key(t.ID, in)
		if !ok {
			return false
		}
		table := plan.NodeTable{Table: in}
		for _, c := range in.Columns() {
			at := find(m.n.Nodes, c.Name)
			if at < 0 {
				at = len(m.n.Nodes)
				m.n.Nodes = append(m.n.Nodes, c)
			} else if m.n.Nodes[at].Type != c.Type {
				m.n.Nodes[at].Type = value.Dynamic
			}
			table.At = append(table.At, at)
		}
		m.keys = append(m.keys, id)
		m.n.Tables = append(m.n.Tables, table)
	}
	return m.b.grown(len(m.n.Nodes), m.op.Span)
}

// common finds the type that all ids are compared in.
func (m *graphMaker) common(ids []plan.Expr) bool {
	for _, x := range append(ids, m.keys...) {
		t := x.Type()
		switch {
		case m.id == value.Invalid || m.id == t:
			m.id = t
		case isWhole(m.id) && isWhole(t):
			m.id = value.Long
		default:
			m.b.errorf(m.op.Span, "KS106", "convert one of the columns, as by extend Id = tostring(Id)", "ids of type %s and of type %s never are equal", m.id, t)
			return false
		}
	}
	return true
}

func isWhole(t value.Type) bool { return t == value.Int || t == value.Long }

// finish makes the tables give the properties in their types, and says where ids that no table has are put.
func (m *graphMaker) finish() {
	b, id := m.b, &plan.Col{Typ: m.id}
	assign := func(at int, s token.Span) {
		for _, a := range m.n.IDs {
			if a.Column == at {
				return
			}
		}
		m.n.IDs = append(m.n.IDs, plan.Assignment{Column: at, X: b.property(id, m.n.Nodes[at].Type, s)})
	}
	for i := range m.n.Tables {
		t, s := &m.n.Tables[i], m.op.Nodes[i].Span
		cols := t.Table.Columns()
		refs := references(cols)
		p := &plan.Project{Input: t.Table}
		converted := false
		for k, c := range cols {
			x := b.property(&refs[k], m.n.Nodes[t.At[k]].Type, s)
			converted = converted || x != plan.Expr(&refs[k])
			p.Cols = append(p.Cols, plan.Column{Name: c.Name, Type: x.Type(), Hidden: c.Hidden})
			p.Exprs = append(p.Exprs, x)
		}
		t.ID = b.convert(m.keys[i], m.id, s)
		if converted {
			p.Cols = append(p.Cols, plan.Column{Name: "\x00id", Type: m.id, Hidden: true})
			p.Exprs = append(p.Exprs, t.ID)
			t.Table, t.ID = p, &plan.Col{Index: len(cols), Typ: m.id}
		}
		assign(t.At[find(cols, m.op.Nodes[i].ID.Text)], s)
	}
	if name := m.op.NodeID; name != nil {
		m.n.Nodes = append(m.n.Nodes, plan.Column{Name: name.Text, Type: m.id})
		assign(0, name.Span)
	}
	m.n.Cols = append(append([]plan.Column(nil), m.n.Nodes...), m.n.Edges.Columns()...)
}

// property brings a value to the type of a property.
func (b *binder) property(x plan.Expr, to value.Type, s token.Span) plan.Expr {
	if to == value.Dynamic && x.Type() != to {
		return b.wrapped(x, s)
	}
	return b.convert(x, to, s)
}

// graphPartition binds partitioned-by Column (operators).
func (b *binder) graphPartition(op *ast.MakeGraph, g *plan.MakeGraph, e env) plan.Node {
	n := &plan.GraphPartition{Graph: g, Given: &plan.GivenGraph{ID: g.Source.Type(), Nodes: len(g.Nodes), Cols: g.Cols}}
	typ := value.Invalid
	for i := range len(g.Tables) + 1 {
		table, what := g.Edges, "edges"
		if i > 0 {
			table, what = g.Tables[i-1].Table, "nodes "+ast.Text(op.Nodes[i-1].Table)
		}
		at := find(table.Columns(), op.By.Text)
		if at < 0 {
			b.errorf(op.By.Span, "KS142", "the edges and all tables of nodes need the column", "the table of %s has no column %q", what, op.By.Text)
			return nil
		}
		t := table.Columns()[at].Type
		switch {
		case t == value.Dynamic:
			b.errorf(op.By.Span, "KS116", "extend a column tostring("+ast.Text(op.By)+") first", "a dynamic cannot be a key")
			return nil
		case i == 0:
			typ, n.Edge = t, at
			continue
		case t != typ:
			b.errorf(op.By.Span, "KS106", "", "the column %s has the types %s and %s", op.By.Text, typ, t)
			return nil
		}
		n.Nodes = append(n.Nodes, at)
	}
	if n.Body = b.pipeBody(op.Body, n.Given, e); n.Body == nil {
		return nil
	}
	return n
}

// components binds graph-mark-components.
func (b *binder) components(op *ast.GraphComponents, in plan.Node) plan.Node {
	n := &plan.Components{Input: in}
	name, at := "ComponentId", op.Span
	for _, o := range op.Options {
		text, s := optionText(o)
		switch {
		case o.Name == "with_component_id":
			name, at = text, s
		case text == "strong":
			n.Strong = true
		case text != "weak":
			b.errorf(s, "KS005", "", "expected weak or strong, got %q", text)
			return nil
		}
	}
	nodes := plan.NodeColumns(in)
	if find(nodes, name) >= 0 {
		b.errorf(at, "KS171", "name the property: with_component_id=Name", "a property with the name %q is already declared", name)
		return nil
	}
	n.Cols = append(append(append(n.Cols, nodes...), plan.Column{Name: name, Type: value.Long}), plan.EdgeColumns(in)...)
	return n
}

// graphWhere binds graph-where-nodes and graph-where-edges, whose conditions name properties directly.
func (b *binder) graphWhere(op *ast.GraphWhere, in plan.Node, e env) plan.Node {
	n := &plan.GraphFilter{Input: in, Edges: op.Edges}
	r := &row{cols: plan.EdgeColumns(in), pattern: &graphPattern{inside: true}}
	if !op.Edges {
		r.cols, r.pattern.nodes = plan.NodeRow(in), len(plan.NodeColumns(in))
		r.pattern.inner = true
	}
	n.Cond = b.expr(op.Cond, env{e.names, r})
	switch n.Cond.Type() {
	case value.Bool:
		return n
	case value.Invalid:
		return in
	}
	b.errorf(op.Cond.Extent(), "KS141", "compare it with something", "the condition must be a bool, not a %s", n.Cond.Type())
	return in
}

// graphTable binds graph-to-table with one output.
func (b *binder) graphTable(op *ast.GraphTable, in plan.Node, e env) plan.Node {
	if len(op.Outputs) != 1 {
		b.errorf(op.Span, "KS175", "", "graph-to-table with two tables can only be the last operator of a statement")
		return nil
	}
	n := b.graphOutput(op.Outputs[0], in)
	if as := op.Outputs[0].As; as != nil && n != nil {
		e.names.set(as.Text, &entry{node: n})
	}
	return n
}

// graphTables binds graph-to-table with several outputs: they are tables of the statements that follow.
func (b *binder) graphTables(op *ast.GraphTable, in plan.Node, e env) {
	if _, ok := in.(plan.Graph); !ok {
		b.graphOperation(op, in, e)
		return
	}
	seen := [2]bool{}
	for _, o := range op.Outputs {
		kind := 0
		if o.Edges {
			kind = 1
		}
		switch {
		case seen[kind]:
			b.errorf(o.Span, "KS229", "write nodes as Name, edges as Name", "the table is there already")
		case o.As == nil:
			b.errorf(o.Span, "KS273", "write as Name", "of several tables each needs a name")
		default:
			if n := b.graphOutput(o, in); n != nil {
				e.names.set(o.As.Text, &entry{node: n})
			}
		}
		seen[kind] = true
	}
}

func (b *binder) graphOutput(o *ast.GraphOutput, in plan.Node) plan.Node {
	n := &plan.GraphTable{Input: in, Edges: o.Edges}
	props := plan.NodeColumns(in)
	wanted := []string{"with_node_id"}
	if o.Edges {
		props, wanted = plan.EdgeColumns(in), []string{"with_source_id", "with_target_id"}
	}
	for i, option := range wanted {
		for _, given := range o.Options {
			if given.Name != option {
				continue
			}
			name, s := optionText(given)
			if find(props, name) >= 0 || find(n.Cols, name) >= 0 {
				b.errorf(s, "KS171", "", "a column with the name %q is already declared", name)
				return nil
			}
			id := b.pack("hash", &ast.Call{Span: s}, []plan.Expr{&plan.Col{Index: i, Typ: idType(in)}}, []token.Span{s})
			n.IDs = append(n.IDs, id)
			n.Cols = append(n.Cols, plan.Column{Name: name, Type: value.Long})
		}
	}
	for _, given := range o.Options {
		if !containsName(wanted, given.Name) {
			b.errorf(given.Span, "KS198", "", "this table has no option %s", given.Name)
			return nil
		}
	}
	n.Cols = append(n.Cols, props...)
	if len(n.Cols) == 0 {
		b.errorf(o.Span, "KS190", "give the graph nodes: make-graph ... with Table on Id, or with_node_id=Name", "the nodes of the graph have no properties")
		return nil
	}
	return n
}

// idType is the type of the ids of a graph's nodes.
func idType(g plan.Node) value.Type {
	for {
		switch n := g.(type) {
		case *plan.MakeGraph:
			return n.Source.Type()
		case *plan.Components:
			g = n.Input
		case *plan.GraphFilter:
			g = n.Input
		case *plan.GivenGraph:
			return n.ID
		default:
			panic("bind: BUG: a graph of unknown kind")
		}
	}
}
