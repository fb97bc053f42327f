package function

import (
	"fmt"
	"math"
	"strconv"

	"github.com/glasswatch/glasswatch/kql/value"
)

// maths are bin, rounding and the functions of real numbers.
func maths() []Func {
	out := []Func{
		{Name: "bin", Doc: "The value rounded down to a multiple of a size; instants from the beginning of 1970.", Overloads: bins(), resolve: resolveBin,
			Examples: []Example{example(`bin(4.5, 1)`, "4"), example(`bin(-7, 5)`, "-10"), example(`bin(time(16d), 7d)`, "14.00:00:00"), example(`bin(datetime(1970-05-11 13:45:07), 1d)`, "1970-05-11T00:00:00.0000000Z"), exampleNull(`bin(5, 0)`)}},
		{Name: "floor", Doc: "The same as bin.", Overloads: bins(), resolve: resolveBin, Examples: []Example{example(`floor(-7.5, 1)`, "-8"), example(`floor(7, 5)`, "5")}},
		{Name: "bin_at", Doc: "The value rounded down to a multiple of a size, counted from a fixed point.", Overloads: binAts(), resolve: resolveBin,
			Examples: []Example{example(`bin_at(6.5, 2.5, 7)`, "4.5"), example(`bin_at(time(1h), 1d, 12h)`, "-12:00:00"), example(`bin_at(datetime(2017-05-15 10:20), 1d, datetime(1970-01-01 12:00))`, "2017-05-14T12:00:00.0000000Z")}},
		{Name: "abs", Doc: "The absolute value.", Overloads: []Overload{
			numeric(value.Long, absolute, func(v value.Value) value.Value { return value.NewLong(max(v.Int(), -v.Int())) }),
			numeric(value.Real, "abs({0})", func(v value.Value) value.Value { return value.NewReal(math.Abs(v.Real())) }),
			numeric(value.TimeSpan, absolute, func(v value.Value) value.Value { return value.NewTimeSpan(max(v.Int(), -v.Int())) }),
			numeric(value.Decimal, "", func(v value.Value) value.Value {
				if d, _ := v.Decimal(); d.Sign() < 0 {
					return value.NewDecimal(d.Neg())
				}
				return v
			})}, Examples: []Example{example(`abs(-5)`, "5"), example(`abs(-1h)`, "01:00:00")}},
		{Name: "ceiling", Doc: "The smallest whole number that is not less.", Overloads: []Overload{
			numeric(value.Int, "{0}", func(v value.Value) value.Value { return v }), numeric(value.Long, "{0}", func(v value.Value) value.Value { return v }),
			numeric(value.Real, "ceil({0})", func(v value.Value) value.Value { return value.NewReal(math.Ceil(v.Real())) }),
			numeric(value.Decimal, "", func(v value.Value) value.Value {
				d, _ := v.Decimal()
				return value.NewDecimal(d.Ceil())
			})},
			Examples: []Example{example(`ceiling(-1.1)`, "-1"), example(`ceiling(0.9)`, "1"), example(`ceiling(0)`, "0")}},
		{Name: "round", Doc: "The number rounded to a precision of decimals, halves away from zero; a negative precision rounds tens and hundreds.", Overloads: []Overload{
			{Params: []Param{param("number", value.Int), optional(param("precision", value.Long))}, Returns: value.Int, SQLFunc: sqlFunc(roundIntegerSQL),
				Eval: func(c *Context, a []value.Value) value.Value { return Convert(roundInteger(c, a), value.Int) }},
			{Params: []Param{param("number", value.Long), optional(param("precision", value.Long))}, Returns: value.Long, Eval: roundInteger, SQLFunc: sqlFunc(roundIntegerSQL)},
			{Params: []Param{param("number", value.Decimal), optional(param("precision", value.Long))}, Returns: value.Decimal, Eval: roundDecimal},
			{Params: []Param{param("number", value.Real), constant(optional(param("precision", value.Long)))}, Returns: value.Real, Eval: roundReal, SQLFunc: sqlFunc(roundRealSQL)}},
			Examples: []Example{example(`round(2.98765, 3)`, "2.988"), example(`round(2.5)`, "3"), example(`round(-2.5)`, "-3"), example(`round(15, -1)`, "20")}},
		{Name: "isnan", Doc: "Whether a real is not a number.", Overloads: []Overload{{Params: just1("number", value.Real), Returns: value.Bool, SQL: sql("coalesce(isnan({0}), false)"),
			Eval: func(_ *Context, a []value.Value) value.Value {
				return boolean(!a[0].IsNull() && math.IsNaN(a[0].Real()))
			}}}, Examples: []Example{example(`isnan(0.0 / 0.0)`, "true"), example(`isnan(1)`, "false")}},
		{Name: "isinf", Doc: "Whether a real is infinite.", Overloads: []Overload{{Params: just1("number", value.Real), Returns: value.Bool, SQL: sql("coalesce(isinf({0}), false)"),
			Eval: func(_ *Context, a []value.Value) value.Value {
				return boolean(!a[0].IsNull() && math.IsInf(a[0].Real(), 0))
			}}}, Examples: []Example{example(`isinf(1.0 / 0.0)`, "true")}},
		{Name: "isfinite", Doc: "Whether a real is neither infinite nor NaN.", Overloads: []Overload{{Params: just1("number", value.Real), Returns: value.Bool, SQL: sql("coalesce(isfinite({0}), false)"),
			Eval: func(_ *Context, a []value.Value) value.Value {
				return boolean(!a[0].IsNull() && !math.IsInf(a[0].Real(), 0) && !math.IsNaN(a[0].Real()))
			}}}, Examples: []Example{example(`isfinite(1.0 / 0.0)`, "false"), example(`isfinite(1.5)`, "true")}},
		one("pow", "A number raised to a power.", Overload{Params: []Param{number("base"), number("exponent")}, Returns: value.Real,
			Eval: func(_ *Context, a []value.Value) value.Value {
				if anyNull(a) {
					return value.Null(value.Real)
				}
				return value.NewReal(math.Pow(a[0].Real(), a[1].Real()))
			}, SQL: sql("pow({0}, {1})")}, example(`pow(2, 3)`, "8")),
		one("tohex", "A whole number in hexadecimal, optionally padded to a length.", Overload{Params: []Param{param("number", value.Long), optional(param("length", value.Long))}, Returns: value.String,
			Eval: func(_ *Context, a []value.Value) value.Value {
				if anyNull(a) {
					return str("")
				}
				s := strconv.FormatUint(uint64(a[0].Int()), 16)
				if len(a) > 1 {
					s = fmt.Sprintf("%0*s", int(min(a[1].Int(), 16)), s)
				}
				return str(s)
			}}, example(`tohex(256)`, "100"), example(`tohex(256, 8)`, "00000100"), example(`tohex(-1)`, "ffffffffffffffff")),
		{Name: "sign", Doc: "-1, 0 or 1 as the number is negative, zero or positive.", Overloads: []Overload{{Params: []Param{number("number")}, Returns: value.Real, SQL: sql("sign({0})::DOUBLE"),
			Eval: realFunc(func(f float64) float64 {
				switch {
				case f > 0:
					return 1
				case f < 0:
					return -1
				}
				return 0
			})}}, Examples: []Example{example(`sign(-42)`, "-1")}},
	}
	for _, f := range []struct {
		name, doc string
		f         func(float64) float64
		template  string
		arg, want string
	}{
		{"sqrt", "The square root; null for a negative number.", math.Sqrt, "(CASE WHEN {0} >= 0 THEN sqrt({0}) END)", "256", "16"},
		{"exp", "e raised to a power.", math.Exp, "exp({0})", "0", "1"},
		{"exp2", "2 raised to a power.", math.Exp2, "pow(2, {0})", "3", "8"},
		{"exp10", "10 raised to a power.", func(x float64) float64 { return math.Pow(10, x) }, "pow(10, {0})", "3", "1000"},
		{"log", "The natural logarithm; null for zero and less.", math.Log, "(CASE WHEN {0} > 0 THEN ln({0}) END)", "1", "0"},
		{"log2", "The logarithm to base 2; null for zero and less.", math.Log2, "(CASE WHEN {0} > 0 THEN log2({0}) END)", "8", "3"},
		{"log10", "The logarithm to base 10; null for zero and less.", math.Log10, "(CASE WHEN {0} > 0 THEN log10({0}) END)", "1000", "3"},
	} {
		out = append(out, one(f.name, f.doc, Overload{Params: []Param{number("number")}, Returns: value.Real, SQL: sql(f.template), Eval: realFunc(f.f)}, example(f.name+"("+f.arg+")", f.want)))
	}
	return out
}

