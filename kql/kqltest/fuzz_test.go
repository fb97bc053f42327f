package kqltest_test

import (
	"context"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"testing"

	"github.com/glasswatch/glasswatch/kql"
	"github.com/glasswatch/glasswatch/kql/eval"
	"github.com/glasswatch/glasswatch/kql/kqltest"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// corpus is the files of the corpus, open on all engines.
type corpus struct {
	files   []*kqltest.File
	on      []*agreement // of each file
	queries []string
}

func readCorpus(t testing.TB) *corpus {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(testdata, "*.txtar"))
	if err != nil || len(paths) == 0 {
		t.Fatal("no corpus", err)
	}
	c := &corpus{}
	for _, path := range paths {
		f, err := kqltest.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		c.files, c.on = append(c.files, f), append(c.on, openAgreement(t, f.Tables))
		for _, one := range f.Cases {
			c.queries = append(c.queries, one.Query)
		}
	}
	return c
}

// check takes a query from lexer to result on all engines, over the tables of a file. None may crash, hang or fail alone, and
// where the result is settled they agree. Mutation, where it is not 0, changes the query. It reports whether DuckDB ran it.
func (c *corpus) check(t *testing.T, file int, mutation uint64, query string) bool {
	t.Helper()
	if mutation != 0 {
		query = kqltest.NewMutator(mutation).Mutate(query, c.queries)
	}
	a := c.on[file]
	ctx, cancel := context.WithTimeout(t.Context(), deadline)
	defer cancel()
	defer watch(query)()
	defer func() {
		if p := recover(); p != nil {
			t.Fatalf("%s\ncrash: %v\n%s", query, p, debug.Stack())
		}
	}()
	q, err := kql.Compile(query, kqltest.Options(ctx, a.tables))
	if err != nil || plan.Any(q.Plan, endless) {
		return false
	}
	flags, settled := kqltest.Settled(q.Plan)
	want, err := run(a.eval, q.Plan, query)
	if errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("%s\neval: %v", query, err)
	}
	refused := err
	a.hybrid.skip = int(mutation % 4)
	ran := false
	for name, db := range map[string]kqltest.Database{"duckdb": a.duck, "hybrid": a.hybrid} {
		got, err := run(db, q.Plan, query)
		var declined *kqltest.Declined
		switch {
		case errors.As(err, &declined), errors.Is(refused, eval.ErrTooLarge):
		case (err == nil) != (refused == nil):
			t.Errorf("%s\neval: %v\n%s: %v", query, refused, name, err)
		case err == nil && settled:
			if diff := kqltest.Diff(want, got, flags); diff != "" {
				t.Errorf("%s\neval gives (want), %s gives (got):\n%s", query, name, diff)
			}
			ran = ran || name == "duckdb"
		}
	}
	return ran
}

// endless reports a range of more rows than fit into the deadline, which then rightly ends the query.
func endless(n plan.Node) bool {
	r, ok := n.(*plan.Range)
	if !ok {
		return false
	}
	var v [3]float64
	for i, x := range []plan.Expr{r.From, r.To, r.Step} {
		c, ok := x.(*plan.Const)
		if !ok {
			return false
		}
		if v[i] = float64(c.Value.Int()); c.Value.Type() == value.Real {
			v[i] = c.Value.Real()
		}
	}
	return (v[1]-v[0])/v[2] > 1e6
}

// TestMutatedCorpus runs the corpus with small changes; SEED sets the first, QUERIES how many.
func TestMutatedCorpus(t *testing.T) {
	c := readCorpus(t)
	number := func(name string, usual int) int {
		if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
			return n
		}
		return usual
	}
	ran, queries := 0, number("QUERIES", 400)
	for i := range queries {
		mutation := uint64(number("SEED", 1) + i)
		file := int(mutation) % len(c.files)
		cases := c.files[file].Cases
		if c.check(t, file, mutation, cases[int(mutation)/len(c.files)%len(cases)].Query) {
			ran++
		}
	}
	t.Logf("%d of %d queries compared", ran, queries)
	if ran < queries/10 {
		t.Errorf("%d of %d queries compared; the mutations miss their aim", ran, queries)
	}
}

// FuzzCorpus begins with the corpus: the fuzzer changes the text, or the number of a mutation.
func FuzzCorpus(f *testing.F) {
	c := readCorpus(f)
	for i, file := range c.files {
		for k, one := range file.Cases {
			if k > 0 && flag.Lookup("test.fuzz").Value.String() == "" {
				break // TestCorpus runs them all
			}
			f.Add(uint8(i), uint64(0), one.Query)
			f.Add(uint8(i), uint64(k+1), one.Query)
		}
	}
	f.Fuzz(func(t *testing.T, file uint8, mutation uint64, query string) {
		c.check(t, int(file)%len(c.files), mutation, query)
	})
}
