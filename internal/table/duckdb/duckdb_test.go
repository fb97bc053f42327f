package duckdb

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/glasswatch/glasswatch/internal/fault"
	"github.com/glasswatch/glasswatch/internal/table"
	"github.com/glasswatch/glasswatch/kql"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

func catalog(t testing.TB) *table.Catalog {
	t.Helper()
	c, err := table.NewCatalog()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// small makes row groups small, so that a test sees many.
func small(o Options) Options {
	o.rowGroup, o.closedRowGroup = 2048, 4096
	return o
}

func open(t testing.TB, dir string, o Options) *Store {
	t.Helper()
	s, err := Open(dir, catalog(t), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if s.ending.Err() == nil {
			s.Close()
		}
	})
	return s
}

var day1 = time.Date(2026, 11, 3, 8, 0, 0, 0, time.UTC)

func ticks(t time.Time) int64 {
	n, _ := value.Ticks(t)
	return n
}

// batch makes n sign-ins, numbered from first, a second apart, received when the last of them happened.
func batch(s *Store, first, n int, at time.Time) *table.Batch {
	schema := s.catalog.Schema("SigninLogs")
	b := &table.Batch{Source: "test", ReceivedAt: at}
	for i := first; i < first+n; i++ {
		r := b.AddRow(schema)
		set := func(name string, c table.Cell) { r.Cells[schema.Column(name)] = c }
		set("TimeGenerated", table.Cell(ticks(at.Add(-time.Duration(first+n-i)*time.Second))))
		set("UserPrincipalName", b.AppendText(fmt.Sprintf("user-%d@contoso.example", i)))
		set("ResultType", b.AppendText(fmt.Sprint(i%3)))
		set("DurationMs", table.Cell(i))
		set("IsInteractive", table.Cell(i%2))
		set("Status", b.AppendText(fmt.Sprintf(`{"errorCode":%d,"additionalDetails":"x, {\"y\"}"}`, i%3)))
		set("LocationDetails", b.AppendText(`{"city":"Oslo","countryOrRegion":"NO","geoCoordinates":{"city":"no"}}`))
		set("ConditionalAccessPolicies", b.AppendText(strings.Repeat(fmt.Sprintf(`{"id":%d},`, i%7), 20)))
		set("_BilledSize", table.Null)
		r.Key, r.Hash = uint64(i)+1, ^uint64(i)
	}
	return b
}

func put(t testing.TB, s *Store, pos table.Position, batches ...*table.Batch) {
	t.Helper()
	if err := s.Append(t.Context(), batches, pos); err != nil {
		t.Fatal(err)
	}
}

func scan(s *Store, name string) *plan.Scan { return &plan.Scan{Table: s.catalog.Table(name)} }

