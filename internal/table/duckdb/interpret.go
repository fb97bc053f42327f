package duckdb

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/glasswatch/glasswatch/kql/eval"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

const (
	interpreterRows  = 2_000_000 // that one query may keep to sort or group them
	interpreterBytes = 128 << 20
)

// interpret runs a plan that cannot be said in SQL, over the rows of the tables, of which only the columns are read that
// the plan looks at.
func interpret(ctx context.Context, s *Store, q plan.Node) (result, error) {
	now, _ := value.Ticks(s.opt.Clock())
	used := map[*plan.Table][]bool{}
	want := make([]bool, len(q.Columns()))
	for i, c := range q.Columns() {
		want[i] = !c.Hidden
	}
	need(used, q, want)
	r, err := eval.Run(ctx, q, &scanner{s, used}, eval.Options{Now: now, MaxRows: interpreterRows, MaxBytes: interpreterBytes})
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

// scanner reads whole tables for the interpreter. The files stay open while it is used: its query holds them.
type scanner struct {
	s    *Store
	used map[*plan.Table][]bool
}

var _ eval.Source = (*scanner)(nil)

// Scan reads the used columns of all rows of a table.
func (sc *scanner) Scan(ctx context.Context, t *plan.Table) (eval.Iterator, error) {
	l := sc.s.names[t]
	if l == nil {
		return nil, fmt.Errorf("duckdb: BUG: table %s is not of this store's catalog", t.Name)
	}
	it := &iterator{ctx: ctx, types: make([]value.Type, len(t.Columns)), at: make([]int, len(t.Columns))}
	var list []string
	for i, c := range t.Columns {
		it.types[i], it.at[i] = c.Type, -1
		if used := sc.used[t]; used == nil || used[i] || sc.used[nil] != nil {
			it.at[i] = len(list)
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
	it.c = c
	if it.stream, err = c.start(ctx, "SELECT "+strings.Join(list, ", ")+" FROM "+l.view(), nil); err != nil {
		c.close()
		return nil, err
	}
	return it, nil
}

// iterator is also its own current row.
type iterator struct {
	ctx    context.Context
	c      *conn
	stream *stream
	types  []value.Type
	at     []int // place of each column of the table in the result; -1: not read
	row    chunkRow
}

// Next moves to the next row.
func (it *iterator) Next() (eval.Row, error) {
	r, ok, err := it.stream.next(it.ctx)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, io.EOF
	}
	it.row = r
	return it, nil
}

// Value decodes one column of the current row.
func (it *iterator) Value(i int) value.Value {
	if it.at[i] < 0 {
		return value.Null(it.types[i])
	}
	return decodeValue(it.row, it.at[i], it.types[i])
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

// need marks the columns of tables that n looks at to compute the wanted columns of its own. Of a node or expression
// that it does not know it takes everything.
func need(used map[*plan.Table][]bool, n plan.Node, want []bool) {
	switch n := n.(type) {
	case *plan.Scan:
		marks := used[n.Table]
		if marks == nil {
			marks = make([]bool, len(n.Table.Columns))
			used[n.Table] = marks
		}
		for i, w := range want {
			marks[i] = marks[i] || w
		}
	case *plan.Values:
	case *plan.Filter:
		need(used, n.Input, columnsOf(want, n.Cond))
	case *plan.Sort:
		exprs := make([]plan.Expr, len(n.Keys))
		for i, k := range n.Keys {
			exprs[i] = k.Expr
		}
		need(used, n.Input, columnsOf(want, exprs...))
	case *plan.Take:
		need(used, n.Input, want)
	case *plan.Project:
		var exprs []plan.Expr
		for i, e := range n.Exprs {
			if want[i] {
				exprs = append(exprs, e)
			}
		}
		need(used, n.Input, columnsOf(make([]bool, len(n.Input.Columns())), exprs...))
	case *plan.Aggregate:
		exprs := append([]plan.Expr(nil), n.Keys...)
		for _, a := range n.Aggs {
			exprs = append(exprs, a.Args...)
		}
		need(used, n.Input, columnsOf(make([]bool, len(n.Input.Columns())), exprs...))
	case *plan.Union:
		for _, in := range n.Inputs {
			need(used, in, want)
		}
	case *plan.Distinct:
		need(used, n.Input, everything(n.Input))
	default:
		used[nil] = []bool{} // tables are read whole
	}
}

func everything(n plan.Node) []bool {
	all := make([]bool, len(n.Columns()))
	for i := range all {
		all[i] = true
	}
	return all
}

// columnsOf returns want and the columns that the expressions read.
func columnsOf(want []bool, exprs ...plan.Expr) []bool {
	out := append([]bool(nil), want...)
	var walk func(e plan.Expr)
	walk = func(e plan.Expr) {
		switch e := e.(type) {
		case *plan.Const:
		case *plan.Col:
			out[e.Index] = true
		case *plan.Path:
			walk(e.Base)
			for _, s := range e.Steps {
				if s.Index != nil {
					walk(s.Index)
				}
			}
		case *plan.Call:
			for _, a := range e.Args {
				walk(a)
			}
		default:
			for i := range out {
				out[i] = true
			}
		}
	}
	for _, e := range exprs {
		walk(e)
	}
	return out
}
