package function

import (
	"maps"
	"math"
	"math/big"
	"strings"

	"github.com/glasswatch/glasswatch/kql/value"
)

func replaceFilter(s, clause string) string { return strings.ReplaceAll(s, filterMark, clause) }

// template is a fixed one.
func template(t string) func([]SQLArg) (string, bool) {
	return func([]SQLArg) (string, bool) { return t, true }
}

// counts are count, countif, dcount and count_distinct.
func counts() []Aggregate {
	type set = map[string]struct{}
	distinct := func(params []Param) AggOverload {
		o := AggOverload{Params: params, Returns: value.Long, New: func() Accumulator {
			var key []byte
			return &merging[set]{fold[set]{state: set{}, add: func(s *set, _ *Context, a []value.Value) {
				if a[0].IsNull() {
					return
				}
				key = a[0].AppendKey(key[:0])
				if _, ok := (*s)[string(key)]; !ok {
					(*s)[string(key)] = struct{}{}
				}
			}, result: func(s *set) value.Value { return value.NewLong(int64(len(*s))) }},
				func(s, other *set) { maps.Copy(*s, *other) }}
		}}
		return aggSQL(o, "", func(args []SQLArg) (string, bool) {
			return "count(DISTINCT {0})" + filterMark, args[0].Type != value.Decimal && args[0].Type != value.Dynamic
		})
	}
	count := AggOverload{Returns: value.Long, New: newCount(-1), SQL: sql("count(*)")}
	countIf := AggOverload{Params: just1("predicate", value.Bool), Returns: value.Long, New: newCount(0), SQL: sql("count(*) FILTER (WHERE {0})")}
	dcount := Aggregate{Name: "dcount", Prefix: "dcount", Doc: "The number of distinct values, nulls left out; exact, whatever the accuracy.",
		Overloads: []AggOverload{distinct([]Param{{Name: "value"}, optional(constant(param("accuracy", value.Long)))})}, Examples: []Example{example(`dcount(x)`, "3"), example(`dcount(x % 2)`, "2")}}
	countDistinct := Aggregate{Name: "count_distinct", Prefix: "count_distinct", Doc: "The number of distinct values, nulls left out.",
		Overloads: []AggOverload{distinct([]Param{{Name: "value"}})}, Examples: []Example{example(`count_distinct(x)`, "3")}}
	cntOld := Aggregate{Name: "cnt", Prefix: "cnt", Doc: "The older name of count.", Overloads: []AggOverload{count}, Examples: []Example{example(`cnt()`, "4")}}
	return []Aggregate{
		cntOld, {Name: "count", Prefix: "count", Doc: "The number of rows.", Overloads: []AggOverload{count, countIf}, Examples: []Example{example(`count()`, "4")}},
		{Name: "countif", Prefix: "countif", Doc: "The number of rows for which a condition is true.", Overloads: []AggOverload{countIf}, Examples: []Example{example(`countif(x > 1)`, "2")}},
		dcount, countDistinct,
		withCondition(dcount, "dcountif", "The number of distinct values of the rows for which a condition is true.", "dcountif", example(`dcountif(x, x > 1)`, "2")),
		withCondition(countDistinct, "count_distinctif", "The number of distinct values of the rows for which a condition is true.", "count_distinctif", example(`count_distinctif(x, x > 1)`, "2")),
	}
}

// counter counts rows, or those whose argument at a position is true. There may be very many, so that it is small.
type counter struct {
	n  int64
	at int // of the condition; -1: none
}

func newCount(condition int) func() Accumulator {
	return func() Accumulator { return &counter{at: condition} }
}

func (c *counter) Add(_ *Context, a []value.Value) {
	if c.at < 0 || a[c.at].Bool() {
		c.n++
	}
}

func (c *counter) Result() value.Value     { return value.NewLong(c.n) }
func (c *counter) Merge(other Accumulator) { c.n += other.(*counter).n }
func (c *counter) Size() int               { return 16 }

func mergeSum[N int64 | float64](n, other *N) { *n += *other }

