package app

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

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
// the result is determined they agree. It reports whether the query ran on both.
func checkEngines(t *testing.T, w *Workbench, query string, now time.Time) bool {
	t.Helper()
	results := map[string][]string{}
	for _, on := range []string{"duckdb", "eval"} {
		rows, err := bounded(w, query, on, now)
		var ds kql.Diagnostics
		switch {
		case errors.As(err, &ds):
			return false
		case err != nil && strings.Contains(err.Error(), "CRASH"), errors.Is(err, context.DeadlineExceeded):
			t.Errorf("%s\n%s: %v", query, on, err)
			return false
		case err != nil && on == "duckdb" && strings.Contains(err.Error(), "duckdb:") && !strings.Contains(err.Error(), "Out of Range"):
			t.Errorf("%s\n%s: %v", query, on, err) // SQL that the engine does not take
			return false
		case err != nil:
			return false
		}
		results[on] = rows
	}
	if a, b := results["duckdb"], results["eval"]; !undetermined.MatchString(query) && !slices.Equal(a, b) {
		t.Errorf("%s\nDuckDB gives %d rows, the interpreter %d:\n%s", query, len(a), len(b), difference(a, b))
	}
	return true
}

func bounded(w *Workbench, query, on string, now time.Time) (rows []string, err error) {
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
		rows, err = everyRow(ctx, w, query, on, now)
	}()
	watch := time.NewTimer(deadline + 10*time.Second)
	defer watch.Stop()
	select {
	case <-done:
		return rows, err
	case <-watch.C:
		return nil, context.DeadlineExceeded
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
		if checkEngines(t, w, m.Mutate(seeds[m.IntN(len(seeds))], seeds), now) {
			ran++
		}
	}
	t.Logf("%d of %d queries ran on both engines", ran, queries)
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
