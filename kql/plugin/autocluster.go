package plugin

import (
	"cmp"
	"math"
	"slices"

	"github.com/glasswatch/glasswatch/kql/function"
	"github.com/glasswatch/glasswatch/kql/value"
)

// autocluster: https://learn.microsoft.com/kusto/query/autocluster-plugin
func autocluster() Plugin {
	return Plugin{
		Name: "autocluster",
		Doc: "A few patterns of values that describe large parts of the rows. From some rows (NumSeeds, 25) it drops one condition after the other, and takes the pattern with the best mean of coverage and of the share of columns with a condition, " +
			"weighted by SizeWeight (0.5) and the rest. A pattern must hold for 5 percent of the rows and be no part of a better one. CustomWildcard is shown where a column has no condition; \"~\" stands for a default.",
		Params: []Param{fraction("SizeWeight"), weightColumn(), number("NumSeeds"), wildcards()},
		Examples: []Example{
			{`datatable(city: string, result: string)["Oslo", "0", "Oslo", "0", "Oslo", "0", "Rome", "50126", "Rome", "50053"] | evaluate autocluster()`,
				"SegmentId: long|Count: long|Percent: real|city: string|result: string\n0|3|60|Oslo|0\n1|2|40|Rome|"},
			{`datatable(city: string, n: long)["Oslo", 1, "Oslo", 2, "Oslo", 3] | evaluate autocluster(0.6, "~", "~", "*", -1)`,
				"SegmentId: long|Count: long|Percent: real|city: string|n: long\n0|3|100|Oslo|-1"},
		},
		Schema: func(c *Call) ([]Column, bool, error) {
			if w := c.real("SizeWeight", 0.5); !(w > 0 && w < 1) {
				return nil, false, errorf("SizeWeight is between 0 and 1")
			}
			if c.whole("NumSeeds", 25) < 1 {
				return nil, false, errorf("there must be at least one seed")
			}
			return c.segmentColumns(), false, nil
		},
		Run: func(ctx *function.Context, c *Call, rows [][]value.Value, _ map[int][][]value.Value) ([]Column, [][]value.Value, error) {
			weight, without := c.weigher()
			f := c.facts(rows, without, func(row []value.Value) (a, b float64) { return weight(row), 0 })
			k := clusterer{facts: f, sample: f.sampled(maxSample), weight: c.real("SizeWeight", 0.5)}
			seen := map[string]bool{}
			var list []found
			for _, seed := range f.seeds(int(min(c.whole("NumSeeds", 25), 10_000))) {
				if err := ctx.Interrupted(); err != nil {
					return nil, nil, err
				}
				p := k.expand(f.rows[seed])
				if p == nil || seen[p.key()] {
					continue
				}
				seen[p.key()] = true
				a, _ := f.count(p)
				if a >= leastCoverage*f.totalA {
					list = append(list, found{pattern: p, a: a, rank: k.score(p, a, f.totalA)})
				}
			}
			rank(list)
			return c.segmentColumns(), c.segments(f, f.thin(list)), nil
		},
	}
}

const (
	leastCoverage = 0.05
	maxSample     = 20_000 // rows that the search looks at; the counts of the result are of all
)

// seeds are the rows where the search begins: half of them the most frequent, the others spread over the rest.
func (f *facts) seeds(n int) []int {
	order := make([]int, len(f.rows))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(x, y int) int { return cmp.Compare(f.a[y], f.a[x]) })
	if len(order) <= n {
		return order
	}
	out := order[: (n+1)/2 : (n+1)/2]
	rest := order[(n+1)/2:]
	for i := range n / 2 {
		out = append(out, rest[i*len(rest)/(n/2)])
	}
	return out
}

// sampled is f, or part of it, spread over all rows.
func (f *facts) sampled(n int) *facts {
	if len(f.rows) <= n {
		return f
	}
	s := &facts{columns: f.columns, values: f.values}
	for i := range n {
		at := i * len(f.rows) / n
		s.rows, s.a, s.b = append(s.rows, f.rows[at]), append(s.a, f.a[at]), append(s.b, 0)
		s.totalA += f.a[at]
	}
	return s
}

type clusterer struct {
	*facts
	sample *facts
	weight float64
}

// score is the weighted geometric mean of coverage and of the share of columns with a condition.
func (k *clusterer) score(p pattern, a, total float64) float64 {
	return math.Pow(a/total, k.weight) * math.Pow(float64(p.conditions())/float64(len(p)), 1-k.weight)
}

// expand drops from a row the condition whose loss is best, one at a time, and returns the best pattern on the way.
func (k *clusterer) expand(row pattern) pattern {
	now := slices.Clone(row)
	var best pattern
	bestScore := 0.0
	for now.conditions() > 0 {
		covered, more := k.sample.dropping(now)
		if score := k.score(now, covered, k.sample.totalA); score > bestScore {
			best, bestScore = slices.Clone(now), score
		}
		drop := -1
		for i, n := range now {
			if n != wild && (drop < 0 || more[i] > more[drop]) {
				drop = i
			}
		}
		now[drop] = wild
	}
	return best
}

// dropping returns the weight of the rows of a pattern, and for each of its conditions that of the rows which only this one
// keeps out.
func (f *facts) dropping(p pattern) (covered float64, more []float64) {
	more = make([]float64, len(p))
rows:
	for r, row := range f.rows {
		fails := -1
		for i, n := range p {
			switch {
			case n == wild || n == row[i]:
			case fails >= 0:
				continue rows
			default:
				fails = i
			}
		}
		if fails < 0 {
			covered += f.a[r]
		} else {
			more[fails] += f.a[r]
		}
	}
	return covered, more
}
