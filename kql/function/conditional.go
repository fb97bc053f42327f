package function

import (
	"fmt"

	"github.com/glasswatch/glasswatch/kql/value"
)

// conditionals choose among values, and tell the empty and the null ones. The interpreter evaluates only the chosen
// branch of iff, case and coalesce.
func conditionals() []Func {
	iff := Func{Name: "iff", Doc: "The second argument where the condition is true, else the third; a null condition is not true.", resolve: resolveCase,
		Overloads: []Overload{{Params: []Param{param("if", value.Bool), {Name: "then"}, {Name: "else"}}, Typed: second, Eval: evalCase, SQL: sql("(CASE WHEN {0} THEN {1} ELSE {2} END)")}},
		Examples:  []Example{example(`iff(1 > 0, "yes", "no")`, "yes"), example(`iff(bool(null), 1, 2)`, "2")}}
	iif := iff
	iif.Name, iif.Doc, iif.Examples = "iif", "The same as iff.", []Example{example(`iif(1 > 2, "yes", "no")`, "no")}
	return []Func{
		iff, iif,
		{Name: "case", Doc: "The value after the first condition that is true, else the last argument.", resolve: resolveCase,
			Overloads: []Overload{{Params: []Param{param("if", value.Bool), {Name: "then"}, {Name: "else", Variadic: true}}, Typed: second, Eval: evalCase, SQLFunc: sqlFunc(caseSQL)}},
			Examples:  []Example{example(`case(5 <= 3, "Small", 5 <= 10, "Medium", "Large")`, "Medium"), example(`case(false, 1, 2)`, "2")}},
		{Name: "coalesce", Doc: "The first argument that is neither null nor the empty string.", resolve: resolveCommon,
			Overloads: []Overload{{Params: []Param{{Name: "value"}, {Name: "other", Variadic: true}}, Typed: first, Eval: coalesce, SQLFunc: sqlFunc(coalesceSQL)}},
			Examples:  []Example{example(`coalesce(tolong("x"), tolong("42"), 33)`, "42"), example(`coalesce("", "fallback")`, "fallback"), exampleNull(`coalesce(long(null), int(null))`)}},
		{Name: "min_of", Doc: "The smallest argument that is not null.", resolve: resolveCommon, Overloads: []Overload{{Params: []Param{{Name: "value"}, {Name: "other", Variadic: true}}, Typed: first,
			Eval: extremeOf(-1), SQLFunc: sqlFunc(extremeSQL("least"))}},
			Examples: []Example{example(`min_of(10, 1, -3, 17)`, "-3"), example(`min_of(1, int(null))`, "1")}},
		{Name: "max_of", Doc: "The largest argument that is not null.", resolve: resolveCommon, Overloads: []Overload{{Params: []Param{{Name: "value"}, {Name: "other", Variadic: true}}, Typed: first,
			Eval: extremeOf(1), SQLFunc: sqlFunc(extremeSQL("greatest"))}},
			Examples: []Example{example(`max_of(10, 1, -3, 17)`, "17"), example(`max_of(datetime(2024-01-01), datetime(2024-01-02))`, "2024-01-02T00:00:00.0000000Z"), exampleNull(`max_of(int(null), int(null))`)}},
		predicate("isnull", "Whether the value is null, which a string never is.", false, func(v value.Value) bool { return v.IsNull() && v.Type() != value.String },
			func(t value.Type) string { return ternaryNull(t == value.String, "false", "({0} IS NULL)") }, example(`isnull(long(null))`, "true"), example(`isnull("")`, "false")),
		predicate("isnotnull", "Whether the value is not null, which a string never is.", true, func(v value.Value) bool { return v.IsNull() && v.Type() != value.String },
			func(t value.Type) string { return ternaryNull(t == value.String, "true", "({0} IS NOT NULL)") }, example(`isnotnull(1)`, "true"), example(`isnotnull(dynamic(null))`, "false")),
		predicate("isempty", "Whether the value is null or its text is empty.", false, isEmpty,
			func(t value.Type) string { return emptySQL(t, false) }, example(`isempty("")`, "true"), example(`isempty(dynamic(null))`, "true"), example(`isempty(dynamic([]))`, "false"), example(`isempty(0)`, "false")),
		predicate("isnotempty", "Whether the value is not null and its text not empty.", true, isEmpty,
			func(t value.Type) string { return emptySQL(t, true) }, example(`isnotempty("x")`, "true"), example(`isnotempty(long(null))`, "false")),
	}
}

// Mixes reports a function that gives a dynamic where the values to choose from have several types.
func (f *Func) Mixes() bool { return f.Name == "iff" || f.Name == "iif" || f.Name == "case" }

func ternaryNull(b bool, yes, no string) string {
	if b {
		return yes
	}
	return no
}

func first(args []value.Type) value.Type  { return args[0] }
func second(args []value.Type) value.Type { return args[1] }

// evalCase takes conditions and values in turn, and the value for none at the end.
func evalCase(_ *Context, a []value.Value) value.Value {
	for i := 0; i+1 < len(a); i += 2 {
		if a[i].Bool() {
			return a[i+1]
		}
	}
	return a[len(a)-1]
}

