package function

import (
	"fmt"
	"math"

	"github.com/glasswatch/glasswatch/kql/value"
)

// arithmetic is + - * / % and neg. Whole numbers wrap around at 64 bits as in Kusto. A null on either side gives null.
func arithmetic() []Func {
	return []Func{
		{Name: "+", Doc: "Adds numbers, spans, or a span to an instant.", resolve: resolveArithmetic, Overloads: additions(),
			Examples: []Example{example(`1 + 2`, "3"), example(`1 + 2.5`, "3.5"), example(`datetime(2020-01-01) + 1d`, "2020-01-02T00:00:00.0000000Z"),
				example(`1h + 30m`, "01:30:00"), exampleNull(`1 + long(null)`)}},
		{Name: "-", Doc: "Subtracts numbers, spans, a span from an instant, or two instants.", resolve: resolveArithmetic, Overloads: subtractions(),
			Examples: []Example{example(`5 - 7`, "-2"), example(`datetime(2020-01-02) - datetime(2020-01-01)`, "1.00:00:00"), example(`datetime(2020-01-02) - 1h`, "2020-01-01T23:00:00.0000000Z")}},
		{Name: "*", Doc: "Multiplies numbers, or a span by a number.", resolve: resolveArithmetic, Overloads: multiplications(),
			Examples: []Example{example(`3 * 4`, "12"), example(`2 * 90m`, "03:00:00"), example(`1.5 * 2`, "3")}},
		{Name: "/", Doc: "Divides. Whole numbers divide to a whole number, cut towards zero; two spans to a real. Division of whole numbers by zero is null.", resolve: resolveArithmetic, Overloads: divisions(),
			Examples: []Example{example(`7 / 2`, "3"), example(`-7 / 2`, "-3"), example(`7 / 2.0`, "3.5"), exampleNull(`1 / 0`), example(`1.0 / 0`, "Infinity"), example(`1d / 1h`, "24"), example(`1d / 2`, "12:00:00")}},
		{Name: "%", Doc: "The remainder, which is never negative.", resolve: resolveArithmetic, Overloads: remainders(),
			Examples: []Example{example(`10 % 4`, "2"), example(`-10 % 4`, "2"), example(`10 % -4`, "2"), exampleNull(`5 % 0`), example(`90m % 1h`, "00:30:00")}},
		{Name: "neg", Doc: "The number or span with the opposite sign.", Overloads: negations(),
			Examples: []Example{example(`-(5)`, "-5"), example(`-(1h)`, "-01:00:00"), exampleNull(`-(long(null))`)}},
	}
}

// binary makes an overload of two operands that are never null when f is called.
func binary(left, right, result value.Type, template string, f func(a, b value.Value) value.Value) Overload {
	return Overload{Params: []Param{param("left", left), param("right", right)}, Returns: result, SQL: sql(template),
		Eval: func(_ *Context, args []value.Value) value.Value {
			if anyNull(args) {
				return value.Null(result)
			}
			return f(args[0], args[1])
		}}
}

func longs(template string, f func(a, b int64) (int64, bool)) Overload {
	return ticks(value.Long, value.Long, value.Long, template, f)
}

// ticks makes an overload over types that are held as 64-bit integers.
func ticks(left, right, result value.Type, template string, f func(a, b int64) (int64, bool)) Overload {
	return binary(left, right, result, template, func(a, b value.Value) value.Value {
		n, ok := f(a.Int(), b.Int())
		return integerOf(result, n, ok)
	})
}

// integerOf returns n as a value of an integer-like type; null where ok is false or an instant leaves the calendar.
func integerOf(t value.Type, n int64, ok bool) value.Value {
	if !ok || t == value.DateTime && (n < 0 || n > value.MaxTicks) {
		return value.Null(t)
	}
	switch t {
	case value.DateTime:
		return value.NewDateTime(n)
	case value.TimeSpan:
		return value.NewTimeSpan(n)
	}
	return value.NewLong(n)
}

func reals(template string, f func(a, b float64) float64) Overload {
	return binary(value.Real, value.Real, value.Real, template, func(a, b value.Value) value.Value {
		return value.NewReal(f(a.Real(), b.Real()))
	})
}

