package duckdb

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/glasswatch/glasswatch/internal/table"
	"github.com/glasswatch/glasswatch/kql/sql"
	"github.com/glasswatch/glasswatch/kql/value"
)

// eachStored reads the rows of both files that are in view, where the condition holds.
func (s *Store) eachStored(ctx context.Context, c *conn, l *layout, columns, where string, f func(chunkRow)) error {
	text := fmt.Sprintf("SELECT %s FROM %s WHERE %s", columns, l.stored(fresh), where)
	moved, err := border(c, l)
	if err != nil {
		return err
	}
	if moved > 0 {
		text += fmt.Sprintf(" UNION ALL SELECT %s FROM %s WHERE %s AND %s <= %d", columns, l.stored(closed), where, sql.QuoteName(moveColumn), moved)
	}
	return c.query(ctx, text, nil, func(r chunkRow) error {
		f(r)
		return nil
	})
}

const quotedID = `"` + keyColumn + `"`

// Recent calls f with the key and hash of every row that arrived at or after the returned instant (ticks; 0: of all rows
// there are), about limit rows at most.
func (s *Store) Recent(ctx context.Context, limit int, f func(key, hash uint64)) (since int64, err error) {
	err = s.read(ctx, func(ctx context.Context, c *conn) error {
		if since, err = s.recentSince(ctx, c, int64(limit)); err != nil {
			return err
		}
		for _, l := range s.order {
			if !l.records {
				continue
			}
			if err := s.eachStored(ctx, c, l, quotedID, fmt.Sprintf("%s >= %d", l.arrived, since), func(r chunkRow) { f(r.id(0)) }); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("read the newest keys: %w", err)
	}
	return since, nil
}

// recentSince finds an instant after which at most limit rows arrived.
func (s *Store) recentSince(ctx context.Context, c *conn, limit int64) (int64, error) {
	now, _ := value.Ticks(s.opt.Clock())
	for _, back := range []time.Duration{0, 90 * 24 * time.Hour, 7 * 24 * time.Hour, 24 * time.Hour, 6 * time.Hour, time.Hour, 10 * time.Minute, time.Minute} {
		since := int64(0)
		if back > 0 {
			since = now - int64(back/100)
		}
		total := int64(0)
		for _, l := range s.order {
			if !l.records {
				continue
			}
			if err := s.eachStored(ctx, c, l, "count(*)", fmt.Sprintf("%s >= %d", l.arrived, since), func(r chunkRow) { total += r.int(0) }); err != nil {
				return 0, err
			}
		}
		if total <= limit {
			return since, nil
		}
	}
	return now + int64(time.Minute/100), nil // more in a minute than the limit: none
}

// Known calls f with key and hash of the stored rows that have one of the keys and whose TimeGenerated lies in the given
// range of ticks, both ends included.
func (s *Store) Known(ctx context.Context, schema *table.Schema, from, to int64, keys []uint64, f func(key, hash uint64)) error {
	l := s.layouts[schema.Name]
	if l == nil || !l.records || len(keys) == 0 {
		return nil
	}
	return s.read(ctx, func(ctx context.Context, c *conn) error {
		var list strings.Builder
		for i, k := range keys {
			if i > 0 {
				list.WriteByte(',')
			}
			fmt.Fprint(&list, k)
		}
		where := fmt.Sprintf("%s BETWEEN %d AND %d AND (%s >> 64)::UBIGINT IN (%s)", l.time, from, to, quotedID, list.String())
		if err := s.eachStored(ctx, c, l, quotedID, where, func(r chunkRow) { f(r.id(0)) }); err != nil {
			return fmt.Errorf("look up known records of %s: %w", schema.Name, err)
		}
		return nil
	})
}
