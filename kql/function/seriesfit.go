package function

import (
	"math"

	"github.com/glasswatch/glasswatch/kql/value"
)

// seriesFits are the regressions. A series that holds anything but numbers gives null.
func seriesFits() []Func {
	params := []Param{seriesParam("series")}
	return []Func{
		{Name: "series_fit_line", Doc: "The line that fits a series best: r square, slope, variance of the values and of what the line leaves, interception, and the line's values. Places count from 1.",
			Columns:   []Result{{"rsquare", value.Real}, {"slope", value.Real}, {"variance", value.Real}, {"rvariance", value.Real}, {"interception", value.Real}, {"line_fit", value.Dynamic}},
			Overloads: []Overload{{Params: params, Returns: value.Dynamic, Eval: fitLine(func(l line) value.Value { return value.NewDynamic(l.list()) })}},
			Examples:  []Example{example(`series_fit_line(dynamic([2, 4, 6]))`, "1 | 2 | 4 | 0 | 0 | [2.0,4.0,6.0]")}},
		one("series_fit_line_dynamic", "The results of series_fit_line as a bag.", Overload{Params: params, Returns: value.Dynamic, Eval: fitLine(func(l line) value.Value {
			return bagOf("rsquare", l.rsquare(), "slope", l.slope, "variance", l.variance(), "rvariance", l.rvariance(), "interception", l.interception, "line_fit", nodesOf(l.fit))
		})}, example(`series_fit_line_dynamic(dynamic([2, 4, 6]))`, `{"rsquare":1.0,"slope":2.0,"variance":4.0,"rvariance":0.0,"interception":0.0,"line_fit":[2.0,4.0,6.0]}`)),
		{Name: "series_fit_2lines", Doc: "The two lines, one behind the other, that fit a series best, with the place where the right one begins.",
			Columns: []Result{{"rsquare", value.Real}, {"split_idx", value.Long}, {"variance", value.Real}, {"rvariance", value.Real}, {"line_fit", value.Dynamic},
				{"right_rsquare", value.Real}, {"right_slope", value.Real}, {"right_interception", value.Real}, {"right_variance", value.Real}, {"right_rvariance", value.Real},
				{"left_rsquare", value.Real}, {"left_slope", value.Real}, {"left_interception", value.Real}, {"left_variance", value.Real}, {"left_rvariance", value.Real}},
			Overloads: []Overload{{Params: params, Returns: value.Dynamic, Eval: fitTwoLines(func(f twoLines) value.Value {
				return value.NewDynamic([]any{f.rsquare(), int64(f.split), f.variance(), f.rvariance(), nodesOf(f.fit()),
					f.right.rsquare(), f.right.slope, f.right.interception, f.right.variance(), f.right.rvariance(),
					f.left.rsquare(), f.left.slope, f.left.interception, f.left.variance(), f.left.rvariance()})
			})}},
			Examples: []Example{example(`series_fit_2lines(dynamic([1, 2, 3, 9, 7, 5]))`, "1 | 3 | 9.5 | 0 | [1.0,2.0,3.0,9.0,7.0,5.0] | 1 | -2 | 11 | 4 | 0 | 1 | 1 | 0 | 1 | 0")}},
		one("series_fit_2lines_dynamic", "The results of series_fit_2lines as a bag, those of the two lines in bags right and left.", Overload{Params: params, Returns: value.Dynamic, Eval: fitTwoLines(func(f twoLines) value.Value {
			side := func(l line) any {
				return bagOf("rsquare", l.rsquare(), "slope", l.slope, "interception", l.interception, "variance", l.variance(), "rvariance", l.rvariance()).Tree()
			}
			return bagOf("rsquare", f.rsquare(), "split_idx", int64(f.split), "variance", f.variance(), "rvariance", f.rvariance(), "line_fit", nodesOf(f.fit()), "right", side(f.right), "left", side(f.left))
		})}, example(`series_fit_2lines_dynamic(dynamic([1, 2, 3, 9, 7, 5])).left`, `{"rsquare":1.0,"slope":1.0,"interception":0.0,"variance":1.0,"rvariance":0.0}`)),
	}
}

// line is a fitted line over places 1, 2, ...
type line struct {
	slope, interception float64
	total, rest         float64 // sums of squares: of the values about their mean, of what the line leaves
	fit                 []float64
}

