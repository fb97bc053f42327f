package plan

import "slices"

// Lower returns a plan with the same rows whose conditions are tested as early as they can be: a filter is taken apart
// into the operands of "and", and each of them for which movable is true goes down through the operators that it
// commutes with. A back end that runs the lower part of a plan only then reads fewer rows. mv-apply whose body looks at one
// row at a time becomes the operators of the body.
func Lower(root Node, movable func(Expr) bool) Node {
	l := &lowering{movable: movable}
	return l.node(root, nil)
}

type lowering struct {
	movable func(Expr) bool
	graphs  map[Node]Node // nodes of graph.go, lowered
}

// substituted bounds the size of a condition in which columns were replaced by what computes them.
const substituted = 60

// node returns n with the conditions on its columns tested in it or below it.
func (l *lowering) node(n Node, conds []Expr) Node {
	switch n := n.(type) {
	case *Filter:
		var stay []Expr
		for _, c := range conjuncts(n.Cond, nil) {
			if l.movable(c) {
				conds = append(conds[:len(conds):len(conds)], c)
			} else {
				stay = append(stay, c)
			}
		}
		return filters(l.node(n.Input, conds), stay)
	case *Project:
		return l.project(n, conds)
	case *Union:
		out := *n
		out.Inputs = make([]Node, len(n.Inputs))
		for i, in := range n.Inputs {
			out.Inputs[i] = l.node(in, conds)
		}
		return &out
	case *Sort:
		if n.Limit < 0 {
			out := *n
			out.Input = l.node(n.Input, conds)
			return &out
		}
	case *Apply:
		if flat, ok := n.Flat(); ok {
			return l.node(flat, conds)
		}
		return l.through(n, conds)
	case *Parse, *Expand:
		return l.through(n, conds)
	case *Join:
		return l.join(n, conds)
	}
	return filters(l.rebuild(n), conds)
}

// rebuild lowers what is below n, of which every condition stays above. A shared table stays as it is: it is the same for
// all its uses, some of which may be in expressions.
func (l *lowering) rebuild(n Node) Node {
	switch n := n.(type) {
	case *Sort:
		return &Sort{Input: l.node(n.Input, nil), Keys: n.Keys, Limit: n.Limit}
	case *Take:
		return &Take{Input: l.node(n.Input, nil), N: n.N}
	case *Distinct:
		return &Distinct{Input: l.node(n.Input, nil)}
	case *Serialize:
		return &Serialize{Input: l.node(n.Input, nil)}
	case *Aggregate:
		out := *n
		out.Input = l.node(n.Input, nil)
		return &out
	case *Window:
		out := *n
		out.Input = l.node(n.Input, nil)
		return &out
	case *Partition:
		out := *n
		out.Input = l.node(n.Input, nil)
		return &out
	case *ParseKV:
		out := *n
		out.Input = l.node(n.Input, nil)
		return &out
	case *Series:
		out := *n
		out.Input = l.node(n.Input, nil)
		return &out
	case *TopNested:
		out := *n
		out.Input = l.node(n.Input, nil)
		return &out
	case *Steps:
		out := *n
		out.Input = l.node(n.Input, nil)
		return &out
	case *Evaluate:
		out := *n
		if n.Input != nil {
			out.Input = l.node(n.Input, nil)
		}
		return &out
	}
	return l.graph(n)
}

func (l *lowering) project(n *Project, conds []Expr) Node {
	var above, below []Expr
	for _, c := range conds {
		lowered, size := Substitute(c, func(col *Col) Expr { return n.Exprs[col.Index] })
		if size <= substituted && l.movable(lowered) {
			below = append(below, lowered)
		} else {
			above = append(above, c)
		}
	}
	out := *n
	out.Input = l.node(n.Input, below)
	return filters(&out, above)
}

