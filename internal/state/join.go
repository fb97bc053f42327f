package state

import (
	"context"
	"time"
)

const (
	joinAfter = 100 * time.Millisecond // alerts are in their incidents after this at the latest, when no other change takes them along
	joinMax   = 8                      // alerts that one transaction puts into their incidents: people wait for what shares it
)

// resume finds the alerts that fired before the last stop and are not in their incidents.
func (w *writer) resume(ctx context.Context) error {
	const query = `SELECT u.alert_id FROM unjoined u JOIN alerts a ON a.id = u.alert_id ORDER BY a.fired_at, a.id`
	rows, err := w.conn.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return err
		}
		w.unjoined = append(w.unjoined, id)
	}
	w.behind.Store(int64(len(w.unjoined)))
	return rows.Err()
}

// joins returns the changes that put the oldest alerts into their incidents. When w is closed they stay for the next start.
func (w *writer) joins() []*change {
	if w.closed() {
		return nil
	}
	list := make([]*change, min(len(w.unjoined), joinMax))
	for i := range list {
		id := w.unjoined[i]
		list[i] = &change{do: func(w *writer) error { return w.join(id) }, done: make(chan struct{})}
	}
	return list
}

// joined notes what became of joins. Those that failed are tried again with the next change.
func (w *writer) joined(joins []*change) {
	left := w.unjoined[len(joins):]
	w.stuck = false
	for i, c := range joins {
		if c.err != nil {
			w.log.Error("put an alert into its incident", "alert", w.unjoined[i], "error", c.err)
			left, w.stuck = append(left, w.unjoined[i]), true
		}
	}
	w.unjoined = left
	w.behind.Store(int64(len(left)))
}

// join puts an alert into its incident.
func (w *writer) join(id string) error {
	a, err := w.alert(id)
	if err != nil {
		return err
	}
	if err := w.incident(&a); err != nil {
		return err
	}
	return w.exec(`DELETE FROM unjoined WHERE alert_id = ?`, id)
}

// joined waits until the alerts that fired so far are in their incidents, or that was tried.
func (s *Store) joined(ctx context.Context) {
	nothing := func(*writer) error { return nil }
	for n := s.writer.behind.Load(); n > 0; n -= joinMax {
		if s.change(ctx, nothing) != nil {
			return
		}
	}
}
