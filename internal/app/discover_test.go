package app

import (
	"errors"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/glasswatch/glasswatch/internal/fault"
	"github.com/glasswatch/glasswatch/internal/table"
)

// TestDiscover runs queries whose columns follow from the data of the store.
func TestDiscover(t *testing.T) {
	w, err := NewWorkbench(WorkbenchOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Open(); err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	const rows = `let T = datatable(who: string, d: dynamic)["a", dynamic({"city": "Oslo", "n": 1}), "b", dynamic({"city": "Rome"})]; T | union (SigninLogs | project who = UserId, d = LocationDetails) `
	f := func(query string, want ...[]string) {
		t.Helper()
		for _, engine := range Engines {
			r, _, err := w.Run(t.Context(), rows+query, engine, table.Limits{})
			if err != nil {
				t.Errorf("%s on %s: %v", query, engine, err)
				continue
			}
			if diff := cmp.Diff(want, texts(t, r)); diff != "" {
				t.Errorf("%s on %s:\n%s", query, engine, diff)
			}
		}
	}
	f(`| evaluate bag_unpack(d) | where city == "Oslo" | project who, n`, []string{"a", "1"})
	f(`| extend city = tostring(d.city) | evaluate pivot(city, count(), who) | extend both = Oslo + Rome | project who, both | sort by who asc`, []string{"a", "1"}, []string{"b", "1"})

	q, err := w.Compile(rows + `| evaluate bag_unpack(d) | project city | evaluate narrow()`)
	if err != nil || !q.Open {
		t.Fatalf("%v, open: %t", err, q.Open)
	}
	const conflict = `datatable(k: string, d: dynamic)["a", dynamic({"k": 1})] | evaluate bag_unpack(d)`
	if _, _, err = w.Run(t.Context(), conflict, "duckdb", table.Limits{}); err == nil || fault.CodeOf(err) == fault.Unavailable {
		t.Errorf("a conflict of columns: %v", err)
	}
}

func texts(t *testing.T, r table.Rows) (out [][]string) {
	t.Helper()
	defer r.Close()
	for {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Error(err)
			return out
		}
		var cells []string
		for _, v := range row {
			cells = append(cells, v.ToText())
		}
		out = append(out, cells)
	}
}
