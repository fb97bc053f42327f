package kql_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/glasswatch/glasswatch/kql"
	"github.com/glasswatch/glasswatch/kql/eval"
	"github.com/glasswatch/glasswatch/kql/plan"
)

func rowsOf(t *testing.T, n plan.Node) string {
	t.Helper()
	r, err := eval.Run(t.Context(), n, nil, eval.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var lines []string
	for {
		row, err := r.Next()
		if err != nil {
			return strings.Join(lines, " ")
		}
		cells := make([]string, len(row))
		for i, v := range row {
			cells[i] = v.ToText()
		}
		lines = append(lines, strings.Join(cells, ","))
	}
}

// TestSeveralResults compiles queries that give more than one result.
func TestSeveralResults(t *testing.T) {
	const numbers = `let T = datatable(a: long, b: string) [1, "x", 2, "x", 3, "y"]; T | where a > 0 | `
	f := func(query string, want ...string) {
		t.Helper()
		q, err := kql.Compile(numbers+query, kql.Options{})
		var ds kql.Diagnostics
		if errors.As(err, &ds) {
			if diff := cmp.Diff(want, []string{ds.Errors()[0].Message}); diff != "" {
				t.Errorf("%s: %s", query, diff)
			}
			return
		}
		var got []string
		for _, p := range q.Parts {
			got = append(got, p.Name+": "+rowsOf(t, p.Plan))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", query, diff)
		}
	}
	f(`fork (take 1) (count)`, ": 1,x", ": 3")
	f(`fork few = (where a > 2 | project b) all = (summarize sum(a))`, "few: y", "all: 6")
	f(`fork (where a == 1)`, ": 1,x")
	f(`facet by b`, "b: x,2 y,1")
	f(`facet by b, a with (where a < 3 | count)`, ": 2", "b: x,2 y,1", "a: 1,1 2,1 3,1")
	f(`take 1; print 5; T | fork (count) sum = (summarize sum(a))`, ": 1,x", ": 5", ": 3", "sum: 6")
	f(`take 1; print nope`, `there is no variable "nope"`)
	f(`fork (take 1) (count) | take 5`, "fork can only be the last operator of a query")
	f(`facet by b | take 5`, "facet can only be the last operator of a query")
	f(`facet by nope`, `there is no column or variable "nope"`)
	f(`fork x = (take 1) x = (take 2)`, `a result with the name "x" is there already`)
	f(`fork`, `expected (, got the end of the query`)
	f(`union (T | fork (take 1) (take 2))`, "fork can only be the last operator of a query")
}

// TestForkIsFormatted prints what it read.
func TestForkIsFormatted(t *testing.T) {
	for _, query := range []string{"T\n| fork few = (where a > 2 | project b) (count)", "T\n| facet by a, b with (take 5)", "T\n| facet by a"} {
		got, err := kql.Format(query)
		if err != nil || strings.TrimSpace(got) != query {
			t.Errorf("%q becomes %q (%v)", query, got, err)
		}
	}
}
