package function

import "github.com/glasswatch/glasswatch/kql/value"

// summables are the types that a spread is computed of: numbers as reals, spans and instants by their ticks.
func summables() [][]Param {
	return [][]Param{
		{{Name: "value", Types: numbers(), As: value.Real}},
		{{Name: "value", Types: []value.Type{value.TimeSpan, value.DateTime}}},
	}
}

// covariances are covariance and covariancep with their conditional variants; rows with a null are left out.
func covariances() []Aggregate {
	sample := covarianceOf("covariance", "The covariance of two columns of a sample; 0 of less than two rows.", true, example(`covariance(x, x * 2)`, "2"))
	population := covarianceOf("covariancep", "The covariance of two columns of a population; 0 of nothing.", false, example(`covariancep(x, x * 3)`, "2"))
	return []Aggregate{
		sample, population,
		withConditionAt(sample, 2, "covarianceif", "The covariance of a sample over the rows for which a condition is true.", "covarianceif", example(`covarianceif(x, x, x > 1)`, "0.5")),
		withConditionAt(population, 2, "covariancepif", "The covariance of a population over the rows for which a condition is true.", "covariancepif", example(`covariancepif(x, x, x > 1)`, "0.25")),
	}
}

// covarianceOf keeps the means and the sum of the products of the distances from them.
func covarianceOf(name, doc string, sample bool, examples ...Example) Aggregate {
	type moments struct{ n, x, y, c float64 }
	newState := func() Accumulator {
		return &fold[moments]{add: func(m *moments, _ *Context, a []value.Value) {
			if a[0].IsNull() || a[1].IsNull() {
				return
			}
			x, y := real_(a[0]), real_(a[1])
			m.n++
			dx := x - m.x
			m.x += dx / m.n
			m.y += (y - m.y) / m.n
			m.c += dx * (y - m.y)
		}, result: func(m *moments) value.Value {
			return value.NewReal(spreadOf(m.c, m.n, sample))
		}}
	}
	function := "covar_pop"
	if sample {
		function = "covar_samp"
	}
	a := Aggregate{Name: name, Prefix: name, Doc: doc, Examples: examples}
	for _, x := range summables() {
		for _, y := range summables() {
			o := AggOverload{Params: []Param{x[0], y[0]}, Returns: value.Real, New: newState}
			a.Overloads = append(a.Overloads, aggSQL(o, "", template("coalesce("+function+"({0}, {1})"+filterMark+", 0)::DOUBLE")))
		}
	}
	return a
}
