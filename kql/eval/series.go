package eval

import (
	"fmt"
	"io"
	"math"

	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// maxSeries is how many steps a series may have.
const maxSeries = 1 << 20

// seriesRows turns groups of rows, one for each step, into rows of arrays.
type seriesRows struct {
	r  *runner
	in *stageRows
	n  *plan.Series

	from, to, step value.Value // from and to are null where the query has none

	done   bool
	series []*series
	row    list
}

// series is what has the same keys.
type series struct {
	keys   []value.Value
	places []value.Value
	values [][]value.Value
}

func newSeries(r *runner, s *stage, n *plan.Series) rows {
	out := &seriesRows{r: r, in: materialise(s, len(n.Input.Columns())), n: n}
	ends := &scope{fn: r.scope.fn}
	evaluate := func(x plan.Expr) value.Value {
		if x == nil {
			return value.Value{}
		}
		return s.env.compile(x)(ends)
	}
	out.from, out.to, out.step = evaluate(n.From), evaluate(n.To), evaluate(n.Step)
	return out
}

func (m *seriesRows) next() (Row, error) {
	if !m.done {
		if err := m.collect(); err != nil {
			return nil, err
		}
		m.done = true
	}
	if len(m.series) == 0 {
		return nil, io.EOF
	}
	s := m.series[0]
	m.series = m.series[1:]
	if err := m.arrays(s); err != nil {
		return nil, err
	}
	return &m.row, nil
}

func (m *seriesRows) collect() error {
	index := map[string]*series{}
	var key []byte
	if m.n.NonEmpty && m.n.Keys == 0 {
		index[""] = &series{}
		m.series = append(m.series, index[""])
	}
	for {
		_, err := m.in.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		key = key[:0]
		keys := m.in.row[:m.n.Keys]
		for _, v := range keys {
			key = v.AppendKey(key)
		}
		s, ok := index[string(key)]
		if !ok {
			s = &series{keys: append([]value.Value(nil), keys...)}
			index[string(key)] = s
			m.series = append(m.series, s)
		}
		values := append([]value.Value(nil), m.in.row[m.n.Keys+1:]...)
		if err := m.r.keep(values); err != nil {
			return err
		}
		s.places = append(s.places, m.in.row[m.n.Keys])
		s.values = append(s.values, values)
	}
}

// arrays lays the rows of a series out along its axis.
func (m *seriesRows) arrays(s *series) error {
	start, count, err := m.extent(s)
	if err != nil {
		return err
	}
	width := len(m.n.Defaults)
	out := make([][]any, width+1)
	for i := range out {
		out[i] = make([]any, count)
	}
	for at := range count {
		for i, d := range m.n.Defaults {
			out[i][at] = d.Node()
		}
		out[width][at] = m.place(start, at).Node()
	}
	for i, p := range s.places {
		if at := m.steps(start, p); at >= 0 && at < count {
			for j, v := range s.values[i] {
				out[j][at] = v.Node()
			}
		}
	}
	m.row = append(m.row[:0], s.keys...)
	for _, nodes := range out {
		m.row = append(m.row, value.NewDynamic(nodes))
	}
	return m.r.keep(m.row)
}

// extent returns the first place of a series and the number of its steps.
func (m *seriesRows) extent(s *series) (start value.Value, count int, err error) {
	if m.step.IsNull() || m.step.Type() == value.Real && !(m.step.Real() > 0) || m.step.Type() != value.Real && m.step.Int() <= 0 {
		return start, 0, fmt.Errorf("the step of a series must be more than 0")
	}
	start = m.from
	end := m.to
	through := m.n.Through
	for _, p := range s.places {
		if m.n.From == nil && (start.IsNull() || value.Compare(p, start) < 0) {
			start = p
		}
		if m.n.To == nil && (end.IsNull() || value.Compare(p, end) > 0) {
			end, through = p, true
		}
	}
	if start.IsNull() || end.IsNull() {
		return start, 0, nil
	}
	n := m.distance(start, end)
	if whole := math.Floor(n); through || whole < n {
		n = whole + 1
	}
	if n > maxSeries {
		return start, 0, fmt.Errorf("a series of %.0f steps is too long; the most is %d", n, maxSeries)
	}
	return start, max(0, int(n)), nil
}

// distance is the number of steps between two places.
func (m *seriesRows) distance(from, to value.Value) float64 {
	if m.step.Type() == value.Real {
		n := (to.Real() - from.Real()) / m.step.Real()
		if near := math.Round(n); math.Abs(n-near) < 1e-9*math.Max(1, math.Abs(near)) {
			return near
		}
		return n
	}
	d, step := to.Int()-from.Int(), m.step.Int()
	whole := float64(d / step)
	if d%step != 0 {
		whole += 0.5 * float64(sign(d))
	}
	return whole
}

func sign(n int64) int {
	if n < 0 {
		return -1
	}
	return 1
}

func (m *seriesRows) steps(start, place value.Value) int {
	return int(math.Round(m.distance(start, place)))
}

// place is the place some steps after the first.
func (m *seriesRows) place(start value.Value, n int) value.Value {
	switch start.Type() {
	case value.Real:
		return value.NewReal(start.Real() + float64(n)*m.step.Real())
	case value.DateTime:
		return value.NewDateTime(start.Int() + int64(n)*m.step.Int())
	case value.TimeSpan:
		return value.NewTimeSpan(start.Int() + int64(n)*m.step.Int())
	}
	return value.NewLong(start.Int() + int64(n)*m.step.Int())
}

func (m *seriesRows) close() error { return m.in.close() }
