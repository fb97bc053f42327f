package eval

import (
	"io"
	"slices"

	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// nestedRows are the rows of top-nested, made when all rows below are in.
type nestedRows struct {
	r      *runner
	s      *stage
	n      *plan.TopNested
	levels []nestedLevel
	done   bool
	out    [][]value.Value
	row    list
}

// nestedLevel is one compiled level; at is where its values are in a kept row: the group, then the arguments.
type nestedLevel struct {
	plan.Level
	of    fn
	aggs  []aggregate
	by    fn
	at    int
	scope scope
}

// nestedGroup is a group of rows with its aggregate.
type nestedGroup struct {
	key, by value.Value
	rows    [][]value.Value
	others  bool
}

func newTopNested(r *runner, s *stage, n *plan.TopNested) rows {
	below := *s
	out := &nestedRows{r: r, s: &below, n: n}
	at := 0
	for _, l := range n.Levels {
		level := nestedLevel{Level: l, of: below.env.compile(l.Of), at: at, scope: scope{fn: r.scope.fn}}
		at++
		for _, call := range l.Aggs {
			types := make([]value.Type, len(call.Args))
			agg := aggregate{call: call}
			for i, x := range call.Args {
				types[i] = x.Type()
				agg.evals = append(agg.evals, below.env.compile(x))
			}
			agg.new = accumulatorOf(call.Agg, types)
			level.aggs = append(level.aggs, agg)
			at += len(call.Args)
		}
		results := baseEnv(len(l.Aggs))
		results.r = r
		level.by = results.compile(l.By)
		out.levels = append(out.levels, level)
	}
	return out
}

func (t *nestedRows) next() (Row, error) {
	if !t.done {
		kept, err := t.collect()
		if err != nil {
			return nil, err
		}
		t.nest(0, kept, nil)
		t.done = true
	}
	if len(t.out) == 0 {
		return nil, io.EOF
	}
	t.row, t.out = t.out[0], t.out[1:]
	return &t.row, nil
}

// collect keeps, of every row, what the levels look at.
func (t *nestedRows) collect() ([][]value.Value, error) {
	var kept [][]value.Value
	for {
		err := t.s.advance()
		if err == io.EOF {
			return kept, nil
		}
		if err != nil {
			return nil, err
		}
		var row []value.Value
		for _, l := range t.levels {
			row = append(row, l.of(t.s.scope))
			for _, agg := range l.aggs {
				for _, f := range agg.evals {
					row = append(row, f(t.s.scope))
				}
			}
		}
		if err := t.r.keep(row); err != nil {
			return nil, err
		}
		kept = append(kept, row)
	}
}

// nest adds the rows of one level and those below it, behind the values of the levels above.
func (t *nestedRows) nest(depth int, kept [][]value.Value, above []value.Value) {
	if depth == len(t.levels) {
		t.out = append(t.out, above)
		return
	}
	for _, g := range t.levels[depth].best(kept) {
		row := append(slices.Clip(above), g.key, g.by)
		if g.others {
			t.rest(depth+1, g.rows, row)
			continue
		}
		t.nest(depth+1, g.rows, row)
	}
}

// rest completes the row of the groups that were not kept: below it, a level has one row for all of them, or none.
func (t *nestedRows) rest(depth int, kept [][]value.Value, above []value.Value) {
	for i := range t.levels[depth:] {
		l := &t.levels[depth+i]
		if l.Others == nil {
			above = append(above, value.Null(l.Of.Type()), value.Null(l.By.Type()))
			continue
		}
		above = append(above, *l.Others, l.aggregate(kept))
	}
	t.out = append(t.out, above)
}

// best groups rows and returns the groups that are kept, in their order, and what stands for the others.
func (l *nestedLevel) best(kept [][]value.Value) []nestedGroup {
	index := map[string]int{}
	var groups []nestedGroup
	var key []byte
	for _, row := range kept {
		key = row[l.at].AppendKey(key[:0])
		i, ok := index[string(key)]
		if !ok {
			i = len(groups)
			index[string(key)] = i
			groups = append(groups, nestedGroup{key: row[l.at]})
		}
		groups[i].rows = append(groups[i].rows, row)
	}
	for i := range groups {
		groups[i].by = l.aggregate(groups[i].rows)
	}
	order := plan.SortKey{Descending: l.Descending, NullsFirst: !l.Descending}
	slices.SortStableFunc(groups, func(a, b nestedGroup) int { return compareKey(a.by, b.by, order) })
	if l.N < 0 || int64(len(groups)) <= l.N {
		return groups
	}
	if l.Others == nil {
		return groups[:l.N]
	}
	others := nestedGroup{key: *l.Others, others: true}
	for _, g := range groups[l.N:] {
		others.rows = append(others.rows, g.rows...)
	}
	others.by = l.aggregate(others.rows)
	return append(groups[:l.N:l.N], others)
}

// aggregate computes what a group is ordered by.
func (l *nestedLevel) aggregate(kept [][]value.Value) value.Value {
	results := make(list, len(l.aggs))
	at := l.at + 1
	for i, agg := range l.aggs {
		state := agg.new()
		width := len(agg.evals)
		for _, row := range kept {
			state.Add(&l.scope.fn, row[at:at+width])
		}
		if results[i] = state.Result(); results[i].IsNull() {
			results[i] = value.Null(agg.call.Type)
		}
		at += width
	}
	l.scope.row = &results
	l.scope.generation++
	return l.by(&l.scope)
}

func (t *nestedRows) close() error { return t.s.in.close() }
