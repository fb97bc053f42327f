// Package table is stage 3 of 7: the tables with Azure Monitor's names, columns and types, the decoded form of
// records on their way into them (Batch), and the Store that keeps them. internal/table/duckdb is the embedded store;
// ingest (stage 2) fills tables, rule (stage 4) judges batches.
package table

import (
	"context"
	"time"

	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// Column is one column. Hidden columns can be named in a query but are not part of "all columns".
type Column struct {
	Name   string
	Type   value.Type
	Hidden bool
}

// Hidden columns that every table of records has, after the visible ones and in this order.
const (
	TimeReceived = "_TimeReceived" // datetime: when Glasswatch received the body; ingestion_time() reads it
	ItemID       = "_ItemId"       // string: hex of Key and Hash, unique for every kept revision of a record
	Unmapped     = "_Unmapped"     // dynamic: bag of the properties that have no column; null when there are none
)

// Schema is a table's name and columns, visible ones first.
type Schema struct {
	Name    string
	Columns []Column
	Own     bool // a table of Glasswatch itself, such as Heartbeat
	Plan    *plan.Table
	// Promoted are the paths into dynamic columns whose values a store keeps as columns of their own.
	Promoted []Path

	index map[string]int
	nulls []Cell // a row in which every cell is Null
}

// Column returns the position of the column with that exact name, or -1.
func (s *Schema) Column(name string) int {
	if i, ok := s.index[name]; ok {
		return i
	}
	return -1
}

// Store keeps tables. All methods are safe for concurrent use; Append is called by one goroutine.
type Store interface {
	// Append adds rows of batches up to and including the given position in the ingest log, in one transaction with
	// the position, so that a repeated append after a crash is harmless. It does not keep the batches.
	Append(ctx context.Context, batches []*Batch, upTo Position) error
	// AppendRows adds rows of one of Glasswatch's own tables; each row has a value for every column of the schema.
	AppendRows(ctx context.Context, s *Schema, rows [][]value.Value) error
	// Position returns the last position that Append committed.
	Position(ctx context.Context) (Position, error)
	// Query runs a compiled query. Rows stream; limits apply.
	Query(ctx context.Context, q plan.Node, limits Limits) (Rows, error)
	// Close waits for work under way, writes a checkpoint and closes the files.
	Close() error
}

// Position is a place in the ingest log: the end of a frame, and how many rows of the frame after it are done too.
// Positions order by Segment, then Offset, then Rows.
type Position struct {
	Segment uint64
	Offset  int64
	Rows    int
}

// Limits bound one query. Zero fields mean the store's defaults.
type Limits struct {
	Time  time.Duration
	Rows  int64
	Bytes int64
}

// Rows is a streaming result, used by one goroutine.
type Rows interface {
	Columns() []plan.Column
	// Next returns the next row, valid until the call after; io.EOF at the end.
	Next() ([]value.Value, error)
	Close() error
}
