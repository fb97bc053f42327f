package plan

import "github.com/glasswatch/glasswatch/kql/value"

// Graph is a node whose result is a graph, not a table. Its Columns are the properties of the nodes of the graph, the first
// NodeColumns of them, and behind these the properties of its edges. Nodes of this file read graphs, no others do.
type Graph interface {
	Node
	NodeColumns() int
}

// MakeGraph makes an edge of every row of Edges, from the node with the id Source to the one with the id Target, and a node
// of every id that is in Edges or in one of Tables. Ids are equal as the keys of an Aggregate are, null being one of them.
type MakeGraph struct {
	Edges          Node
	Source, Target Expr // over Edges, of one type
	Tables         []NodeTable
	IDs            []Assignment // the properties that hold the id of a node that no table has; X is over one column, the id
	Nodes          []Column
	Cols           []Column
}

// NodeTable gives properties to nodes: its columns go to the properties at the positions At. Of several values of one
// property the first that is neither null nor an empty string counts.
type NodeTable struct {
	Table Node
	ID    Expr // over Table, of the type of MakeGraph.Source
	At    []int
}

// Components adds a property to the nodes: the number of their connected component, from 0 in the order of the nodes. In a
// strong one all nodes reach each other along the edges, in a weak one the direction does not count.
type Components struct {
	Input  Node // a Graph
	Strong bool
	Cols   []Column
}

// GraphFilter keeps the nodes, or with Edges the edges, for which Cond is true. An edge whose source or target goes, goes too.
type GraphFilter struct {
	Input Node // a Graph
	Edges bool
	Cond  Expr // over a NodeRow, or over the properties of an edge
}

// GivenGraph is the graph that the GraphPartition around hands in.
type GivenGraph struct {
	ID    value.Type // of the ids of the nodes
	Nodes int
	Cols  []Column
}

// GraphPartition makes a graph for each value of a column that Edges and all Tables of the graph have, runs Body on each,
// and concatenates the results.
type GraphPartition struct {
	Graph *MakeGraph
	Edge  int   // position of the column in Graph.Edges
	Nodes []int // and in Graph.Tables
	Given *GivenGraph
	Body  Node
}

// GraphTable is the nodes of a graph, or with Edges its edges, as a table: IDs, then the properties. Each ID is computed of a
// row of one column, the id of the node, or of two, the ids of the edge's source and target.
type GraphTable struct {
	Input Node // a Graph
	Edges bool
	IDs   []Expr
	Cols  []Column
}

// CycleRule says how often a match may come by the same edge or node.
type CycleRule uint8

// By an edge once, anywhere any number of times, or by a node once.
const (
	UniqueEdges CycleRule = iota
	AllCycles
	NoCycles
)

// String returns the rule as the language spells it.
func (c CycleRule) String() string { return [...]string{"unique_edges", "all", "none"}[c] }

// PathChoice says which of the paths from one node to another are returned.
type PathChoice uint8

// All paths, one of the shortest, or all of the shortest.
const (
	AnyPath PathChoice = iota
	AnyShortest
	AllShortest
)

// Match finds the places of a graph that a pattern fits, and computes a row of each. Conds, all of which must be true, and
// Exprs are over the row that Row describes. Of graph-shortest-paths Choice is not AnyPath; the pattern is then one sequence,
// Links[i] going from Points[i] to Points[i+1], and no node is in a path twice.
type Match struct {
	Input  Node // a Graph
	Points []Point
	Links  []Link
	Cycles CycleRule
	Choice PathChoice
	Conds  []Expr
	Exprs  []Expr
	Cols   []Column
}

// Point is a node of a pattern. Its columns in the row are those of a NodeRow, from position At on.
type Point struct {
	Name string
	At   int
}

// Link is an edge of a pattern between two of its points, of Min to Max edges of the graph. One with a Range has no columns
// in the row, what it matched being read by Along; the others have the properties of the edge from position At on.
type Link struct {
	Name              string
	From, To          int  // positions in Match.Points
	Forward, Backward bool // edges lead from From to To, the other way; any direction: both
	Range             bool
	Min, Max          int64
	At                int
}

