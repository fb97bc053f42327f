package plugin

import (
	"github.com/glasswatch/glasswatch/kql/function"
	"github.com/glasswatch/glasswatch/kql/value"
)

// activityCountsMetrics: https://learn.microsoft.com/kusto/query/activity-counts-metrics-plugin
func activityCountsMetrics() Plugin {
	measures := []Column{{"count", value.Long}, {"dcount", value.Long}, {"new_dcount", value.Long}, {"aggregated_dcount", value.Long}}
	return Plugin{
		Name:   "activity_counts_metrics",
		Doc:    "For each step of a timeline the number of rows, of users, of users that no earlier step had, and of users up to and with this step.",
		Params: activityParams("Start", "End", "Step"),
		Examples: []Example{
			{`datatable(u: string, t: datetime)["A", datetime(2017-08-01), "B", datetime(2017-08-01), "A", datetime(2017-08-02), "C", datetime(2017-08-02), "C", datetime(2017-08-02 10:00)]
| evaluate activity_counts_metrics(u, t, datetime(2017-08-01), datetime(2017-08-03), 1d)`,
				"t: datetime|count: long|dcount: long|new_dcount: long|aggregated_dcount: long\n2017-08-01T00:00:00.0000000Z|2|2|2|2\n2017-08-02T00:00:00.0000000Z|3|2|1|3"},
		},
		Named: named,
		Schema: func(c *Call) ([]Column, bool, error) {
			err := c.checkTimeline("TimelineColumn", []string{"Start", "End"}, []string{"Step"}, "Step")
			return c.timelineColumns(measures...), false, err
		},
		Run: func(_ *function.Context, c *Call, rows [][]value.Value, _ map[int][][]value.Value) ([]Column, [][]value.Value, error) {
			l, err := c.timeline("TimelineColumn", "Start", "Step")
			if err != nil {
				return nil, nil, err
			}
			var out [][]value.Value
			for _, g := range c.slices(rows, c.whole("Start", 0), c.whole("End", 0)) {
				out = append(out, g.activityCounts(l)...)
			}
			return c.timelineColumns(measures...), sortRows(out), nil
		},
	}
}

func (g *slice) activityCounts(l timeline) [][]value.Value {
	count := map[int64]int{}
	for _, e := range g.events {
		count[l.floor(e.at)]++
	}
	order, sets := g.byBin(l)
	all := ids{}
	var out [][]value.Value
	for _, at := range order {
		before := len(all)
		for id := range sets[at] {
			all.add(id)
		}
		out = append(out, g.measure(l, at, long(count[at]), long(len(sets[at])), long(len(all)-before), long(len(all))))
	}
	return out
}
