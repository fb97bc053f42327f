package duckdb

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	bind "github.com/duckdb/duckdb-go-bindings"
	"github.com/google/go-cmp/cmp"

	"github.com/glasswatch/glasswatch/internal/fault"
	"github.com/glasswatch/glasswatch/internal/table"
)

func ids(t testing.TB, s *Store) []string {
	t.Helper()
	return all(t, s, compile(t, s, "SigninLogs | sort by DurationMs asc | project DurationMs"), "DurationMs")
}

func numbers(from, to int) []string {
	var list []string
	for i := from; i < to; i++ {
		list = append(list, fmt.Sprint(i))
	}
	return list
}

func TestRetention(t *testing.T) {
	now := day1.Add(40 * 24 * time.Hour)
	s := open(t, t.TempDir(), small(Options{Clock: func() time.Time { return now }, Retention: map[string]time.Duration{"": 30 * 24 * time.Hour, "AuditLogs": 0}}))
	put(t, s, table.Position{}, batch(s, 0, 100, day1), batch(s, 100, 100, day1.Add(9*24*time.Hour)))
	if _, err := s.Compact(t.Context()); err != nil {
		t.Fatal(err)
	}
	put(t, s, table.Position{}, batch(s, 200, 50, day1.Add(10*24*time.Hour-time.Second)), batch(s, 250, 50, day1.Add(10*24*time.Hour+time.Second)))
	n, err := s.Expire(t.Context())
	if err != nil || n != 250 {
		t.Errorf("%d rows deleted, %v; want 250", n, err)
	}
	if diff := cmp.Diff(numbers(250, 300), ids(t, s)); diff != "" {
		t.Error(diff)
	}
	if n, err := s.Expire(t.Context()); err != nil || n != 0 {
		t.Errorf("again: %d, %v", n, err)
	}
}

// Space of deleted rows is used again.
func TestSpaceIsUsedAgain(t *testing.T) {
	now := day1
	s := open(t, t.TempDir(), small(Options{Clock: func() time.Time { return now }, Retention: map[string]time.Duration{"": 48 * time.Hour}}))
	var sizes []int64
	for day := range 6 {
		now = day1.Add(time.Duration(day) * 24 * time.Hour)
		put(t, s, table.Position{}, batch(s, day*4000, 4000, now))
		if err := s.Maintain(t.Context()); err != nil {
			t.Fatal(err)
		}
		sizes = append(sizes, s.Health().Bytes)
	}
	if last, early := sizes[5], sizes[3]; last > early*5/4 {
		t.Errorf("the files go on growing: %v", sizes)
	}
	if n := count(t, s, "SigninLogs"); n > 12000 {
		t.Errorf("%d rows, want at most those of three days", n)
	}
}

