package kql_test

import (
	"bufio"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/glasswatch/glasswatch/kql"
)

// answer is what Microsoft's parser and binder says of a query; see testdata/oracle/README.md.
type answer struct {
	Query   string
	Columns string // "name:type name:type", or the hash of a long list
	Errors  string // "KS142@19 ...", empty when the query is right
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

// columnText writes the columns of a result as the answers do.
func columnText(q *kql.Query) string {
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
	case a.Errors == "" && columnText(q) != a.Columns:
		return "columns " + columnText(q) + ", want " + a.Columns
	}
	return ""
}

// notSupported reports that all errors say that something of the language is missing, which is no disagreement.
func notSupported(ds kql.Diagnostics) bool {
	for _, d := range ds.Errors() {
		if d.Code != "GW020" {
			return false
		}
	}
	return true
}

func TestOracle(t *testing.T) {
	tables := testCatalog(t)
	agreed, missing := 0, 0
	used := map[string]bool{}
	for _, a := range answers(t) {
		q, err := kql.Compile(a.Query, kql.Options{Catalog: tables})
		switch v := verdict(a, q, err); {
		case v == "":
			agreed++
		case v == "not supported":
			missing++
		case differences[a.Query] == "":
			t.Errorf("%s\n\t%s", a.Query, v)
		default:
			used[a.Query] = true
		}
	}
	t.Logf("%d agree, %d use what is not supported, %d differ for a reason", agreed, missing, len(used))
	for q, reason := range differences {
		if !used[q] {
			t.Errorf("the difference %q (%s) is none any more", q, reason)
		}
	}
}