// realFunc maps a real; NaN and infinities that come of a number that is outside the domain are null.
func realFunc(f func(float64) float64) func(*Context, []value.Value) value.Value {
	return func(_ *Context, a []value.Value) value.Value {
		if a[0].IsNull() {
			return value.Null(value.Real)
		}
		x := a[0].Real()
		y := f(x)
		if math.IsNaN(y) && !math.IsNaN(x) || math.IsInf(y, -1) && !math.IsInf(x, -1) {
			return value.Null(value.Real)
		}
		return value.NewReal(y)
	}
}

// numeric is an overload of one argument whose type stays.
func numeric(t value.Type, template string, f func(value.Value) value.Value) Overload {
	return Overload{Params: just1("number", t), Returns: t, SQL: sql(template), Eval: func(_ *Context, a []value.Value) value.Value {
		if a[0].IsNull() {
			return a[0]
		}
		return f(a[0])
	}}
}

func roundReal(_ *Context, a []value.Value) value.Value {
	if anyNull(a) {
		return value.Null(value.Real)
	}
	precision := int64(0)
	if len(a) > 1 {
		precision = max(-300, min(300, a[1].Int()))
	}
	f := a[0].Real()
	if precision == 0 || math.IsNaN(f) || math.IsInf(f, 0) {
		return value.NewReal(math.Round(f))
	}
	scale := math.Pow(10, math.Abs(float64(precision)))
	if precision < 0 {
		return value.NewReal(math.Round(f/scale) * scale)
	}
	if r := math.Round(f*scale) / scale; !math.IsInf(r, 0) && !math.IsNaN(r) {
		return value.NewReal(r)
	}
	return value.NewReal(f)
}

