package duckdb

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/glasswatch/glasswatch/internal/fault"
	"github.com/glasswatch/glasswatch/internal/table"
	"github.com/glasswatch/glasswatch/kql/eval"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/sql"
)

// withoutSQL takes the SQL away from the calls of strrep and from make_list, so that a query is of both worlds.
func withoutSQL(n plan.Node) plan.Node {
	for _, e := range plan.Exprs(n) {
		plan.WalkExpr(e, func(e plan.Expr) bool {
			if c, ok := e.(*plan.Call); ok && c.Func.Name == "strrep" {
				o := *c.Overload
				o.SQL, o.SQLFunc = nil, nil
				c.Overload = &o
			}
			return true
		})
	}
	if a, ok := n.(*plan.Aggregate); ok {
		for i := range a.Aggs {
			if a.Aggs[i].Agg.Name != "make_list" {
				continue
			}
			agg := *a.Aggs[i].Agg
			agg.Overloads = append(agg.Overloads[:0:0], agg.Overloads...)
			for k := range agg.Overloads {
				agg.Overloads[k].SQL, agg.Overloads[k].SQLFunc = nil, nil
			}
			a.Aggs[i].Agg = &agg
		}
	}
	for _, below := range plan.Below(n) {
		withoutSQL(below)
	}
	return n
}

// recorder notes what is pushed.
type recorder struct {
	pusher
	texts []string
}

func (r *recorder) Push(ctx context.Context, n plan.Node, need []bool) (eval.Iterator, error) {
	if st, ok, _ := r.Statement(n, need); ok {
		r.texts = append(r.texts, st.Text)
	}
	return r.pusher.Push(ctx, n, need)
}