// Moving closed days keeps every row in view exactly once, at every moment, and survives a crash half-way.
func TestCompaction(t *testing.T) {
	dir := t.TempDir()
	now := day1.Add(24 * time.Hour)
	o := small(Options{Clock: func() time.Time { return now }})
	s := open(t, dir, o)
	put(t, s, table.Position{}, batch(s, 0, 9000, day1), batch(s, 9000, 1000, now))
	want := numbers(0, 10000)

	var stop atomic.Bool
	watched := make(chan int)
	go func() {
		n := 0
		for ; !stop.Load(); n++ {
			if c := count(t, s, "SigninLogs"); c != 10000 {
				t.Errorf("saw %d rows while rows were moved", c)
			}
		}
		watched <- n
	}()
	moved, err := s.Compact(t.Context())
	if err != nil || moved != 9000 {
		t.Fatal(moved, err)
	}
	stop.Store(true)
	if n := <-watched; n == 0 {
		t.Error("nothing was watched")
	}
	if diff := cmp.Diff(want, ids(t, s)); diff != "" {
		t.Error(diff)
	}
	if n, err := s.Compact(t.Context()); err != nil || n != 0 {
		t.Errorf("again: %d, %v", n, err)
	}

	// A crash after the copy and before the border moved: copied rows are not in view, and go with the next start.
	now = now.Add(48 * time.Hour)
	l := s.layouts["SigninLogs"]
	cols := ""
	for i := range l.columns {
		cols += `"` + l.columns[i].name + `", `
	}
	half := func(ctx context.Context, c *conn) error {
		return c.exec(fmt.Sprintf(`INSERT INTO %s (%s"~move") SELECT %s2 FROM %s`, l.stored(closed), cols, cols, l.stored(fresh)))
	}
	if err := s.read(t.Context(), half); err != nil {
		t.Fatal(err)
	}
	if n := count(t, s, "SigninLogs"); n != 10000 {
		t.Errorf("%d rows in view after half a move", n)
	}
	s.Close()
	s = open(t, dir, o)
	if moved, err := s.Compact(t.Context()); err != nil || moved != 1000 {
		t.Fatal(moved, err)
	}
	if diff := cmp.Diff(want, ids(t, s)); diff != "" {
		t.Error(diff)
	}

	// Old rows that come late, from a log, are in view and are moved as well.
	put(t, s, table.Position{}, batch(s, 10000, 10, day1))
	if moved, err := s.Compact(t.Context()); err != nil || moved != 10 {
		t.Fatal(moved, err)
	}
	if diff := cmp.Diff(numbers(0, 10010), ids(t, s)); diff != "" {
		t.Error(diff)
	}
}

// Rows of a day that is being moved are neither lost nor doubled when they are staged at the same time.
func TestHoldBack(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	old := batch(s, 0, 10, day1)
	if !s.writer.holdBack(ticks(day1) + 1) {
		t.Fatal("nothing is staged")
	}
	if _, _, err := s.Stage([]*table.Batch{old}, 0); fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("staged while held back: %v", err)
	}
	if _, _, err := s.Stage([]*table.Batch{batch(s, 10, 10, day1.Add(time.Hour))}, 0); err != nil {
		t.Error(err)
	}
	s.writer.holdBack(0)
	if _, _, err := s.Stage([]*table.Batch{old}, 0); err != nil {
		t.Error(err)
	}
	if s.writer.holdBack(ticks(day1) + 1) {
		t.Error("held back although older rows are staged")
	}
}

func TestLock(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Options{})
	_, err := Open(dir, catalog(t), Options{})
	if fault.CodeOf(err) != fault.Conflict || !strings.Contains(err.Error(), fmt.Sprint("process ", os.Getpid())) || fault.NextOf(err) == "" {
		t.Errorf("second open: %v", err)
	}
	s.Close()
	open(t, dir, Options{})
}

