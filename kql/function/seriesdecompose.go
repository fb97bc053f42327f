package function

import (
	"fmt"
	"math"

	"github.com/glasswatch/glasswatch/kql/value"
)

// seriesDecompositions split a series into its cycle, its trend and the rest. A series that holds anything but numbers
// gives null.
func seriesDecompositions() []Func {
	series := seriesParam("series")
	number := func(name string) Param { return optional(Param{Name: name, Types: numbers(), As: value.Real}) }
	period, trend, points := optional(param("seasonality", value.Long)), optional(param("trend", value.String)), param("test_points", value.Long)
	columns := []Result{{"baseline", value.Dynamic}, {"seasonal", value.Dynamic}, {"trend", value.Dynamic}, {"residual", value.Dynamic}}
	const rising = `dynamic([1, 3, 5, 7])`
	return []Func{
		{Name: "series_decompose", Columns: columns,
			Doc: "A series as the sum of a baseline and a residual, and the baseline as that of a cycle (see series_seasonal; seasonality -1 detects it with a score of at least the threshold, by default 0.6; 0 is none) and a trend: avg, the mean of what the cycle leaves, linefit, a line, or none. The last test_points values are not learnt from.",
			Overloads: []Overload{{Params: []Param{series, period, trend, optional(points), number("seasonality_threshold")}, Returns: value.Dynamic, Check: checkTrend("series_decompose", 2, -1),
				Eval: func(_ *Context, a []value.Value) value.Value { return decomposed(a, 1, 2, 3, 4) }}},
			Examples: []Example{example(`series_decompose(`+rising+`, 0, "linefit")`, "[1.0,3.0,5.0,7.0] | [0.0,0.0,0.0,0.0] | [1.0,3.0,5.0,7.0] | [0.0,0.0,0.0,0.0]"), example(`series_decompose(`+rising+`)`, "[4.0,4.0,4.0,4.0] | [0.0,0.0,0.0,0.0] | [4.0,4.0,4.0,4.0] | [-3.0,-1.0,1.0,3.0]")}},
		{Name: "series_decompose_forecast", Columns: columns, Doc: "series_decompose with the last values left out of the learning: its baseline is their forecast.",
			Overloads: []Overload{{Params: []Param{series, points, period, trend, number("seasonality_threshold")}, Returns: value.Dynamic, Check: checkTrend("series_decompose_forecast", 3, -1),
				Eval: func(_ *Context, a []value.Value) value.Value { return decomposed(a, 2, 3, 1, 4) }}},
			Examples: []Example{example(`series_decompose_forecast(dynamic([1, 3, 5, 0, 0]), 2, 0, "linefit")`, "[1.0,3.0,5.0,7.0,9.0] | [0.0,0.0,0.0,0.0,0.0] | [1.0,3.0,5.0,7.0,9.0] | [0.0,0.0,0.0,-7.0,-9.0]")}},
		{Name: "series_decompose_anomalies", Columns: []Result{{"ad_flag", value.Dynamic}, {"ad_score", value.Dynamic}, {"baseline", value.Dynamic}},
			Doc: "The outliers of the residual of series_decompose: a flag of 1 or -1 for a value whose score by series_outliers is beyond the threshold, by default 1.5, else 0; the scores; and the baseline.",
			Overloads: []Overload{{Params: []Param{series, number("threshold"), period, trend, optional(points), optional(param("ad_method", value.String)), number("seasonality_threshold")}, Returns: value.Dynamic,
				Check: checkTrend("series_decompose_anomalies", 3, 5), Eval: decomposedAnomalies}},
			Examples: []Example{example(`series_decompose_anomalies(dynamic([4, 5, 6, 5, 4, 5, 6, 50]), 1.5, 0, "none", 0, "tukey")`, "[0,0,0,0,0,0,0,1] | [-0.6,0.0,0.0,0.0,-0.6,0.0,0.0,35.2] | [0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0]")}},
	}
}

