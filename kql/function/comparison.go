package function

import (
	"fmt"

	"github.com/glasswatch/glasswatch/kql/value"
)

// comparisons are == != < <= > >= over every type. A null on one side makes == false and != true, on both sides null;
// the order comparisons with a null are null.
func comparisons() []Func {
	return []Func{
		comparison("==", "Whether two values are equal. Strings compare by case.", equality(false),
			example(`1 == 1.0`, "true"), example(`"a" == "A"`, "false"), example(`long(null) == 1`, "false"), exampleNull(`long(null) == long(null)`),
			example(`datetime(2020-01-01) == "2020-01-01"`, "true"), example(`dynamic("x") == "x"`, "true")),
		comparison("!=", "Whether two values differ. Strings compare by case.", equality(true),
			example(`1 != 2`, "true"), example(`"a" != "a"`, "false"), example(`long(null) != 1`, "true"), exampleNull(`long(null) != long(null)`)),
		comparison("<", "Whether the left value is less.", order("<", func(c int) bool { return c < 0 }),
			example(`1 < 2`, "true"), example(`2.5 < 2`, "false"), exampleNull(`long(null) < 1`)),
		comparison("<=", "Whether the left value is less or equal.", order("<=", func(c int) bool { return c <= 0 }),
			example(`1h <= 60m`, "true"), exampleNull(`1 <= long(null)`)),
		comparison(">", "Whether the left value is greater.", order(">", func(c int) bool { return c > 0 }),
			example(`datetime(2020-01-02) > datetime(2020-01-01)`, "true"), exampleNull(`real(null) > 1.0`)),
		comparison(">=", "Whether the left value is greater or equal.", order(">=", func(c int) bool { return c >= 0 }),
			example(`dynamic(5) >= 5`, "true"), example(`true >= false`, "true")),
	}
}

func comparison(name, doc string, overloads []Overload, examples ...Example) Func {
	return Func{Name: name, Doc: doc, Examples: examples, Overloads: overloads, resolve: resolveComparison}
}

// comparable types, in the order of the overloads. Int is compared as long.
func comparableTypes() []value.Type {
	return []value.Type{value.Bool, value.Int, value.Long, value.Real, value.Decimal, value.DateTime, value.TimeSpan, value.String, value.GUID, value.Dynamic}
}

func pairOf(t value.Type) []Param { return []Param{param("left", t), param("right", t)} }

func equality(negated bool) []Overload {
	var out []Overload
	for _, t := range comparableTypes() {
		o := Overload{Params: pairOf(t), Returns: value.Bool}
		switch t {
		case value.String, value.GUID:
			o.Eval = func(_ *Context, a []value.Value) value.Value {
				return equalResult(a[0], a[1], a[0].Text() == a[1].Text(), negated)
			}
		case value.Real:
			o.Eval = func(_ *Context, a []value.Value) value.Value {
				return equalResult(a[0], a[1], a[0].Real() == a[1].Real(), negated)
			}
		case value.Decimal, value.Dynamic:
			o.Eval = func(_ *Context, a []value.Value) value.Value {
				return equalResult(a[0], a[1], value.Compare(a[0], a[1]) == 0, negated)
			}
		default:
			o.Eval = func(_ *Context, a []value.Value) value.Value {
				return equalResult(a[0], a[1], a[0].Int() == a[1].Int(), negated)
			}
		}
		if t != value.Decimal && t != value.Dynamic {
			o.SQLFunc = sqlFunc(func(args []SQLArg) (string, bool) { return equalSQL(args, t, negated), true })
		}
		out = append(out, o)
	}
	return out
}

func equalResult(a, b value.Value, equal, negated bool) value.Value {
	if a.IsNull() || b.IsNull() {
		if a.IsNull() && b.IsNull() {
			return value.Null(value.Bool)
		}
		return boolean(negated)
	}
	return boolean(equal != negated)
}

