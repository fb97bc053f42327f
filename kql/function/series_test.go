package function_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/glasswatch/glasswatch/kql/function"
	"github.com/glasswatch/glasswatch/kql/value"
)

// call evaluates a scalar function and returns the nodes of the array that it gives.
func call(t *testing.T, name string, args ...value.Value) []any {
	t.Helper()
	f, ok := function.Lookup(name)
	if !ok {
		t.Fatalf("no function %s", name)
	}
	types := make([]value.Type, len(args))
	for i, a := range args {
		types[i] = a.Type()
	}
	o, _, _, err := f.Resolve(types)
	if err != nil {
		t.Fatal(err)
	}
	list, _ := o.Eval(&function.Context{}, args).Tree().([]any)
	return list
}

func seriesValue(numbers []float64) value.Value {
	list := make([]any, len(numbers))
	for i, f := range numbers {
		list[i] = f
	}
	return value.NewDynamic(list)
}

// week is five weeks of hours: days with a hump, weekends lower, noise, a trend, and three outliers.
func week(noise, trend float64) []float64 {
	r := rand.New(rand.NewPCG(1, 2))
	y := make([]float64, 24*7*5)
	for i := range y {
		day, hour := i/24%7, float64(i%24)
		y[i] = 15 - (hour/10)*(hour/10) + noise*r.Float64() + trend*float64(i)
		if day >= 5 {
			y[i] -= 3
		}
	}
	y[149] -= 8
	y[299] += 8
	y[599] += 8
	return y
}

func TestPeriodsOfWeeksAndDays(t *testing.T) {
	got := call(t, "series_periods_detect", seriesValue(week(2, 0)), value.NewReal(20), value.NewReal(200), value.NewLong(2))
	if diff := cmp.Diff([]any{168.0, 24.0}, got[0]); diff != "" {
		t.Errorf("periods (-want +got)\n%s\nscores %v", diff, got[1])
	}
}

func TestNoiseHasNoPeriod(t *testing.T) {
	found := 0
	for seed := range uint64(100) {
		r := rand.New(rand.NewPCG(seed, 7))
		y := make([]float64, 100)
		for i := range y {
			y[i] = r.NormFloat64()
		}
		got := call(t, "series_periods_detect", seriesValue(y), value.NewReal(0), value.NewReal(50), value.NewLong(1))
		if got[1].([]any)[0].(float64) > 0.6 {
			found++
		}
	}
	if found > 0 {
		t.Errorf("%d of 100 series of noise have a period", found)
	}
}

func TestAnomaliesOfWeeks(t *testing.T) {
	f := func(noise, trend float64, kind string) {
		t.Helper()
		got := call(t, "series_decompose_anomalies", seriesValue(week(noise, trend)), value.NewReal(2.5), value.NewLong(-1), value.NewString(kind))
		var at []int
		for i, flag := range got[0].([]any) {
			if flag != int64(0) {
				at = append(at, i)
			}
		}
		if diff := cmp.Diff([]int{149, 299, 599}, at); diff != "" {
			t.Errorf("noise %v, trend %v (-want +got)\n%s", noise, trend, diff)
		}
	}
	f(2, 0, "avg")
	f(0, 0, "avg")
	f(1, 0.0001, "linefit")
}

func TestFourierAgainstTheSum(t *testing.T) {
	for n := 1; n <= 40; n++ {
		re, im := make([]float64, n), make([]float64, n)
		for i := range re {
			re[i], im[i] = float64(i*i%7), float64(i%3)
		}
		got := call(t, "series_fft", seriesValue(re), seriesValue(im))
		for k := range n {
			a, b := 0.0, 0.0
			for i := range n {
				s, c := math.Sincos(-2 * math.Pi * float64(k*i%n) / float64(n))
				a += re[i]*c - im[i]*s
				b += re[i]*s + im[i]*c
			}
			if x, y := got[0].([]any)[k].(float64), got[1].([]any)[k].(float64); math.Abs(x-a) > 1e-9 || math.Abs(y-b) > 1e-9 {
				t.Fatalf("length %d, frequency %d: %v %v, want %v %v", n, k, x, y, a, b)
			}
		}
		back := call(t, "series_ifft", value.NewDynamic(got[0]), value.NewDynamic(got[1]))
		for i := range n {
			if math.Abs(back[0].([]any)[i].(float64)-re[i]) > 1e-9 || math.Abs(back[1].([]any)[i].(float64)-im[i]) > 1e-9 {
				t.Fatalf("length %d does not come back", n)
			}
		}
	}
}

func TestPolynomialOfTimes(t *testing.T) {
	x, y := make([]float64, 50), make([]float64, 50)
	for i := range x {
		x[i] = 1.7e9 + 3600*float64(i)
		y[i] = 5 + 2*float64(i)
	}
	got := call(t, "series_fit_poly", seriesValue(y), seriesValue(x), value.NewLong(1))
	if r := got[0].(float64); r < 1-1e-9 {
		t.Errorf("r square %v", r)
	}
	if slope := got[1].([]any)[0].(float64); math.Abs(slope*3600-2) > 1e-6 {
		t.Errorf("slope %v", slope)
	}
	if call(t, "series_fit_poly", seriesValue([]float64{1, 2, 3}), seriesValue([]float64{1, 1, 2}), value.NewLong(2)) != nil {
		t.Error("two different places determine no parabola")
	}
}
