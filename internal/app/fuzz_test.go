package app

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/glasswatch/glasswatch/internal/fault"
	"github.com/glasswatch/glasswatch/kql"
	"github.com/glasswatch/glasswatch/kql/kqltest"
)

// hunting returns the queries that tests of both engines start from.
func hunting(t testing.TB) []string {
	t.Helper()
	var list []string
	for _, name := range []string{"sentinel.kql", "queries.kql"} {
		text, err := os.ReadFile("../../kql/testdata/oracle/" + name)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, strings.Split(strings.TrimSuffix(string(text), "\n"), "\n---\n")...)
	}
	cases, err := kqltest.ReadDocCases("../../kql/testdata/doc-cases.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		list = append(list, c.Query)
	}
	return list
}

// deadline is how long a query may take on small tables.
const deadline = 20 * time.Second

// checkEngines runs a query on both engines: neither may crash, hang or fail in a way that is no fault of the query, and where
// the language fixes the result they agree. It returns the rows of a result that was compared; ok tells whether there is one.
func checkEngines(t *testing.T, w *Workbench, query string, now time.Time) (rows int, ok bool) {
	t.Helper()
	var results [2]answer
	var failed [2]error
	for i, on := range []string{"duckdb", "eval"} {
		start := time.Now()
		a, err := bounded(w, query, on, now)
		took := time.Since(start)
		var ds kql.Diagnostics
		switch {
		case took >= deadline:
			t.Errorf("%s\n%s: took %v", query, on, took)
			return 0, false
		case errors.As(err, &ds):
			return 0, false
		case err != nil && strings.Contains(err.Error(), "CRASH"), errors.Is(err, context.DeadlineExceeded):
			t.Errorf("%s\n%s: %v", query, on, err)
			return 0, false
		case fault.CodeOf(err) == fault.TooLarge:
			return 0, false
		}
		results[i], failed[i] = a, err
	}
	if (failed[0] == nil) != (failed[1] == nil) {
		t.Errorf("%s\nDuckDB: %v\nthe interpreter: %v", query, failed[0], failed[1])
	}
	if failed[0] != nil || failed[1] != nil {
		return 0, false
	}
	sql, reference := results[0], results[1]
	if !reference.settled {
		return 0, false
	}
	if diff := kqltest.Diff(reference.Result, sql.Result, reference.flags); diff != "" {
		t.Errorf("%s\nthe interpreter gives (want), DuckDB gives (got):\n%s", query, diff)
	}
	return len(reference.Rows), true
}

func bounded(w *Workbench, query, on string, now time.Time) (a answer, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), deadline)
	defer cancel()
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			if p := recover(); p != nil {
				err = fmt.Errorf("CRASH: %v", p)
			}
		}()
		a, err = ask(ctx, w, query, on, now)
	}()
	watch := time.NewTimer(deadline + 10*time.Second)
	defer watch.Stop()
	select {
	case <-done:
		return a, err
	case <-watch.C:
		return answer{}, context.DeadlineExceeded
	}
}

// TestEnginesOnMutations runs mutated queries on both engines; SEED sets the first, QUERIES how many.
func TestEnginesOnMutations(t *testing.T) {
	seeds := hunting(t)
	w := filled(t)
	now := time.Now()
	number := func(name string, usual int) int {
		if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
			return n
		}
		return usual
	}
	ran, queries := 0, number("QUERIES", 100)
	for i := range queries {
		m := kqltest.NewMutator(uint64(number("SEED", 1) + i))
		if _, ok := checkEngines(t, w, m.Mutate(seeds[m.IntN(len(seeds))], seeds), now); ok {
			ran++
		}
	}
	t.Logf("%d of %d queries compared", ran, queries)
}

// FuzzEngines is TestEnginesOnMutations with the fuzzer's changes.
func FuzzEngines(f *testing.F) {
	seeds := hunting(f)
	if flag.Lookup("test.fuzz").Value.String() == "" {
		seeds = seeds[:3] // TestEnginesAgreeOnHunting runs them all
	}
	for _, q := range seeds {
		f.Add(q)
	}
	w := filled(f)
	now := time.Now()
	f.Fuzz(func(t *testing.T, query string) {
		checkEngines(t, w, query, now)
	})
}
