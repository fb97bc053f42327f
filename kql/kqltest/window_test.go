package kqltest_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/glasswatch/glasswatch/kql"
	"github.com/glasswatch/glasswatch/kql/function"
	"github.com/glasswatch/glasswatch/kql/kqltest"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// TestWindowExamples runs the examples of every window function, which read a sorted column x of 1, 2, 3 and null.
func TestWindowExamples(t *testing.T) {
	rows := [][]value.Value{{value.NewLong(1)}, {value.NewLong(2)}, {value.NewLong(3)}, {value.Null(value.Long)}}
	tables := []*kqltest.Table{{Schema: &plan.Table{Name: "X", Columns: []plan.Column{{Name: "x", Type: value.Long}}, Time: -1}, Rows: rows}}
	eval, _ := kqltest.Eval{}.Open(tables)
	duck, err := duckDB{}.Open(tables)
	if err != nil {
		t.Fatal(err)
	}
	defer duck.Close()
	for _, name := range function.WindowNames() {
		w, _ := function.LookupWindow(name)
		if len(w.Examples) == 0 || w.Doc == "" {
			t.Errorf("%s has no example or no documentation", name)
		}
		for _, e := range w.Examples {
			q, err := kql.Compile("X | sort by x asc nulls last | project "+e.Expr, kql.Options{Catalog: kqltest.Catalog(tables), Now: kqltest.Now})
			if err != nil {
				t.Errorf("%s: %s: %v", name, e.Expr, err)
				continue
			}
			for _, db := range []kqltest.Database{eval, duck} {
				runWindow(t, db, q, e)
			}
		}
	}
}

func runWindow(t *testing.T, db kqltest.Database, q *kql.Query, e function.Example) {
	t.Helper()
	now, _ := value.Ticks(kqltest.Now)
	r, err := db.Run(t.Context(), q.Plan, now)
	var declined *kqltest.Declined
	switch {
	case errors.As(err, &declined):
		t.Logf("%s runs on the interpreter only", e.Expr)
		return
	case err != nil:
		t.Errorf("%s: %v", q.Text, err)
		return
	}
	var cells []string
	for _, row := range r.Rows {
		text, null := row[0].Canonical()
		if null {
			text = "null"
		}
		cells = append(cells, text)
	}
	if got := strings.Join(cells, ","); got != e.Want {
		t.Errorf("%T: %s: got %s, want %s", db, q.Text, got, e.Want)
	}
}
