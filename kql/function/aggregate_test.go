package function_test

import (
	"database/sql"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/glasswatch/glasswatch/kql/eval"
	"github.com/glasswatch/glasswatch/kql/function"
	"github.com/glasswatch/glasswatch/kql/plan"
	kqlsql "github.com/glasswatch/glasswatch/kql/sql"
	"github.com/glasswatch/glasswatch/kql/value"
)

// TestAggregatesAgree groups awkward values on both back ends: an ordinary group, one of nulls only, one of a single
// row, and no rows at all.
func TestAggregatesAgree(t *testing.T) {
	db, err := sql.Open("duckdb", "?threads=1")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	agreed, declined := 0, 0
	for _, name := range function.AggregateNames() {
		a, _ := function.LookupAggregate(name)
		for i := range a.Overloads {
			o := function.Overload{Params: a.Overloads[i].Params}
			for _, types := range signatures(&o) {
				chosen, converted, result, err := a.Resolve(types)
				if err != nil || chosen != &a.Overloads[i] || anyConversion(converted) {
					continue
				}
				if compareAggregates(t, db, a, o.Params, types, result) {
					agreed++
				} else {
					declined++
				}
			}
		}
	}
	t.Logf("%d signatures agree, %d run on the interpreter only", agreed, declined)
}

// compareAggregates reports whether DuckDB ran the aggregate.
func compareAggregates(t *testing.T, db *sql.DB, a *function.Aggregate, params []function.Param, types []value.Type, result value.Type) bool {
	t.Helper()
	in := &plan.Values{Cols: []plan.Column{{Name: "k", Type: value.Long}}}
	call := plan.AggCall{Agg: a, Type: result}
	var pools [][]value.Value
	for i, typ := range types {
		p := &params[min(i, len(params)-1)]
		values := pool(a.Name, i, p, typ)
		if strings.HasPrefix(a.Name, "sum") || strings.HasPrefix(a.Name, "avg") || strings.HasPrefix(a.Name, "std") || strings.HasPrefix(a.Name, "var") {
			values = slices.DeleteFunc(values, func(v value.Value) bool {
				return typ == value.Real && (v.Real() != v.Real() || v.Real() > 1e6 || v.Real() < -1e6)
			})
		}
		if p.Constant {
			v := map[string]value.Value{"accuracy": value.NewLong(1), "max_size": value.NewLong(100), "percentage": value.NewReal(40)}[p.Name]
			call.Args = append(call.Args, &plan.Const{Value: v})
			continue
		}
		call.Args = append(call.Args, &plan.Col{Index: len(in.Cols), Typ: typ})
		in.Cols = append(in.Cols, plan.Column{Name: fmt.Sprintf("a%d", i), Type: typ})
		pools = append(pools, values)
	}
	add := func(k int64, pick func(pool []value.Value) value.Value) {
		row := []value.Value{value.NewLong(k)}
		for _, p := range pools {
			row = append(row, pick(p))
		}
		in.Rows = append(in.Rows, row)
	}
	for i := range 23 { // each value of the first argument once, so that an extreme has one row
		if len(pools) > 0 && i >= len(pools[0]) {
			break
		}
		add(1, func(p []value.Value) value.Value { return p[i%len(p)] })
	}
	add(2, func(p []value.Value) value.Value { return p[0] })
	add(3, func(p []value.Value) value.Value { return p[len(p)-1] })
	ran := false
	for _, grouped := range []bool{true, false} {
		n := &plan.Aggregate{Input: in, Aggs: []plan.AggCall{call}, Cols: []plan.Column{{Name: "x", Type: result}}}
		if grouped {
			n.Keys = []plan.Expr{&plan.Col{Index: 0, Typ: value.Long}}
			n.Cols = append([]plan.Column{{Name: "k", Type: value.Long}}, n.Cols...)
		} else {
			n.Input = &plan.Filter{Input: in, Cond: &plan.Const{Value: value.NewBool(false)}}
		}
		st, err := kqlsql.Compile(n, kqlsql.DuckDB, noNames{})
		if err != nil {
			return false
		}
		ran = true
		want := interpret(t, n)
		got, err := query(db, st, n.Cols)
		if err != nil {
			t.Errorf("%s%v: %v\n%s", a.Name, types, err, st.Text)
			return true
		}
		for k, w := range want {
			g, ok := got[k]
			if !ok || !sameSet(g, w, strings.Contains(a.Name, "set")) {
				t.Errorf("%s%v, group %d: DuckDB gives %s, the interpreter %s\n%s", a.Name, types, k, g, w, st.Text)
			}
		}
	}
	return ran
}

// interpret returns the last column by the first; without a first, by 0.
func interpret(t *testing.T, n plan.Node) map[int64]value.Value {
	t.Helper()
	r, err := eval.Run(t.Context(), n, nil, eval.Options{})
	if err != nil {
		t.Fatal(err)
	}
	out := map[int64]value.Value{}
	for {
		row, err := r.Next()
		if err == io.EOF {
			return out
		}
		k := int64(0)
		if len(row) > 1 {
			k = row[0].Int()
		}
		out[k] = row[len(row)-1]
	}
}

func query(db *sql.DB, st kqlsql.Statement, cols []plan.Column) (map[int64]value.Value, error) {
	rows, err := db.Query(st.Text, st.Args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[int64]value.Value{}
	for rows.Next() {
		var k int64
		var x any
		targets := []any{&k, &x}
		if err := rows.Scan(targets[2-len(cols):]...); err != nil {
			return nil, err
		}
		out[k] = stored(x, cols[len(cols)-1].Type)
	}
	return out, rows.Err()
}

// sameSet compares arrays without their order where it is arbitrary.
func sameSet(a, b value.Value, unordered bool) bool {
	x, ok := a.Tree().([]any)
	y, ok2 := b.Tree().([]any)
	if !unordered || !ok || !ok2 {
		return same(a, b)
	}
	sorted := func(list []any) []string {
		var out []string
		for _, n := range list {
			out = append(out, string(value.AppendJSON(nil, n)))
		}
		slices.Sort(out)
		return out
	}
	return slices.Equal(sorted(x), sorted(y))
}
