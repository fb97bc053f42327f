package plugin

import (
	"slices"

	"github.com/glasswatch/glasswatch/kql/function"
	"github.com/glasswatch/glasswatch/kql/value"
)

// activityMetrics: https://learn.microsoft.com/kusto/query/activity-metrics-plugin
func activityMetrics() Plugin {
	measures := []Column{{"dcount_values", value.Long}, {"dcount_newvalues", value.Long}, {"retention_rate", value.Real}, {"churn_rate", value.Real}}
	return Plugin{
		Name: "activity_metrics",
		Doc: "For each window of a timeline the number of users, of users that the window before did not have, and the shares of the users of the window before that stayed and that left. " +
			"Start and end may be left out; the window may be week, month or year.",
		Params: slices.Concat([]Param{{Name: "IdColumn", Kind: Reference}, timelineParam()}, rangeParams(), spans("Window"), []Param{dimensions()}),
		Layout: optionalRange(1, "Window"),
		Examples: []Example{
			{`datatable(u: string, t: datetime)["A", datetime(2017-01-02), "B", datetime(2017-01-03), "A", datetime(2017-01-10), "C", datetime(2017-01-11)]
| evaluate activity_metrics(u, t, datetime(2017-01-02), datetime(2017-01-31), 7d)`,
				"t: datetime|dcount_values: long|dcount_newvalues: long|retention_rate: real|churn_rate: real\n2017-01-02T00:00:00.0000000Z|2|2|NaN|NaN\n2017-01-09T00:00:00.0000000Z|2|1|0.5|0.5"},
		},
		Named: named,
		Schema: func(c *Call) ([]Column, bool, error) {
			err := c.checkTimeline("TimelineColumn", []string{"Start", "End"}, []string{"Window"}, "Window")
			return c.timelineColumns(measures...), false, err
		},
		Run: func(_ *function.Context, c *Call, rows [][]value.Value, _ map[int][][]value.Value) ([]Column, [][]value.Value, error) {
			l, err := c.timeline("TimelineColumn", "Start", "Window")
			if err != nil {
				return nil, nil, err
			}
			var out [][]value.Value
			from, to := c.span()
			for _, g := range c.slices(rows, from, to) {
				order, sets := g.byBin(l)
				var before, next int64
				for i, at := range order {
					last := sets[before] // those of the window before this one, which may have none
					if i == 0 || next != at {
						last = nil
					}
					stayed := sets[at].common(last)
					out = append(out, g.measure(l, at, long(len(sets[at])), long(len(sets[at])-stayed), ratio(stayed, len(last)), ratio(len(last)-stayed, len(last))))
					before, next = at, l.next(at)
				}
			}
			return c.timelineColumns(measures...), sortRows(out), nil
		},
	}
}

// common counts what two sets share.
func (s ids) common(t ids) int {
	n := 0
	for id := range t {
		if s.has(id) {
			n++
		}
	}
	return n
}

// activityEngagement: https://learn.microsoft.com/kusto/query/activity-engagement-plugin
func activityEngagement() Plugin {
	measures := []Column{{"dcount_activities_inner", value.Long}, {"dcount_activities_outer", value.Long}, {"activity_ratio", value.Real}}
	return Plugin{
		Name: "activity_engagement",
		Doc: "For each inner window of a timeline the number of its users, of those of the longer outer window that ends with it, and the ratio of the two: daily to weekly or monthly active users. " +
			"Start and end may be left out; what was before the start counts in the outer window.",
		Params: slices.Concat([]Param{idParam(), timelineParam()}, rangeParams(), spans("InnerActivityWindow", "OuterActivityWindow"), []Param{dimensions()}),
		Layout: optionalRange(2, "InnerActivityWindow", "OuterActivityWindow"),
		Examples: []Example{
			{`datatable(u: string, t: datetime)["A", datetime(2017-01-01), "B", datetime(2017-01-02), "A", datetime(2017-01-03), "C", datetime(2017-01-03)]
| evaluate activity_engagement(u, t, datetime(2017-01-01), datetime(2017-01-31), 1d, 2d)`,
				"t: datetime|dcount_activities_inner: long|dcount_activities_outer: long|activity_ratio: real\n2017-01-01T00:00:00.0000000Z|1|1|1\n2017-01-02T00:00:00.0000000Z|1|2|0.5\n2017-01-03T00:00:00.0000000Z|2|3|0.6666666666666666"},
		},
		Named: named,
		Schema: func(c *Call) ([]Column, bool, error) {
			err := c.checkTimeline("TimelineColumn", []string{"Start", "End"}, []string{"InnerActivityWindow", "OuterActivityWindow"}, "")
			return c.timelineColumns(measures...), false, err
		},
		Run: func(_ *function.Context, c *Call, rows [][]value.Value, _ map[int][][]value.Value) ([]Column, [][]value.Value, error) {
			l, err := c.timeline("TimelineColumn", "Start", "InnerActivityWindow")
			if err != nil {
				return nil, nil, err
			}
			from, to := c.span()
			outer := c.whole("OuterActivityWindow", 0)
			earliest := from
			if c.Arg("Start") != nil {
				earliest = from - outer
			}
			var out [][]value.Value
			for _, g := range c.slices(rows, earliest, to) {
				order, sets := g.byBin(l)
				for _, at := range order {
					if at < from {
						continue
					}
					n := g.distinct(l.next(at)-outer, l.next(at))
					out = append(out, g.measure(l, at, long(len(sets[at])), long(n), ratio(len(sets[at]), n)))
				}
			}
			return c.timelineColumns(measures...), sortRows(out), nil
		},
	}
}

// distinct counts the users from one instant up to, but not with, another.
func (g *slice) distinct(from, to int64) int {
	seen := ids{}
	for _, e := range g.between(from, to) {
		seen.add(e.id)
	}
	return len(seen)
}
