package function

import (
	"math"

	"github.com/glasswatch/glasswatch/kql/value"
)

// seriesOf returns the numbers of an array; false where it is none, is empty, or holds anything else.
func seriesOf(v value.Value) ([]float64, bool) {
	list, _ := arrayOf(v)
	out := make([]float64, len(list))
	for i, node := range list {
		f, ok := nodeReal(node)
		if !ok {
			return nil, false
		}
		out[i] = f
	}
	return out, len(out) > 0
}

// nodesOf makes nodes of numbers.
func nodesOf(numbers []float64) []any {
	out := make([]any, len(numbers))
	for i, f := range numbers {
		out[i] = f
	}
	return out
}

func seriesParam(name string) Param { return param(name, value.Dynamic) }

// seriesArithmetic are the functions of two series, element by element, and of one.
func seriesArithmetic() []Func {
	return []Func{
		pairwise("series_add", "The sums of the elements of two series; null where one of them is no number.", wholePair(value.Dec.Add, func(a, b float64) float64 { return a + b }), example(`series_add(dynamic([1, 2.5, "x"]), dynamic([4, 2, 1, 7]))`, "[5,4.5,null,null]"), example(`series_add(1, dynamic([1, 2]))`, "[2,3]")),
		pairwise("series_subtract", "The differences of the elements of two series.", wholePair(value.Dec.Sub, func(a, b float64) float64 { return a - b }), example(`series_subtract(dynamic([1, 2, 4]), dynamic([4, 2, 1]))`, "[-3,0,3]")),
		pairwise("series_multiply", "The products of the elements of two series.", wholePair(value.Dec.Mul, func(a, b float64) float64 { return a * b }), example(`series_multiply(dynamic([1, 2, 4]), 2)`, "[2,4,8]")),
		pairwise("series_divide", "The quotients of the elements of two series.", realPair(func(a, b float64) float64 { return a / b }), example(`series_divide(dynamic([1, 2, 4]), dynamic([4, 2, 1]))`, "[0.25,1.0,4.0]")),
		pairwise("series_pow", "The elements of a series raised to the powers that another holds.", realPair(math.Pow), example(`series_pow(dynamic([1, 2, 3, 4]), dynamic([1, 2, 3, 0.5]))`, "[1.0,4.0,27.0,2.0]")),
		pairwise("series_equals", "Whether the elements of two series are equal; null where one of them is no number.", comparePair(func(c int) bool { return c == 0 }), example(`series_equals(dynamic([1, 2, 4]), dynamic([4, 2.0, null]))`, "[false,true,null]")),
		pairwise("series_not_equals", "Whether the elements of two series differ.", comparePair(func(c int) bool { return c != 0 }), example(`series_not_equals(dynamic([1, 2, 4]), dynamic([4, 2, 1]))`, "[true,false,true]")),
		pairwise("series_less", "Whether the elements of the first series are less.", comparePair(func(c int) bool { return c < 0 }), example(`series_less(dynamic([1, 2, 4]), dynamic([4, 2, 1]))`, "[true,false,false]")),
		pairwise("series_less_equals", "Whether the elements of the first series are less or equal.", comparePair(func(c int) bool { return c <= 0 }), example(`series_less_equals(dynamic([1, 2, 4]), dynamic([4, 2, 1]))`, "[true,true,false]")),
		pairwise("series_greater", "Whether the elements of the first series are greater.", comparePair(func(c int) bool { return c > 0 }), example(`series_greater(dynamic([1, 2, 4]), 1)`, "[false,true,true]")),
		pairwise("series_greater_equals", "Whether the elements of the first series are greater or equal.", comparePair(func(c int) bool { return c >= 0 }), example(`series_greater_equals(dynamic([1, 2, 4]), dynamic([4, 2, 1]))`, "[false,true,true]")),
		elementwise("series_abs", "The absolute values of the elements; null for what is no number.", absNode, example(`series_abs(dynamic([-6.5, 0, 8.2, "x"]))`, "[6.5,0,8.2,null]")),
		elementwise("series_ceiling", "The smallest whole numbers that are not less than the elements.", roundNode(math.Ceil), example(`series_ceiling(dynamic([-1.5, 1, 2.5]))`, "[-1.0,1,3.0]")),
		elementwise("series_floor", "The largest whole numbers that are not greater than the elements.", roundNode(math.Floor), example(`series_floor(dynamic([-1.5, 1, 2.5]))`, "[-2.0,1,2.0]")),
		elementwise("series_sign", "The signs of the elements, -1, 0 or 1.", realNode(func(f float64) float64 {
			switch {
			case f > 0:
				return 1
			case f < 0:
				return -1
			}
			return f
		}), example(`series_sign(dynamic([-6, 0, 8.5]))`, "[-1.0,0.0,1.0]")),
		elementwise("series_exp", "The exponential function of the elements.", realNode(math.Exp), example(`series_exp(dynamic([0, 1]))`, "[1.0,2.718281828459045]")),
		elementwise("series_log", "The natural logarithms of the elements.", realNode(math.Log), example(`series_log(dynamic([1, 2]))`, "[0.0,0.6931471805599453]")),
		elementwise("series_sin", "The sines of the elements.", realNode(math.Sin), example(`series_sin(dynamic([0, -1]))`, "[0.0,-0.8414709848078965]")),
		elementwise("series_cos", "The cosines of the elements.", realNode(math.Cos), example(`series_cos(dynamic([0, 1]))`, "[1.0,0.5403023058681398]")),
		elementwise("series_tan", "The tangents of the elements.", realNode(math.Tan), example(`series_tan(dynamic([0, 1]))`, "[0.0,1.557407724654902]")),
		elementwise("series_asin", "The arc sines of the elements; NaN outside -1 to 1.", realNode(math.Asin), example(`series_asin(dynamic([0, 1]))`, "[0.0,1.5707963267948966]")),
		elementwise("series_acos", "The arc cosines of the elements; NaN outside -1 to 1.", realNode(math.Acos), example(`series_acos(dynamic([0, 1]))`, "[1.5707963267948966,0.0]")),
		elementwise("series_atan", "The arc tangents of the elements.", realNode(math.Atan), example(`series_atan(dynamic([0, 1]))`, "[0.0,0.7853981633974483]")),
	}
}

