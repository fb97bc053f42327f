package eval

import (
	"io"

	"github.com/glasswatch/glasswatch/kql/function"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// aggregateRows groups all rows before it yields the first; groups come in the order in which they first appear.
type aggregateRows struct {
	r    *runner
	s    *stage
	keys []fn
	aggs []aggregate
	cols int

	done   bool
	groups []*group
	row    list
}

// aggregate is one compiled call; its arguments are computed into args.
type aggregate struct {
	call  plan.AggCall
	new   func() function.Accumulator
	evals []fn
	args  []value.Value
}

type group struct {
	keys   []value.Value
	states []function.Accumulator
}

func newAggregate(r *runner, s *stage, n *plan.Aggregate) rows {
	below := *s
	a := &aggregateRows{r: r, s: &below, cols: len(n.Cols)}
	for _, k := range n.Keys {
		a.keys = append(a.keys, below.env.compile(k))
	}
	for _, call := range n.Aggs {
		types := make([]value.Type, len(call.Args))
		agg := aggregate{call: call, args: make([]value.Value, len(call.Args))}
		for i, x := range call.Args {
			types[i] = x.Type()
			agg.evals = append(agg.evals, below.env.compile(x))
		}
		agg.new = accumulatorOf(call.Agg, types)
		a.aggs = append(a.aggs, agg)
	}
	return a
}

// accumulatorOf finds the overload that the binder chose: its conversions are in the arguments already.
func accumulatorOf(a *function.Aggregate, types []value.Type) func() function.Accumulator {
	o, _, _, err := a.Resolve(types)
	if err != nil {
		panic("eval: BUG: " + err.Error())
	}
	return o.New
}

func (a *aggregateRows) next() (Row, error) {
	if !a.done {
		if err := a.collect(); err != nil {
			return nil, err
		}
		a.done = true
	}
	if len(a.groups) == 0 {
		return nil, io.EOF
	}
	g := a.groups[0]
	a.groups = a.groups[1:]
	a.row = append(a.row[:0], g.keys...)
	for i, state := range g.states {
		a.row = append(a.row, resultOf(state, a.aggs[i].call.Type))
	}
	return &a.row, nil
}

func (a *aggregateRows) collect() error {
	index := map[string]*group{}
	keys := make([]value.Value, len(a.keys))
	var text []byte
	if len(a.keys) == 0 {
		index[""] = a.newGroup(nil)
	}
	for {
		err := a.s.advance()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		text = text[:0]
		for i, f := range a.keys {
			keys[i] = f(a.s.scope)
			text = keys[i].AppendKey(text)
		}
		g, ok := index[string(text)]
		if !ok {
			if err := a.r.keep(keys); err != nil {
				return err
			}
			g = a.newGroup(append([]value.Value(nil), keys...))
			index[string(text)] = g
		}
		a.add(g)
	}
}

func (a *aggregateRows) newGroup(keys []value.Value) *group {
	g := &group{keys: keys, states: make([]function.Accumulator, len(a.aggs))}
	for i := range a.aggs {
		g.states[i] = a.aggs[i].new()
	}
	a.groups = append(a.groups, g)
	return g
}

func (a *aggregateRows) add(g *group) {
	for i := range a.aggs {
		agg := &a.aggs[i]
		for j, f := range agg.evals {
			agg.args[j] = f(a.s.scope)
		}
		g.states[i].Add(&a.s.scope.fn, agg.args)
	}
}

func (a *aggregateRows) close() error { return a.s.in.close() }
