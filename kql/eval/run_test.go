package eval_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/glasswatch/glasswatch/kql"
	"github.com/glasswatch/glasswatch/kql/eval"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// store is a source of records in memory.
type store struct {
	records map[string][]*record
	open    int // scans that are not closed
}

func (s *store) Scan(_ context.Context, t *plan.Table) (eval.Iterator, error) {
	s.open++
	return &scan{s: s, left: s.records[t.Name]}, nil
}

type scan struct {
	s      *store
	left   []*record
	closed bool
}

func (s *scan) Next() (eval.Row, error) {
	if len(s.left) == 0 {
		return nil, io.EOF
	}
	r := s.left[0]
	s.left = s.left[1:]
	return r, nil
}

func (s *scan) Close() error {
	if !s.closed {
		s.closed = true
		s.s.open--
	}
	return nil
}

// run returns the rows as lines.
func run(t testing.TB, n plan.Node, src eval.Source, o eval.Options) ([]string, error) {
	t.Helper()
	r, err := eval.Run(t.Context(), n, src, o)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var out []string
	for {
		row, err := r.Next()
		if err == io.EOF {
			return out, nil
		}
		if err != nil {
			return out, err
		}
		texts := make([]string, len(row))
		for i, v := range row {
			s, isNull := v.Canonical()
			if isNull {
				s = "null"
			}
			texts[i] = s
		}
		out = append(out, strings.Join(texts, " "))
	}
}