// decimals has no template: the store has no decimal of 34 digits.
func decimals(f func(a, b value.Dec) (value.Dec, bool)) Overload {
	return binary(value.Decimal, value.Decimal, value.Decimal, "", func(a, b value.Value) value.Value {
		x, _ := a.Decimal()
		y, _ := b.Decimal()
		d, ok := f(x, y)
		if !ok {
			return value.Null(value.Decimal)
		}
		return value.NewDecimal(d)
	})
}

// dynamicPair computes with two dynamic numbers: whole ones give a whole number, others a real.
func dynamicPair(whole func(a, b int64) (int64, bool), f func(a, b float64) float64) Overload {
	return binary(value.Dynamic, value.Dynamic, value.Dynamic, "", func(a, b value.Value) value.Value {
		x, y := a.Tree(), b.Tree()
		i, ok := x.(int64)
		j, ok2 := y.(int64)
		if ok && ok2 {
			if n, ok := whole(i, j); ok {
				return value.NewDynamic(n)
			}
			return value.Null(value.Dynamic)
		}
		p, ok := nodeReal(x)
		q, ok2 := nodeReal(y)
		if !ok || !ok2 {
			return value.Null(value.Dynamic)
		}
		return value.NewDynamic(f(p, q))
	})
}

// nodeReal returns the number that a node is. JSON has no NaN and no infinity; in a series their texts stand for them.
func nodeReal(n any) (float64, bool) {
	switch t := n.(type) {
	case int64:
		return float64(t), true
	case float64:
		return t, true
	case string:
		switch t {
		case "NaN":
			return math.NaN(), true
		case "Infinity":
			return math.Inf(1), true
		case "-Infinity":
			return math.Inf(-1), true
		}
	}
	return 0, false
}

// wrapped brings a whole number of more bits, as SQL, to the 64 lowest.
func wrapped(number string) string {
	return "(((" + number + " + 9223372036854775808) & 18446744073709551615) - 9223372036854775808)::BIGINT"
}

// absolute is the SQL of a whole number without its sign, which the smallest keeps.
const absolute = "(CASE WHEN {0} = -9223372036854775807 - 1 THEN {0} ELSE abs({0}) END)"

// shifted is the SQL of an instant to which a span is added, or from which it is taken; at is the span's place.
func shifted(operator string, at int) func(args []SQLArg) (string, bool) {
	return func(args []SQLArg) (string, bool) {
		left := args[0].SQL
		if !args[at].withinCalendar() {
			left += "::HUGEINT" // the sum may have more than 64 bits
		}
		return inCalendar("("+left+" "+operator+" "+args[1].SQL+")") + "::BIGINT", true
	}
}

// spanSum is the SQL of an instant with a span added, which may be no instant.
func spanSum(instant string, span SQLArg) string {
	if !span.withinCalendar() {
		instant += "::HUGEINT"
	}
	return instant + " + " + span.SQL
}

// withinCalendar reports whether a is a constant span that is no longer than all years together.
func (a SQLArg) withinCalendar() bool {
	span, ok := a.constInt()
	return ok && span >= -value.MaxTicks && span <= value.MaxTicks
}

// remainderSQL keeps to 64 bits where the divisor is known and leaves room.
func remainderSQL(args []SQLArg) (string, bool) {
	if by, ok := args[1].constInt(); ok && by > 0 && by < 1<<62 {
		return fill("(({0} % {1} + {1}) % {1})", texts(args)...), true
	}
	return fill("((({0}::HUGEINT % {1}) + abs({1}::HUGEINT)) % abs({1}::HUGEINT))::BIGINT", texts(args)...), true
}

// withSQL gives an overload SQL that is built from its arguments.
func withSQL(o Overload, f func(args []SQLArg) (string, bool)) Overload {
	o.SQLFunc = sqlFunc(f)
	return o
}

// wrapping is the SQL of an operator on whole numbers that wraps around where the database's own reports an error.
func wrapping(operator string) string { return wrapped("{0}::HUGEINT " + operator + " {1}") }

// inCalendar makes ticks null outside the years 1 to 9999.
func inCalendar(ticks string) string {
	return "(CASE WHEN " + ticks + " BETWEEN 0 AND 3155378975999999999 THEN " + ticks + " END)"
}

