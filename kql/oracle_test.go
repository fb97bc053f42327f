package kql_test

import (
	"bufio"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/glasswatch/glasswatch/kql"
)

// answer is what Microsoft's parser and binder says of a query; see testdata/oracle/README.md.
type answer struct {
	From    string // the file of the query
	Query   string
	Columns string // "name:type name:type", or the hash of a long list
	Errors  string // "KS142@19 ...", empty when the query is right
	Open    bool   // more columns may follow, known when the query has run
}

func answers(t testing.TB) []answer {
	t.Helper()
	f, err := os.Open("testdata/oracle/answers.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []answer
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var a answer
		if err := json.Unmarshal(lines.Bytes(), &a); err != nil {
			t.Fatal(err)
		}
		out = append(out, a)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// columnText writes the columns of a result as the answers do: none where the last expression has several.
func columnText(q *kql.Query) string {
	if q.Plan != q.Parts[len(q.Parts)-1].Plan {
		return ""
	}
	cols := q.Plan.Columns()
	parts := make([]string, len(cols))
	for i, c := range cols {
		parts[i] = c.Name + ":" + c.Type.String()
	}
	text := strings.Join(parts, " ")
	if len(text) > 300 {
		return fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(text)))[:len("sha256:")+32]
	}
	return text
}

// verdict compares a compilation with an answer: "" when they agree.
func verdict(a answer, q *kql.Query, err error) string {
	switch {
	case a.Errors == "" && err != nil:
		var ds kql.Diagnostics
		if errors.As(err, &ds) && notSupported(ds) {
			return "not supported"
		}
		return "refused: " + err.Error()
	case a.Errors != "" && err == nil:
		return "accepted in spite of " + a.Errors
	case a.Errors == "" && !sameColumns(a, columnText(q)):
		return "columns " + columnText(q) + ", want " + a.Columns
	}
	return ""
}

// sameColumns compares columns. Of an open result the answer has only those that are certain, some of a type that is not.
func sameColumns(a answer, got string) bool {
	if !a.Open || strings.HasPrefix(a.Columns, "sha256:") {
		return got == a.Columns
	}
	have := strings.Fields(got)
	for i, want := range strings.Fields(a.Columns) {
		name, unknown := strings.CutSuffix(want, "unknown")
		if i >= len(have) || have[i] != want && !(unknown && strings.HasPrefix(have[i], name)) {
			return false
		}
	}
	return true
}

// notSupported reports that an error says that something of the language is missing, which is no disagreement; other
// errors may follow from it.
func notSupported(ds kql.Diagnostics) bool {
	for _, d := range ds.Errors() {
		if d.Code == "GW020" {
			return true
		}
	}
	return false
}

var update = flag.Bool("update", false, "write the list of mutated queries that differ")

// tally counts the answers of one file.
type tally struct{ agree, missing, differ int }

// TestOracle compares with the answers. Queries that people write must agree, or differ for a reason; of the mutated ones,
// those that differ are listed in a file, so that a change of it is seen.
func TestOracle(t *testing.T) {
	tables := testCatalog(t)
	tallies := map[string]*tally{}
	used := map[string]bool{}
	var mutated strings.Builder
	for _, a := range answers(t) {
		c := tallies[a.From]
		if c == nil {
			c = &tally{}
			tallies[a.From] = c
		}
		q, err := kql.Compile(a.Query, options(tables))
		switch v := verdict(a, q, err); {
		case v == "":
			c.agree++
		case v == "not supported":
			c.missing++
		default:
			c.differ++
			if a.From == "mutated" {
				fmt.Fprintf(&mutated, "%s\n\t%s\n---\n", a.Query, v)
			} else if used[a.Query] = true; differences[a.Query] == "" {
				t.Errorf("%s: %s\n\t%s", a.From, a.Query, v)
			}
		}
	}
	for from, c := range tallies {
		share := 100 * float64(c.agree) / float64(c.agree+c.missing+c.differ)
		t.Logf("%s: %d agree (%.1f %%), %d use what is not supported, %d differ", from, c.agree, share, c.missing, c.differ)
	}
	for q, reason := range differences {
		if !used[q] {
			t.Errorf("the difference %q (%s) is none any more", q, reason)
		}
	}
	checkMutated(t, mutated.String())
}

func checkMutated(t *testing.T, got string) {
	const path = "testdata/oracle/mutated.differences"
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	list := func(text string) map[string]bool {
		out := map[string]bool{}
		for _, q := range strings.Split(text, "\n---\n") {
			out[q] = true
		}
		return out
	}
	known := list(string(want))
	for q := range list(got) {
		if !known[q] {
			t.Errorf("a mutated query differs: %s\nright, or not to be helped? then run with -update", q)
		}
	}
}