func caseSQL(args []SQLArg) (string, bool) {
	s := "(CASE"
	for i := 0; i+1 < len(args); i += 2 {
		s += " WHEN " + args[i].SQL + " THEN " + args[i+1].SQL
	}
	return s + " ELSE " + args[len(args)-1].SQL + " END)", true
}

// resolveCase gives all values one type; the conditions become bools.
func resolveCase(f *Func, args []value.Type) (*Overload, []value.Type, value.Type, error) {
	if len(args) < 3 || len(args)%2 == 0 || f.Name != "case" && len(args) != 3 {
		form := "a condition and two values"
		if f.Name == "case" {
			form = "conditions and values in turn, and a last value"
		}
		return nil, nil, value.Invalid, fmt.Errorf("%s expects %s", f.Name, form)
	}
	var values []value.Type
	for i := range args {
		if i%2 == 1 || i == len(args)-1 {
			values = append(values, args[i])
		}
	}
	of, ok := common(values)
	if !ok { // values of several types are dynamics
		of = value.Dynamic
	}
	to := make([]value.Type, len(args))
	for i := range args {
		to[i] = of
		if i%2 == 0 && i != len(args)-1 {
			to[i] = value.Bool
			if strictCost(args[i], value.Bool) >= noWay {
				return nil, nil, value.Invalid, fmt.Errorf("%s needs a condition, not %s", f.Name, args[i])
			}
		}
	}
	return &f.Overloads[0], changed(args, to), of, nil
}

func branchError(name string, types []value.Type) error {
	for _, t := range types[1:] {
		if _, ok := common([]value.Type{types[0], t}); !ok || (t == value.Dynamic) != (types[0] == value.Dynamic) {
			return fmt.Errorf("%s needs values of one type, not %s and %s", name, types[0], t)
		}
	}
	return fmt.Errorf("%s needs values of one type", name)
}

// resolveCommon gives all arguments one type. A dynamic does not mix with others, and min_of and max_of need an order.
func resolveCommon(f *Func, args []value.Type) (*Overload, []value.Type, value.Type, error) {
	for _, t := range args {
		if f.Name != "coalesce" && (t == value.GUID || t == value.Dynamic) {
			return nil, nil, value.Invalid, fmt.Errorf("%s does not take a %s, which has no order", f.Name, t)
		}
		if len(args) > 1 && (t == value.Dynamic) != (args[0] == value.Dynamic) {
			return nil, nil, value.Invalid, branchError(f.Name, args)
		}
	}
	if len(args) < 2 {
		return nil, nil, value.Invalid, fmt.Errorf("%s expects 2 or more arguments, not %d", f.Name, len(args))
	}
	of, ok := common(args)
	if !ok {
		return nil, nil, value.Invalid, branchError(f.Name, args)
	}
	to := make([]value.Type, len(args))
	for i := range to {
		to[i] = of
	}
	return &f.Overloads[0], changed(args, to), of, nil
}

func isEmpty(v value.Value) bool {
	switch {
	case v.IsNull():
		return true
	case v.Type() == value.String:
		return v.Text() == ""
	case v.Type() == value.Dynamic:
		return v.DynamicText() == ""
	}
	return false
}

func coalesce(_ *Context, a []value.Value) value.Value {
	for _, v := range a {
		if !v.IsNull() && !(v.Type() == value.String && v.Text() == "") {
			return v
		}
	}
	return a[len(a)-1]
}

func coalesceSQL(args []SQLArg) (string, bool) {
	parts := texts(args)
	if args[0].Type != value.String {
		return fill("coalesce({*})", parts...), true
	}
	for i, p := range parts {
		parts[i] = "nullif(" + p + ", '')"
	}
	return fill("coalesce({*}, '')", parts...), true
}

func extremeOf(direction int) func(*Context, []value.Value) value.Value {
	return func(_ *Context, a []value.Value) value.Value {
		best := a[0]
		for _, v := range a[1:] {
			if !v.IsNull() && (best.IsNull() || value.Compare(v, best)*direction > 0) {
				best = v
			}
		}
		return best
	}
}

// extremeSQL declines types that the store orders otherwise.
func extremeSQL(function string) func([]SQLArg) (string, bool) {
	return func(args []SQLArg) (string, bool) {
		switch args[0].Type {
		case value.Int, value.Long, value.DateTime, value.TimeSpan, value.String:
			return function + fill("({*})", texts(args)...), true
		}
		return "", false
	}
}

func emptySQL(t value.Type, negated bool) string {
	var s string
	switch t {
	case value.String:
		return ternaryNull(negated, "({0} <> '')", "({0} = '')")
	case value.Dynamic:
		s = "coalesce({0} = '\"\"', true)"
	default:
		return ternaryNull(negated, "({0} IS NOT NULL)", "({0} IS NULL)")
	}
	return ternaryNull(negated, "(NOT "+s+")", "("+s+")")
}

// predicate is a function of one value of any type to bool.
func predicate(name, doc string, negated bool, holds func(value.Value) bool, template func(value.Type) string, examples ...Example) Func {
	f := Func{Name: name, Doc: doc, Examples: examples}
	for _, t := range comparableTypes() {
		f.Overloads = append(f.Overloads, Overload{Params: []Param{param("value", t)}, Returns: value.Bool, SQL: sql(template(t)),
			Eval: func(_ *Context, a []value.Value) value.Value { return boolean(holds(a[0]) != negated) }})
	}
	return f
}
