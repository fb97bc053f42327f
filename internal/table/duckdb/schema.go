package duckdb

import (
	"fmt"
	"strings"

	bind "github.com/duckdb/duckdb-go-bindings"

	"github.com/glasswatch/glasswatch/internal/table"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/sql"
	"github.com/glasswatch/glasswatch/kql/value"
)

// Where a column of a stored table comes from.
type origin uint8

const (
	fromCell   origin = iota // the cell of the schema's column
	fromText                 // the value at a promoted path, as text
	fromQuoted               // whether that value is a string
	fromWhole                // that value where it is a whole number
	fromKey                  // Row.Key and Row.Hash as one number
	fromTable                // a constant of the row's batch: when it was received
)

// column is one physical column.
type column struct {
	name    string // unquoted
	kind    bind.Type
	origin  origin
	cell    int // of fromCell and fromTable, a position in the schema
	path    int // of fromText, fromQuoted, fromWhole, a position in layout.promoted
	typ     value.Type
	zstd    bool
	visible int // position in the schema; -1 for those that only the store knows
}

// layout is how a table is stored: its rows lie in two tables of the same columns, one for fresh rows and one for
// those of closed days, and a view of the table's name shows both under the schema's columns.
type layout struct {
	schema   *table.Schema
	shownIn  string // the database of the view
	columns  []column
	names    []string // quoted name, in the view, of each column of the schema
	promoted []promotedPath
	paths    map[string]sql.Promoted // promoted paths: "column\x00step\x00step" to the quoted names
	records  bool                    // has an id: everything but tables that are filled by AppendRows only
	time     string                  // quoted name of TimeGenerated
	arrived  string                  // quoted name of the time that retention and compaction go by
}

// Columns that only the store knows. moveColumn is in the closed file only: the number of the move that brought the row.
const (
	keyColumn  = "~id"
	moveColumn = "~move"
)

// itemID is a row's id as the hidden column shows it.
const itemID = `format('{:016x}{:016x}', ("` + keyColumn + `" >> 64)::UBIGINT, ("` + keyColumn + `" & 18446744073709551615::UHUGEINT)::UBIGINT)`

// bulky are the columns that are worth a general compressor of their own: long and repetitive JSON. The others are smaller
// with the engine's own choice (dictionaries): a compressed column costs at least 4 bytes a row.
var bulky = map[string]bool{
	"ConditionalAccessPolicies": true, "AuthenticationDetails": true, "DeviceDetail": true,
	"TargetResources": true, "AdditionalDetails": true, "InitiatedBy": true, "Authorization": true, "Claims": true,
	"Properties": true, "Authorization_d": true, "Claims_d": true, "Properties_d": true, "HTTPRequest": true,
	"RequestUri": true, "Record": true, table.Unmapped: true,
}

// unique are paths whose values differ from row to row: a second copy costs more than reading the JSON saves.
var unique = map[string]bool{"DeviceDetail.deviceId": true}

func newLayout(s *table.Schema) *layout {
	l := &layout{schema: s, shownIn: fresh, paths: map[string]sql.Promoted{}, records: s.Column(table.ItemID) >= 0}
	used := map[string]bool{}
	name := func(want string) string {
		for used[strings.ToLower(want)] { // names in the database do not tell case
			want += "~"
		}
		used[strings.ToLower(want)] = true
		return want
	}
	for i, c := range s.Columns {
		if l.records && c.Name == table.ItemID {
			l.names = append(l.names, sql.QuoteName(name(c.Name)))
			continue // the view makes it of key and hash
		}
		col := column{name: name(c.Name), kind: physical(c.Type), cell: i, typ: c.Type, visible: i}
		col.zstd = col.kind == bind.TypeVarchar && bulky[c.Name]
		if c.Name == table.TimeReceived {
			col.origin = fromTable
			l.arrived = sql.QuoteName(col.name)
		}
		if c.Name == "TimeGenerated" {
			l.time = sql.QuoteName(col.name)
		}
		l.columns = append(l.columns, col)
		l.names = append(l.names, sql.QuoteName(col.name))
	}
	for _, p := range s.Promoted {
		if !unique[s.Columns[p.Column].Name+"."+strings.Join(p.Steps, ".")] {
			l.promotedColumns(p, name)
		}
	}
	if l.records {
		l.columns = append(l.columns, column{name: keyColumn, kind: bind.TypeUHugeInt, origin: fromKey, typ: value.Long, visible: -1})
	}
	if l.arrived == "" {
		l.arrived = l.time
	}
	return l
}

