package kql_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/glasswatch/glasswatch/kql"
	"github.com/glasswatch/glasswatch/kql/plan"
)

// articleQueries are the queries of the article that the product began with, as they are printed there: without a
// table's name and with curly quotes.
var articleQueries = []string{
	"| project UserId\n| where UserId == “Place-the-break-glass-account-object-id-here”",
	"| where UserId == “Place-the-break-glass-account-object-id-here”\n| where ResultType in (0, 50140, 50055, 50072)",
}

func TestArticleQueries(t *testing.T) {
	f := func(query string, columns int, want ...string) {
		t.Helper()
		q, err := kql.Compile(query, kql.Options{Catalog: testCatalog(t)})
		if err != nil {
			t.Fatal(err)
		}
		if got := len(q.Plan.Columns()); got != columns {
			t.Errorf("got %d columns, want %d", got, columns)
		}
		var got []string
		for _, d := range q.Notes {
			got = append(got, d.String())
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s\n(-want +got):\n%s", query, diff)
		}
	}
	f(articleQueries[0], 1,
		"1:1: note GW060: the query names no table: SigninLogs is read (write SigninLogs before the pipe)",
		`2:19: note GW001: curly quotes were read as "`)
	f(articleQueries[1], 96,
		"1:1: note GW060: the query names no table: SigninLogs is read (write SigninLogs before the pipe)",
		`1:19: note GW001: curly quotes were read as "`,
		"2:20: warning GW050: a string is compared with a number: the number is taken as its text (put the number in quotes)")
}

func TestCompileErrors(t *testing.T) {
	f := func(query string, want ...string) {
		t.Helper()
		_, err := kql.Compile(query, kql.Options{Catalog: testCatalog(t)})
		var ds kql.Diagnostics
		if !errors.As(err, &ds) {
			t.Fatalf("%s: got error %v, want Diagnostics", query, err)
		}
		var got []string
		for _, d := range ds {
			got = append(got, d.String())
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s\n(-want +got):\n%s", query, diff)
		}
	}
	f("", "1:1: error KS006: the query has no expression that gives a result (end it with an expression, such as a table's name)")
	// several at once, each at its place
	f("SigninLog\n| where Userid = 'x'\n| wher x\n| take -1",
		"1:1: error KS204: there is no table \"SigninLog\" (did you mean SigninLogs?)",
		"2:16: error KS005: = gives a name; it does not compare (write == to compare)",
		"3:3: error KS176: there is no operator \"wher\" (did you mean where?)")
	f("SigninLogs | where Userid == 1 and apid == 2 | extend x = tolowr(AppId) | project x, Nope",
		"1:20: error KS142: there is no column or variable \"Userid\" (did you mean UserId?)",
		"1:36: error KS142: there is no column or variable \"apid\" (did you mean AppId?)",
		"1:59: error KS211: there is no function \"tolowr\" (did you mean tolower?)",
		"1:86: error KS142: there is no column or variable \"Nope\"")
	f("SELECT UserId FROM SigninLogs WHERE ResultType = 0",
		"1:1: error GW020: SQL is not supported here (a query begins with its table: SigninLogs | where Column == \"value\" | project Column | take 10)")
	f("where UserId == 'x'",
		"1:1: error KS174: where cannot be the first operator of a query: a table is missing (write Table | where ...)",
		"1:1: note GW060: the query names no table: SigninLogs is read (write SigninLogs before the pipe)")
	f("SigninLogs\nwhere UserId == 'x'",
		"2:1: error KS198: unexpected \"where\" (put a | before where)")
	f("SigninLogs | where UserId == \"x", "1:30: error KS001: this string has no closing \"")
	f("SigninLogs | where (UserId == 'x' | take 5",
		"1:35: error KS005: expected ), got \"|\"")
	f("SigninLogs | project UserId, | take 5", "1:30: error KS006: expected an expression, got \"|\"")
	f("SigninLogs | join kind=inner (AuditLogs | where Nope == 1) on CorrelationId | take 5", "1:49: error KS142: there is no column or variable \"Nope\"")
	f("SigninLogs | WHERE UserId == 'a' AND AppId == 'b'",
		"1:14: error KS176: operators are written in lower case (write where)",
		"1:34: error KS005: operators are written in lower case (write and)")
	f(".show tables", "1:1: error GW020: a management command is not supported here (only queries are supported; a query begins with a table)")
}

