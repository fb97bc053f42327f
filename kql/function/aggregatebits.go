package function

import (
	"math"

	"github.com/glasswatch/glasswatch/kql/value"
)

// bitAggregates are binary_all_and, binary_all_or and binary_all_xor; a null counts for nothing, and of nothing else the
// result is null.
func bitAggregates() []Aggregate {
	return []Aggregate{
		bitwise("binary_all_and", "The bits that all values have.", "bit_and", func(a, b int64) int64 { return a & b }, example(`binary_all_and(x + 4)`, "4")),
		bitwise("binary_all_or", "The bits that any value has.", "bit_or", func(a, b int64) int64 { return a | b }, example(`binary_all_or(x)`, "3")),
		bitwise("binary_all_xor", "The bits that an odd number of values has.", "bit_xor", func(a, b int64) int64 { return a ^ b }, example(`binary_all_xor(x)`, "0")),
	}
}

func bitwise(name, doc, function string, join func(a, b int64) int64, examples ...Example) Aggregate {
	a := Aggregate{Name: name, Doc: doc, Examples: examples}
	for _, t := range []value.Type{value.Long, value.Int, value.TimeSpan, value.DateTime} {
		o := AggOverload{Params: just1("value", t), Returns: t, New: func() Accumulator {
			return &fold[best]{add: func(s *best, _ *Context, a []value.Value) {
				switch {
				case a[0].IsNull():
				case !s.set:
					s.v, s.set = a[0], true
				default:
					s.v = wholeOf(t, join(s.v.Int(), a[0].Int()))
				}
			}, result: func(s *best) value.Value {
				if !s.set {
					return value.Null(t)
				}
				return s.v
			}}
		}}
		if t != value.DateTime { // an instant may leave its range
			o = aggSQL(o, "", template(function+"({0})"+filterMark))
		}
		a.Overloads = append(a.Overloads, o)
	}
	return a
}

// wholeOf is integerOf with the type int.
func wholeOf(t value.Type, n int64) value.Value {
	if t == value.Int {
		if n < math.MinInt32 || n > math.MaxInt32 {
			return value.Null(t)
		}
		return value.NewInt(int32(n))
	}
	return integerOf(t, n, true)
}
