package function

import (
	"fmt"
	"math"
	"slices"

	"github.com/glasswatch/glasswatch/kql/value"
)

// seriesStatistics are series_stats, series_stats_dynamic and series_outliers.
func seriesStatistics() []Func {
	params := []Param{seriesParam("series"), optional(param("ignore_nonfinite", value.Bool))}
	number := func(name string) Param { return optional(Param{Name: name, Types: numbers(), As: value.Real}) }
	outliers := Overload{Params: []Param{seriesParam("series"), optional(param("kind", value.String)), number("ignore_val"), number("min_percentile"), number("max_percentile"), optional(param("test_points", value.Long))},
		Returns: value.Dynamic, Check: checkOutliers, Eval: seriesOutliers}
	return []Func{
		{Name: "series_stats", Doc: "The minimum and maximum with their places, the mean, and the standard deviation and variance of a sample; null where the series holds what is no finite number, unless that is to be ignored.",
			Columns:   []Result{{"min", value.Real}, {"min_idx", value.Long}, {"max", value.Real}, {"max_idx", value.Long}, {"avg", value.Real}, {"stdev", value.Real}, {"variance", value.Real}},
			Overloads: []Overload{{Params: params, Returns: value.Dynamic, Eval: seriesStats}},
			Examples:  []Example{example(`series_stats(dynamic([2, 8, 5, 5]))`, "2 | 0 | 8 | 1 | 5 | 2.449489742783178 | 6"), example(`series_stats(dynamic([2, null, 4]), true)`, "2 | 0 | 4 | 2 | 3 | 1.4142135623730951 | 2"), exampleNull(`series_stats(dynamic([2, null]))`)}},
		one("series_stats_dynamic", "The results of series_stats, and the sum and the length, as a bag.", Overload{Params: params, Returns: value.Dynamic, Eval: seriesStatsBag},
			example(`series_stats_dynamic(dynamic([2, 8, 5, 5]))`, `{"min":2.0,"min_idx":0,"max":8.0,"max_idx":1,"avg":5.0,"stdev":2.449489742783178,"variance":6.0,"sum":20.0,"len":4}`)),
		one("series_outliers", "A score for each element: 0 between two percentiles (10 and 90, or with the kind tukey 25 and 75), else its distance from them in units of their range, scaled so that 1.5 is a mild outlier as in Tukey's test. Nulls and the ignored value score 0; a distance over no range is infinite.",
			outliers, example(`series_outliers(dynamic([4, 5, 6, 5, 4, 5, 6, 50]), "tukey")`, "[-0.6,0.0,0.0,0.0,-0.6,0.0,0.0,35.2]"), example(`series_outliers(dynamic([1, null, 1]))`, "[0.0,0.0,0.0]")),
	}
}

// stats of a series; false where it has none.
type stats struct {
	min, max, sum, variance float64
	minAt, maxAt, n         int
}

func statsOf(a []value.Value) (stats, bool) {
	list, _ := arrayOf(a[0])
	ignore := len(a) > 1 && a[1].Bool()
	var s stats
	m2, m := 0.0, 0.0
	for i, node := range list {
		f, ok := nodeReal(node)
		if !ok || math.IsNaN(f) || math.IsInf(f, 0) {
			if ignore {
				continue
			}
			return s, false
		}
		if s.n++; s.n == 1 || f < s.min {
			s.min, s.minAt = f, i
		}
		if s.n == 1 || f > s.max {
			s.max, s.maxAt = f, i
		}
		s.sum += f
		d := f - m
		m += d / float64(s.n)
		m2 += d * (f - m)
	}
	if s.n > 1 {
		s.variance = m2 / float64(s.n-1)
	}
	return s, s.n > 0
}

func seriesStats(_ *Context, a []value.Value) value.Value {
	s, ok := statsOf(a)
	if !ok {
		return value.Null(value.Dynamic)
	}
	return value.NewDynamic([]any{s.min, int64(s.minAt), s.max, int64(s.maxAt), s.sum / float64(s.n), math.Sqrt(s.variance), s.variance})
}

