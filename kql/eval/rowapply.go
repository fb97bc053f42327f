package eval

import (
	"context"
	"io"

	"github.com/glasswatch/glasswatch/kql/plan"
)

// rowApply is mv-apply in a matcher: the interpreter runs its body over what one record expands to.
type rowApply struct {
	n    *plan.Apply
	r    *runner
	one  *oneRow
	rows *applyRows
}

// oneRow is a stream of a single row.
type oneRow struct{ row Row }

func (o *oneRow) next() (Row, error) {
	if o.row == nil {
		return nil, io.EOF
	}
	row := o.row
	o.row = nil
	return row, nil
}

func (o *oneRow) close() error { return nil }

func newRowApply(n *plan.Apply, s *segment) *rowApply {
	a := &rowApply{n: n, one: &oneRow{}, r: &runner{ctx: context.Background(), rows: defaultMaxRows, bytes: defaultMaxBytes}}
	a.rows = newApply(a.r, &stage{in: a.one, scope: &s.scope, env: s.env}, n).(*applyRows)
	return a
}

// columns is what expressions above see: the columns of the record that are kept lead to those below.
func (a *rowApply) columns(below *env) *env {
	out := &env{cols: newBaseColumns(len(a.n.Cols))}
	for i := range out.cols {
		out.cols[i].base = -1
		if i < len(a.n.Keep) {
			out.cols[i].src, out.cols[i].under = &plan.Col{Index: a.n.Keep[i], Typ: a.n.Cols[i].Type}, below
		}
	}
	return out
}

// each calls f with the rows that the body gives for a row. What cannot be computed must not pass for no match.
func (a *rowApply) each(row Row, now int64, f func(Row)) {
	a.one.row, a.r.scope.fn.Now = row, now
	for {
		made, err := a.rows.next()
		if err == io.EOF {
			return
		}
		if err != nil {
			_ = a.rows.end()
			panic("eval: mv-apply: " + err.Error())
		}
		f(made)
	}
}

// needsTable reports a body that reads more than the rows that it is given.
func needsTable(n plan.Node) bool {
	return plan.Any(n, func(n plan.Node) bool {
		_, scans := n.(*plan.Scan)
		return scans
	})
}
