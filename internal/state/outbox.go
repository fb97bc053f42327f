package state

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/glasswatch/glasswatch/internal/action"
	"github.com/glasswatch/glasswatch/internal/alert"
)

// Record adds an attempt and brings notification and alert up to date; see action.Store.
func (s *Store) Record(ctx context.Context, n action.Notification, a action.Attempt) error {
	return s.change(ctx, func(w *writer) error {
		if err := w.record(n, a); err != nil {
			return fmt.Errorf("notification %s: %w", n.ID, err)
		}
		return nil
	})
}

func (w *writer) record(n action.Notification, a action.Attempt) error {
	const attempt = `INSERT INTO attempts (alert_id, notification_id, number, at, took, outcome, error, reference) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`
	if err := w.exec(attempt, n.AlertID, n.ID, n.Attempts, a.At.UnixNano(), int64(a.Took), a.Outcome, a.Error, a.Reference); err != nil {
		return err
	}
	const update = `UPDATE notifications SET state = ?, attempts = ?, next_at = ?, delivered_at = ?, last_error = ?, reference = ?
		WHERE alert_id = ? AND id = ?`
	if err := w.exec(update, string(n.State), n.Attempts, n.NextAt.UnixNano(), nanos(n.DeliveredAt), n.LastError, n.Reference, n.AlertID, n.ID); err != nil {
		return err
	}
	step := alert.Transition{At: a.At.Add(a.Took), Comment: n.Group + "/" + n.Receiver + " by " + n.Channel}
	switch n.State {
	case action.Delivered:
		const first = `UPDATE alerts SET delivered_at = ? WHERE id = ? AND delivered_at IS NULL`
		if err := w.exec(first, nanos(n.DeliveredAt), n.AlertID); err != nil {
			return err
		}
		step.Event = alert.ActionsTriggered
	case action.Failed:
		step.Event, step.Comment = alert.NotificationFailed, step.Comment+": "+n.LastError
	case action.Expired:
		step.Event, step.Comment = alert.NotificationExpired, step.Comment+": "+n.LastError
	default:
		return nil
	}
	return w.transition(n.AlertID, step)
}

const selectNotification = `SELECT id, alert_id, revision, group_name, receiver, channel, recipient, severity, state, attempts,
	created_at, next_at, delivered_at, last_error, reference FROM notifications`

// Pending returns what is owed, the most severe first.
func (s *Store) Pending(ctx context.Context) ([]action.Notification, error) {
	return s.notifications(ctx, selectNotification+` WHERE state = 'pending' ORDER BY severity, created_at, place`)
}

// Notifications returns what an alert owed and owes, in the order in which it was owed.
func (s *Store) Notifications(ctx context.Context, alertID string) ([]action.Notification, error) {
	return s.notifications(ctx, selectNotification+` WHERE alert_id = ? ORDER BY revision, place`, alertID)
}

func (s *Store) notifications(ctx context.Context, query string, args ...any) ([]action.Notification, error) {
	return collect(ctx, s, query, args, func(r *sql.Rows) (n action.Notification, err error) {
		var severity int
		var state string
		var created, next int64
		var delivered *int64
		err = r.Scan(&n.ID, &n.AlertID, &n.Revision, &n.Group, &n.Receiver, &n.Channel, &n.Recipient, &severity, &state, &n.Attempts,
			&created, &next, &delivered, &n.LastError, &n.Reference)
		n.Severity, n.State = alert.Severity(severity), action.Delivery(state)
		n.CreatedAt, n.NextAt, n.DeliveredAt = instant(created), instant(next), instantOrNil(delivered)
		return n, err
	})
}

// Attempts returns the delivery log of an alert.
func (s *Store) Attempts(ctx context.Context, alertID string) ([]action.Attempt, error) {
	const query = `SELECT notification_id, at, took, outcome, error, reference FROM attempts WHERE alert_id = ? ORDER BY at, number`
	return collect(ctx, s, query, []any{alertID}, func(r *sql.Rows) (a action.Attempt, err error) {
		var at, took int64
		err = r.Scan(&a.NotificationID, &at, &took, &a.Outcome, &a.Error, &a.Reference)
		a.At, a.Took = instant(at), time.Duration(took)
		return a, err
	})
}

// collect reads all rows of a query.
func collect[T any](ctx context.Context, s *Store, query string, args []any, scan func(*sql.Rows) (T, error)) ([]T, error) {
	var list []T
	err := s.read(ctx, func(ctx context.Context, db *sql.DB) error {
		rows, err := db.QueryContext(ctx, query, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			v, err := scan(rows)
			if err != nil {
				return err
			}
			list = append(list, v)
		}
		return rows.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("read state: %w", err)
	}
	return list, nil
}

// nanos writes an instant that may be missing.
func nanos(t *time.Time) any {
	if t == nil {
		return nil
	}
	return t.UnixNano()
}

func instant(ns int64) time.Time { return time.Unix(0, ns).UTC() }

func instantOrNil(ns *int64) *time.Time {
	if ns == nil {
		return nil
	}
	t := instant(*ns)
	return &t
}
