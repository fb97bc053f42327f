package kqltest_test

import (
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/glasswatch/glasswatch/kql"
	"github.com/glasswatch/glasswatch/kql/function"
	"github.com/glasswatch/glasswatch/kql/kqltest"
	"github.com/glasswatch/glasswatch/kql/parser"
	"github.com/glasswatch/glasswatch/kql/plugin"
)

const document = "../../docs/KQL.md"

// TestDocument checks that the lists in docs/KQL.md are those of the catalogue; -update writes them.
func TestDocument(t *testing.T) {
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	got := string(text)
	for name, make := range map[string]func(*testing.T) string{
		"operators": operatorList, "functions": functionList, "aggregates": aggregateList, "plugins": pluginList, "cases": caseList,
	} {
		begin, end := "<!-- "+name+" -->\n", "<!-- end -->"
		before, rest, ok := strings.Cut(got, begin)
		_, after, closed := strings.Cut(rest, end)
		if !ok || !closed {
			t.Fatalf("%s has no part %q", document, name)
		}
		got = before + begin + make(t) + end + after
	}
	if got == string(text) {
		return
	}
	if flag.Lookup("update").Value.String() == "true" {
		if err := os.WriteFile(document, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Errorf("%s is not what the catalogue says: go test ./kql/kqltest -run TestDocument -update", document)
}

// refused returns the message when a query is refused because something is not supported.
func refused(query string) string {
	_, err := kql.Compile(query, kql.Options{})
	var ds kql.Diagnostics
	if errors.As(err, &ds) {
		for _, d := range ds.Errors() {
			if d.Code == "GW020" {
				return d.Message
			}
		}
	}
	return ""
}

func operatorList(*testing.T) string {
	var good, bad []string
	for _, name := range parser.Operators() {
		arguments := map[string]string{
			"fork": "(count)", "facet": "by a", "scan": "with (step s: true;)", "reduce": "by b", "parse": `b with "x" c`, "parse-where": `b with "x" c`,
			"parse-kv": "b as (c: string)", "make-series": "count() on a step 1", "evaluate": "narrow()", "top": "1 by a", "take": "1", "limit": "1",
			"join": "(T) on a", "lookup": "(T) on a", "mv-apply": "d on (take 1)", "mvapply": "d on (take 1)", "mv-expand": "d", "mvexpand": "d",
			"project-by-names": `"a"`, "partition": "by b (take 1)", "sample": "1", "sample-distinct": "1 of a", "top-hitters": "1 of b", "top-nested": "1 of b by count()",
			"union": "T", "search": `"x"`, "getschema": "", "serialize": "", "invoke": "f()", "sort": "by a", "order": "by a", "count": "", "consume": "",
			"render": "table", "as": "X", "distinct": "a", "summarize": "count()", "filter": "true", "where": "true", "assert-schema": "(a: long)",
			"make-graph": "a --> a | graph-to-table edges", "graph-match": "(n) project node_id(n)", "graph-shortest-paths": "(n)-[e*1..2]->(m) project e.a",
			"graph-mark-components": "| graph-to-table nodes", "graph-where-nodes": "true | graph-to-table edges", "graph-where-edges": "true | graph-to-table edges",
			"graph-to-table": "edges",
		}[name]
		query := "let T = datatable(a: long, b: string, d: dynamic)[]; let f = (x: (a: long)) { x }; T | " + name + " " + arguments
		if strings.HasPrefix(name, "graph-") {
			query = strings.Replace(query, "T |", "T | make-graph a --> a |", 1)
		}
		switch name {
		case "print":
			query = "print 1"
		case "range":
			query = "range a from 1 to 2 step 1"
		case "find":
			query = "let T = datatable(a: long)[]; find in (T) where a == 1"
		}
		if refused(query) == "" {
			good = append(good, "`"+name+"`")
		} else {
			bad = append(bad, "`"+name+"`")
		}
	}
	slices.Sort(good)
	slices.Sort(bad)
	out := strings.Join(good, " ") + "\n"
	if len(bad) > 0 {
		out += "\nRefused: " + strings.Join(bad, " ") + "\n"
	}
	return out
}

// builtins are the names in the published parser's catalogue, of one kind.
func builtins(t *testing.T, kind string) []string {
	text, err := os.ReadFile(filepath.Join(testdata, "builtins.txt"))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for line := range strings.Lines(string(text)) {
		if k, name, _ := strings.Cut(strings.TrimSpace(line), " "); k == kind {
			out = append(out, name)
		}
	}
	return out
}

// graphFunction reports a function that has a meaning in graph-match.
func graphFunction(name string) bool {
	for _, call := range []string{name + "(n)", name + "(e, a > 1)", "map(" + name + "(e), a)"} {
		_, err := kql.Compile("datatable(a: long)[] | make-graph a --> a with_node_id=a | graph-match (n)-[e*1..2]->(m) project x = "+call, kql.Options{})
		if err == nil {
			return true
		}
	}
	return false
}

func functionList(t *testing.T) string {
	var names, missing []string
	known := map[string]bool{}
	for _, name := range function.Names() {
		if strings.HasPrefix(name, "__") { // of the language's own making
			continue
		}
		f, _ := function.Lookup(name)
		known[name] = true
		sql := false
		for _, o := range f.Overloads {
			sql = sql || o.SQL["duckdb"] != "" || o.SQLFunc["duckdb"] != nil
		}
		names = append(names, marked(name, sql))
	}
	for _, name := range builtins(t, "scalar") {
		switch {
		case known[name]:
		case graphFunction(name):
			names = append(names, marked(name, false))
		case refused("print "+name+"()") != "":
			missing = append(missing, name)
		default: // bound to something else
			names = append(names, marked(name, true))
		}
	}
	slices.Sort(names)
	return strings.Join(slices.Compact(names), " ") + "\n" + refusals(t, missing)
}

func aggregateList(t *testing.T) string {
	var names, missing []string
	known := map[string]bool{}
	for _, name := range function.AggregateNames() {
		a, _ := function.LookupAggregate(name)
		known[name] = true
		sql := false
		for _, o := range a.Overloads {
			sql = sql || o.SQL["duckdb"] != "" || o.SQLFunc["duckdb"] != nil
		}
		names = append(names, marked(name, sql))
	}
	for _, name := range builtins(t, "aggregate") {
		switch {
		case known[name]:
		case refused("datatable(a: long)[] | summarize "+name+"(a)") != "":
			missing = append(missing, name)
		default:
			names = append(names, marked(name, true))
		}
	}
	slices.Sort(names)
	return strings.Join(slices.Compact(names), " ") + "\n" + refusals(t, missing)
}

func marked(name string, sql bool) string {
	if sql {
		return "`" + name + "`"
	}
	return "`" + name + "`°"
}

// refusals groups the names by the reason why they are declined.
func refusals(t *testing.T, names []string) string {
	reasons := map[string][]string{}
	for _, name := range names {
		r, ok := function.Declined(name)
		if !ok {
			t.Errorf("%s is of the language, neither offered nor declined with a reason", name)
		}
		reasons[r.Reason] = append(reasons[r.Reason], "`"+name+"`")
	}
	return refusalList(reasons)
}

func refusalList(reasons map[string][]string) string {
	if len(reasons) == 0 {
		return ""
	}
	out := "\nRefused:\n"
	for _, reason := range slices.Sorted(maps.Keys(reasons)) {
		out += fmt.Sprintf("- %s: %s\n", reason, strings.Join(reasons[reason], " "))
	}
	return out
}

func pluginList(*testing.T) string {
	var good []string
	reasons := map[string][]string{}
	for _, name := range plugin.Names() {
		p, _ := plugin.Lookup(name)
		if p.Declined == "" {
			good = append(good, "`"+name+"`")
		} else {
			reasons[p.Declined] = append(reasons[p.Declined], "`"+name+"`")
		}
	}
	return strings.Join(good, " ") + "\n" + refusalList(reasons)
}

// caseList names the cases of the public reference that do not pass on any back end, with the reason.
func caseList(t *testing.T) string {
	cases, err := kqltest.ReadDocCases(filepath.Join(testdata, "doc-cases.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	floor, err := os.ReadFile(filepath.Join(testdata, docFloor))
	if err != nil {
		t.Fatal(err)
	}
	passed, counted := map[string]bool{}, map[string]int{}
	for line := range strings.Lines(string(floor)) {
		if engine, id, ok := strings.Cut(strings.TrimSpace(line), " "); ok {
			passed[id] = true
			counted[engine]++
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d cases; %d pass, %d of them on the interpreter, %d on DuckDB alone.\n\n", len(cases), len(passed), counted["eval"], counted["duckdb"])
	geometry := 0
	for _, c := range cases {
		reason := contradicted[c.ID]
		switch {
		case passed[c.ID]:
			continue
		case reason == "":
			if reason = open[c.ID]; reason == "" {
				reason = refused(c.Query)
			}
		}
		if strings.Contains(reason, "geo_") {
			geometry++
			continue
		}
		fmt.Fprintf(&b, "- `%s`: %s\n", c.ID, reason)
	}
	if geometry > 0 {
		fmt.Fprintf(&b, "- %d cases of geometry\n", geometry)
	}
	return b.String()
}