// sums are sum, avg, stdev and variance, nulls left out.
func sums() []Aggregate {
	sum := Aggregate{Name: "sum", Prefix: "sum", Doc: "The sum; 0 of nothing.", Examples: []Example{example(`sum(x)`, "6"), example(`sum(x * 1.5)`, "9"), example(`sum(x * 1h)`, "06:00:00")},
		Overloads: []AggOverload{sumTicks(value.Long), sumReal(), sumTicks(value.TimeSpan), sumTicks(value.DateTime), sumDecimal()}}
	avg := Aggregate{Name: "avg", Prefix: "avg", Doc: "The mean; NaN of no numbers, null of no instants or spans.", Examples: []Example{example(`avg(x)`, "2"), example(`avg(x * 1h)`, "02:00:00")},
		Overloads: []AggOverload{avgReal(), avgTicks(value.TimeSpan), avgTicks(value.DateTime), avgDecimal()}}
	stdev := spread("stdev", "The standard deviation of a sample; 0 of less than two numbers.", "stddev_samp", true, math.Sqrt, example(`stdev(x)`, "1"))
	variance := spread("variance", "The variance of a sample; 0 of less than two numbers.", "var_samp", true, func(f float64) float64 { return f }, example(`variance(x)`, "1"))
	stdevp := spread("stdevp", "The standard deviation of a population; 0 of nothing.", "stddev_pop", false, math.Sqrt, example(`stdevp(x - x)`, "0"))
	variancep := spread("variancep", "The variance of a population; 0 of nothing.", "var_pop", false, func(f float64) float64 { return f }, example(`variancep(x * 3)`, "6"))
	return []Aggregate{
		sum, avg, stdev, variance, stdevp, variancep,
		withCondition(sum, "sumif", "The sum over the rows for which a condition is true.", "sumif", example(`sumif(x, x > 1)`, "5")),
		withCondition(avg, "avgif", "The mean over the rows for which a condition is true.", "avgif", example(`avgif(x, x > 1)`, "2.5")),
		withCondition(stdev, "stdevif", "The standard deviation of a sample over the rows for which a condition is true.", "stdevif", example(`stdevif(x, x < 2)`, "0")),
		withCondition(variance, "varianceif", "The variance of a sample over the rows for which a condition is true.", "varianceif", example(`varianceif(x, x > 1)`, "0.5")),
		withCondition(variancep, "variancepif", "The variance of a population over the rows for which a condition is true.", "variancepif", example(`variancepif(x, x > 1)`, "0.25")),
	}
}

// integerParams accepts what is summed as a whole number.
func integerParams(t value.Type) []Param {
	if t == value.Long {
		return []Param{{Name: "value", Types: integers(), As: value.Long}}
	}
	return just1("value", t)
}

func sumTicks(t value.Type) AggOverload {
	o := AggOverload{Params: integerParams(t), Returns: t, New: func() Accumulator {
		return &merging[int64]{fold[int64]{add: func(n *int64, _ *Context, a []value.Value) { *n += a[0].Int() }, // a null is 0
			result: func(n *int64) value.Value { return integerOf(t, *n, true) }}, mergeSum[int64]}
	}}
	if t == value.DateTime { // instants soon leave their range
		return o
	}
	return aggSQL(o, "", template(wrapped("coalesce(sum({0})"+filterMark+", 0)")))
}

func sumReal() AggOverload {
	o := AggOverload{Params: just1("value", value.Real), Returns: value.Real, New: func() Accumulator {
		return &merging[float64]{fold[float64]{add: func(f *float64, _ *Context, a []value.Value) { *f += a[0].Real() },
			result: func(f *float64) value.Value { return value.NewReal(*f) }}, mergeSum[float64]}
	}}
	return aggSQL(o, "", template("coalesce(sum({0})"+filterMark+", 0)::DOUBLE"))
}

