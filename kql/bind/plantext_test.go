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
	in, _ := plan.Inputs(n)
	for _, in := range in {
		writeNode(b, in, margin+"  ")
	}
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
	return tabularText(n)
}

func tabularText(n plan.Node) string {
	switch n := n.(type) {
	case *plan.Join:
		on := make([]string, len(n.LeftKeys))
		for i := range on {
			on[i] = exprText(n.LeftKeys[i], n.Left.Columns()) + " == " + exprText(n.RightKeys[i], n.Right.Columns())
		}
		return n.Kind.String() + " join on " + strings.Join(on, ", ") + " " + columnsText(n.Cols)
	case *plan.Expand:
		return fmt.Sprintf("expand %s bags=%v limit %d index %d %s", itemsText(n), n.Bags, n.Limit, n.Index, columnsText(n.Cols))
	case *plan.Apply:
		return fmt.Sprintf("apply %s limit %d keep %v %s", itemsText(n.Expand), n.Expand.Limit, n.Keep, columnsText(n.Cols))
	case *plan.Given:
		return "given " + columnsText(n.Cols)
	case *plan.Range:
		return "range " + columnText(n.Col) + " " + exprsText([]plan.Expr{n.From, n.To, n.Step}, nil)
	case *plan.Shared:
		return "shared"
	}
	return fmt.Sprintf("%T", n)
}

func itemsText(n *plan.Expand) string {
	parts := make([]string, len(n.Items))
	for i, item := range n.Items {
		parts[i] = columnText(n.Cols[item.Column]) + " = " + exprText(item.X, n.Input.Columns())
	}
	return strings.Join(parts, ", ")
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
	case *plan.Subquery:
		return "toscalar{" + strings.ReplaceAll(planText(x.Table), "\n", " |") + "}"
	case *plan.InTable:
		return fmt.Sprintf("%s in fold=%v not=%v {%s}", exprText(x.X, in), x.Fold, x.Not, strings.ReplaceAll(planText(x.Table), "\n", " |"))
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
