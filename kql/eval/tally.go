package eval

import (
	"errors"

	"github.com/glasswatch/glasswatch/kql/function"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// Tally computes an aggregation in parts: rows are added to a part as they come, and the parts of several stretches of time
// are put together for a longer one. It may be used by one goroutine at a time.
type Tally struct {
	rows *Matcher // keys, then the arguments of the calls
	keys int
	aggs []tallied
	fn   function.Context
	text []byte
}

// tallied is one call; its arguments are n values of a row from at on.
type tallied struct {
	new   func() function.Accumulator
	typ   value.Type
	at, n int
}

// Part is the groups of some of the rows. The zero value has none.
type Part struct{ groups map[string]*group }

// Size is roughly how many bytes the part takes.
func (p *Part) Size() int {
	size := 0
	for text, g := range p.groups {
		size += groupSize + len(text)
		for _, k := range g.keys {
			size += k.Size()
		}
		for _, s := range g.states {
			size += s.(function.Merger).Size()
		}
	}
	return size
}

// groupSize is roughly what a group takes beside its keys and states.
const groupSize = 160

// NewTally compiles an aggregation over filters and projections of tables. The error says why it cannot be computed in parts.
func NewTally(n *plan.Aggregate) (*Tally, error) {
	t := &Tally{keys: len(n.Keys)}
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

// Add adds a row of a table to a part. What the row's values refer to may be kept.
func (t *Tally) Add(p *Part, from *plan.Table, row Row) {
	t.rows.Match(from, row, 0, func(out []value.Value) {
		g := t.group(p, out[:t.keys])
		for i, agg := range t.aggs {
			g.states[i].Add(&t.fn, out[agg.at:agg.at+agg.n])
		}
	})
}

// group finds or makes the group of keys, which are copied.
func (t *Tally) group(p *Part, keys []value.Value) *group {
	t.text = t.text[:0]
	for _, k := range keys {
		t.text = k.AppendKey(t.text)
	}
	if g, ok := p.groups[string(t.text)]; ok {
		return g
	}
	g := &group{keys: append([]value.Value(nil), keys...), states: make([]function.Accumulator, len(t.aggs))}
	for i, agg := range t.aggs {
		g.states[i] = agg.new()
	}
	if p.groups == nil {
		p.groups = map[string]*group{}
	}
	p.groups[string(t.text)] = g
	return g
}

// Rows puts parts together and returns the rows of the aggregation: keys, then results. Parts may be nil and stay as they are.
func (t *Tally) Rows(parts []*Part) [][]value.Value {
	sum := Part{}
	if t.keys == 0 {
		t.group(&sum, nil)
	}
	for _, p := range parts {
		if p == nil {
			continue
		}
		for _, g := range p.groups {
			into := t.group(&sum, g.keys)
			for i, state := range g.states {
				into.states[i].(function.Merger).Merge(state)
			}
		}
	}
	out := make([][]value.Value, 0, len(sum.groups))
	for _, g := range sum.groups {
		row := append(make([]value.Value, 0, t.keys+len(t.aggs)), g.keys...)
		for i, state := range g.states {
			row = append(row, resultOf(state, t.aggs[i].typ))
		}
		out = append(out, row)
	}
	return out
}

// resultOf is the state's result, typed where it is null.
func resultOf(s function.Accumulator, t value.Type) value.Value {
	if v := s.Result(); !v.IsNull() {
		return v
	}
	return value.Null(t)
}
