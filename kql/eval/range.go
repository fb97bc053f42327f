package eval

import (
	"errors"
	"fmt"
	"io"

	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// errStep reports a range that would not end.
var errStep = errors.New("the step must not be 0")

// openRange evaluates the ends; a null among them makes the range empty.
func (r *runner) openRange(n *plan.Range) (*stage, error) {
	e := r.baseEnv(0)
	s := &scope{fn: r.scope.fn}
	from, to, step := e.compile(n.From)(s), e.compile(n.To)(s), e.compile(n.Step)(s)
	if r.err != nil {
		return nil, r.err
	}
	if from.IsNull() || to.IsNull() || step.IsNull() {
		return r.stage(&valueRows{r: r}, 1), nil
	}
	element, err := sequence(from, to, step)
	if err != nil {
		return nil, fmt.Errorf("range %s: %w", n.Col.Name, err)
	}
	return r.stage(&countRows{r: r, element: element}, 1), nil
}

// countRows are the values of a sequence.
type countRows struct {
	r       *runner
	element func(i int64) (value.Value, bool)
	i       int64
	row     list
}

func (c *countRows) next() (Row, error) {
	if err := c.r.alive(); err != nil {
		return nil, err
	}
	v, ok := c.element(c.i)
	if !ok {
		return nil, io.EOF
	}
	c.i++
	c.row = list{v}
	return &c.row, nil
}

func (c *countRows) close() error { return nil }

// sequence returns the i-th value from one end to the other, false beyond it.
func sequence(from, to, step value.Value) (func(i int64) (value.Value, bool), error) {
	switch from.Type() {
	case value.Real:
		a, b, d := from.Real(), to.Real(), step.Real()
		if d == 0 || d != d {
			return nil, errStep
		}
		return func(i int64) (value.Value, bool) {
			x := a + float64(i)*d
			return value.NewReal(x), d > 0 && x <= b || d < 0 && x >= b
		}, nil
	case value.Decimal:
		return decimals(from, to, step)
	}
	return integers(from, to, step)
}

func decimals(from, to, step value.Value) (func(i int64) (value.Value, bool), error) {
	a, _ := from.Decimal()
	b, _ := to.Decimal()
	d, _ := step.Decimal()
	if d.Sign() == 0 {
		return nil, errStep
	}
	return func(i int64) (value.Value, bool) {
		x := a.Add(d.Mul(value.DecimalOfInt(i)))
		return value.NewDecimal(x), x.Cmp(b)*d.Sign() <= 0
	}, nil
}

// integers are numbers, instants and spans.
func integers(from, to, step value.Value) (func(i int64) (value.Value, bool), error) {
	a, b, d := from.Int(), to.Int(), step.Int()
	if d == 0 {
		return nil, errStep
	}
	var last int64 // index of the last value; -1 for none
	switch {
	case d > 0 && a <= b:
		last = int64(uint64(b-a) / uint64(d))
	case d < 0 && a >= b:
		last = int64(uint64(a-b) / -uint64(d))
	default:
		last = -1
	}
	of := from.Type()
	return func(i int64) (value.Value, bool) {
		x := a + i*d
		switch of {
		case value.Int:
			return value.NewInt(int32(x)), i <= last
		case value.DateTime:
			return value.NewDateTime(x), i <= last
		case value.TimeSpan:
			return value.NewTimeSpan(x), i <= last
		}
		return value.NewLong(x), i <= last
	}, nil
}
