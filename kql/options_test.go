package kql_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/glasswatch/glasswatch/kql"
	"github.com/glasswatch/glasswatch/kql/eval"
	"github.com/glasswatch/glasswatch/kql/value"
)

// answerOf compiles and runs a query that reads no table, and returns its rows as text, or its errors.
func answerOf(t *testing.T, query string, o kql.Options) []string {
	t.Helper()
	o.Catalog = testCatalog(t)
	q, err := kql.Compile(query, o)
	var ds kql.Diagnostics
	if errors.As(err, &ds) {
		var out []string
		for _, d := range ds.Errors() {
			out = append(out, d.String())
		}
		return out
	}
	r, err := eval.Run(t.Context(), q.Plan, nil, eval.Options{})
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer r.Close()
	var out []string
	for {
		row, err := r.Next()
		if err != nil {
			return out
		}
		text := ""
		for i, v := range row {
			if i > 0 {
				text += "|"
			}
			text += v.ToText()
		}
		out = append(out, text)
	}
}

func TestParameters(t *testing.T) {
	f := func(query string, given map[string]value.Value, want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, answerOf(t, query, kql.Options{Parameters: given})); diff != "" {
			t.Errorf("%s: %s", query, diff)
		}
	}
	type values = map[string]value.Value
	text := value.NewString
	f(`declare query_parameters(x: long = 5, y: string = "a"); print x, y`, nil, "5|a")
	f(`declare query_parameters(x: long = 5, y: string = "a"); print x + 1, y`, values{"x": value.NewLong(7), "y": text("b")}, "8|b")
	f(`declare query_parameters(x: long); print x`, values{"x": text("7")}, "7")
	f(`declare query_parameters(x: datetime, p: timespan, b: bool); print x + p, b`, values{"x": text("2026-01-02"), "p": text("1.00:00:00"), "b": text("true")}, "2026-01-03T00:00:00.0000000Z|True")
	f(`declare query_parameters(d: dynamic); print d.a`, values{"d": text(`{"a": [1]}`)}, "[1]")
	f(`declare query_parameters(d: dynamic = dynamic([1, 2])); range x from 1 to 3 step 1 | where x in (d)`, nil, "1", "2")
	f(`declare query_parameters(x: long); let y = x * 2; range r from 1 to y step 1 | count`, values{"x": value.NewLong(2)}, "4")
	f(`declare query_parameters(x: long); print x`, nil, "1:26: error GW044: the parameter x has no value (give it with the query, or a default: x: long = ...)")
	f(`declare query_parameters(x: long); print x`, values{"x": text("many")}, `1:26: error GW044: the value of the parameter x, "many", is not a long`)
	f(`declare query_parameters(x: nope); print 1`, nil, `1:29: error KS160: "nope" is not a type`)
	f(`declare query_parameters(x: string = strcat("a", "b")); print x`, nil, "ab")
}

func TestFunctions(t *testing.T) {
	stored := map[string]string{
		"Double":  "(x: long) { x * 2 }",
		"Four":    "{ Double(2) }",
		"Numbers": "range x from 1 to 3 step 1 // of the test",
		"Big":     "(T: (x: long), least: long = 2) { T | where x >= least }",
		"Loop":    "() { Loop() }",
		"Broken":  "(x: long) { x +",
		"Wrong":   "() { print nosuch }",
		"Lets":    "(n: long) { let m = n + 1; range y from n to m step 1 }",
	}
	f := func(query string, want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, answerOf(t, query, kql.Options{Functions: stored, Prelude: "let Ten = Double(5);"})); diff != "" {
			t.Errorf("%s: %s", query, diff)
		}
	}
	f("print Double(4), Four(), Ten", "8|4|10")
	f("Numbers | where x > 2", "3")
	f("Numbers() | invoke Big() | count", "2")
	f("Numbers | invoke Big(least = 3)", "3")
	f("Big(Numbers)", "2", "3")
	f("Lets(5)", "5", "6")
	f(`database("any").Numbers | count`, "3")
	f("let Double = (x: long) { x * 3 }; print Double(4), Four()", "12|4")
	f("print Dubble(1)", `1:7: error KS211: there is no function "Dubble" (did you mean Double?)`)
	f("print Broken(1)", `1:1: error GW045: the stored function Broken cannot be read: 1:24: error KS006: expected an expression, got ";"`)
	f("Wrong()", `1:1: error KS142: in a shipped definition: there is no variable "nosuch"`)
	f("print Loop()", "1:7: error GW003: in a shipped definition: functions are nested more than 100 deep")
}

func TestSet(t *testing.T) {
	at := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	f := func(query string, want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, answerOf(t, query, kql.Options{Now: at})); diff != "" {
			t.Errorf("%s: %s", query, diff)
		}
	}
	f("set query_now = datetime(2020-02-03); print now(), ago(1d)", "2020-02-03T00:00:00.0000000Z|2020-02-02T00:00:00.0000000Z")
	f("set query_take_max_records = 2; range x from 1 to 5 step 1", "1", "2")
	f("set notruncation; set unheard_of = 5; print 1", "1")
	f("set query_now = 'soon'; print 1", "1:17: error KS120: set query_now needs a constant datetime")
	f(`set query_datetimescope_from = datetime(2020-01-01); print 1`, "1:5: error GW020: set query_datetimescope_from is not supported (filter the tables by their time)")
}

// TestElsewhere compiles what names a place of its own.
func TestElsewhere(t *testing.T) {
	f := func(query, want string) {
		t.Helper()
		_, err := kql.Compile(query, kql.Options{Catalog: testCatalog(t)})
		var ds kql.Diagnostics
		switch {
		case want == "" && err != nil:
			t.Errorf("%s: %v", query, err)
		case want == "":
		case !errors.As(err, &ds) || ds.Errors()[0].String() != want:
			t.Errorf("%s: %v, want %s", query, err, want)
		}
	}
	f(`workspace("w").SigninLogs | count`, "")
	f(`union SigninLogs, workspace("w").AuditLogs, database("d").SigninLogs | count`, "")
	f(`SigninLogs | where UserId in (database("d").AuditLogs | project CorrelationId) | count`, "")
	f(`SigninLogs | join kind=inner workspace("w").AuditLogs on CorrelationId | count`, "")
	f(`cluster("c").database("d").SigninLogs | count`, `1:1: error GW020: cluster() is not supported as the place of a table (name the table alone: all tables are in one place)`)
	f(`app("a").requests | count`, `1:1: error GW020: app() is not supported as the place of a table (name the table alone: all tables are in one place)`)
	f(`externaldata(a: string, b: long)["https://example.com/x.csv"] with (format="csv", ignoreFirstRecord=true) | count`, "")
	f(`externaldata(a: string)["https://example.com/x.parquet"] with (format="parquet")`,
		`1:71: error GW020: externaldata does not read the format "parquet" (the formats are csv, tsv, psv, scsv, sohsv, json, multijson, txt, raw)`)
	f(`restrict access to (SigninLogs); SigninLogs | count`, `1:1: error GW020: restrict access is not supported here (give each reader queries of its own)`)
	f(`alias database d = cluster("c").database("d"); SigninLogs | count`, `1:1: error GW020: alias is not supported here (name the tables alone: all are in one place)`)
	f(`declare pattern p = (a: string) { ("x") = { SigninLogs } }; p("y") | count`, `1:61: error GW046: the pattern has no case for the reference: p('y')`)
}
