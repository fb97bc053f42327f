package function

import "github.com/glasswatch/glasswatch/kql/value"

// sketches are hll, hll_if and hll_merge.
func sketches() []Aggregate {
	hll := Aggregate{Name: "hll", Prefix: "hll", Doc: "What dcount_hll needs to count the distinct values, nulls left out; exact up to 1024, else by HyperLogLog with an accuracy of 0 to 4.",
		Overloads: []AggOverload{{Params: []Param{{Name: "value"}, optional(constant(param("accuracy", value.Long)))}, Returns: value.Dynamic, New: func() Accumulator {
			return &fold[sketch]{add: func(s *sketch, _ *Context, a []value.Value) {
				accuracy := value.Null(value.Long)
				if len(a) > 1 {
					accuracy = a[1]
				}
				if s.accuracy(accuracy); !a[0].IsNull() {
					s.add(hashOf(a[0]))
				}
			}, result: func(s *sketch) value.Value { return s.value() }}
		}}},
		Examples: []Example{example(`hll(x - x)`, `[[1024,14],["-4626575399317405841"],[]]`), exampleNull(`hll(long(null))`)}}
	merge := AggOverload{Params: just1("hll", value.Dynamic), Returns: value.Dynamic, New: func() Accumulator {
		return &fold[sketch]{add: func(s *sketch, _ *Context, a []value.Value) {
			if other, ok := sketchOf(a[0]); ok {
				s.merge(other)
			}
		}, result: func(s *sketch) value.Value { return s.value() }}
	}}
	return []Aggregate{hll,
		withCondition(hll, "hll_if", "The hll of the rows for which a condition is true.", "hll_if", exampleNull(`hll_if(x, x > 5)`)),
		{Name: "hll_merge", Prefix: "hll_merge", Doc: "One hll of several.", Overloads: []AggOverload{merge}, Examples: []Example{example(`hll_merge(dynamic([[1024, 14], ["5"], []]))`, `[[1024,14],["5"],[]]`)}},
	}
}

// sketchReaders are the scalar functions over the result of hll.
func sketchReaders() []Func {
	hll := param("hll", value.Dynamic)
	return []Func{
		one("dcount_hll", "The number of distinct values that an hll has seen.", Overload{Params: []Param{hll}, Returns: value.Long, Eval: func(_ *Context, a []value.Value) value.Value {
			s, ok := sketchOf(a[0])
			if !ok {
				return value.Null(value.Long)
			}
			return value.NewLong(s.count())
		}}, example(`dcount_hll(dynamic([[1024, 14], ["5", "-7"], []]))`, "2"), exampleNull(`dcount_hll(dynamic(null))`)),
		one("hll_merge", "One hll of several.", Overload{Params: []Param{hll, {Name: "more", Types: just(value.Dynamic), Variadic: true}}, Returns: value.Dynamic, Eval: func(_ *Context, a []value.Value) value.Value {
			out := &sketch{}
			for _, v := range a {
				if s, ok := sketchOf(v); ok {
					out.merge(s)
				}
			}
			return out.value()
		}}, example(`hll_merge(dynamic([[1024, 14], ["5"], []]), dynamic([[1024, 14], ["-7", "5"], []]))`, `[[1024,14],["-7","5"],[]]`)),
	}
}
