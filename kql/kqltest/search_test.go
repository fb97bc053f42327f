package kqltest_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/glasswatch/glasswatch/kql"
	"github.com/glasswatch/glasswatch/kql/kqltest"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// TestSearches looks for pieces of texts and documents, as they are stored and as they are written anew, in all columns:
// the interpreter reads every document, DuckDB few. SEED goes on from there.
func TestSearches(t *testing.T) {
	seed, _ := strconv.ParseUint(os.Getenv("SEED"), 10, 64)
	r := rand.New(rand.NewPCG(seed, 3))
	table := &kqltest.Table{Schema: &plan.Table{Name: "W", Time: -1, Columns: []plan.Column{{Name: "k", Type: value.Long}}}}
	for _, name := range []string{"s1", "s2", "s3"} {
		table.Schema.Columns = append(table.Schema.Columns, plan.Column{Name: name, Type: value.String})
	}
	for _, name := range []string{"d1", "d2", "d3"} {
		table.Schema.Columns = append(table.Schema.Columns, plan.Column{Name: name, Type: value.Dynamic})
	}
	var pieces []string
	for k := range 40 {
		row := []value.Value{value.NewLong(int64(k))}
		for range 3 {
			text := searchedText(r)
			pieces = append(pieces, text)
			row = append(row, value.NewString(text))
		}
		for range 3 {
			if r.IntN(5) == 0 {
				row = append(row, value.Null(value.Dynamic))
				continue
			}
			document := searchedDocument(r, 2)
			v, ok := value.ParseJSON(document)
			if !ok {
				t.Fatalf("made %s, which is no JSON", document)
			}
			pieces = append(pieces, document, v.ToText())
			row = append(row, value.NewText(value.Dynamic, document))
		}
		table.Rows = append(table.Rows, row)
	}
	a := openAgreement(t, []*kqltest.Table{table})
	found, ran := 0, 0
	const searches = 150
	for i := range searches {
		needles := make([]string, 1+r.IntN(4))
		for i := range needles {
			needles[i] = kqlText(piece(r, pieces))
		}
		op := []string{"has", "contains", "hasprefix", "hassuffix"}[r.IntN(4)] + []string{"", "_cs"}[r.IntN(2)]
		query := fmt.Sprintf("W | where * %s %s | project k", op, needles[0])
		switch r.IntN(4) {
		case 0:
			query = fmt.Sprintf("W | where not(* %s %s) | project k", op, needles[0])
		case 1:
			query = fmt.Sprintf("W | extend hit = s1 has_any (%[1]s) or tostring(d1) has_any (%[1]s) | project k, hit", strings.Join(needles, ", "))
		}
		q, err := kql.Compile(query, kql.Options{Catalog: kqltest.Catalog(a.tables), Now: kqltest.Now})
		if err != nil {
			t.Fatalf("seed %d, search %d: %s: %v", seed, i, query, err)
		}
		if a.compare(t, q, query, kqltest.Flags{}, 0) {
			ran++
		}
		now, _ := value.Ticks(kqltest.Now)
		if res, err := a.eval.Run(t.Context(), q.Plan, now); err == nil && len(res.Rows) > 0 {
			found++
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	if t.Logf("%d of %d searches ran on both, %d found something", ran, searches, found); ran < searches/2 || found < searches/2 {
		t.Errorf("%d ran on both, %d found something: the pieces have lost their aim", ran, found)
	}
}

func oneOf(r *rand.Rand, list ...string) string { return list[r.IntN(len(list))] }

func searchedText(r *rand.Rand) string {
	var b strings.Builder
	for range r.IntN(6) {
		b.WriteString(oneOf(r, "green", "Green", "e", "5", "1.5", "203.0.113.7", "2001:db8::1", "2026-11-26", "a_b", "ü", "x@y.z", "true", "null", "\\", "\"", "\x1f", "K"))
		b.WriteString(oneOf(r, "", "", " ", ".", "-", ":", ",", "_", "/"))
	}
	return b.String()
}

// searchedDocument is JSON with blanks, escapes and numbers that a value does not keep.
func searchedDocument(r *rand.Rand, depth int) string {
	blank := oneOf(r, "", "", " ", "\n ")
	switch n := r.IntN(8); {
	case n == 0:
		return blank + oneOf(r, "1.50", "1e2", "-0", "12", "5.0", "-1.5E-3", "203.5", "9007199254740993", "1.0") + blank
	case n == 1:
		return oneOf(r, "true", "false", "null") + blank
	case n < 5 || depth == 0:
		text := value.NewDynamic(searchedText(r)).DynamicText()
		quoted := strconv.Quote(text)
		if r.IntN(3) > 0 { // without escapes, most often
			quoted = `"` + strings.NewReplacer(`\`, "", `"`, "", "\x1f", "").Replace(text) + `"`
		}
		return blank + strings.ReplaceAll(quoted, `\x1f`, `\u001f`) + blank
	}
	var parts []string
	if r.IntN(2) == 0 {
		for range r.IntN(4) {
			parts = append(parts, searchedDocument(r, depth-1))
		}
		return "[" + strings.Join(parts, ","+blank) + "]"
	}
	for i := range r.IntN(4) {
		parts = append(parts, fmt.Sprintf(`"%s%d"%s:%s%s`, oneOf(r, "green", "k", "5", "a b"), i, blank, blank, searchedDocument(r, depth-1)))
	}
	return "{" + strings.Join(parts, ","+blank) + "}"
}

// piece is a part of one of the texts, most often a short one.
func piece(r *rand.Rand, texts []string) string {
	for {
		runes := []rune(texts[r.IntN(len(texts))])
		if len(runes) == 0 {
			continue
		}
		from := r.IntN(len(runes))
		to := min(len(runes), from+1+r.IntN(12))
		return string(runes[from:to])
	}
}

// kqlText writes a literal of the language.
func kqlText(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\x1f", `\u001f`).Replace(s) + `"`
}
