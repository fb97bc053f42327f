package kqltest_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/glasswatch/glasswatch/kql"
	"github.com/glasswatch/glasswatch/kql/kqltest"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// agreement runs generated queries on both back ends, and on both together.
type agreement struct {
	tables     []*kqltest.Table
	eval, duck kqltest.Database
	hybrid     *hybridDatabase
}

func newAgreement(t testing.TB) *agreement { return openAgreement(t, randomTables(t)) }

func openAgreement(t testing.TB, tables []*kqltest.Table) *agreement {
	a := &agreement{tables: tables}
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

// deadline is how long a query may take on one engine. On these tables it takes milliseconds.
const deadline = 20 * time.Second

// run runs a plan until the deadline. An engine that does not heed it ends the process, with the query.
func run(db kqltest.Database, n plan.Node, query string) (*kqltest.Result, error) {
	ctx, cancel := context.WithTimeout(context.Background(), deadline)
	defer cancel()
	defer watch(query)()
	now, _ := value.Ticks(kqltest.Now)
	return db.Run(ctx, n, now)
}

// watch ends the process, with the query, when done is not called in time.
func watch(query string) (done func()) {
	timer := time.AfterFunc(2*deadline, func() { panic("this query hangs:\n" + query) })
	return func() { timer.Stop() }
}

// check reports whether the query ran on both; they must agree.
func (a *agreement) check(t *testing.T, seed uint64) bool {
	t.Helper()
	g := newGenerator(seed, a.tables)
	query := fmt.Sprintf("// seed %d\n%s", seed, g.query())
	defer func() {
		if p := recover(); p != nil {
			t.Fatalf("%s\ncrash: %v\n%s", query, p, debug.Stack())
		}
	}()
	q, err := kql.Compile(query, kql.Options{Catalog: kqltest.Catalog(a.tables), Now: kqltest.Now})
	if err != nil {
		return false
	}
	return a.compare(t, q, query, flagsOf(g), int(seed%4))
}

// compare runs a query on all; the interpreter computes skip levels of the plan itself where it works with DuckDB.
func (a *agreement) compare(t *testing.T, q *kql.Query, query string, flags kqltest.Flags, skip int) bool {
	t.Helper()
	want, err := run(a.eval, q.Plan, query)
	if err != nil {
		t.Errorf("%s\neval: %v", query, err)
		return false
	}
	a.hybrid.skip = skip
	ran := true
	for name, db := range map[string]kqltest.Database{"duckdb": a.duck, "hybrid": a.hybrid} {
		got, err := run(db, q.Plan, query)
		var declined *kqltest.Declined
		switch {
		case errors.As(err, &declined):
			ran = false
		case err != nil:
			t.Errorf("%s\n%s: %v", query, name, err)
		default:
			if diff := kqltest.Diff(want, got, flags); diff != "" {
				t.Errorf("%s\neval gives (want), %s gives (got):\n%s", query, name, diff)
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