func lineOf(y []float64) line {
	n := float64(len(y))
	mx, my := (n+1)/2, mean(y)
	sxx, sxy := 0.0, 0.0
	l := line{fit: make([]float64, len(y))}
	for i, f := range y {
		dx, dy := float64(i+1)-mx, f-my
		sxx += dx * dx
		sxy += dx * dy
		l.total += dy * dy
	}
	if sxx > 0 {
		l.slope = sxy / sxx
	}
	l.interception = my - l.slope*mx
	for i, f := range y {
		l.fit[i] = l.slope*float64(i+1) + l.interception
		l.rest += (f - l.fit[i]) * (f - l.fit[i])
	}
	return l
}

func (l line) list() []any {
	return []any{l.rsquare(), l.slope, l.variance(), l.rvariance(), l.interception, nodesOf(l.fit)}
}

func (l line) rsquare() float64   { return rsquare(l.total, l.rest) }
func (l line) variance() float64  { return perDegree(l.total, len(l.fit)) }
func (l line) rvariance() float64 { return perDegree(l.rest, len(l.fit)) }

// rsquare is 1 for values that are all the same: the fit leaves nothing.
func rsquare(total, rest float64) float64 {
	if total == 0 {
		return 1
	}
	return max(0, 1-rest/total)
}

// perDegree is a variance of n values of a sample.
func perDegree(sum float64, n int) float64 {
	if n < 2 {
		return 0
	}
	return sum / float64(n-1)
}

func fitLine(result func(l line) value.Value) func(*Context, []value.Value) value.Value {
	return func(_ *Context, a []value.Value) value.Value {
		y, ok := seriesOf(a[0])
		if !ok {
			return value.Null(value.Dynamic)
		}
		return result(lineOf(y))
	}
}

// twoLines are the lines before and from a split.
type twoLines struct {
	left, right line
	split       int
	total       float64
}

func (f twoLines) rsquare() float64  { return rsquare(f.total, f.left.rest+f.right.rest) }
func (f twoLines) variance() float64 { return perDegree(f.total, len(f.left.fit)+len(f.right.fit)) }
func (f twoLines) rvariance() float64 {
	return perDegree(f.left.rest+f.right.rest, len(f.left.fit)+len(f.right.fit))
}
func (f twoLines) fit() []float64 { return append(append([]float64{}, f.left.fit...), f.right.fit...) }

// sums3 are running sums that give the rest of a line over a part of a series in constant time.
type sums3 struct{ y, yy, xy []float64 }

// fitTwoLines tries every split that leaves two values or more on both sides.
func fitTwoLines(result func(f twoLines) value.Value) func(*Context, []value.Value) value.Value {
	return func(_ *Context, a []value.Value) value.Value {
		y, ok := seriesOf(a[0])
		if !ok || len(y) < 4 {
			return value.Null(value.Dynamic)
		}
		s := runningSums(y)
		best, split := math.Inf(1), 2
		for i := 2; i+2 <= len(y); i++ {
			if rest := s.rest(0, i) + s.rest(i, len(y)); rest < best-1e-12*math.Abs(best) || math.IsInf(best, 1) {
				best, split = rest, i
			}
		}
		return result(twoLines{left: lineOf(y[:split]), right: lineOf(y[split:]), split: split, total: lineOf(y).total})
	}
}

// runningSums are taken about the mean, so that large values keep their precision.
func runningSums(y []float64) sums3 {
	m := mean(y)
	s := sums3{make([]float64, len(y)+1), make([]float64, len(y)+1), make([]float64, len(y)+1)}
	for i, f := range y {
		f -= m
		s.y[i+1], s.yy[i+1], s.xy[i+1] = s.y[i]+f, s.yy[i]+f*f, s.xy[i]+f*float64(i)
	}
	return s
}

// rest is the sum of squares that the best line over y[from:to] leaves.
func (s sums3) rest(from, to int) float64 {
	n := float64(to - from)
	y, mx := s.y[to]-s.y[from], float64(from+to-1)/2
	sxx := n * (n*n - 1) / 12
	sxy := s.xy[to] - s.xy[from] - mx*y
	syy := s.yy[to] - s.yy[from] - y*y/n
	return max(0, syy-sxy*sxy/sxx)
}
