package kqltest_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"github.com/glasswatch/glasswatch/kql"
	"github.com/glasswatch/glasswatch/kql/function"
	"github.com/glasswatch/glasswatch/kql/kqltest"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// TestCoverage counts that the corpus uses every node and every expression of package plan.
func TestCoverage(t *testing.T) {
	seen := map[string]int{}
	paths, _ := filepath.Glob(filepath.Join(testdata, "*.txtar"))
	for _, path := range paths {
		f, err := kqltest.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range f.Cases {
			if q, err := kql.Compile(c.Query, kqltest.Options(t.Context(), f.Tables)); err == nil {
				tally(reflect.ValueOf(q.Plan), seen)
			}
		}
	}
	for _, kind := range []any{
		plan.Scan{}, plan.Values{}, plan.Filter{}, plan.Project{}, plan.Sort{}, plan.Take{}, plan.Distinct{}, plan.Aggregate{}, plan.Union{},
		plan.Window{}, plan.Evaluate{}, plan.Serialize{}, plan.Join{}, plan.Expand{}, plan.Apply{}, plan.Given{}, plan.Range{}, plan.Shared{},
		plan.Const{}, plan.Col{}, plan.Path{}, plan.Call{}, plan.Subquery{}, plan.InTable{},
		plan.Parse{}, plan.ParseKV{}, plan.Series{}, plan.TopNested{}, plan.Partition{}, plan.Steps{},
		plan.MakeGraph{}, plan.Components{}, plan.GraphFilter{}, plan.GivenGraph{}, plan.GraphPartition{}, plan.GraphTable{}, plan.Match{}, plan.Along{},
	} {
		if name := reflect.TypeOf(kind).Name(); seen[name] == 0 {
			t.Errorf("no case of the corpus uses plan.%s", name)
		}
	}
	missing := 0
	for _, name := range function.AggregateNames() {
		if seen["aggregate "+name] == 0 {
			missing++
		}
	}
	t.Logf("%d of %d aggregates in the corpus itself, all of them in examples", len(function.AggregateNames())-missing, len(function.AggregateNames()))
}

// tally counts types of package plan and names of aggregates below v.
func tally(v reflect.Value, seen map[string]int) {
	switch v.Kind() {
	case reflect.Interface:
		tally(v.Elem(), seen)
	case reflect.Pointer:
		switch x := v.Interface().(type) {
		case *plan.Table, *function.Func, *function.Overload, *function.Window:
			return
		case *function.Aggregate:
			seen["aggregate "+x.Name]++
			return
		}
		if !v.IsNil() {
			tally(v.Elem(), seen)
		}
	case reflect.Slice:
		for i := range v.Len() {
			tally(v.Index(i), seen)
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[value.Value]() {
			return
		}
		seen[v.Type().Name()]++
		for i := range v.NumField() {
			tally(v.Field(i), seen)
		}
	}
}

// TestAggregateExamples runs the examples of every aggregation function, which read a column x of 1, 2, 3 and null.
func TestAggregateExamples(t *testing.T) {
	rows := [][]value.Value{{value.NewLong(1)}, {value.NewLong(2)}, {value.NewLong(3)}, {value.Null(value.Long)}}
	tables := []*kqltest.Table{{Schema: &plan.Table{Name: "X", Columns: []plan.Column{{Name: "x", Type: value.Long}}, Time: -1}, Rows: rows}}
	eval, _ := kqltest.Eval{}.Open(tables)
	duck, err := duckDB{}.Open(tables)
	if err != nil {
		t.Fatal(err)
	}
	defer duck.Close()
	for _, name := range function.AggregateNames() {
		a, _ := function.LookupAggregate(name)
		if len(a.Examples) == 0 {
			t.Errorf("%s has no example", name)
		}
		for _, e := range a.Examples {
			q, err := kql.Compile(fmt.Sprintf("X | summarize %s", e.Expr), kql.Options{Catalog: kqltest.Catalog(tables), Now: kqltest.Now})
			if err != nil {
				t.Errorf("%s: %s: %v", name, e.Expr, err)
				continue
			}
			for _, db := range []kqltest.Database{eval, duck} {
				runAggregate(t, db, q, e)
			}
		}
	}
}

func runAggregate(t *testing.T, db kqltest.Database, q *kql.Query, e function.Example) {
	t.Helper()
	now, _ := value.Ticks(kqltest.Now)
	r, err := db.Run(t.Context(), q.Plan, now)
	var declined *kqltest.Declined
	switch {
	case errors.As(err, &declined):
		t.Logf("%s runs on the interpreter only", e.Expr)
		return
	case err != nil || len(r.Rows) != 1:
		t.Errorf("%s: %v", q.Text, err)
		return
	}
	got, null := r.Rows[0][0].Canonical()
	typ := r.Columns[0].Type
	if null != e.Null || !null && sortedNodes(got, typ) != sortedNodes(e.Want, typ) {
		t.Errorf("%T: %s: got %q (null: %t), want %q (null: %t)", db, q.Text, got, null, e.Want, e.Null)
	}
}

// sortedNodes brings the elements of an array into one order: make_set promises none.
func sortedNodes(text string, t value.Type) string {
	v, ok := value.ParseJSON(text)
	list, isList := v.Tree().([]any)
	if t != value.Dynamic || !ok || !isList {
		return kqltest.Normal(text, t)
	}
	parts := make([]string, len(list))
	for i, n := range list {
		parts[i] = string(value.AppendJSON(nil, n))
	}
	slices.Sort(parts)
	return fmt.Sprint(parts)
}
