package function

import (
	"fmt"

	"github.com/glasswatch/glasswatch/kql/value"
)

// arounds is around(value, center, delta).
func arounds() []Func {
	f := Func{Name: "around", Doc: "Whether a value lies within a distance of another, both ends included; null where an argument is null.", resolve: resolveAround,
		Examples: []Example{example(`around(10, 12, 2)`, "true"), example(`around(1.5, 3, 1)`, "false"), example(`around(datetime(2021-01-01 01:31), datetime(2021-01-01 01:30), 1m)`, "true"), exampleNull(`around(1, long(null), 1)`)}}
	for _, p := range [][2]value.Type{{value.Long, value.Long}, {value.Real, value.Real}, {value.Decimal, value.Decimal}, {value.DateTime, value.TimeSpan}, {value.TimeSpan, value.TimeSpan}} {
		t, delta := p[0], p[1]
		o := Overload{Params: []Param{param("value", t), param("center", t), param("delta", delta)}, Returns: value.Bool, Eval: around}
		if t != value.Decimal {
			o.SQL = sql("({0} >= {1}::HUGEINT - {2} AND {0} <= {1}::HUGEINT + {2})")
		}
		if t == value.Real { // in SQL NaN is larger than every number, and equal to itself
			o.SQL = sql("(CASE WHEN isnan({0} + {1} + {2}) THEN {0} >= {1} - {2} AND {0} <= {1} + {2} AND NOT isnan({0}) AND NOT isnan({1} - {2}) AND NOT isnan({1} + {2}) ELSE {0} >= {1} - {2} AND {0} <= {1} + {2} END)")
		}
		f.Overloads = append(f.Overloads, o)
	}
	return []Func{f}
}

// resolveAround brings three numbers to one type.
func resolveAround(f *Func, args []value.Type) (*Overload, []value.Type, value.Type, error) {
	if len(args) != 3 {
		return nil, nil, value.Invalid, fmt.Errorf("around expects 3 arguments, not %d", len(args))
	}
	to := args
	if isNumber(args[0]) && isNumber(args[1]) && isNumber(args[2]) {
		of := widest(widest(args[0], args[1]), args[2])
		to = []value.Type{of, of, of}
	}
	o, converted, result, err := generalResolve(f, to)
	if err == nil {
		converted = changed(args, after(to, converted))
	}
	return o, converted, result, err
}

func around(_ *Context, a []value.Value) value.Value {
	if anyNull(a) {
		return value.Null(value.Bool)
	}
	switch a[0].Type() {
	case value.Real:
		x, center, delta := a[0].Real(), a[1].Real(), a[2].Real()
		return boolean(x >= center-delta && x <= center+delta)
	case value.Decimal:
		x, _ := a[0].Decimal()
		center, _ := a[1].Decimal()
		delta, _ := a[2].Decimal()
		return boolean(x.Cmp(center.Sub(delta)) >= 0 && x.Cmp(center.Add(delta)) <= 0)
	}
	x, center, delta := a[0].Int(), a[1].Int(), a[2].Int()
	low, high := min(x, center), max(x, center)
	return boolean(delta >= 0 && uint64(high)-uint64(low) <= uint64(delta)) // the distance may have 64 bits
}
