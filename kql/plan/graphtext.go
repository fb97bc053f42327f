package plan

import (
	"fmt"
	"strings"
)

// graph writes a node of graph.go; ok is false for one of another file.
func (w *textWriter) graph(n Node) (text string, ok bool) {
	switch n := n.(type) {
	case *MakeGraph:
		text := "make-graph " + w.expr(n.Source, n.Edges.Columns()) + " --> " + w.expr(n.Target, n.Edges.Columns())
		for i, t := range n.Tables {
			text += map[bool]string{true: ", nodes by ", false: " and "}[i == 0] + w.expr(t.ID, t.Table.Columns())
		}
		return text, true
	case *Components:
		kind := map[bool]string{true: "strong", false: "weak"}[n.Strong]
		return "mark " + kind + " components as " + n.Cols[n.NodeColumns()-1].Name, true
	case *GraphFilter:
		if n.Edges {
			return "keep edges " + w.expr(n.Cond, EdgeColumns(n.Input)), true
		}
		return "keep nodes " + w.expr(n.Cond, NodeRow(n.Input)), true
	case *GivenGraph:
		return "graph of the operator around", true
	case *GraphPartition:
		return "graph for each " + n.Graph.Edges.Columns()[n.Edge].Name, true
	case *GraphTable:
		return map[bool]string{true: "edges", false: "nodes"}[n.Edges] + " of the graph " + columnList(n.Cols), true
	case *Match:
		return w.match(n), true
	}
	return "", false
}

func (w *textWriter) match(n *Match) string {
	text := "match"
	switch n.Choice {
	case AnyShortest:
		text = "shortest path"
	case AllShortest:
		text = "all shortest paths"
	default:
		text += ", cycles " + n.Cycles.String()
	}
	for i, l := range n.Links {
		text += map[bool]string{true: ": ", false: ", "}[i == 0] + n.Points[l.From].text() + l.text() + n.Points[l.To].text()
	}
	if len(n.Links) == 0 {
		text += ": " + n.Points[0].text()
	}
	row := n.row()
	for i, x := range n.Conds {
		text += map[bool]string{true: " where ", false: " and "}[i == 0] + w.along(x, n, row)
	}
	parts := make([]string, len(n.Exprs))
	for i, x := range n.Exprs {
		parts[i] = columnText(n.Cols[i]) + " = " + w.along(x, n, row)
	}
	return text + " project " + strings.Join(parts, ", ")
}

func (p Point) text() string { return "(" + p.Name + ")" }

func (l Link) text() string {
	text := "-[" + l.Name
	if l.Range {
		text += fmt.Sprintf("*%d..%d", l.Min, l.Max)
	}
	text += "]-"
	if !l.Forward {
		text = "<" + text
	}
	if !l.Backward {
		text += ">"
	}
	return text
}

// row names the columns of the row that the expressions see: element.property.
func (n *Match) row() []Column {
	out := make([]Column, n.Width())
	put := func(at int, element string, cols []Column) {
		for i, c := range cols {
			out[at+i] = Column{Name: element + "." + c.Name, Type: c.Type}
		}
	}
	for _, p := range n.Points {
		put(p.At, p.Name, NodeRow(n.Input))
	}
	for _, l := range n.Links {
		if !l.Range {
			put(l.At, l.Name, EdgeColumns(n.Input))
		}
	}
	return out
}

// along writes an expression over the row of a match.
func (w *textWriter) along(x Expr, n *Match, row []Column) string {
	outer := w.pattern
	w.pattern = n
	text := w.expr(x, row)
	w.pattern = outer
	return text
}

// alongText writes all, any and map.
func (w *textWriter) alongText(x *Along, in []Column) string {
	of, cols := w.pattern.Links[x.Link].Name, EdgeColumns(w.pattern.Input)
	if x.Inner {
		of, cols = "inner_nodes("+of+")", NodeRow(w.pattern.Input)
	}
	width := w.pattern.Width()
	return x.Kind.String() + "(" + of + ", " + w.expr(x.X, append(in[:width:width], cols...)) + ")"
}
