package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"github.com/glasswatch/glasswatch/internal/fault"
)

// batchMax is how many changes share one transaction at most.
const batchMax = 256

var errClosed = fault.New(fault.Unavailable, "state is closed")

// writer runs changes one after another on the one connection that writes. Changes that wait while a transaction is
// under way share the next one and its sync to disk. A change may be run twice, see commit.
type writer struct {
	conn  *sql.Conn
	stmts map[string]*sql.Stmt
	queue chan *change
	quit  chan struct{}
	log   *slog.Logger

	fresh    []string // alerts of the transaction under way
	unjoined []string // alerts that are not in their incident yet, the oldest first
	stuck    bool     // joining failed: it is not tried again before the next change

	commits atomic.Int64 // so far
	behind  atomic.Int64 // length of unjoined
}

type change struct {
	do   func(*writer) error
	err  error
	done chan struct{}
}

func newWriter(ctx context.Context, conn *sql.Conn, log *slog.Logger) (*writer, error) {
	w := &writer{conn: conn, stmts: map[string]*sql.Stmt{}, queue: make(chan *change, batchMax), quit: make(chan struct{}), log: log}
	for _, text := range []string{"BEGIN IMMEDIATE", "COMMIT", "ROLLBACK"} {
		if _, err := w.prepare(ctx, text); err != nil {
			return w, err
		}
	}
	return w, nil
}

func (w *writer) prepare(ctx context.Context, text string) (*sql.Stmt, error) {
	if s, ok := w.stmts[text]; ok {
		return s, nil
	}
	s, err := w.conn.PrepareContext(ctx, text)
	if err != nil {
		return nil, fmt.Errorf("prepare %q: %w", text, err)
	}
	w.stmts[text] = s
	return s, nil
}

// exec and row run a statement of a change. They take no context: what one caller wants must not interrupt the
// transaction that others share.
func (w *writer) exec(text string, args ...any) error {
	s, err := w.prepare(context.Background(), text)
	if err != nil {
		return err
	}
	_, err = s.Exec(args...)
	return err
}

func (w *writer) row(text string, args []any, into ...any) error {
	s, err := w.prepare(context.Background(), text)
	if err != nil {
		return err
	}
	return s.QueryRow(args...).Scan(into...)
}

// column returns the first column of a query of a change.
func column[T any](w *writer, text string, args ...any) (list []T, err error) {
	s, err := w.prepare(context.Background(), text)
	if err != nil {
		return nil, err
	}
	rows, err := s.Query(args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var v T
		if err := rows.Scan(&v); err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, rows.Err()
}

// change runs do in a transaction and returns when it is on disk. When ctx ends first, do may still happen.
func (s *Store) change(ctx context.Context, do func(*writer) error) error {
	c := &change{do: do, done: make(chan struct{})}
	select {
	case s.writer.queue <- c:
	case <-s.writer.quit:
		return errClosed
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-c.done:
		return c.err
	case <-ctx.Done():
		return ctx.Err()
	case <-s.stop: // the writer finishes what it took, then leaves
		s.wait.Wait()
		select {
		case <-c.done:
			return c.err
		default:
			return errClosed
		}
	}
}

// run makes changes until close, and then those that wait. What alerts fired is committed, and their callers told, before these
// alerts are put into their incidents: that goes with the next change, such as the outcome of a delivery, or is done after a while.
func (w *writer) run() {
	for {
		c := w.wait()
		joins := w.joins()
		batch := slices.Clone(joins)
		switch {
		case c != nil:
			batch = w.gather(append(batch, c))
		case w.closed():
			return
		}
		w.commit(batch)
		w.joined(joins)
	}
}

// wait returns the next change; nil when it is time for joins, or w is closed and no change is left.
func (w *writer) wait() *change {
	var late <-chan time.Time
	if len(w.unjoined) > 0 && !w.stuck {
		late = time.After(joinAfter)
	}
	select {
	case c := <-w.queue:
		return c
	case <-late:
		return nil
	case <-w.quit:
	}
	select {
	case c := <-w.queue:
		return c
	default:
		return nil
	}
}

// gather adds the changes that wait.
func (w *writer) gather(batch []*change) []*change {
	for len(batch) < batchMax {
		select {
		case c := <-w.queue:
			batch = append(batch, c)
		default:
			return batch
		}
	}
	return batch
}

// commit runs the changes in one transaction and tells their callers. When one of several fails, each is run again in a
// transaction of its own, so that it undoes only itself; savepoints would cost all others a copy of every page.
func (w *writer) commit(batch []*change) {
	err := w.transaction(batch)
	if err != nil && len(batch) > 1 {
		for i := range batch {
			w.commit(batch[i : i+1])
		}
		return
	}
	for _, c := range batch {
		c.err = err
		close(c.done)
	}
}

func (w *writer) transaction(batch []*change) error {
	w.fresh = w.fresh[:0]
	if err := w.exec("BEGIN IMMEDIATE"); err != nil {
		return unwritable(err)
	}
	for _, c := range batch {
		if err := c.do(w); err != nil {
			return errors.Join(err, w.exec("ROLLBACK"))
		}
	}
	if err := w.exec("COMMIT"); err != nil {
		_ = w.exec("ROLLBACK") // the error that counts is the commit's
		return unwritable(err)
	}
	w.commits.Add(1)
	w.unjoined = append(w.unjoined, w.fresh...)
	w.behind.Store(int64(len(w.unjoined)))
	return nil
}

func unwritable(err error) error {
	return fault.New(fault.Unavailable, "write state: %w", err).
		WithNext("check that the disk is not full and that the data folder is writable")
}

func (w *writer) close() { close(w.quit) }

func (w *writer) closed() bool {
	select {
	case <-w.quit:
		return true
	default:
		return false
	}
}

func (w *writer) release() error {
	var errs []error
	for _, s := range w.stmts {
		errs = append(errs, s.Close())
	}
	return errors.Join(append(errs, w.conn.Close())...)
}
