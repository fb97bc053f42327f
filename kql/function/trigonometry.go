package function

import (
	"math"

	"github.com/glasswatch/glasswatch/kql/value"
)

// trigonometry is pi and the functions of angles, which are in radians.
func trigonometry() []Func {
	pi := one("pi", "The number pi.", Overload{Returns: value.Real, SQL: sql("pi()"), Eval: func(*Context, []value.Value) value.Value { return value.NewReal(math.Pi) }},
		example(`pi()`, "3.141592653589793"))
	atan2 := one("atan2", "The angle between the positive x axis and the ray to the point (y, x).", Overload{Params: []Param{number("y"), number("x")}, Returns: value.Real, SQL: sql("atan2({0}, {1})"),
		Eval: func(_ *Context, a []value.Value) value.Value {
			if anyNull(a) {
				return value.Null(value.Real)
			}
			return value.NewReal(math.Atan2(a[0].Real(), a[1].Real()))
		}}, example(`atan2(0, 1)`, "0"), example(`atan2(0, -1)`, "3.141592653589793"))
	out := []Func{pi, atan2}
	for _, f := range []struct {
		name, doc string
		f         func(float64) float64
		template  string
		arg, want string
	}{
		{"sin", "The sine of an angle.", math.Sin, finite("sin({0})"), "0", "0"},
		{"cos", "The cosine of an angle.", math.Cos, finite("cos({0})"), "0", "1"},
		{"tan", "The tangent of an angle.", math.Tan, finite("tan({0})"), "0", "0"},
		{"cot", "The cotangent of an angle.", func(x float64) float64 { return 1 / math.Tan(x) }, "", "pi() / 4", "1"},
		{"asin", "The angle whose sine is the number; null outside -1 to 1.", math.Asin, "(CASE WHEN {0} BETWEEN -1 AND 1 THEN asin({0}) WHEN isnan({0}) THEN {0} END)", "0", "0"},
		{"acos", "The angle whose cosine is the number; null outside -1 to 1.", math.Acos, "(CASE WHEN {0} BETWEEN -1 AND 1 THEN acos({0}) WHEN isnan({0}) THEN {0} END)", "1", "0"},
		{"atan", "The angle whose tangent is the number.", math.Atan, "atan({0})", "0", "0"},
		{"degrees", "An angle in radians as degrees.", func(x float64) float64 { return 180 / math.Pi * x }, "", "pi() / 4", "45"},
		{"radians", "An angle in degrees as radians.", func(x float64) float64 { return math.Pi / 180 * x }, "", "180", "3.141592653589793"},
	} {
		out = append(out, one(f.name, f.doc, Overload{Params: []Param{number("number")}, Returns: value.Real, SQL: sql(f.template), Eval: realFunc(f.f)}, example(f.name+"("+f.arg+")", f.want)))
	}
	return out
}

// finite is a template that is null for an infinite argument, which the store refuses.
func finite(template string) string {
	return "(CASE WHEN isfinite({0}) THEN " + template + " WHEN isnan({0}) THEN {0} END)"
}
