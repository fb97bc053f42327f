package duckdb

import (
	"context"
	"fmt"
	"time"

	"github.com/glasswatch/glasswatch/kql/value"
)

// Run keeps the store in order until ctx ends: it deletes rows that are older than their table's retention, moves closed
// days, and writes checkpoints. What fails is logged and tried again.
func (s *Store) Run(ctx context.Context) error {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		if err := s.Maintain(ctx); err != nil && ctx.Err() == nil {
			s.opt.Logger.Error("upkeep of the event store", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Maintain does what is due now.
func (s *Store) Maintain(ctx context.Context) error {
	deleted, err := s.Expire(ctx)
	if err != nil {
		return err
	}
	moved := int64(0)
	for s.quiet() && ctx.Err() == nil {
		n, err := s.Compact(ctx)
		if err != nil {
			return err
		}
		if n == 0 {
			break
		}
		moved += n
		if err := s.Checkpoint(ctx); err != nil { // frees the space of each step before the next
			return err
		}
	}
	if deleted > 0 && moved == 0 {
		return s.Checkpoint(ctx)
	}
	return nil
}

func (s *Store) quiet() bool {
	from, to := s.opt.QuietFrom, s.opt.QuietTo
	h := s.opt.Clock().Hour()
	switch {
	case from == to:
		return true
	case from < to:
		return from <= h && h < to
	}
	return h >= from || h < to
}

// Expire deletes rows that arrived longer ago than their table's retention, a day of them at a time. It returns how many
// rows went.
func (s *Store) Expire(ctx context.Context) (int64, error) {
	s.upkeep.Lock()
	defer s.upkeep.Unlock()
	total := int64(0)
	for _, l := range s.order {
		keep, ok := s.opt.Retention[l.schema.Name]
		if !ok {
			keep = s.opt.Retention[""]
		}
		if keep <= 0 {
			continue
		}
		limit, _ := value.Ticks(s.opt.Clock().Add(-keep))
		for _, db := range []string{closed, fresh} {
			n, err := s.expire(ctx, l, db, limit)
			total += n
			if err != nil {
				return total, fmt.Errorf("retention of %s: %w", l.schema.Name, err)
			}
		}
	}
	return total, nil
}

func (s *Store) expire(ctx context.Context, l *layout, db string, limit int64) (int64, error) {
	total := int64(0)
	for {
		n := int64(0)
		err := s.read(ctx, func(ctx context.Context, c *conn) error {
			oldest := limit
			err := c.query(ctx, fmt.Sprintf("SELECT min(%[1]s) FROM %[2]s WHERE %[1]s < %[3]d", l.arrived, l.stored(db), limit), nil, func(r chunkRow) error {
				if !r.null(0) {
					oldest = r.int(0)
				}
				return nil
			})
			if err != nil || oldest >= limit {
				return err
			}
			to := min(limit, oldest+value.Day)
			return c.query(ctx, fmt.Sprintf("DELETE FROM %s WHERE %s < %d", l.stored(db), l.arrived, to), nil, func(r chunkRow) error {
				n = r.int(0)
				return nil
			})
		})
		total += n
		if err != nil || n == 0 {
			return total, err
		}
	}
}

// Checkpoint writes what the write-ahead logs hold into the files, so that space of deleted rows is used again. For the
// fresh file it waits for the writer, and does nothing while rows are staged: their commit will see to it.
func (s *Store) Checkpoint(ctx context.Context) error {
	err := s.read(ctx, func(_ context.Context, c *conn) error { return c.exec("CHECKPOINT " + closed) })
	if err != nil {
		return err
	}
	return s.writer.do(func() error {
		if s.writer.open {
			return nil
		}
		return s.writer.c.exec("CHECKPOINT " + fresh)
	})
}
