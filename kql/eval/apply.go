package eval

import (
	"io"

	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// applyRows runs a body over the expanded rows of each row.
type applyRows struct {
	r       *runner
	s       *stage
	n       *plan.Apply
	x       *expander
	kept    []value.Value
	body    *stage
	restore func()
	row     list

	rows, bytes int64 // what was left to keep before the body: it lets go of all of it
}

func newApply(r *runner, s *stage, n *plan.Apply) rows {
	below := *s
	return &applyRows{r: r, s: &below, n: n, x: newExpander(n.Expand, below.env, below.scope), kept: make([]value.Value, len(n.Keep))}
}

func (a *applyRows) next() (Row, error) {
	for {
		if a.body == nil {
			if err := a.start(); err != nil {
				return nil, err
			}
		}
		err := a.body.advance()
		if err == nil {
			a.row = append(append(make(list, 0, len(a.n.Cols)), a.kept...), a.values()...)
			return &a.row, nil
		}
		if end := a.end(); err != io.EOF {
			return nil, err
		} else if end != nil {
			return nil, end
		}
	}
}

func (a *applyRows) values() []value.Value {
	out := make([]value.Value, len(a.n.Body.Columns()))
	for i := range out {
		out[i] = a.body.value(i)
	}
	return out
}

// start opens the body over the next row.
func (a *applyRows) start() error {
	if err := a.s.advance(); err != nil {
		return err
	}
	for i, col := range a.n.Keep {
		a.kept[i] = a.s.value(col)
	}
	a.x.start()
	rows := make([][]value.Value, 0, a.x.count)
	for a.x.more() {
		if err := a.r.alive(); err != nil {
			return err
		}
		row := make([]value.Value, len(a.n.Given.Cols))
		for i := range row {
			row[i] = a.x.Value(i)
		}
		rows = append(rows, row)
	}
	a.restore = a.r.give(a.n.Given, rows)
	a.rows, a.bytes = a.r.rows, a.r.bytes
	var err error
	if a.body, err = a.r.open(a.n.Body); err != nil {
		a.restore()
	}
	return err
}

// end closes the body.
func (a *applyRows) end() error {
	if a.body == nil {
		return nil
	}
	err := a.body.in.close()
	a.body = nil
	a.restore()
	a.r.rows, a.r.bytes = a.rows, a.bytes
	return err
}

func (a *applyRows) close() error {
	err := a.end()
	if below := a.s.in.close(); err == nil {
		err = below
	}
	return err
}
