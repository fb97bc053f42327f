package kqltest_test

import (
	"fmt"
	"slices"
	"strings"

	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// keyTypes are the types that joins and in (table) are tried with.
func keyTypes() []value.Type {
	return []value.Type{value.Long, value.String, value.Int, value.Bool, value.DateTime, value.Real, value.GUID}
}

// tabular writes a step over more than one row or table; "" where none fits.
func (g *generator) tabular() string {
	switch g.IntN(10) {
	case 0, 1:
		return g.join()
	case 2:
		return g.expand()
	case 3:
		return g.parse()
	case 4, 5, 6:
		return g.shape()
	case 7:
		return g.rowApply()
	}
	return g.window()
}

// other writes a small table with a column of type t called name, and one more column.
func (g *generator) other(t value.Type, name string) (text string, more plan.Column) {
	var key []string
	for _, c := range g.tables[1].Schema.Columns {
		if c.Type == t {
			key = append(key, c.Name)
		}
	}
	c := pick(g, g.tables[1].Schema.Columns)
	more = plan.Column{Name: g.name("j"), Type: c.Type}
	from := pick(g, []string{"U", "U | where b", "Empty | extend extra = 1", "(U | sort by k asc | take 5)", "union U, U", "U | where isnull(i)"})
	return fmt.Sprintf("%s | project %s = %s, %s = %s", from, name, pick(g, key), more.Name, c.Name), more
}

func (g *generator) join() string {
	t := pick(g, keyTypes())
	i := slices.IndexFunc(g.cols, func(c plan.Column) bool { return c.Type == t })
	if i < 0 {
		return ""
	}
	key := plan.Column{Name: g.name("q"), Type: t}
	right, more := g.other(t, key.Name)
	kinds := []string{"inner", "leftouter", "rightouter", "fullouter", "leftsemi", "leftanti", "rightsemi", "rightanti"}
	if g.steady {
		kinds = append(kinds, "innerunique", "innerunique", "innerunique")
	}
	kind := pick(g, kinds)
	on := fmt.Sprintf("$left.%s == $right.%s", g.cols[i].Name, key.Name)
	switch kind {
	case "leftsemi", "leftanti":
	case "rightsemi", "rightanti":
		g.cols = []plan.Column{key, more}
	default:
		g.cols = append(slices.Clone(g.cols), key, more)
	}
	g.ordered, g.steady = false, false
	return fmt.Sprintf("join kind=%s (%s) on %s", kind, right, on)
}

func (g *generator) expand() string {
	t := pick(g, []value.Type{value.Dynamic, value.Dynamic, value.Long, value.String, value.Real, value.Bool})
	typ := ""
	if t != value.Dynamic {
		typ = " to typeof(" + t.String() + ")"
	}
	x := g.expr(value.Dynamic, 2)
	col := plan.Column{Name: g.name("x"), Type: t}
	index, limit := "", ""
	cols := append(slices.Clone(g.cols), col)
	second := ""
	if g.IntN(4) == 0 {
		more := plan.Column{Name: g.name("x"), Type: value.Dynamic}
		second = fmt.Sprintf(", %s = %s", more.Name, g.expr(value.Dynamic, 1))
		cols = append(cols, more)
	}
	if g.IntN(3) == 0 {
		at := plan.Column{Name: g.name("at"), Type: value.Long}
		index = "with_itemindex=" + at.Name + " "
		cols = append(cols, at)
	}
	if g.IntN(4) == 0 {
		limit = " limit 2"
	}
	if g.IntN(4) == 0 {
		index = "kind=array " + index
	}
	g.cols, g.steady = cols, false
	return fmt.Sprintf("mv-expand %s%s = %s%s%s%s", index, col.Name, x, typ, second, limit)
}

// rowApply writes mv-apply with a body that looks at one row at a time.
func (g *generator) rowApply() string {
	col := plan.Column{Name: g.name("x"), Type: pick(g, []value.Type{value.Dynamic, value.Long, value.String, value.Real})}
	x := g.expr(value.Dynamic, 2)
	g.cols, g.steady = append(slices.Clone(g.cols), col), false
	var steps []string
	for range 1 + g.IntN(3) {
		switch g.IntN(3) {
		case 0:
			steps = append(steps, "where "+g.expr(value.Bool, 2))
		case 1:
			steps = append(steps, "extend "+g.newColumn(g.name("e")))
		default:
			steps = append(steps, g.project())
			return fmt.Sprintf("mv-apply %s = %s to typeof(%s) on (%s) | project %s", col.Name, x, col.Type, strings.Join(steps, " | "), columnNames(g.cols))
		}
	}
	return fmt.Sprintf("mv-apply %s = %s to typeof(%s) on (%s)", col.Name, x, col.Type, strings.Join(steps, " | "))
}

func (g *generator) parse() string {
	op := pick(g, []string{"parse", "parse", "parse-where", "parse kind=relaxed", "parse kind=regex", "parse-where kind=relaxed"})
	x := g.expr(value.String, 1)
	pattern := pick(g, []string{"* ", ""})
	cols := slices.Clone(g.cols)
	for i := range 1 + g.IntN(2) {
		if i > 0 || pattern != "" {
			pattern += pick(g, []string{`"a"`, `"-"`, `","`, `" "`, `"l"`}) + " "
		}
		col := plan.Column{Name: g.name("f"), Type: pick(g, []value.Type{value.String, value.String, value.Long, value.Real, value.Bool, value.Int})}
		pattern += col.Name + ":" + col.Type.String() + " "
		cols = append(cols, col)
	}
	if g.IntN(2) == 0 {
		pattern += pick(g, []string{`"a"`, `"-"`, `","`}) + pick(g, []string{"", " *"})
	}
	text := op + " " + x + " with " + pattern
	if !g.usable("T0 | "+text, value.Invalid) {
		return ""
	}
	g.cols = cols
	return text
}

// window needs rows in one possible order.
func (g *generator) window() string {
	if !g.ordered || len(g.cols) == 0 {
		return ""
	}
	of := func(t value.Type) string {
		for _, c := range g.cols {
			if c.Type == t && g.IntN(2) == 0 {
				return c.Name
			}
		}
		return g.literal(t)
	}
	column := pick(g, g.cols).Name
	text := pick(g, []string{"row_number()", "row_number(7, " + g.expr(value.Bool, 1) + ")", "row_cumsum(" + of(value.Long) + ")",
		"row_cumsum(" + of(value.Long) + ", " + g.expr(value.Bool, 1) + ")", "prev(" + column + ")", "next(" + column + ", 2)", "prev(" + of(value.Long) + ", 1, 7)",
		"row_rank_dense(" + of(value.Long) + ")", "row_rank_min(" + of(value.String) + ")", "row_rank_dense(" + of(value.Real) + ", " + g.expr(value.Bool, 1) + ")",
		"row_window_session(" + of(value.DateTime) + ", 7d, 1d)", "row_cumsum(" + of(value.TimeSpan) + ")"})
	return g.then("extend " + g.name("w") + " = " + text)
}

// inTable writes a condition on a table.
func (g *generator) inTable(depth int) string {
	t := pick(g, keyTypes())
	name := g.name("q")
	table, _ := g.other(t, name)
	op := pick(g, []string{"in", "!in"})
	if t == value.String {
		op = pick(g, []string{"in", "!in", "in~", "!in~"})
	}
	return fmt.Sprintf("(%s) %s ((%s))", g.expr(t, depth-1), op, table)
}

// scalarOf writes the value of a table as an expression.
func (g *generator) scalarOf(t value.Type) string {
	name := g.name("q")
	table, _ := g.other(t, name)
	return fmt.Sprintf("toscalar(%s | summarize %s(%s))", table, pick(g, []string{"min", "max"}), name)
}
