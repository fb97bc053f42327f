package function

import (
	"fmt"
	"slices"

	"github.com/glasswatch/glasswatch/kql/value"
)

// ranges is range(start, stop, step): numbers, spans, or instants at a distance of a span.
func ranges() []Func {
	f := Func{Name: "range", Doc: "An array of equally distant values from a start up to a stop; the step is 1, or 1h for spans and instants.", resolve: resolveRange,
		Examples: []Example{example(`range(1, 8, 3)`, "[1,4,7]"), example(`range(1, 3)`, "[1,2,3]"), example(`range(1h, 3h)`, `["01:00:00","02:00:00","03:00:00"]`), example(`range(3, 1)`, "[]"),
			example(`range(datetime(2015-01-01), datetime(2015-01-02), 12h)`, `["2015-01-01T00:00:00.0000000Z","2015-01-01T12:00:00.0000000Z","2015-01-02T00:00:00.0000000Z"]`)}}
	add := func(t, step value.Type, eval func(*Context, []value.Value) value.Value) {
		f.Overloads = append(f.Overloads, Overload{Params: []Param{param("start", t), param("stop", t), optional(param("step", step))}, Returns: value.Dynamic, Eval: eval})
	}
	add(value.Long, value.Long, integerRange(value.Long, 1))
	add(value.Real, value.Real, realRange)
	add(value.Decimal, value.Decimal, decimalRange)
	add(value.TimeSpan, value.TimeSpan, integerRange(value.TimeSpan, value.Hour))
	add(value.DateTime, value.TimeSpan, integerRange(value.DateTime, value.Hour))
	return []Func{f}
}

// resolveRange brings numbers to one type. Numbers, spans and instants do not mix, but for instants and the step.
func resolveRange(f *Func, args []value.Type) (*Overload, []value.Type, value.Type, error) {
	if len(args) < 2 || len(args) > 3 {
		return nil, nil, value.Invalid, fmt.Errorf("range expects 2 or 3 arguments, not %d", len(args))
	}
	to := slices.Clone(args)
	if !slices.ContainsFunc(args, func(t value.Type) bool { return !isNumber(t) }) {
		of := value.Long
		for _, t := range args {
			of = widest(of, t)
		}
		for i := range to {
			to[i] = of
		}
	}
	for i := range f.Overloads {
		o := &f.Overloads[i]
		if cost, _ := fit(o.Params, to, strictCost); cost == 0 {
			return o, changed(args, to), value.Dynamic, nil
		}
	}
	return nil, nil, value.Invalid, fmt.Errorf("range counts numbers, or timespans, or datetimes with a timespan as the step, not %v", args)
}

func integerRange(t value.Type, step int64) func(*Context, []value.Value) value.Value {
	return func(_ *Context, a []value.Value) value.Value {
		if anyNull(a) {
			return value.Null(value.Dynamic)
		}
		by := longArg(a, 2, step)
		out := []any{}
		for n, stop := a[0].Int(), a[1].Int(); by != 0 && len(out) < maxElements; {
			if by > 0 && n > stop || by < 0 && n < stop {
				break
			}
			out = append(out, integerOf(t, n, true).Node())
			next, ok := addChecked(n, by)
			if !ok {
				break
			}
			n = next
		}
		return value.NewDynamic(out)
	}
}

func realRange(_ *Context, a []value.Value) value.Value {
	if anyNull(a) {
		return value.Null(value.Dynamic)
	}
	by := 1.0
	if len(a) > 2 {
		by = a[2].Real()
	}
	out := []any{}
	for start, stop := a[0].Real(), a[1].Real(); len(out) < maxElements; {
		f := start + by*float64(len(out))
		if !(by > 0 && f <= stop || by < 0 && f >= stop) {
			break
		}
		out = append(out, f)
	}
	return value.NewDynamic(out)
}

func decimalRange(_ *Context, a []value.Value) value.Value {
	if anyNull(a) {
		return value.Null(value.Dynamic)
	}
	by := value.DecimalOfInt(1)
	if len(a) > 2 {
		by, _ = a[2].Decimal()
	}
	out := []any{}
	n, _ := a[0].Decimal()
	for stop, _ := a[1].Decimal(); by.Sign() != 0 && len(out) < maxElements && n.Cmp(stop)*by.Sign() <= 0; n = n.Add(by) {
		out = append(out, value.NewDecimal(n).Node())
	}
	return value.NewDynamic(out)
}
