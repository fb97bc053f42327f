package plan

// Needs tells, for the nodes of a plan, which of their columns anything above looks at. A node that it does not have is
// no part of the plan.
type Needs map[Node][]bool

// NeedsOf computes what is needed below root when the columns want of it are.
func NeedsOf(root Node, want []bool) Needs {
	needs := Needs{}
	needs.mark(root, want)
	return needs
}

// Visible marks the columns that are not hidden.
func Visible(cols []Column) []bool {
	out := make([]bool, len(cols))
	for i, c := range cols {
		out[i] = !c.Hidden
	}
	return out
}

// mark adds want to the needs of n and passes on what follows for the nodes below.
func (needs Needs) mark(n Node, want []bool) {
	have, seen := needs[n]
	if !seen {
		have = make([]bool, len(n.Columns()))
		needs[n] = have
	}
	grown := !seen
	for i := range have {
		if i < len(want) && want[i] && !have[i] {
			have[i], grown = true, true
		}
	}
	if !grown {
		return
	}
	needs.below(n, have)
	for _, e := range Exprs(n) {
		for _, t := range TablesIn(e) {
			needs.mark(t, firstOf(t))
		}
	}
}

// below passes on the needs to the inputs of n.
func (needs Needs) below(n Node, want []bool) {
	switch n := n.(type) {
	case *Filter, *Sort:
		in, _ := Inputs(n)
		needs.mark(in[0], reading(want, Exprs(n)...))
	case *Take:
		needs.mark(n.Input, want)
	case *Serialize:
		needs.mark(n.Input, want)
	case *Shared:
		needs.mark(n.Input, want)
	case *Union:
		for _, in := range n.Inputs {
			needs.mark(in, want)
		}
	case *Project:
		var exprs []Expr
		for i, e := range n.Exprs {
			if want[i] {
				exprs = append(exprs, e)
			}
		}
		needs.mark(n.Input, reading(none(n.Input), exprs...))
	case *Aggregate, *TopNested:
		in, _ := Inputs(n)
		needs.mark(in[0], reading(none(in[0]), Exprs(n)...))
	case *Distinct:
		visible := Visible(n.Input.Columns())
		for i, w := range want {
			visible[i] = visible[i] || w
		}
		needs.mark(n.Input, visible)
	case *Join:
		needs.join(n, want)
	case *Expand:
		replaced := make([]int, len(n.Items))
		for i, item := range n.Items {
			replaced[i] = item.Column
		}
		needs.mark(n.Input, reading(kept(n.Input, want, replaced), Exprs(n)...))
	case *Parse:
		replaced := make([]int, len(n.Fields))
		for i, f := range n.Fields {
			replaced[i] = f.Column
		}
		needs.mark(n.Input, reading(kept(n.Input, want, replaced), n.X))
	case *ParseKV:
		replaced := make([]int, len(n.Fields))
		for i, f := range n.Fields {
			replaced[i] = f.Column
		}
		needs.mark(n.Input, reading(kept(n.Input, want, replaced), n.X))
	case *Window:
		needs.mark(n.Input, reading(kept(n.Input, want, nil), Exprs(n)...))
	case *Apply:
		needs.apply(n, want)
	case *Partition:
		needs.mark(n.Body, want)
		needs.mark(n.Input, reading(needs.given(n.Given), n.Key))
	case *Evaluate:
		if n.Input != nil {
			needs.mark(n.Input, n.Plugin.Reads(n.Call, want))
		}
		for _, t := range n.Tables {
			needs.mark(t, all(t))
		}
	case *MakeGraph, *Components, *GraphFilter, *GraphPartition, *GraphTable, *Match:
		needs.graph(n, want)
	case *Scan, *Values, *Given, *Range, *GivenGraph:
	default:
		in, _ := Inputs(n)
		for _, input := range in {
			needs.mark(input, all(input))
		}
	}
}

func (needs Needs) join(n *Join, want []bool) {
	left, right := none(n.Left), none(n.Right)
	switch n.Kind.OneSided() {
	case "left":
		copy(left, want)
	case "right":
		copy(right, want)
	default:
		copy(left, want)
		copy(right, want[len(left):])
	}
	needs.mark(n.Left, reading(left, n.LeftKeys...))
	needs.mark(n.Right, reading(right, n.RightKeys...))
}

func (needs Needs) apply(n *Apply, want []bool) {
	input := none(n.Input)
	for i, at := range n.Keep {
		input[at] = want[i]
	}
	needs.mark(n.Body, want[len(n.Keep):])
	needs.mark(n.Input, input)
	needs.mark(n.Expand, needs.given(n.Given))
}

// given is what a body needs of its operator's rows: nothing where it does not read them.
func (needs Needs) given(n *Given) []bool {
	if marks, ok := needs[n]; ok {
		return marks
	}
	return none(n)
}

func none(n Node) []bool { return make([]bool, len(n.Columns())) }

func all(n Node) []bool {
	out := none(n)
	for i := range out {
		out[i] = true
	}
	return out
}

// firstOf marks the first column that is not hidden, which is the one that an expression reads of a table.
func firstOf(n Node) []bool {
	out := none(n)
	for i, c := range n.Columns() {
		if !c.Hidden {
			out[i] = true
			return out
		}
	}
	return all(n)
}

// kept is want for the columns of n that an operator hands through: all but the replaced ones.
func kept(n Node, want []bool, replaced []int) []bool {
	out := none(n)
	copy(out, want)
	for _, i := range replaced {
		if i < len(out) {
			out[i] = false
		}
	}
	return out
}

// reading is want and the columns that the expressions read.
func reading(want []bool, exprs ...Expr) []bool {
	out := append([]bool(nil), want...)
	for _, e := range exprs {
		Uses(e, out)
	}
	return out
}
