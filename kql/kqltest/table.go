package kqltest

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// parseTable reads a line of columns and one JSON array a row: numbers and bools as such, text for strings, datetimes,
// timespans and guids, anything for dynamic, null for null.
func parseTable(name, body string) (*Table, error) {
	head, rest, _ := strings.Cut(strings.TrimSpace(body), "\n")
	cols, err := parseColumns(head)
	if err != nil {
		return nil, err
	}
	t := &Table{Schema: &plan.Table{Name: name, Columns: cols, Time: -1}}
	for i, c := range cols {
		if c.Name == "_TimeReceived" {
			t.Schema.Time = i
		}
	}
	for line := range strings.Lines(rest) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		row, err := parseRow(line, cols)
		if err != nil {
			return nil, fmt.Errorf("row %s: %w", line, err)
		}
		t.Rows = append(t.Rows, row)
	}
	return t, nil
}

// noColumns stands for the columns of a result that has none.
const noColumns = "()"

// parseColumns reads "a:long, _t:datetime hidden". A name with strange characters is quoted as in JSON.
func parseColumns(line string) ([]plan.Column, error) {
	var cols []plan.Column
	if line == noColumns {
		return nil, nil
	}
	for _, part := range splitColumns(line) {
		part, hidden := strings.CutSuffix(strings.TrimSpace(part), " hidden")
		i := strings.LastIndexByte(part, ':')
		if i < 0 {
			return nil, fmt.Errorf("column %q has no type", part)
		}
		typ, ok := value.ParseType(part[i+1:])
		if !ok {
			return nil, fmt.Errorf("column %q: unknown type", part)
		}
		name := part[:i]
		if strings.HasPrefix(name, `"`) {
			if err := json.Unmarshal([]byte(name), &name); err != nil {
				return nil, fmt.Errorf("column %q: %w", part, err)
			}
		}
		cols = append(cols, plan.Column{Name: name, Type: typ, Hidden: hidden})
	}
	return cols, nil
}

func splitColumns(line string) []string {
	var out []string
	quoted, start := false, 0
	for i := 0; i < len(line); i++ {
		switch {
		case line[i] == '\\' && quoted:
			i++
		case line[i] == '"':
			quoted = !quoted
		case line[i] == ',' && !quoted:
			out = append(out, line[start:i])
			start = i + 1
		}
	}
	if strings.TrimSpace(line[start:]) != "" {
		out = append(out, line[start:])
	}
	return out
}

func formatColumns(cols []plan.Column) string {
	if len(cols) == 0 {
		return noColumns
	}
	parts := make([]string, len(cols))
	for i, c := range cols {
		name := c.Name
		if strings.ContainsAny(name, ", :\"") || name == "" {
			quoted, _ := json.Marshal(name) // a string always marshals
			name = string(quoted)
		}
		parts[i] = name + ":" + c.Type.String()
	}
	return strings.Join(parts, ", ")
}

func parseRow(line string, cols []plan.Column) ([]value.Value, error) {
	var cells []json.RawMessage
	if err := json.Unmarshal([]byte(line), &cells); err != nil {
		return nil, err
	}
	if len(cells) != len(cols) {
		return nil, fmt.Errorf("%d values for %d columns", len(cells), len(cols))
	}
	row := make([]value.Value, len(cells))
	for i, cell := range cells {
		v, err := parseCell(cell, cols[i].Type)
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", cols[i].Name, err)
		}
		row[i] = v
	}
	return row, nil
}

func parseCell(cell json.RawMessage, t value.Type) (value.Value, error) {
	if string(cell) == "null" {
		return value.Null(t), nil
	}
	if t == value.Dynamic {
		return value.NewText(value.Dynamic, string(cell)), nil
	}
	text := string(cell)
	if text[0] == '"' {
		if err := json.Unmarshal(cell, &text); err != nil {
			return value.Value{}, err
		}
	}
	return parseText(text, t)
}

// parseText reads the canonical text of a value.
func parseText(text string, t value.Type) (value.Value, error) {
	bad := func(err error) (value.Value, error) {
		return value.Value{}, fmt.Errorf("%q is no %s: %w", text, t, err)
	}
	switch t {
	case value.String:
		return value.NewString(text), nil
	case value.Bool:
		b, err := strconv.ParseBool(text)
		if err != nil {
			return bad(err)
		}
		return value.NewBool(b), nil
	case value.Int, value.Long:
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return bad(err)
		}
		if t == value.Int {
			return value.NewInt(int32(n)), nil
		}
		return value.NewLong(n), nil
	case value.Real:
		f, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return bad(err)
		}
		return value.NewReal(f), nil
	}
	return parseOther(text, t)
}

func parseOther(text string, t value.Type) (value.Value, error) {
	switch t {
	case value.DateTime:
		if n, ok := value.ParseDateTime(text); ok {
			return value.NewDateTime(n), nil
		}
	case value.TimeSpan:
		if n, ok := value.ParseTimeSpan(text); ok {
			return value.NewTimeSpan(n), nil
		}
	case value.GUID:
		if g, ok := value.ParseGUID(text); ok {
			return value.NewText(value.GUID, g), nil
		}
	case value.Decimal:
		if d, ok := value.ParseDecimal(text); ok {
			return value.NewDecimal(d), nil
		}
	}
	return value.Value{}, fmt.Errorf("%q is no %s", text, t)
}