func additions() []Overload {
	add := func(a, b int64) (int64, bool) { return a + b, true }
	real := func(a, b float64) float64 { return a + b }
	return []Overload{
		longs(wrapping("+"), add), reals("({0} + {1})", real),
		decimals(func(a, b value.Dec) (value.Dec, bool) { return a.Add(b), true }),
		ticks(value.TimeSpan, value.TimeSpan, value.TimeSpan, wrapping("+"), add),
		withSQL(ticks(value.DateTime, value.TimeSpan, value.DateTime, "", addChecked), shifted("+", 1)),
		withSQL(ticks(value.TimeSpan, value.DateTime, value.DateTime, "", addChecked), shifted("+", 0)),
		dynamicPair(add, real),
	}
}

// addChecked adds without wrapping.
func addChecked(a, b int64) (int64, bool) {
	c := a + b
	return c, (c > a) == (b > 0)
}

func subtractions() []Overload {
	sub := func(a, b int64) (int64, bool) { return a - b, true }
	real := func(a, b float64) float64 { return a - b }
	return []Overload{
		longs(wrapping("-"), sub), reals("({0} - {1})", real),
		decimals(func(a, b value.Dec) (value.Dec, bool) { return a.Sub(b), true }),
		ticks(value.TimeSpan, value.TimeSpan, value.TimeSpan, wrapping("-"), sub),
		ticks(value.DateTime, value.DateTime, value.TimeSpan, "({0} - {1})", sub),
		withSQL(ticks(value.DateTime, value.TimeSpan, value.DateTime, "", func(a, b int64) (int64, bool) { return a - b, (a-b < a) == (b > 0) }), shifted("-", 1)),
		dynamicPair(sub, real),
	}
}

func multiplications() []Overload {
	mul := func(a, b int64) (int64, bool) { return a * b, true }
	real := func(a, b float64) float64 { return a * b }
	return []Overload{
		longs(wrapping("*"), mul), reals("({0} * {1})", real),
		decimals(func(a, b value.Dec) (value.Dec, bool) { return a.Mul(b), true }),
		ticks(value.TimeSpan, value.Long, value.TimeSpan, wrapping("*"), mul),
		ticks(value.Long, value.TimeSpan, value.TimeSpan, wrapping("*"), mul),
		binary(value.TimeSpan, value.Real, value.TimeSpan, "try_cast(trunc({0} * {1}) AS BIGINT)", func(a, b value.Value) value.Value {
			return spanOfReal(float64(a.Int()) * b.Real())
		}),
		binary(value.Real, value.TimeSpan, value.TimeSpan, "try_cast(trunc({0} * {1}) AS BIGINT)", func(a, b value.Value) value.Value {
			return spanOfReal(a.Real() * float64(b.Int()))
		}),
		dynamicPair(mul, real),
	}
}

// spanOfReal cuts ticks to a whole number; null where they do not fit.
func spanOfReal(f float64) value.Value {
	if !(f >= math.MinInt64 && f < math.MaxInt64) {
		return value.Null(value.TimeSpan)
	}
	return value.NewTimeSpan(int64(f))
}

func divisions() []Overload {
	real := func(a, b float64) float64 { return a / b }
	ratio := func(a, b value.Value) value.Value { return value.NewReal(float64(a.Int()) / float64(b.Int())) }
	return []Overload{
		longs(wrapping("//"), divide), reals("({0} / {1})", real),
		decimals(value.Dec.Quo),
		binary(value.TimeSpan, value.TimeSpan, value.Real, "(({0})::DOUBLE / {1})", ratio),
		binary(value.DateTime, value.TimeSpan, value.Real, "(({0})::DOUBLE / {1})", ratio),
		ticks(value.TimeSpan, value.Long, value.TimeSpan, wrapping("//"), divide),
		binary(value.TimeSpan, value.Real, value.TimeSpan, "try_cast(trunc({0} / {1}) AS BIGINT)", func(a, b value.Value) value.Value {
			return spanOfReal(float64(a.Int()) / b.Real())
		}),
		dynamicPair(divide, real),
	}
}

// divide cuts towards zero; the smallest number divided by -1 wraps.
func divide(a, b int64) (int64, bool) {
	if b == 0 {
		return 0, false
	}
	return a / b, true
}

