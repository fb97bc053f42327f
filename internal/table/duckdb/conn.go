package duckdb

import (
	"context"
	"errors"
	"fmt"
	"math"
	"unsafe"

	bind "github.com/duckdb/duckdb-go-bindings"
)

// conn is one connection to the engine, used by one goroutine at a time.
type conn struct {
	c bind.Connection
}

// sqlError is what the engine says about a statement.
type sqlError struct {
	kind bind.ErrorType
	text string
}

func (e *sqlError) Error() string { return "duckdb: " + e.text }

func connect(db bind.Database) (*conn, error) {
	c := &conn{}
	if bind.Connect(db, &c.c) != bind.StateSuccess {
		return nil, errors.New("duckdb: no connection")
	}
	return c, nil
}

func (c *conn) close() { bind.Disconnect(&c.c) }

// exec runs a statement without parameters and drops its result.
func (c *conn) exec(statement string) error {
	var res bind.Result
	state := bind.Query(c.c, statement, &res)
	defer bind.DestroyResult(&res)
	if state != bind.StateSuccess {
		return resultError(&res)
	}
	return nil
}

func resultError(res *bind.Result) error {
	return &sqlError{kind: bind.ResultErrorType(res), text: bind.ResultError(res)}
}

// query runs a statement and calls row for each row of the result, while ctx lasts.
func (c *conn) query(ctx context.Context, statement string, args []any, row func(r chunkRow) error) error {
	res, err := c.start(ctx, statement, args)
	if err != nil {
		return err
	}
	defer res.close()
	for {
		r, ok, err := res.next(ctx)
		if err != nil || !ok {
			return err
		}
		if err := row(r); err != nil {
			return err
		}
	}
}

// one runs a statement whose result is one row.
func (c *conn) one(statement string, row func(r chunkRow)) error {
	n := 0
	err := c.query(context.Background(), statement, nil, func(r chunkRow) error {
		n++
		row(r)
		return nil
	})
	if err == nil && n != 1 {
		err = fmt.Errorf("%d rows where one was expected: %s", n, statement)
	}
	return err
}

// stream is a result that is computed while it is read.
type stream struct {
	c     *conn
	stmt  bind.PreparedStatement
	res   bind.Result
	chunk bind.DataChunk
	size  int
	at    int
	cols  []vector
	types []bind.Type
	stop  func() // ends the watch on the context
}

// vector is one column of the current chunk.
type vector struct {
	data  unsafe.Pointer
	valid *uint64 // nil: no nulls
}

// chunkRow is one row of the current chunk; it is valid until the next one is asked for.
type chunkRow struct {
	s *stream
	i int
}

// start prepares, binds and begins a statement. A context that ends interrupts it.
func (c *conn) start(ctx context.Context, statement string, args []any) (*stream, error) {
	s := &stream{c: c}
	if bind.Prepare(c.c, statement, &s.stmt) != bind.StateSuccess {
		err := &sqlError{kind: bind.ErrorTypeParser, text: bind.PrepareError(s.stmt)}
		bind.DestroyPrepare(&s.stmt)
		return nil, err
	}
	for i, a := range args {
		if err := bindArg(s.stmt, bind.IdxT(i+1), a); err != nil {
			bind.DestroyPrepare(&s.stmt)
			return nil, err
		}
	}
	s.stop = c.watch(ctx)
	if err := s.execute(ctx); err != nil {
		s.close()
		return nil, err
	}
	for i := range bind.ColumnCount(&s.res) {
		s.types = append(s.types, bind.ColumnType(&s.res, i))
	}
	s.cols = make([]vector, len(s.types))
	return s, nil
}

func (s *stream) execute(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	var pending bind.PendingResult
	state := bind.PendingPreparedStreaming(s.stmt, &pending)
	defer bind.DestroyPending(&pending)
	if state != bind.StateSuccess {
		return &sqlError{kind: bind.ErrorTypeInvalid, text: bind.PendingError(pending)}
	}
	if bind.ExecutePending(pending, &s.res) != bind.StateSuccess {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return resultError(&s.res)
	}
	return nil
}

func bindArg(stmt bind.PreparedStatement, i bind.IdxT, arg any) error {
	var state bind.State
	switch a := arg.(type) {
	case nil:
		state = bind.BindNull(stmt, i)
	case bool:
		state = bind.BindBoolean(stmt, i, a)
	case int:
		state = bind.BindInt64(stmt, i, int64(a))
	case int32:
		state = bind.BindInt32(stmt, i, a)
	case int64:
		state = bind.BindInt64(stmt, i, a)
	case uint64:
		state = bind.BindUInt64(stmt, i, a)
	case float64:
		state = bind.BindDouble(stmt, i, a)
	case string:
		state = bind.BindVarcharLength(stmt, i, a, bind.IdxT(len(a)))
	default:
		return fmt.Errorf("duckdb: BUG: parameter %d is a %T", i, arg)
	}
	if state != bind.StateSuccess {
		return fmt.Errorf("duckdb: parameter %d cannot be bound", i)
	}
	return nil
}

