package duckdb

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/glasswatch/glasswatch/kql/eval"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/sql"
	"github.com/glasswatch/glasswatch/kql/value"
)

const (
	interpreterRows  = 2_000_000 // that one query may keep to sort or group them
	interpreterBytes = 128 << 20
)

// interpret runs a plan that cannot be said in SQL as a whole: the interpreter does what has no SQL, over the rows that
// the engine computes for the largest parts below that do.
func interpret(ctx context.Context, s *Store, q plan.Node) (result, error) {
	p := &pusher{sql.NewPusher(q, sql.DuckDB, s.names), s}
	return runOn(ctx, s, p.Root, p)
}

// evaluate runs the whole plan with the interpreter, over the rows of the tables as they are.
func evaluate(ctx context.Context, s *Store, q plan.Node) (result, error) {
	used := map[*plan.Table][]bool{}
	for n, need := range plan.NeedsOf(q, plan.Visible(q.Columns())) {
		if scan, ok := n.(*plan.Scan); ok {
			if used[scan.Table] == nil {
				used[scan.Table] = make([]bool, len(need))
			}
			for i, w := range need {
				used[scan.Table][i] = used[scan.Table][i] || w
			}
		}
	}
	return runOn(ctx, s, q, &scanner{s, used})
}

func runOn(ctx context.Context, s *Store, q plan.Node, source eval.Source) (result, error) {
	now, _ := value.Ticks(s.opt.Clock())
	r, err := eval.Run(ctx, q, source, eval.Options{Now: now, MaxRows: interpreterRows, MaxBytes: interpreterBytes, Fetch: s.opt.Fetch})
	if err != nil {
		return nil, err
	}
	e := &evalResult{r: r}
	for i, c := range r.Columns() {
		if !c.Hidden {
			e.cols = append(e.cols, c)
			e.at = append(e.at, i)
		}
	}
	e.row = make([]value.Value, len(e.cols))
	return e, nil
}

// evalResult is the interpreter's result without the hidden columns.
type evalResult struct {
	r    *eval.Result
	cols []plan.Column
	at   []int
	row  []value.Value
}

func (e *evalResult) columns() []plan.Column { return e.cols }
func (e *evalResult) close()                 { _ = e.r.Close() }

func (e *evalResult) next(context.Context) ([]value.Value, int, error) {
	row, err := e.r.Next()
	if err != nil {
		return nil, 0, err
	}
	n := 0
	for i, at := range e.at {
		e.row[i] = row[at]
		n += row[at].Size()
	}
	return e.row, n, nil
}

// scanner reads the used columns of whole tables.
type scanner struct {
	s    *Store
	used map[*plan.Table][]bool
}

// Scan reads all rows of a table.
func (sc *scanner) Scan(ctx context.Context, t *plan.Table) (eval.Iterator, error) {
	l := sc.s.names[t]
	if l == nil {
		return nil, fmt.Errorf("duckdb: BUG: table %s is not of this store's catalog", t.Name)
	}
	need := sc.used[t]
	list := []string{}
	for i := range t.Columns {
		if need[i] {
			list = append(list, l.names[i])
		}
	}
	if len(list) == 0 {
		list = []string{"1"}
	}
	c, err := connect(sc.s.db)
	if err != nil {
		return nil, err
	}
	stream, err := c.start(ctx, "SELECT "+strings.Join(list, ", ")+" FROM "+l.view(), nil)
	if err != nil {
		c.close()
		return nil, err
	}
	return newIterator(ctx, c, stream, t.Columns, need), nil
}

// pusher runs parts of a plan for the interpreter. The files stay open while it is used: its query holds them.
type pusher struct {
	*sql.Pusher
	s *Store
}

var _ eval.Pusher = (*pusher)(nil)

// Push runs n as SQL on a connection of its own, as several parts may be read in turn.
func (p *pusher) Push(ctx context.Context, n plan.Node, need []bool) (eval.Iterator, error) {
	st, ok, err := p.Statement(n, need)
	if err != nil || !ok {
		return nil, err
	}
	c, err := connect(p.s.db)
	if err != nil {
		return nil, err
	}
	stream, err := c.start(ctx, st.Text, st.Args)
	if err != nil {
		c.close()
		return nil, err
	}
	return newIterator(ctx, c, stream, n.Columns(), need), nil
}

// Scan reads a whole table, for an operator of which it is not known what it looks at.
func (p *pusher) Scan(ctx context.Context, t *plan.Table) (eval.Iterator, error) {
	all := make([]bool, len(t.Columns))
	for i := range all {
		all[i] = true
	}
	it, err := p.Push(ctx, &plan.Scan{Table: t}, all)
	if it == nil && err == nil {
		return nil, fmt.Errorf("duckdb: BUG: table %s cannot be read", t.Name)
	}
	return it, err
}

// iterator is also its own current row.
type iterator struct {
	ctx    context.Context
	c      *conn
	stream *stream
	cols   []plan.Column
	at     []int // place of each column in the result; -1: not read
	row    chunkRow
	values []value.Value // decoded ones of the current row, by place in the result
	ready  []bool
}

func newIterator(ctx context.Context, c *conn, s *stream, cols []plan.Column, need []bool) *iterator {
	it := &iterator{ctx: ctx, c: c, stream: s, cols: cols, at: make([]int, len(cols))}
	n := 0
	for i := range cols {
		it.at[i] = -1
		if need[i] {
			it.at[i] = n
			n++
		}
	}
	it.values, it.ready = make([]value.Value, n), make([]bool, n)
	return it
}

// Next moves to the next row.
func (it *iterator) Next() (eval.Row, error) {
	if it.c == nil {
		return nil, io.EOF
	}
	r, ok, err := it.stream.next(it.ctx)
	if err != nil {
		return nil, err
	}
	if !ok {
		_ = it.Close() // the connection is of no more use
		return nil, io.EOF
	}
	it.row = r
	clear(it.ready)
	return it, nil
}

// Value decodes one column of the current row, once.
func (it *iterator) Value(i int) value.Value {
	at := it.at[i]
	if at < 0 {
		return value.Null(it.cols[i].Type)
	}
	if !it.ready[at] {
		it.values[at], it.ready[at] = decodeValue(it.row, at, it.cols[i].Type), true
	}
	return it.values[at]
}

// Close ends the scan.
func (it *iterator) Close() error {
	if it.c != nil {
		it.stream.close()
		it.c.close()
		it.c = nil
	}
	return nil
}
