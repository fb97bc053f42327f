package function

import (
	"slices"

	"github.com/glasswatch/glasswatch/kql/value"
)

// maxCentroids is how many different values a digest keeps exactly; beyond that neighbours are joined, those in the
// middle of the distribution first, as t-digest does.
const maxCentroids = 4096

// digest is a distribution of numbers, spans or instants: values with their weights. Its dynamic form is
// [[7],[values],[weights]].
type digest struct{ points []weighted }

// add adds a value; the points are put in order when many have come together.
func (d *digest) add(v value.Value, w int64) {
	if v.IsNull() || isNaN(v) || w <= 0 {
		return
	}
	d.points = append(d.points, weighted{v, w})
	if len(d.points) >= 4*maxCentroids {
		d.compact()
	}
}

// compact sorts the points, joins equal ones and, where too many are left, neighbours.
func (d *digest) compact() {
	slices.SortStableFunc(d.points, func(a, b weighted) int { return value.Compare(a.v, b.v) })
	out := d.points[:0]
	for _, p := range d.points {
		if n := len(out); n > 0 && value.Compare(out[n-1].v, p.v) == 0 {
			out[n-1].w += p.w
			continue
		}
		out = append(out, p)
	}
	if d.points = out; len(out) > maxCentroids {
		d.join()
	}
}

// join makes one point of neighbours whose common weight is small for their place in the distribution.
func (d *digest) join() {
	total := float64(d.total())
	out, before := d.points[:1], 0.0
	for _, p := range d.points[1:] {
		last := &out[len(out)-1]
		w := float64(last.w + p.w)
		q := (before + w/2) / total
		if w > 8*total*q*(1-q)/maxCentroids {
			before += float64(last.w)
			out = append(out, p)
			continue
		}
		share := float64(p.w) / w
		switch last.v.Type() {
		case value.Real:
			last.v = value.NewReal(last.v.Real() + (p.v.Real()-last.v.Real())*share)
		default:
			last.v = wholeOf(last.v.Type(), last.v.Int()+int64(float64(p.v.Int()-last.v.Int())*share))
		}
		last.w += p.w
	}
	d.points = out
}

func (d *digest) total() int64 {
	n := int64(0)
	for _, p := range d.points {
		n += p.w
	}
	return n
}

// rank is how many values are not larger than v.
func (d *digest) rank(v value.Value) int64 {
	n := int64(0)
	for _, p := range d.points {
		if value.Compare(p.v, v) <= 0 {
			n += p.w
		}
	}
	return n
}

// value is the dynamic form; null of an empty digest.
func (d *digest) value() value.Value {
	if d.compact(); len(d.points) == 0 {
		return value.Null(value.Dynamic)
	}
	values, weights := make([]any, len(d.points)), make([]any, len(d.points))
	for i, p := range d.points {
		values[i], weights[i] = p.v.Node(), p.w
	}
	return value.NewDynamic([]any{[]any{int64(7)}, values, weights})
}

// merge adds the points of a dynamic form; anything else adds nothing.
func (d *digest) merge(v value.Value) {
	parts, ok := arrayOf(v)
	if !ok || len(parts) != 3 {
		return
	}
	values, _ := parts[1].([]any)
	weights, _ := parts[2].([]any)
	for i, node := range values {
		if w, ok := at(weights, i).(int64); ok {
			d.add(pointOf(node), w)
		}
	}
}

// pointOf reads a value of a digest back: texts are instants or spans.
func pointOf(node any) value.Value {
	switch n := node.(type) {
	case int64:
		return value.NewLong(n)
	case float64:
		return value.NewReal(n)
	case string:
		if t, ok := value.ParseTimeSpan(n); ok {
			return value.NewTimeSpan(t)
		}
		if t, ok := value.ParseDateTime(n); ok {
			return value.NewDateTime(t)
		}
	}
	return value.Null(value.Real)
}

func at(list []any, i int) any {
	if i >= len(list) {
		return nil
	}
	return list[i]
}

// digestOf reads a dynamic form; false where it is none.
func digestOf(v value.Value) (*digest, bool) {
	d := &digest{}
	d.merge(v)
	d.compact()
	return d, len(d.points) > 0
}

