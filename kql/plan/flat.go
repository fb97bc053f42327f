package plan

// Flat returns mv-apply as operators over the expanded rows of all rows at once, with the same columns; false where the body
// does more than look at one row at a time. The rows come in the same order.
func (n *Apply) Flat() (Node, bool) {
	input := n.Input.Columns()
	kept := make([]Column, len(n.Keep))
	copies := identity(input)
	for k, at := range n.Keep {
		kept[k] = input[at]
		copies.add(input[at], &Col{Index: at, Typ: input[at].Type})
	}
	c := carrier{given: n.Given, kept: kept}
	c.rows = c.expand(n.Expand, copies.over(n.Input))
	body, ok := c.carry(n.Body)
	if !ok {
		return nil, false
	}
	width := len(n.Body.Columns())
	out := projection{}
	for i, col := range n.Cols {
		at := i - len(kept)
		if i < len(kept) {
			at = width + i
		}
		out.add(col, &Col{Index: at, Typ: col.Type})
	}
	return out.over(body), true
}

// carrier rewrites a body so that each of its operators hands on the columns that are kept, behind its own.
type carrier struct {
	given *Given
	rows  Node // what stands for given: its columns, then the kept ones
	kept  []Column
}

func (c carrier) carry(n Node) (Node, bool) {
	for _, e := range Exprs(n) {
		for _, t := range TablesIn(e) {
			if Any(t, func(n Node) bool { return n == Node(c.given) }) {
				return nil, false
			}
		}
	}
	switch n := n.(type) {
	case *Given:
		return c.rows, n == c.given
	case *Filter:
		in, ok := c.carry(n.Input)
		return &Filter{Input: in, Cond: n.Cond}, ok
	case *Project:
		in, ok := c.carry(n.Input)
		out := projection{}
		for i, e := range n.Exprs {
			out.add(n.Cols[i], e)
		}
		for k, col := range c.kept {
			out.add(col, &Col{Index: len(n.Input.Columns()) + k, Typ: col.Type})
		}
		return out.over(in), ok
	case *Parse:
		in, ok := c.carry(n.Input)
		shifted := shift{at: len(n.Input.Columns()), by: len(c.kept)}
		out := *n
		out.Input, out.Cols = in, shifted.columns(n.Cols, c.kept)
		out.Fields = make([]ParseField, len(n.Fields))
		for i, f := range n.Fields {
			f.Column = shifted.position(f.Column)
			out.Fields[i] = f
		}
		return shifted.behind(&out, n.Cols, c.kept), ok
	case *Apply:
		if flat, ok := n.Flat(); ok {
			return c.carry(flat)
		}
	case *Expand:
		in, ok := c.carry(n.Input)
		return c.expand(n, in), ok
	}
	return nil, false
}

// expand is n over in, which has the columns of n's input and the kept ones.
func (c carrier) expand(n *Expand, in Node) Node {
	shifted := shift{at: len(n.Input.Columns()), by: len(c.kept)}
	out := *n
	out.Input, out.Cols = in, shifted.columns(n.Cols, c.kept)
	out.Items = make([]ExpandItem, len(n.Items))
	for i, item := range n.Items {
		item.Column = shifted.position(item.Column)
		out.Items[i] = item
	}
	if out.Index >= 0 {
		out.Index = shifted.position(out.Index)
	}
	return shifted.behind(&out, n.Cols, c.kept)
}

// shift makes room for columns that are put in front of position at.
type shift struct{ at, by int }

func (s shift) position(i int) int {
	if i >= s.at {
		return i + s.by
	}
	return i
}

// columns returns cols with those that are put in.
func (s shift) columns(cols, in []Column) []Column {
	out := append([]Column(nil), cols[:s.at]...)
	return append(append(out, in...), cols[s.at:]...)
}

// behind puts the columns that were put in behind the others.
func (s shift) behind(n Node, cols, in []Column) Node {
	out := projection{}
	for i, col := range cols {
		out.add(col, &Col{Index: s.position(i), Typ: col.Type})
	}
	for k, col := range in {
		out.add(col, &Col{Index: s.at + k, Typ: col.Type})
	}
	return out.over(n)
}

// projection is a Project under construction.
type projection struct {
	cols  []Column
	exprs []Expr
}

func identity(cols []Column) *projection {
	p := &projection{}
	for i, col := range cols {
		p.add(col, &Col{Index: i, Typ: col.Type})
	}
	return p
}

func (p *projection) add(col Column, e Expr) {
	p.cols, p.exprs = append(p.cols, col), append(p.exprs, e)
}

func (p *projection) over(n Node) Node { return &Project{Input: n, Cols: p.cols, Exprs: p.exprs} }
