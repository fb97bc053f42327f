package parser_test

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/glasswatch/glasswatch/kql/ast"
	"github.com/glasswatch/glasswatch/kql/parser"
	"github.com/glasswatch/glasswatch/kql/token"
	"github.com/glasswatch/glasswatch/kql/value"
)

// sameTree compares trees without places and the spelling of literals.
var sameTree = cmp.Options{
	cmpopts.IgnoreTypes(token.Span{}),
	cmpopts.IgnoreFields(ast.Literal{}, "Raw"),
	cmpopts.IgnoreFields(ast.Unsupported{}, "Text"),
	cmp.Comparer(func(a, b value.Value) bool {
		x, xNull := a.Canonical()
		y, yNull := b.Canonical()
		return a.Type() == b.Type() && x == y && xNull == yNull
	}),
}

// checkRoundTrip fails unless what Format prints parses to the same tree and prints the same again.
func checkRoundTrip(t *testing.T, query string) {
	t.Helper()
	first := parser.Parse(query)
	if len(first.Diagnostics.Errors()) > 0 {
		return
	}
	printed := ast.Format(first.Query, query, first.Comments)
	second := parser.Parse(printed)
	if errs := second.Diagnostics.Errors(); len(errs) > 0 {
		t.Fatalf("%q prints as\n%s\nwhich does not parse:\n%s", query, printed, errs.Locate(printed).Render(printed))
	}
	if diff := cmp.Diff(first.Query, second.Query, sameTree); diff != "" {
		t.Fatalf("%q prints as\n%s\nanother tree (-want +got):\n%s", query, printed, diff)
	}
	if again := ast.Format(second.Query, printed, second.Comments); again != printed {
		t.Fatalf("%q prints as\n%s\nand then as\n%s", query, printed, again)
	}
}

// seeds are the queries of testdata/seeds.kql, which are separated by lines of "---".
func seeds(t testing.TB) []string {
	t.Helper()
	raw, err := os.ReadFile("testdata/seeds.kql")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(raw), "\n"), "\n---\n")
}

func TestRoundTrip(t *testing.T) {
	for _, q := range seeds(t) {
		checkRoundTrip(t, q)
	}
}

func FuzzParse(f *testing.F) {
	for _, q := range seeds(f) {
		f.Add(q)
	}
	f.Fuzz(func(t *testing.T, query string) {
		r := parser.Parse(query)
		for _, d := range r.Diagnostics {
			if d.Span.Start < 0 || d.Span.End > len(query) || d.Span.Start > d.Span.End {
				t.Fatalf("%q: the span %v of %s is outside of the text", query, d.Span, d.Message)
			}
		}
		r.Diagnostics.Locate(query).Render(query)
		checkRoundTrip(t, query)
	})
}
