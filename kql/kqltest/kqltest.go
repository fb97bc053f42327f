// Package kqltest runs the corpus of queries in kql/testdata on any number of back ends, which must all give the
// result that the case wants: columns with names and types, rows in canonical text, remarks, errors with their caret.
//
// A back end may decline a query that it cannot run exactly; the case then says so, and the runner checks that it is
// still true. `go test ./kql/kqltest -update` writes what the first back end gives; read the difference before it is
// committed.
package kqltest

import (
	"context"
	"errors"
	"flag"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/glasswatch/glasswatch/kql"
	"github.com/glasswatch/glasswatch/kql/eval"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// Backend is one way to run plans.
type Backend interface {
	Name() string
	// Open loads tables; the database is used by one goroutine.
	Open(tables []*Table) (Database, error)
}

// Database runs plans over the tables it was opened with.
type Database interface {
	Run(ctx context.Context, n plan.Node, now int64) (*Result, error)
	Close() error
}

// Declined is the error of a back end that cannot run a plan exactly.
type Declined struct{ Reason string }

// Error returns the reason.
func (d *Declined) Error() string { return d.Reason }

// Table is a stored table with its rows.
type Table struct {
	Schema *plan.Table
	Rows   [][]value.Value
}

// Result is what a query gives.
type Result struct {
	Columns []plan.Column
	Rows    [][]value.Value
}

// Now is the instant of now() in every case.
var Now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// Deadline ends a case that hangs.
const Deadline = 30 * time.Second

var update = flag.Bool("update", false, "write the results of the first back end into the corpus")

// Run runs every *.txtar file in dir on every back end.
func Run(t *testing.T, dir string, backends ...Backend) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.txtar"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no corpus in %s: %v", dir, err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			f, err := ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			f.run(t, backends)
			if *update && !t.Failed() {
				if err := f.Write(); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

func (f *File) run(t *testing.T, backends []Backend) {
	dbs := make([]Database, len(backends))
	for i, b := range backends {
		db, err := b.Open(f.Tables)
		if err != nil {
			t.Fatalf("open %s: %v", b.Name(), err)
		}
		defer db.Close()
		dbs[i] = db
	}
	names := map[string]bool{}
	for _, c := range f.Cases {
		if names[c.Name] {
			t.Errorf("two cases are called %s", c.Name)
		}
		names[c.Name] = true
		t.Run(c.Name, func(t *testing.T) {
			q, ok := c.compile(t, f.Tables)
			if !ok {
				return
			}
			for i, b := range backends {
				c.runOn(t, b.Name(), dbs[i], q, i == 0)
			}
		})
	}
}

// compile compiles the query and checks what the compiler has to say.
func (c *Case) compile(t *testing.T, tables []*Table) (*kql.Query, bool) {
	q, err := kql.Compile(c.Query, Options(t.Context(), tables))
	var ds kql.Diagnostics
	if errors.As(err, &ds) {
		got := strings.TrimSpace(ds.Render(c.Query))
		if *update {
			c.Error, c.Want, c.Notes = got, nil, ""
		}
		if got != c.Error {
			t.Errorf("%s\nerror:\n%s\nwant:\n%s", c.Query, got, c.Error)
		}
		return nil, false
	}
	if err != nil {
		t.Fatalf("%s\n%v: an error of the compiler must be Diagnostics", c.Query, err)
	}
	notes := make([]string, len(q.Notes))
	for i, n := range q.Notes {
		notes[i] = n.String()
	}
	got := strings.Join(notes, "\n")
	if *update {
		c.Error, c.Notes = "", got
	}
	if c.Error != "" {
		t.Errorf("%s\nno error, want:\n%s", c.Query, c.Error)
		return nil, false
	}
	if got != c.Notes {
		t.Errorf("%s\nnotes:\n%s\nwant:\n%s", c.Query, got, c.Notes)
	}
	return q, true
}

func (c *Case) runOn(t *testing.T, name string, db Database, q *kql.Query, first bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), Deadline)
	defer cancel()
	ticks, _ := value.Ticks(Now)
	got, err := db.Run(ctx, q.Plan, ticks)
	var declined *Declined
	if errors.As(err, &declined) && *update {
		c.Declines[name] = declined.Reason
	} else if *update {
		delete(c.Declines, name)
	}
	switch {
	case errors.As(err, &declined):
		if want, ok := c.Declines[name]; !ok || want != declined.Reason {
			t.Errorf("%s\n%s declines: %s\nthe case says: %q", c.Query, name, declined.Reason, want)
		}
		return
	case err != nil:
		t.Errorf("%s\n%s: %v", c.Query, name, err)
		return
	case c.Declines[name] != "":
		t.Errorf("%s\n%s no longer declines (%s): take the line out", c.Query, name, c.Declines[name])
	}
	if first && *update && (c.Want == nil || c.Want.diff(canonical(got), c.Flags) != "") {
		c.Want = canonical(got)
	}
	if c.Want == nil {
		t.Errorf("%s\nno section want; %s gives\n%s", c.Query, name, canonical(got))
		return
	}
	if diff := c.Want.diff(canonical(got), c.Flags); diff != "" {
		t.Errorf("%s\n%s:\n%s", c.Query, name, diff)
	}
}

// Options compiles queries over the tables; plugins whose columns follow from the data run on the interpreter.
func Options(ctx context.Context, tables []*Table) kql.Options {
	ticks, _ := value.Ticks(Now)
	return kql.Options{Catalog: Catalog(tables), Now: Now, Discover: eval.Discover(ctx, memory(tables), eval.Options{Now: ticks})}
}

// Catalog offers tables to the compiler.
type Catalog []*Table

// Table returns the schema of a table, nil where there is none.
func (c Catalog) Table(name string) *plan.Table {
	for _, t := range c {
		if t.Schema.Name == name {
			return t.Schema
		}
	}
	return nil
}

// TableNames lists the tables.
func (c Catalog) TableNames() []string {
	names := make([]string, len(c))
	for i, t := range c {
		names[i] = t.Schema.Name
	}
	return names
}
