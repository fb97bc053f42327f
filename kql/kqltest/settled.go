package kqltest

import (
	"slices"

	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// certainty says how far the language fixes the values of a column.
type certainty uint8

const (
	exact certainty = iota
	loose           // but for the order of an array's elements or the last digits of a number
	open
)

// Inexact are functions whose last digit two libraries give differently. Compared with a tolerance they agree, but a text, a
// timespan or a comparison that is made of them does not.
var Inexact = []string{"sin", "cos", "tan", "cot", "asin", "acos", "atan", "atan2", "exp", "exp2", "exp10", "log", "log2", "log10", "pow",
	"gamma", "loggamma", "degrees", "radians"}

// Settled reports whether the language fixes which rows a plan gives, and if so how results of two engines are compared.
// It leaves out what is hard to tell: which rows come first where some are equal in the order.
func Settled(n plan.Node) (Flags, bool) {
	s := settler{given: map[*plan.Given][]certainty{}}
	cols, ok := s.rows(n)
	var f Flags
	for i, c := range n.Columns() {
		switch {
		case !ok || cols[i] == exact:
		case cols[i] == loose:
			f.Sets = append(f.Sets, c.Name)
		default:
			f.Any = append(f.Any, c.Name)
		}
	}
	return f, ok
}

type settler struct{ given map[*plan.Given][]certainty }

// rows returns the certainty of every column; false where already the rows are open.
func (s *settler) rows(n plan.Node) ([]certainty, bool) {
	switch n := n.(type) {
	case *plan.Scan, *plan.Values, *plan.Range:
		return make([]certainty, len(n.Columns())), true
	case *plan.Given:
		return slices.Clone(s.given[n]), true
	case *plan.Filter:
		in, ok := s.rows(n.Input)
		return in, ok && s.expr(n.Cond, in) == exact
	case *plan.Project:
		in, ok := s.rows(n.Input)
		if !ok {
			return nil, false
		}
		return s.exprs(n.Exprs, in), true
	case *plan.Sort:
		in, ok := s.rows(n.Input)
		return in, ok && n.Limit < 0
	case *plan.Serialize:
		return s.rows(n.Input)
	case *plan.Shared:
		return s.rows(n.Input)
	case *plan.Distinct:
		in, ok := s.rows(n.Input)
		return in, ok && !slices.ContainsFunc(in, func(c certainty) bool { return c != exact })
	case *plan.Aggregate:
		return s.aggregate(n)
	case *plan.Union:
		out := make([]certainty, len(n.Cols))
		for _, leg := range n.Inputs {
			in, ok := s.rows(leg)
			if !ok {
				return nil, false
			}
			for i := range out {
				out[i] = max(out[i], in[i])
			}
		}
		return out, true
	case *plan.Join:
		return s.join(n)
	case *plan.Expand:
		in, ok := s.rows(n.Input)
		if !ok || n.Limit >= 0 {
			return nil, false
		}
		out := make([]certainty, len(n.Cols))
		copy(out, in)
		for _, item := range n.Items {
			if s.expr(item.X, in) != exact {
				return nil, false
			}
			out[item.Column] = exact
		}
		return out, true
	case *plan.Parse:
		in, ok := s.rows(n.Input)
		if !ok || s.expr(n.X, in) != exact {
			return nil, false
		}
		out := make([]certainty, len(n.Cols))
		copy(out, in)
		for _, f := range n.Fields {
			out[f.Column] = exact
		}
		return out, true
	case *plan.Partition:
		in, ok := s.rows(n.Input)
		if !ok || s.expr(n.Key, in) != exact {
			return nil, false
		}
		s.given[n.Given] = in
		return s.rows(n.Body)
	}
	return nil, false
}

func (s *settler) join(n *plan.Join) ([]certainty, bool) {
	left, ok := s.rows(n.Left)
	right, ok2 := s.rows(n.Right)
	if !ok || !ok2 || n.Kind == plan.InnerUnique {
		return nil, false
	}
	for _, c := range append(s.exprs(n.LeftKeys, left), s.exprs(n.RightKeys, right)...) {
		if c != exact {
			return nil, false
		}
	}
	switch n.Kind.OneSided() {
	case "left":
		return left, true
	case "right":
		return right, true
	}
	return append(left, right...), true
}

// aggregates that are exact when their arguments are, and those that are loose; all others are open.
var (
	exactAggregates = []string{"count", "countif", "cnt", "dcount", "dcountif", "count_distinct", "count_distinctif", "min", "minif", "max", "maxif",
		"binary_all_and", "binary_all_or", "binary_all_xor"}
	looseAggregates = []string{"sum", "sumif", "avg", "avgif", "make_list", "make_list_if", "make_list_with_nulls", "make_set", "make_set_if", "makelist", "makeset"}
)

func (s *settler) aggregate(n *plan.Aggregate) ([]certainty, bool) {
	in, ok := s.rows(n.Input)
	if !ok {
		return nil, false
	}
	out := s.exprs(n.Keys, in)
	if slices.ContainsFunc(out, func(c certainty) bool { return c != exact }) {
		return nil, false
	}
	for _, a := range n.Aggs {
		args := slices.Max(append(s.exprs(a.Args, in), exact))
		switch {
		case args != exact, a.Type == value.Dynamic && len(a.Args) > 1: // a limit chooses
			out = append(out, open)
		case slices.Contains(exactAggregates, a.Agg.Name), slices.Contains(looseAggregates, a.Agg.Name) && (a.Type == value.Long || a.Type == value.TimeSpan):
			out = append(out, exact)
		case slices.Contains(looseAggregates, a.Agg.Name):
			out = append(out, loose)
		default:
			out = append(out, open)
		}
	}
	return out, true
}

func (s *settler) exprs(list []plan.Expr, in []certainty) []certainty {
	out := make([]certainty, len(list))
	for i, e := range list {
		out[i] = s.expr(e, in)
	}
	return out
}

// expr returns the certainty of a value that is computed of a row.
func (s *settler) expr(e plan.Expr, in []certainty) certainty {
	if c, ok := e.(*plan.Col); ok {
		return in[c.Index]
	}
	out := exact
	plan.WalkExpr(e, func(below plan.Expr) bool {
		switch x := below.(type) {
		case *plan.Col:
			if in[x.Index] != exact {
				out = open
			}
		case *plan.Call:
			if x.Func.Volatile {
				out = open
			}
			if slices.Contains(Inexact, x.Func.Name) {
				out = max(out, loose)
				if below != e {
					out = open
				}
			}
			if n := x.Func.Name; n == "array_length" && len(x.Args) == 1 {
				if c, ok := x.Args[0].(*plan.Col); ok && in[c.Index] == loose {
					return false // whatever the order
				}
			}
		case *plan.Subquery:
			out = max(out, s.scalar(x.Table))
		case *plan.InTable:
			if cols, ok := s.rows(x.Table); !ok || slices.Max(append(cols, exact)) != exact {
				out = open
			}
		}
		return true
	})
	return out
}

// scalar is the certainty of the one value of a table that has one row.
func (s *settler) scalar(n plan.Node) certainty {
	cols, ok := s.rows(n)
	for {
		p, project := n.(*plan.Project)
		if !project {
			break
		}
		n = p.Input
	}
	if a, one := n.(*plan.Aggregate); !ok || !one || len(a.Keys) > 0 || slices.Max(append(cols, exact)) != exact {
		return open
	}
	return exact
}
