package plugin

import (
	"math"
	"slices"
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

// intersections counts what the first sets have in common, for each number of sets; null from the first set that is null.
func intersections(ctx *function.Context, sets []value.Value) []value.Value {
	out := make([]value.Value, len(sets))
	for i := range out {
		out[i] = value.Null(value.Long)
	}
	known := slices.IndexFunc(sets, func(v value.Value) bool { return v.IsNull() })
	if known < 0 {
		known = len(sets)
	}
	total, wider := int64(0), int64(math.MaxInt64)
	for i, sum := range unions(ctx, sets[:known]) {
		total += sum
		wider = min(max(total, 0), wider) // an estimate may come out below 0, or above the wider intersection
		out[i] = value.NewLong(wider)
	}
	return out
}

// unions adds up the distinct values of the unions of some of the sets, by the last set of each union: by inclusion and
// exclusion, a union of an even number of sets counts against. The sums up to a set are its intersection with those
// before it.
func unions(ctx *function.Context, sets []value.Value) []int64 {
	merge, count := catalogued("hll_merge"), catalogued("dcount_hll")
	sums := make([]int64, len(sets))
	var add func(union []value.Value, next int, sign int64)
	add = func(union []value.Value, next int, sign int64) {
		for i := next; i < len(sets); i++ {
			u := sets[i]
			if union != nil {
				u = merge(ctx, []value.Value{union[0], u})
			}
			sums[i] += sign * count(ctx, []value.Value{u}).Int()
			add([]value.Value{u}, i+1, -sign)
		}
	}
	add(nil, 0, 1)
	return sums
}

// catalogued returns the implementation of a scalar function with one signature.
func catalogued(name string) func(*function.Context, []value.Value) value.Value {
	f, ok := function.Lookup(name)
	if !ok {
		panic("plugin: BUG: no function " + name)
	}
	return f.Overloads[0].Eval
}
