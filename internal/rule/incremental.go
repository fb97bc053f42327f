package rule

import (
	"context"
	"errors"
	"slices"

	"github.com/glasswatch/glasswatch/kql/eval"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// Incremental is the measure of a rule with everything that reads tables taken out: aggregations whose parts, one a
// stretch of time, can be kept and put together. now() in the rest of Plan is the end of the window. It belongs to one
// goroutine at a time.
type Incremental struct {
	Plan plan.Node
	Sums []*Sum
}

// Sum is an aggregation at the bottom of a plan.
type Sum struct {
	Node    *plan.Aggregate // in Incremental.Plan
	Tally   *eval.Tally
	Columns map[*plan.Table][]bool // that are read of each table, by position
	bounds  []bound
}

// bound is a condition on the axis of windows that depends on the present time.
type bound struct {
	operator string // of the axis on the left
	x        plan.Expr
}

// Incremental takes the measure for all windows at once apart. The error says why the rule has to be asked anew for each.
func (w *Windowed) Incremental() (*Incremental, error) {
	out := &Incremental{Plan: w.live}
	var err error
	reason := errors.New("it reads records without an aggregation above")
	plan.Walk(w.live, func(n plan.Node) bool {
		switch n := n.(type) {
		case *plan.Aggregate:
			s, cannot := newSum(n, w.Axis())
			if cannot == nil {
				out.Sums = append(out.Sums, s)
				return false
			}
			reason = cannot
		case *plan.Scan, *plan.External, *plan.Evaluate, *plan.Open:
			err = reason
		}
		return err == nil
	})
	return out, err
}

// newSum takes an aggregation over filters and projections of tables out of a plan.
func newSum(n *plan.Aggregate, axis string) (*Sum, error) {
	s := &Sum{Node: n}
	below := *n
	below.Input = s.withoutBounds(n.Input, axis)
	var err error
	if s.Tally, err = eval.NewTally(&below); err != nil {
		return nil, err
	}
	s.Columns = columnsRead(&below, plan.Visible(below.Cols))
	return s, nil
}

// withoutBounds drops conditions that compare the axis with the present time, and keeps them as bounds.
func (s *Sum) withoutBounds(n plan.Node, axis string) plan.Node {
	switch n := n.(type) {
	case *plan.Project:
		return &plan.Project{Input: s.withoutBounds(n.Input, axis), Cols: n.Cols, Exprs: n.Exprs}
	case *plan.Filter:
		out := s.withoutBounds(n.Input, axis)
		for _, c := range conjuncts(n.Cond) {
			if list := boundsOf(c, n.Input, axis); list != nil {
				s.bounds = append(s.bounds, list...)
				continue
			}
			out = &plan.Filter{Input: out, Cond: c}
		}
		return out
	}
	return n
}

// boundsOf are the bounds that a condition over a node sets; nil where it says something else.
func boundsOf(x plan.Expr, n plan.Node, axis string) []bound {
	c, ok := x.(*plan.Call)
	if !ok {
		return nil
	}
	mirrored := map[string]string{"<": ">", "<=": ">=", ">": "<", ">=": "<="}
	switch name := c.Func.Name; {
	case name == "between" && len(c.Args) == 3 && isAxis(c.Args[0], n, axis) && present(c.Args[1], c.Args[2]):
		return []bound{{">=", c.Args[1]}, {"<=", c.Args[2]}}
	case mirrored[name] == "":
	case isAxis(c.Args[0], n, axis) && present(c.Args[1]):
		return []bound{{name, c.Args[1]}}
	case isAxis(c.Args[1], n, axis) && present(c.Args[0]):
		return []bound{{mirrored[name], c.Args[0]}}
	}
	return nil
}

// isAxis reports whether an expression over a node is the axis of every table below.
func isAxis(x plan.Expr, n plan.Node, axis string) bool {
	col, ok := x.(*plan.Col)
	if !ok {
		return false
	}
	switch n := n.(type) {
	case *plan.Scan:
		return n.Table.Columns[col.Index].Name == axis
	case *plan.Filter:
		return isAxis(x, n.Input, axis)
	case *plan.Project:
		return isAxis(n.Exprs[col.Index], n.Input, axis)
	case *plan.Union:
		return !slices.ContainsFunc(n.Inputs, func(in plan.Node) bool { return !isAxis(x, in, axis) })
	}
	return false
}

// present reports whether expressions depend on the present time, some of them, and on nothing else.
func present(list ...plan.Expr) bool {
	steady, alone := true, true
	for _, x := range list {
		steady = steady && timeless(x)
		plan.WalkExpr(x, func(x plan.Expr) bool {
			switch x := x.(type) {
			case *plan.Const:
			case *plan.Call:
				alone = alone && !x.Func.Volatile
			default:
				alone = false
			}
			return alone
		})
	}
	return !steady && alone
}

// Range is the part of the window [from, to) whose records count, in ticks.
func (s *Sum) Range(from, to int64) (int64, int64, error) {
	for _, b := range s.bounds {
		at, err := valueAt(b.x, to)
		if err != nil {
			return 0, 0, err
		}
		t := at.Int()
		switch {
		case at.IsNull():
			to = from
		case b.operator == ">=":
			from = max(from, t)
		case b.operator == ">":
			from = max(from, t+1)
		case b.operator == "<":
			to = min(to, t)
		case b.operator == "<=":
			to = min(to, t+1)
		}
	}
	return from, max(from, to), nil
}

// valueAt is the value of an expression without columns at an instant.
func valueAt(x plan.Expr, now int64) (value.Value, error) {
	one := &plan.Project{Input: &plan.Values{Rows: [][]value.Value{nil}}, Cols: []plan.Column{{Type: x.Type()}}, Exprs: []plan.Expr{x}}
	r, err := eval.Run(context.Background(), one, nil, eval.Options{Now: now})
	if err != nil {
		return value.Value{}, err
	}
	row, err := r.Next()
	if err != nil {
		return value.Value{}, err
	}
	return row[0], r.Close()
}
