package duckdb

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/glasswatch/glasswatch/internal/table"
	"github.com/glasswatch/glasswatch/kql/sql"
)

// statuses are documents with every kind of value at errorCode.
var statuses = []string{
	`{"errorCode":50126}`, `{"errorCode":"50126"}`, `{"errorCode":50126.0}`, `{"errorCode":5.0126e4}`, `{"errorCode":"5.0126e4"}`, `{"errorCode":" +50126 "}`,
	`{"errorCode":0}`, `{"errorCode":-0.0}`, `{"errorCode":-7}`, `{"errorCode":0.5}`, `{"errorCode":"0x10"}`, `{"errorCode":"007"}`,
	`{"errorCode":999999999999999}`, `{"errorCode":1000000000000000}`, `{"errorCode":123456789012345678}`, `{"errorCode":1e300}`, `{"errorCode":"1e999"}`,
	`{"errorCode":true}`, `{"errorCode":false}`, `{"errorCode":"true"}`, `{"errorCode":null}`, `{"errorCode":"null"}`, `{}`, `[1]`, `"errorCode"`, `{"errorCode":""}`,
	`{"errorCode":"NO"}`, `{"errorCode":"N\u004f"}`, `{"errorCode":"a \"quote\" \\ and a long text \u00e9 of many letters"}`, `{"errorCode":"[1]"}`, `{"errorCode":"{\"a\":1}"}`,
	`{ "errorCode" : [ 1 , "two" ] }`, `{"errorCode":{"a": {"b":null}}}`,
}

func putStatuses(t testing.TB, s *Store, first int, at table.Position) {
	t.Helper()
	b := batch(s, first, len(statuses), day1)
	column := s.catalog.Schema("SigninLogs").Column("Status")
	for i, text := range statuses {
		b.Rows[i].Cells[column] = b.AppendText(text)
	}
	put(t, s, at, b)
}

// kept reads the columns of Status.errorCode in the order of the rows.
func kept(t testing.TB, s *Store, from string) []string {
	t.Helper()
	var got []string
	err := s.read(t.Context(), func(ctx context.Context, c *conn) error {
		q := `SELECT Status, "Status.errorCode", "Status.errorCode~quoted", "Status.errorCode~whole" FROM ` + from + ` ORDER BY DurationMs`
		return c.query(ctx, q, nil, func(r chunkRow) error {
			line := fmt.Sprintf("%s: %q", r.text(0), r.text(1))
			if !r.null(2) {
				line += fmt.Sprint(" quoted ", r.bool(2))
			}
			if !r.null(3) {
				line += fmt.Sprint(" whole ", r.int(3))
			}
			if r.null(1) {
				line += " a text is NULL"
			}
			got = append(got, line)
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// What the decoder's rows are given is what SQL makes of the documents.
func TestPromoted(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	putStatuses(t, s, 0, table.Position{})
	p, err := sql.DuckDB.Promote("Status", "errorCode")
	if err != nil {
		t.Fatal(err)
	}
	again := fmt.Sprintf(`(SELECT Status, DurationMs, %s AS "Status.errorCode", %s AS "Status.errorCode~quoted", %s AS "Status.errorCode~whole" FROM fresh.main.SigninLogs)`, p.Text, p.Quoted, p.Whole)
	if diff := cmp.Diff(kept(t, s, again), kept(t, s, "fresh.main.SigninLogs")); diff != "" {
		t.Errorf("(-SQL +stored)\n%s", diff)
	}
}

// Stores of the first version kept the JSON text at a path.
func TestPromoteTexts(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Options{steps: migrations()[:1]})
	putStatuses(t, s, 0, table.Position{Offset: 1})
	want := kept(t, s, "fresh.main.SigninLogs")
	err := s.read(t.Context(), func(_ context.Context, c *conn) error {
		for _, l := range s.order {
			for _, db := range []string{fresh, closed} {
				if err := asInVersionOne(c, l, db); err != nil {
					return fmt.Errorf("%s: %w", l.schema.Name, err)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Close()

	s = open(t, dir, Options{})
	if diff := cmp.Diff(want, kept(t, s, "fresh.main.SigninLogs")); diff != "" {
		t.Errorf("migrated (-want +got)\n%s", diff)
	}
	putStatuses(t, s, len(statuses), table.Position{Offset: 2})
	if diff := cmp.Diff(append(want, want...), kept(t, s, "fresh.main.SigninLogs")); diff != "" {
		t.Errorf("and appended (-want +got)\n%s", diff)
	}
	if n, err := s.Compact(t.Context()); err != nil || n != int64(2*len(statuses)) {
		t.Errorf("moved %d: %v", n, err)
	}
	if diff := cmp.Diff(append(want, want...), kept(t, s, "fresh.main.SigninLogs")); diff != "" {
		t.Errorf("and moved (-want +got)\n%s", diff)
	}
}

func asInVersionOne(c *conn, l *layout, db string) error {
	for i := range l.columns {
		col := &l.columns[i]
		if !col.isPromoted() {
			continue
		}
		change := "DROP COLUMN " + sql.QuoteName(col.name)
		if col.origin == fromText {
			p := l.promoted[col.path]
			path := "$"
			for _, step := range p.Steps {
				path += "." + step
			}
			change = fmt.Sprintf("ALTER COLUMN %s TYPE VARCHAR USING nullif(json_extract(%s, '%s')::VARCHAR, 'null')", sql.QuoteName(col.name), l.names[p.Column], path)
		}
		if err := c.exec("ALTER TABLE " + l.stored(db) + " " + change); err != nil {
			return err
		}
	}
	return nil
}
