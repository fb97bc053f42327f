package function

import (
	"math"
	"sync"

	"github.com/glasswatch/glasswatch/kql/value"
)

// extremes are min, max, arg_min, arg_max and take_any.
func extremes() []Aggregate {
	minimum := extreme("min", "The smallest value; null of nothing.", -1, example(`min(x)`, "1"))
	maximum := extreme("max", "The largest value; null of nothing.", 1, example(`max(x)`, "3"), example(`max(tostring(x))`, "3"))
	takeAny := Aggregate{Name: "take_any", Doc: "The value of any row, one that is not empty where there is one.", Overloads: []AggOverload{anyValue()}, Examples: []Example{example(`take_any(x - x)`, "0")}}
	anyOld := takeAny
	anyOld.Name, anyOld.Prefix, anyOld.Examples = "any", "any", []Example{example(`any(x - x)`, "0")}
	argMaxOld, argMinOld := argExtreme("argmax", "The older name of arg_max; its columns are named max_X and max_X_Y.", 1, example(`argmax(x, x * 10)`, "3")),
		argExtreme("argmin", "The older name of arg_min; its columns are named min_X and min_X_Y.", -1, example(`argmin(x, x * 10)`, "1"))
	return []Aggregate{
		argMaxOld, argMinOld,
		minimum, maximum, takeAny, anyOld,
		withCondition(minimum, "minif", "The smallest value of the rows for which a condition is true.", "minif", example(`minif(x, x > 1)`, "2")),
		withCondition(maximum, "maxif", "The largest value of the rows for which a condition is true.", "maxif", example(`maxif(x, x < 3)`, "2")),
		withCondition(takeAny, "anyif", "The older name of take_anyif.", "anyif", example(`anyif(x, x == 2)`, "2")),
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
		return &merging[best]{fold[best]{add: func(b *best, _ *Context, a []value.Value) {
			switch v := a[0]; {
			case !b.set && (v.IsNull() || isNaN(v)):
				b.v = value.Null(v.Type())
			case v.IsNull() || isNaN(v):
			case !b.set || value.Compare(v, b.v)*direction > 0:
				b.v, b.set = v, true
			}
		}, result: func(b *best) value.Value { return b.v }}, func(b, other *best) {
			if !b.set || other.set && value.Compare(other.v, b.v)*direction > 0 {
				*b = *other
			}
		}}
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

// firstBest keeps what is there.
func firstBest(b, other *best) {
	if !b.set {
		*b = *other
	}
}

// anyValue keeps the first value that is not empty.
func anyValue() AggOverload {
	o := AggOverload{Params: []Param{{Name: "value"}}, Typed: first, New: func() Accumulator {
		return &merging[best]{fold[best]{add: func(b *best, _ *Context, a []value.Value) {
			if !b.set {
				b.v, b.set = a[0], !isEmpty(a[0])
			}
		}, result: func(b *best) value.Value { return b.v }}, firstBest}
	}}
	return aggSQL(o, "", func(args []SQLArg) (string, bool) {
		if args[0].Type == value.String {
			return "coalesce(any_value(nullif({0}, ''))" + filterMark + ", '')", true
		}
		return "any_value({0})" + filterMark, true
	})
}

// AnyRow is take_any of several columns, one call a column: all calls of a group give the values of the same row.
func AnyRow() *Aggregate { return anyRow() }

var anyRow = sync.OnceValue(func() *Aggregate {
	o := AggOverload{Params: []Param{{Name: "value"}}, Typed: first, New: func() Accumulator {
		return &merging[best]{fold[best]{add: func(b *best, _ *Context, a []value.Value) {
			if !b.set {
				b.v, b.set = a[0], true
			}
		}, result: func(b *best) value.Value { return b.v }}, firstBest}
	}}
	o = aggSQL(o, "", func(args []SQLArg) (string, bool) {
		if args[0].Type == value.String {
			return "coalesce(first({0})" + filterMark + ", '')", true
		}
		return "first({0})" + filterMark, true
	})
	return &Aggregate{Name: "take_any", Doc: "The values of any row.", Overloads: []AggOverload{o}}
})

// argExtreme keeps the value beside the best first argument; where all of those are null, that of the first row.
func argExtreme(name, doc string, direction int, examples ...Example) Aggregate {
	type row struct {
		by, v    value.Value
		seen, ok bool
	}
	o := AggOverload{Params: []Param{{Name: "by"}, {Name: "value"}}, Typed: second, New: func() Accumulator {
		better := func(r *row, by value.Value, usable bool) bool {
			return !r.seen || usable && (!r.ok || value.Compare(by, r.by)*direction > 0)
		}
		return &merging[row]{fold[row]{add: func(r *row, _ *Context, a []value.Value) {
			if usable := !a[0].IsNull() && !isNaN(a[0]); better(r, a[0], usable) {
				*r = row{by: a[0], v: a[1], seen: true, ok: usable}
			}
		}, result: func(r *row) value.Value { return r.v }}, func(r, other *row) {
			if other.seen && better(r, other.by, other.ok) {
				*r = *other
			}
		}}
	}}
	function := "arg_max"
	if direction < 0 {
		function = "arg_min"
	}
	o = aggSQL(o, "", func(args []SQLArg) (string, bool) {
		by := "{0}"
		switch args[0].Type {
		case value.Decimal, value.Dynamic:
			return "", false
		case value.Real:
			by = "CASE WHEN NOT isnan({0}) THEN {0} END"
		}
		s := "(coalesce(" + function + "(struct_pack(v := {1}), " + by + "), any_value(struct_pack(v := {1})))).v"
		if args[1].Type == value.String {
			s = "coalesce(" + s + ", '')"
		}
		return s, true
	})
	return Aggregate{Name: name, Doc: doc, Star: true, Overloads: []AggOverload{o}, Examples: examples}
}