func TestRun(t *testing.T) {
	const numbers = `datatable(k: string, x: real, n: long)["b", 2.0, 1, "a", real(null), 2, "a", real(nan), 3, "c", -1.5, 4, "a", 2.0, long(null)] | `
	f := func(query string, want ...string) {
		t.Helper()
		got, err := run(t, compile(t, nil, query), nil, eval.Options{})
		if err != nil {
			t.Errorf("%s: %v", query, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", query, diff)
		}
	}
	f(`print 1 + 2, "a"`, "3 a")
	f(numbers+`where n > 2 | project n, twice = n * 2 | extend more = twice + 1`, "3 6 7", "4 8 9")
	f(numbers+`sort by x asc | project x`, "null", "NaN", "-1.5", "2", "2")
	f(numbers+`sort by x desc | project x`, "2", "2", "-1.5", "NaN", "null")
	f(numbers+`sort by x asc nulls last | project x`, "-1.5", "2", "2", "NaN", "null")
	f(numbers+`sort by x desc nulls first | project x`, "null", "NaN", "2", "2", "-1.5")
	f(numbers+`sort by k asc, n desc | project k, n`, "a 3", "a 2", "a null", "b 1", "c 4")
	f(numbers+`top 2 by n | project n`, "4", "3")
	f(numbers + `top 0 by n | project n`)
	f(numbers+`top 3 by k asc | project k, n`, "a 2", "a 3", "a null")
	f(numbers+`take 2 | project k`, "b", "a")
	f(numbers+`distinct k`, "b", "a", "c")
	f(numbers+`summarize c = count(), s = sum(n), d = dcount(x) by k`, "b 1 1 1", "a 3 5 2", "c 1 4 1")
	f(numbers+`summarize sum(x), max(n), make_list(n), avg(n)`, "NaN 4 [1,2,3,4] 2.5")
	f(numbers+`where n > 9 | summarize sum(n), avg(n), min(n), make_set(k), count(), max(k), stdev(n)`, "0 NaN null [] 0  0")
	f(numbers + `where n > 9 | summarize count() by k`)
	f(numbers+`summarize arg_max(n, k, x)`, "4 c -1.5")
	f(numbers+`summarize arg_min(x, n) by k | sort by k asc`, "a 2 null", "b 2 1", "c -1.5 4")
	f(numbers+`count`, "5")
	f(numbers+`where k == "a" | union (datatable(k: string)["z"]) | project k, n`, "a 2", "a 3", "a null", "z null")
	f(numbers+`summarize by isnull(n)`, "false", "true")
	f(`datatable(d: dynamic)[dynamic({"a": [1, {"b": "x"}]}), dynamic(null), dynamic([1])] | project d.a[1].b, d.a[-2], d["a"][0], d[0]`, `"x" 1 1 null`, "null null null null", "null null null 1")
	f(`datatable(d: dynamic, i: long, k: string)[dynamic([5, 6]), 1, "", dynamic({"p": 7}), 0, "p"] | project d[i], d[k]`, "6 null", "null 7")
	f(`print x = iff(false, 1 / 0, 2), y = case(false, 1, true, 3, 4), z = coalesce(long(null), 5)`, "2 3 5")
}

func TestRunReadsTables(t *testing.T) {
	c := signIns()
	src := &store{records: map[string][]*record{
		"SigninLogs":                      {c.record("SigninLogs", map[string]value.Value{"UserId": text("a"), "ResultType": text("0")}), c.record("SigninLogs", map[string]value.Value{"UserId": text("b"), "ResultType": text("50126")})},
		"AADNonInteractiveUserSignInLogs": {c.record("AADNonInteractiveUserSignInLogs", map[string]value.Value{"UserId": text("a"), "ResultType": text("1")})},
	}}
	got, err := run(t, compile(t, c, `union SigninLogs, AADNonInteractiveUserSignInLogs | summarize n = count(), codes = make_set(ResultType) by UserId | sort by UserId asc`), src, eval.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{`a 2 ["0","1"]`, `b 1 ["50126"]`}, got); diff != "" {
		t.Error(diff)
	}
	if src.open != 0 {
		t.Errorf("%d scans were left open", src.open)
	}
}

func TestRunClosesEarly(t *testing.T) {
	c := signIns()
	src := &store{records: map[string][]*record{"SigninLogs": {c.record("SigninLogs", nil), c.record("SigninLogs", nil)}}}
	r, err := eval.Run(t.Context(), compile(t, c, "union SigninLogs, SigninLogs | project UserId"), src, eval.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Next(); err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if src.open != 0 {
		t.Errorf("%d scans were left open", src.open)
	}
	if _, err := r.Next(); err != io.EOF {
		t.Errorf("after Close: %v, want io.EOF", err)
	}
}

// endless is a table without an end.
type endless struct{ r *record }

func (e endless) Scan(context.Context, *plan.Table) (eval.Iterator, error) { return e, nil }
func (e endless) Next() (eval.Row, error)                                  { return e.r, nil }
func (e endless) Close() error                                             { return nil }

func TestRunIsBounded(t *testing.T) {
	c := signIns()
	src := endless{c.record("SigninLogs", map[string]value.Value{"UserId": text(strings.Repeat("x", 1000))})}
	f := func(query string, o eval.Options) {
		t.Helper()
		if _, err := run(t, compile(t, c, query), src, o); !errors.Is(err, eval.ErrTooLarge) {
			t.Errorf("%s: %v, want ErrTooLarge", query, err)
		}
	}
	f("SigninLogs | sort by UserId", eval.Options{MaxRows: 100})
	f("SigninLogs | sort by UserId", eval.Options{MaxBytes: 1 << 20})

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r, err := eval.Run(ctx, compile(t, c, "SigninLogs | count"), src, eval.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Next(); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled run gives %v", err)
	}
}

// TestLateArguments runs a plugin whose constants are known only when the plan runs.
func TestLateArguments(t *testing.T) {
	q, err := kql.Compile(`datatable(u: string, t: datetime)["a", datetime(2026-11-20), "b", datetime(2026-11-21)] | evaluate activity_counts_metrics(u, t, ago(36h), now(), 1d) | project dcount`, kql.Options{LiveNow: true})
	if err != nil {
		t.Fatal(err)
	}
	for day, want := range map[int]int64{21: 2, 22: 1} {
		now, _ := value.Ticks(time.Date(2026, 11, day, 0, 0, 0, 0, time.UTC))
		r, err := eval.Run(t.Context(), q.Plan, nil, eval.Options{Now: now})
		if err != nil {
			t.Fatal(err)
		}
		total := int64(0)
		for {
			row, err := r.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			total += row[0].Int()
		}
		if total != want {
			t.Errorf("on %d: %d, want %d", day, total, want)
		}
	}
}

func TestLocate(t *testing.T) {
	q, err := kql.Compile(`datatable(ip: string)["1.1.1.1", "x"] | project geo_info_from_ip_address(ip).country`, kql.Options{})
	if err != nil {
		t.Fatal(err)
	}
	locate := func(ip string) value.Value {
		if ip == "x" {
			return value.Null(value.Dynamic)
		}
		v, _ := value.ParseJSON(`{"country": "Australia"}`)
		return v
	}
	got, err := run(t, q.Plan, nil, eval.Options{Locate: locate})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{`"Australia"`, "null"}, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