// all reads a whole result as text, a line a row, of the named columns.
func all(t testing.TB, s *Store, n plan.Node, names ...string) []string {
	t.Helper()
	rows, err := s.Query(context.Background(), n, table.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var got []string
	for {
		row, err := rows.Next()
		if err == io.EOF {
			return got
		}
		if err != nil {
			t.Fatal(err)
		}
		line := ""
		for _, name := range names {
			for i, c := range rows.Columns() {
				if c.Name == name {
					line += row[i].ToText() + " "
				}
			}
		}
		got = append(got, strings.TrimSpace(line))
	}
}

func count(t testing.TB, s *Store, name string) int {
	t.Helper()
	n := 0
	err := s.read(t.Context(), func(ctx context.Context, c *conn) error {
		return c.one("SELECT count(*) FROM "+s.layouts[name].view(), func(r chunkRow) { n = int(r.int(0)) })
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestRowsComeBackAsTheyWere(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Options{})
	b := batch(s, 0, 5, day1)
	b.Rows[3].State = table.Repeated
	put(t, s, table.Position{Segment: 3, Offset: 77, Rows: 2}, b)
	want := []string{
		"user-0@contoso.example 0 0 False", "user-1@contoso.example 1 1 True",
		"user-2@contoso.example 2 2 False", "user-4@contoso.example 1 4 False",
	}
	got := all(t, s, scan(s, "SigninLogs"), "UserPrincipalName", "ResultType", "DurationMs", "IsInteractive")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	n := 0
	err := s.read(t.Context(), func(ctx context.Context, c *conn) error {
		return c.query(ctx, `SELECT DurationMs, "Status.errorCode", "LocationDetails.countryOrRegion", "LocationDetails.city", "_ItemId", UserId, _BilledSize, DeviceDetail, "_TimeReceived"
			FROM fresh.main.SigninLogs`, nil, func(r chunkRow) error {
			i := r.int(0)
			n++
			got := []string{r.text(1), r.text(2), r.text(3), r.text(4), r.text(5)}
			want := []string{fmt.Sprint(i % 3), "NO", "Oslo", fmt.Sprintf("%016x%016x", uint64(i)+1, ^uint64(i)), ""}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
			if r.null(5) || !r.null(6) || !r.null(7) {
				t.Error("a missing string must be empty, a missing real or dynamic null")
			}
			if r.int(8) != ticks(day1) {
				t.Error("received", r.int(8))
			}
			return nil
		})
	})
	if err != nil || n != 4 {
		t.Error(n, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir, Options{})
	if p, err := s.Position(t.Context()); err != nil || p != (table.Position{Segment: 3, Offset: 77, Rows: 2}) {
		t.Errorf("position %v, %v", p, err)
	}
	if n := count(t, s, "SigninLogs"); n != 4 {
		t.Errorf("%d rows after reopening, want 4", n)
	}
}

func TestStageStopsAtAFullRowGroup(t *testing.T) {
	s := open(t, t.TempDir(), small(Options{}))
	batches := []*table.Batch{batch(s, 0, 1500, day1), batch(s, 1500, 1500, day1), batch(s, 3000, 100, day1)}
	i, row, err := s.Stage(batches, 0)
	if err != nil || i != 1 || row != 548 {
		t.Fatalf("stopped at %d, %d, %v; want 1, 548", i, row, err)
	}
	if err := s.Commit(table.Position{Segment: 1, Offset: 1, Rows: row}); err != nil {
		t.Fatal(err)
	}
	if n := count(t, s, "SigninLogs"); n != 2048 {
		t.Errorf("%d rows, want 2048", n)
	}
	i, row, err = s.Stage(batches[i:], row)
	if err != nil || i != 2 || row != 0 {
		t.Fatalf("stopped at %d, %d, %v; want 2, 0", i, row, err)
	}
	if n := count(t, s, "SigninLogs"); n != 2048 {
		t.Errorf("%d rows before the commit, want 2048", n)
	}
	if err := s.Commit(table.Position{Segment: 1, Offset: 2}); err != nil {
		t.Fatal(err)
	}
	if n := count(t, s, "SigninLogs"); n != 3100 {
		t.Errorf("%d rows, want 3100", n)
	}
}

func TestRowsStagedAndNotCommittedAreGone(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Options{})
	put(t, s, table.Position{Segment: 1, Offset: 1}, batch(s, 0, 10, day1))
	if _, _, err := s.Stage([]*table.Batch{batch(s, 10, 10, day1)}, 0); err != nil {
		t.Fatal(err)
	}
	s.Close()
	s = open(t, dir, Options{})
	if n := count(t, s, "SigninLogs"); n != 10 {
		t.Errorf("%d rows, want 10", n)
	}
}

func TestAppendRows(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	schema := s.catalog.Schema(table.Heartbeat)
	dyn, _ := value.ParseJSON(`{"lag":1.5}`)
	row := []value.Value{value.NewDateTime(ticks(day1)), value.NewString("push"), value.NewString("ingest"), value.NewString("ok"),
		value.NewLong(12), value.Null(value.Long), value.NewLong(-3), dyn, value.NewString("Heartbeat")}
	if err := s.AppendRows(t.Context(), schema, [][]value.Value{row, row}); err != nil {
		t.Fatal(err)
	}
	got := all(t, s, scan(s, table.Heartbeat), "TimeGenerated", "Source", "Records", "Refused", "DelayMs", "Detail")
	if len(got) != 2 || got[0] != got[1] {
		t.Fatal(got)
	}
	want := row[0].ToText() + ` push 12  -3 {"lag":1.5}`
	if got[0] != want {
		t.Errorf("got %s, want %s", got[0], want)
	}
	quoted := append(row[:7:7], value.NewDynamic("5"), value.NewString("Heartbeat"))
	if err := s.AppendRows(t.Context(), schema, [][]value.Value{quoted}); err != nil {
		t.Fatal(err)
	}
	texts, _ := kql.Compile(`Heartbeat | where gettype(Detail) == "string" | project Detail`, kql.Options{Catalog: s.catalog})
	if got := all(t, s, texts.Plan, "Detail"); len(got) != 1 || got[0] != "5" {
		t.Errorf("a text in a dynamic column: %q", got)
	}
	if err := s.AppendRows(t.Context(), schema, [][]value.Value{row[1:]}); fault.CodeOf(err) != fault.Invalid {
		t.Error("a short row:", err)
	}
}

func TestRecentAndKnown(t *testing.T) {
	s := open(t, t.TempDir(), Options{Clock: func() time.Time { return day1 }})
	put(t, s, table.Position{}, batch(s, 0, 100, day1.Add(-30*24*time.Hour)), batch(s, 100, 50, day1.Add(-2*time.Hour)))
	f := func(limit, want int, complete bool) {
		t.Helper()
		n := 0
		since, err := s.Recent(t.Context(), limit, func(key, hash uint64) {
			n++
			if hash != ^(key - 1) {
				t.Errorf("key %d with hash %x", key, hash)
			}
		})
		if err != nil || n != want || (since == 0) != complete {
			t.Errorf("limit %d: %d keys since %d, %v; want %d, complete %v", limit, n, since, err, want, complete)
		}
	}
	f(1000, 150, true)
	f(149, 50, false)
	f(10, 0, false)

	var found []uint64
	err := s.Known(t.Context(), s.catalog.Schema("SigninLogs"), ticks(day1.Add(-time.Hour*24*31)), ticks(day1.Add(-time.Hour*24)), []uint64{1, 100, 101, 7777},
		func(key, hash uint64) { found = append(found, key) })
	if diff := cmp.Diff([]uint64{1, 100}, found); err != nil || diff != "" {
		t.Error(err, diff)
	}
}