// exactPower is the largest n for which 10 to the power of n is the same number however it is computed.
const exactPower = 15

// roundRealSQL scales as roundReal does.
func roundRealSQL(args []SQLArg) (string, bool) {
	if len(args) == 1 {
		return "round(" + args[0].SQL + ")", true
	}
	precision, ok := args[1].constInt()
	if !ok || precision < -exactPower || precision > exactPower {
		return "", false
	}
	scale, template := fmt.Sprintf("1e%d::DOUBLE", max(precision, -precision)), "(CASE WHEN isfinite({0} * {1}) THEN round({0} * {1}) / {1} ELSE {0} END)"
	switch {
	case precision == 0:
		template = "round({0})"
	case precision < 0:
		template = "(CASE WHEN isfinite({0}) THEN round({0} / {1}) * {1} ELSE {0} END)"
	}
	return fill(template, args[0].SQL, scale), true
}

// roundIntegerSQL leaves whole numbers as they are: it has no precision of tens and hundreds.
func roundIntegerSQL(args []SQLArg) (string, bool) {
	if len(args) == 1 {
		return args[0].SQL, true
	}
	precision, ok := args[1].constInt()
	return args[0].SQL, ok && precision >= 0
}

func roundDecimal(_ *Context, a []value.Value) value.Value {
	if anyNull(a) {
		return value.Null(value.Decimal)
	}
	d, _ := a[0].Decimal()
	return value.NewDecimal(d.Round(int(max(-40, min(400, longArg(a, 1, 0))))))
}

func roundInteger(_ *Context, a []value.Value) value.Value {
	if anyNull(a) {
		return value.Null(value.Long)
	}
	n := a[0].Int()
	if len(a) == 1 || a[1].Int() >= 0 {
		return value.NewLong(n)
	}
	if a[1].Int() < -18 {
		return value.NewLong(0)
	}
	unit := int64(1)
	for range -a[1].Int() {
		unit *= 10
	}
	r := n % unit
	if n -= r; r >= unit/2 {
		n += unit
	} else if r <= -unit/2 {
		n -= unit
	}
	return value.NewLong(n)
}
