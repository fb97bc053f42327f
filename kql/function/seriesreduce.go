package function

import (
	"math"

	"github.com/glasswatch/glasswatch/kql/value"
)

// seriesReductions are the functions that make one number of one or two series. What is no number in a series is left
// out, and the longer of two series is cut; of nothing the result is null.
func seriesReductions() []Func {
	return []Func{
		reduction("series_sum", "The sum of the elements.", 0, func(r, f float64) float64 { return r + f }, func(r float64) float64 { return r }, example(`series_sum(dynamic([1, 2, 3, 4]))`, "10"), exampleNull(`series_sum(dynamic([]))`)),
		reduction("series_product", "The product of the elements.", 1, func(r, f float64) float64 { return r * f }, func(r float64) float64 { return r }, example(`series_product(dynamic([1, 2, 3, 4]))`, "24")),
		reduction("series_magnitude", "The length of the series as a vector: the root of the sum of the squares.", 0, func(r, f float64) float64 { return r + f*f }, math.Sqrt, example(`series_magnitude(dynamic([3, 4]))`, "5")),
		{Name: "series_dot_product", Doc: "The sum of the products of the elements of two series, or of a series and a number.", Overloads: seriesPairs(value.Real, seriesDotProduct),
			Examples: []Example{example(`series_dot_product(dynamic([1, 2, 4]), dynamic([4, 2, 1]))`, "12"), example(`series_dot_product(dynamic([1, 2, 4]), 2)`, "14"), exampleNull(`series_dot_product(dynamic([]), 2)`)}},
		one("series_cosine_similarity", "The cosine of the angle between two series as vectors; optionally with their magnitudes, where those are known.",
			Overload{Params: []Param{seriesParam("series1"), seriesParam("series2"), optional(Param{Name: "magnitude1", Types: numbers(), As: value.Real}), optional(Param{Name: "magnitude2", Types: numbers(), As: value.Real})},
				Returns: value.Real, Eval: seriesCosine}, example(`series_cosine_similarity(dynamic([3, 4]), dynamic([3, 4]))`, "1"), example(`series_cosine_similarity(dynamic([1, 0]), dynamic([3, 4]), 1, 5)`, "0.6")),
		one("series_pearson_correlation", "The correlation of two series; null where they differ in length or hold anything but numbers.",
			Overload{Params: []Param{seriesParam("series1"), seriesParam("series2")}, Returns: value.Real, Eval: seriesCorrelation},
			example(`series_pearson_correlation(dynamic([1, 2, 3]), dynamic([6, 4, 2]))`, "-1"), exampleNull(`series_pearson_correlation(dynamic([1, 2, 3]), dynamic([6, 4]))`)),
	}
}

func reduction(name, doc string, start float64, step func(r, f float64) float64, result func(r float64) float64, examples ...Example) Func {
	return one(name, doc, Overload{Params: []Param{seriesParam("series")}, Returns: value.Real, Eval: func(_ *Context, a []value.Value) value.Value {
		list, _ := arrayOf(a[0])
		r, found := start, false
		for _, node := range list {
			if f, ok := nodeReal(node); ok {
				r, found = step(r, f), true
			}
		}
		if !found {
			return value.Null(value.Real)
		}
		return value.NewReal(result(r))
	}}, examples...)
}

// pairsOf returns the numbers that stand at the same places of two operands.
func pairsOf(a, b value.Value) (x, y []float64) {
	p, q := sideOf(a), sideOf(b)
	n := len(p.list)
	switch {
	case !p.isSeries:
		n = len(q.list)
	case q.isSeries:
		n = min(n, len(q.list))
	}
	for i := range n {
		f, ok := nodeReal(p.at(i))
		g, ok2 := nodeReal(q.at(i))
		if ok && ok2 {
			x, y = append(x, f), append(y, g)
		}
	}
	return x, y
}

func dot(x, y []float64) float64 {
	sum := 0.0
	for i := range x {
		sum += x[i] * y[i]
	}
	return sum
}

func seriesDotProduct(_ *Context, a []value.Value) value.Value {
	x, y := pairsOf(a[0], a[1])
	if len(x) == 0 {
		return value.Null(value.Real)
	}
	return value.NewReal(dot(x, y))
}

func seriesCosine(_ *Context, a []value.Value) value.Value {
	x, y := pairsOf(a[0], a[1])
	if len(x) == 0 {
		return value.Null(value.Real)
	}
	size := func(i int, v []float64) float64 {
		if i < len(a) && !a[i].IsNull() {
			return a[i].Real()
		}
		return math.Sqrt(dot(v, v))
	}
	return value.NewReal(dot(x, y) / (size(2, x) * size(3, y)))
}

func seriesCorrelation(_ *Context, a []value.Value) value.Value {
	x, ok := seriesOf(a[0])
	y, ok2 := seriesOf(a[1])
	if !ok || !ok2 || len(x) != len(y) {
		return value.Null(value.Real)
	}
	center(x)
	center(y)
	return value.NewReal(dot(x, y) / math.Sqrt(dot(x, x)*dot(y, y)))
}

// mean of numbers that are not none.
func mean(x []float64) float64 {
	sum := 0.0
	for _, f := range x {
		sum += f
	}
	return sum / float64(len(x))
}

// center takes the mean off every number.
func center(x []float64) {
	m := mean(x)
	for i := range x {
		x[i] -= m
	}
}
