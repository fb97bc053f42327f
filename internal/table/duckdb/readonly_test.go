package duckdb_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/glasswatch/glasswatch/internal/fault"
	"github.com/glasswatch/glasswatch/internal/table"
	"github.com/glasswatch/glasswatch/internal/table/duckdb"
	"github.com/glasswatch/glasswatch/kql"
	"github.com/glasswatch/glasswatch/kql/value"
)

// cells runs a query and returns its rows in canonical text.
func cells(t *testing.T, s *duckdb.Store, c *table.Catalog, engine duckdb.Engine, query string) [][]string {
	t.Helper()
	q, err := kql.Compile(query, kql.Options{Catalog: c})
	if err != nil {
		t.Fatal(err)
	}
	rows, err := s.QueryOn(t.Context(), engine, q.Plan, table.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var out [][]string
	for {
		row, err := rows.Next()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		line := make([]string, len(row))
		for i, v := range row {
			line[i], _ = v.Canonical()
		}
		out = append(out, line)
	}
}

func TestOpenReadOnly(t *testing.T) {
	dir := t.TempDir()
	catalog, err := table.NewCatalog()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := duckdb.OpenReadOnly(dir, catalog, duckdb.Options{}); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("an empty folder: %v", err)
	}
	s, err := duckdb.Open(dir, catalog, duckdb.Options{})
	if err != nil {
		t.Fatal(err)
	}
	now, _ := value.Ticks(value.Time(value.UnixEpoch + 1000*value.Tick))
	row := []value.Value{value.NewDateTime(now), value.NewString("push"), value.NewString("c"), value.NewString("ok"),
		value.NewLong(7), value.NewLong(0), value.NewLong(1), value.Null(value.Dynamic), value.NewString("Heartbeat")}
	if err := s.AppendRows(t.Context(), catalog.Schema(table.Heartbeat), [][]value.Value{row}); err != nil {
		t.Fatal(err)
	}
	if _, err := duckdb.OpenReadOnly(dir, catalog, duckdb.Options{}); fault.CodeOf(err) != fault.Conflict {
		t.Errorf("a folder in use: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	before := filesOf(t, dir)
	var stores []*duckdb.Store
	for range 2 { // readers do not mind each other
		r, err := duckdb.OpenReadOnly(dir, catalog, duckdb.Options{})
		if err != nil {
			t.Fatal(err)
		}
		stores = append(stores, r)
	}
	for _, engine := range []duckdb.Engine{duckdb.SQLFirst, duckdb.SQLOnly, duckdb.Interpreter} {
		if got := cells(t, stores[1], catalog, engine, "Heartbeat | project Records, Source"); len(got) != 1 || got[0][0] != "7" || got[0][1] != "push" {
			t.Errorf("engine %d: %v", engine, got)
		}
		if got := cells(t, stores[1], catalog, engine, "SigninLogs | summarize count()"); len(got) != 1 || got[0][0] != "0" {
			t.Errorf("engine %d: %v", engine, got)
		}
	}
	if err := stores[0].AppendRows(t.Context(), catalog.Schema(table.Heartbeat), [][]value.Value{row}); err == nil {
		t.Error("rows were added to a store that is only read")
	}
	for _, r := range stores {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
	if after := filesOf(t, dir); after != before {
		t.Errorf("the folder changed:\n%s\nbefore:\n%s", after, before)
	}
}

// filesOf lists the files with their content's length.
func filesOf(t *testing.T, dir string) string {
	t.Helper()
	list := ""
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		text, _ := os.ReadFile(filepath.Join(dir, e.Name())) // a folder has no text
		list += e.Name() + " " + string(rune('0'+len(text)%10)) + "\n"
	}
	return list
}

func TestOpenMemory(t *testing.T) {
	catalog, err := table.NewPublishedCatalog()
	if err != nil {
		t.Fatal(err)
	}
	s, err := duckdb.OpenMemory(catalog, duckdb.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, engine := range []duckdb.Engine{duckdb.SQLFirst, duckdb.SQLOnly, duckdb.Interpreter} {
		if got := cells(t, s, catalog, engine, "CloudAppEvents | union SigninLogs | count"); len(got) != 1 || got[0][0] != "0" {
			t.Errorf("engine %d: %v", engine, got)
		}
	}
}
