package plugin

import (
	"math"

	"github.com/glasswatch/glasswatch/kql/function"
	"github.com/glasswatch/glasswatch/kql/value"
)

// activeUsersCount: https://learn.microsoft.com/kusto/query/active-users-count-plugin
func activeUsersCount() Plugin {
	return Plugin{
		Name: "active_users_count",
		Doc: "The number of users in each step of a timeline that were active: that at some appearance in the step had appeared in at least so many distinct periods of the window that ends with it. " +
			"Appearances before the start count in the window.",
		Params: activityParams("Start", "End", "LookbackWindow", "Period", "ActivePeriods", "Step"),
		Examples: []Example{
			{`datatable(User: string, t: datetime)["B", datetime(2018-06-29), "B", datetime(2018-06-30), "A", datetime(2018-07-02), "B", datetime(2018-07-04), "A", datetime(2018-07-10), "A", datetime(2018-07-14), "A", datetime(2018-07-17)]
| evaluate active_users_count(User, t, datetime(2018-07-01), datetime(2018-07-31), 8d, 1d, 3, 7d)`,
				"t: datetime|dcount: long\n2018-07-01T00:00:00.0000000Z|1\n2018-07-15T00:00:00.0000000Z|1"},
		},
		Named: named,
		Schema: func(c *Call) ([]Column, bool, error) {
			err := c.checkTimeline("TimelineColumn", []string{"Start", "End"}, []string{"LookbackWindow", "Period", "Step"}, "Step")
			return c.timelineColumns(Column{"dcount", value.Long}), false, err
		},
		Run: runActiveUsers,
	}
}

func runActiveUsers(_ *function.Context, c *Call, rows [][]value.Value, _ map[int][][]value.Value) ([]Column, [][]value.Value, error) {
	steps, err := c.timeline("TimelineColumn", "Start", "Step")
	if err != nil {
		return nil, nil, err
	}
	periods, err := c.timeline("TimelineColumn", "Start", "Period")
	if err != nil {
		return nil, nil, err
	}
	from, to := c.span()
	window, least := c.whole("LookbackWindow", 0), int(c.whole("ActivePeriods", 0))
	var out [][]value.Value
	for _, g := range c.slices(rows, math.MinInt64, to) {
		active := &slice{dims: g.dims}
		history := map[string][]int64{} // the appearances of each user so far
		for _, e := range g.events {
			history[e.id] = append(history[e.id], e.at)
			if e.at >= from && distinctPeriods(history[e.id], e.at-window, periods) >= least {
				active.events = append(active.events, e)
			}
		}
		order, sets := active.byBin(steps)
		for _, at := range order {
			out = append(out, g.measure(steps, at, long(len(sets[at]))))
		}
	}
	return c.timelineColumns(Column{"dcount", value.Long}), sortRows(out), nil
}

// distinctPeriods counts the periods of the times after an instant; times are in order.
func distinctPeriods(times []int64, after int64, l timeline) int {
	n := 0
	var last int64
	for i := len(times) - 1; i >= 0 && times[i] > after; i-- {
		if at := l.floor(times[i]); n == 0 || at != last {
			n, last = n+1, at
		}
	}
	return n
}
