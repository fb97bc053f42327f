package kql_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/glasswatch/glasswatch/kql"
	"github.com/glasswatch/glasswatch/kql/eval"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// TestOpen compiles queries with columns that only the data tell, without the data.
func TestOpen(t *testing.T) {
	const unpack = `SigninLogs | evaluate bag_unpack(LocationDetails) `
	f := func(query, want string) {
		t.Helper()
		q, err := kql.Compile(query, kql.Options{Catalog: oneTable()})
		if err != nil {
			t.Errorf("%s\n%v", query, err)
			return
		}
		var got []string
		for _, c := range q.Plan.Columns() {
			got = append(got, c.Name)
		}
		if !q.Open || strings.Join(got, ", ") != want {
			t.Errorf("%s\nopen: %t, columns %s, want %s", query, q.Open, strings.Join(got, ", "), want)
		}
		if _, err := eval.Run(context.Background(), q.Plan, nil, eval.Options{}); err == nil {
			t.Errorf("%s\nruns", query)
		}
	}
	f(unpack, "TimeGenerated, UserId, ResultType")
	f(unpack+`| where city == "Oslo" and n > 5 | extend x = tolower(city), y = n + 1`, "TimeGenerated, UserId, ResultType, x, y")
	f(unpack+`| project UserId, city | where city has "x"`, "UserId, city")
	f(unpack+`| summarize n = count(), max(m) by city, bin(t, 1h) | sort by n desc`, "city, t, n, max_m")
	f(unpack+`| project-away state | project-rename place = city | project-reorder geo, UserId | top 5 by place`, "UserId, TimeGenerated, ResultType")
	f(unpack+`| union SigninLogs | distinct UserId, city`, "UserId, city")
	f(unpack+`| evaluate pivot(city, count(), UserId) | extend z = Oslo`, "UserId, z")
	f(unpack+`| evaluate bag_unpack(geo) | count`, "Count")
	f(`SigninLogs | evaluate pivot(UserId) | extend a = column_ifexists("x", 1)`, "TimeGenerated, ResultType, LocationDetails, a")
	f(`let f = (T: (*)) { T | evaluate bag_unpack(LocationDetails) | where city != "" }; f(SigninLogs) | take 5`, "TimeGenerated, UserId, ResultType")
}

// TestOpenErrors checks that an open table hides no mistakes but those that it may explain.
func TestOpenErrors(t *testing.T) {
	f := func(query, code string) {
		t.Helper()
		_, err := kql.Compile(query, kql.Options{Catalog: oneTable()})
		var ds kql.Diagnostics
		if !errors.As(err, &ds) || ds[0].Code != code {
			t.Errorf("%s\ngot %v, want %s", query, err, code)
		}
	}
	f(`SigninLogs | where city == "x" | evaluate bag_unpack(LocationDetails)`, "KS142")
	f(`SigninLogs | evaluate bag_unpack(LocationDetail)`, "KS142")
	f(`SigninLogs | evaluate bag_unpack(LocationDetails) | project UserId | where city == "x"`, "KS142")
	f(`SigninLogs | evaluate bag_unpack(LocationDetails) | where UserId > 5`, "KS106")
	f(`SigninLogs | evaluate bag_unpack(LocationDetails) | where nosuch(city)`, "KS211")
	f(`SigninLogs | evaluate bag_unpack(LocationDetails) : (city: string) | where UserId == "x"`, "KS142")
}

// TestDiscover checks that what Discover says is what the compiler goes on with, and that its error comes back.
func TestDiscover(t *testing.T) {
	found := &plan.Values{Cols: []plan.Column{{Name: "n", Type: value.Long}}, Rows: [][]value.Value{{value.NewLong(7)}}}
	calls := 0
	o := kql.Options{Catalog: oneTable(), Discover: func(n *plan.Evaluate) (*plan.Values, error) {
		calls++
		return found, nil
	}}
	q, err := kql.Compile(`let u = SigninLogs | evaluate bag_unpack(LocationDetails); u | union u | where n == 7`, o)
	if err != nil || q.Open || calls != 1 {
		t.Fatalf("%v, %d calls, %+v", err, calls, q)
	}
	var names []string // those of the input, but for the bag, and behind them what was found
	for _, c := range q.Plan.Columns() {
		names = append(names, c.Name)
	}
	if got := strings.Join(names, ", "); got != "TimeGenerated, UserId, ResultType, n" {
		t.Errorf("columns %s", got)
	}
	if q, err = kql.Compile(`SigninLogs | evaluate pivot(UserId) | where n == 7`, o); err != nil || q.Plan.Columns()[0] != found.Cols[0] {
		t.Errorf("%v, %+v", err, q)
	}
	broken := errors.New("the disk is on fire")
	o.Discover = func(*plan.Evaluate) (*plan.Values, error) { return nil, broken }
	if _, err := kql.Compile(`SigninLogs | evaluate pivot(UserId)`, o); !errors.Is(err, broken) {
		t.Errorf("got %v, want %v", err, broken)
	}
}

// TestDiscoverNothing checks that a plugin that gave no rows has the columns that the query asks it for, of types that
// fit, and that it is run once; with rows, a column that they lack is an error.
func TestDiscoverNothing(t *testing.T) {
	calls, found := 0, &plan.Values{Cols: []plan.Column{{Name: "UserId", Type: value.String}}}
	o := kql.Options{Catalog: oneTable(), Discover: func(n *plan.Evaluate) (*plan.Values, error) {
		calls++
		return found, nil
	}}
	good := func(query string, columns ...string) {
		t.Helper()
		calls = 0
		q, err := kql.Compile(query, o)
		if err != nil || q.Open {
			t.Errorf("%s: %v, open", query, err)
			return
		}
		var got []string
		for _, c := range q.Plan.Columns() {
			got = append(got, c.Name+":"+c.Type.String())
		}
		if diff := cmp.Diff(columns, got); diff != "" || calls != 1 {
			t.Errorf("%s: %d calls, %s", query, calls, diff)
		}
		r, err := eval.Run(context.Background(), q.Plan, nil, eval.Options{})
		if err != nil {
			t.Errorf("%s: %v", query, err)
			return
		}
		if _, err := r.Next(); !errors.Is(err, io.EOF) {
			t.Errorf("%s: %v, want no rows", query, err)
		}
	}
	good(`SigninLogs | evaluate pivot(UserId) | where city == "x"`, "UserId:string")
	good(`SigninLogs | evaluate bag_unpack(LocationDetails) | where city == "x"`, "TimeGenerated:datetime", "UserId:string", "ResultType:string")
	good(`SigninLogs | evaluate bag_unpack(LocationDetails) | where city == "x" | summarize n = count() by city, UserId`, "city:string", "UserId:string", "n:long")
	good(`SigninLogs | evaluate bag_unpack(LocationDetails) | extend C = tostring(geo.lat), Total = yes + no | where Total > 5 | project UserId, C, Total`, "UserId:string", "C:string", "Total:dynamic")
	good(`SigninLogs | evaluate bag_unpack(LocationDetails) | where at > ago(1d) and isnotempty(city) | summarize max(at) by city`, "city:string", "max_at:datetime")
	good(`SigninLogs | evaluate pivot(UserId) | join kind=inner (datatable(a: string)[]) on a | project a`, "a:string")
	found.Rows = [][]value.Value{{value.NewString("x")}}
	if _, err := kql.Compile(`SigninLogs | evaluate bag_unpack(LocationDetails) | where city == "x"`, o); err == nil {
		t.Error("a column that the rows do not have is taken")
	}
}
