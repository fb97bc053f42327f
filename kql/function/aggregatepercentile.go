package function

import (
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/glasswatch/glasswatch/kql/value"
)

// percentiles are percentile and percentilew, which the binder also makes percentiles and percentilesw of, and their
// array variants. All are by nearest rank and exact.
func percentiles() []Aggregate {
	types := []value.Type{value.Long, value.Real, value.TimeSpan, value.DateTime, value.String, value.Bool, value.Dynamic, value.GUID}
	of := func(params ...Param) []Param { return append([]Param{{Name: "value", Types: types}}, params...) }
	percentage := Param{Name: "percentage", Types: numbers(), As: value.Real, Constant: true}
	more := percentage
	more.Variadic = true
	list := constant(param("percentages", value.Dynamic))
	weight := Param{Name: "weight", Types: integers(), As: value.Long}
	single := func(weighted bool, params ...Param) []AggOverload {
		o := AggOverload{Params: of(params...), Typed: first, New: newSample(weighted, firstRank)}
		decimal := o
		decimal.Params = slices.Clone(o.Params)
		decimal.Params[0].Types, decimal.Params[0].As = just(value.Decimal), value.Real
		if !weighted {
			o = aggSQL(o, "", percentileSQL)
		}
		return []AggOverload{o, decimal}
	}
	array := func(weighted bool, params ...Param) AggOverload {
		return AggOverload{Params: of(params...), Returns: value.Dynamic, New: newSample(weighted, allRanks)}
	}
	return []Aggregate{
		{Name: "percentile", Prefix: "percentile", Doc: "The smallest value that a percentage of the values does not exceed (nearest rank); nulls are left out.", Overloads: single(false, percentage),
			Examples: []Example{example(`percentile(x, 50)`, "2"), example(`percentile(x, 100)`, "3"), example(`percentile(x, 0)`, "1"), exampleNull(`percentile(long(null), 50)`)}},
		{Name: "percentilew", Prefix: "percentile", Doc: "The percentile of values that each count as often as a weight says.", Overloads: single(true, weight, percentage),
			Examples: []Example{example(`percentilew(x, 4 - x, 50)`, "1"), example(`percentilew(x, x, 50)`, "2")}},
		{Name: "percentiles_array", Prefix: "percentiles", Doc: "Several percentiles as an array.", Overloads: []AggOverload{array(false, more), array(false, list)},
			Examples: []Example{example(`percentiles_array(x, 10, 90)`, "[1,3]"), example(`percentiles_array(x, dynamic([50, 0]))`, "[2,1]")}},
		{Name: "percentilesw_array", Prefix: "percentiles", Doc: "Several weighted percentiles as an array.", Overloads: []AggOverload{array(true, weight, more), array(true, weight, list)},
			Examples: []Example{example(`percentilesw_array(x, x, 10, 90)`, "[1,3]"), example(`percentilesw_array(x, x, dynamic([50]))`, "[2]")}},
	}
}

// sample is the state of a percentile: the values, each with its weight, and the percentages as the rows give them.
type sample struct {
	values []weighted
	ranks  []value.Value
	typ    value.Type
}

type weighted struct {
	v value.Value
	w int64
}

// newSample collects values; from says how the result is made of the sorted ones.
func newSample(hasWeight bool, from func(s *sample) value.Value) func() Accumulator {
	return func() Accumulator {
		return &fold[sample]{add: func(s *sample, _ *Context, a []value.Value) {
			w, ranks := int64(1), a[1:]
			if hasWeight {
				w, ranks = a[1].Int(), a[2:]
			}
			s.typ = a[0].Type()
			s.ranks = append(s.ranks[:0], ranks...)
			if !a[0].IsNull() && !isNaN(a[0]) && w > 0 {
				s.values = append(s.values, weighted{a[0], w})
			}
		}, result: func(s *sample) value.Value {
			slices.SortStableFunc(s.values, func(a, b weighted) int { return value.Compare(a.v, b.v) })
			return from(s)
		}}
	}
}

func firstRank(s *sample) value.Value {
	if len(s.values) == 0 || s.ranks[0].IsNull() {
		return value.Null(s.typ)
	}
	return nearestRank(s.values, s.ranks[0].Real())
}

// allRanks gives an array, or null where there is no value.
func allRanks(s *sample) value.Value {
	if len(s.values) == 0 {
		return value.Null(value.Dynamic)
	}
	out := []any{}
	for _, r := range s.ranks {
		if r.Type() != value.Dynamic {
			out = append(out, nearestRank(s.values, r.Real()).Node())
			continue
		}
		list, _ := arrayOf(r)
		for _, node := range list {
			if p, ok := nodeReal(node); ok {
				out = append(out, nearestRank(s.values, p).Node())
			} else {
				out = append(out, nil)
			}
		}
	}
	return value.NewDynamic(out)
}

// nearestRank returns the first of the sorted values at which the sum of the weights reaches p percent of their total.
func nearestRank(values []weighted, p float64) value.Value {
	total := int64(0)
	for _, v := range values {
		total += v.w
	}
	rank := max(1, rankOf(p, total))
	for _, v := range values {
		if rank -= v.w; rank <= 0 {
			return v.v
		}
	}
	return values[len(values)-1].v
}

// rankOf is p percent of n rounded up, with p taken as it is written in decimals: 55 percent of 20 is 11, whatever
// binary fractions make of it.
func rankOf(p float64, n int64) int64 {
	share, ok := new(big.Rat).SetString(strconv.FormatFloat(p, 'f', -1, 64))
	if !ok { // NaN, infinite
		return 1
	}
	share.Mul(share, big.NewRat(n, 100))
	q, r := new(big.Int).QuoRem(share.Num(), share.Denom(), new(big.Int))
	if r.Sign() > 0 {
		q.Add(q, big.NewInt(1))
	}
	if !q.IsInt64() {
		return n
	}
	return q.Int64()
}

func percentileSQL(args []SQLArg) (string, bool) {
	p := args[1].Const
	if p == nil || p.IsNull() || !(p.Real() >= 0 && p.Real() <= 100) {
		return "", false
	}
	of := "{0}"
	switch args[0].Type {
	case value.Long, value.DateTime, value.TimeSpan:
	case value.Real:
		of = "CASE WHEN NOT isnan({0}) THEN {0} END"
	default:
		return "", false
	}
	return "quantile_disc(" + of + ", " + fraction(p.Real()) + ")" + filterMark, true
}

// fraction writes p / 100 as a decimal number, which the database reads exactly.
func fraction(p float64) string {
	whole, decimals, _ := strings.Cut(strconv.FormatFloat(p, 'f', -1, 64), ".")
	if len(whole) < 3 {
		whole = strings.Repeat("0", 3-len(whole)) + whole
	}
	at := len(whole) - 2
	return whole[:at] + "." + whole[at:] + decimals
}
