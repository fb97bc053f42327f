package plan

import "github.com/glasswatch/glasswatch/kql/value"

// Series is make-series, above an Aggregate by keys and by the place on the axis: the rows with equal keys become one row,
// in which every value is an array with an element for each step of the axis, and so is the axis. Input: Keys columns,
// the axis, the values. Output: the keys, the values, the axis.
type Series struct {
	Input          Node
	Keys           int
	Defaults       []value.Value // of a value at a place on the axis that has no row
	From, To, Step Expr          // without columns; without From and To (nil) each series begins and ends with its rows
	Through        bool          // To is part of the axis
	NonEmpty       bool          // without keys and rows, a series of defaults
	Cols           []Column
}

// TopNested is top-nested: the rows are grouped by the first level's Of, the best groups are kept, and each of them is
// grouped by the next level. Output: Cols, two for each level, the group and its aggregate.
type TopNested struct {
	Input  Node
	Levels []Level
	Cols   []Column
}

// Level is one level of a TopNested.
type Level struct {
	N          int64        // groups that are kept; -1: all
	Of         Expr         // over the columns of Input
	Others     *value.Value // what stands for the groups that are not kept; nil: nothing does
	Aggs       []AggCall    // over the columns of Input
	By         Expr         // over the results of Aggs
	Descending bool
}

// Steps is the operator scan: it follows sequences of rows through steps. Output: the columns of Input, the declared
// ones, and, where MatchID is set, the number of the sequence, Cols in all.
//
// The expressions of a step see the row (the columns of Input, then the declared ones with their defaults), and behind
// it, in the same form, the row that was last taken by each of the steps.
type Steps struct {
	Input    Node
	Declared []Expr // defaults of the declared columns, without columns
	List     []SequenceStep
	MatchID  bool
	Cols     []Column
}

// StepOutput says which of the rows that a step takes are returned.
type StepOutput uint8

// All rows, the last of those that a sequence has for the step, or none.
const (
	OutputAll StepOutput = iota
	OutputLast
	OutputNone
)

// SequenceStep is one step: the rows for which Cond is true, and the columns that are set in them.
type SequenceStep struct {
	Cond   Expr
	Set    []Assignment
	Output StepOutput
}

// Assignment sets a column of a Steps, of the input or a declared one.
type Assignment struct {
	Column int
	X      Expr
}

func (n *Series) Columns() []Column    { return n.Cols }
func (n *TopNested) Columns() []Column { return n.Cols }
func (n *Steps) Columns() []Column     { return n.Cols }

func (*Series) node()    {}
func (*TopNested) node() {}
func (*Steps) node()     {}

// shapingExprs returns the expressions of a node of this file that are over the columns of its input.
func shapingExprs(n Node) []Expr {
	var out []Expr
	switch n := n.(type) {
	case *Series:
		for _, x := range []Expr{n.From, n.To, n.Step} {
			if x != nil {
				out = append(out, x)
			}
		}
	case *TopNested:
		for _, l := range n.Levels {
			out = append(out, l.Of)
			for _, a := range l.Aggs {
				out = append(out, a.Args...)
			}
		}
	case *Steps:
		for _, s := range n.List {
			out = append(out, s.Cond)
			for _, a := range s.Set {
				out = append(out, a.X)
			}
		}
		out = append(out, n.Declared...)
	}
	return out
}
