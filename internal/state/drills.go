package state

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/glasswatch/glasswatch/internal/alert"
	"github.com/glasswatch/glasswatch/internal/fault"
)

// DeclareDrill keeps a drill and gives it its id.
func (s *Store) DeclareDrill(ctx context.Context, d alert.Drill) (alert.Drill, error) {
	d.ID = uuid.NewString()
	if err := d.Validate(); err != nil {
		return d, fault.New(fault.Invalid, "%w", err)
	}
	return d, s.change(ctx, func(w *writer) error { return w.writeDrill(&d) })
}

func (w *writer) writeDrill(d *alert.Drill) error {
	body, err := json.Marshal(d)
	if err != nil {
		return err
	}
	const upsert = `INSERT INTO drills (id, account, until_at, body) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body`
	return w.exec(upsert, d.ID, strings.ToLower(d.Account), d.Until.UnixNano(), body)
}

// Drills lists drills that end after since, the latest first.
func (s *Store) Drills(ctx context.Context, since time.Time) ([]alert.Drill, error) {
	return collect(ctx, s, `SELECT body FROM drills WHERE until_at > ? ORDER BY until_at DESC, id`, []any{since.UnixNano()}, scanBody[alert.Drill])
}

// EndDrill ends a drill before its time.
func (s *Store) EndDrill(ctx context.Context, id, by string, at time.Time) (d alert.Drill, err error) {
	full, err := s.completeIn(ctx, "drills", "drill", id)
	if err != nil {
		return d, err
	}
	err = s.change(ctx, func(w *writer) error {
		var body []byte
		if err := w.row(`SELECT body FROM drills WHERE id = ?`, []any{full}, &body); err != nil {
			return err
		}
		if err := json.Unmarshal(body, &d); err != nil {
			return err
		}
		if d.EndedAt != nil || !at.Before(d.Until) {
			return fault.New(fault.Conflict, "drill %s is over", full)
		}
		d.EndedAt, d.EndedBy = &at, by
		return w.writeDrill(&d)
	})
	return d, err
}

// drillFor returns the id of a drill that explains an alert, or "". Several may be under way.
func (w *writer) drillFor(a *alert.Alert) (string, error) {
	for _, name := range []string{a.Account.ObjectID, a.Account.UserPrincipalName} {
		if name == "" {
			continue
		}
		bodies, err := column[[]byte](w, `SELECT body FROM drills WHERE account = ? AND until_at > ? ORDER BY until_at`, strings.ToLower(name), a.SignedInAt.UnixNano())
		if err != nil {
			return "", err
		}
		for _, body := range bodies {
			var d alert.Drill
			if err := json.Unmarshal(body, &d); err != nil {
				return "", err
			}
			if d.Explains(a) {
				return d.ID, nil
			}
		}
	}
	return "", nil
}
