package state

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/glasswatch/glasswatch/internal/alert"
	"github.com/glasswatch/glasswatch/internal/fault"
)

// IncidentFilter chooses incidents; the zero value all of them. The one with the newest alert comes first.
type IncidentFilter struct {
	States  []alert.State
	Account string // object id or user principal name, any case
	Limit   int    // 0: 100
	Offset  int
}

// IncidentDetails are an incident with its alerts and its history.
type IncidentDetails struct {
	Incident alert.Incident
	Alerts   []alert.Alert
	History  []alert.Transition
}

// incident opens an incident with a new alert, or adds the alert to the one it belongs to.
func (w *writer) incident(a *alert.Alert) error {
	keys := a.IncidentKeys()
	if len(keys) == 0 {
		return nil
	}
	drill, err := w.drillFor(a)
	if err != nil {
		return err
	}
	i, found, err := w.incidentFor(a, keys)
	if err != nil {
		return err
	}
	var steps []alert.Transition
	if found {
		steps = i.Join(a, drill)
	} else {
		var first alert.Transition
		i, first = alert.OpenIncident(uuid.NewString(), a, drill)
		steps = append(steps, first)
	}
	if err := w.writeIncident(&i, steps); err != nil {
		return err
	}
	if err := w.exec(`INSERT INTO incident_alerts (incident_id, alert_id) VALUES (?, ?)`, i.ID, a.ID); err != nil {
		return err
	}
	const key = `INSERT INTO incident_keys (key, incident_id, first_at, last_at) VALUES (?1, ?2, ?3, ?3)
		ON CONFLICT (key, incident_id) DO UPDATE SET first_at = min(first_at, ?3), last_at = max(last_at, ?3)`
	for _, k := range keys {
		if err := w.exec(key, k.Text, i.ID, a.FiredAt.UnixNano()); err != nil {
			return err
		}
	}
	return nil
}

// incidentFor finds the incident that an alert joins.
func (w *writer) incidentFor(a *alert.Alert, keys []alert.IncidentKey) (i alert.Incident, found bool, err error) {
	id, err := w.incidentWith(keys, a.FiredAt)
	if err != nil || id == "" {
		return i, false, err
	}
	i, err = w.readIncident(id)
	return i, err == nil && i.Takes(a), err
}

// incidentWith finds the newest incident that shares a key, the strongest key first; "" without one.
func (w *writer) incidentWith(keys []alert.IncidentKey, at time.Time) (string, error) {
	const query = `SELECT incident_id FROM incident_keys WHERE key = ? AND last_at >= ? AND first_at <= ? ORDER BY last_at DESC LIMIT 1`
	for _, k := range keys {
		var id string
		err := w.row(query, []any{k.Text, at.Add(-k.Within).UnixNano(), at.Add(k.Within).UnixNano()}, &id)
		if !errors.Is(err, sql.ErrNoRows) {
			return id, err
		}
	}
	return "", nil
}

// reviseIncident lets the incident of an alert know of a revision.
func (w *writer) reviseIncident(a *alert.Alert, worse bool, now time.Time) error {
	var id string
	err := w.row(`SELECT incident_id FROM incident_alerts WHERE alert_id = ?`, []any{a.ID}, &id)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	i, err := w.readIncident(id)
	if err != nil {
		return err
	}
	return w.writeIncident(&i, i.Revise(a, worse, now))
}

func (w *writer) readIncident(id string) (i alert.Incident, err error) {
	var body []byte
	if err := w.row(`SELECT body FROM incidents WHERE id = ?`, []any{id}, &body); err != nil {
		return i, err
	}
	return i, json.Unmarshal(body, &i)
}

func (w *writer) writeIncident(i *alert.Incident, steps []alert.Transition) error {
	body, err := json.Marshal(i)
	if err != nil {
		return err
	}
	const upsert = `INSERT INTO incidents (id, state, severity, object_id, principal_name, opened_at, last_at, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET state = excluded.state, severity = excluded.severity, object_id = excluded.object_id,
		principal_name = excluded.principal_name, last_at = excluded.last_at, body = excluded.body`
	if err := w.exec(upsert, i.ID, string(i.State), int(i.Severity), strings.ToLower(i.Account.ObjectID), strings.ToLower(i.Account.UserPrincipalName),
		i.OpenedAt.UnixNano(), i.LastAt.UnixNano(), body); err != nil {
		return err
	}
	const insert = `INSERT INTO incident_transitions (incident_id, step, at, event, from_state, to_state, actor, comment)
		VALUES (?1, (SELECT coalesce(max(step), 0) + 1 FROM incident_transitions WHERE incident_id = ?1), ?2, ?3, ?4, ?5, ?6, ?7)`
	for _, t := range steps {
		if err := w.exec(insert, i.ID, t.At.UnixNano(), string(t.Event), string(t.From), string(t.To), t.By, t.Comment); err != nil {
			return err
		}
	}
	return nil
}

