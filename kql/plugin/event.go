package plugin

import (
	"cmp"
	"math"
	"slices"

	"github.com/glasswatch/glasswatch/kql/value"
)

// event is a row as the plugins of user activity see it: who, when.
type event struct {
	id  string // key of the id
	at  int64
	row []value.Value
}

// slice is the events of one combination of the dimensions.
type slice struct {
	dims   []value.Value
	events []event // by time
}

// slices puts the rows between two instants, both included, into one slice for each combination of the dimensions, in
// the order in which these appear. Rows without a time are left out.
func (c *Call) slices(rows [][]value.Value, from, to int64) []*slice {
	id, time := c.Arg("IdColumn"), c.Arg("TimelineColumn").Column
	dims := c.All("Dimension")
	groups := map[string]*slice{}
	var order []*slice
	for _, row := range rows {
		at := row[time]
		if at.IsNull() || at.Int() < from || at.Int() > to {
			continue
		}
		var key []byte
		for _, d := range dims {
			key = row[d.Column].AppendKey(key)
		}
		g := groups[string(key)]
		if g == nil {
			g = &slice{}
			for _, d := range dims {
				g.dims = append(g.dims, row[d.Column])
			}
			groups[string(key)] = g
			order = append(order, g)
		}
		e := event{at: at.Int(), row: row}
		if id != nil {
			e.id = string(row[id.Column].AppendKey(nil))
		}
		g.events = append(g.events, e)
	}
	for _, g := range order {
		slices.SortStableFunc(g.events, func(a, b event) int { return cmp.Compare(a.at, b.at) })
	}
	return order
}

// span is the range of the analysis: the constants, or everything.
func (c *Call) span() (from, to int64) {
	return c.whole("Start", math.MinInt64), c.whole("End", math.MaxInt64)
}

// ids is a set of users.
type ids map[string]struct{}

func (s ids) add(id string) { s[id] = struct{}{} }
func (s ids) has(id string) bool {
	_, ok := s[id]
	return ok
}

// byBin collects the users of each bin; order lists the bins that have some, by time.
func (g *slice) byBin(l timeline) (order []int64, sets map[int64]ids) {
	sets = map[int64]ids{}
	for _, e := range g.events {
		at := l.floor(e.at)
		if sets[at] == nil {
			sets[at] = ids{}
			order = append(order, at)
		}
		sets[at].add(e.id)
	}
	return order, sets
}

// sortRows orders rows by their first column, stably.
func sortRows(rows [][]value.Value) [][]value.Value {
	slices.SortStableFunc(rows, func(a, b []value.Value) int { return value.Compare(a[0], b[0]) })
	return rows
}

// timelineColumns are the timeline, the dimensions and then the measures.
func (c *Call) timelineColumns(measures ...Column) []Column {
	t := c.Arg("TimelineColumn")
	cols := []Column{{t.Name, t.Type}}
	for _, d := range c.All("Dimension") {
		cols = append(cols, Column{d.Name, d.Type})
	}
	return uniqueNames(append(cols, measures...))
}

// measure makes an output row.
func (g *slice) measure(l timeline, at int64, measures ...value.Value) []value.Value {
	return append(append([]value.Value{l.value(at)}, g.dims...), measures...)
}

func long(n int) value.Value { return value.NewLong(int64(n)) }

// ratio is a / b; of nothing it is NaN.
func ratio(a, b int) value.Value { return value.NewReal(float64(a) / float64(b)) }

// the parameters that the plugins of user activity share
func idParam() Param       { return Param{Name: "IdColumn", Kind: Reference, Types: notDynamic()} }
func timelineParam() Param { return Param{Name: "TimelineColumn", Kind: Reference, Types: summable()} }
func dimensions() Param {
	return Param{Name: "Dimension", Kind: Reference, Types: notDynamic(), Repeated: true}
}

// spans are constant parameters of a point or span of the timeline.
func spans(names ...string) []Param {
	out := make([]Param, len(names))
	for i, n := range names {
		out[i] = Param{Name: n, Types: append(summable(), value.String)}
	}
	return out
}

// rangeParams are a start and an end that may be left out.
func rangeParams() []Param {
	out := spans("Start", "End")
	out[0].Optional, out[1].Optional = true, true
	return out
}

// activityParams are id and timeline, the constants, and the dimensions.
func activityParams(constants ...string) []Param {
	return append(append([]Param{idParam(), timelineParam()}, spans(constants...)...), dimensions())
}

// optionalRange lays out a call whose start and end may be left out: with them it has n constants more.
func optionalRange(n int, constants ...string) func(args []Shape) []string {
	return func(args []Shape) []string {
		out := []string{"IdColumn", "TimelineColumn"}
		given := 0
		for i := 2; i < len(args) && args[i].Constant; i++ {
			given++
		}
		if given > n {
			out = append(out, "Start", "End")
		}
		out = append(out, constants...)
		for len(out) < len(args) {
			out = append(out, "Dimension")
		}
		return out[:min(len(out), len(args))]
	}
}
