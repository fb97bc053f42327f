package function

import (
	"fmt"
	"math"

	"github.com/glasswatch/glasswatch/kql/value"
)

// floorTo rounds n down to a multiple of size from a point; false without a size.
func floorTo(n, size, from int64) (int64, bool) {
	if size <= 0 {
		return 0, false
	}
	r, _ := remainder(n-from, size)
	return n - r, true
}

func floorReal(f, size, from float64) value.Value {
	if !(size > 0) {
		return value.Null(value.Real)
	}
	return value.NewReal(math.Floor((f-from)/size)*size + from)
}

// bins take a value and a size.
func bins() []Overload {
	integer := func(t, size value.Type, epoch int64) Overload {
		return Overload{Params: []Param{param("value", t), param("size", size)}, Returns: t, SQLFunc: sqlFunc(binSQL(epoch)),
			Eval: func(_ *Context, a []value.Value) value.Value {
				if anyNull(a) {
					return value.Null(t)
				}
				n, ok := floorTo(a[0].Int(), a[1].Int(), epoch)
				return integerOf(t, n, ok)
			}}
	}
	return []Overload{
		integer(value.Long, value.Long, 0), integer(value.TimeSpan, value.TimeSpan, 0), integer(value.DateTime, value.TimeSpan, value.UnixEpoch),
		{Params: []Param{param("value", value.Real), param("size", value.Real)}, Returns: value.Real, SQL: sql("(CASE WHEN {1} > 0 AND NOT isnan({1}) THEN floor({0} / {1}) * {1} + 0.0 END)"),
			Eval: func(_ *Context, a []value.Value) value.Value {
				if anyNull(a) {
					return value.Null(value.Real)
				}
				return floorReal(a[0].Real(), a[1].Real(), 0)
			}},
		{Params: []Param{param("value", value.Decimal), param("size", value.Decimal)}, Returns: value.Decimal, Eval: binDecimal},
	}
}

// binDecimal rounds down to a multiple of a size, from a fixed point where there is one.
func binDecimal(_ *Context, a []value.Value) value.Value {
	if anyNull(a) {
		return value.Null(value.Decimal)
	}
	d, _ := a[0].Decimal()
	size, _ := a[1].Decimal()
	from := value.DecimalOfInt(0)
	if len(a) > 2 {
		from, _ = a[2].Decimal()
	}
	q, ok := d.Sub(from).Quo(size)
	if !ok || size.Sign() < 0 {
		return value.Null(value.Decimal)
	}
	return value.NewDecimal(q.Floor().Mul(size).Add(from))
}

// binSQL needs a constant size. Where whole sizes fit into the time before the epoch, the remainder is that of the ticks.
func binSQL(epoch int64) func(args []SQLArg) (string, bool) {
	return func(args []SQLArg) (string, bool) {
		size, ok := args[1].constInt()
		switch {
		case !ok || size <= 0 || size >= 1<<62:
			return "", false
		case epoch != 0 && epoch%size == 0:
			return fmt.Sprintf("(%s - %s %% %d)", args[0].SQL, args[0].SQL, size), true
		}
		if epoch == 0 {
			return wrapped(fmt.Sprintf("%s::HUGEINT - (%s %% %d + %d) %% %d", args[0].SQL, args[0].SQL, size, size, size)), true
		}
		return inCalendar(fmt.Sprintf("(%s - ((%s - %d) %% %d + %d) %% %d)", args[0].SQL, args[0].SQL, epoch, size, size, size)), true
	}
}

// binAtSQL needs a constant size and a constant instant to count from.
func binAtSQL(args []SQLArg) (string, bool) {
	size, ok := args[1].constInt()
	from, ok2 := args[2].constInt()
	if !ok || !ok2 || size <= 0 || size >= 1<<62 {
		return "", false
	}
	return inCalendar(fmt.Sprintf("(%s - ((%s - %d) %% %d + %d) %% %d)", args[0].SQL, args[0].SQL, from, size, size, size)), true
}

// binAts take a value, a size and a fixed point.
func binAts() []Overload {
	integer := func(t, size value.Type) Overload {
		return Overload{Params: []Param{param("value", t), param("size", size), param("fixed_point", t)}, Returns: t,
			Eval: func(_ *Context, a []value.Value) value.Value {
				if anyNull(a) {
					return value.Null(t)
				}
				n, ok := floorTo(a[0].Int(), a[1].Int(), a[2].Int())
				return integerOf(t, n, ok)
			}}
	}
	instant := integer(value.DateTime, value.TimeSpan)
	instant.SQLFunc = sqlFunc(binAtSQL)
	return []Overload{
		integer(value.Long, value.Long), integer(value.TimeSpan, value.TimeSpan), instant,
		{Params: []Param{param("value", value.Real), param("size", value.Real), param("fixed_point", value.Real)}, Returns: value.Real,
			Eval: func(_ *Context, a []value.Value) value.Value {
				if anyNull(a) {
					return value.Null(value.Real)
				}
				return floorReal(a[0].Real(), a[1].Real(), a[2].Real())
			}},
		{Params: []Param{param("value", value.Decimal), param("size", value.Decimal), param("fixed_point", value.Decimal)}, Returns: value.Decimal, Eval: binDecimal},
	}
}

// resolveBin takes a dynamic or text value as the size asks for: beside a span it is an instant.
func resolveBin(f *Func, args []value.Type) (*Overload, []value.Type, value.Type, error) {
	if len(args) >= 2 && args[0] == value.Dynamic && args[1] == value.TimeSpan {
		to := append([]value.Type{value.DateTime}, args[1:]...)
		o, converted, result, err := generalResolve(f, to)
		if err == nil {
			converted[0] = value.DateTime
		}
		return o, converted, result, err
	}
	return generalResolve(f, args)
}

// generalResolve is Resolve without the function's own rule.
func generalResolve(f *Func, args []value.Type) (*Overload, []value.Type, value.Type, error) {
	plain := Func{Name: f.Name, Overloads: f.Overloads}
	return plain.Resolve(args)
}
