package duckdb

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	bind "github.com/duckdb/duckdb-go-bindings"

	"github.com/glasswatch/glasswatch/internal/fault"
	"github.com/glasswatch/glasswatch/internal/table"
	"github.com/glasswatch/glasswatch/kql/value"
)

// writer owns the connection that appends. Its work runs on one goroutine that is bound to one thread, so that the
// engine's allocator keeps one cache for it.
type writer struct {
	s       *Store
	calls   chan func()
	stopped chan struct{}

	c      *conn
	open   bool  // a transaction is
	bytes  int64 // staged since the last commit, about
	oldest int64 // arrival of the oldest row in it, in ticks
	held   atomic.Int64
	tables map[*table.Schema]*tableWriter
	count  Health
}

// tableWriter is what has been staged of one table.
type tableWriter struct {
	l        *layout
	appender bind.Appender
	chunk    *chunk
	staged   int // rows since the last commit
}

// Health is how the store is doing.
type Health struct {
	Rows      int64     // committed since Open
	Commits   int64     // since Open
	Committed time.Time // last commit; zero before the first
	Slowest   time.Duration
	Err       error     // of the last append, nil when it succeeded
	Since     time.Time // of Err
	Bytes     int64     // of the files
}

var errStopped = errors.New("the store is closed")

func startWriter(s *Store) (*writer, error) {
	w := &writer{s: s, calls: make(chan func()), stopped: make(chan struct{}), tables: map[*table.Schema]*tableWriter{}}
	var err error
	if w.c, err = connect(s.db); err != nil {
		return nil, err
	}
	go w.run()
	return w, nil
}

func (w *writer) run() {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer close(w.stopped)
	for f := range w.calls {
		f()
	}
}

// do runs f on the writer's thread.
func (w *writer) do(f func() error) error {
	done := make(chan error, 1)
	select {
	case <-w.s.ending.Done():
		return errStopped
	case w.calls <- func() { done <- f() }:
		return <-done
	}
}

// stop drops what is staged and ends the goroutine. The store's ending is done already.
func (w *writer) stop() error {
	w.calls <- func() {
		w.rollback()
		w.c.close()
	}
	close(w.calls)
	<-w.stopped
	return nil
}

// Stage copies rows of the batches, those that are New or Revision, into the open transaction, beginning at row from of
// the first batch. It stops before the row that would begin a further row group of a table, or when the memory for
// staged rows is used up: then batch and row say
// where to go on, after a Commit. batch is len(batches) when all are staged. After an error nothing is staged any more,
// also nothing of earlier calls since the last commit.
func (s *Store) Stage(batches []*table.Batch, from int) (batch, row int, err error) {
	err = s.writer.do(func() error {
		batch, row, err = s.writer.stage(batches, from)
		return s.writer.result("stage records", err)
	})
	return batch, row, err
}

// Commit makes what was staged durable and visible, together with the position in the ingest log.
func (s *Store) Commit(upTo table.Position) error {
	return s.writer.do(func() error { return s.writer.result("commit records", s.writer.commit(upTo)) })
}

// Abandon undoes what was staged since the last commit.
func (s *Store) Abandon() error {
	return s.writer.do(func() error {
		s.writer.rollback()
		return nil
	})
}

// result undoes a failed transaction and keeps the error for Health.
func (w *writer) result(what string, err error) error {
	s := w.s
	if err == nil {
		s.healthMu.Lock()
		w.count.Err = nil
		s.healthMu.Unlock()
		return nil
	}
	w.rollback()
	err = fault.New(fault.Unavailable, "%s: %w", what, err).WithNext("check the space and health of the disk under %s; the ingest log keeps the records", s.dir)
	s.healthMu.Lock()
	if w.count.Err == nil {
		w.count.Since = s.opt.Clock()
	}
	w.count.Err = err
	s.healthMu.Unlock()
	if isOutOfMemory(err) {
		s.opt.Logger.Warn("queries are interrupted: new records need the memory", "error", err)
		s.interruptQueries()
	}
	if broken(err) {
		if again := w.s.reopen(); again != nil {
			return errors.Join(err, again)
		}
	}
	return err
}

// broken reports whether the engine refuses all further work until it is opened anew.
func broken(err error) bool {
	var e *sqlError
	return errors.As(err, &e) && (e.kind == bind.ErrorTypeFatal || e.kind == bind.ErrorTypeInternal)
}

func isOutOfMemory(err error) bool {
	var e *sqlError
	return errors.As(err, &e) && (e.kind == bind.ErrorTypeOutOfMemory || strings.Contains(e.text, "failed to pin block") || strings.Contains(e.text, "could not allocate block"))
}

