package kqltest

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/glasswatch/glasswatch/kql"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// DocCase is a query of the language's public reference with the result that its page shows.
type DocCase struct {
	ID       string      `json:"id"`
	Query    string      `json:"query"`
	Columns  [][2]string `json:"columns"`
	Expected [][]*string `json:"expected"`
	// Compare is full, values (the page misnames a column), text (columns known only at run time) or subset (the page
	// shows some of the rows).
	Compare  string   `json:"compare"`
	Notes    []string `json:"notes"`
	Features []string `json:"features"`
}

// Outcome is what became of a DocCase on one back end.
type Outcome string

// The outcomes. A case that the compiler does not know is Declined on every back end.
const (
	Pass     Outcome = "pass"
	Decline  Outcome = "decline"
	Mismatch Outcome = "mismatch"
)

// ReadDocCases reads one JSON object a line.
func ReadDocCases(path string) ([]*DocCase, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var out []*DocCase
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		c := &DocCase{}
		if err := json.Unmarshal(lines.Bytes(), c); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		out = append(out, c)
	}
	return out, lines.Err()
}

// Run runs c; detail says why the outcome is not Pass.
func (c *DocCase) Run(t *testing.T, db Database) (o Outcome, detail string) {
	q, err := kql.Compile(c.Query, Options(t.Context(), nil))
	if err != nil {
		var ds kql.Diagnostics
		if !errors.As(err, &ds) {
			t.Errorf("%s: %v: an error of the compiler must be Diagnostics", c.ID, err)
		}
		return Decline, err.Error()
	}
	ctx, cancel := context.WithTimeout(t.Context(), Deadline)
	defer cancel()
	ticks, _ := value.Ticks(Now)
	r, err := db.Run(ctx, q.Plan, ticks)
	var declined *Declined
	switch {
	case errors.As(err, &declined):
		return Decline, declined.Reason
	case err != nil:
		return Mismatch, err.Error()
	}
	if diff := c.diff(canonical(r)); diff != "" {
		return Mismatch, diff
	}
	return Pass, ""
}

// diff compares rows as a multiset, strings trimmed.
func (c *DocCase) diff(got *Want) string {
	want := &Want{}
	for _, col := range c.Columns {
		typ, _ := value.ParseType(col[1])
		want.Columns = append(want.Columns, plan.Column{Name: col[0], Type: typ})
	}
	for _, row := range c.Expected {
		want.Rows = append(want.Rows, cellsOf(row))
	}
	if c.Compare != "full" && len(got.Columns) == len(want.Columns) {
		want.Columns = slices.Clone(got.Columns)
	}
	if slices.Contains(c.Notes, "header: reordered") {
		got.reorder(want.Columns)
	}
	want.trim()
	got.trim()
	if c.Compare == "text" {
		got.blank()
	}
	if c.Compare == "subset" {
		return want.missing(got)
	}
	return want.diff(got, Flags{})
}

// reorder puts the columns into the order of others with the same names.
func (w *Want) reorder(cols []plan.Column) {
	at := make([]int, len(cols))
	for i, want := range cols {
		at[i] = slices.IndexFunc(w.Columns, func(c plan.Column) bool { return c.Name == want.Name })
		if at[i] < 0 || len(cols) != len(w.Columns) {
			return
		}
	}
	old := w.Columns
	w.Columns = make([]plan.Column, len(at))
	for i, from := range at {
		w.Columns[i] = old[from]
	}
	for r, row := range w.Rows {
		w.Rows[r] = make([]Cell, len(at))
		for i, from := range at {
			w.Rows[r][i] = row[from]
		}
	}
}

// blank shows nulls as the pages do.
func (w *Want) blank() {
	for _, row := range w.Rows {
		for i := range row {
			row[i].Null = false
		}
	}
}

func (w *Want) trim() {
	for _, row := range w.Rows {
		for i := range row {
			row[i].Text = strings.TrimSpace(row[i].Text)
		}
	}
}

// missing lists the rows of w that got does not have.
func (w *Want) missing(got *Want) string {
	have := got.keys(Flags{})
	var out []string
	for _, row := range w.keys(Flags{}) {
		i := slices.Index(have, row)
		if i < 0 {
			out = append(out, row)
			continue
		}
		have = slices.Delete(have, i, i+1)
	}
	if len(out) == 0 {
		return ""
	}
	return "missing rows\n" + strings.Join(out, "\n")
}
