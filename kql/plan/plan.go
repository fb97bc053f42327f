// Package plan is the bound, fully typed form of a query: names are resolved to positions, conversions are
// explicit, every node knows its columns. The back ends (kql/sql, kql/eval) read plans and nothing else.
//
// An operator of the language that can be said with the nodes here is: extend, project-away, project-rename and
// project-reorder are Project; top is Sort with a limit; print is Project over one empty row; count is Aggregate.
package plan

import (
	"github.com/glasswatch/glasswatch/kql/function"
	"github.com/glasswatch/glasswatch/kql/value"
)

// Column is one output column of a node.
type Column struct {
	Name   string
	Type   value.Type
	Hidden bool // usable by name, left out of "all columns" and of the final result, like _TimeReceived
}

// Table is the schema of a stored table as the binder sees it. Tables with the same name must be the same pointer.
type Table struct {
	Name    string
	Columns []Column
	Time    int // position of the column that ingestion_time() reads; -1 without one
}

// Part is one of the results of a query; Name is "" where the query gives none.
type Part struct {
	Name string
	Plan Node
}

// Node is a relational operator. The set is closed: back ends switch over it and refuse what they do not know.
type Node interface {
	// Columns are the output columns; expressions above refer to them by position.
	Columns() []Column
	node()
}

// Scan reads a stored table, all its columns in the table's order.
type Scan struct{ Table *Table }

// Values is a table written in the query (datatable), or, with no columns and one row, the input of print.
type Values struct {
	Cols []Column
	Rows [][]value.Value
}

// Filter keeps the rows for which Cond (a bool) is true; null is not true.
type Filter struct {
	Input Node
	Cond  Expr
}

// Project computes every output column anew; a column passed through is a Col expression.
type Project struct {
	Input Node
	Cols  []Column
	Exprs []Expr // as many as Cols
}

// SortKey is one key of a Sort. Kusto: descending unless said otherwise, null is the smallest value.
type SortKey struct {
	Expr       Expr
	Descending bool
	NullsFirst bool
}

// Sort orders rows; with Limit >= 0 only the first Limit rows remain.
type Sort struct {
	Input Node
	Keys  []SortKey
	Limit int64 // -1: all
}

// Take keeps up to N rows, any of them.
type Take struct {
	Input Node
	N     int64
}

// Distinct keeps one of each set of equal rows, compared over all visible columns.
type Distinct struct{ Input Node }

// Aggregate groups by Keys and computes Aggs. Output columns: keys, then aggregates. A null key is a group. Without
// keys the result is exactly one row.
type Aggregate struct {
	Input Node
	Cols  []Column
	Keys  []Expr
	Aggs  []AggCall
}

// AggCall is one call of an aggregation function.
type AggCall struct {
	Agg  *function.Aggregate
	Args []Expr
	Type value.Type
}

// Union concatenates its inputs; the binder has given all of them the same columns.
type Union struct {
	Cols   []Column
	Inputs []Node
}

func (n *Scan) Columns() []Column      { return n.Table.Columns }
func (n *Values) Columns() []Column    { return n.Cols }
func (n *Filter) Columns() []Column    { return n.Input.Columns() }
func (n *Project) Columns() []Column   { return n.Cols }
func (n *Sort) Columns() []Column      { return n.Input.Columns() }
func (n *Take) Columns() []Column      { return n.Input.Columns() }
func (n *Distinct) Columns() []Column  { return n.Input.Columns() }
func (n *Aggregate) Columns() []Column { return n.Cols }
func (n *Union) Columns() []Column     { return n.Cols }

func (*Scan) node()      {}
func (*Values) node()    {}
func (*Filter) node()    {}
func (*Project) node()   {}
func (*Sort) node()      {}
func (*Take) node()      {}
func (*Distinct) node()  {}
func (*Aggregate) node() {}
func (*Union) node()     {}
