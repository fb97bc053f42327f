package function

import (
	"math"
	"math/cmplx"
	"slices"

	"github.com/glasswatch/glasswatch/kql/value"
)

// minPeriod is the shortest period that is looked for, in places of the series; the longest is half of its length.
const minPeriod = 4

// period is a length with its score, from 0 to 1.
type period struct{ length, score float64 }

// periodicity is what is known of the cycles of a series: how it correlates with itself, and which lengths its spectrum
// hints at. A cycle must show in both (Vlachos, Yu, Castelli: On Periodicity Detection and Structural Periodic
// Similarity, 2005): the spectrum tells real cycles from multiples, the correlation their exact length.
type periodicity struct {
	correlation []float64 // by lag, up to half of the length and one more; each mean over the pairs there are
	found       []period  // best first
}

func periodicityOf(series []float64) periodicity {
	n := len(series)
	x := slices.Clone(series)
	center(x)
	total := dot(x, x)
	if n < 2*minPeriod || total == 0 {
		return periodicity{}
	}
	p := periodicity{correlation: make([]float64, min(n/2+2, n))}
	biased := make([]float64, len(p.correlation))
	for lag := range p.correlation {
		biased[lag] = dot(x[:n-lag], x[lag:]) / total
		p.correlation[lag] = biased[lag] * float64(n) / float64(n-lag)
	}
	for _, k := range significant(x, total) {
		if lag := hill(biased, n, k); lag > 0 && !slices.ContainsFunc(p.found, func(f period) bool { return f.length == float64(lag) }) {
			p.found = append(p.found, period{float64(lag), p.score(lag)})
		}
	}
	p.found = slices.DeleteFunc(p.found, func(f period) bool { return f.score <= 0 })
	slices.SortStableFunc(p.found, func(a, b period) int {
		switch {
		case a.score > b.score:
			return -1
		case a.score < b.score:
			return 1
		}
		return 0
	})
	return p
}

// significant returns the frequencies (cycles in the series) whose share of the spectrum white noise reaches with a
// probability below 1 % (Fisher's g test).
func significant(x []float64, total float64) []int {
	n := len(x)
	in := make([]complex128, n)
	for i, f := range x {
		in[i] = complex(f, 0)
	}
	m := (n - 1) / 2
	threshold := 1.0
	if m > 1 {
		threshold = 1 - math.Pow(0.01/float64(m), 1/float64(m-1))
	}
	var out []int
	for k, c := range fourier(in, false)[:n/2+1] {
		share := 2 * real(c*cmplx.Conj(c)) / (float64(n) * total)
		if 2*k == n {
			share /= 2
		}
		if k > 0 && share > threshold {
			out = append(out, k)
		}
	}
	return out
}

// hill finds the lag near n/k, as far as the spectrum cannot tell frequencies apart, at which the correlation has its
// peak; 0 where it has none there.
func hill(correlation []float64, n, k int) int {
	below, at, above := float64(n)/float64(k+1), float64(n)/float64(k), float64(n)
	if k > 1 {
		above = float64(n) / float64(k-1)
	}
	from := max(minPeriod, int(math.Ceil((below+at)/2-1)))
	to := min(n/2, int((at+above)/2+1))
	best := 0
	for lag := from; lag <= to; lag++ {
		if best == 0 || correlation[lag] > correlation[best] {
			best = lag
		}
	}
	if best == 0 || correlation[best] <= correlation[best-1] || best+1 < len(correlation) && correlation[best] < correlation[best+1] {
		return 0
	}
	return best
}

// score is the correlation after one cycle or, where that is less and the series is long enough, after two.
func (p periodicity) score(lag int) float64 {
	s := p.correlation[lag]
	if 2*lag <= len(p.correlation)-2 {
		s = min(s, p.correlation[2*lag])
	}
	return max(0, min(1, s))
}

