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

	number map[string]int32 // of each group that was ever seen
	groups [][]value.Value
	made   []function.Accumulator // by fresh
}

// tallied is one call; its arguments are n values of a row from at on.
type tallied struct {
	new   func() function.Accumulator
	typ   value.Type
	at, n int
}

// Part is the groups of some of the rows, of one Tally. The zero value has none.
type Part struct {
	groups []int32                // numbers of the groups that it has rows of, ascending
	states []function.Accumulator // of each of these groups the states of all calls
}

// Size is roughly how many bytes the part takes.
func (p *Part) Size() int {
	size := 4*cap(p.groups) + 16*cap(p.states)
	for _, s := range p.states {
		size += s.(function.Merger).Size()
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
func (t *Tally) group(keys []value.Value) int32 {
	t.text = t.text[:0]
	for _, k := range keys {
		t.text = k.AppendKey(t.text)
	}
	n, ok := t.number[string(t.text)]
	if !ok {
		if t.number == nil {
			t.number = map[string]int32{}
		}
		n = int32(len(t.groups))
		t.number[string(t.text)] = n
		t.groups = append(t.groups, slices.Clone(keys))
	}
	return n
}

// states finds or makes the states of a group in a part.
func (t *Tally) states(p *Part, group int32) []function.Accumulator {
	width := len(t.aggs)
	at := len(p.groups)
	found := false
	if at > 0 && group <= p.groups[at-1] { // new groups have the greatest numbers
		at, found = slices.BinarySearch(p.groups, group)
	}
	if !found {
		p.groups = slices.Insert(p.groups, at, group)
		p.states = slices.Insert(p.states, at*width, t.fresh()...)
	}
	return p.states[at*width : (at+1)*width]
}

// fresh makes the states of a new group; they are to be copied before the next call.
func (t *Tally) fresh() []function.Accumulator {
	t.made = t.made[:0]
	for _, agg := range t.aggs {
		t.made = append(t.made, agg.new())
	}
	return t.made
}

// Rows puts parts together and returns the rows of the aggregation: keys, then results. Parts stay as they are.
func (t *Tally) Rows(parts []*Part) [][]value.Value {
	width := len(t.aggs)
	if t.keys == 0 {
		t.group(nil)
	}
	sums := make([][]function.Accumulator, len(t.groups)) // by group
	sum := func(group int32) []function.Accumulator {
		if sums[group] == nil {
			sums[group] = slices.Clone(t.fresh())
		}
		return sums[group]
	}
	if t.keys == 0 {
		sum(0) // there is a row without any, too
	}
	for _, p := range parts {
		if p == nil {
			continue
		}
		for n, group := range p.groups {
			into := sum(group)
			for i, state := range p.states[n*width : (n+1)*width] {
				into[i].(function.Merger).Merge(state)
			}
		}
	}
	var out [][]value.Value
	for group, states := range sums {
		if states == nil {
			continue
		}
		row := append(make([]value.Value, 0, t.keys+width), t.groups[group]...)
		for i, state := range states[:t.calls] {
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
