package function

import (
	"fmt"
	"math"
	"slices"

	"github.com/glasswatch/glasswatch/kql/value"
)

// maxDegree bounds the degree of a polynomial: beyond it the arithmetic has no digits left.
const maxDegree = 50

// seriesPolynomials is series_fit_poly.
func seriesPolynomials() []Func {
	return []Func{{Name: "series_fit_poly", Doc: "The polynomial that fits a series best: r square, the coefficients from the highest power down, variance of the values and of what the polynomial leaves, and its values. The places are 1, 2, ... or a second series; the degree is by default 1.",
		Columns: []Result{{"rsquare", value.Real}, {"coefficients", value.Dynamic}, {"variance", value.Real}, {"rvariance", value.Real}, {"poly_fit", value.Dynamic}},
		Overloads: []Overload{{Params: []Param{seriesParam("y_series"), optional(seriesParam("x_series")), optional(Param{Name: "degree", Types: integers(), As: value.Long})}, Returns: value.Dynamic,
			Check: func(args []*value.Value) error {
				if len(args) > 2 && args[2] != nil && (args[2].Int() < 1 || args[2].Int() > maxDegree) {
					return fmt.Errorf("the degree of series_fit_poly is between 1 and %d", maxDegree)
				}
				return nil
			}, Eval: fitPolynomial}},
		Examples: []Example{example(`series_fit_poly(dynamic([2, 4, 6]))`, "1 | [2.0,0.0] | 4 | 0 | [2.0,4.0,6.0]"), exampleNull(`series_fit_poly(dynamic([2, null]))`)}}}
}

func fitPolynomial(_ *Context, a []value.Value) value.Value {
	y, ok := seriesOf(a[0])
	if !ok {
		return value.Null(value.Dynamic)
	}
	x := make([]float64, len(y))
	for i := range x {
		x[i] = float64(i + 1)
	}
	if len(a) > 1 && !a[1].IsNull() {
		if x, ok = seriesOf(a[1]); !ok || len(x) != len(y) {
			return value.Null(value.Dynamic)
		}
	}
	degree := 1
	if len(a) > 2 && !a[2].IsNull() {
		degree = int(a[2].Int())
	}
	if degree < 1 || degree > maxDegree {
		return value.Null(value.Dynamic)
	}
	c, ok := polynomial(x, y, degree)
	if !ok {
		return value.Null(value.Dynamic)
	}
	total, rest, m := 0.0, 0.0, mean(y)
	fit, coefficients := make([]float64, len(y)), make([]any, len(c))
	for i, f := range y {
		for k := len(c) - 1; k >= 0; k-- {
			fit[i] = fit[i]*x[i] + c[k]
		}
		total += (f - m) * (f - m)
		rest += (f - fit[i]) * (f - fit[i])
	}
	for k, f := range c {
		coefficients[len(c)-1-k] = f
	}
	return value.NewDynamic([]any{rsquare(total, rest), coefficients, perDegree(total, len(y)), perDegree(rest, len(y)), nodesOf(fit)})
}

// polynomial returns the coefficients, that of the lowest power first, by least squares over polynomials that are
// orthogonal on the places (Forsythe's recurrence). It reports false where there are too few different places.
func polynomial(x, y []float64, degree int) ([]float64, bool) {
	scale := 0.0
	for _, f := range x {
		scale = max(scale, math.Abs(f))
	}
	distinct := slices.Clone(x)
	slices.Sort(distinct)
	if len(slices.Compact(distinct)) <= degree || math.IsInf(scale, 0) {
		return nil, false
	}
	_, exponent := math.Frexp(scale)
	at := make([]float64, len(x)) // the places between -1 and 1, scaled exactly
	for i, f := range x {
		at[i] = math.Ldexp(f, -exponent)
	}
	c := make([]float64, degree+1)
	last, p := make([]float64, len(x)), slices.Repeat([]float64{1}, len(x)) // values of two polynomials
	lastC, pC := make([]float64, degree+1), make([]float64, degree+1)       // and their coefficients
	pC[0] = 1
	lastNorm := 1.0
	for k := 0; ; k++ {
		norm := dot(p, p)
		for j, f := range pC {
			c[j] += f * dot(y, p) / norm
		}
		if k == degree {
			break
		}
		a, b := 0.0, norm/lastNorm
		for i, f := range p {
			a += at[i] * f * f / norm
		}
		if k == 0 {
			b = 0
		}
		next, nextC := make([]float64, len(x)), make([]float64, degree+1)
		for i := range next {
			next[i] = (at[i]-a)*p[i] - b*last[i]
		}
		for j := range nextC {
			nextC[j] = -a*pC[j] - b*lastC[j]
			if j > 0 {
				nextC[j] += pC[j-1]
			}
		}
		last, p, lastC, pC, lastNorm = p, next, pC, nextC, norm
	}
	for k := range c {
		c[k] = math.Ldexp(c[k], -exponent*k)
	}
	return c, true
}