// NodeExtras are the columns of a NodeRow behind the properties of the node: its id as a string, and how many edges lead to
// it and from it.
var NodeExtras = []Column{
	{Name: "node_id", Type: value.String, Hidden: true},
	{Name: "node_degree_in", Type: value.Long, Hidden: true},
	{Name: "node_degree_out", Type: value.Long, Hidden: true},
}

// NodeRow are the columns that describe a node of a graph to an expression: its properties, then NodeExtras.
func NodeRow(g Node) []Column {
	nodes := NodeColumns(g)
	return append(append(make([]Column, 0, len(nodes)+len(NodeExtras)), nodes...), NodeExtras...)
}

// NodeColumns are the properties of the nodes of a graph.
func NodeColumns(g Node) []Column {
	n := g.(Graph).NodeColumns()
	return g.Columns()[:n:n]
}

// EdgeColumns are the properties of the edges of a graph.
func EdgeColumns(g Node) []Column { return g.Columns()[g.(Graph).NodeColumns():] }

// Width is how many columns the elements of the pattern have in the row. The columns of the element that an Along is at
// follow them.
func (n *Match) Width() int {
	width := len(n.Points) * len(NodeRow(n.Input))
	for _, l := range n.Links {
		if !l.Range {
			width += len(EdgeColumns(n.Input))
		}
	}
	return width
}

// AlongKind says what an Along gives.
type AlongKind uint8

// Whether X is true everywhere, whether it is true somewhere, or its values as an array.
const (
	AlongAll AlongKind = iota
	AlongAny
	AlongMap
)

// String returns the function of the language.
func (k AlongKind) String() string { return [...]string{"all", "any", "map"}[k] }

// Along computes X for each edge that a Link matched, or with Inner for each node between these edges. X is over the row of
// the match, behind which the properties of the edge, or a NodeRow, follow.
type Along struct {
	Kind  AlongKind
	Link  int // position in Match.Links
	Inner bool
	X     Expr
}

func (n *MakeGraph) Columns() []Column      { return n.Cols }
func (n *Components) Columns() []Column     { return n.Cols }
func (n *GraphFilter) Columns() []Column    { return n.Input.Columns() }
func (n *GivenGraph) Columns() []Column     { return n.Cols }
func (n *GraphPartition) Columns() []Column { return n.Body.Columns() }
func (n *GraphTable) Columns() []Column     { return n.Cols }
func (n *Match) Columns() []Column          { return n.Cols }

func (n *MakeGraph) NodeColumns() int   { return len(n.Nodes) }
func (n *Components) NodeColumns() int  { return n.Input.(Graph).NodeColumns() + 1 }
func (n *GraphFilter) NodeColumns() int { return n.Input.(Graph).NodeColumns() }
func (n *GivenGraph) NodeColumns() int  { return n.Nodes }

func (*MakeGraph) node()      {}
func (*Components) node()     {}
func (*GraphFilter) node()    {}
func (*GivenGraph) node()     {}
func (*GraphPartition) node() {}
func (*GraphTable) node()     {}
func (*Match) node()          {}

func (e *Along) Type() value.Type {
	if e.Kind == AlongMap {
		return value.Dynamic
	}
	return value.Bool
}

func (*Along) expr() {}

// graphInputs are the inputs of a node of this file; known is false for one of another.
func graphInputs(n Node) (in []Node, known bool) {
	switch n := n.(type) {
	case *MakeGraph:
		in = append(in, n.Edges)
		for _, t := range n.Tables {
			in = append(in, t.Table)
		}
		return in, true
	case *Components:
		return []Node{n.Input}, true
	case *GraphFilter:
		return []Node{n.Input}, true
	case *GivenGraph:
		return nil, true
	case *GraphPartition:
		return []Node{n.Graph, n.Body}, true
	case *GraphTable:
		return []Node{n.Input}, true
	case *Match:
		return []Node{n.Input}, true
	}
	return nil, false
}

// graphExprs are the expressions of a node of this file.
func graphExprs(n Node) []Expr {
	switch n := n.(type) {
	case *MakeGraph:
		out := []Expr{n.Source, n.Target}
		for _, t := range n.Tables {
			out = append(out, t.ID)
		}
		for _, a := range n.IDs {
			out = append(out, a.X)
		}
		return out
	case *GraphFilter:
		return []Expr{n.Cond}
	case *GraphTable:
		return n.IDs
	case *Match:
		return append(append([]Expr(nil), n.Conds...), n.Exprs...)
	}
	return nil
}

