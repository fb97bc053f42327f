package ruletest

import (
	"context"
	"io"
	"time"

	"github.com/glasswatch/glasswatch/internal/table"
	"github.com/glasswatch/glasswatch/kql/eval"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// store answers queries from the records of a test.
type store struct{ batch *table.Batch }

// Query runs a plan with the interpreter.
func (s store) Query(ctx context.Context, q plan.Node, _ table.Limits) (table.Rows, error) {
	now, _ := value.Ticks(s.batch.ReceivedAt)
	r, err := eval.Run(ctx, q, s, eval.Options{Now: now})
	if err != nil {
		return nil, err
	}
	out := &rows{r: r}
	for i, c := range r.Columns() {
		if !c.Hidden {
			out.cols, out.at = append(out.cols, c), append(out.at, i)
		}
	}
	return out, nil
}

// rows is a result without its hidden columns.
type rows struct {
	r    *eval.Result
	cols []plan.Column
	at   []int
}

func (r *rows) Columns() []plan.Column { return r.cols }
func (r *rows) Close() error           { return r.r.Close() }

func (r *rows) Next() ([]value.Value, error) {
	row, err := r.r.Next()
	if err != nil {
		return nil, err
	}
	out := make([]value.Value, len(r.at))
	for i, at := range r.at {
		out[i] = row[at]
	}
	return out, nil
}

// Scan reads the records of a table.
func (s store) Scan(_ context.Context, t *plan.Table) (eval.Iterator, error) {
	it := &iterator{batch: s.batch, table: t, received: -1, next: -1}
	for i, c := range t.Columns {
		if c.Name == table.TimeReceived {
			it.received = i
		}
	}
	return it, nil
}

// iterator is also its own current row.
type iterator struct {
	batch    *table.Batch
	table    *plan.Table
	received int
	next     int
}

func (it *iterator) Next() (eval.Row, error) {
	for it.next++; it.next < len(it.batch.Rows); it.next++ {
		if it.batch.Rows[it.next].Schema.Plan == it.table {
			return it, nil
		}
	}
	return nil, io.EOF
}

func (it *iterator) Close() error { return nil }

func (it *iterator) Value(i int) value.Value {
	if i == it.received {
		ticks, _ := value.Ticks(it.batch.ReceivedAt)
		return value.NewDateTime(ticks)
	}
	return it.batch.Value(&it.batch.Rows[it.next], i, true)
}

// span is from the first to the last time of the records, on the axis of windows.
func span(b *table.Batch) (first, last time.Time) {
	for i := range b.Rows {
		r := &b.Rows[i]
		at := r.Schema.Column("TimeGenerated")
		if at < 0 {
			continue
		}
		if v := b.Value(r, at, false); !v.IsNull() {
			t := value.Time(v.Int())
			if first.IsZero() || t.Before(first) {
				first = t
			}
			if t.After(last) {
				last = t
			}
		}
	}
	return first, last
}
