package state

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/glasswatch/glasswatch/internal/audit"
)

// Audit adds entries to the trail.
func (s *Store) Audit(ctx context.Context, entries ...audit.Entry) error {
	return s.change(ctx, func(w *writer) error { return w.audit(entries) })
}

func (w *writer) audit(entries []audit.Entry) error {
	var last audit.Entry
	err := w.row(`SELECT sequence, hash FROM audit ORDER BY sequence DESC LIMIT 1`, nil, &last.Sequence, &last.Hash)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	for _, e := range entries {
		last = e.Seal(last)
		const insert = `INSERT INTO audit (sequence, at, actor, action, subject, detail, previous, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`
		if err := w.exec(insert, last.Sequence, last.At.UnixMicro(), last.Actor, last.Action, last.Subject, last.Detail, last.Previous, last.Hash); err != nil {
			return err
		}
	}
	return nil
}

// AuditTrail lists at most limit entries behind the one with the number after, in order.
func (s *Store) AuditTrail(ctx context.Context, after int64, limit int) ([]audit.Entry, error) {
	const query = `SELECT sequence, at, actor, action, subject, detail, previous, hash FROM audit WHERE sequence > ? ORDER BY sequence LIMIT ?`
	return collect(ctx, s, query, []any{after, limit}, func(rows *sql.Rows) (e audit.Entry, err error) {
		var at int64
		err = rows.Scan(&e.Sequence, &at, &e.Actor, &e.Action, &e.Subject, &e.Detail, &e.Previous, &e.Hash)
		e.At = time.UnixMicro(at).UTC()
		return e, err
	})
}

// AuditKey is the key of this installation's fingerprints of secrets. It is made at the first use.
func (s *Store) AuditKey(ctx context.Context) (key audit.Key, err error) {
	err = s.change(ctx, func(w *writer) error {
		if err := w.exec(`INSERT OR IGNORE INTO meta (key, value) VALUES ('audit-key', hex(randomblob(32)))`); err != nil {
			return err
		}
		return w.row(`SELECT value FROM meta WHERE key = 'audit-key'`, nil, (*[]byte)(&key))
	})
	return key, err
}

// Adopt compares what is in force now with what was before, has the changes told, and then notes them in the trail and
// remembers the new state, in one transaction. tell is called again with the same changes and the same number of the
// trail's last entry when it, or what follows, came to nothing; it is not called for the first state of all.
func (s *Store) Adopt(ctx context.Context, now audit.Snapshot, actor string, at time.Time, tell func([]audit.Change, int64) error) error {
	before := audit.Snapshot{}
	type pair struct{ name, fingerprint string }
	list, err := collect(ctx, s, `SELECT name, fingerprint FROM audit_snapshot`, nil, func(rows *sql.Rows) (p pair, err error) {
		return p, rows.Scan(&p.name, &p.fingerprint)
	})
	if err != nil {
		return err
	}
	for _, p := range list {
		before[p.name] = p.fingerprint
	}
	changes := before.Changes(now)
	if len(changes) == 0 {
		return nil
	}
	if len(before) > 0 {
		last, err := collect(ctx, s, `SELECT coalesce(max(sequence), 0) FROM audit`, nil, func(rows *sql.Rows) (n int64, err error) { return n, rows.Scan(&n) })
		if err != nil {
			return err
		}
		if err := tell(changes, last[0]); err != nil {
			return err
		}
	}
	var entries []audit.Entry
	for _, c := range changes {
		entries = append(entries, audit.Entry{At: at, Actor: actor, Action: "configuration-" + c.Kind, Subject: c.Subject, Detail: now[c.Subject]})
	}
	return s.change(ctx, func(w *writer) error {
		if err := w.audit(entries); err != nil {
			return err
		}
		for _, c := range changes {
			statement, args := `INSERT INTO audit_snapshot (name, fingerprint) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET fingerprint = excluded.fingerprint`, []any{c.Subject, now[c.Subject]}
			if c.Kind == "removed" {
				statement, args = `DELETE FROM audit_snapshot WHERE name = ?`, args[:1]
			}
			if err := w.exec(statement, args...); err != nil {
				return err
			}
		}
		return nil
	})
}