func TestVersions(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Options{})
	put(t, s, table.Position{}, batch(s, 0, 10, day1))
	s.Close()

	// A program of a later version brings both files forward, and keeps the rows.
	done := 0
	newer := Options{steps: append(migrations(), migration{"a note", func(c *conn, db string) error {
		done++
		return c.exec("CREATE TABLE " + db + ".main.note (x INTEGER)")
	}})}
	s = open(t, dir, newer)
	if n := count(t, s, "SigninLogs"); n != 10 || done != 2 {
		t.Errorf("%d rows, %d files migrated", n, done)
	}
	s.Close()
	s = open(t, dir, newer)
	s.Close()
	if done != 2 {
		t.Error("migrated twice")
	}
	refused := func(what, text string) {
		t.Helper()
		s, err := Open(dir, catalog(t), Options{})
		if err == nil {
			s.Close()
		}
		if fault.CodeOf(err) != fault.Conflict || !strings.Contains(err.Error(), text) || fault.NextOf(err) == "" {
			t.Errorf("%s: %v (next: %s)", what, err, fault.NextOf(err))
		}
	}
	refused("newer", fmt.Sprint("version ", len(migrations())+1))

	// A step that fails leaves the old version.
	failing := Options{steps: append(newer.steps, migration{"nothing good", func(c *conn, db string) error {
		if err := c.exec("CREATE TABLE " + db + ".main.half (x INTEGER)"); err != nil {
			return err
		}
		return c.exec("SELECT nonsense")
	}})}
	if _, err := Open(dir, catalog(t), failing); err == nil || !strings.Contains(err.Error(), "nothing good") {
		t.Error(err)
	}
	s = open(t, dir, newer)
	s.Close()

	dir = t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "fresh.duckdb"), []byte(strings.Repeat("this is no database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	refused("no database", "fresh.duckdb")
	dir = t.TempDir()
	foreign(t, filepath.Join(dir, "fresh.duckdb"))
	refused("foreign", "not of glasswatch")
}

func foreign(t *testing.T, name string) {
	t.Helper()
	var db bind.Database
	if bind.Open(":memory:", &db) != bind.StateSuccess {
		t.Fatal("open")
	}
	defer bind.Close(&db)
	c, err := connect(db)
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	for _, statement := range []string{"ATTACH " + quoteText(name) + " AS other (BLOCK_SIZE 131072)", "CREATE TABLE other.customers (x INTEGER)"} {
		if err := c.exec(statement); err != nil {
			t.Fatal(err)
		}
	}
}

// A column that the catalog has got since is added; the rows before read as missing.
func TestNewColumn(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Options{})
	put(t, s, table.Position{}, batch(s, 0, 3, day1))
	for _, db := range []string{fresh, closed} {
		err := s.read(t.Context(), func(_ context.Context, c *conn) error {
			for _, name := range []string{"Type", "_BilledSize", "Status.errorCode", "Status.errorCode~whole", "Status.errorCode~quoted"} {
				if err := c.exec(fmt.Sprintf("ALTER TABLE %s DROP COLUMN %q", s.layouts["SigninLogs"].stored(db), name)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	s.Close()
	s = open(t, dir, Options{})
	put(t, s, table.Position{}, batch(s, 3, 3, day1))
	if diff := cmp.Diff(numbers(0, 6), ids(t, s)); diff != "" {
		t.Error(diff)
	}
	q := "SigninLogs | where isempty(Type) and isnull(_BilledSize) and Status.errorCode == DurationMs % 3 | count"
	if got := all(t, s, compile(t, s, q), "Count"); got[0] != "6" {
		t.Errorf("%s rows with the new columns, want 6", got[0])
	}
}

// A full disk fails the append, loses nothing that was committed, and passes.
func TestFullDisk(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("needs root to mount a file system")
	}
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=24m"); err != nil {
		t.Skip("mount a small file system:", err)
	}
	defer syscall.Unmount(dir, syscall.MNT_DETACH)
	filler := filepath.Join(dir, "filler")
	s := open(t, dir, Options{})
	put(t, s, table.Position{Offset: 1}, batch(s, 0, 2000, day1))
	if err := os.WriteFile(filler, make([]byte, 17<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	committed := 2000
	var err error
	for i := 0; i < 100 && err == nil; i++ {
		if err = s.Append(t.Context(), []*table.Batch{batch(s, committed, 2000, day1)}, table.Position{Offset: int64(2 + i)}); err == nil {
			committed += 2000
		}
	}
	if fault.CodeOf(err) != fault.Unavailable || fault.NextOf(err) == "" || s.Health().Err == nil {
		t.Fatalf("full disk: %v, health %v", err, s.Health().Err)
	}
	t.Log("refused after", committed, "rows:", err)
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	for range 3 { // the first may find the engine still broken
		if err = s.Append(t.Context(), []*table.Batch{batch(s, committed, 500, day1)}, table.Position{Offset: 999}); err == nil {
			break
		}
	}
	if err != nil {
		t.Fatal("space is back:", err)
	}
	if diff := cmp.Diff(numbers(0, committed+500), ids(t, s)); diff != "" {
		t.Error(diff)
	}
	if p, err := s.Position(t.Context()); err != nil || p.Offset != 999 {
		t.Errorf("position %v, %v", p, err)
	}
}