// Incidents lists incidents.
func (s *Store) Incidents(ctx context.Context, f IncidentFilter) ([]alert.Incident, error) {
	s.joined(ctx)
	query, args := `SELECT body FROM incidents WHERE 1`, []any{}
	if len(f.States) > 0 {
		query += " AND state IN (?" + strings.Repeat(", ?", len(f.States)-1) + ")"
		for _, st := range f.States {
			args = append(args, string(st))
		}
	}
	if f.Account != "" {
		query += " AND (object_id = ? OR principal_name = ?)"
		args = append(args, strings.ToLower(f.Account), strings.ToLower(f.Account))
	}
	if f.Limit <= 0 {
		f.Limit = 100
	}
	query += " ORDER BY last_at DESC, id DESC LIMIT ? OFFSET ?"
	return collect(ctx, s, query, append(args, f.Limit, f.Offset), scanBody[alert.Incident])
}

func scanBody[T any](r *sql.Rows) (v T, err error) {
	var body []byte
	if err := r.Scan(&body); err != nil {
		return v, err
	}
	return v, json.Unmarshal(body, &v)
}

// Incident returns the incident whose id is, or uniquely begins with, id.
func (s *Store) Incident(ctx context.Context, id string) (d IncidentDetails, err error) {
	s.joined(ctx)
	full, err := s.completeIn(ctx, "incidents", "incident", id)
	if err != nil {
		return d, err
	}
	list, err := collect(ctx, s, `SELECT body FROM incidents WHERE id = ?`, []any{full}, scanBody[alert.Incident])
	if err != nil || len(list) == 0 {
		return d, err
	}
	d.Incident = list[0]
	const alerts = selectAlert + ` JOIN incident_alerts i ON i.alert_id = a.id WHERE i.incident_id = ? ORDER BY a.fired_at, a.id`
	if d.Alerts, err = collect(ctx, s, alerts, []any{full}, func(r *sql.Rows) (alert.Alert, error) { return scanAlert(r) }); err != nil {
		return d, err
	}
	const history = `SELECT at, event, from_state, to_state, actor, comment FROM incident_transitions WHERE incident_id = ? ORDER BY step`
	d.History, err = collect(ctx, s, history, []any{full}, scanTransition)
	return d, err
}

// Respond is a person's answer to an incident; the alerts in it that may follow do so, in one transaction.
func (s *Store) Respond(ctx context.Context, id string, to alert.State, by, reason string, at time.Time) (alert.Incident, error) {
	full, err := s.completeIn(ctx, "incidents", "incident", id)
	if err != nil {
		return alert.Incident{}, err
	}
	var i alert.Incident
	err = s.change(ctx, func(w *writer) (err error) {
		if i, err = w.readIncident(full); err != nil {
			return err
		}
		step, err := i.Respond(to, by, reason, at)
		if err != nil {
			return fault.New(fault.Conflict, "%w", err).WithNext("look at its history: glasswatch incident show %s", full)
		}
		if err := w.writeIncident(&i, []alert.Transition{step}); err != nil {
			return err
		}
		return w.moveAlerts(full, to, by, reason, at)
	})
	return i, err
}

// moveAlerts moves the alerts of an incident that the life cycle lets move.
func (w *writer) moveAlerts(incident string, to alert.State, by, reason string, at time.Time) error {
	ids, err := column[string](w, `SELECT alert_id FROM incident_alerts WHERE incident_id = ?`, incident)
	if err != nil {
		return err
	}
	for _, id := range ids {
		a, err := w.alert(id)
		if err != nil {
			return err
		}
		if alert.CanMove(a.State, to) {
			if err := w.move(&a, to, by, reason, at); err != nil {
				return err
			}
		}
	}
	return nil
}

// completeIn finds the one id of a table that begins with prefix.
func (s *Store) completeIn(ctx context.Context, table, what, prefix string) (string, error) {
	prefix = strings.ToLower(strings.TrimSpace(prefix))
	if len(prefix) < 4 {
		return "", fault.New(fault.Invalid, "%s id %q is too short", what, prefix).WithNext("give at least the first 4 characters of the id")
	}
	query := fmt.Sprintf(`SELECT id FROM %s WHERE id >= ? AND id < ? LIMIT 2`, table)
	ids, err := collect(ctx, s, query, []any{prefix, prefix + "\U0010FFFF"}, func(r *sql.Rows) (id string, err error) {
		err = r.Scan(&id)
		return id, err
	})
	switch {
	case err != nil:
		return "", err
	case len(ids) == 0:
		return "", fault.New(fault.NotFound, "no %s %s", what, prefix).WithNext("list them: glasswatch %s list", what)
	case len(ids) > 1 && ids[0] != prefix:
		return "", fault.New(fault.Conflict, "several %ss have ids that begin with %s", what, prefix).WithNext("give more characters of the id")
	}
	return ids[0], nil
}
