package function_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/glasswatch/glasswatch/kql"
	"github.com/glasswatch/glasswatch/kql/eval"
	"github.com/glasswatch/glasswatch/kql/function"
	"github.com/glasswatch/glasswatch/kql/value"
)

// TestExamples runs every example of the catalogue.
func TestExamples(t *testing.T) {
	for _, name := range function.Names() {
		f, _ := function.Lookup(name)
		for _, e := range f.Examples {
			head := "print x = "
			if len(f.Columns) > 0 {
				head = "print "
			}
			t.Run(e.Expr, func(t *testing.T) { verify(t, head+e.Expr, e) })
		}
	}
	for _, name := range function.AggregateNames() {
		a, _ := function.LookupAggregate(name)
		for _, e := range a.Examples {
			t.Run(e.Expr, func(t *testing.T) {
				verify(t, "datatable(x: long)[1, 2, 3, long(null)] | summarize y = "+e.Expr, e)
				verify(t, fmt.Sprintf("datatable(k: string, x: long)['a', 1, 'a', 2, 'a', 3, 'a', long(null)] | summarize y = %s by k | project y", e.Expr), e)
			})
		}
	}
}

func verify(t *testing.T, query string, e function.Example) {
	t.Helper()
	got, isNull := "", true
	values := row(t, query)
	if !strings.Contains(e.Want, " | ") { // of arg_max and its like the first column
		values = values[:1]
	}
	for i, v := range values {
		text, null := v.Canonical()
		if isNull = isNull && null; i > 0 {
			got += " | "
		}
		got += text
	}
	if isNull {
		got = ""
	}
	if got != e.Want || isNull != e.Null {
		t.Errorf("%s\ngot %q (null %t), want %q (null %t)", query, got, isNull, e.Want, e.Null)
	}
}

// row returns the first row of a query.
func row(t *testing.T, query string) []value.Value {
	t.Helper()
	q, err := kql.Compile(query, kql.Options{Now: time.Date(2024, 5, 17, 12, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	r, err := eval.Run(context.Background(), q.Plan, nil, eval.Options{})
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	row, err := r.Next()
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return row
}