func sumDecimal() AggOverload {
	return AggOverload{Params: just1("value", value.Decimal), Returns: value.Decimal, New: func() Accumulator {
		return &fold[value.Dec]{add: func(d *value.Dec, _ *Context, a []value.Value) {
			if e, ok := a[0].Decimal(); ok {
				*d = d.Add(e)
			}
		}, result: func(d *value.Dec) value.Value { return value.NewDecimal(*d) }}
	}}
}

func avgReal() AggOverload {
	type mean struct {
		sum float64
		n   int64
	}
	o := AggOverload{Params: []Param{{Name: "value", Types: []value.Type{value.Int, value.Long, value.Real}, As: value.Real}}, Returns: value.Real, New: func() Accumulator {
		return &merging[mean]{fold[mean]{add: func(m *mean, _ *Context, a []value.Value) {
			if !a[0].IsNull() {
				m.sum += a[0].Real()
				m.n++
			}
		}, result: func(m *mean) value.Value { return value.NewReal(m.sum / float64(m.n)) }},
			func(m, other *mean) { m.sum, m.n = m.sum+other.sum, m.n+other.n }}
	}}
	return aggSQL(o, "", template("coalesce(avg({0})"+filterMark+", 'NaN'::DOUBLE)"))
}

// avgDecimal is null of nothing.
func avgDecimal() AggOverload {
	type mean struct {
		sum value.Dec
		n   int64
	}
	return AggOverload{Params: just1("value", value.Decimal), Returns: value.Decimal, New: func() Accumulator {
		return &fold[mean]{add: func(m *mean, _ *Context, a []value.Value) {
			if d, ok := a[0].Decimal(); ok {
				m.sum = m.sum.Add(d)
				m.n++
			}
		}, result: func(m *mean) value.Value {
			d, ok := m.sum.Quo(value.DecimalOfInt(m.n))
			if !ok {
				return value.Null(value.Decimal)
			}
			return value.NewDecimal(d)
		}}
	}}
}

// avgTicks sums in more than 64 bits.
func avgTicks(t value.Type) AggOverload {
	type mean struct {
		sum big.Int
		n   int64
	}
	o := AggOverload{Params: just1("value", t), Returns: t, New: func() Accumulator {
		return &fold[mean]{add: func(m *mean, _ *Context, a []value.Value) {
			if !a[0].IsNull() {
				m.sum.Add(&m.sum, big.NewInt(a[0].Int()))
				m.n++
			}
		}, result: func(m *mean) value.Value {
			if m.n == 0 {
				return value.Null(t)
			}
			return integerOf(t, new(big.Int).Quo(&m.sum, big.NewInt(m.n)).Int64(), true)
		}}
	}}
	return aggSQL(o, "", template("(sum({0})"+filterMark+" // count({0})"+filterMark+")::BIGINT"))
}

// spreadOf is the mean of squares or products whose sum is given, 0 of too few.
func spreadOf(sum, n float64, sample bool) float64 {
	if sample {
		n--
	}
	if n <= 0 {
		return 0
	}
	return sum / n
}

// spread is a variance or its root, by Welford's method.
func spread(name, doc, function string, sample bool, root func(float64) float64, examples ...Example) Aggregate {
	type moments struct {
		n        float64
		mean, m2 float64
	}
	newState := func() Accumulator {
		return &fold[moments]{add: func(m *moments, _ *Context, a []value.Value) {
			if a[0].IsNull() {
				return
			}
			m.n++
			x := real_(a[0])
			d := x - m.mean
			m.mean += d / m.n
			m.m2 += d * (x - m.mean)
		}, result: func(m *moments) value.Value {
			return value.NewReal(root(spreadOf(m.m2, m.n, sample)))
		}}
	}
	a := Aggregate{Name: name, Prefix: name, Doc: doc, Examples: examples}
	for _, params := range summables() {
		o := AggOverload{Params: params, Returns: value.Real, New: newState}
		a.Overloads = append(a.Overloads, aggSQL(o, "", template("coalesce("+function+"({0})"+filterMark+", 0)::DOUBLE")))
	}
	return a
}
