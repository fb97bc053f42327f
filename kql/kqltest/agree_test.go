package kqltest_test

import (
	"errors"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/glasswatch/glasswatch/kql"
	"github.com/glasswatch/glasswatch/kql/kqltest"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// randomTables are two tables with every type, with nulls and with values that meet the generator's literals.
func randomTables() []*kqltest.Table {
	cols := []plan.Column{{Name: "k", Type: value.Long}, {Name: "i", Type: value.Long}, {Name: "n", Type: value.Int}, {Name: "r", Type: value.Real},
		{Name: "s", Type: value.String}, {Name: "u", Type: value.String}, {Name: "b", Type: value.Bool}, {Name: "t", Type: value.DateTime},
		{Name: "p", Type: value.TimeSpan}, {Name: "d", Type: value.Dynamic}, {Name: "g", Type: value.GUID}}
	longs := []int64{0, 1, 2, -3, 10, 1000000, 7, -8}
	reals := []float64{0, 1.5, -2.25, 1e6, 0.1, math.NaN(), -0.5}
	texts := []string{"", "alpha", "ALPHA beta", "it's", "x_y-z", "5", "äÖ", "a,b,,c", "a", "2026-11-20", "-17", "100%"}
	times := []string{"2026-11-20", "2026-11-20T07:16:41.5530192Z", "1999-12-31T23:59:59Z", "2026-11-22T11:59:59.9999999Z"}
	spans := []int64{0, 1, value.Hour, -value.Day, 7 * value.Day, 90 * value.Minute}
	docs := []string{`{"a": 1, "o": {"x": "y"}}`, `[1, "x", null]`, `"alpha"`, `5`, `{"a": {"b": [true, 2.5]}, "x y": 3}`, `[]`, `{"a": "5"}`, `true`}
	a := &kqltest.Table{Schema: &plan.Table{Name: "T", Columns: cols, Time: -1}}
	b := &kqltest.Table{Schema: &plan.Table{Name: "U", Time: -1, Columns: append(cols[:len(cols):len(cols)], plan.Column{Name: "extra", Type: value.Long})}}
	for k := range 60 {
		null := func(period int, v value.Value) value.Value {
			if k%period == 0 {
				return value.Null(v.Type())
			}
			return v
		}
		at, _ := value.ParseDateTime(times[k%len(times)])
		row := []value.Value{
			value.NewLong(int64(k)), null(5, value.NewLong(longs[k%len(longs)])), null(7, value.NewInt(int32(longs[k/2%len(longs)]))), null(6, value.NewReal(reals[k%len(reals)])),
			value.NewString(texts[k%len(texts)]), value.NewString(texts[k/3%len(texts)]), null(4, value.NewBool(k%3 == 0)), null(9, value.NewDateTime(at)),
			null(8, value.NewTimeSpan(spans[k%len(spans)])), null(10, value.NewText(value.Dynamic, docs[k%len(docs)])),
			null(3, value.NewText(value.GUID, fmt.Sprintf("74be27de-1e4e-49d9-b579-fe0b331d36%02d", 40+k%5))),
		}
		a.Rows = append(a.Rows, row)
		if k < 10 {
			b.Rows = append(b.Rows, append(row[:len(row):len(row)], value.NewLong(int64(k))))
		}
	}
	return []*kqltest.Table{a, b}
}

// agreement runs generated queries on both back ends, and on both together.
type agreement struct {
	tables     []*kqltest.Table
	eval, duck kqltest.Database
	hybrid     *hybridDatabase
}

func newAgreement(t testing.TB) *agreement {
	a := &agreement{tables: randomTables()}
	var err error
	if a.eval, err = (kqltest.Eval{}).Open(a.tables); err != nil {
		t.Fatal(err)
	}
	if a.duck, err = (duckDB{promote: []promoted{{"d", []string{"a"}}}}).Open(a.tables); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.duck.Close() })
	a.hybrid = &hybridDatabase{database: a.duck.(*database)}
	return a
}

// check reports whether the query ran on both; they must agree.
func (a *agreement) check(t *testing.T, seed uint64) bool {
	t.Helper()
	g := newGenerator(seed, a.tables)
	query := g.query()
	q, err := kql.Compile(query, kql.Options{Catalog: kqltest.Catalog(a.tables), Now: kqltest.Now})
	if err != nil {
		return false
	}
	now, _ := value.Ticks(kqltest.Now)
	want, err := a.eval.Run(t.Context(), q.Plan, now)
	if err != nil {
		t.Errorf("seed %d: %s\neval: %v", seed, query, err)
		return false
	}
	a.hybrid.skip = int(seed % 4)
	ran := true
	for name, db := range map[string]kqltest.Database{"duckdb": a.duck, "hybrid": a.hybrid} {
		got, err := db.Run(t.Context(), q.Plan, now)
		var declined *kqltest.Declined
		switch {
		case errors.As(err, &declined):
			ran = false
		case err != nil && strings.Contains(err.Error(), "Out of Range Error"):
			ran = false // a sum beyond 64 bits wraps in Kusto and is an error in DuckDB
		case err != nil:
			t.Errorf("seed %d: %s\n%s: %v", seed, query, name, err)
		default:
			if diff := kqltest.Diff(want, got, flagsOf(g)); diff != "" {
				t.Errorf("seed %d:\n%s\neval gives (want), %s gives (got):\n%s", seed, query, name, diff)
			}
		}
	}
	return ran
}

// flagsOf compares arrays that aggregates made as sets.
func flagsOf(g *generator) kqltest.Flags {
	f := kqltest.Flags{Ordered: g.ordered}
	for _, c := range g.cols {
		if strings.HasPrefix(c.Name, "set") {
			f.Sets = append(f.Sets, c.Name)
		}
	}
	return f
}

// TestAgree runs queries of fixed seeds, from SEED on where that is set.
func TestAgree(t *testing.T) {
	a := newAgreement(t)
	ran := 0
	const queries = 1000
	first, _ := strconv.ParseUint(os.Getenv("SEED"), 10, 64)
	for i := range uint64(queries) {
		if a.check(t, first+i) {
			ran++
		}
	}
	t.Logf("%d of %d queries ran on both", ran, queries)
	if ran < queries*3/5 {
		t.Errorf("%d of %d queries ran on both; the generator has lost its aim", ran, queries)
	}
}

// FuzzAgree goes on from there: go test -fuzz FuzzAgree ./kql/kqltest
func FuzzAgree(f *testing.F) {
	f.Add(uint64(1))
	a := newAgreement(f)
	f.Fuzz(func(t *testing.T, seed uint64) { a.check(t, seed) })
}