// digests are tdigest and its merging.
func digests() []Aggregate {
	var build []AggOverload
	for _, p := range []Param{{Name: "value", Types: integers()}, {Name: "value", Types: []value.Type{value.Real, value.TimeSpan, value.DateTime}}, {Name: "value", Types: just(value.Decimal), As: value.Real}} {
		build = append(build, AggOverload{Params: []Param{p, optional(param("weight", value.Long))}, Returns: value.Dynamic, New: func() Accumulator {
			return &fold[digest]{add: func(d *digest, _ *Context, a []value.Value) {
				w := int64(1)
				if len(a) > 1 {
					w = a[1].Int()
				}
				d.add(a[0], w)
			}, result: func(d *digest) value.Value { return d.value() }}
		}})
	}
	merging := []AggOverload{{Params: just1("digest", value.Dynamic), Returns: value.Dynamic, New: func() Accumulator {
		return &fold[digest]{add: func(d *digest, _ *Context, a []value.Value) { d.merge(a[0]) },
			result: func(d *digest) value.Value { return d.value() }}
	}}}
	return []Aggregate{
		{Name: "tdigest", Prefix: "tdigest", Doc: "The distribution of the values, of which percentile_tdigest and its like read percentiles; optionally each with a weight.", Overloads: build,
			Examples: []Example{example(`tdigest(x)`, "[[7],[1,2,3],[1,1,1]]"), example(`tdigest(x - x, 2)`, "[[7],[0],[6]]")}},
		{Name: "tdigest_merge", Prefix: "merge_tdigests", Doc: "One distribution of several.", Overloads: merging,
			Examples: []Example{example(`tdigest_merge(dynamic([[7], [5], [1]]))`, "[[7],[5],[4]]")}},
		{Name: "merge_tdigest", Prefix: "merge_tdigests", Doc: "The same as tdigest_merge.", Overloads: merging,
			Examples: []Example{example(`merge_tdigest(dynamic([[7], [5], [1]]))`, "[[7],[5],[4]]")}},
	}
}

// digestReaders are the scalar functions over the result of tdigest.
func digestReaders() []Func {
	d := param("digest", value.Dynamic)
	p := Param{Name: "percentage", Types: numbers(), As: value.Real}
	more := p
	more.Variadic = true
	ranks := func(_ *Context, a []value.Value) value.Value {
		d, ok := digestOf(a[0])
		if !ok {
			return value.Null(value.Dynamic)
		}
		return allRanks(&sample{values: d.points, ranks: a[1:]})
	}
	rank := func(result func(rank, total float64) float64) Overload {
		return Overload{Params: []Param{d, {Name: "value"}}, Returns: value.Real, Eval: func(_ *Context, a []value.Value) value.Value {
			d, ok := digestOf(a[0])
			if !ok || a[1].IsNull() {
				return value.Null(value.Real)
			}
			return value.NewReal(result(float64(d.rank(a[1].Scalar())), float64(d.total())))
		}}
	}
	merge := Overload{Params: []Param{d, {Name: "more", Types: just(value.Dynamic), Variadic: true}}, Returns: value.Dynamic, Eval: func(_ *Context, a []value.Value) value.Value {
		out := &digest{}
		for _, v := range a {
			out.merge(v)
		}
		return out.value()
	}}
	const example1 = `dynamic([[7], [10, 20, 30], [1, 1, 2]])`
	return []Func{
		one("percentile_tdigest", "A percentile of a distribution that tdigest made; optionally as a type, written typeof(long).", Overload{Params: []Param{d, p}, Returns: value.Dynamic,
			Eval: func(_ *Context, a []value.Value) value.Value {
				d, ok := digestOf(a[0])
				if !ok || a[1].IsNull() {
					return value.Null(value.Dynamic)
				}
				return value.NewDynamic(nearestRank(d.points, a[1].Real()).Node())
			}}, example(`percentile_tdigest(`+example1+`, 50)`, "20"), example(`percentile_tdigest(`+example1+`, 75, typeof(long))`, "30")),
		{Name: "percentiles_array_tdigest", Doc: "Several percentiles of a distribution that tdigest made, as an array.", Overloads: []Overload{
			{Params: []Param{d, more}, Returns: value.Dynamic, Eval: ranks}, {Params: []Param{d, param("percentages", value.Dynamic)}, Returns: value.Dynamic, Eval: ranks}},
			Examples: []Example{example(`percentiles_array_tdigest(`+example1+`, 0, 50, 100)`, "[10,20,30]"), example(`percentiles_array_tdigest(`+example1+`, dynamic([25]))`, "[10]")}},
		one("rank_tdigest", "How many values of a distribution that tdigest made are not larger than a value.", rank(func(rank, _ float64) float64 { return rank }),
			example(`rank_tdigest(`+example1+`, 25)`, "2")),
		one("percentrank_tdigest", "The percentage of the values of a distribution that tdigest made that are not larger than a value.", rank(func(rank, total float64) float64 { return 100 * rank / total }),
			example(`percentrank_tdigest(`+example1+`, 25)`, "50")),
		one("tdigest_merge", "One distribution of several that tdigest made.", merge, example(`tdigest_merge(`+example1+`, dynamic([[7], [20], [5]]))`, "[[7],[10,20,30],[1,6,2]]")),
		one("merge_tdigest", "The same as tdigest_merge.", merge, example(`merge_tdigest(`+example1+`, dynamic([[7], [20], [5]]))`, "[[7],[10,20,30],[1,6,2]]")),
	}
}
