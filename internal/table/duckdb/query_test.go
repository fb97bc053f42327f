package duckdb

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/glasswatch/glasswatch/internal/fault"
	"github.com/glasswatch/glasswatch/internal/table"
	"github.com/glasswatch/glasswatch/kql"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/sql"
	"github.com/glasswatch/glasswatch/kql/value"
)

func compile(t testing.TB, s *Store, query string) plan.Node {
	t.Helper()
	q, err := kql.Compile(query, kql.Options{Catalog: s.catalog, Now: day1})
	if err != nil {
		t.Fatal(err)
	}
	return q.Plan
}

func TestQuery(t *testing.T) {
	s := open(t, t.TempDir(), small(Options{Clock: func() time.Time { return day1.Add(72 * time.Hour) }}))
	put(t, s, table.Position{}, batch(s, 0, 5000, day1))
	check := func(when string) {
		t.Helper()
		f := func(query string, want ...string) {
			t.Helper()
			n := compile(t, s, query)
			var names []string
			for _, c := range n.Columns() {
				if !c.Hidden {
					names = append(names, c.Name)
				}
			}
			if diff := cmp.Diff(want, all(t, s, n, names...)); diff != "" {
				t.Errorf("%s: %s: %s", when, query, diff)
			}
			ctx := context.Background()
			e, err := evaluate(ctx, s, n) // both ways must agree
			if err != nil {
				t.Fatal(err)
			}
			defer e.close()
			var got []string
			for {
				row, _, err := e.next(ctx)
				if err == io.EOF {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				var line []string
				for _, v := range row {
					line = append(line, v.ToText())
				}
				got = append(got, strings.Join(line, " "))
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s: interpreted: %s: %s", when, query, diff)
			}
		}
		f("SigninLogs | count", "5000")
		f("SigninLogs | where UserPrincipalName == 'user-4711@contoso.example' | project DurationMs, Status.errorCode, LocationDetails.city", "4711 1 Oslo")
		f("SigninLogs | summarize n = count() by ResultType | sort by ResultType asc", "0 1667", "1 1667", "2 1666")
		f("SigninLogs | where LocationDetails.countryOrRegion == 'NO' and Status.errorCode == 2 | count", "1666")
		f("SigninLogs | where LocationDetails.countryOrRegion == 'SE' | count", "0")
		f("SigninLogs | summarize id = take_any(_ItemId) by DurationMs | where DurationMs == 3 | project id", "0000000000000004fffffffffffffffc")
		f("SigninLogs | where isempty(UserId) and isnull(_BilledSize) | top 1 by TimeGenerated desc | project DurationMs", "4999")
	}
	check("fresh")
	if n, err := s.Compact(t.Context()); err != nil || n != 5000 {
		t.Fatal(n, err)
	}
	check("closed")
}

func TestLimits(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	put(t, s, table.Position{}, batch(s, 0, 3000, day1))
	f := func(l table.Limits, query string, want fault.Code) {
		t.Helper()
		rows, err := s.Query(t.Context(), compile(t, s, query), l)
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
	f(table.Limits{Rows: 2999}, "SigninLogs", fault.TooLarge)
	f(table.Limits{Bytes: 10000}, "SigninLogs", fault.TooLarge)
	f(table.Limits{Time: time.Nanosecond}, "SigninLogs", fault.TooLarge)

	ctx, cancel := context.WithCancel(t.Context())
	rows, err := s.Query(ctx, compile(t, s, "union SigninLogs, SigninLogs, SigninLogs | project DurationMs"), table.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	for err == nil {
		_, err = rows.Next()
	}
	if !errors.Is(err, context.Canceled) {
		t.Error("after cancelling:", err)
	}
	rows.Close()
	if len(s.slots) != 0 {
		t.Error("a slot is still taken")
	}
}

// While rows are staged and committed, every query sees whole commits only, and none fails.
func TestQueriesDuringIngest(t *testing.T) {
	s := open(t, t.TempDir(), small(Options{}))
	q := compile(t, s, "SigninLogs | summarize n = count(), last = max(DurationMs)")
	done := make(chan struct{})
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				rows, err := s.Query(context.Background(), q, table.Limits{})
				if err != nil {
					t.Error(err)
					return
				}
				row, err := rows.Next()
				if err != nil {
					t.Error(err)
				} else if n := row[0].Int(); n%700 != 0 || n > 0 && row[1].Int() != n-1 {
					t.Errorf("saw %d rows, the last is %d", n, row[1].Int())
				}
				rows.Close()
			}
		})
	}
	for i := range 25 {
		put(t, s, table.Position{Segment: 1, Offset: int64(i)}, batch(s, i*700, 700, day1))
	}
	close(done)
	wg.Wait()
}

