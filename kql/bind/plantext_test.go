package bind_test

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// planText writes a plan, a node a line, inputs indented.
func planText(n plan.Node) string {
	var b strings.Builder
	writeNode(&b, n, "")
	return strings.TrimSuffix(b.String(), "\n")
}

func writeNode(b *strings.Builder, n plan.Node, margin string) {
	fmt.Fprintf(b, "%s%s\n", margin, nodeText(n))
	for _, in := range inputs(n) {
		writeNode(b, in, margin+"  ")
	}
}

func inputs(n plan.Node) []plan.Node {
	switch n := n.(type) {
	case *plan.Filter:
		return []plan.Node{n.Input}
	case *plan.Project:
		return []plan.Node{n.Input}
	case *plan.Sort:
		return []plan.Node{n.Input}
	case *plan.Take:
		return []plan.Node{n.Input}
	case *plan.Distinct:
		return []plan.Node{n.Input}
	case *plan.Aggregate:
		return []plan.Node{n.Input}
	case *plan.Union:
		return n.Inputs
	}
	return nil
}

func nodeText(n plan.Node) string {
	switch n := n.(type) {
	case *plan.Scan:
		return "scan " + n.Table.Name
	case *plan.Values:
		rows := make([]string, len(n.Rows))
		for i, r := range n.Rows {
			cells := make([]string, len(r))
			for j, v := range r {
				cells[j] = valueText(v)
			}
			rows[i] = "(" + strings.Join(cells, ", ") + ")"
		}
		return "values " + columnsText(n.Cols) + " " + strings.Join(rows, " ")
	case *plan.Filter:
		return "filter " + exprText(n.Cond, n.Input.Columns())
	case *plan.Project:
		parts := make([]string, len(n.Cols))
		for i, c := range n.Cols {
			parts[i] = columnText(c) + " = " + exprText(n.Exprs[i], n.Input.Columns())
		}
		return "project " + strings.Join(parts, ", ")
	case *plan.Sort:
		parts := make([]string, len(n.Keys))
		for i, k := range n.Keys {
			parts[i] = fmt.Sprintf("%s desc=%v nullsfirst=%v", exprText(k.Expr, n.Input.Columns()), k.Descending, k.NullsFirst)
		}
		return fmt.Sprintf("sort %s limit %d", strings.Join(parts, ", "), n.Limit)
	case *plan.Take:
		return fmt.Sprintf("take %d", n.N)
	case *plan.Distinct:
		return "distinct"
	case *plan.Aggregate:
		return aggregateText(n)
	case *plan.Union:
		return "union " + columnsText(n.Cols)
	}
	return fmt.Sprintf("%T", n)
}

func aggregateText(n *plan.Aggregate) string {
	in := n.Input.Columns()
	parts := make([]string, len(n.Cols))
	for i, c := range n.Cols {
		if i < len(n.Keys) {
			parts[i] = "by " + columnText(c) + " = " + exprText(n.Keys[i], in)
			continue
		}
		a := n.Aggs[i-len(n.Keys)]
		parts[i] = columnText(c) + " = " + a.Agg.Name + "(" + exprsText(a.Args, in) + ")"
	}
	return "aggregate " + strings.Join(parts, ", ")
}

func columnsText(cols []plan.Column) string {
	parts := make([]string, len(cols))
	for i, c := range cols {
		parts[i] = columnText(c)
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

func columnText(c plan.Column) string {
	text := c.Name + ":" + c.Type.String()
	if c.Hidden {
		text += "?"
	}
	return text
}

func exprsText(xs []plan.Expr, in []plan.Column) string {
	parts := make([]string, len(xs))
	for i, x := range xs {
		parts[i] = exprText(x, in)
	}
	return strings.Join(parts, ", ")
}

func exprText(x plan.Expr, in []plan.Column) string {
	switch x := x.(type) {
	case *plan.Const:
		return valueText(x.Value)
	case *plan.Col:
		if x.Typ != in[x.Index].Type {
			return fmt.Sprintf("BUG(%s is %s, not %s)", in[x.Index].Name, in[x.Index].Type, x.Typ)
		}
		return in[x.Index].Name
	case *plan.Path:
		text := exprText(x.Base, in)
		for _, s := range x.Steps {
			if s.Name != "" {
				text += "." + s.Name
			} else {
				text += "[" + exprText(s.Index, in) + "]"
			}
		}
		return text
	case *plan.Call:
		return x.Func.Name + "(" + exprsText(x.Args, in) + ")"
	}
	return fmt.Sprintf("%T", x)
}

func valueText(v value.Value) string {
	text, null := v.Canonical()
	switch {
	case null:
		return v.Type().String() + "(null)"
	case v.Type() == value.String:
		return strconv.Quote(text)
	case v.Type() == value.Long || v.Type() == value.Bool:
		return text
	}
	return v.Type().String() + "(" + text + ")"
}