// seriesPeriods are the functions that look for cycles. A series that holds anything but numbers gives null.
func seriesPeriods() []Func {
	series := seriesParam("series")
	number := func(name string) Param { return Param{Name: name, Types: numbers(), As: value.Real} }
	columns := []Result{{"periods", value.Dynamic}, {"scores", value.Dynamic}}
	more := number("period")
	more.Variadic = true
	const weekly = `dynamic([10, 12, 14, 12, 12, 10, 12, 14, 12, 12, 10, 12, 14, 12, 12, 10, 12, 14, 12, 12])`
	return []Func{
		{Name: "series_periods_detect", Doc: "The lengths of the cycles of a series between two lengths, the best first, up to a number of them, with a score from 0 to 1 each; what is missing is 0. A cycle has 4 values or more and occurs twice or more.", Columns: columns,
			Overloads: []Overload{{Params: []Param{series, number("min_period"), number("max_period"), param("num_periods", value.Long)}, Returns: value.Dynamic, Eval: detectPeriods}},
			Examples:  []Example{example(`series_periods_detect(`+weekly+`, 0.0, 10.0, 2)`, "[5.0,0.0] | [1.0,0.0]")}},
		{Name: "series_periods_validate", Doc: "The given lengths of cycles with their scores: 0 for one that the series does not have.", Columns: columns,
			Overloads: []Overload{{Params: []Param{series, more}, Returns: value.Dynamic, Eval: validatePeriods}},
			Examples:  []Example{example(`series_periods_validate(`+weekly+`, 5.0, 7.0)`, "[5.0,7.0] | [1.0,0.0]")}},
		one("series_seasonal", "The cycle of a series: at each place the median of the values at the same place of all cycles. Without a period, or with -1, it is detected; where none is, all is 0. The last values may be left out of the medians.",
			Overload{Params: []Param{series, optional(param("period", value.Long)), optional(param("test_points", value.Long))}, Returns: value.Dynamic, Eval: seriesSeasonal},
			example(`series_seasonal(dynamic([1, 3, 5, 1, 3, 5, 2, 4, 6]), 3)`, "[1.0,3.0,5.0,1.0,3.0,5.0,1.0,3.0,5.0]"), example(`series_seasonal(dynamic([8, 12, 14, 12, 10, 10, 12, 14, 12, 10, 10, 12, 14, 12, 10]))`, "[10.0,12.0,14.0,12.0,10.0,10.0,12.0,14.0,12.0,10.0,10.0,12.0,14.0,12.0,10.0]")),
	}
}

func detectPeriods(_ *Context, a []value.Value) value.Value {
	x, ok := seriesOf(a[0])
	if !ok || anyNull(a) {
		return value.Null(value.Dynamic)
	}
	least, most := a[1].Real(), a[2].Real()
	n := int(max(0, min(a[3].Int(), int64(len(x)))))
	lengths, scores := make([]any, 0, n), make([]any, 0, n)
	for _, p := range periodicityOf(x).found {
		if p.length >= least && p.length <= most && len(lengths) < n {
			lengths, scores = append(lengths, p.length), append(scores, p.score)
		}
	}
	for len(lengths) < n {
		lengths, scores = append(lengths, 0.0), append(scores, 0.0)
	}
	return value.NewDynamic([]any{lengths, scores})
}

func validatePeriods(_ *Context, a []value.Value) value.Value {
	x, ok := seriesOf(a[0])
	if !ok {
		return value.Null(value.Dynamic)
	}
	found := periodicityOf(x).found
	var lengths, scores []any
	for _, p := range a[1:] {
		score := 0.0
		for _, f := range found {
			if math.Abs(f.length-p.Real()) < 1 {
				score = max(score, f.score)
			}
		}
		lengths, scores = append(lengths, p.Node()), append(scores, score)
	}
	return value.NewDynamic([]any{lengths, scores})
}

// detectedThreshold is the score that series_seasonal asks for.
const detectedThreshold = 0.7

func seriesSeasonal(_ *Context, a []value.Value) value.Value {
	x, ok := seriesOf(a[0])
	if !ok {
		return value.Null(value.Dynamic)
	}
	learn := x[:len(x)-testPoints(a, 2, len(x))]
	n := -1
	if len(a) > 1 && !a[1].IsNull() {
		n = int(a[1].Int())
	}
	return value.NewDynamic(nodesOf(seasonal(learn, len(x), n, detectedThreshold)))
}

// testPoints is argument i, at most n.
func testPoints(a []value.Value, i, n int) int {
	if i >= len(a) || a[i].IsNull() {
		return 0
	}
	return int(max(0, min(a[i].Int(), int64(n))))
}

// seasonal gives n values of the cycle of a series: the medians of its phases. period -1 detects it, with a score of at
// least the threshold; 0 is none.
func seasonal(x []float64, n, period int, threshold float64) []float64 {
	out := make([]float64, n)
	if period < 0 {
		period = 0
		if found := periodicityOf(x).found; len(found) > 0 && found[0].score >= threshold {
			period = int(found[0].length)
		}
	}
	if period == 0 || len(x) == 0 {
		return out
	}
	medians := make([]float64, min(period, n))
	for phase := range medians {
		var values []float64
		for i := phase; i < len(x); i += period {
			values = append(values, x[i])
		}
		if len(values) > 0 {
			slices.Sort(values)
			medians[phase] = interpolated(values, 50)
		}
	}
	for i := range out {
		out[i] = medians[i%period]
	}
	return out
}
