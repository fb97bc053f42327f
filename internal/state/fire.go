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
)

var _ action.Store = (*Store)(nil)

// Fire takes the firings in one transaction; see action.Store.
func (s *Store) Fire(ctx context.Context, firings []action.Firing) ([]action.Fired, error) {
	var out []action.Fired
	now := s.now()
	err := s.change(ctx, func(w *writer) error {
		out = make([]action.Fired, 0, len(firings))
		for i := range firings {
			f, err := w.fire(&firings[i], now)
			if err != nil {
				return fmt.Errorf("alert of rule %s, record %s: %w", firings[i].Alert.Rule, firings[i].Alert.RecordKey, err)
			}
			out = append(out, f)
		}
		return nil
	})
	if err != nil {
		return nil, err // out may belong to a writer that is still at it
	}
	return out, nil
}

func (w *writer) fire(f *action.Firing, now time.Time) (action.Fired, error) {
	var id, hash string
	const known = `SELECT id, record_hash FROM alerts WHERE rule = ? AND record_key = ?`
	err := w.row(known, []any{f.Alert.Rule, f.Alert.RecordKey}, &id, &hash)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return w.create(f, now)
	case err != nil:
		return action.Fired{}, err
	case hash == f.Alert.RecordHash:
		return action.Fired{Change: action.Unchanged}, nil
	}
	var seen int // a replay brings earlier revisions again
	const before = `SELECT count(*) FROM revisions WHERE alert_id = ? AND record_hash = ?`
	if err := w.row(before, []any{id, f.Alert.RecordHash}, &seen); err != nil || seen > 0 {
		return action.Fired{Change: action.Unchanged}, err
	}
	return w.revise(id, f, now)
}

func (w *writer) create(f *action.Firing, now time.Time) (action.Fired, error) {
	a := f.Alert
	const insert = `INSERT INTO alerts (id, rule, record_key, record_hash, revision, state, severity, rank, object_id, principal_name, fired_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	if err := w.exec(insert, a.ID, a.Rule, a.RecordKey, a.RecordHash, a.Revision, string(a.State), int(a.Severity), int(a.Outcome.Rank),
		strings.ToLower(a.Account.ObjectID), strings.ToLower(a.Account.UserPrincipalName), a.FiredAt.UnixNano()); err != nil {
		return action.Fired{}, err
	}
	if err := w.transition(a.ID, alert.Transition{At: a.FiredAt, Event: alert.AlertCreated, To: a.State, Comment: a.Severity.String()}); err != nil {
		return action.Fired{}, err
	}
	routes, err := w.tell(&a, f.Routes)
	if err != nil {
		return action.Fired{}, err
	}
	if err := w.transitions(a.ID, f.Steps); err != nil {
		return action.Fired{}, err
	}
	if err := w.exec(`INSERT INTO unjoined (alert_id) VALUES (?)`, a.ID); err != nil {
		return action.Fired{}, err
	}
	w.fresh = append(w.fresh, a.ID)
	return w.owe(action.Created, a, routes, now)
}

// tell notes the window that an alert is about and returns the routes that are told of it.
func (w *writer) tell(a *alert.Alert, routes []action.Route) ([]action.Route, error) {
	muted, err := w.firing(a)
	if err != nil || muted.IsZero() {
		return routes, err
	}
	return nil, w.transition(a.ID, alert.Transition{At: a.FiredAt, Event: alert.ActionsSuppressed,
		Comment: "muteActionsDuration: an alert of these dimensions was told, further ones are not until " + muted.Format("2006-01-02 15:04:05 UTC")})
}

func (w *writer) revise(id string, f *action.Firing, now time.Time) (action.Fired, error) {
	a, err := w.alert(id)
	if err != nil {
		return action.Fired{}, err
	}
	steps, worse := a.Revise(f.Alert, now)
	if _, err := w.firing(&f.Alert); err != nil {
		return action.Fired{}, err
	}
	const update = `UPDATE alerts SET record_hash = ?, revision = ?, state = ?, severity = ?, rank = ?, object_id = ?, principal_name = ?,
		fired_at = ?, acknowledged_at = ?, acknowledged_by = ? WHERE id = ?`
	if err := w.exec(update, a.RecordHash, a.Revision, string(a.State), int(a.Severity), int(a.Outcome.Rank),
		strings.ToLower(a.Account.ObjectID), strings.ToLower(a.Account.UserPrincipalName), a.FiredAt.UnixNano(),
		nanos(a.AcknowledgedAt), a.AcknowledgedBy, id); err != nil {
		return action.Fired{}, err
	}
	if worse {
		steps = append(steps, f.Steps...)
	}
	if err := w.transitions(id, steps); err != nil {
		return action.Fired{}, err
	}
	if err := w.reviseIncident(&a, worse, now); err != nil {
		return action.Fired{}, err
	}
	if worse {
		return w.owe(action.Worsened, a, f.Routes, now)
	}
	return w.owe(action.Revised, a, nil, now)
}

// owe writes the alert's revision and the notifications for the routes.
func (w *writer) owe(c action.Change, a alert.Alert, routes []action.Route, now time.Time) (action.Fired, error) {
	body, err := json.Marshal(a)
	if err != nil {
		return action.Fired{}, err
	}
	const revision = `INSERT INTO revisions (alert_id, revision, record_hash, body) VALUES (?, ?, ?, ?)`
	if err := w.exec(revision, a.ID, a.Revision, a.RecordHash, body); err != nil {
		return action.Fired{}, err
	}
	out := action.Fired{Change: c, Alert: a}
	const insert = `INSERT INTO notifications (alert_id, id, revision, place, group_name, receiver, channel, recipient, severity, state, created_at, next_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	for place, r := range routes {
		n := action.NewNotification(&a, r, now)
		if err := w.exec(insert, n.AlertID, n.ID, n.Revision, place, n.Group, n.Receiver, n.Channel, n.Recipient, int(n.Severity),
			string(n.State), n.CreatedAt.UnixNano(), n.NextAt.UnixNano()); err != nil {
			return action.Fired{}, err
		}
		out.Owed = append(out.Owed, n)
	}
	return out, nil
}

func (w *writer) transition(id string, t alert.Transition) error {
	const insert = `INSERT INTO transitions (alert_id, step, at, event, from_state, to_state, actor, comment)
		VALUES (?1, (SELECT coalesce(max(step), 0) + 1 FROM transitions WHERE alert_id = ?1), ?2, ?3, ?4, ?5, ?6, ?7)`
	return w.exec(insert, id, t.At.UnixNano(), string(t.Event), string(t.From), string(t.To), t.By, t.Comment)
}

func (w *writer) transitions(id string, list []alert.Transition) error {
	for _, t := range list {
		if err := w.transition(id, t); err != nil {
			return err
		}
	}
	return nil
}

// alert reads an alert within a change.
func (w *writer) alert(id string) (alert.Alert, error) {
	s, err := w.prepare(context.Background(), selectAlert+" WHERE a.id = ?")
	if err != nil {
		return alert.Alert{}, err
	}
	return scanAlert(s.QueryRow(id))
}
