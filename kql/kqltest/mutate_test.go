package kqltest_test

import (
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/glasswatch/glasswatch/kql/kqltest"
)

var mutate = flag.Int("mutate", 0, "write this many mutated queries into testdata/oracle/mutated.kql")

const separator = "\n---\n"

// seedQueries are the queries that are mutated.
func seedQueries(t *testing.T) []string {
	var seeds []string
	for _, name := range []string{"queries.kql", "sentinel.kql"} {
		text, err := os.ReadFile(filepath.Join(testdata, "oracle", name))
		if err != nil {
			t.Fatal(err)
		}
		seeds = append(seeds, strings.Split(strings.TrimSuffix(string(text), "\n"), separator)...)
	}
	cases, err := kqltest.ReadDocCases(filepath.Join(testdata, "doc-cases.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		if len(c.Query) < 1500 {
			seeds = append(seeds, c.Query)
		}
	}
	return seeds
}

// TestMutator checks that mutations are repeatable and differ from their seeds, and writes them with -mutate.
func TestMutator(t *testing.T) {
	seeds := seedQueries(t)
	n := max(*mutate, 200)
	var list []string
	same := 0
	known := map[string]bool{}
	first, _ := strconv.Atoi(os.Getenv("SEED")) // other queries for other seeds
	for len(list) < n {
		m := kqltest.NewMutator(uint64(first + len(list) + same))
		seed := seeds[m.IntN(len(seeds))]
		text := m.Mutate(seed, seeds)
		if text == seed || known[text] || strings.Contains(text, separator) {
			same++
			continue
		}
		known[text] = true
		list = append(list, text)
	}
	if same > n {
		t.Errorf("%d of %d mutations change nothing or are repeated", same, n+same)
	}
	if *mutate > 0 {
		if err := os.WriteFile(filepath.Join(testdata, "oracle", "mutated.kql"), []byte(strings.Join(list, separator)+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