func pathKey(column int, steps []string) string {
	return fmt.Sprintf("%d\x00%s", column, strings.Join(steps, "\x00"))
}

func physical(t value.Type) bind.Type {
	switch t {
	case value.Bool:
		return bind.TypeBoolean
	case value.Int:
		return bind.TypeInteger
	case value.Long, value.DateTime, value.TimeSpan:
		return bind.TypeBigInt
	case value.Real:
		return bind.TypeDouble
	}
	return bind.TypeVarchar
}

func sqlType(t bind.Type) string {
	switch t {
	case bind.TypeBoolean:
		return "BOOLEAN"
	case bind.TypeInteger:
		return "INTEGER"
	case bind.TypeBigInt:
		return "BIGINT"
	case bind.TypeUHugeInt:
		return "UHUGEINT"
	case bind.TypeDouble:
		return "DOUBLE"
	}
	return "VARCHAR"
}

func (c *column) definition() string {
	d := sql.QuoteName(c.name) + " " + sqlType(c.kind)
	if c.zstd {
		d += " USING COMPRESSION zstd"
	}
	return d
}

// stored is the quoted name of the table that holds rows in the given database.
func (l *layout) stored(db string) string { return db + ".rows." + sql.QuoteName(l.schema.Name) }

// view is the quoted name under which queries see all rows.
func (l *layout) view() string { return l.shownIn + ".main." + sql.QuoteName(l.schema.Name) }

func (l *layout) createTable(db string) string {
	defs := make([]string, len(l.columns))
	for i := range l.columns {
		defs[i] = l.columns[i].definition()
	}
	if db == closed {
		defs = append(defs, sql.QuoteName(moveColumn)+" BIGINT")
	}
	return fmt.Sprintf("CREATE TABLE IF NOT EXISTS %s (%s)", l.stored(db), strings.Join(defs, ", "))
}

// createView shows the fresh rows, and those of closed days that were brought by moves up to moved. A move commits twice,
// once in each file; the second commit makes the new view, so every row is in view exactly once.
func (l *layout) createView(moved int64) string {
	var list []string
	for i := range l.columns {
		list = append(list, sql.QuoteName(l.columns[i].name))
	}
	if l.records {
		list = append(list, itemID+" AS "+sql.QuoteName(table.ItemID))
	}
	cols := strings.Join(list, ", ")
	text := fmt.Sprintf("CREATE OR REPLACE VIEW %s AS SELECT %s FROM %s", l.view(), cols, l.stored(fresh))
	if moved > 0 {
		text += fmt.Sprintf(" UNION ALL SELECT %s FROM %s WHERE %s <= %d", cols, l.stored(closed), sql.QuoteName(moveColumn), moved)
	}
	return text
}

// names tells kql/sql what is stored under which name.
type names map[*plan.Table]*layout

var _ sql.Names = names(nil)

// Table returns the quoted name of a table.
func (n names) Table(t *plan.Table) string { return n[t].view() }

// Column returns the quoted name of a table's column.
func (n names) Column(t *plan.Table, i int) string { return n[t].names[i] }

// Path returns the quoted names of the columns that keep the value at a path of a dynamic column.
func (n names) Path(t *plan.Table, column int, steps []string) (sql.Promoted, bool) {
	p, ok := n[t].paths[pathKey(column, steps)]
	return p, ok
}
