package state

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/glasswatch/glasswatch/internal/action"
	"github.com/glasswatch/glasswatch/internal/alert"
	"github.com/glasswatch/glasswatch/internal/fault"
)

// selectAlert joins an alert with its latest revision; a WHERE clause follows.
const selectAlert = alertColumns + ` JOIN revisions r ON r.alert_id = a.id AND r.revision = a.revision`

const alertColumns = `SELECT r.body, a.state, a.delivered_at, a.acknowledged_at, a.acknowledged_by, a.comment FROM alerts a`

type scanner interface{ Scan(into ...any) error }

// scanAlert puts the body and what changes without a revision together.
func scanAlert(row scanner) (a alert.Alert, err error) {
	var body []byte
	var state, by, comment string
	var delivered, acknowledged *int64
	if err := row.Scan(&body, &state, &delivered, &acknowledged, &by, &comment); err != nil {
		return a, err
	}
	if err := json.Unmarshal(body, &a); err != nil {
		return a, fmt.Errorf("alert in state file: %w", err)
	}
	a.State, a.AcknowledgedBy, a.Comment = alert.State(state), by, comment
	a.DeliveredAt, a.AcknowledgedAt = instantOrNil(delivered), instantOrNil(acknowledged)
	return a, nil
}

// Revision returns an alert as it was after a revision; see action.Store.
func (s *Store) Revision(ctx context.Context, id string, revision int) (a alert.Alert, err error) {
	const query = alertColumns + ` JOIN revisions r ON r.alert_id = a.id WHERE a.id = ? AND r.revision = ?`
	err = s.read(ctx, func(ctx context.Context, db *sql.DB) (err error) {
		a, err = scanAlert(db.QueryRowContext(ctx, query, id, revision))
		return err
	})
	return a, notFound(err, id)
}

// Alert returns the alert whose id is, or uniquely begins with, id.
func (s *Store) Alert(ctx context.Context, id string) (alert.Alert, error) {
	full, err := s.complete(ctx, id)
	if err != nil {
		return alert.Alert{}, err
	}
	var a alert.Alert
	err = s.read(ctx, func(ctx context.Context, db *sql.DB) (err error) {
		a, err = scanAlert(db.QueryRowContext(ctx, selectAlert+` WHERE a.id = ?`, full))
		return err
	})
	return a, notFound(err, id)
}

// complete finds the one id of an alert that begins with prefix.
func (s *Store) complete(ctx context.Context, prefix string) (string, error) {
	return s.completeIn(ctx, "alerts", "alert", prefix)
}

// Alerts lists alerts, the newest first.
func (s *Store) Alerts(ctx context.Context, f action.Filter) ([]alert.Alert, error) {
	where, args := conditions(f)
	query := selectAlert + where + ` ORDER BY a.fired_at DESC, a.id DESC LIMIT ? OFFSET ?`
	limit := f.Limit
	if limit <= 0 {
		limit = 100
	}
	return collect(ctx, s, query, append(args, limit, f.Offset), func(r *sql.Rows) (alert.Alert, error) { return scanAlert(r) })
}

func conditions(f action.Filter) (where string, args []any) {
	var all []string
	add := func(condition string, values ...any) {
		all = append(all, condition)
		args = append(args, values...)
	}
	if len(f.States) > 0 {
		for _, st := range f.States {
			args = append(args, string(st))
		}
		all = append(all, "a.state IN (?"+strings.Repeat(", ?", len(f.States)-1)+")")
	}
	if f.MaxSeverity != nil {
		add("a.severity <= ?", int(*f.MaxSeverity))
	}
	if f.Rule != "" {
		add("a.rule = ?", f.Rule)
	}
	if f.Account != "" {
		add("(a.object_id = ? OR a.principal_name = ?)", strings.ToLower(f.Account), strings.ToLower(f.Account))
	}
	if !f.Since.IsZero() {
		add("a.fired_at >= ?", f.Since.UnixNano())
	}
	if !f.Until.IsZero() {
		add("a.fired_at < ?", f.Until.UnixNano())
	}
	if len(all) == 0 {
		return "", nil
	}
	return " WHERE " + strings.Join(all, " AND "), args
}

// Move changes an alert's state; see action.Store.
func (s *Store) Move(ctx context.Context, id string, to alert.State, by, comment string, at time.Time) (alert.Alert, error) {
	full, err := s.complete(ctx, id)
	if err != nil {
		return alert.Alert{}, err
	}
	var moved alert.Alert
	err = s.change(ctx, func(w *writer) error {
		a, err := w.alert(full)
		if err != nil {
			return err
		}
		if err := w.move(&a, to, by, comment, at); err != nil {
			return fault.New(fault.Conflict, "%w", err).WithNext("look at its history: glasswatch alert show %s", full)
		}
		moved = a
		return nil
	})
	if err != nil {
		return alert.Alert{}, err
	}
	return moved, nil
}

// move changes an alert's state within a change.
func (w *writer) move(a *alert.Alert, to alert.State, by, comment string, at time.Time) error {
	step, err := a.Move(to, by, comment, at)
	if err != nil {
		return err
	}
	const update = `UPDATE alerts SET state = ?, acknowledged_at = ?, acknowledged_by = ?, comment = ? WHERE id = ?`
	if err := w.exec(update, string(a.State), nanos(a.AcknowledgedAt), a.AcknowledgedBy, a.Comment, a.ID); err != nil {
		return err
	}
	return w.transition(a.ID, step)
}

// History returns an alert's steps in order.
func (s *Store) History(ctx context.Context, id string) ([]alert.Transition, error) {
	const query = `SELECT at, event, from_state, to_state, actor, comment FROM transitions WHERE alert_id = ? ORDER BY step`
	return collect(ctx, s, query, []any{id}, scanTransition)
}

func scanTransition(r *sql.Rows) (t alert.Transition, err error) {
	var at int64
	var event, from, to string
	err = r.Scan(&at, &event, &from, &to, &t.By, &t.Comment)
	t.At, t.Event, t.From, t.To = instant(at), alert.Event(event), alert.State(from), alert.State(to)
	return t, err
}

func notFound(err error, id string) error {
	if errors.Is(err, sql.ErrNoRows) {
		return fault.New(fault.NotFound, "no alert %s", id).WithNext("list the alerts: glasswatch alert list")
	}
	return err
}
