package ast

// graphOp prints the operators on graphs.
func (w *writer) graphOp(op Operator) {
	switch op := op.(type) {
	case *MakeGraph:
		w.makeGraph(op)
	case *GraphMatch:
		w.graphMatch(op, " ")
	case *GraphComponents:
		w.WriteString("graph-mark-components" + options(op.Options))
	case *GraphTable:
		w.WriteString("graph-to-table")
		for i, o := range op.Outputs {
			if i > 0 {
				w.WriteByte(',')
			}
			w.WriteString(map[bool]string{false: " nodes", true: " edges"}[o.Edges])
			if o.As != nil {
				w.WriteString(" as " + name(o.As))
			}
			w.WriteString(options(o.Options))
		}
	case *GraphWhere:
		w.WriteString(map[bool]string{false: "graph-where-nodes ", true: "graph-where-edges "}[op.Edges])
		w.expr(op.Cond)
	}
}

func (w *writer) makeGraph(op *MakeGraph) {
	arrow := " --> "
	if op.Undirected {
		arrow = " -- "
	}
	w.WriteString("make-graph" + options(op.Options) + " " + name(op.Source) + arrow + name(op.Target))
	for i, n := range op.Nodes {
		w.WriteString(map[bool]string{true: " with ", false: ", "}[i == 0])
		w.expr(n.Table)
		w.WriteString(" on " + name(n.ID))
	}
	if op.NodeID != nil {
		w.WriteString(" with_node_id=" + name(op.NodeID))
	}
	if op.By != nil {
		w.WriteString(" partitioned-by " + name(op.By) + " ")
		w.body(op.Body)
	}
}

// graphMatch prints a step with newline before its clauses.
func (w *writer) graphMatch(op *GraphMatch, newline string) {
	w.WriteString(map[bool]string{false: "graph-match", true: "graph-shortest-paths"}[op.Shortest] + options(op.Options))
	for i, sequence := range op.Pattern {
		if i > 0 {
			w.WriteByte(',')
		}
		w.WriteByte(' ')
		for _, element := range sequence {
			w.element(element)
		}
	}
	w.clause(newline+"where ", op.Where)
	if len(op.Project) > 0 {
		w.WriteString(newline + "project ")
		w.list(op.Project, ", ")
	}
}

// element prints a node or an edge of a pattern.
func (w *writer) element(x *PatternElement) {
	text := ""
	if x.Name != nil {
		text = name(x.Name)
	}
	if !x.Edge {
		w.WriteString("(" + text + ")")
		return
	}
	if x.Left {
		w.WriteByte('<')
	}
	if text == "" && x.Min == nil {
		w.WriteString("--")
	} else {
		w.WriteString("-[" + text)
		if x.Min != nil {
			w.WriteByte('*')
			w.expr(x.Min)
			w.WriteString("..")
			w.expr(x.Max)
		}
		w.WriteString("]-")
	}
	if x.Right {
		w.WriteByte('>')
	}
}