// equalSQL keeps the plain comparison wherever no null can come, so that the store can skip blocks by it. NaN equals
// nothing, itself neither, which DuckDB sees differently.
func equalSQL(args []SQLArg, t value.Type, negated bool) string {
	a, b := args[0], args[1]
	plain, distinct, nan := "({0} = {1})", "{0} IS NOT DISTINCT FROM {1}", " AND NOT coalesce(isnan({0}), false)"
	if negated {
		plain, distinct, nan = "({0} <> {1})", "{0} IS DISTINCT FROM {1}", " OR coalesce(isnan({0}), false)"
	}
	if t == value.Real {
		distinct += nan
	}
	switch {
	case t == value.String:
		return fill(plain, a.SQL, b.SQL)
	case a.notNull() || b.notNull():
		return fill("("+distinct+")", a.SQL, b.SQL)
	}
	return fill("(CASE WHEN {0} IS NULL AND {1} IS NULL THEN NULL ELSE "+distinct+" END)", a.SQL, b.SQL)
}

func order(op string, holds func(c int) bool) []Overload {
	var out []Overload
	for _, t := range comparableTypes() {
		if t == value.String || t == value.GUID {
			continue
		}
		o := Overload{Params: pairOf(t), Returns: value.Bool, SQL: sql("({0} " + op + " {1})")}
		switch t {
		case value.Real:
			o.Eval = func(_ *Context, a []value.Value) value.Value {
				x, y := a[0].Real(), a[1].Real()
				if x != x || y != y { // NaN is in no order
					return nullOr(a, false)
				}
				return nullOr(a, holds(value.Compare(a[0], a[1])))
			}
			o.SQL = sql("(CASE WHEN isnan({0}) IS NOT NULL AND isnan({1}) IS NOT NULL THEN {0} " + op + " {1} AND NOT isnan({0}) AND NOT isnan({1}) END)")
		case value.Decimal, value.Dynamic:
			o.Eval = func(_ *Context, a []value.Value) value.Value { return nullOr(a, holds(value.Compare(a[0], a[1]))) }
			o.SQL = nil
		default:
			o.Eval = func(_ *Context, a []value.Value) value.Value {
				x, y := a[0].Int(), a[1].Int()
				c := 0
				if x < y {
					c = -1
				} else if x > y {
					c = 1
				}
				return nullOr(a, holds(c))
			}
		}
		out = append(out, o)
	}
	return out
}

func nullOr(args []value.Value, b bool) value.Value {
	if anyNull(args) {
		return value.Null(value.Bool)
	}
	return boolean(b)
}

// resolveComparison converts both sides to one type and takes its overload.
func resolveComparison(f *Func, args []value.Type) (*Overload, []value.Type, value.Type, error) {
	if len(args) != 2 {
		return nil, nil, value.Invalid, fmt.Errorf("%s expects 2 arguments, not %d", f.Name, len(args))
	}
	left, right, ok := unify(args[0], args[1])
	if ok {
		for i := range f.Overloads {
			if o := &f.Overloads[i]; o.Params[0].Types[0] == left && left == right {
				return o, changed(args, []value.Type{left, right}), value.Bool, nil
			}
		}
	}
	hint := ""
	if args[0] == value.String && args[1] == value.String {
		hint = "; use strcmp() to order strings"
	}
	return nil, nil, value.Invalid, fmt.Errorf("cannot compare %s %s %s%s", args[0], f.Name, args[1], hint)
}

// unify returns the type in which two values are compared. A string beside a number takes the type of the left side:
// ResultType == 0 compares texts, Count == "5" compares numbers. A string beside any other type is read as that type.
func unify(a, b value.Type) (value.Type, value.Type, bool) {
	switch {
	case a == b:
		return a, b, true
	case isNumber(a) && isNumber(b):
		t := max(a, b)
		return t, t, true
	case a == value.Dynamic:
		t := fromDynamic(b)
		return t, t, true
	case b == value.Dynamic:
		t := fromDynamic(a)
		return t, t, true
	case a == value.String && isNumber(b):
		return a, a, true
	case a == value.String || b == value.String:
		t := a
		if a == value.String {
			t = b
		}
		return t, t, true
	case a == value.Bool && isNumber(b):
		return b, b, true
	case b == value.Bool && isNumber(a):
		return a, a, true
	}
	return value.Invalid, value.Invalid, false
}

// fromDynamic is the type in which a dynamic is compared with a value of type t: whole numbers as reals, so that 5.5
// does not equal 5.
func fromDynamic(t value.Type) value.Type {
	if t == value.Int || t == value.Long {
		return value.Real
	}
	return t
}

// changed lists the conversions from one list of types to another.
func changed(from, to []value.Type) []value.Type {
	out := make([]value.Type, len(from))
	for i := range from {
		if from[i] != to[i] {
			out[i] = to[i]
		}
	}
	return out
}
