package eval

import (
	"io"
	"slices"

	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// applyRows runs a body over the expanded rows of each row. Columns that nothing looks at are not read.
type applyRows struct {
	r       *runner
	s       *stage
	n       *plan.Apply
	x       *expander
	kept    []value.Value
	wanted  []bool        // of the columns of n
	reads   []bool        // of the columns of Given
	cells   []value.Value // of the rows that are given: the body is done with them when the next row comes
	body    *stage
	restore func()
	row     list

	rows, bytes int64 // what was left to keep before the body: it lets go of all of it
}

func newApply(r *runner, s *stage, n *plan.Apply) rows {
	below := *s
	a := &applyRows{r: r, s: &below, n: n, x: newExpander(n.Expand, below.env, below.scope), kept: make([]value.Value, len(n.Keep)), wanted: r.needs[n]}
	if a.wanted == nil {
		a.wanted = slices.Repeat([]bool{true}, len(n.Cols))
	}
	if a.reads = plan.NeedsOf(n.Body, a.wanted[len(n.Keep):])[n.Given]; a.reads == nil {
		a.reads = make([]bool, len(n.Given.Cols))
	}
	return a
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
		if a.wanted[len(a.n.Keep)+i] {
			out[i] = a.body.value(i)
		}
	}
	return out
}

// start opens the body over the next row.
func (a *applyRows) start() error {
	if err := a.s.advance(); err != nil {
		return err
	}
	for i, col := range a.n.Keep {
		if a.wanted[i] {
			a.kept[i] = a.s.value(col)
		}
	}
	a.x.start()
	rows, err := a.expanded()
	if err != nil {
		return err
	}
	a.restore = a.r.give(a.n.Given, given{rows: rows})
	a.rows, a.bytes = a.r.rows, a.r.bytes
	if a.body, err = a.r.open(a.n.Body); err != nil {
		a.restore()
	}
	return err
}

// expanded are the rows that the present row is expanded to.
func (a *applyRows) expanded() ([][]value.Value, error) {
	width := len(a.n.Given.Cols)
	if cells := int(a.x.count) * width; cells > len(a.cells) {
		a.cells = make([]value.Value, cells)
	}
	rows := make([][]value.Value, 0, a.x.count)
	for at := 0; a.x.more(); at += width {
		if err := a.r.alive(); err != nil {
			return nil, err
		}
		row := a.cells[at : at+width : at+width]
		for i, read := range a.reads {
			if read {
				row[i] = a.x.Value(i)
			}
		}
		rows = append(rows, row)
	}
	return rows, nil
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
