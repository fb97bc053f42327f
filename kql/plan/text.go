package plan

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/glasswatch/glasswatch/kql/value"
)

// Text writes a plan for people: a node a line, its inputs indented below it, tables that expressions read named by
// what reads them.
func Text(n Node) string {
	w := &textWriter{}
	w.node(n, "")
	return w.b.String()
}

// children are the nodes that the text shows below n.
func children(n Node) []Node {
	if n, ok := n.(*Apply); ok { // its expansion is in its line
		return []Node{n.Input, n.Body}
	}
	in, _ := Inputs(n)
	return in
}

type textWriter struct {
	b       strings.Builder
	tables  []Node // subqueries of the line that is being written
	shared  map[*Shared]int
	pattern *Match // whose expressions are written
}

func (w *textWriter) node(n Node, margin string) {
	first := true
	if s, ok := n.(*Shared); ok {
		if w.shared == nil {
			w.shared = map[*Shared]int{}
		}
		_, known := w.shared[s]
		if first = !known; first {
			w.shared[s] = len(w.shared) + 1
		}
	}
	outer := w.tables
	w.tables = nil
	w.b.WriteString(margin + w.line(n) + "\n")
	tables := w.tables
	w.tables = outer
	for i, t := range tables {
		fmt.Fprintf(&w.b, "%s  table %d:\n", margin, i+1)
		w.node(t, margin+"    ")
	}
	if !first {
		return
	}
	for _, in := range children(n) {
		w.node(in, margin+"  ")
	}
}

// line is a node without its inputs.
func (w *textWriter) line(n Node) string {
	switch n := n.(type) {
	case *Scan:
		return "scan " + n.Table.Name
	case *Values:
		return fmt.Sprintf("values %d rows %s", len(n.Rows), columnList(n.Cols))
	case *Filter:
		return "filter " + w.expr(n.Cond, n.Input.Columns())
	case *Project:
		return "project " + w.projected(n)
	case *Sort:
		text := "sort " + w.sortKeys(n.Keys, n.Input.Columns())
		if n.Limit >= 0 {
			text += fmt.Sprintf(", first %d", n.Limit)
		}
		return text
	case *Take:
		return fmt.Sprintf("take %d", n.N)
	case *Distinct:
		return "distinct"
	case *Aggregate:
		return "aggregate " + w.aggregate(n)
	case *Union:
		return "union " + columnList(n.Cols)
	}
	return w.tabular(n)
}

func (w *textWriter) tabular(n Node) string {
	switch n := n.(type) {
	case *Join:
		parts := make([]string, len(n.LeftKeys))
		for i := range parts {
			parts[i] = w.expr(n.LeftKeys[i], n.Left.Columns()) + " = " + w.expr(n.RightKeys[i], n.Right.Columns())
		}
		return "join " + n.Kind.String() + " on " + strings.Join(parts, ", ")
	case *Expand:
		return "expand " + w.items(n)
	case *Given:
		return "rows of the operator around"
	case *Apply:
		return "apply to the rows of " + w.items(n.Expand)
	case *Partition:
		return "partition by " + w.expr(n.Key, n.Input.Columns())
	case *Range:
		return "range " + columnText(n.Col) + " from " + w.expr(n.From, nil) + " to " + w.expr(n.To, nil) + " step " + w.expr(n.Step, nil)
	case *Parse:
		fields := make([]string, len(n.Fields))
		for i, f := range n.Fields {
			fields[i] = columnText(n.Cols[f.Column])
		}
		return "parse " + w.expr(n.X, n.Input.Columns()) + " into " + strings.Join(fields, ", ") + " by " + strconv.Quote(n.Regex)
	case *Window:
		parts := make([]string, len(n.Calls))
		for i, c := range n.Calls {
			parts[i] = n.Cols[len(n.Cols)-len(n.Calls)+i].Name + " = " + c.Func.Name + "(" + w.exprs(c.Args, n.Input.Columns()) + ")"
		}
		return "window " + strings.Join(parts, ", ")
	case *Shared:
		return fmt.Sprintf("computed once, number %d", w.shared[n])
	case *Evaluate:
		text := "evaluate " + n.Plugin.Name + " " + columnList(n.Cols)
		if n.Open {
			text += ", more columns when it runs"
		}
		return text
	}
	if text, ok := w.graph(n); ok {
		return text
	}
	return strings.ToLower(strings.TrimPrefix(fmt.Sprintf("%T", n), "*plan."))
}

// projected leaves out columns that pass through under their own name, when there are many.
func (w *textWriter) projected(n *Project) string {
	in := n.Input.Columns()
	var parts []string
	passed := 0
	for i, x := range n.Exprs {
		if c, ok := x.(*Col); ok && in[c.Index].Name == n.Cols[i].Name {
			if passed++; len(n.Exprs) > 12 {
				continue
			}
			parts = append(parts, n.Cols[i].Name)
			continue
		}
		parts = append(parts, columnText(n.Cols[i])+" = "+w.expr(x, in))
	}
	if passed > 0 && len(n.Exprs) > 12 {
		parts = append([]string{fmt.Sprintf("%d of %d columns as they are", passed, len(in))}, parts...)
	}
	return strings.Join(parts, ", ")
}