func TestHybrid(t *testing.T) {
	s := open(t, t.TempDir(), Options{Clock: func() time.Time { return day1.Add(time.Hour) }})
	put(t, s, table.Position{}, batch(s, 0, 3000, day1))
	f := func(query string, pushed []string, want ...string) {
		t.Helper()
		n := withoutSQL(compile(t, s, query))
		var names []string
		for _, c := range n.Columns() {
			names = append(names, c.Name)
		}
		if diff := cmp.Diff(want, all(t, s, n, names...)); diff != "" {
			t.Errorf("%s: %s", query, diff)
		}
		r := &recorder{pusher: pusher{sql.NewPusher(n, sql.DuckDB, s.names), s}}
		run, err := eval.Run(t.Context(), r.Root, r, eval.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer run.Close()
		for err == nil {
			_, err = run.Next()
		}
		if len(r.texts) != len(pushed) {
			t.Errorf("%s: pushed %q", query, r.texts)
			return
		}
		for i, part := range pushed {
			for p := range strings.SplitSeq(part, "|") {
				p, absent := strings.CutPrefix(p, "!")
				if strings.Contains(r.texts[i], p) == absent {
					t.Errorf("%s: pushed %s, want %s", query, r.texts[i], part)
				}
			}
		}
	}
	f("SigninLogs | where DurationMs < 2 | extend x = strrep(ResultType, 2) | project x, DurationMs | sort by DurationMs asc",
		[]string{`"DurationMs" < 2|"ResultType"|!"UserId"`}, "00 0", "11 1")
	f("SigninLogs | summarize n = count() by ResultType | extend x = strrep(ResultType, 2) | where n > 0 | sort by x asc | project x, n",
		[]string{`GROUP BY|!"UserId"`}, "00 1000", "11 1000", "22 1000")
	f("SigninLogs | where strrep(ResultType, 2) == '11' and DurationMs between (4 .. 10) | project DurationMs | sort by DurationMs asc",
		[]string{`BETWEEN`}, "4", "7", "10")
	f("SigninLogs | where DurationMs < 3 | sort by DurationMs desc | summarize l = make_list(_ItemId)", // a hidden column is read where it is needed
		[]string{`_ItemId|ORDER BY|!"UserId"`}, `["0000000000000003fffffffffffffffd","0000000000000002fffffffffffffffe","0000000000000001ffffffffffffffff"]`)
	f("union (SigninLogs | where DurationMs == 1 | project a = strrep(ResultType, 1)), (SigninLogs | where DurationMs == 2 | project a = ResultType) | sort by a asc",
		[]string{`= 1`, `= 2`}, "1", "2")
	f("SigninLogs | where LocationDetails.city == 'Oslo' and Status.errorCode == 2 | take 3 | extend x = strrep(tostring(Status.errorCode), 2) | project x",
		[]string{`"Status.errorCode~whole"|LIMIT 3`}, "22", "22", "22")
	f("SigninLogs | extend x = strrep(ResultType, 2), d = DurationMs + 1 | where x != '' and d < 4 | sort by d asc | project d | where d > 1", // conditions sink
		[]string{`"DurationMs"::HUGEINT + 1::BIGINT|::BIGINT < 4|::BIGINT > 1`}, "2", "3")
	f("print x = strrep('a', 2)", nil, "aa")
}

// The limits of a query hold for what the interpreter computes, and for what the engine computes for it.
func TestHybridLimits(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	put(t, s, table.Position{}, batch(s, 0, 3000, day1))
	f := func(l table.Limits, query string, want fault.Code) {
		t.Helper()
		rows, err := s.Query(t.Context(), withoutSQL(compile(t, s, query)), l)
		if err == nil {
			defer rows.Close()
			for err == nil {
				_, err = rows.Next()
			}
		}
		if fault.CodeOf(err) != want || fault.NextOf(err) == "" {
			t.Errorf("%s: %v (next: %s), want %v", query, err, fault.NextOf(err), want)
		}
	}
	const all = "SigninLogs | extend x = strrep(ResultType, 2)"
	f(table.Limits{Rows: 2999}, all, fault.TooLarge)
	f(table.Limits{Bytes: 10000}, all, fault.TooLarge)
	f(table.Limits{Time: time.Nanosecond}, all, fault.TooLarge)
	many := "union " + strings.TrimSuffix(strings.Repeat("SigninLogs, ", 30), ", ")
	f(table.Limits{Time: 10 * time.Millisecond}, many+" | extend x = strrep(UserPrincipalName, 1000) | summarize max(x)", fault.TooLarge)
	f(table.Limits{}, many+" | extend x = strrep(UserPrincipalName, 1000) | sort by x", fault.TooLarge) // memory
	const city = " | project k = strrep(tostring(LocationDetails.city), 1)"
	f(table.Limits{Time: 200 * time.Millisecond}, many+city+" | join kind=inner ("+many+city+") on k | count", fault.TooLarge)
	f(table.Limits{Time: 200 * time.Millisecond}, many+" | project k = tostring(LocationDetails.city) | join kind=inner ("+many+" | project k = tostring(LocationDetails.city)) on k | extend x = strrep(k, 2) | count", fault.TooLarge)
	f(table.Limits{Time: 200 * time.Millisecond}, "range x from 1 to 1000000000000 step 1 | extend y = strrep('a', x % 2) | where y == 'b' | count", fault.TooLarge)
	if len(s.slots) != 0 {
		t.Errorf("%d slots are still taken", len(s.slots))
	}
}

func TestHybridCancel(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	put(t, s, table.Position{}, batch(s, 0, 3000, day1))
	ctx, cancel := context.WithCancel(t.Context())
	rows, err := s.Query(ctx, withoutSQL(compile(t, s, "union SigninLogs, SigninLogs, SigninLogs | project strrep(ResultType, 2)")), table.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := rows.Next(); err != nil {
		t.Fatal(err)
	}
	cancel()
	n := 0
	for ; err == nil; n++ {
		_, err = rows.Next()
	}
	if !errors.Is(err, context.Canceled) || n >= 9000 {
		t.Errorf("after cancelling: %d rows, %v", n, err)
	}
	rows.Close()
	if _, err := rows.Next(); err != io.EOF {
		t.Error("after closing:", err)
	}
	if len(s.slots) != 0 {
		t.Error("a slot is still taken")
	}
}

// A long pipeline with something without SQL in it is compiled twice, not once for each of its operators.
func TestHybridCompilesOnce(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	query := "SigninLogs | extend x = strrep(ResultType, 2)"
	for i := range 40 {
		query += fmt.Sprintf(" | where x != 'a%d' | extend y%[1]d = x", i)
	}
	n := withoutSQL(compile(t, s, query+" | count"))
	_, err := sql.Compile(n, sql.DuckDB, s.names)
	var why *sql.Unsupported
	if !errors.As(err, &why) || len(why.Nodes) != 82 {
		t.Fatalf("%v, %d nodes", err, len(why.Nodes))
	}
	if got := all(t, s, n, "Count"); got[0] != "0" {
		t.Error(got)
	}
}
