package function

import (
	"math"
	"math/bits"
	"math/cmplx"

	"github.com/glasswatch/glasswatch/kql/value"
)

// seriesFilters are the finite and infinite impulse response filters and the Fourier transform. A series that holds
// anything but numbers gives null.
func seriesFilters() []Func {
	series := seriesParam("series")
	imaginary := optional(seriesParam("imaginary"))
	spectrum := []Result{{"real", value.Dynamic}, {"imag", value.Dynamic}}
	transform := func(inverse bool) []Overload {
		return []Overload{{Params: []Param{series, imaginary}, Returns: value.Dynamic, Eval: func(_ *Context, a []value.Value) value.Value { return seriesFourier(a, inverse) }}}
	}
	return []Func{
		one("series_fir", "A series filtered by coefficients: each value is the sum of the coefficients times the values up to it, those before the series counting 0. normalize, by default set unless a coefficient is negative, divides by the sum of the coefficients; center lays the middle coefficient on the value.",
			Overload{Params: []Param{series, seriesParam("filter"), optional(param("normalize", value.Bool)), optional(param("center", value.Bool))}, Returns: value.Dynamic, Eval: seriesFIR},
			example(`series_fir(dynamic([3, 6, 9, 12]), dynamic([1, 1, 1]))`, "[1.0,3.0,6.0,9.0]"), example(`series_fir(dynamic([3, 6, 9, 12]), dynamic([1, 1, 1]), true, true)`, "[3.0,6.0,9.0,7.0]"), example(`series_fir(dynamic([0, 2, 2, 3]), dynamic([1, -1]), false, false)`, "[0.0,2.0,0.0,1.0]")),
		one("series_iir", "A series filtered recursively by numerators over its values and denominators over the results before.",
			Overload{Params: []Param{series, seriesParam("numerators"), seriesParam("denominators")}, Returns: value.Dynamic, Eval: seriesIIR},
			example(`series_iir(dynamic([1, 2, 3, 4]), dynamic([1]), dynamic([1, -1]))`, "[1.0,3.0,6.0,10.0]")),
		{Name: "series_fft", Doc: "The Fourier transform of a series, real and imaginary parts.", Columns: spectrum, Overloads: transform(false), Examples: []Example{example(`series_fft(dynamic([1, 0, 0, 0]))`, "[1.0,1.0,1.0,1.0] | [0.0,0.0,0.0,0.0]")}},
		{Name: "series_ifft", Doc: "The inverse of series_fft.", Columns: spectrum, Overloads: transform(true), Examples: []Example{example(`series_ifft(dynamic([4, 0, 0, 0]))`, "[1.0,1.0,1.0,1.0] | [0.0,0.0,0.0,0.0]")}},
	}
}

func seriesFIR(_ *Context, a []value.Value) value.Value {
	x, ok := seriesOf(a[0])
	f, ok2 := seriesOf(a[1])
	if !ok || !ok2 {
		return value.Null(value.Dynamic)
	}
	sum, negative := 0.0, false
	for _, c := range f {
		sum += c
		negative = negative || c < 0
	}
	normalize := !negative
	if len(a) > 2 && !a[2].IsNull() {
		if normalize = a[2].Bool(); normalize && negative {
			return value.Null(value.Dynamic)
		}
	}
	if !normalize {
		sum = 1
	}
	shift := 0
	if len(a) > 3 && a[3].Bool() {
		shift = (len(f) - 1) / 2
	}
	out := make([]float64, len(x))
	for i := range x {
		for j, c := range f {
			if k := i + shift - j; k >= 0 && k < len(x) {
				out[i] += c * x[k]
			}
		}
		out[i] /= sum
	}
	return value.NewDynamic(nodesOf(out))
}

func seriesIIR(_ *Context, a []value.Value) value.Value {
	x, ok := seriesOf(a[0])
	b, ok2 := seriesOf(a[1])
	d, ok3 := seriesOf(a[2])
	if !ok || !ok2 || !ok3 || d[0] == 0 {
		return value.Null(value.Dynamic)
	}
	y := make([]float64, len(x))
	for i := range x {
		for j := 0; j < len(b) && j <= i; j++ {
			y[i] += b[j] * x[i-j]
		}
		for j := 1; j < len(d) && j <= i; j++ {
			y[i] -= d[j] * y[i-j]
		}
		y[i] /= d[0]
	}
	return value.NewDynamic(nodesOf(y))
}

func seriesFourier(a []value.Value, inverse bool) value.Value {
	re, ok := seriesOf(a[0])
	if !ok {
		return value.Null(value.Dynamic)
	}
	x := make([]complex128, len(re))
	for i, f := range re {
		x[i] = complex(f, 0)
	}
	if len(a) > 1 && !a[1].IsNull() {
		im, ok := seriesOf(a[1])
		if !ok || len(im) != len(re) {
			return value.Null(value.Dynamic)
		}
		for i, f := range im {
			x[i] += complex(0, f)
		}
	}
	x = fourier(x, inverse)
	outRe, outIm := make([]any, len(x)), make([]any, len(x))
	for i, c := range x {
		if inverse {
			c /= complex(float64(len(x)), 0)
		}
		outRe[i], outIm[i] = real(c), imag(c)
	}
	return value.NewDynamic([]any{outRe, outIm})
}

// fourier is the transform of any length, not divided by it: by halves where the length is a power of two, else as a
// convolution (Bluestein).
func fourier(x []complex128, inverse bool) []complex128 {
	n := len(x)
	if n&(n-1) == 0 {
		return fourierHalves(x, inverse)
	}
	sign := -1.0
	if inverse {
		sign = 1
	}
	chirp := make([]complex128, n)
	for i := range chirp {
		chirp[i] = cmplx.Exp(complex(0, sign*math.Pi*float64(i*i%(2*n))/float64(n)))
	}
	size := 1 << bits.Len(uint(2*n))
	p, q := make([]complex128, size), make([]complex128, size)
	for i := range x {
		p[i] = x[i] * chirp[i]
		q[i] = cmplx.Conj(chirp[i])
		if i > 0 {
			q[size-i] = q[i]
		}
	}
	p, q = fourierHalves(p, false), fourierHalves(q, false)
	for i := range p {
		p[i] *= q[i]
	}
	p = fourierHalves(p, true)
	for i := range chirp {
		chirp[i] *= p[i] / complex(float64(size), 0)
	}
	return chirp
}

func fourierHalves(x []complex128, inverse bool) []complex128 {
	n := len(x)
	if n == 1 {
		return []complex128{x[0]}
	}
	even, odd := make([]complex128, n/2), make([]complex128, n/2)
	for i := range even {
		even[i], odd[i] = x[2*i], x[2*i+1]
	}
	even, odd = fourierHalves(even, inverse), fourierHalves(odd, inverse)
	sign := -1.0
	if inverse {
		sign = 1
	}
	out := make([]complex128, n)
	for i := range even {
		turn := cmplx.Rect(1, sign*2*math.Pi*float64(i)/float64(n))
		if 4*i == n {
			turn = complex(0, sign)
		}
		t := turn * odd[i]
		out[i], out[i+n/2] = even[i]+t, even[i]-t
	}
	return out
}
