package eval

import (
	"io"
	"slices"

	"github.com/glasswatch/glasswatch/kql/function"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// windowRows adds the values of window functions to the rows below. It keeps no rows unless a function looks ahead.
type windowRows struct {
	r     *runner
	s     *stage
	calls []windowCall
	width int // columns of the input
	ahead bool

	row list

	// Of a function that looks ahead:
	collected bool
	layout    *layout
	rows      [][]value.Value // kept columns of the input, then the values of the calls
}

// windowCall is one compiled call; its arguments are computed into args.
type windowCall struct {
	state function.WindowState
	evals []fn
	args  []value.Value
}

func newWindow(r *runner, s *stage, n *plan.Window) rows {
	below := *s
	w := &windowRows{r: r, s: &below, width: len(n.Input.Columns()), row: make(list, len(n.Cols))}
	for _, c := range n.Calls {
		call := windowCall{state: c.Func.New(), args: make([]value.Value, len(c.Args))}
		for _, x := range c.Args {
			call.evals = append(call.evals, below.env.compile(x))
		}
		w.calls = append(w.calls, call)
		w.ahead = w.ahead || c.Func.Ahead
	}
	if w.ahead {
		w.layout = r.layout(n)
		w.layout.columns = slices.DeleteFunc(w.layout.columns, func(i int) bool { return i >= w.width })
	}
	return w
}

func (w *windowRows) next() (Row, error) {
	if !w.ahead {
		return &w.row, w.advance(w.row)
	}
	if !w.collected {
		if err := w.collect(); err != nil {
			return nil, err
		}
		w.collected = true
	}
	if len(w.rows) == 0 {
		return nil, io.EOF
	}
	row := w.rows[0]
	w.rows = w.rows[1:]
	copy(w.layout.row[w.width:], row[len(w.layout.columns):])
	return w.layout.unpack(row), nil
}

// advance computes the next row into out.
func (w *windowRows) advance(out []value.Value) error {
	if err := w.s.advance(); err != nil {
		return err
	}
	for i := range w.width {
		out[i] = w.s.value(i)
	}
	for i := range w.calls {
		c := &w.calls[i]
		for j, f := range c.evals {
			c.args[j] = f(w.s.scope)
		}
		out[w.width+i] = c.state.Row(&w.s.scope.fn, c.args)
	}
	return nil
}

// collect takes all rows and completes them with the values of the functions that look ahead.
func (w *windowRows) collect() error {
	kept := len(w.layout.columns)
	for {
		err := w.advance(w.row)
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		row := make([]value.Value, kept+len(w.calls))
		w.layout.pack(row, func(i int) value.Value { return w.row[i] })
		copy(row[kept:], w.row[w.width:])
		if err := w.r.keep(row); err != nil {
			return err
		}
		w.rows = append(w.rows, row)
	}
	for i := range w.calls {
		for n, v := range w.calls[i].state.Results() {
			w.rows[n][kept+i] = v
		}
	}
	return nil
}

func (w *windowRows) close() error { return w.s.in.close() }
