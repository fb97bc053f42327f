package function

import (
	"math"

	"github.com/glasswatch/glasswatch/kql/value"
)

// specials are the special functions of statistics: erf, gamma, the beta distribution, Welch's test.
func specials() []Func {
	unary := func(name, doc string, f func(float64) float64, examples ...Example) Func {
		return one(name, doc, Overload{Params: []Param{number("number")}, Returns: value.Real, Eval: func(_ *Context, a []value.Value) value.Value {
			if a[0].IsNull() {
				return a[0]
			}
			return value.NewReal(f(a[0].Real()))
		}}, examples...)
	}
	beta := func(name, x, doc string, f func(x, alpha, beta float64) float64, examples ...Example) Func {
		return one(name, doc, Overload{Params: []Param{number(x), number("alpha"), number("beta")}, Returns: value.Real, Eval: func(_ *Context, a []value.Value) value.Value {
			if anyNull(a) {
				return value.Null(value.Real)
			}
			return value.NewReal(f(a[0].Real(), a[1].Real(), a[2].Real()))
		}}, examples...)
	}
	return []Func{
		unary("erf", "The error function.", math.Erf, example(`erf(0)`, "0"), example(`erf(1)`, "0.8427007929497149")),
		unary("erfc", "One less the error function.", math.Erfc, example(`erfc(0)`, "1"), example(`erfc(1)`, "0.15729920705028513")),
		unary("gamma", "The gamma function; gamma(n) is the factorial of n - 1.", math.Gamma, example(`gamma(5)`, "24")),
		unary("loggamma", "The natural logarithm of the absolute value of the gamma function.", logGamma, example(`loggamma(5)`, "3.1780538303479458")),
		beta("beta_pdf", "x", "The density of the beta distribution at x; NaN outside 0 to 1 and for parameters that are not positive.", betaPDF, example(`beta_pdf(0.5, 1, 1)`, "1"), example(`beta_pdf(1.5, 10, 20)`, "NaN")),
		beta("beta_cdf", "x", "The probability that a beta-distributed number is at most x; NaN outside 0 to 1 and for parameters that are not positive.", betaCDF, example(`beta_cdf(0.5, 1, 1)`, "0.5"), example(`beta_cdf(0.1, -1, 20)`, "NaN")),
		beta("beta_inv", "probability", "The number below which a beta-distributed number lies with the probability; the inverse of beta_cdf.", betaInverse, example(`beta_inv(0.5, 1, 1)`, "0.5"), example(`beta_inv(1.5, 10, 20)`, "NaN")),
		one("welch_test", "The p-value of Welch's t-test, given mean, variance and count of two samples.", Overload{
			Params:  []Param{number("mean1"), number("variance1"), number("count1"), number("mean2"), number("variance2"), number("count2")},
			Returns: value.Real, Eval: welchTest}, example(`welch_test(5.0, 2.0, 10, 5.0, 3.0, 12)`, "1")),
	}
}

func logGamma(x float64) float64 {
	y, _ := math.Lgamma(x)
	return y
}

func betaDomain(x, alpha, beta float64) bool {
	return x >= 0 && x <= 1 && alpha > 0 && beta > 0
}

func logBeta(a, b float64) float64 { return logGamma(a) + logGamma(b) - logGamma(a+b) }

func betaPDF(x, alpha, beta float64) float64 {
	if !betaDomain(x, alpha, beta) {
		return math.NaN()
	}
	power := func(base, exponent float64) float64 { // 0 to the power of 0 is 1
		if exponent == 0 {
			return 0
		}
		return exponent * math.Log(base)
	}
	return math.Exp(power(x, alpha-1) + power(1-x, beta-1) - logBeta(alpha, beta))
}

// betaCDF is the regularized incomplete beta function.
func betaCDF(x, alpha, beta float64) float64 {
	switch {
	case !betaDomain(x, alpha, beta):
		return math.NaN()
	case x == 0 || x == 1:
		return x
	}
	front := math.Exp(alpha*math.Log(x) + beta*math.Log1p(-x) - logBeta(alpha, beta))
	if x < (alpha+1)/(alpha+beta+2) {
		return front * betaFraction(x, alpha, beta) / alpha
	}
	return 1 - front*betaFraction(1-x, beta, alpha)/beta
}

// betaFraction is the continued fraction of the incomplete beta function, by the method of Lentz.
func betaFraction(x, a, b float64) float64 {
	const tiny, enough = 1e-300, 1e-16
	away := func(f float64) float64 {
		if math.Abs(f) < tiny {
			return tiny
		}
		return f
	}
	c, d := 1.0, 1/away(1-(a+b)*x/(a+1))
	h := d
	for m := 1.0; m < 10000; m++ {
		even := m * (b - m) * x / ((a + 2*m - 1) * (a + 2*m))
		d, c = 1/away(1+even*d), away(1+even/c)
		h *= d * c
		odd := -(a + m) * (a + b + m) * x / ((a + 2*m) * (a + 2*m + 1))
		d, c = 1/away(1+odd*d), away(1+odd/c)
		h *= d * c
		if math.Abs(d*c-1) < enough {
			break
		}
	}
	return h
}

// betaInverse halves the interval, then improves by Newton's method.
func betaInverse(p, alpha, beta float64) float64 {
	switch {
	case !betaDomain(p, alpha, beta):
		return math.NaN()
	case p == 0 || p == 1:
		return p
	}
	low, high := 0.0, 1.0
	for range 200 {
		middle := low + (high-low)/2
		if middle == low || middle == high {
			break
		}
		switch f := betaCDF(middle, alpha, beta); {
		case f == p:
			return middle
		case f < p:
			low = middle
		default:
			high = middle
		}
	}
	return low + (high-low)/2
}

func welchTest(_ *Context, a []value.Value) value.Value {
	if anyNull(a) {
		return value.Null(value.Real)
	}
	mean1, var1, n1, mean2, var2, n2 := a[0].Real(), a[1].Real(), a[2].Real(), a[3].Real(), a[4].Real(), a[5].Real()
	if n1 < 2 || n2 < 2 || var1 < 0 || var2 < 0 || var1+var2 == 0 {
		return value.Null(value.Real)
	}
	s1, s2 := var1/n1, var2/n2
	t := (mean1 - mean2) / math.Sqrt(s1+s2)
	freedom := (s1 + s2) * (s1 + s2) / (s1*s1/(n1-1) + s2*s2/(n2-1))
	return value.NewReal(betaCDF(freedom/(freedom+t*t), freedom/2, 0.5))
}