// What the compiler asks for is a name that exists.
func TestNames(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	err := s.read(t.Context(), func(ctx context.Context, c *conn) error {
		for _, schema := range s.catalog.Schemas() {
			var cols []string
			for i := range schema.Plan.Columns {
				cols = append(cols, s.names.Column(schema.Plan, i))
			}
			for _, p := range schema.Promoted {
				if p, ok := s.names.Path(schema.Plan, p.Column, p.Steps); ok {
					cols = append(cols, p.Text, p.Quoted)
				}
			}
			if len(cols) != len(slices.Compact(slices.Sorted(slices.Values(cols)))) {
				t.Errorf("%s has a name twice", schema.Name)
			}
			text := fmt.Sprintf("SELECT %s FROM %s", strings.Join(cols, ", "), s.names.Table(schema.Plan))
			if err := c.query(ctx, text, nil, func(chunkRow) error { return nil }); err != nil {
				t.Errorf("%s: %v", schema.Name, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := s.names.Path(s.catalog.Table("SigninLogs"), s.catalog.Schema("SigninLogs").Column("Status"), []string{"errorCode"}); !ok {
		t.Error("Status.errorCode is no column")
	}
	st, err := sql.Compile(compile(t, s, "SigninLogs | where Status.errorCode == 50126 | count"), sql.DuckDB, s.names)
	if err != nil || !strings.Contains(st.Text, `"Status.errorCode~whole" = 50126`) {
		t.Errorf("the promoted column is not used: %s, %v", st.Text, err)
	}
}

// No query can reach beyond the tables, and no setting can be changed.
func TestLocked(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	err := s.read(t.Context(), func(ctx context.Context, c *conn) error {
		for _, statement := range []string{
			"SELECT * FROM read_text('/etc/hostname')", "COPY (SELECT 1) TO '/tmp/glasswatch-test.csv'", "INSTALL httpfs", "LOAD httpfs",
			"SET enable_external_access = true", "SET memory_limit = '10GB'", "ATTACH '/tmp/glasswatch-other.db' AS other",
		} {
			if err := c.exec(statement); err == nil {
				t.Errorf("%s: no error", statement)
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestJSONAt(t *testing.T) {
	f := func(text, want string, steps ...string) {
		t.Helper()
		if got := string(jsonAt([]byte(text), steps)); got != want {
			t.Errorf("%s at %v: %q, want %q", text, steps, got, want)
		}
	}
	f(`{"a":1}`, "1", "a")
	f(` { "a" : { "b" : [1, {"c":"}"}] , "x":2} } `, `[1, {"c":"}"}]`, "a", "b")
	f(`{"x":"\"a\":5","a":"é \\"}`, `"é \\"`, "a")
	f(`{"a":1,"a":2}`, "2", "a")
	f(`{"\u0061":1}`, "1", "a")
	f(`{"a":null}`, "", "a")
	f(`{"a":null}`, "", "a", "b")
	f(`{"a":"x"}`, "", "a", "b")
	f(`{"ab":1}`, "", "a")
	f(`[]`, "", "a")
	f(`{}`, "", "a")
	f(`"a"`, "", "a")
	f(`{"a":true,"b":-1.5e3}`, "-1.5e3", "b")
}

func FuzzJSONAt(f *testing.F) {
	f.Add(`{"a":{"b":"x\"y"}}`)
	f.Add(`{"a`)
	f.Add(`{"a":[{"b":1},`)
	f.Add(`{"`)
	f.Fuzz(func(t *testing.T, text string) { // never panics, also on what is not valid
		_ = jsonAt([]byte(text), []string{"a", "b"})
	})
}

// An interrupt that comes while a query ends must not reach a connection that is closed: the process would crash.
func TestInterruptWhileClosing(t *testing.T) {
	s := open(t, t.TempDir(), small(Options{}))
	for i := range 300 {
		ctx, cancel := context.WithCancel(t.Context())
		c, err := connect(s.db)
		if err != nil {
			t.Fatal(err)
		}
		st, err := c.start(ctx, "SELECT 1", nil)
		if err != nil {
			t.Fatal(err)
		}
		begun := make(chan struct{})
		go func() {
			close(begun)
			cancel()
		}()
		if i%2 == 0 {
			<-begun
		}
		st.close()
		c.close()
		cancel()
	}
}

// TestCrash runs a plan that is broken, which panics: whoever serves queries may go on, and the store with them.
func TestCrash(t *testing.T) {
	s := open(t, t.TempDir(), small(Options{}))
	broken := &plan.Filter{Input: &plan.Values{Cols: []plan.Column{{Name: "a", Type: value.Bool}}}, Cond: &plan.Col{Index: 7, Typ: value.Bool}}
	for range 20 { // more than there are slots
		func() {
			defer func() {
				if recover() == nil {
					t.Error("the plan is not broken")
				}
			}()
			if r, err := s.Query(t.Context(), broken, table.Limits{}); err == nil {
				r.Close()
			}
		}()
	}
	put(t, s, table.Position{}, batch(s, 0, 10, day1))
	if got := all(t, s, compile(t, s, "SigninLogs | count"), "Count"); len(got) != 1 {
		t.Errorf("after a crash: %v", got)
	}
	done := make(chan error, 1)
	go func() { done <- s.Close() }()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(30 * time.Second):
		t.Fatal("the store waits for a query that crashed")
	}
}
