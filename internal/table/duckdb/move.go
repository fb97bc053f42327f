package duckdb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/glasswatch/glasswatch/internal/table"
	"github.com/glasswatch/glasswatch/kql/sql"
	"github.com/glasswatch/glasswatch/kql/value"
)

// A move takes rows of closed days from the fresh file to the closed one. The engine cannot write two files in one
// transaction, so a move has a number: first the rows are copied with it, then, in one transaction of the fresh file,
// they are deleted there, the number becomes the border, and the view shows it. A crash between the two leaves rows
// above the border, which finishMoves deletes.

// border returns the number of the last finished move of a table.
func border(c *conn, l *layout) (int64, error) {
	n := int64(0)
	err := c.query(context.Background(), "SELECT moved FROM "+fresh+".main.\"~border\" WHERE name = ?", []any{l.schema.Name}, func(r chunkRow) error {
		n = r.int(0)
		return nil
	})
	return n, err
}

// finishMoves deletes what unfinished moves have copied.
func (s *Store) finishMoves(c *conn) error {
	for _, l := range s.order {
		if !l.records {
			continue
		}
		moved, err := border(c, l)
		if err == nil {
			err = c.exec(fmt.Sprintf("DELETE FROM %s WHERE %s > %d", l.stored(closed), sql.QuoteName(moveColumn), moved))
		}
		if err != nil {
			return fmt.Errorf("undo unfinished move of %s: %w", l.schema.Name, err)
		}
	}
	return nil
}

// Compact moves rows of days that closed at least an hour ago, one table and at most a few row groups at a time. It
// returns how many rows it moved; when that is 0 nothing is left to do.
func (s *Store) Compact(ctx context.Context) (int64, error) {
	s.upkeep.Lock()
	defer s.upkeep.Unlock()
	now, _ := value.Ticks(s.opt.Clock().Add(-time.Hour))
	today := now / value.Day * value.Day
	for _, l := range s.order {
		if !l.records {
			continue
		}
		n, err := s.move(ctx, l, today)
		if err != nil {
			return 0, fmt.Errorf("compact %s: %w", l.schema.Name, err)
		}
		if n > 0 {
			return n, nil
		}
	}
	return 0, nil
}

// move moves the oldest rows that arrived before end.
func (s *Store) move(ctx context.Context, l *layout, end int64) (int64, error) {
	var moved int64
	err := s.read(ctx, func(ctx context.Context, c *conn) error {
		step := int64(2 * s.opt.closedRowGroup)
		err := c.query(ctx, fmt.Sprintf("SELECT %[1]s FROM %[2]s WHERE %[1]s < %[3]d ORDER BY %[1]s LIMIT 1 OFFSET %[4]d", l.arrived, l.stored(fresh), end, step), nil,
			func(r chunkRow) error { end = r.int(0) + 1; return nil })
		if err != nil {
			return err
		}
		n := int64(0)
		where := fmt.Sprintf("%s < %d", l.arrived, end)
		if err := c.one(fmt.Sprintf("SELECT count(*) FROM %s WHERE %s", l.stored(fresh), where), func(r chunkRow) { n = r.int(0) }); err != nil || n == 0 {
			return err
		}
		if !s.writer.holdBack(end) {
			return nil // rows of that time are being staged: later
		}
		defer s.writer.holdBack(0)
		if err := s.moveRows(ctx, c, l, where); err != nil {
			return err
		}
		moved = n
		return nil
	})
	return moved, err
}

func (s *Store) moveRows(ctx context.Context, c *conn, l *layout, where string) error {
	last, err := border(c, l)
	if err != nil {
		return err
	}
	var cols string
	for i := range l.columns {
		cols += sql.QuoteName(l.columns[i].name) + ", "
	}
	next := last + 1
	drop := func(n int64) error {
		return c.exec(fmt.Sprintf("DELETE FROM %s WHERE %s = %d", l.stored(closed), sql.QuoteName(moveColumn), n))
	}
	if err := drop(next); err != nil {
		return err
	}
	err = c.query(ctx, fmt.Sprintf("INSERT INTO %s (%s%s) SELECT %s%d FROM %s WHERE %s",
		l.stored(closed), cols, sql.QuoteName(moveColumn), cols, next, l.stored(fresh), where), nil, func(chunkRow) error { return nil })
	if err != nil {
		return errors.Join(err, drop(next))
	}
	return transaction(c, func() error {
		for _, statement := range []string{
			fmt.Sprintf("DELETE FROM %s WHERE %s", l.stored(fresh), where),
			fmt.Sprintf("DELETE FROM %s.main.\"~border\" WHERE name = %s", fresh, quoteText(l.schema.Name)),
			fmt.Sprintf("INSERT INTO %s.main.\"~border\" VALUES (%s, %d)", fresh, quoteText(l.schema.Name), next),
			l.createView(next),
		} {
			if err := c.exec(statement); err != nil {
				return err
			}
		}
		return nil
	})
}

// holdBack keeps the writer from staging rows that arrived before ticks, until it is called with 0: such rows come only
// when a log is replayed long after. It reports false when such rows are staged already.
func (w *writer) holdBack(ticks int64) bool {
	ok := true
	_ = w.do(func() error {
		ok = ticks == 0 || !w.open || w.oldest >= ticks
		if ok {
			w.held.Store(ticks)
		}
		return nil
	})
	return ok
}

// errHeldBack says that rows cannot be staged while older rows are moved; it passes.
var errHeldBack = errors.New("rows of that day are being moved")

// checkHold refuses batches that arrived before the held instant, and notes the oldest.
func (w *writer) checkHold(b *table.Batch) error {
	ticks, _ := value.Ticks(b.ReceivedAt)
	if ticks < w.held.Load() {
		return errHeldBack
	}
	if !w.open || ticks < w.oldest {
		w.oldest = ticks
	}
	return nil
}
