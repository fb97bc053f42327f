package duckdb

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"

	bind "github.com/duckdb/duckdb-go-bindings"

	"github.com/glasswatch/glasswatch/internal/table"
	"github.com/glasswatch/glasswatch/kql/function"
	"github.com/glasswatch/glasswatch/kql/sql"
	"github.com/glasswatch/glasswatch/kql/value"
)

// Behind the name of a promoted path's text stand these for its other columns; see sql.Promoted.
const (
	quotedSuffix = "~quoted"
	wholeSuffix  = "~whole"
)

// promotedPath is a path with the columns that keep its value.
type promotedPath struct {
	table.Path
	names sql.Promoted // quoted
}

// promotedColumns adds the columns of p to the layout; name makes a name that is free.
func (l *layout) promotedColumns(p table.Path, name func(want string) string) {
	number := len(l.promoted)
	add := func(suffix string, kind bind.Type, o origin, t value.Type) string {
		col := column{name: name(l.schema.Columns[p.Column].Name + "." + strings.Join(p.Steps, ".") + suffix), kind: kind, origin: o, path: number, typ: t, visible: -1}
		l.columns = append(l.columns, col)
		return sql.QuoteName(col.name)
	}
	out := promotedPath{Path: p}
	out.names.Text = add("", bind.TypeVarchar, fromText, value.String)
	out.names.Quoted = add(quotedSuffix, bind.TypeBoolean, fromQuoted, value.Bool)
	if p.Number {
		out.names.Whole = add(wholeSuffix, bind.TypeBigInt, fromWhole, value.Long)
	}
	l.promoted = append(l.promoted, out)
	l.paths[pathKey(p.Column, p.Steps)] = out.names
}

// isPromoted reports whether c keeps something of a promoted path.
func (c *column) isPromoted() bool {
	return c.origin == fromText || c.origin == fromQuoted || c.origin == fromWhole
}

// promotedValue is what the columns of a path hold of one row.
type promotedValue struct {
	text          []byte
	quoted, whole table.Cell
}

// cell is the value of a column that is no text.
func (v promotedValue) cell(o origin) table.Cell {
	if o == fromWhole {
		return v.whole
	}
	return v.quoted
}

// promote reads valid JSON, nil for null; number says whether Whole is kept. The text of the usual contents is a part of
// json; of others it is fresh.
func promote(json []byte, number bool) (v promotedValue, fresh bool) {
	v = promotedValue{quoted: table.Null, whole: table.Null}
	if len(json) == 0 {
		return v, false
	}
	v.quoted = 0
	if json[0] == '"' {
		v.quoted = 1
	}
	parsed := value.AliasText(value.Dynamic, json)
	switch {
	case plainDigits(json):
		v.text = json
	case v.quoted == 1 && len(json) > 1 && bytes.IndexByte(json, '\\') < 0:
		v.text = json[1 : len(json)-1]
	default:
		v.text, fresh = []byte(parsed.DynamicText()), true
	}
	if number {
		v.whole = whole(v.text, parsed)
	}
	return v, fresh
}

// whole is v as toreal gives it, where that is a whole number that a real holds exactly; text is its text.
func whole(text []byte, v value.Value) table.Cell {
	if plainDigits(text) {
		n, _ := strconv.ParseInt(string(text), 10, 64)
		return table.Cell(n)
	}
	f := function.Convert(v, value.Real)
	if f.IsNull() || math.Abs(f.Real()) >= 1e15 || f.Real() != math.Trunc(f.Real()) {
		return table.Null
	}
	return table.Cell(int64(f.Real()))
}

// plainDigits reports whether text is a whole number of at most 15 digits without sign and leading zeros.
func plainDigits(text []byte) bool {
	if len(text) == 0 || len(text) > 15 || text[0] == '0' && len(text) > 1 {
		return false
	}
	for _, c := range text {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// fillPromoted computes a column of a path in all rows that there are, from an expression over the JSON text at hand: the
// document with the path's steps, or without steps the value itself. A change of type writes the column once, where an
// UPDATE would hold all its values twice.
func fillPromoted(c *conn, stored string, col *column, json string, steps ...string) error {
	p, err := sql.DuckDB.Promote(json, steps...)
	if err != nil {
		return err
	}
	text := map[origin]string{fromText: p.Text, fromQuoted: p.Quoted, fromWhole: p.Whole}[col.origin]
	return c.exec(fmt.Sprintf("ALTER TABLE %s ALTER COLUMN %s TYPE %s USING %s", stored, sql.QuoteName(col.name), sqlType(col.kind), text))
}

// promoteTexts makes the columns of promoted paths out of those that kept their JSON text.
func promoteTexts(c *conn, db string) error {
	var list [][2]string
	err := c.query(context.Background(), "SELECT table_name, column_name FROM duckdb_columns() WHERE database_name = ? AND schema_name = 'rows' AND contains(column_name, '.')",
		[]any{db}, func(r chunkRow) error {
			list = append(list, [2]string{r.text(0), r.text(1)})
			return nil
		})
	if err != nil {
		return err
	}
	for _, at := range list {
		stored, json := db+".rows."+sql.QuoteName(at[0]), sql.QuoteName(at[1])
		for _, col := range []column{
			{name: at[1] + quotedSuffix, kind: bind.TypeBoolean, origin: fromQuoted},
			{name: at[1] + wholeSuffix, kind: bind.TypeBigInt, origin: fromWhole},
			{name: at[1], kind: bind.TypeVarchar, origin: fromText},
		} {
			if col.origin == fromWhole && at[1] != "Status.errorCode" {
				continue
			}
			if col.origin != fromText {
				if err := c.exec(fmt.Sprintf("ALTER TABLE %s ADD COLUMN %s %s", stored, sql.QuoteName(col.name), sqlType(col.kind))); err != nil {
					return err
				}
			}
			if err := fillPromoted(c, stored, &col, json); err != nil {
				return fmt.Errorf("%s.%s: %w", at[0], at[1], err)
			}
		}
	}
	return nil
}