func (w *writer) begin() error {
	if w.open {
		return nil
	}
	if err := w.c.exec("BEGIN"); err != nil {
		return err
	}
	w.open = true
	return nil
}

func (w *writer) table(s *table.Schema) (*tableWriter, error) {
	t := w.tables[s]
	if t != nil {
		return t, nil
	}
	l := w.s.layouts[s.Name]
	if l == nil || l.schema != s {
		return nil, fmt.Errorf("duckdb: BUG: table %s is not of this store's catalog", s.Name)
	}
	t = &tableWriter{l: l}
	if bind.AppenderCreateExt(w.c.c, fresh, "rows", s.Name, &t.appender) != bind.StateSuccess {
		err := appenderError(t.appender)
		bind.AppenderDestroy(&t.appender)
		return nil, err
	}
	t.chunk = newChunk(l)
	w.tables[s] = t
	return t, nil
}

func appenderError(a bind.Appender) error {
	data := bind.AppenderErrorData(a)
	defer bind.DestroyErrorData(&data)
	return &sqlError{kind: bind.ErrorDataErrorType(data), text: bind.ErrorDataMessage(data)}
}

func (w *writer) stage(batches []*table.Batch, from int) (int, int, error) {
	for _, b := range batches {
		if err := w.checkHold(b); err != nil {
			return 0, 0, err
		}
	}
	if err := w.begin(); err != nil {
		return 0, 0, err
	}
	for i, b := range batches {
		next, err := w.stageBatch(b, from)
		if err == nil && next < len(b.Rows) {
			return i, next, w.flush()
		}
		if err != nil {
			return 0, 0, err
		}
		from = 0
	}
	return len(batches), 0, w.flush()
}

// stageBatch returns the number of rows that are staged, less than all when a row group is full.
func (w *writer) stageBatch(b *table.Batch, from int) (int, error) {
	received := table.Null
	if ticks, ok := value.Ticks(b.ReceivedAt); ok {
		received = table.Cell(ticks)
	}
	var t *tableWriter
	for i := from; i < len(b.Rows); i++ {
		r := &b.Rows[i]
		if r.State == table.Repeated {
			continue
		}
		if t == nil || t.l.schema != r.Schema {
			var err error
			if t, err = w.table(r.Schema); err != nil {
				return 0, err
			}
			t.chunk.pin(b)
		}
		if t.staged >= w.s.opt.rowGroup || w.bytes > w.s.opt.Memory*5/8 {
			return i, nil
		}
		if t.chunk.rows == chunkRows {
			if err := t.flush(); err != nil {
				return 0, err
			}
			t.chunk.pin(b)
		}
		w.bytes += t.chunk.add(b, r, received)
		t.staged++
	}
	return len(b.Rows), nil
}

// flush hands all chunks to the engine, which copies them: the batches are free then.
func (w *writer) flush() error {
	for _, t := range w.tables {
		if err := t.flush(); err != nil {
			return err
		}
	}
	return nil
}

func (t *tableWriter) flush() error {
	if t.chunk.rows == 0 {
		return nil
	}
	bind.DataChunkSetSize(t.chunk.data, bind.IdxT(t.chunk.rows))
	state := bind.AppendDataChunk(t.appender, t.chunk.data)
	t.chunk.reset()
	if state == bind.StateSuccess {
		state = bind.AppenderFlush(t.appender)
	}
	if state != bind.StateSuccess {
		return appenderError(t.appender)
	}
	return nil
}

func (w *writer) commit(upTo table.Position) error {
	if err := w.begin(); err != nil {
		return err
	}
	if err := w.flush(); err != nil {
		return err
	}
	begun := time.Now()
	err := w.c.exec(fmt.Sprintf("UPDATE %s.main.\"~position\" SET segment = %d, frame_end = %d, next_rows = %d", fresh, upTo.Segment, upTo.Offset, upTo.Rows))
	if err != nil {
		return err
	}
	if err := w.c.exec("COMMIT"); err != nil {
		return err
	}
	w.open, w.bytes = false, 0
	rows := int64(0)
	for _, t := range w.tables {
		rows += int64(t.staged)
		t.staged = 0
	}
	w.s.healthMu.Lock()
	w.count.Rows += rows
	w.count.Commits++
	w.count.Committed = w.s.opt.Clock()
	w.count.Slowest = max(w.count.Slowest, time.Since(begun))
	w.s.healthMu.Unlock()
	return nil
}

// rollback drops what is staged, and the appenders with it.
func (w *writer) rollback() {
	for s, t := range w.tables {
		bind.AppenderClear(t.appender)
		bind.AppenderDestroy(&t.appender)
		t.chunk.destroy()
		delete(w.tables, s)
	}
	if w.open {
		_ = w.c.exec("ROLLBACK")
	}
	w.open, w.bytes = false, 0
}
