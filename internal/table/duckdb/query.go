package duckdb

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/glasswatch/glasswatch/internal/fault"
	"github.com/glasswatch/glasswatch/internal/table"
	"github.com/glasswatch/glasswatch/kql/eval"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/plugin"
	"github.com/glasswatch/glasswatch/kql/sql"
	"github.com/glasswatch/glasswatch/kql/value"
)

// Query runs a compiled query: as SQL where it can be said so, else with the interpreter over the rows of the tables.
// ctx, the time limit and the end of the store interrupt it.
func (s *Store) Query(ctx context.Context, q plan.Node, limits table.Limits) (table.Rows, error) {
	return s.QueryOn(ctx, SQLFirst, q, limits)
}

// Engine says what runs a query.
type Engine uint8

// The engines.
const (
	SQLFirst    Engine = iota // SQL; the interpreter for what SQL cannot say, over what it can
	SQLOnly                   // SQL; what it cannot say is refused
	Interpreter               // the interpreter, over the rows of the tables
)

// QueryOn is Query on the engine.
func (s *Store) QueryOn(ctx context.Context, engine Engine, q plan.Node, limits table.Limits) (table.Rows, error) {
	limits = s.limits(limits)
	ctx, cancel := context.WithTimeout(ctx, limits.Time)
	if !s.takeSlot(ctx) {
		cancel()
		return nil, fault.New(fault.Unavailable, "%d queries are running: %w", s.opt.Queries, ctx.Err()).WithNext("try again when they are done")
	}
	r := &rows{store: s, limits: limits, outer: ctx, release: func() {
		cancel()
		<-s.slots
	}}
	started := false
	defer func() {
		if !started { // a crash, which goes on to whoever serves the query: the store does not wait for it for ever
			r.close()
		}
	}()
	err := r.start(engine, q)
	started = true
	if err != nil {
		err = r.explain(err) // before the context ends
		r.close()
		return nil, err
	}
	return r, nil
}

