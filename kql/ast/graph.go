package ast

import "github.com/glasswatch/glasswatch/kql/token"

// MakeGraph is make-graph Source --> Target, with node tables, or with_node_id=NodeID, or neither.
type MakeGraph struct {
	token.Span
	Options    []*Option
	Source     *Name
	Target     *Name
	Undirected bool // written --
	Nodes      []*GraphNodes
	NodeID     *Name
	By         *Name // partitioned-by By (Body); nil without it
	Body       *Pipe // without a source
}

// GraphNodes is Table on ID, a table of nodes.
type GraphNodes struct {
	token.Span
	Table Expr
	ID    *Name
}

// GraphMatch is graph-match, or with Shortest graph-shortest-paths. Where and Project may be nil.
type GraphMatch struct {
	token.Span
	Shortest bool
	Options  []*Option
	Pattern  [][]*PatternElement // sequences of nodes with edges between them
	Where    Expr
	Project  []Expr
}

// PatternElement is a node (Name), or an edge -[Name*Min..Max]- with a head at its Left or Right end. Name is nil where the
// element has none; Min and Max are nil for an edge of length one.
type PatternElement struct {
	token.Span
	Edge        bool
	Name        *Name
	Left, Right bool
	Min, Max    Expr
}

// GraphComponents is graph-mark-components kind=weak with_component_id=Name.
type GraphComponents struct {
	token.Span
	Options []*Option
}

// GraphTable is graph-to-table nodes as N with_node_id=Name, edges as E with_source_id=Name with_target_id=Name.
type GraphTable struct {
	token.Span
	Outputs []*GraphOutput
}

// GraphOutput is one table of a GraphTable. As may be nil.
type GraphOutput struct {
	token.Span
	Edges   bool
	As      *Name
	Options []*Option
}

// GraphWhere is graph-where-nodes Cond, or with Edges graph-where-edges.
type GraphWhere struct {
	token.Span
	Edges bool
	Cond  Expr
}

func (*MakeGraph) operator()       {}
func (*GraphMatch) operator()      {}
func (*GraphComponents) operator() {}
func (*GraphTable) operator()      {}
func (*GraphWhere) operator()      {}
