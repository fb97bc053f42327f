package app

import (
	"context"
	"errors"
	"time"

	"github.com/glasswatch/glasswatch/internal/alert"
	"github.com/glasswatch/glasswatch/internal/ingest"
	"github.com/glasswatch/glasswatch/internal/rule/schedule"
	"github.com/glasswatch/glasswatch/internal/table"
	"github.com/glasswatch/glasswatch/internal/table/duckdb"
	"github.com/glasswatch/glasswatch/kql/value"
)

// openSchedule makes the scheduler of the rules that run over windows. It steps when ingest is open, and hears of records
// from before.
func (a *App) openSchedule(ctx context.Context) error {
	limits := table.Limits{Time: time.Duration(a.cfg.Limits.QueryTime)}
	store := &schedule.Store{Querier: a.store, Catalog: a.catalog, Limits: limits}
	a.schedule = schedule.New(schedule.Options{
		Evaluator: schedule.NewParts(store, a.catalog.Schemas(), schedule.PartsOptions{Bytes: int64(a.cfg.Limits.RuleMemory)}),
		Memory:    a.state, Sink: &a.teller, Schemas: a.catalog.Schemas(), Log: a.log,
	})
	return a.schedule.Load(ctx, a.judge.rules.Load().Windowed(), time.Now())
}

var _ ingest.Store = tracked{}

// tracked is the store as ingest sees it, with the scheduler listening.
type tracked struct {
	*duckdb.Store
	tracker *schedule.Tracker
}

// Stage tells the scheduler which rows the store took.
func (t tracked) Stage(batches []*table.Batch, from int) (batch, row int, err error) {
	batch, row, err = t.Store.Stage(batches, from)
	if err != nil {
		t.tracker.Drop()
		return batch, row, err
	}
	for i, b := range batches {
		to := len(b.Rows)
		if i > batch || i == batch && row == 0 {
			break
		}
		if i == batch {
			to = row
		}
		t.tracker.Stage(b, from, to)
		from = 0
	}
	return batch, row, nil
}

// Commit lets the scheduler know what queries find now.
func (t tracked) Commit(upTo table.Position) error {
	if err := t.tracker.BeforeCommit(context.Background()); err != nil {
		t.tracker.Drop()
		return errors.Join(err, t.Store.Abandon())
	}
	if err := t.Store.Commit(upTo); err != nil {
		t.tracker.Drop()
		return err
	}
	t.tracker.Commit()
	return nil
}

// appendRows adds rows to one of Glasswatch's own tables, and lets rules over it know.
func (a *App) appendRows(ctx context.Context, s *table.Schema, rows [][]value.Value) error {
	if err := a.store.AppendRows(ctx, s, rows); err != nil {
		return err
	}
	a.schedule.Tracker().Rows(s, time.Now())
	return nil
}

// Resolve is the second half of the scheduled rules' Sink.
func (t *teller) Resolve(ctx context.Context, list []alert.Resolution) error {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.g.actions.Conclude(ctx, list)
}