// takeSlot waits for one of the slots, of which each running query has one; false when ctx ends before.
func (s *Store) takeSlot(ctx context.Context) bool {
	select {
	case s.slots <- struct{}{}:
		return true
	default:
	}
	select {
	case s.slots <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

func (s *Store) limits(l table.Limits) table.Limits {
	if l.Time <= 0 {
		l.Time = s.opt.Limits.Time
	}
	if l.Rows <= 0 {
		l.Rows = s.opt.Limits.Rows
	}
	if l.Bytes <= 0 {
		l.Bytes = s.opt.Limits.Bytes
	}
	return l
}

// Statement is the SQL that a query becomes here; the error is a *sql.Unsupported where it needs the interpreter.
func (s *Store) Statement(q plan.Node) (sql.Statement, error) {
	return sql.Compile(q, sql.DuckDB, s.names)
}

// result is where rows come from: SQL or the interpreter.
type result interface {
	columns() []plan.Column
	next(ctx context.Context) (row []value.Value, bytes int, err error) // io.EOF at the end
	close()
}

// rows is a result under its limits.
type rows struct {
	store   *Store
	limits  table.Limits
	outer   context.Context
	release func()
	leave   func() // gives the connection back
	ctx     context.Context
	res     result
	rows    int64
	bytes   int64
	closed  bool
}

func (r *rows) start(engine Engine, q plan.Node) error {
	c, ctx, leave, err := r.store.enter(r.outer)
	if err != nil {
		return err
	}
	r.ctx, r.leave = ctx, leave
	if engine == Interpreter {
		r.res, err = evaluate(ctx, r.store, q)
		return err
	}
	st, err := sql.Compile(q, sql.DuckDB, r.store.names)
	var not *sql.Unsupported
	if errors.As(err, &not) {
		if engine == SQLOnly {
			return fault.New(fault.Invalid, "%w", not).WithNext("the interpreter can run it")
		}
		r.res, err = interpret(ctx, r.store, q)
		return err
	}
	if err != nil {
		return err
	}
	stream, err := c.start(ctx, st.Text, st.Args)
	if err != nil {
		return err
	}
	r.res = &sqlResult{stream: stream, cols: st.Columns, row: make([]value.Value, len(st.Columns))}
	return nil
}

// Columns returns the columns of the result.
func (r *rows) Columns() []plan.Column { return r.res.columns() }

// Next returns the next row, valid until the call after; io.EOF at the end.
func (r *rows) Next() ([]value.Value, error) {
	if r.closed {
		return nil, io.EOF
	}
	row, n, err := r.res.next(r.ctx)
	if err == io.EOF {
		return nil, err
	}
	if err != nil {
		return nil, r.explain(err)
	}
	r.rows++
	r.bytes += int64(n)
	switch {
	case r.rows > r.limits.Rows:
		return nil, tooLarge("more than %d rows", r.limits.Rows)
	case r.bytes > r.limits.Bytes:
		return nil, tooLarge("more than %d MB of text", r.limits.Bytes>>20)
	}
	return row, nil
}

func tooLarge(format string, args ...any) error {
	return fault.New(fault.TooLarge, "the result has "+format, args...).WithNext("add a where, take or summarize, or project fewer columns")
}

// explain says why a query ended early.
func (r *rows) explain(err error) error {
	switch {
	case r.store.ending.Err() != nil:
		return fault.New(fault.Unavailable, "query: %w", errStopped)
	case errors.Is(r.outer.Err(), context.DeadlineExceeded):
		return fault.New(fault.TooLarge, "the query took longer than %s", r.limits.Time.Round(time.Millisecond)).WithNext("ask about less time or fewer columns, or raise the limit")
	case r.outer.Err() != nil:
		return r.outer.Err()
	case r.ctx != nil && r.ctx.Err() != nil:
		return fault.New(fault.Unavailable, "the query was interrupted: the store needed its memory for new records, or had to be opened anew").WithNext("try again; ask about less time")
	}
	if isOutOfMemory(err) || errors.Is(err, eval.ErrTooLarge) {
		return fault.New(fault.TooLarge, "the query needs more memory than the store may use: %w", err).WithNext("ask about less time, or raise the store's memory")
	}
	if fault.CodeOf(err) != fault.Internal {
		return err
	}
	if wrong := (*plugin.Error)(nil); errors.As(err, &wrong) {
		return fault.New(fault.Invalid, "run query: %w", err)
	}
	return fmt.Errorf("run query: %w", err)
}

// Close ends the query and frees what it holds.
func (r *rows) Close() error {
	r.close()
	return nil
}

func (r *rows) close() {
	if r.closed {
		return
	}
	r.closed = true
	if r.res != nil {
		r.res.close()
	}
	if r.leave != nil {
		r.leave()
	}
	r.release()
}

// sqlResult decodes what the engine computes.
type sqlResult struct {
	stream *stream
	cols   []plan.Column
	row    []value.Value
}

func (r *sqlResult) columns() []plan.Column { return r.cols }
func (r *sqlResult) close()                 { r.stream.close() }

func (r *sqlResult) next(ctx context.Context) ([]value.Value, int, error) {
	cr, ok, err := r.stream.next(ctx)
	if err != nil {
		return nil, 0, err
	}
	if !ok {
		return nil, 0, io.EOF
	}
	n := 0
	for i := range r.cols {
		v := decodeValue(cr, i, r.cols[i].Type)
		r.row[i] = v
		n += 16 + len(v.Text())
	}
	return r.row, n, nil
}

// decodeValue reads column i of a row as a value of type t. Texts are copied: they may outlive the row.
func decodeValue(r chunkRow, i int, t value.Type) value.Value {
	if r.null(i) {
		return value.Null(t)
	}
	switch t {
	case value.Bool:
		return value.NewBool(r.bool(i))
	case value.Int:
		return value.NewInt(int32(r.int(i)))
	case value.Long:
		return value.NewLong(r.int(i))
	case value.Real:
		return value.NewReal(r.real(i))
	case value.DateTime:
		return value.NewDateTime(r.int(i))
	case value.TimeSpan:
		return value.NewTimeSpan(r.int(i))
	}
	return value.NewText(t, r.text(i))
}
