package function

import "github.com/glasswatch/glasswatch/kql/value"

// logic is and, or, not: three-valued, as in SQL. The interpreter does not evaluate the right side of and/or when the
// left one decides.
func logic() []Func {
	both := []Param{param("left", value.Bool), param("right", value.Bool)}
	out := []Func{
		one("and", "Whether both conditions hold. A null counts only where the other side does not decide.",
			Overload{Params: both, Returns: value.Bool, Eval: And, SQL: sql("({0} AND {1})")},
			example(`true and false`, "false"), example(`bool(null) and false`, "false"), exampleNull(`bool(null) and true`)),
		one("or", "Whether one of the conditions holds. A null counts only where the other side does not decide.",
			Overload{Params: both, Returns: value.Bool, Eval: Or, SQL: sql("({0} OR {1})")},
			example(`true or false`, "true"), example(`bool(null) or true`, "true"), exampleNull(`bool(null) or false`)),
		one("not", "The opposite of a condition; null stays null.",
			Overload{Params: both[:1], Returns: value.Bool, SQL: sql("(NOT {0})"), Eval: func(_ *Context, a []value.Value) value.Value {
				if a[0].IsNull() {
					return a[0]
				}
				return boolean(!a[0].Bool())
			}},
			example(`not(1 == 2)`, "true"), exampleNull(`not(bool(null))`)),
	}
	out[0].converts, out[1].converts = true, true
	return out
}

// And is the three-valued conjunction of two arguments.
func And(_ *Context, a []value.Value) value.Value {
	switch {
	case !a[0].IsNull() && !a[0].Bool(), !a[1].IsNull() && !a[1].Bool():
		return boolean(false)
	case a[0].IsNull() || a[1].IsNull():
		return value.Null(value.Bool)
	}
	return boolean(true)
}

// Or is the three-valued disjunction of two arguments.
func Or(_ *Context, a []value.Value) value.Value {
	switch {
	case a[0].Bool() || a[1].Bool():
		return boolean(true)
	case a[0].IsNull() || a[1].IsNull():
		return value.Null(value.Bool)
	}
	return boolean(false)
}