// checkTrend refuses unknown names of the trend and the method, which are arguments trend and method.
func checkTrend(name string, trend, method int) func(args []*value.Value) error {
	known := func(args []*value.Value, i int, what string, names ...string) error {
		if i < 0 || i >= len(args) || args[i] == nil || args[i].Text() == "" {
			return nil
		}
		for _, n := range names {
			if args[i].Text() == n {
				return nil
			}
		}
		return fmt.Errorf("%s knows no %s %q", name, what, args[i].Text())
	}
	return func(args []*value.Value) error {
		if err := known(args, trend, "trend", "avg", "linefit", "none"); err != nil {
			return err
		}
		return known(args, method, "method", "ctukey", "tukey")
	}
}

// decomposition is a series and what it is made of.
type decomposition struct{ baseline, seasonal, trend, residual []float64 }

// decompose reads its settings from the arguments at the given positions; false where the series or the trend is none.
func decompose(a []value.Value, period, trend, points, threshold int) (decomposition, bool) {
	x, ok := seriesOf(a[0])
	if !ok {
		return decomposition{}, false
	}
	learn := len(x) - testPoints(a, points, len(x))
	cycle := -1
	if period < len(a) && !a[period].IsNull() {
		cycle = int(a[period].Int())
	}
	d := decomposition{seasonal: seasonal(x[:learn], len(x), cycle, realOr(a, threshold, 0.6))}
	rest := make([]float64, learn)
	for i := range rest {
		rest[i] = x[i] - d.seasonal[i]
	}
	kind := "avg"
	if trend < len(a) && a[trend].Text() != "" {
		kind = a[trend].Text()
	}
	if d.trend, ok = trendOf(rest, len(x), kind); !ok {
		return d, false
	}
	d.baseline, d.residual = make([]float64, len(x)), make([]float64, len(x))
	for i := range x {
		d.baseline[i] = d.seasonal[i] + d.trend[i]
		d.residual[i] = x[i] - d.baseline[i]
	}
	return d, true
}

// trendOf continues the trend of x to n values.
func trendOf(x []float64, n int, kind string) ([]float64, bool) {
	var l line
	switch {
	case kind == "none" || len(x) == 0 && (kind == "avg" || kind == "linefit"):
	case kind == "avg":
		l.interception = mean(x)
	case kind == "linefit":
		l = lineOf(x)
	default:
		return nil, false
	}
	out := make([]float64, n)
	for i := range out {
		out[i] = l.slope*float64(i+1) + l.interception
	}
	return out, true
}

func decomposed(a []value.Value, period, trend, points, threshold int) value.Value {
	d, ok := decompose(a, period, trend, points, threshold)
	if !ok {
		return value.Null(value.Dynamic)
	}
	return value.NewDynamic([]any{nodesOf(d.baseline), nodesOf(d.seasonal), nodesOf(d.trend), nodesOf(d.residual)})
}

func decomposedAnomalies(_ *Context, a []value.Value) value.Value {
	d, ok := decompose(a, 2, 3, 4, 6)
	low, high := 10.0, 90.0
	if len(a) > 5 && a[5].Text() != "" && a[5].Text() != "ctukey" {
		low, high = 25, 75
		ok = ok && a[5].Text() == "tukey"
	}
	if !ok {
		return value.Null(value.Dynamic)
	}
	present, largest := make([]bool, len(d.residual)), 0.0
	for i, f := range d.residual {
		present[i] = !math.IsNaN(f)
		largest = max(largest, math.Abs(f), math.Abs(d.baseline[i]))
	}
	// What the arithmetic leaves of values that the baseline meets exactly is no outlier.
	scores := outlierScores(d.residual, present, len(d.residual)-testPoints(a, 4, len(d.residual)), low, high, 1e-12*largest)
	flags := make([]any, len(scores))
	threshold := realOr(a, 1, 1.5)
	for i, s := range scores {
		flags[i] = int64(0)
		switch {
		case s > threshold:
			flags[i] = int64(1)
		case s < -threshold:
			flags[i] = int64(-1)
		}
	}
	return value.NewDynamic([]any{flags, nodesOf(scores), nodesOf(d.baseline)})
}