func seriesStatsBag(c *Context, a []value.Value) value.Value {
	s, ok := statsOf(a)
	if !ok {
		return value.Null(value.Dynamic)
	}
	list, _ := arrayOf(a[0])
	return bagOf("min", s.min, "min_idx", int64(s.minAt), "max", s.max, "max_idx", int64(s.maxAt), "avg", s.sum/float64(s.n),
		"stdev", math.Sqrt(s.variance), "variance", s.variance, "sum", s.sum, "len", int64(len(list)))
}

// bagOf makes a bag of names and nodes in turn.
func bagOf(pairs ...any) value.Value {
	bag := &value.Bag{}
	for i := 0; i < len(pairs); i += 2 {
		bag.Set(pairs[i].(string), pairs[i+1])
	}
	return value.NewDynamic(bag)
}

func checkOutliers(args []*value.Value) error {
	if len(args) > 1 && args[1] != nil {
		if kind := args[1].Text(); kind != "" && kind != "ctukey" && kind != "tukey" {
			return fmt.Errorf("series_outliers knows the kinds ctukey and tukey, not %q", kind)
		}
	}
	for _, p := range args[min(3, len(args)):min(5, len(args))] {
		if p != nil && !p.IsNull() && (p.Real() < 2 || p.Real() > 98) {
			return fmt.Errorf("a percentile of series_outliers is between 2 and 98")
		}
	}
	return nil
}

func seriesOutliers(_ *Context, a []value.Value) value.Value {
	list, ok := arrayOf(a[0])
	if !ok {
		return value.Null(value.Dynamic)
	}
	low, high, kind := 10.0, 90.0, "ctukey"
	if len(a) > 1 && a[1].Text() != "" {
		kind = a[1].Text()
	}
	switch kind {
	case "tukey":
		low, high = 25, 75
	case "ctukey":
		low, high = realOr(a, 3, low), realOr(a, 4, high)
	default:
		return value.Null(value.Dynamic)
	}
	x, present := make([]float64, len(list)), make([]bool, len(list))
	ignored := realOr(a, 2, math.NaN())
	for i, node := range list {
		f, ok := nodeReal(node)
		x[i], present[i] = f, ok && f != ignored && !math.IsNaN(f)
	}
	learn := len(list)
	if len(a) > 5 && !a[5].IsNull() {
		learn = max(0, learn-int(max(0, a[5].Int())))
	}
	return value.NewDynamic(nodesOf(outlierScores(x, present, learn, low, high, 0)))
}

// realOr is argument i, or a value where it is not given.
func realOr(a []value.Value, i int, absent float64) float64 {
	if i >= len(a) || a[i].IsNull() {
		return absent
	}
	return a[i].Real()
}

// outlierScores learns the percentiles from the first values and scores all that are present. Differences up to a
// tolerance are none.
func outlierScores(x []float64, present []bool, learn int, low, high, tolerance float64) []float64 {
	var sorted []float64
	for i, f := range x[:learn] {
		if present[i] {
			sorted = append(sorted, f)
		}
	}
	scores := make([]float64, len(x))
	if len(sorted) == 0 {
		return scores
	}
	slices.Sort(sorted)
	p, q := interpolated(sorted, low), interpolated(sorted, high)
	width := (q - p) / tukeyFactor(low, high)
	if q-p <= tolerance {
		width = 0
	}
	for i, f := range x {
		switch {
		case !present[i]:
		case f-q > tolerance:
			scores[i] = (f - q) / width
		case p-f > tolerance:
			scores[i] = (f - p) / width
		}
	}
	return scores
}

// interpolated is a percentile of sorted numbers, linear between neighbours.
func interpolated(sorted []float64, p float64) float64 {
	at := p / 100 * float64(len(sorted)-1)
	i := int(at)
	if i+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[i] + (sorted[i+1]-sorted[i])*(at-float64(i))
}

// tukeyFactor scales a distance in units of a percentile range so that, were the values normally distributed, 1.5 would
// lie where it does for the quartiles. For the percentiles 10 and 90 it is the number that published results of the
// language's own implementation have, which is 2 % above that of an exact normal distribution.
func tukeyFactor(low, high float64) float64 {
	if low == 10 && high == 90 {
		return 2.7726056055079155
	}
	quartile := normalQuantile(0.75)
	p, q := normalQuantile(low/100), normalQuantile(high/100)
	return 1.5 * (q - p) / (4*quartile - q)
}

func normalQuantile(p float64) float64 { return math.Sqrt2 * math.Erfinv(2*p-1) }
