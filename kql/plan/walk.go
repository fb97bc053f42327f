package plan

// Inputs returns the nodes that n reads rows of, bodies included; tables inside expressions are not among them. known is
// false for a kind of node that this package does not have.
func Inputs(n Node) (in []Node, known bool) {
	switch n := n.(type) {
	case *Scan, *Values, *Given, *Range, *External:
		return nil, true
	case *Filter:
		return []Node{n.Input}, true
	case *Project:
		return []Node{n.Input}, true
	case *Sort:
		return []Node{n.Input}, true
	case *Take:
		return []Node{n.Input}, true
	case *Distinct:
		return []Node{n.Input}, true
	case *Aggregate:
		return []Node{n.Input}, true
	case *Union:
		return n.Inputs, true
	case *Join:
		return []Node{n.Left, n.Right}, true
	case *Expand:
		return []Node{n.Input}, true
	case *Apply:
		return []Node{n.Input, n.Expand, n.Body}, true
	case *Partition:
		return []Node{n.Input, n.Body}, true
	case *Parse:
		return []Node{n.Input}, true
	case *ParseKV:
		return []Node{n.Input}, true
	case *Series:
		return []Node{n.Input}, true
	case *TopNested:
		return []Node{n.Input}, true
	case *Steps:
		return []Node{n.Input}, true
	case *Window:
		return []Node{n.Input}, true
	case *Serialize:
		return []Node{n.Input}, true
	case *Shared:
		return []Node{n.Input}, true
	case *Open:
		return []Node{n.Input}, true
	case *Evaluate:
		if n.Input != nil {
			in = append(in, n.Input)
		}
		for _, t := range n.Tables {
			in = append(in, t)
		}
		return in, true
	}
	return graphInputs(n)
}

// Exprs returns the expressions of n itself.
func Exprs(n Node) []Expr {
	switch n := n.(type) {
	case *Filter:
		return []Expr{n.Cond}
	case *Project:
		return n.Exprs
	case *Sort:
		out := make([]Expr, len(n.Keys))
		for i, k := range n.Keys {
			out[i] = k.Expr
		}
		return out
	case *Aggregate:
		out := append([]Expr(nil), n.Keys...)
		for _, a := range n.Aggs {
			out = append(out, a.Args...)
		}
		return out
	case *Join:
		return append(append([]Expr(nil), n.LeftKeys...), n.RightKeys...)
	case *Expand:
		out := make([]Expr, len(n.Items))
		for i, item := range n.Items {
			out[i] = item.X
		}
		return out
	case *Partition:
		return []Expr{n.Key}
	case *Range:
		return []Expr{n.From, n.To, n.Step}
	case *Evaluate:
		var out []Expr
		for _, late := range n.Late {
			out = append(out, late.X)
		}
		return out
	case *Parse:
		return []Expr{n.X}
	case *ParseKV:
		return []Expr{n.X}
	case *Series, *TopNested, *Steps:
		return shapingExprs(n)
	case *Window:
		var out []Expr
		for _, c := range n.Calls {
			out = append(out, c.Args...)
		}
		return out
	}
	return graphExprs(n)
}

// WalkExpr calls f for e and every expression below it, until f returns false for one; tables inside are not entered.
func WalkExpr(e Expr, f func(Expr) bool) {
	if !f(e) {
		return
	}
	switch e := e.(type) {
	case *Path:
		WalkExpr(e.Base, f)
		for _, s := range e.Steps {
			if s.Index != nil {
				WalkExpr(s.Index, f)
			}
		}
	case *Call:
		for _, a := range e.Args {
			WalkExpr(a, f)
		}
	case *InTable:
		WalkExpr(e.X, f)
	case *Along:
		WalkExpr(e.X, f)
	}
}

// TablesIn returns the tables that e computes its value from.
func TablesIn(e Expr) []Node {
	var out []Node
	WalkExpr(e, func(e Expr) bool {
		switch e := e.(type) {
		case *Subquery:
			out = append(out, e.Table)
		case *InTable:
			out = append(out, e.Table)
		}
		return true
	})
	return out
}

// Below returns everything that n needs computed before it: its inputs and the tables inside its expressions.
func Below(n Node) []Node {
	in, _ := Inputs(n)
	out := append([]Node(nil), in...)
	for _, e := range Exprs(n) {
		out = append(out, TablesIn(e)...)
	}
	return out
}

// Uses marks the input columns that e reads.
func Uses(e Expr, marks []bool) {
	WalkExpr(e, func(e Expr) bool {
		if c, ok := e.(*Col); ok {
			marks[c.Index] = true
		}
		return true
	})
}