// next moves to the next row; false at the end.
func (s *stream) next(ctx context.Context) (chunkRow, bool, error) {
	for s.at >= s.size {
		if s.chunk.Ptr != nil {
			bind.DestroyDataChunk(&s.chunk)
		}
		if err := ctx.Err(); err != nil {
			return chunkRow{}, false, err
		}
		s.chunk = bind.FetchChunk(s.res)
		if s.chunk.Ptr == nil {
			if err := ctx.Err(); err != nil {
				return chunkRow{}, false, err
			}
			if text := bind.ResultError(&s.res); text != "" {
				return chunkRow{}, false, resultError(&s.res)
			}
			return chunkRow{}, false, nil
		}
		s.at, s.size = 0, int(bind.DataChunkGetSize(s.chunk))
		for i := range s.cols {
			v := bind.DataChunkGetVector(s.chunk, bind.IdxT(i))
			s.cols[i] = vector{data: bind.VectorGetData(v), valid: (*uint64)(bind.VectorGetValidity(v))}
		}
	}
	s.at++
	return chunkRow{s, s.at - 1}, true, nil
}

// watch interrupts the connection when ctx ends. When the returned function has returned, to be called once, no
// interrupt comes any more: a later one would reach a connection that is closed.
func (c *conn) watch(ctx context.Context) (stop func()) {
	done := make(chan struct{})
	end := context.AfterFunc(ctx, func() {
		defer close(done)
		bind.Interrupt(c.c)
	})
	return func() {
		if !end() {
			<-done
		}
	}
}

func (s *stream) close() {
	if s.stop != nil {
		s.stop()
		s.stop = nil
	}
	if s.chunk.Ptr != nil {
		bind.DestroyDataChunk(&s.chunk)
	}
	bind.DestroyResult(&s.res)
	bind.DestroyPrepare(&s.stmt)
}

func (r chunkRow) null(col int) bool {
	v := r.s.cols[col].valid
	if v == nil {
		return false
	}
	word := *(*uint64)(unsafe.Add(unsafe.Pointer(v), r.i/64*8))
	return word>>(r.i%64)&1 == 0
}

func (r chunkRow) bool(col int) bool {
	return *(*bool)(unsafe.Add(r.s.cols[col].data, r.i))
}

// int reads any integer type; larger numbers than int64 holds read as its largest.
func (r chunkRow) int(col int) int64 {
	p := r.s.cols[col].data
	switch r.s.types[col] {
	case bind.TypeBoolean:
		if r.bool(col) {
			return 1
		}
		return 0
	case bind.TypeTinyInt:
		return int64(*(*int8)(unsafe.Add(p, r.i)))
	case bind.TypeSmallInt:
		return int64(*(*int16)(unsafe.Add(p, r.i*2)))
	case bind.TypeInteger:
		return int64(*(*int32)(unsafe.Add(p, r.i*4)))
	case bind.TypeUInteger:
		return int64(*(*uint32)(unsafe.Add(p, r.i*4)))
	case bind.TypeHugeInt:
		lo, hi := *(*uint64)(unsafe.Add(p, r.i*16)), *(*int64)(unsafe.Add(p, r.i*16+8))
		switch {
		case hi == 0 && lo <= math.MaxInt64, hi == -1 && lo > math.MaxInt64:
			return int64(lo)
		case hi < 0:
			return math.MinInt64
		}
		return math.MaxInt64
	}
	return *(*int64)(unsafe.Add(p, r.i*8))
}

// id reads key and hash of a row.
func (r chunkRow) id(col int) (key, hash uint64) {
	p := unsafe.Add(r.s.cols[col].data, r.i*16)
	return *(*uint64)(unsafe.Add(p, 8)), *(*uint64)(p)
}

func (r chunkRow) real(col int) float64 {
	switch r.s.types[col] {
	case bind.TypeDouble:
		return *(*float64)(unsafe.Add(r.s.cols[col].data, r.i*8))
	case bind.TypeFloat:
		return float64(*(*float32)(unsafe.Add(r.s.cols[col].data, r.i*4)))
	}
	return float64(r.int(col))
}

// bytes returns the text of a VARCHAR; it aliases the chunk.
func (r chunkRow) bytes(col int) []byte {
	p := unsafe.Add(r.s.cols[col].data, r.i*16)
	n := int(*(*uint32)(p))
	if n <= inlineText {
		return unsafe.Slice((*byte)(unsafe.Add(p, 4)), n)
	}
	return unsafe.Slice(*(**byte)(unsafe.Add(p, 8)), n)
}

func (r chunkRow) text(col int) string { return string(r.bytes(col)) }
