package bind_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/glasswatch/glasswatch/kql/bind"
	"github.com/glasswatch/glasswatch/kql/parser"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/token"
	"github.com/glasswatch/glasswatch/kql/value"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// tables is a small catalog: T and U differ in the type of d.
type tables map[string]*plan.Table

func (t tables) Table(name string) *plan.Table { return t[name] }
func (t tables) TableNames() []string          { return []string{"T", "Tail", "U"} }

func testTables() tables {
	columns := func(d value.Type, more ...plan.Column) []plan.Column {
		return append([]plan.Column{{Name: "t", Type: value.DateTime}, {Name: "s", Type: value.String}, {Name: "n", Type: value.Long}, {Name: "d", Type: d}}, more...)
	}
	hidden := plan.Column{Name: "_In", Type: value.DateTime, Hidden: true}
	return tables{
		"T":    {Name: "T", Columns: columns(value.Dynamic, plan.Column{Name: "b", Type: value.Bool}, hidden), Time: 5},
		"U":    {Name: "U", Columns: columns(value.String, hidden), Time: 4},
		"Tail": {Name: "Tail", Columns: []plan.Column{{Name: "s", Type: value.String}}, Time: -1},
	}
}

var testNow, _ = value.Ticks(time.Date(2024, 6, 1, 12, 0, 0, 0, time.UTC))

func compile(query, prelude string, live bool) (plan.Node, token.Diagnostics) {
	r := parser.Parse(query)
	o := bind.Options{Catalog: testTables(), DefaultTable: "T", Now: testNow, LiveNow: live}
	p := parser.Parse(prelude)
	bound := bind.Bind(r.Query, p.Query, o)
	return bound.Plan, append(r.Diagnostics, bound.Diagnostics...).Locate(query)
}

// TestGolden compiles the queries of testdata/*.txt and compares plans and diagnostics. A case is a query, a line
// "--", and what is expected; cases are separated by a line "====".
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no golden files", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) { golden(t, file) })
	}
}

func golden(t *testing.T, file string) {
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, c := range strings.Split(strings.TrimSuffix(string(raw), "\n"), "\n====\n") {
		query, want, _ := strings.Cut(c, "\n--\n")
		got := describe(query)
		out = append(out, query+"\n--\n"+got)
		if diff := cmp.Diff(want, got); diff != "" && !*update {
			t.Errorf("%s\n(-want +got):\n%s", query, diff)
		}
	}
	if *update {
		if err := os.WriteFile(file, []byte(strings.Join(out, "\n====\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func describe(query string) string {
	n, diags := compile(query, "", false)
	var lines []string
	if n != nil {
		lines = append(lines, planText(n))
	}
	for _, d := range diags {
		lines = append(lines, d.String())
	}
	return strings.Join(lines, "\n")
}
