package kqltest_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	_ "github.com/duckdb/duckdb-go/v2"

	"github.com/glasswatch/glasswatch/kql/kqltest"
	"github.com/glasswatch/glasswatch/kql/plan"
	kqlsql "github.com/glasswatch/glasswatch/kql/sql"
	"github.com/glasswatch/glasswatch/kql/value"
)

// duckDB runs plans as SQL on DuckDB in memory.
type duckDB struct {
	promote []promoted // columns that the tables keep beside the dynamic ones
	threads int
}

// promoted is a path of a dynamic column that is kept as a column of its own.
type promoted struct {
	column string
	steps  []string
}

// columns names the columns of p.
func (p promoted) columns() kqlsql.Promoted {
	name := p.column + "." + strings.Join(p.steps, ".")
	return kqlsql.Promoted{Text: kqlsql.QuoteName(name), Quoted: kqlsql.QuoteName(name + "~quoted"), Whole: kqlsql.QuoteName(name + "~whole")}
}

func (duckDB) Name() string { return "duckdb" }

// database is one DuckDB with the tables of a file of the corpus.
type database struct {
	db *sql.DB
	duckDB
}

func (d duckDB) Open(tables []*kqltest.Table) (kqltest.Database, error) {
	db, err := sql.Open("duckdb", fmt.Sprintf("?threads=%d", max(d.threads, 1)))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	out := &database{db: db, duckDB: d}
	for _, t := range tables {
		if err := out.create(t); err != nil {
			db.Close()
			return nil, fmt.Errorf("table %s: %w", t.Schema.Name, err)
		}
	}
	return out, nil
}

var storedAs = map[value.Type]string{
	value.Bool: "BOOLEAN", value.Int: "INTEGER", value.Long: "BIGINT", value.Real: "DOUBLE", value.DateTime: "BIGINT",
	value.TimeSpan: "BIGINT", value.String: "VARCHAR", value.GUID: "VARCHAR", value.Dynamic: "VARCHAR", value.Decimal: "VARCHAR",
}

func (d *database) create(t *kqltest.Table) error {
	var cols, marks []string
	for i, c := range t.Schema.Columns {
		cols = append(cols, d.Column(t.Schema, i)+" "+storedAs[c.Type])
		marks = append(marks, "?")
	}
	if _, err := d.db.Exec("CREATE TABLE " + d.Table(t.Schema) + " (" + strings.Join(cols, ", ") + ")"); err != nil {
		return err
	}
	insert, err := d.db.Prepare("INSERT INTO " + d.Table(t.Schema) + " VALUES (" + strings.Join(marks, ", ") + ")")
	if err != nil {
		return err
	}
	defer insert.Close()
	for _, row := range t.Rows {
		if _, err := insert.Exec(stored(row)...); err != nil {
			return err
		}
	}
	for _, p := range d.promote {
		if i := position(t.Schema, p.column); i >= 0 && t.Schema.Columns[i].Type == value.Dynamic {
			if err := d.add(t.Schema, p, d.Column(t.Schema, i)); err != nil {
				return err
			}
		}
	}
	return nil
}

// add adds the columns of a promoted path, filled from the document.
func (d *database) add(t *plan.Table, p promoted, document string) error {
	of, err := kqlsql.DuckDB.Promote(document, p.steps...)
	if err != nil {
		return err
	}
	to := p.columns()
	for _, c := range [][3]string{{to.Text, "VARCHAR", of.Text}, {to.Quoted, "BOOLEAN", of.Quoted}, {to.Whole, "BIGINT", of.Whole}} {
		if _, err := d.db.Exec(fmt.Sprintf("ALTER TABLE %s ADD COLUMN %s %s; UPDATE %[1]s SET %[2]s = %[4]s", d.Table(t), c[0], c[1], c[2])); err != nil {
			return err
		}
	}
	return nil
}

func position(t *plan.Table, column string) int {
	for i, c := range t.Columns {
		if c.Name == column {
			return i
		}
	}
	return -1
}

