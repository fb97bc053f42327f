package plugin

import (
	"cmp"
	"slices"

	"github.com/glasswatch/glasswatch/kql/function"
	"github.com/glasswatch/glasswatch/kql/value"
)

// slidingWindowCounts: https://learn.microsoft.com/kusto/query/sliding-window-counts-plugin
func slidingWindowCounts() Plugin {
	measures := []Column{{"Count", value.Long}, {"Dcount", value.Long}}
	return Plugin{
		Name: "sliding_window_counts",
		Doc: "For each step of a timeline the number of rows and of users in the window that ends with it. Rows before the start count in the windows; a step whose window is empty has no row. " +
			"The step may be week, month or year.",
		Params: activityParams("Start", "End", "LookBackWindow", "Step"),
		Examples: []Example{
			{`datatable(u: string, t: datetime)["A", datetime(2017-08-01), "B", datetime(2017-08-01), "A", datetime(2017-08-03)]
| evaluate sliding_window_counts(u, t, datetime(2017-08-01), datetime(2017-08-05), 2d, 1d)`,
				"t: datetime|Count: long|Dcount: long\n2017-08-01T00:00:00.0000000Z|2|2\n2017-08-02T00:00:00.0000000Z|2|2\n2017-08-03T00:00:00.0000000Z|1|1\n2017-08-04T00:00:00.0000000Z|1|1"},
		},
		Named: named,
		Schema: func(c *Call) ([]Column, bool, error) {
			err := c.checkTimeline("TimelineColumn", []string{"Start", "End"}, []string{"LookBackWindow", "Step"}, "Step")
			return c.timelineColumns(measures...), false, err
		},
		Run: func(_ *function.Context, c *Call, rows [][]value.Value, _ map[int][][]value.Value) ([]Column, [][]value.Value, error) {
			l, err := c.timeline("TimelineColumn", "Start", "Step")
			if err != nil {
				return nil, nil, err
			}
			from, to := c.span()
			bins, err := l.bins(from, to)
			if err != nil {
				return nil, nil, err
			}
			window := c.whole("LookBackWindow", 0)
			var out [][]value.Value
			for _, g := range c.slices(rows, from-window, to) {
				for _, at := range bins {
					end := l.next(at)
					if in := g.between(end-window, end); len(in) > 0 {
						out = append(out, g.measure(l, at, long(len(in)), long(g.distinct(end-window, end))))
					}
				}
			}
			return c.timelineColumns(measures...), sortRows(out), nil
		},
	}
}

// between returns the events from one instant up to, but not with, another.
func (g *slice) between(from, to int64) []event {
	find := func(t int64) int {
		i, _ := slices.BinarySearchFunc(g.events, t, func(e event, t int64) int { return cmp.Compare(e.at, t) })
		return i
	}
	return g.events[find(from):find(to)]
}
