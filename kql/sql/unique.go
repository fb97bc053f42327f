package sql

import (
	"slices"

	"github.com/glasswatch/glasswatch/kql/plan"
)

// unique reports whether no two rows of n have the same values of the keys.
func unique(n plan.Node, keys []plan.Expr) bool {
	cols, ok := uniqueColumns(n)
	if !ok {
		return false
	}
	var have []int
	for _, k := range keys {
		if col, ok := k.(*plan.Col); ok {
			have = append(have, col.Index)
		}
	}
	for _, i := range cols {
		if !slices.Contains(have, i) {
			return false
		}
	}
	return true
}

// uniqueColumns returns columns of n that together differ from row to row; no columns where there is one row at most.
func uniqueColumns(n plan.Node) ([]int, bool) {
	switch n := n.(type) {
	case *plan.Aggregate:
		return numbers(len(n.Keys)), true
	case *plan.Range:
		return numbers(1), true
	case *plan.Distinct:
		var cols []int
		for i, col := range n.Columns() {
			if !col.Hidden {
				cols = append(cols, i)
			}
		}
		return cols, true
	case *plan.Filter:
		return uniqueColumns(n.Input)
	case *plan.Sort:
		return uniqueColumns(n.Input)
	case *plan.Take:
		return uniqueColumns(n.Input)
	case *plan.Window:
		return uniqueColumns(n.Input)
	case *plan.Serialize:
		return uniqueColumns(n.Input)
	case *plan.Shared:
		return uniqueColumns(n.Input)
	case *plan.Project:
		return uniqueThrough(n)
	case *plan.Join:
		switch n.Kind.OneSided() {
		case "left":
			return uniqueColumns(n.Left)
		case "right":
			return uniqueColumns(n.Right)
		}
	}
	return nil, false
}

// uniqueThrough finds the unique columns of the input among the outputs.
func uniqueThrough(n *plan.Project) ([]int, bool) {
	below, ok := uniqueColumns(n.Input)
	if !ok {
		return nil, false
	}
	out := make([]int, len(below))
	for k, i := range below {
		out[k] = slices.IndexFunc(n.Exprs, func(e plan.Expr) bool {
			col, ok := e.(*plan.Col)
			return ok && col.Index == i
		})
		if out[k] < 0 {
			return nil, false
		}
	}
	return out, true
}

// totallyOrdered reports whether the rows of n have one possible order only.
func totallyOrdered(n plan.Node) bool {
	switch n := n.(type) {
	case *plan.Sort:
		keys := make([]plan.Expr, len(n.Keys))
		for i, k := range n.Keys {
			keys[i] = k.Expr
		}
		return unique(n.Input, keys)
	case *plan.Filter:
		return totallyOrdered(n.Input)
	case *plan.Project:
		return totallyOrdered(n.Input)
	case *plan.Take:
		return totallyOrdered(n.Input)
	case *plan.Window:
		return totallyOrdered(n.Input)
	case *plan.Serialize:
		return totallyOrdered(n.Input)
	case *plan.Range:
		return true
	}
	return false
}

func numbers(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}