// graph lowers what is below a node of this file. A graph that several nodes read stays one.
func (l *lowering) graph(n Node) Node {
	if out, ok := l.graphs[n]; ok {
		return out
	}
	if _, known := graphInputs(n); !known {
		return n
	}
	out := l.lowerGraph(n)
	if l.graphs == nil {
		l.graphs = map[Node]Node{}
	}
	l.graphs[n] = out
	return out
}

func (l *lowering) lowerGraph(n Node) Node {
	switch n := n.(type) {
	case *MakeGraph:
		out := *n
		out.Edges = l.node(n.Edges, nil)
		out.Tables = append([]NodeTable(nil), n.Tables...)
		for i, t := range n.Tables {
			out.Tables[i].Table = l.node(t.Table, nil)
		}
		return &out
	case *Components:
		out := *n
		out.Input = l.graph(n.Input)
		return &out
	case *GraphFilter:
		out := *n
		out.Input = l.graph(n.Input)
		return &out
	case *GraphPartition:
		out := *n
		out.Graph = l.graph(n.Graph).(*MakeGraph)
		return &out
	case *GraphTable:
		out := *n
		out.Input = l.graph(n.Input)
		return &out
	case *Match:
		out := *n
		out.Input = l.graph(n.Input)
		return &out
	}
	return n
}

// graph passes on the needs of a node of this file.
func (needs Needs) graph(n Node, want []bool) {
	switch n := n.(type) {
	case *MakeGraph:
		needs.mark(n.Edges, reading(want[len(n.Nodes):], n.Source, n.Target))
		for _, t := range n.Tables {
			of := none(t.Table)
			for i, at := range t.At {
				of[i] = want[at]
			}
			needs.mark(t.Table, reading(of, t.ID))
		}
	case *Components:
		nodes := n.NodeColumns()
		needs.mark(n.Input, append(append([]bool(nil), want[:nodes-1]...), want[nodes:]...))
	case *GraphFilter:
		nodes := n.NodeColumns()
		of := append([]bool(nil), want...)
		if n.Edges {
			copy(of[nodes:], reading(of[nodes:], n.Cond))
		} else {
			row := append(append([]bool(nil), of[:nodes]...), make([]bool, len(NodeExtras))...)
			copy(of[:nodes], reading(row, n.Cond))
		}
		needs.mark(n.Input, of)
	case *GraphPartition:
		needs.mark(n.Body, want)
		of := append([]bool(nil), needs[n.Given]...)
		of[len(n.Graph.Nodes)+n.Edge] = true
		for i, at := range n.Nodes {
			of[n.Graph.Tables[i].At[at]] = true
		}
		needs.mark(n.Graph, of)
	case *GraphTable:
		of := none(n.Input)
		if props := want[len(n.IDs):]; n.Edges {
			copy(of[len(of)-len(props):], props)
		} else {
			copy(of, props)
		}
		needs.mark(n.Input, of)
	case *Match:
		needs.match(n)
	}
}

// match marks the properties that the expressions of a Match read of any element of its pattern.
func (needs Needs) match(n *Match) {
	of := none(n.Input)
	nodes, width := len(NodeColumns(n.Input)), n.Width()
	row := make([]int, width) // the property of each column; -1 for those that the graph has of itself
	for _, p := range n.Points {
		for i := range nodes + len(NodeExtras) {
			if row[p.At+i] = i; i >= nodes {
				row[p.At+i] = -1
			}
		}
	}
	for _, l := range n.Links {
		for i := range EdgeColumns(n.Input) {
			if !l.Range {
				row[l.At+i] = nodes + i
			}
		}
	}
	var read func(x Expr, inner bool)
	read = func(x Expr, inner bool) {
		WalkExpr(x, func(x Expr) bool {
			switch x := x.(type) {
			case *Along:
				read(x.X, x.Inner)
				return false
			case *Col:
				at := x.Index - width
				switch {
				case at < 0:
					at = row[x.Index]
				case !inner:
					at += nodes
				case at >= nodes:
					at = -1
				}
				if at >= 0 {
					of[at] = true
				}
			}
			return true
		})
	}
	for _, x := range graphExprs(n) {
		read(x, false)
	}
	needs.mark(n.Input, of)
}