func (w *textWriter) sortKeys(keys []SortKey, in []Column) string {
	parts := make([]string, len(keys))
	for i, k := range keys {
		parts[i] = w.expr(k.Expr, in)
		if k.Descending {
			parts[i] += " desc"
		}
		if k.NullsFirst == k.Descending { // not the usual place
			parts[i] += map[bool]string{true: " nulls first", false: " nulls last"}[k.NullsFirst]
		}
	}
	return strings.Join(parts, ", ")
}

func (w *textWriter) aggregate(n *Aggregate) string {
	in := n.Input.Columns()
	var aggs, keys []string
	for i, c := range n.Cols {
		if i < len(n.Keys) {
			keys = append(keys, c.Name+" = "+w.expr(n.Keys[i], in))
			continue
		}
		a := n.Aggs[i-len(n.Keys)]
		aggs = append(aggs, columnText(c)+" = "+a.Agg.Name+"("+w.exprs(a.Args, in)+")")
	}
	text := strings.Join(aggs, ", ")
	if len(keys) > 0 {
		text = strings.TrimPrefix(text+" by "+strings.Join(keys, ", "), " ")
	}
	return text
}

func (w *textWriter) items(n *Expand) string {
	parts := make([]string, len(n.Items))
	for i, item := range n.Items {
		parts[i] = columnText(n.Cols[item.Column]) + " = " + w.expr(item.X, n.Input.Columns())
	}
	return strings.Join(parts, ", ")
}

func (w *textWriter) exprs(xs []Expr, in []Column) string {
	parts := make([]string, len(xs))
	for i, x := range xs {
		parts[i] = w.expr(x, in)
	}
	return strings.Join(parts, ", ")
}

// expr writes an expression over the columns in.
func (w *textWriter) expr(x Expr, in []Column) string {
	switch x := x.(type) {
	case *Const:
		return constText(x.Value)
	case *Col:
		if x.Index < len(in) {
			return in[x.Index].Name
		}
		return fmt.Sprintf("column %d", x.Index)
	case *Path:
		text := w.expr(x.Base, in)
		for _, s := range x.Steps {
			if s.Name != "" {
				text += "." + s.Name
			} else {
				text += "[" + w.expr(s.Index, in) + "]"
			}
		}
		return text
	case *Call:
		if name := x.Func.Name; len(x.Args) == 2 && !isWord(name) {
			return "(" + w.expr(x.Args[0], in) + " " + name + " " + w.expr(x.Args[1], in) + ")"
		}
		return x.Func.Name + "(" + w.exprs(x.Args, in) + ")"
	case *Along:
		return w.alongText(x, in)
	case *Subquery:
		w.tables = append(w.tables, x.Table)
		return fmt.Sprintf("toscalar(table %d)", len(w.tables))
	case *InTable:
		w.tables = append(w.tables, x.Table)
		name := "in"
		if x.Fold {
			name = "in~"
		}
		if x.Not {
			name = "!" + name
		}
		return fmt.Sprintf("(%s %s table %d)", w.expr(x.X, in), name, len(w.tables))
	}
	return fmt.Sprintf("%T", x)
}

// isWord reports whether a function is called with parentheses, other than an operator.
func isWord(name string) bool {
	switch name {
	case "and", "or", "has", "contains", "startswith", "endswith", "has_cs", "contains_cs", "matches regex":
		return false
	}
	return name != "" && (name[0] >= 'a' && name[0] <= 'z' || name[0] == '_')
}

func constText(v value.Value) string {
	text, null := v.Canonical()
	if len(text) > 120 {
		text = strings.ToValidUTF8(text[:120], "") + "..."
	}
	switch {
	case null:
		return v.Type().String() + "(null)"
	case v.Type() == value.String:
		return strconv.Quote(text)
	case v.Type() == value.Long || v.Type() == value.Bool || v.Type() == value.Real:
		return text
	}
	return v.Type().String() + "(" + text + ")"
}

func columnText(c Column) string { return c.Name + ":" + c.Type.String() }

func columnList(cols []Column) string {
	parts := make([]string, 0, len(cols))
	for _, c := range cols {
		if !c.Hidden {
			parts = append(parts, columnText(c))
		}
	}
	if len(parts) > 12 {
		return fmt.Sprintf("(%d columns)", len(parts))
	}
	return "(" + strings.Join(parts, ", ") + ")"
}

// Tables are the stored tables that a plan reads, also in expressions, each once, in the order of the plan.
func Tables(n Node) []*Table {
	var out []*Table
	seen := map[*Table]bool{}
	var walk func(n Node)
	walk = func(n Node) {
		if s, ok := n.(*Scan); ok && !seen[s.Table] {
			seen[s.Table] = true
			out = append(out, s.Table)
		}
		for _, in := range Below(n) {
			walk(in)
		}
	}
	walk(n)
	return out
}
