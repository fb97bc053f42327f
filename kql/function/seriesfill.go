package function

import "github.com/glasswatch/glasswatch/kql/value"

// seriesFills are the functions that fill in missing values: those that equal a placeholder, by default null.
func seriesFills() []Func {
	series := seriesParam("series")
	number := func(name string) Param { return optional(Param{Name: name, Types: numbers()}) }
	placeholder := number("missing_value_placeholder")
	fill := func(from int, f func(list []any, missing []bool, a []value.Value)) func(*Context, []value.Value) value.Value {
		return func(_ *Context, a []value.Value) value.Value {
			list, ok := arrayOf(a[0])
			if !ok {
				return value.Null(value.Dynamic)
			}
			out, missing := append([]any{}, list...), make([]bool, len(list))
			for i, node := range list {
				missing[i] = isMissing(node, a, from)
			}
			f(out, missing, a)
			return value.NewDynamic(out)
		}
	}
	return []Func{
		one("series_fill_const", "A series whose missing values are replaced by a constant, by default 0.", Overload{Params: []Param{series, number("constant_value"), placeholder}, Returns: value.Dynamic,
			Eval: fill(2, func(list []any, missing []bool, a []value.Value) {
				for i := range list {
					if missing[i] {
						list[i] = constantOf(a, 1, int64(0))
					}
				}
			})}, example(`series_fill_const(dynamic([111, null, 36]), -1)`, "[111,-1,36]"), example(`series_fill_const(dynamic([5, -1]), 0.5, -1)`, "[5,0.5]")),
		one("series_fill_forward", "A series whose missing values are replaced by the value before them; those at its beginning stay.", Overload{Params: []Param{series, placeholder}, Returns: value.Dynamic,
			Eval: fill(1, func(list []any, missing []bool, _ []value.Value) {
				for i := 1; i < len(list); i++ {
					if missing[i] {
						list[i] = list[i-1]
					}
				}
			})}, example(`series_fill_forward(dynamic([null, 36, null, null, 41]))`, "[null,36,36,36,41]")),
		one("series_fill_backward", "A series whose missing values are replaced by the value after them; those at its end stay.", Overload{Params: []Param{series, placeholder}, Returns: value.Dynamic,
			Eval: fill(1, func(list []any, missing []bool, _ []value.Value) {
				for i := len(list) - 2; i >= 0; i-- {
					if missing[i] {
						list[i] = list[i+1]
					}
				}
			})}, example(`series_fill_backward(dynamic([null, 36, null, null]))`, "[36,36,null,null]")),
		one("series_fill_linear", "A series whose missing values are interpolated linearly; at its ends, unless that is switched off, the nearest value stands in, and if all are missing a constant, by default 0. Whole numbers stay whole.",
			Overload{Params: []Param{series, placeholder, optional(param("fill_edges", value.Bool)), number("constant_value")}, Returns: value.Dynamic, Eval: fill(1, fillLinear)},
			example(`series_fill_linear(dynamic([null, 111.0, null, 36.0, null]))`, "[111.0,111.0,73.5,36.0,36.0]"), example(`series_fill_linear(dynamic([null, 41, null, null, 16]), double(null), false)`, "[null,41,32,24,16]"), example(`series_fill_linear(dynamic([null]), double(null), true, 3.5)`, "[3.5]")),
	}
}

// isMissing reports a null, or a number that equals the placeholder, which is argument i.
func isMissing(node any, a []value.Value, i int) bool {
	if i >= len(a) || a[i].IsNull() {
		return node == nil
	}
	if node == nil {
		return false
	}
	f, ok := nodeReal(node)
	return ok && f == real_(a[i])
}

// constantOf is argument i as a node; absent where it is not given.
func constantOf(a []value.Value, i int, absent any) any {
	if i >= len(a) {
		return absent
	}
	if d, ok := a[i].Decimal(); ok {
		return d.Real()
	}
	return a[i].Node()
}

// allWhole reports a series that has no number but whole ones.
func allWhole(list []any, missing []bool) bool {
	for i, node := range list {
		if _, ok := node.(int64); !ok && !missing[i] {
			return false
		}
	}
	return true
}

// fillLinear works in place.
func fillLinear(list []any, missing []bool, a []value.Value) {
	first, last, whole := -1, -1, allWhole(list, missing)
	for i := range list {
		if missing[i] {
			continue
		}
		if last >= 0 {
			interpolate(list, last, i, whole)
		}
		if last = i; first < 0 {
			first = i
		}
	}
	if first < 0 {
		for i := range list {
			list[i] = constantOf(a, 3, 0.0)
		}
		return
	}
	if len(a) > 2 && !a[2].IsNull() && !a[2].Bool() {
		return
	}
	for i := range list {
		switch {
		case i < first:
			list[i] = list[first]
		case i > last:
			list[i] = list[last]
		}
	}
}

// interpolate fills the places between two.
func interpolate(list []any, from, to int, whole bool) {
	x, ok := nodeReal(list[from])
	y, ok2 := nodeReal(list[to])
	if !ok || !ok2 {
		return
	}
	for i := from + 1; i < to; i++ {
		f := x + (y-x)*float64(i-from)/float64(to-from)
		if list[i] = f; whole {
			list[i] = int64(f)
		}
	}
}
