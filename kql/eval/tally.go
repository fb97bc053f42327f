package eval

import (
	"errors"
	"slices"

	"github.com/glasswatch/glasswatch/kql/function"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// Tally computes an aggregation in parts: rows are added to a part as they come, and the parts of several stretches of time
// are put together for a longer one. It may be used by one goroutine at a time.
type Tally struct {
	rows *Matcher // keys, then the arguments of the calls
	keys int
	aggs []tallied // the calls; of none, one that notes that the group is there

	calls int
	fn    function.Context
	text  []byte

	number map[string]int // of each group that was ever seen
	groups [][]value.Value
}

// tallied is one call; its arguments are n values of a row from at on.
type tallied struct {
	new   func() function.Accumulator
	typ   value.Type
	at, n int
}

// Part is the groups of some of the rows, of one Tally. The zero value has none.
type Part struct {
	first  int                    // number of the group that states begin with
	states []function.Accumulator // of each group the states of all calls; nil where the part has no row of it
}

// Size is roughly how many bytes the part takes.
func (p *Part) Size() int {
	size := 16 * cap(p.states)
	for _, s := range p.states {
		if s != nil {
			size += s.(function.Merger).Size()
		}
	}
	return size
}

// NewTally compiles an aggregation over filters and projections of tables. The error says why it cannot be computed in parts.
func NewTally(n *plan.Aggregate) (*Tally, error) {
	t := &Tally{keys: len(n.Keys), calls: len(n.Aggs)}
	below := &plan.Project{Input: n.Input}
	add := func(x plan.Expr) {
		below.Exprs = append(below.Exprs, x)
		below.Cols = append(below.Cols, plan.Column{Type: x.Type()})
	}
	for _, k := range n.Keys {
		add(k)
	}
	for _, call := range n.Aggs {
		agg := tallied{typ: call.Type, at: len(below.Exprs), n: len(call.Args)}
		types := make([]value.Type, len(call.Args))
		for i, x := range call.Args {
			types[i] = x.Type()
			add(x)
		}
		agg.new = accumulatorOf(call.Agg, types)
		if _, ok := agg.new().(function.Merger); !ok {
			return nil, errors.New("eval: " + call.Agg.Name + " cannot be computed in parts")
		}
		t.aggs = append(t.aggs, agg)
	}
	if len(t.aggs) == 0 { // the groups alone are asked for
		t.aggs = append(t.aggs, tallied{new: func() function.Accumulator { return noted{} }})
	}
	if name := unsteady(below); name != "" {
		return nil, errors.New("eval: " + name + "() gives another value each time, so that rows cannot be kept in parts")
	}
	var err error
	t.rows, err = NewMatcher(below)
	return t, err
}

// unsteady names a function in a plan that does not give the same value for a row at any time; "" without one.
func unsteady(n plan.Node) (name string) {
	plan.Walk(n, func(n plan.Node) bool {
		for _, x := range plan.Exprs(n) {
			plan.WalkExpr(x, func(x plan.Expr) bool {
				if c, ok := x.(*plan.Call); ok && (c.Func.Volatile || c.Func.Name == "now" || c.Func.Name == "ago") {
					name = c.Func.Name
				}
				return name == ""
			})
		}
		return name == ""
	})
	return name
}

// Tables are the tables whose rows are aggregated.
func (t *Tally) Tables() []*plan.Table { return t.rows.Tables() }

// Groups is how many groups were seen; the Tally remembers their keys until Reset.
func (t *Tally) Groups() int { return len(t.groups) }

// Reset forgets all groups. Parts of before must not be used any more.
func (t *Tally) Reset() { t.number, t.groups = nil, nil }

// Add adds a row of a table to a part. What the row's values refer to may be kept.
func (t *Tally) Add(p *Part, from *plan.Table, row Row) {
	t.rows.Match(from, row, 0, func(out []value.Value) {
		states := t.states(p, t.group(out[:t.keys]))
		for i, agg := range t.aggs {
			states[i].Add(&t.fn, out[agg.at:agg.at+agg.n])
		}
	})
}

// group finds the number of the group of keys, which are copied where it is a new one.
func (t *Tally) group(keys []value.Value) int {
	t.text = t.text[:0]
	for _, k := range keys {
		t.text = k.AppendKey(t.text)
	}
	n, ok := t.number[string(t.text)]
	if !ok {
		if t.number == nil {
			t.number = map[string]int{}
		}
		n = len(t.groups)
		t.number[string(t.text)] = n
		t.groups = append(t.groups, slices.Clone(keys))
	}
	return n
}

// states finds or makes the states of a group in a part.
func (t *Tally) states(p *Part, group int) []function.Accumulator {
	width := len(t.aggs)
	switch have := len(p.states) / max(1, width); {
	case have == 0:
		p.first = group
		p.states = make([]function.Accumulator, width)
	case group < p.first:
		p.states = slices.Insert(p.states, 0, make([]function.Accumulator, (p.first-group)*width)...)
		p.first = group
	case group >= p.first+have:
		p.states = append(p.states, make([]function.Accumulator, (group+1-p.first-have)*width)...)
	}
	at := (group - p.first) * width
	states := p.states[at : at+width]
	if states[0] == nil {
		for i, agg := range t.aggs {
			states[i] = agg.new()
		}
	}
	return states
}

// Rows puts parts together and returns the rows of the aggregation: keys, then results. Parts stay as they are.
func (t *Tally) Rows(parts []*Part) [][]value.Value {
	width := len(t.aggs)
	sum := Part{}
	if t.keys == 0 {
		t.states(&sum, t.group(nil))
	}
	for _, p := range parts {
		if p == nil {
			continue
		}
		for at := 0; at < len(p.states); at += width {
			if p.states[at] == nil {
				continue
			}
			into := t.states(&sum, p.first+at/width)
			for i, state := range p.states[at : at+width] {
				into[i].(function.Merger).Merge(state)
			}
		}
	}
	var out [][]value.Value
	for at := 0; at < len(sum.states); at += width {
		if sum.states[at] == nil {
			continue
		}
		row := append(make([]value.Value, 0, t.keys+width), t.groups[sum.first+at/width]...)
		for i, state := range sum.states[at : at+t.calls] {
			row = append(row, resultOf(state, t.aggs[i].typ))
		}
		out = append(out, row)
	}
	return out
}

// noted is the state of a group without calls.
type noted struct{}

func (noted) Add(*function.Context, []value.Value) {}
func (noted) Result() value.Value                  { return value.Value{} }
func (noted) Merge(function.Accumulator)           {}
func (noted) Size() int                            { return 0 }

// resultOf is the state's result, typed where it is null.
func resultOf(s function.Accumulator, t value.Type) value.Value {
	if v := s.Result(); !v.IsNull() {
		return v
	}
	return value.Null(t)
}