// through moves the conditions that read only columns which n hands through.
func (l *lowering) through(n Node, conds []Expr) Node {
	var at []int // position in the input of each column of n, -1 for a new one
	switch n := n.(type) {
	case *Parse:
		at = handed(len(n.Input.Columns()), len(n.Cols))
		for _, f := range n.Fields {
			at[f.Column] = -1
		}
	case *Expand:
		at = handed(len(n.Input.Columns()), len(n.Cols))
		for _, item := range n.Items {
			at[item.Column] = -1
		}
	case *Apply:
		at = append(append(at, n.Keep...), slices.Repeat([]int{-1}, len(n.Cols)-len(n.Keep))...)
	}
	above, below := moved(conds, at)
	var out Node
	switch n := n.(type) {
	case *Parse:
		c := *n
		c.Input = l.node(n.Input, below)
		out = &c
	case *Expand:
		c := *n
		c.Input = l.node(n.Input, below)
		out = &c
	case *Apply:
		c, x := *n, *n.Expand
		c.Input = l.node(n.Input, below)
		c.Expand, x.Input = &x, c.Input
		out = &c
	}
	return filters(out, above)
}

// handed are the positions of columns that stay in their places, and -1 for those behind them.
func handed(input, width int) []int {
	at := make([]int, width)
	for i := range at {
		if at[i] = i; i >= input {
			at[i] = -1
		}
	}
	return at
}

// join moves the conditions on the left side, and of an inner join those on the right side.
func (l *lowering) join(n *Join, conds []Expr) Node {
	width := len(n.Left.Columns())
	var left, right []Expr
	switch n.Kind {
	case Inner:
		at := slices.Repeat([]int{-1}, len(n.Cols))
		for i := range len(n.Cols) - width {
			at[width+i] = i
		}
		conds, right = moved(conds, at)
		conds, left = moved(conds, handed(width, len(n.Cols)))
	case LeftOuter, LeftSemi, LeftAnti:
		conds, left = moved(conds, handed(width, len(n.Cols)))
	}
	out := *n
	out.Left, out.Right = l.node(n.Left, left), l.node(n.Right, right)
	return filters(&out, conds)
}

// moved sorts conditions: those that read a column which is new stay above, the others are rewritten for the input.
func moved(conds []Expr, at []int) (above, below []Expr) {
	for _, c := range conds {
		marks, fresh := make([]bool, len(at)), false
		Uses(c, marks)
		for i, used := range marks {
			fresh = fresh || used && at[i] < 0
		}
		if fresh {
			above = append(above, c)
			continue
		}
		lowered, _ := Substitute(c, func(col *Col) Expr { return &Col{Index: at[col.Index], Typ: col.Typ} })
		below = append(below, lowered)
	}
	return above, below
}

func filters(n Node, conds []Expr) Node {
	for _, c := range conds {
		n = &Filter{Input: n, Cond: c}
	}
	return n
}

// conjuncts appends the operands of nested "and" to out.
func conjuncts(e Expr, out []Expr) []Expr {
	call, ok := e.(*Call)
	if !ok || call.Func.Name != "and" {
		return append(out, e)
	}
	for _, a := range call.Args {
		out = conjuncts(a, out)
	}
	return out
}

// Substitute returns e with every column replaced by what f returns for it, and how many expressions it consists of.
func Substitute(e Expr, f func(*Col) Expr) (Expr, int) {
	size := 1
	sub := func(e Expr) Expr {
		out, n := Substitute(e, f)
		size += n
		return out
	}
	switch e := e.(type) {
	case *Col:
		out := f(e)
		WalkExpr(out, func(Expr) bool { size++; return true })
		return out, size
	case *Path:
		out := &Path{Base: sub(e.Base), Steps: slices.Clone(e.Steps)}
		for i, s := range e.Steps {
			if s.Index != nil {
				out.Steps[i].Index = sub(s.Index)
			}
		}
		return out, size
	case *Call:
		out := *e
		out.Args = make([]Expr, len(e.Args))
		for i, a := range e.Args {
			out.Args[i] = sub(a)
		}
		return &out, size
	case *InTable:
		out := *e
		out.X = sub(e.X)
		return &out, size
	}
	return e, size
}
