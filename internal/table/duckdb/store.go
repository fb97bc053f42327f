package duckdb

import (
	"context"
	"fmt"
	"math"
	"os"

	bind "github.com/duckdb/duckdb-go-bindings"

	"github.com/glasswatch/glasswatch/internal/fault"
	"github.com/glasswatch/glasswatch/internal/table"
	"github.com/glasswatch/glasswatch/kql/value"
)

// Append stages the batches and commits them with the position, in one transaction.
func (s *Store) Append(_ context.Context, batches []*table.Batch, upTo table.Position) error {
	for i, row := 0, 0; i < len(batches); {
		n, next, err := s.Stage(batches[i:], row)
		if err != nil {
			return err
		}
		i, row = i+n, next
		if i < len(batches) { // a row group is full: it is too early for a commit, so the next one just begins
			s.beginRowGroup()
		}
	}
	return s.Commit(upTo)
}

func (s *Store) beginRowGroup() {
	_ = s.writer.do(func() error {
		for _, t := range s.writer.tables {
			t.staged = 0
		}
		s.writer.bytes = 0
		return nil
	})
}

// Position returns the last position that was committed.
func (s *Store) Position(ctx context.Context) (table.Position, error) {
	var p table.Position
	err := s.read(ctx, func(ctx context.Context, c *conn) error {
		return c.one("SELECT segment, frame_end, next_rows FROM "+fresh+".main.\"~position\"", func(r chunkRow) {
			p = table.Position{Segment: uint64(r.int(0)), Offset: r.int(1), Rows: int(r.int(2))}
		})
	})
	if err != nil {
		return p, fmt.Errorf("read the store's position: %w", err)
	}
	return p, nil
}

// AppendRows adds rows to a table, one value for each column of its schema, and commits them.
func (s *Store) AppendRows(ctx context.Context, schema *table.Schema, rows [][]value.Value) error {
	l := s.layouts[schema.Name]
	if l == nil || l.schema != schema {
		return fault.New(fault.NotFound, "table %s is not of this store's catalog", schema.Name)
	}
	var b table.Batch
	for _, row := range rows {
		if len(row) != len(schema.Columns) {
			return fault.New(fault.Invalid, "row of %d values for the %d columns of %s", len(row), len(schema.Columns), schema.Name)
		}
		r := b.AddRow(schema)
		for i, v := range row {
			if want := schema.Columns[i].Type; v.Type() != want && !v.IsNull() {
				return fault.New(fault.Invalid, "%s.%s is a %s, not a %s", schema.Name, schema.Columns[i].Name, want, v.Type())
			}
			r.Cells[i] = cell(&b, v)
		}
	}
	return s.read(ctx, func(_ context.Context, c *conn) error {
		if err := appendBatch(c, l, &b); err != nil {
			return fault.New(fault.Unavailable, "append to %s: %w", schema.Name, err).WithNext("check the space and health of the disk under %s", s.dir)
		}
		return nil
	})
}

func cell(b *table.Batch, v value.Value) table.Cell {
	if v.IsNull() {
		return table.Null
	}
	switch v.Type() {
	case value.Bool:
		if v.Bool() {
			return 1
		}
		return 0
	case value.Real:
		return table.Cell(math.Float64bits(v.Real()))
	case value.Dynamic:
		return b.AppendText(string(v.AppendJSON(nil)))
	case value.String, value.GUID, value.Decimal:
		return b.AppendText(v.Text())
	}
	return table.Cell(v.Int())
}

func appendBatch(c *conn, l *layout, b *table.Batch) error {
	var a bind.Appender
	if bind.AppenderCreateExt(c.c, fresh, "rows", l.schema.Name, &a) != bind.StateSuccess {
		err := appenderError(a)
		bind.AppenderDestroy(&a)
		return err
	}
	t := &tableWriter{l: l, appender: a, chunk: newChunk(l)}
	defer func() {
		t.chunk.destroy()
		bind.AppenderDestroy(&t.appender)
	}()
	return transaction(c, func() error {
		for i := range b.Rows {
			if t.chunk.rows == chunkRows {
				if err := t.flush(); err != nil {
					return err
				}
			}
			if t.chunk.rows == 0 {
				t.chunk.pin(b)
			}
			t.chunk.add(b, &b.Rows[i], table.Null)
		}
		return t.flush()
	})
}

// read runs f on a connection of its own, beside the writer. ctx ends with the store.
func (s *Store) read(ctx context.Context, f func(ctx context.Context, c *conn) error) error {
	c, ctx, done, err := s.enter(ctx)
	if err != nil {
		return err
	}
	defer done()
	return f(ctx, c)
}

// enter gives a connection that is good until done is called. While it is in use the files are not opened anew.
func (s *Store) enter(ctx context.Context) (*conn, context.Context, func(), error) {
	s.dbMu.RLock()
	if s.ending.Err() != nil || s.db.Ptr == nil {
		s.dbMu.RUnlock()
		return nil, nil, nil, fault.New(fault.Unavailable, "%w", errStopped)
	}
	c, err := connect(s.db)
	if err != nil {
		s.dbMu.RUnlock()
		return nil, nil, nil, err
	}
	s.epochMu.Lock()
	epoch := s.epoch
	s.epochMu.Unlock()
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(epoch, cancel)
	return c, ctx, func() {
		stop()
		cancel()
		c.close()
		s.dbMu.RUnlock()
	}, nil
}

// interruptQueries ends all queries under way.
func (s *Store) interruptQueries() {
	s.epochMu.Lock()
	defer s.epochMu.Unlock()
	s.endEpoch()
	s.epoch, s.endEpoch = context.WithCancel(s.ending)
}

// reopen closes the files and opens them again: after some failures the engine refuses everything until then. It runs on
// the writer's thread, with nothing staged.
func (s *Store) reopen() error {
	s.opt.Logger.Warn("opening the event store anew after an error of the engine")
	s.interruptQueries()
	s.dbMu.Lock()
	defer s.dbMu.Unlock()
	s.writer.c.close()
	bind.Close(&s.db)
	s.db = bind.Database{}
	if err := s.openFiles(); err != nil {
		if s.db.Ptr != nil {
			bind.Close(&s.db)
		}
		s.db = bind.Database{}
		return fmt.Errorf("open the store again: %w", err)
	}
	var err error
	s.writer.c, err = connect(s.db)
	return err
}

// Health tells how the store is doing.
func (s *Store) Health() Health {
	s.healthMu.Lock()
	h := s.writer.count
	s.healthMu.Unlock()
	for _, name := range []string{s.file(fresh), s.file(closed), s.file(fresh) + ".wal", s.file(closed) + ".wal"} {
		if info, err := os.Stat(name); err == nil {
			h.Bytes += info.Size()
		}
	}
	return h
}
