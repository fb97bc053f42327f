package eval

import (
	"math"

	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// graph is a graph in memory. Nodes and edges are numbered; a row of nodes or edges holds their properties.
type graph struct {
	ids          []value.Value // of the nodes
	nodes, edges [][]value.Value
	from, to     []int32 // nodes of the edges
	out, in      adjacency
}

// adjacency lists the edges of each node: those of node n are list[first[n]:first[n+1]].
type adjacency struct{ first, list []int32 }

func (a *adjacency) of(node int32) []int32 { return a.list[a.first[node]:a.first[node+1]] }

// graph computes a graph, at its first use where it does not differ from use to use.
func (r *runner) graph(n plan.Node) (*graph, error) {
	if g, ok := r.graphs[n]; ok {
		return g, nil
	}
	var g *graph
	var err error
	switch n := n.(type) {
	case *plan.MakeGraph:
		g, err = r.makeGraph(n)
	case *plan.Components:
		g, err = r.components(n)
	case *plan.GraphFilter:
		g, err = r.filterGraph(n)
	default:
		panic("eval: BUG: a graph of unknown kind")
	}
	if err != nil || readsGiven(n) {
		return g, err
	}
	if r.graphs == nil {
		r.graphs = map[plan.Node]*graph{}
	}
	r.graphs[n] = g
	return g, nil
}

func (r *runner) makeGraph(n *plan.MakeGraph) (*graph, error) {
	edges, err := r.all(n.Edges)
	if err != nil {
		return nil, err
	}
	tables := make([][][]value.Value, len(n.Tables))
	for i, t := range n.Tables {
		if tables[i], err = r.all(t.Table); err != nil {
			return nil, err
		}
	}
	return r.connect(n, edges, tables)
}

// connect makes a graph of the rows of its tables.
func (r *runner) connect(n *plan.MakeGraph, edges [][]value.Value, tables [][][]value.Value) (*graph, error) {
	m := &graphMaker{r: r, n: n, g: &graph{edges: edges}, number: map[string]int32{}}
	for i, t := range n.Tables {
		if err := m.table(t, tables[i]); err != nil {
			return nil, err
		}
	}
	if err := m.edges(); err != nil {
		return nil, err
	}
	return m.g, r.link(m.g)
}

// graphMaker numbers the nodes of a graph.
type graphMaker struct {
	r      *runner
	n      *plan.MakeGraph
	g      *graph
	number map[string]int32 // by the key of the id
	key    []byte
}

// node finds the number of an id; fresh is set for a new one.
func (m *graphMaker) node(id value.Value) (number int32, fresh bool, err error) {
	m.key = id.AppendKey(m.key[:0])
	if number, ok := m.number[string(m.key)]; ok {
		return number, false, nil
	}
	row := make([]value.Value, len(m.n.Nodes))
	nulls(row, m.n.Nodes)
	if err := m.r.keep(row); err != nil || len(m.g.ids) >= math.MaxInt32 {
		return 0, false, ErrTooLarge
	}
	number = int32(len(m.g.ids))
	m.number[string(m.key)] = number
	m.g.ids, m.g.nodes = append(m.g.ids, id), append(m.g.nodes, row)
	return number, true, nil
}

// table gives nodes the properties of a table's rows. The first value of a property that is there counts.
func (m *graphMaker) table(t plan.NodeTable, rows [][]value.Value) error {
	s := &scope{fn: m.r.scope.fn}
	id := m.r.baseEnv(len(t.Table.Columns())).compile(t.ID)
	for _, row := range rows {
		if err := m.r.alive(); err != nil {
			return err
		}
		s.row = (*list)(&row)
		s.generation++
		number, _, err := m.node(id(s))
		if err != nil {
			return err
		}
		props := m.g.nodes[number]
		for i, at := range t.At {
			if old := props[at]; old.IsNull() || old.Type() == value.String && old.Text() == "" {
				props[at] = row[i]
			}
		}
	}
	return nil
}

// edges numbers the ends of the edges, and puts ids that no table has where the plan says.
func (m *graphMaker) edges() error {
	if len(m.g.edges) >= math.MaxInt32 {
		return ErrTooLarge
	}
	s, one := &scope{fn: m.r.scope.fn}, &scope{fn: m.r.scope.fn}
	row := m.r.baseEnv(len(m.n.Edges.Columns()))
	ends := []fn{row.compile(m.n.Source), row.compile(m.n.Target)}
	alone := m.r.baseEnv(1)
	named := make([]fn, len(m.n.IDs))
	for i, a := range m.n.IDs {
		named[i] = alone.compile(a.X)
	}
	m.g.from, m.g.to = make([]int32, len(m.g.edges)), make([]int32, len(m.g.edges))
	for i := range m.g.edges {
		if err := m.r.alive(); err != nil {
			return err
		}
		s.row = (*list)(&m.g.edges[i])
		s.generation++
		for end, of := range ends {
			id := of(s)
			number, fresh, err := m.node(id)
			if err != nil {
				return err
			}
			if fresh {
				one.row = &list{id}
				one.generation++
				for k, a := range m.n.IDs {
					m.g.nodes[number][a.Column] = named[k](one)
				}
			}
			if end == 0 {
				m.g.from[i] = number
			} else {
				m.g.to[i] = number
			}
		}
	}
	return nil
}

// link lists the edges of each node.
func (r *runner) link(g *graph) error {
	if err := r.book(4 * (4*len(g.from) + 2*len(g.ids))); err != nil {
		return err
	}
	g.out, g.in = adjacent(len(g.ids), g.from), adjacent(len(g.ids), g.to)
	return nil
}

// book counts bytes that are kept.
func (r *runner) book(bytes int) error {
	if r.bytes -= int64(bytes); r.bytes < 0 {
		return ErrTooLarge
	}
	return nil
}

// adjacent sorts edges by the node at one of their ends.
func adjacent(nodes int, ends []int32) adjacency {
	a := adjacency{first: make([]int32, nodes+1), list: make([]int32, len(ends))}
	for _, n := range ends {
		a.first[n+1]++
	}
	for n := range nodes {
		a.first[n+1] += a.first[n]
	}
	next := append([]int32(nil), a.first[:nodes]...)
	for e, n := range ends {
		a.list[next[n]] = int32(e)
		next[n]++
	}
	return a
}

// extra is one of plan.NodeExtras of a node.
func (g *graph) extra(node int32, i int) value.Value {
	switch i {
	case 0:
		return value.NewString(g.ids[node].ToText())
	case 1:
		return value.NewLong(int64(len(g.in.of(node))))
	}
	return value.NewLong(int64(len(g.out.of(node))))
}

// nodeRow is a node as plan.NodeRow describes it.
type nodeRow struct {
	g    *graph
	node int32
}

func (n *nodeRow) Value(i int) value.Value {
	props := n.g.nodes[n.node]
	if i < len(props) {
		return props[i]
	}
	return n.g.extra(n.node, i-len(props))
}

// filterGraph keeps some of the nodes or edges.
func (r *runner) filterGraph(n *plan.GraphFilter) (*graph, error) {
	g, err := r.graph(n.Input)
	if err != nil {
		return nil, err
	}
	out := &graph{ids: g.ids, nodes: g.nodes}
	number := make([]int32, len(g.ids)) // of the nodes that stay; -1 for the others
	for i := range number {
		number[i] = int32(i)
	}
	keepEdge := func(int) bool { return true }
	s := &scope{fn: r.scope.fn}
	if n.Edges {
		cond := r.baseEnv(len(plan.EdgeColumns(n.Input))).pred(n.Cond)
		keepEdge = func(e int) bool {
			s.row = (*list)(&g.edges[e])
			s.generation++
			return cond(s) == yes
		}
	} else {
		cond := r.baseEnv(len(plan.NodeRow(n.Input))).pred(n.Cond)
		out.ids, out.nodes = nil, nil
		for i := range g.ids {
			if err := r.alive(); err != nil {
				return nil, err
			}
			s.row = &nodeRow{g: g, node: int32(i)}
			s.generation++
			if number[i] = -1; cond(s) == yes {
				number[i] = int32(len(out.ids))
				out.ids, out.nodes = append(out.ids, g.ids[i]), append(out.nodes, g.nodes[i])
			}
		}
	}
	if r.err != nil {
		return nil, r.err
	}
	for e := range g.edges {
		if err := r.alive(); err != nil {
			return nil, err
		}
		from, to := number[g.from[e]], number[g.to[e]]
		if from >= 0 && to >= 0 && keepEdge(e) {
			out.edges, out.from, out.to = append(out.edges, g.edges[e]), append(out.from, from), append(out.to, to)
		}
	}
	return out, r.link(out)
}

// graphRows are rows that are made of a graph when the first is asked for.
type graphRows struct {
	make func() ([][]value.Value, error)
	rows valueRows
}

func (g *graphRows) next() (Row, error) {
	if g.make != nil {
		rows, err := g.make()
		if err != nil {
			return nil, err
		}
		g.rows.rows, g.make = rows, nil
	}
	return g.rows.next()
}

func (g *graphRows) close() error { return nil }

// openGraphTable makes rows of the nodes or edges of a graph.
func (r *runner) openGraphTable(n *plan.GraphTable) (*stage, error) {
	e := r.baseEnv(2)
	ids := make([]fn, len(n.IDs))
	for i, x := range n.IDs {
		ids[i] = e.compile(x)
	}
	read := func() ([][]value.Value, error) {
		g, err := r.graph(n.Input)
		if err != nil {
			return nil, err
		}
		props := g.nodes
		if n.Edges {
			props = g.edges
		}
		if len(ids) == 0 {
			return props, nil
		}
		s := &scope{fn: r.scope.fn}
		rows := make([][]value.Value, len(props))
		for i := range props {
			if err := r.alive(); err != nil {
				return nil, err
			}
			ends := &list{}
			if n.Edges {
				*ends = list{g.ids[g.from[i]], g.ids[g.to[i]]}
			} else {
				*ends = list{g.ids[i]}
			}
			s.row = ends
			s.generation++
			row := make([]value.Value, 0, len(n.Cols))
			for _, id := range ids {
				row = append(row, id(s))
			}
			rows[i] = append(row, props[i]...)
			if err := r.keep(rows[i]); err != nil {
				return nil, err
			}
		}
		return rows, nil
	}
	return r.stage(&graphRows{make: read, rows: valueRows{r: r}}, len(n.Cols)), nil
}
