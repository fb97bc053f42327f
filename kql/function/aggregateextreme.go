package function

import (
	"math"
	"slices"
	"strconv"

	"github.com/glasswatch/glasswatch/kql/value"
)

// extremes are min, max, arg_min, arg_max, take_any and percentile.
func extremes() []Aggregate {
	minimum := extreme("min", "The smallest value; null of nothing.", -1, example(`min(x)`, "1"))
	maximum := extreme("max", "The largest value; null of nothing.", 1, example(`max(x)`, "3"), example(`max(tostring(x))`, "3"))
	takeAny := Aggregate{Name: "take_any", Doc: "The value of any row, one that is not empty where there is one.", Overloads: []AggOverload{anyValue()}, Examples: []Example{example(`take_any(x - x)`, "0")}}
	anyOld := takeAny
	anyOld.Name, anyOld.Prefix, anyOld.Examples = "any", "any", []Example{example(`any(x - x)`, "0")}
	percentile := Aggregate{Name: "percentile", Prefix: "percentile", Doc: "The value below which a percentage of the values lies, by nearest rank.", Overloads: []AggOverload{percentileOf()},
		Examples: []Example{example(`percentile(x, 50)`, "2"), example(`percentile(x, 100)`, "3")}}
	return []Aggregate{
		minimum, maximum, takeAny, anyOld, percentile,
		withCondition(minimum, "minif", "The smallest value of the rows for which a condition is true.", "minif", example(`minif(x, x > 1)`, "2")),
		withCondition(maximum, "maxif", "The largest value of the rows for which a condition is true.", "maxif", example(`maxif(x, x < 3)`, "2")),
		withCondition(takeAny, "take_anyif", "The value of any row for which a condition is true.", "", example(`take_anyif(x, x == 2)`, "2")),
		argExtreme("arg_max", "The largest value of the first argument, and those of the others, or of all columns with *, in the same row, one column each.", 1, example(`arg_max(x, x * 10)`, "3")),
		argExtreme("arg_min", "The smallest value of the first argument, and those of the others, or of all columns with *, in the same row, one column each.", -1, example(`arg_min(x, x * 10)`, "1")),
	}
}

// isNaN reports a real that is not a number, which no extreme is.
func isNaN(v value.Value) bool { return v.Type() == value.Real && !v.IsNull() && math.IsNaN(v.Real()) }

// best keeps the best value so far.
type best struct {
	v   value.Value
	set bool
}

func extreme(name, doc string, direction int, examples ...Example) Aggregate {
	o := AggOverload{Params: []Param{{Name: "value"}}, Typed: first, New: func() Accumulator {
		return &fold[best]{add: func(b *best, _ *Context, a []value.Value) {
			switch v := a[0]; {
			case !b.set && (v.IsNull() || isNaN(v)):
				b.v = value.Null(v.Type())
			case v.IsNull() || isNaN(v):
			case !b.set || value.Compare(v, b.v)*direction > 0:
				b.v, b.set = v, true
			}
		}, result: func(b *best) value.Value { return b.v }}
	}}
	o = aggSQL(o, "", func(args []SQLArg) (string, bool) {
		switch args[0].Type {
		case value.Decimal, value.Dynamic:
			return "", false
		case value.Real:
			return name + "(CASE WHEN NOT isnan({0}) THEN {0} END)" + filterMark, true
		case value.String:
			return "coalesce(" + name + "({0})" + filterMark + ", '')", true
		}
		return name + "({0})" + filterMark, true
	})
	return Aggregate{Name: name, Prefix: name, Doc: doc, Overloads: []AggOverload{o}, Examples: examples}
}

// anyValue keeps the first value that is not empty.
func anyValue() AggOverload {
	o := AggOverload{Params: []Param{{Name: "value"}}, Typed: first, New: func() Accumulator {
		return &fold[best]{add: func(b *best, _ *Context, a []value.Value) {
			if !b.set {
				b.v, b.set = a[0], !isEmpty(a[0])
			}
		}, result: func(b *best) value.Value { return b.v }}
	}}
	return aggSQL(o, "", func(args []SQLArg) (string, bool) {
		if args[0].Type == value.String {
			return "coalesce(any_value(nullif({0}, ''))" + filterMark + ", '')", true
		}
		return "any_value({0})" + filterMark, true
	})
}

// argExtreme keeps the value beside the best first argument; where all of those are null, that of the first row.
func argExtreme(name, doc string, direction int, examples ...Example) Aggregate {
	type row struct {
		by, v    value.Value
		seen, ok bool
	}
	o := AggOverload{Params: []Param{{Name: "by"}, {Name: "value"}}, Typed: second, New: func() Accumulator {
		return &fold[row]{add: func(r *row, _ *Context, a []value.Value) {
			usable := !a[0].IsNull() && !isNaN(a[0])
			if !r.seen || usable && (!r.ok || value.Compare(a[0], r.by)*direction > 0) {
				*r = row{by: a[0], v: a[1], seen: true, ok: usable}
			}
		}, result: func(r *row) value.Value { return r.v }}
	}}
	o = aggSQL(o, "", func(args []SQLArg) (string, bool) {
		by := "{0}"
		switch args[0].Type {
		case value.Decimal, value.Dynamic:
			return "", false
		case value.Real:
			by = "CASE WHEN NOT isnan({0}) THEN {0} END"
		}
		s := "(coalesce(" + name + "(struct_pack(v := {1}), " + by + "), any_value(struct_pack(v := {1})))).v"
		if args[1].Type == value.String {
			s = "coalesce(" + s + ", '')"
		}
		return s, true
	})
	return Aggregate{Name: name, Doc: doc, Star: true, Overloads: []AggOverload{o}, Examples: examples}
}

// percentileOf sorts the values; the percentage is that of the first row.
func percentileOf() AggOverload {
	type sample struct {
		values []value.Value
		p      float64
		none   value.Value
	}
	o := AggOverload{Params: []Param{{Name: "value"}, {Name: "percentage", Types: numbers(), As: value.Real, Constant: true}}, Typed: first, New: func() Accumulator {
		return &fold[sample]{add: func(s *sample, _ *Context, a []value.Value) {
			s.p = a[1].Real()
			s.none = value.Null(a[0].Type())
			if !a[0].IsNull() && !isNaN(a[0]) {
				s.values = append(s.values, a[0])
			}
		}, result: func(s *sample) value.Value {
			n := len(s.values)
			if n == 0 {
				return s.none
			}
			slices.SortFunc(s.values, value.Compare)
			i := int(math.Ceil(s.p/100*float64(n))) - 1
			return s.values[max(0, min(n-1, i))]
		}}
	}}
	return aggSQL(o, "", func(args []SQLArg) (string, bool) {
		if args[1].Const == nil || args[1].Const.IsNull() || args[0].Type == value.Decimal || args[0].Type == value.Dynamic || args[0].Type == value.String || args[0].Type == value.Real {
			return "", false
		}
		p := args[1].Const.Real()
		if !(p >= 0 && p <= 100) {
			return "", false
		}
		return "quantile_disc({0}, " + strconv.FormatFloat(p/100, 'f', -1, 64) + ")" + filterMark, true
	})
}