func remainders() []Overload {
	return []Overload{
		withSQL(longs("", remainder), remainderSQL),
		reals("", realRemainder),
		withSQL(ticks(value.TimeSpan, value.TimeSpan, value.TimeSpan, "", remainder), remainderSQL),
		withSQL(ticks(value.DateTime, value.TimeSpan, value.TimeSpan, "", remainder), remainderSQL),
		dynamicPair(remainder, realRemainder),
	}
}

// remainder is never negative.
func remainder(a, b int64) (int64, bool) {
	if b == 0 {
		return 0, false
	}
	r := a % b
	if r < 0 {
		if b < 0 {
			b = -b
		}
		r += b
	}
	return r, true
}

func realRemainder(a, b float64) float64 {
	r := math.Mod(a, b)
	if r < 0 {
		r += math.Abs(b)
	}
	return r
}

func negations() []Overload {
	negated := wrapped("-({0}::HUGEINT)")
	unary := func(t value.Type, template string, f func(value.Value) value.Value) Overload {
		return Overload{Params: []Param{param("value", t)}, Returns: t, SQL: sql(template), Eval: func(_ *Context, a []value.Value) value.Value {
			if a[0].IsNull() {
				return value.Null(t)
			}
			return f(a[0])
		}}
	}
	return []Overload{
		unary(value.Int, "(CASE WHEN {0} = -2147483648 THEN {0} ELSE -{0} END)", func(v value.Value) value.Value { return value.NewInt(int32(-v.Int())) }),
		unary(value.Long, negated, func(v value.Value) value.Value { return value.NewLong(-v.Int()) }),
		unary(value.Real, "(-{0})", func(v value.Value) value.Value { return value.NewReal(-v.Real()) }),
		unary(value.TimeSpan, negated, func(v value.Value) value.Value { return value.NewTimeSpan(-v.Int()) }),
		unary(value.Decimal, "", func(v value.Value) value.Value {
			d, _ := v.Decimal()
			return value.NewDecimal(d.Neg())
		}),
		unary(value.Dynamic, "", func(v value.Value) value.Value {
			switch n := v.Tree().(type) {
			case int64:
				return value.NewDynamic(-n)
			case float64:
				return value.NewDynamic(-n)
			}
			return value.Null(value.Dynamic)
		}),
	}
}

// resolveArithmetic brings both operands to the types of an overload: numbers to the wider one, a dynamic to what
// the other side asks for.
func resolveArithmetic(f *Func, args []value.Type) (*Overload, []value.Type, value.Type, error) {
	if len(args) != 2 {
		return nil, nil, value.Invalid, fmt.Errorf("%s expects 2 arguments, not %d", f.Name, len(args))
	}
	a, b := operandTypes(f.Name, args[0], args[1])
	for i := range f.Overloads {
		if o := &f.Overloads[i]; o.Params[0].Types[0] == a && o.Params[1].Types[0] == b {
			return o, changed(args, []value.Type{a, b}), o.Returns, nil
		}
	}
	hint := ""
	if f.Name == "+" && (args[0] == value.String || args[1] == value.String) {
		hint = "; use strcat() to join strings"
	}
	return nil, nil, value.Invalid, fmt.Errorf("cannot compute %s %s %s%s", args[0], f.Name, args[1], hint)
}

func operandTypes(op string, a, b value.Type) (value.Type, value.Type) {
	switch {
	case isNumber(a) && isNumber(b):
		return widest(a, b), widest(a, b)
	case a == value.Dynamic && isNumber(b):
		return widest(b, b), widest(b, b)
	case b == value.Dynamic && isNumber(a):
		return widest(a, a), widest(a, a)
	case op == "+" && a == value.Dynamic && b == value.DateTime, a == value.Dynamic && b == value.TimeSpan:
		return value.TimeSpan, b
	case op == "+" && b == value.Dynamic && a == value.DateTime, b == value.Dynamic && a == value.TimeSpan:
		return a, value.TimeSpan
	case a == value.Dynamic && b == value.DateTime, b == value.Dynamic && a == value.DateTime:
		return value.DateTime, value.DateTime
	}
	return spanFactor(a), spanFactor(b)
}

// spanFactor widens the number beside a span.
func spanFactor(t value.Type) value.Type {
	switch t {
	case value.Int:
		return value.Long
	case value.Decimal:
		return value.Real
	}
	return t
}
