// Package memory runs queries over tables that a Go program holds: slices of structs, or rows of values. It is the
// shortest way to use the language in another program, and puts together what package kql compiles and package eval
// runs.
//
//	db := memory.New()
//	err := db.Add("Users", []User{{Name: "Ann", Age: 41}})
//	result, err := db.Query(ctx, "Users | where Age > 40 | project Name")
//
// A struct's fields are the columns, under their own name or that of the tag `kql:"Name"`; `kql:"-"` leaves one out. The
// types: string, bool; int8 to int32 are int, the other whole numbers long; floats are real; time.Time is datetime,
// time.Duration timespan, each nil pointer and the zero time null; what marshals itself as text is a string; everything
// else (maps, slices, structs, any, json.RawMessage) is dynamic, as encoding/json writes it.
package memory

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/glasswatch/glasswatch/kql"
	"github.com/glasswatch/glasswatch/kql/eval"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// Database is a set of tables. It may be queried by several goroutines while no table is added.
type Database struct{ tables map[string]*table }

type table struct {
	schema *plan.Table
	rows   [][]value.Value
}

var (
	_ kql.Catalog = (*Database)(nil)
	_ eval.Source = (*Database)(nil)
)

// New returns a database without tables.
func New() *Database { return &Database{tables: map[string]*table{}} }

// Add adds a table of a slice of structs or of pointers to structs, or replaces the one with the name. The rows are
// copied.
func (d *Database) Add(name string, rows any) error {
	t, err := tableOf(name, rows)
	if err != nil {
		return fmt.Errorf("table %s: %w", name, err)
	}
	d.tables[name] = t
	return nil
}

// AddRows adds a table of values, which must have the types of their columns.
func (d *Database) AddRows(name string, cols []plan.Column, rows [][]value.Value) error {
	for i, row := range rows {
		if len(row) != len(cols) {
			return fmt.Errorf("table %s: row %d has %d values for %d columns", name, i, len(row), len(cols))
		}
		for j, v := range row {
			if v.Type() != cols[j].Type {
				return fmt.Errorf("table %s: row %d: column %s is a %s, the value a %s", name, i, cols[j].Name, cols[j].Type, v.Type())
			}
		}
	}
	d.tables[name] = &table{schema: &plan.Table{Name: name, Columns: cols, Time: -1}, rows: rows}
	return nil
}

// Table returns the schema of a table, nil when there is none.
func (d *Database) Table(name string) *plan.Table {
	if t := d.tables[name]; t != nil {
		return t.schema
	}
	return nil
}

// TableNames lists the tables, sorted.
func (d *Database) TableNames() []string { return slices.Sorted(maps.Keys(d.tables)) }

// Options are what kql.Compile needs to know of the database; the caller may set the rest.
func (d *Database) Options(ctx context.Context) kql.Options {
	return kql.Options{Catalog: d, Discover: eval.Discover(ctx, d, eval.Options{})}
}

// Query compiles a query and runs it to its end. A query with mistakes gives kql.Diagnostics.
func (d *Database) Query(ctx context.Context, text string) (*Result, error) {
	q, err := kql.Compile(text, d.Options(ctx))
	if err != nil {
		return nil, err
	}
	return d.Run(ctx, q)
}

// Run runs a query that was compiled with the database's Options.
func (d *Database) Run(ctx context.Context, q *kql.Query) (*Result, error) {
	r, err := eval.Run(ctx, q.Plan, d, eval.Options{})
	if err != nil {
		return nil, err
	}
	rows, err := r.All()
	if err != nil {
		return nil, err
	}
	return &Result{Columns: r.Columns(), Rows: rows, Notes: q.Notes}, nil
}

// Scan reads a table for the interpreter.
func (d *Database) Scan(_ context.Context, t *plan.Table) (eval.Iterator, error) {
	for _, stored := range d.tables {
		if stored.schema == t {
			return &iterator{rows: stored.rows}, nil
		}
	}
	return nil, fmt.Errorf("memory: the table %s was replaced, or is of another database", t.Name)
}

// iterator is also its own present row.
type iterator struct {
	rows [][]value.Value
	now  []value.Value
}

func (it *iterator) Next() (eval.Row, error) {
	if len(it.rows) == 0 {
		return nil, io.EOF
	}
	it.now, it.rows = it.rows[0], it.rows[1:]
	return it, nil
}

// Value returns a column of the present row.
func (it *iterator) Value(i int) value.Value { return it.now[i] }

// Close ends the scan.
func (it *iterator) Close() error { return nil }