// stored is a row in the physical form that package sql describes.
func stored(row []value.Value) []any {
	out := make([]any, len(row))
	for i, v := range row {
		switch t := v.Type(); {
		case v.IsNull():
		case t == value.Bool:
			out[i] = v.Bool()
		case t == value.Int, t == value.Long, t == value.DateTime, t == value.TimeSpan:
			out[i] = v.Int()
		case t == value.Real:
			out[i] = v.Real()
		default:
			out[i] = v.Text()
		}
	}
	return out
}

func (d *database) Table(t *plan.Table) string { return kqlsql.QuoteName(t.Name) }
func (d *database) Column(t *plan.Table, i int) string {
	return kqlsql.QuoteName(fmt.Sprintf("%s#%d", t.Columns[i].Name, i))
}

func (d *database) Path(t *plan.Table, column int, steps []string) (kqlsql.Promoted, bool) {
	for _, p := range d.promote {
		if c := t.Columns[column]; p.column == c.Name && c.Type == value.Dynamic && strings.Join(p.steps, "\x00") == strings.Join(steps, "\x00") {
			return p.columns(), true
		}
	}
	return kqlsql.Promoted{}, false
}

func (d *database) Close() error { return d.db.Close() }

func (d *database) Run(ctx context.Context, n plan.Node, _ int64) (*kqltest.Result, error) {
	st, err := kqlsql.Compile(n, kqlsql.DuckDB, d)
	var unsupported *kqlsql.Unsupported
	if errors.As(err, &unsupported) {
		return nil, &kqltest.Declined{Reason: unsupported.Error()}
	}
	if err != nil {
		return nil, err
	}
	return d.query(ctx, st)
}

func (d *database) query(ctx context.Context, st kqlsql.Statement) (*kqltest.Result, error) {
	rows, err := d.db.QueryContext(ctx, st.Text, st.Args...)
	if err != nil {
		return nil, fmt.Errorf("%w\n%s", err, st.Text)
	}
	defer rows.Close()
	r := &kqltest.Result{Columns: st.Columns}
	for rows.Next() {
		cells := make([]any, max(len(st.Columns), 1)) // a result without columns has rows all the same
		for i := range cells {
			cells[i] = new(any)
		}
		if err := rows.Scan(cells...); err != nil {
			return nil, err
		}
		row := make([]value.Value, len(st.Columns))
		for i := range row {
			if row[i], err = loaded(*cells[i].(*any), st.Columns[i].Type); err != nil {
				return nil, fmt.Errorf("column %d: %w\n%s", i, err, st.Text)
			}
		}
		r.Rows = append(r.Rows, row)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("%w\n%s", err, st.Text)
	}
	return r, nil
}

// loaded turns a cell into a value, strictly: SQL of another type is a fault of a template.
func loaded(cell any, t value.Type) (value.Value, error) {
	bad := func() (value.Value, error) {
		return value.Value{}, fmt.Errorf("%T where %s is wanted: %v", cell, t, cell)
	}
	if cell == nil {
		if t == value.String {
			return value.Value{}, fmt.Errorf("a string is NULL")
		}
		return value.Null(t), nil
	}
	switch c := cell.(type) {
	case bool:
		if t == value.Bool {
			return value.NewBool(c), nil
		}
	case int32:
		if t == value.Int {
			return value.NewInt(c), nil
		}
	case int64:
		switch t {
		case value.Long:
			return value.NewLong(c), nil
		case value.DateTime:
			return value.NewDateTime(c), nil
		case value.TimeSpan:
			return value.NewTimeSpan(c), nil
		}
	case float64:
		if t == value.Real {
			return value.NewReal(c), nil
		}
	case string:
		switch t {
		case value.String, value.GUID, value.Decimal:
			return value.NewText(t, c), nil
		case value.Dynamic:
			if !value.ValidJSON(c) {
				return value.Value{}, fmt.Errorf("dynamic value %q is no JSON", c)
			}
			return value.NewText(t, c), nil
		}
	}
	return bad()
}