func TestCompileOptions(t *testing.T) {
	at := time.Date(2024, 6, 1, 12, 0, 0, 0, time.UTC)
	q, err := kql.Compile("print now()", kql.Options{Now: at})
	if err != nil {
		t.Fatal(err)
	}
	got, _ := q.Plan.(*plan.Project).Exprs[0].(*plan.Const).Value.Canonical()
	if want := "2024-06-01T12:00:00.0000000Z"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	q, err = kql.Compile("| take 1", kql.Options{Catalog: testCatalog(t), DefaultTable: "AuditLogs"})
	if err != nil || !strings.Contains(q.Notes[0].Message, "AuditLogs") {
		t.Errorf("got %v, %v; want a note about AuditLogs", q, err)
	}
	if _, err = kql.Compile("| take 1", kql.Options{}); err == nil {
		t.Error("a query of a table was compiled without a catalog")
	}
	if _, err = kql.Compile("print 1", kql.Options{Prelude: "let x = (;"}); err == nil || !strings.Contains(err.Error(), "prelude 1:10") {
		t.Errorf("got %v, want an error in the prelude", err)
	}
	if _, err = kql.Compile("print 1", kql.Options{Prelude: "print 2"}); err == nil {
		t.Error("a prelude that is no let statement was accepted")
	}
}

// TestHiddenColumns: hidden columns can be used by name, and never come out unless they are asked for.
func TestHiddenColumns(t *testing.T) {
	f := func(query string, want ...string) {
		t.Helper()
		q, err := kql.Compile(query, kql.Options{Catalog: testCatalog(t)})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, c := range q.Plan.Columns() {
			if c.Hidden {
				t.Errorf("%s: the result has the hidden column %s", query, c.Name)
			}
			got = append(got, c.Name)
		}
		if len(want) > 0 {
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s\n(-want +got):\n%s", query, diff)
			}
		}
	}
	f("SigninLogs")
	f("SigninLogs | where _TimeReceived > ago(1h)")
	f("SigninLogs | extend x = _TimeReceived - TimeGenerated | project-keep x, *Id | project-away *", []string{}...)
	f("SigninLogs | project UserId, _ItemId", "UserId", "_ItemId")
	f("SigninLogs | project-keep UserId | take 1", "UserId")
	f("SigninLogs | project-keep *Id, _TimeReceived | distinct *")
	f("SigninLogs | summarize arg_max(TimeGenerated, *) by _ItemId")
	f("union SigninLogs, AuditLogs | where _TimeReceived > ago(1h) | project _ItemId", "_ItemId")
	f("SigninLogs | project-reorder _ItemId")
	f("SigninLogs | project-rename Received = _TimeReceived | project-keep Received", "Received")
	f("SigninLogs | extend _ItemId = 1 | project-keep _ItemId*", "_ItemId")
	f("let x = SigninLogs | where _TimeReceived > ago(1h); x | union x")
}

func TestFormat(t *testing.T) {
	f := func(query, want string) {
		t.Helper()
		got, err := kql.Format(query)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s\n(-want +got):\n%s", query, diff)
		}
		if again, err := kql.Format(got); err != nil || again != got {
			t.Errorf("formatting twice: got %q, %v, want %q", again, err, got)
		}
	}
	f("SigninLogs|where UserId=='x' and  ResultType in (0,1)|project UserId,x=strcat('a',AppId)",
		"SigninLogs\n| where UserId == 'x' and ResultType in (0, 1)\n| project UserId, x = strcat('a', AppId)\n")
	f(articleQueries[0], "| project UserId\n| where UserId == \"Place-the-break-glass-account-object-id-here\"\n")
	f("// who\nlet a=dynamic(['x']); // the accounts\n\nSigninLogs // the table\n// only now\n|where UserId in(a) // mine\n|take 5\n// end",
		"// who\nlet a = dynamic(['x']); // the accounts\nSigninLogs // the table\n// only now\n| where UserId in (a) // mine\n| take 5\n// end\n")
	f("let f=(a:string,T:(*)){let b=a;T|where x==b};f('q',SigninLogs)",
		"let f = (a: string, T: (*)) {\n    let b = a;\n    T\n    | where x == b\n};\nf('q', SigninLogs)\n")
	long := make([]string, 8)
	for i := range long {
		long[i] = fmt.Sprintf("LongColumnName%d", i)
	}
	f("T | project "+strings.Join(long, ","), "T\n| project\n    "+strings.Join(long, ",\n    ")+"\n")
	f("T | where "+strings.Join(long, " and "), "T\n| where "+strings.Join(long, "\n    and ")+"\n")
	if _, err := kql.Format("T | where ("); err == nil {
		t.Error("a query that does not parse was formatted")
	}
}
