package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/glasswatch/glasswatch/internal/action"
	"github.com/glasswatch/glasswatch/internal/alert"
	"github.com/glasswatch/glasswatch/internal/rule/schedule"
)

var _ schedule.Memory = (*Store)(nil)

// Progress returns how far each scheduled rule is; see schedule.Memory.
func (s *Store) Progress(ctx context.Context) (map[string]schedule.Progress, error) {
	list, err := collect(ctx, s, `SELECT rule, fingerprint, since, done, arrived FROM schedule`, nil, func(r *sql.Rows) (p schedule.Progress, err error) {
		var since, done, arrived int64
		err = r.Scan(&p.Rule, &p.Fingerprint, &since, &done, &arrived)
		p.Since, p.Done, p.Arrived = instant(since), instant(done), instant(arrived)
		return p, err
	})
	out := make(map[string]schedule.Progress, len(list))
	for _, p := range list {
		out[p.Rule] = p
	}
	return out, err
}

// Save writes how far rules are.
func (s *Store) Save(ctx context.Context, list []schedule.Progress) error {
	if len(list) == 0 {
		return nil
	}
	const upsert = `INSERT INTO schedule (rule, fingerprint, since, done, arrived) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (rule) DO UPDATE SET fingerprint = excluded.fingerprint, since = excluded.since, done = excluded.done, arrived = excluded.arrived`
	return s.change(ctx, func(w *writer) error {
		for _, p := range list {
			if err := w.exec(upsert, p.Rule, p.Fingerprint, p.Since.UnixNano(), p.Done.UnixNano(), p.Arrived.UnixNano()); err != nil {
				return err
			}
		}
		return nil
	})
}

// Firings returns what fired of a rule in windows that end after since.
func (s *Store) Firings(ctx context.Context, rule string, since time.Time) ([]schedule.Firing, error) {
	const query = `SELECT f.dimensions, f.ends_at, f.record_key, f.withdrawn, f.times, coalesce(a.state, 'Closed') IN ('Resolved', 'Closed')
		FROM firings f LEFT JOIN alerts a ON a.rule = f.rule AND a.record_key = f.record_key WHERE f.rule = ? AND f.ends_at > ? ORDER BY f.ends_at, f.dimensions`
	return collect(ctx, s, query, []any{rule, since.UnixNano()}, func(r *sql.Rows) (f schedule.Firing, err error) {
		var ends int64
		err = r.Scan(&f.Dimensions, &ends, &f.Key, &f.Withdrawn, &f.Times, &f.Resolved)
		f.Rule, f.End = rule, instant(ends)
		return f, err
	})
}

const upsertFiring = `INSERT INTO firings (rule, dimensions, ends_at, record_key, withdrawn, times, told_at) VALUES (?, ?, ?, ?, ?, ?, ?)
	ON CONFLICT (rule, dimensions, ends_at) DO UPDATE SET withdrawn = excluded.withdrawn, times = max(times, excluded.times), told_at = coalesce(excluded.told_at, told_at)`

// Join notes windows that share an alert.
func (s *Store) Join(ctx context.Context, list []schedule.Firing) error {
	return s.change(ctx, func(w *writer) error {
		for _, f := range list {
			if err := w.exec(upsertFiring, f.Rule, f.Dimensions, f.End.UnixNano(), f.Key, 0, f.Times, nil); err != nil {
				return err
			}
		}
		return nil
	})
}

// Withdraw notes that a window does not meet its condition after all.
func (s *Store) Withdraw(ctx context.Context, f schedule.Firing) error {
	return s.change(ctx, func(w *writer) error {
		return w.exec(upsertFiring, f.Rule, f.Dimensions, f.End.UnixNano(), f.Key, 1, f.Times, nil)
	})
}

// firing notes the window of an alert that fires, within the alert's own transaction. It reports until when the rule's
// mute keeps people from being told again; zero when it does not.
func (w *writer) firing(a *alert.Alert) (muted time.Time, err error) {
	if a.Window == nil {
		return muted, nil
	}
	dimensions := a.Window.DimensionKey()
	told := any(a.FiredAt.UnixNano())
	if a.Window.Mute > 0 {
		var last sql.NullInt64
		const latest = `SELECT max(told_at) FROM firings WHERE rule = ? AND dimensions = ? AND told_at IS NOT NULL`
		if err := w.row(latest, []any{a.Rule, dimensions}, &last); err != nil {
			return muted, err
		}
		if until := instant(last.Int64).Add(a.Window.Mute); last.Valid && a.FiredAt.Before(until) {
			muted, told = until, nil
		}
	}
	return muted, w.exec(upsertFiring, a.Rule, dimensions, a.Window.End.UnixNano(), a.RecordKey, 0, 0, told)
}

// Resolve ends alerts that are open; see action.Store.
func (s *Store) Resolve(ctx context.Context, list []alert.Resolution, routes func(*alert.Alert) []action.Route) ([]action.Fired, error) {
	var out []action.Fired
	now := s.now()
	err := s.change(ctx, func(w *writer) error {
		out = out[:0]
		for _, r := range list {
			f, err := w.resolve(r, routes, now)
			if err != nil {
				return fmt.Errorf("resolve alert of rule %s, %s: %w", r.Rule, r.RecordKey, err)
			}
			if f.Change != action.Unchanged {
				out = append(out, f)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (w *writer) resolve(r alert.Resolution, routes func(*alert.Alert) []action.Route, now time.Time) (action.Fired, error) {
	var id string
	err := w.row(`SELECT id FROM alerts WHERE rule = ? AND record_key = ?`, []any{r.Rule, r.RecordKey}, &id)
	if errors.Is(err, sql.ErrNoRows) {
		return action.Fired{}, nil
	}
	if err != nil {
		return action.Fired{}, err
	}
	a, err := w.alert(id)
	if err != nil || !alert.CanMove(a.State, alert.Resolved) {
		return action.Fired{}, err
	}
	step, _ := a.Move(alert.Resolved, "", r.Comment, r.At)
	step.Event = alert.MonitorConditionChange
	a.Revision++
	a.ResolvedAt = &r.At
	if err := w.exec(`UPDATE alerts SET state = ?, revision = ?, comment = ? WHERE id = ?`, string(a.State), a.Revision, a.Comment, id); err != nil {
		return action.Fired{}, err
	}
	if err := w.transition(id, step); err != nil {
		return action.Fired{}, err
	}
	return w.owe(action.Concluded, a, routes(&a), now)
}
