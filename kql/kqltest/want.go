package kqltest

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// Want is a result in canonical text.
type Want struct {
	Columns []plan.Column
	Rows    [][]Cell
}

// Cell is a value in canonical text, or null.
type Cell struct {
	Text string
	Null bool
}

// Flags say how a result is compared.
type Flags struct {
	Ordered bool     // the order of rows counts
	Sets    []string // columns of arrays whose order does not count
	Any     []string // columns whose value is not determined, only its type: take_any, rand
}

// String returns the flags as they are written behind "want".
func (f Flags) String() string {
	var b strings.Builder
	if f.Ordered {
		b.WriteString(" ordered")
	}
	for _, c := range f.Sets {
		b.WriteString(" set:" + c)
	}
	for _, c := range f.Any {
		b.WriteString(" any:" + c)
	}
	return b.String()
}

func parseFlags(text string) (Flags, error) {
	var f Flags
	for _, word := range strings.Fields(text) {
		kind, name, _ := strings.Cut(word, ":")
		switch {
		case word == "ordered":
			f.Ordered = true
		case kind == "set":
			f.Sets = append(f.Sets, name)
		case kind == "any":
			f.Any = append(f.Any, name)
		default:
			return f, fmt.Errorf("unknown flag %q", word)
		}
	}
	return f, nil
}

// canonical writes r in canonical text.
func canonical(r *Result) *Want {
	w := &Want{Columns: r.Columns}
	for _, row := range r.Rows {
		cells := make([]Cell, len(row))
		for i, v := range row {
			cells[i].Text, cells[i].Null = v.Canonical()
		}
		w.Rows = append(w.Rows, cells)
	}
	return w
}

// parseWant reads a line of columns and a JSON array of texts and nulls a row.
func parseWant(body string) (*Want, error) {
	lines := strings.Split(body, "\n")
	cols, err := parseColumns(lines[0])
	if err != nil {
		return nil, err
	}
	w := &Want{Columns: cols}
	for _, line := range lines[1:] {
		var texts []*string
		if err := json.Unmarshal([]byte(line), &texts); err != nil {
			return nil, fmt.Errorf("row %s: %w", line, err)
		}
		w.Rows = append(w.Rows, cellsOf(texts))
	}
	return w, nil
}

func cellsOf(texts []*string) []Cell {
	cells := make([]Cell, len(texts))
	for i, t := range texts {
		if t == nil {
			cells[i].Null = true
		} else {
			cells[i].Text = *t
		}
	}
	return cells
}

// String writes w as parseWant reads it.
func (w *Want) String() string {
	var b strings.Builder
	b.WriteString(formatColumns(w.Columns) + "\n")
	for _, row := range w.Rows {
		b.WriteString(rowText(row) + "\n")
	}
	return b.String()
}

func rowText(row []Cell) string {
	parts := make([]string, len(row))
	for i, c := range row {
		parts[i] = "null"
		if !c.Null {
			parts[i] = quoteJSON(c.Text)
		}
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

func quoteJSON(s string) string { return string(value.AppendJSONString(nil, s)) }

// diff says how got differs from w; "" when it does not.
func (w *Want) diff(got *Want, flags Flags) string {
	if a, b := formatColumns(w.Columns), formatColumns(got.Columns); a != b {
		return fmt.Sprintf("columns %s\nwant    %s", b, a)
	}
	want, have := w.keys(flags), got.keys(flags)
	if !flags.Ordered {
		slices.Sort(want)
		slices.Sort(have)
	}
	if slices.Equal(want, have) {
		return ""
	}
	missing, more := without(want, have), without(have, want)
	if len(missing)+len(more) == 0 {
		i := 0
		for have[i] == want[i] {
			i++
		}
		return fmt.Sprintf("rows in another order, from row %d on\n%s\nwant\n%s", i, some(have[i:]), some(want[i:]))
	}
	return fmt.Sprintf("%d rows, want %d; missing\n%s\ntoo many\n%s", len(have), len(want), some(missing), some(more))
}

// without returns the elements of a that b does not have, counting repetitions.
func without(a, b []string) []string {
	left := map[string]int{}
	for _, row := range b {
		left[row]++
	}
	var out []string
	for _, row := range a {
		if left[row]--; left[row] < 0 {
			out = append(out, row)
		}
	}
	return out
}

func some(rows []string) string {
	const most = 8
	if len(rows) > most {
		rows = append(rows[:most:most], "...")
	}
	return strings.Join(rows, "\n")
}

// keys writes every row in a form in which equal rows are equal texts: reals to nine digits, JSON by value.
func (w *Want) keys(flags Flags) []string {
	keys := make([]string, len(w.Rows))
	for i, row := range w.Rows {
		row = slices.Clone(row)
		for k := range row {
			if k < len(w.Columns) {
				row[k] = row[k].normal(w.Columns[k], flags)
			}
		}
		keys[i] = rowText(row)
	}
	return keys
}

func (c Cell) normal(col plan.Column, flags Flags) Cell {
	switch {
	case slices.Contains(flags.Any, col.Name):
		return Cell{}
	case c.Null:
		return c
	case col.Type == value.Real || col.Type == value.Decimal:
		return Cell{Text: roundReal(c.Text)}
	case col.Type == value.Dynamic:
		return Cell{Text: normalJSON(c.Text, slices.Contains(flags.Sets, col.Name))}
	}
	return c
}

func roundReal(text string) string {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return text
	}
	if f == 0 {
		f = 0 // no -0
	}
	return strconv.FormatFloat(f, 'g', 9, 64)
}

// normalJSON sorts the keys of bags, and the elements of the array where it is a set, and rounds reals.
func normalJSON(text string, set bool) string {
	v, ok := value.ParseJSON(text)
	if !ok {
		return text
	}
	list, ok := v.Tree().([]any)
	if !set || !ok {
		return normalNode(v.Tree())
	}
	parts := make([]string, len(list))
	for i, e := range list {
		parts[i] = normalNode(e)
	}
	slices.Sort(parts)
	return "[" + strings.Join(parts, ",") + "]"
}

func normalNode(n any) string {
	switch n := n.(type) {
	case float64:
		if n == math.Trunc(n) && math.Abs(n) < 1e15 {
			return strconv.FormatInt(int64(n), 10)
		}
		return strconv.FormatFloat(n, 'g', 9, 64)
	case []any:
		parts := make([]string, len(n))
		for i, e := range n {
			parts[i] = normalNode(e)
		}
		return "[" + strings.Join(parts, ",") + "]"
	case *value.Bag:
		parts := make([]string, n.Len())
		for i := range parts {
			key, val := n.At(i)
			parts[i] = quoteJSON(key) + ":" + normalNode(val)
		}
		slices.Sort(parts)
		return "{" + strings.Join(parts, ",") + "}"
	}
	return string(value.AppendJSON(nil, n))
}

func sortedKeys(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }

// Normal writes the canonical text of a value so that equal values have equal texts: reals to nine digits, bags with
// sorted keys.
func Normal(text string, t value.Type) string {
	return Cell{Text: text}.normal(plan.Column{Type: t}, Flags{}).Text
}

// Diff says how got differs from want; "" when it does not.
func Diff(want, got *Result, flags Flags) string { return canonical(want).diff(canonical(got), flags) }