// pairwise is a function of two series, or of a series and a number that stands for a whole series. The longer series
// sets the length; where the other has no element the result is null.
func pairwise(name, doc string, join func(a, b any) any, examples ...Example) Func {
	eval := func(_ *Context, a []value.Value) value.Value {
		x, y := sideOf(a[0]), sideOf(a[1])
		if !x.isSeries && !y.isSeries {
			return value.Null(value.Dynamic)
		}
		out := make([]any, max(len(x.list), len(y.list)))
		for i := range out {
			if p, q := x.at(i), y.at(i); p != nil && q != nil {
				out[i] = join(p, q)
			}
		}
		return value.NewDynamic(out)
	}
	return Func{Name: name, Doc: doc, Examples: examples, Overloads: seriesPairs(value.Dynamic, eval)}
}

// seriesPairs are the signatures of two series and of a series and a number.
func seriesPairs(returns value.Type, eval func(*Context, []value.Value) value.Value) []Overload {
	number := func(name string) Param { return Param{Name: name, Types: numbers()} }
	return []Overload{
		{Params: []Param{seriesParam("series1"), seriesParam("series2")}, Returns: returns, Eval: eval},
		{Params: []Param{seriesParam("series1"), number("series2")}, Returns: returns, Eval: eval},
		{Params: []Param{number("series1"), seriesParam("series2")}, Returns: returns, Eval: eval},
	}
}

// side is an operand of a pairwise function: a series, or a number for every place.
type side struct {
	list     []any
	number   any
	isSeries bool
}

func sideOf(v value.Value) side {
	if list, ok := arrayOf(v); ok {
		return side{list: list, isSeries: true}
	}
	if d, ok := v.Decimal(); ok {
		return side{number: d.Real()}
	}
	return side{number: v.Scalar().Node()}
}

// at is the number at a place, or nil.
func (s side) at(i int) any {
	node := s.number
	if s.isSeries {
		node = at(s.list, i)
	}
	if _, ok := nodeReal(node); !ok {
		return nil
	}
	return node
}

// wholePair computes whole numbers exactly as long as they stay in range.
func wholePair(exact func(a, b value.Dec) value.Dec, f func(a, b float64) float64) func(a, b any) any {
	return func(a, b any) any {
		x, xWhole := a.(int64)
		y, yWhole := b.(int64)
		if xWhole && yWhole {
			if n, ok := exact(value.DecimalOfInt(x), value.DecimalOfInt(y)).Int(); ok {
				return n
			}
		}
		return realPair(f)(a, b)
	}
}

func realPair(f func(a, b float64) float64) func(a, b any) any {
	return func(a, b any) any {
		x, _ := nodeReal(a)
		y, _ := nodeReal(b)
		return f(x, y)
	}
}

func comparePair(holds func(c int) bool) func(a, b any) any {
	return func(a, b any) any { return holds(value.Compare(value.NewDynamic(a), value.NewDynamic(b))) }
}

// elementwise is a function of the numbers of one series.
func elementwise(name, doc string, f func(node any) any, examples ...Example) Func {
	return one(name, doc, Overload{Params: []Param{seriesParam("series")}, Returns: value.Dynamic, Eval: func(_ *Context, a []value.Value) value.Value {
		list, ok := arrayOf(a[0])
		if !ok {
			return value.Null(value.Dynamic)
		}
		out := make([]any, len(list))
		for i, node := range list {
			if _, ok := nodeReal(node); ok {
				out[i] = f(node)
			}
		}
		return value.NewDynamic(out)
	}}, examples...)
}

func realNode(f func(float64) float64) func(any) any {
	return func(node any) any {
		x, _ := nodeReal(node)
		return f(x)
	}
}

// roundNode leaves whole numbers as they are.
func roundNode(f func(float64) float64) func(any) any {
	return func(node any) any {
		if x, ok := node.(float64); ok {
			return f(x)
		}
		return node
	}
}

func absNode(node any) any {
	if n, ok := node.(int64); ok {
		return max(n, -n)
	}
	return math.Abs(node.(float64))
}
