package plugin

import (
	"math"

	"github.com/glasswatch/glasswatch/kql/function"
	"github.com/glasswatch/glasswatch/kql/value"
)

// sessionCount: https://learn.microsoft.com/kusto/query/session-count-plugin
func sessionCount() Plugin {
	measures := []Column{{"count_sessions", value.Long}}
	return Plugin{
		Name:   "session_count",
		Doc:    "The number of sessions that were active in each step of a timeline. A session is a user's appearances of which each is at most the lookback window after the one before.",
		Params: activityParams("Start", "End", "Bin", "LookBackWindow"),
		Examples: []Example{
			{`datatable(u: string, t: long)["A", 1, "A", 3, "A", 9, "B", 4, "A", 12, "B", 15] | evaluate session_count(u, t, 1, 20, 10, 3)`,
				"t: long|count_sessions: long\n1|3\n11|2"},
		},
		Named: named,
		Schema: func(c *Call) ([]Column, bool, error) {
			err := c.checkTimeline("TimelineColumn", []string{"Start", "End"}, []string{"Bin", "LookBackWindow"}, "")
			return c.timelineColumns(measures...), false, err
		},
		Run: func(_ *function.Context, c *Call, rows [][]value.Value, _ map[int][][]value.Value) ([]Column, [][]value.Value, error) {
			l, err := c.timeline("TimelineColumn", "Start", "Bin")
			if err != nil {
				return nil, nil, err
			}
			from, to := c.span()
			window := c.whole("LookBackWindow", 0)
			var out [][]value.Value
			for _, g := range c.slices(rows, math.MinInt64, to) {
				out = append(out, g.sessions(l, from, window)...)
			}
			return c.timelineColumns(measures...), sortRows(out), nil
		},
	}
}

// sessions counts, for each bin from an instant on, the sessions with an appearance in it.
func (g *slice) sessions(l timeline, from, window int64) [][]value.Value {
	last := map[string]int64{}    // the latest appearance of each user
	counted := map[string]int64{} // the bin that counts the user's present session
	count := map[int64]int{}
	var order []int64
	for _, e := range g.events {
		before, known := last[e.id]
		last[e.id] = e.at
		if !known || e.at-before > window {
			delete(counted, e.id)
		}
		if e.at < from {
			continue
		}
		at := l.floor(e.at)
		if bin, ok := counted[e.id]; ok && bin == at {
			continue
		}
		counted[e.id] = at
		if count[at] == 0 {
			order = append(order, at)
		}
		count[at]++
	}
	var out [][]value.Value
	for _, at := range order {
		out = append(out, g.measure(l, at, long(count[at])))
	}
	return out
}
