package plugin

import (
	"strconv"

	"github.com/glasswatch/glasswatch/kql/function"
	"github.com/glasswatch/glasswatch/kql/value"
)

// dcountIntersect: https://learn.microsoft.com/kusto/query/dcount-intersect-plugin
func dcountIntersect() Plugin {
	return Plugin{
		Name: "dcount_intersect",
		Doc: "Adds columns s0, s1, ... with the numbers of distinct values that the first set has, that the first two have in common, that the first three have, and so on. " +
			"The sets, 2 to 16, are what hll made; the numbers are as exact as these.",
		Params: []Param{{Name: "hll", Kind: Expression, Types: []value.Type{value.Dynamic}, Repeated: true}},
		Examples: []Example{
			{`range x from 1 to 100 step 1 | summarize a = hll_if(x, x % 2 == 0), b = hll_if(x, x % 3 == 0), c = hll_if(x, x % 5 == 0) | evaluate dcount_intersect(a, b, c) | project s0, s1, s2`,
				"s0: long|s1: long|s2: long\n50|16|3"},
		},
		Schema: func(c *Call) ([]Column, bool, error) {
			if n := len(c.All("hll")); n < 2 || n > 16 {
				return nil, false, errorf("dcount_intersect takes 2 to 16 sets, not %d", n)
			}
			return c.intersectColumns(), false, nil
		},
		Run: func(ctx *function.Context, c *Call, rows [][]value.Value, _ map[int][][]value.Value) ([]Column, [][]value.Value, error) {
			sets := make([]value.Value, len(c.All("hll")))
			out := make([][]value.Value, len(rows))
			for r, row := range rows {
				for i, a := range c.All("hll") {
					sets[i] = row[a.Column]
				}
				out[r] = append(row[:len(c.Input):len(c.Input)], intersections(ctx, sets)...)
			}
			return c.intersectColumns(), out, nil
		},
	}
}

func (c *Call) intersectColumns() []Column {
	cols := append([]Column(nil), c.Input...)
	for i := range c.All("hll") {
		cols = append(cols, Column{"s" + strconv.Itoa(i), value.Long})
	}
	return uniqueNames(cols)
}

// intersections counts what the first sets have in common, for each number of sets, by inclusion and exclusion: the union
// of some of them counts for every intersection that has all of those, with the sign of their number.
func intersections(ctx *function.Context, sets []value.Value) []value.Value {
	merge, count := catalogued("hll_merge"), catalogued("dcount_hll")
	sums := make([]int64, len(sets)) // by the last set of the union
	var add func(union value.Value, next int, sign int64)
	add = func(union value.Value, next int, sign int64) {
		for i := next; i < len(sets); i++ {
			u := sets[i]
			if !union.IsNull() {
				u = merge(ctx, []value.Value{union, sets[i]})
			}
			sums[i] += sign * count(ctx, []value.Value{u}).Int()
			add(u, i+1, -sign)
		}
	}
	known := len(sets)
	for i, s := range sets {
		if s.IsNull() {
			known = i
			break
		}
	}
	all := sets
	sets = sets[:known]
	add(value.Null(value.Dynamic), 0, 1)
	out := make([]value.Value, len(all))
	total, last := int64(0), int64(0)
	for i := range out {
		if i >= known {
			out[i] = value.Null(value.Long)
			continue
		}
		total += sums[i]
		if last = max(total, 0); i > 0 {
			last = min(last, out[i-1].Int()) // an estimate may come out above the wider intersection
		}
		out[i] = value.NewLong(last)
	}
	return out
}

// catalogued returns the implementation of a scalar function with one signature.
func catalogued(name string) func(*function.Context, []value.Value) value.Value {
	f, ok := function.Lookup(name)
	if !ok {
		panic("plugin: BUG: no function " + name)
	}
	return f.Overloads[0].Eval
}
