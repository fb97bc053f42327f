package eval

import (
	"container/heap"
	"io"
	"math"
	"slices"

	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// list is a row of computed values.
type list []value.Value

func (l *list) Value(i int) value.Value { return (*l)[i] }

// scanRows are the rows of a stored table.
type scanRows struct {
	it Iterator
	r  *runner
}

func (s *scanRows) next() (Row, error) {
	if err := s.r.alive(); err != nil {
		return nil, err
	}
	return s.it.Next()
}

func (s *scanRows) close() error { return s.it.Close() }

// valueRows are the rows of a datatable.
type valueRows struct {
	rows   [][]value.Value
	row    list
	r      *runner
	layout *layout // where the rows are kept so
}

func (v *valueRows) next() (Row, error) {
	if err := v.r.alive(); err != nil {
		return nil, err
	}
	if len(v.rows) == 0 {
		return nil, io.EOF
	}
	v.row, v.rows = v.rows[0], v.rows[1:]
	if v.layout != nil {
		return v.layout.unpack(v.row), nil
	}
	return &v.row, nil
}

func (v *valueRows) close() error { return nil }

// stageRows are the rows of a stage, computed into one buffer.
type stageRows struct {
	s   *stage
	row list
}

func materialise(s *stage, columns int) *stageRows {
	below := *s
	return &stageRows{s: &below, row: make(list, columns)}
}

func (m *stageRows) next() (Row, error) {
	if err := m.s.advance(); err != nil {
		return nil, err
	}
	for i := range m.row {
		m.row[i] = m.s.value(i)
	}
	return &m.row, nil
}

func (m *stageRows) close() error { return m.s.in.close() }

// takeRows stops after some rows.
type takeRows struct {
	in   rows
	left int64
}

func (t *takeRows) next() (Row, error) {
	if t.left <= 0 {
		return nil, io.EOF
	}
	t.left--
	return t.in.next()
}

func (t *takeRows) close() error { return t.in.close() }

// unionRows are the rows of one input after the other.
type unionRows struct {
	r      *runner
	inputs []plan.Node
	open   *stageRows
}

func (u *unionRows) next() (Row, error) {
	for {
		if u.open == nil {
			if len(u.inputs) == 0 {
				return nil, io.EOF
			}
			s, err := u.r.open(u.inputs[0])
			if err != nil {
				return nil, err
			}
			u.open = materialise(s, len(u.inputs[0].Columns()))
			u.inputs = u.inputs[1:]
		}
		row, err := u.open.next()
		if err != io.EOF {
			return row, err
		}
		if err := u.close(); err != nil {
			return nil, err
		}
	}
}

func (u *unionRows) close() error {
	if u.open == nil {
		return nil
	}
	err := u.open.close()
	u.open = nil
	return err
}

// distinctRows drops rows that were there before, compared over the visible columns.
type distinctRows struct {
	r    *runner
	in   *stageRows
	cols []plan.Column
	seen map[string]struct{}
	key  []byte
}

func newDistinct(r *runner, s *stage, n *plan.Distinct) rows {
	cols := n.Columns()
	return &distinctRows{r: r, in: materialise(s, len(cols)), cols: cols, seen: map[string]struct{}{}}
}

func (d *distinctRows) next() (Row, error) {
	for {
		row, err := d.in.next()
		if err != nil {
			return nil, err
		}
		d.key = d.key[:0]
		for i, c := range d.cols {
			if !c.Hidden {
				d.key = d.in.row[i].AppendKey(d.key)
			}
		}
		if _, ok := d.seen[string(d.key)]; ok {
			continue
		}
		if err := d.r.keep(d.in.row); err != nil {
			return nil, err
		}
		d.seen[string(d.key)] = struct{}{}
		return row, nil
	}
}

func (d *distinctRows) close() error { return d.in.close() }

// sortRows collects all rows, or the best of them, before it yields the first.
type sortRows struct {
	r     *runner
	s     *stage
	keys  []plan.SortKey
	evals []fn
	limit int64

	keyRow []value.Value // keys of the present row

	done   bool
	sorted []sortable
	layout *layout
}

// sortable is a row with its keys; n keeps equal rows in their order.
type sortable struct {
	keys, row []value.Value
	n         int
}

func newSort(r *runner, s *stage, n *plan.Sort) rows {
	below := *s
	out := &sortRows{r: r, s: &below, keys: n.Keys, limit: n.Limit, layout: r.layout(n)}
	for _, k := range n.Keys {
		out.evals = append(out.evals, below.env.compile(k.Expr))
	}
	out.keyRow = make([]value.Value, len(out.evals))
	return out
}

func (o *sortRows) next() (Row, error) {
	if !o.done {
		if err := o.collect(); err != nil {
			return nil, err
		}
		o.done = true
	}
	if len(o.sorted) == 0 {
		return nil, io.EOF
	}
	row := o.sorted[0].row
	o.sorted = o.sorted[1:]
	return o.layout.unpack(row), nil
}

func (o *sortRows) collect() error {
	for n := 0; ; n++ {
		err := o.s.advance()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		for i, f := range o.evals {
			o.keyRow[i] = f(o.s.scope)
		}
		if err := o.insert(n); err != nil {
			return err
		}
	}
	slices.SortFunc(o.sorted, o.compare)
	return nil
}

// insert keeps the row where it is among the best; the heap has the worst of them on top, whose place it takes.
func (o *sortRows) insert(n int) error {
	full := o.limit >= 0 && int64(len(o.sorted)) >= o.limit
	if full && (o.limit == 0 || o.compare(sortable{keys: o.keyRow, n: n}, o.sorted[0]) >= 0) {
		return nil
	}
	x := sortable{n: n}
	if full {
		x.keys, x.row = o.sorted[0].keys, o.sorted[0].row
	} else {
		x.keys, x.row = make([]value.Value, len(o.keyRow)), make([]value.Value, len(o.layout.columns))
	}
	copy(x.keys, o.keyRow)
	o.layout.pack(x.row, o.s.value)
	if full {
		o.sorted[0] = x
		heap.Fix((*worstFirst)(o), 0)
		return nil
	}
	if err := o.r.keep(x.row); err != nil {
		return err
	}
	if o.limit < 0 {
		o.sorted = append(o.sorted, x)
		return nil
	}
	heap.Push((*worstFirst)(o), x)
	return nil
}

func (o *sortRows) compare(a, b sortable) int {
	for i, k := range o.keys {
		if c := compareKey(a.keys[i], b.keys[i], k); c != 0 {
			return c
		}
	}
	return a.n - b.n
}

// compareKey puts nulls, and NaN beside them, where the key says, whatever the direction.
func compareKey(a, b value.Value, k plan.SortKey) int {
	x, y := rank(a), rank(b)
	if x != y {
		if k.NullsFirst {
			return x - y
		}
		return y - x
	}
	if c := value.Compare(a, b); !k.Descending {
		return c
	} else {
		return -c
	}
}

// rank is 0 for null, 1 for NaN, 2 for the rest.
func rank(v value.Value) int {
	switch {
	case v.IsNull() && v.Type() != value.String:
		return 0
	case v.Type() == value.Real && math.IsNaN(v.Real()):
		return 1
	}
	return 2
}

func (o *sortRows) close() error { return o.s.in.close() }

// worstFirst is the heap of a sort with a limit.
type worstFirst sortRows

func (w *worstFirst) Len() int           { return len(w.sorted) }
func (w *worstFirst) Less(i, j int) bool { return (*sortRows)(w).compare(w.sorted[i], w.sorted[j]) > 0 }
func (w *worstFirst) Swap(i, j int)      { w.sorted[i], w.sorted[j] = w.sorted[j], w.sorted[i] }
func (w *worstFirst) Push(x any)         { w.sorted = append(w.sorted, x.(sortable)) }
func (w *worstFirst) Pop() any {
	last := w.sorted[len(w.sorted)-1]
	w.sorted = w.sorted[:len(w.sorted)-1]
	return last
}
