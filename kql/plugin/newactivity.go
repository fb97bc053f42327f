package plugin

import (
	"github.com/glasswatch/glasswatch/kql/function"
	"github.com/glasswatch/glasswatch/kql/value"
)

// newActivityMetrics: https://learn.microsoft.com/kusto/query/new-activity-metrics-plugin
func newActivityMetrics() Plugin {
	return Plugin{
		Name: "new_activity_metrics",
		Doc: "Follows cohorts of new users. For each window (from) the users first seen in it, and for it and each later window (to): the users not seen up to from, " +
			"and how many of the cohort came back or did not. A cohort limits the result to one from; users of a lookback table are never new.",
		Params: []Param{idParam(), timelineParam(), {Name: "Start", Types: summable()}, {Name: "End", Types: summable()},
			{Name: "Window", Types: append(summable(), value.String)}, {Name: "Cohort", Types: summable(), Optional: true}, dimensions(),
			{Name: "lookback", Kind: Table, Optional: true}},
		Layout: func(args []Shape) []string {
			out := []string{"IdColumn", "TimelineColumn", "Start", "End", "Window"}
			for i := len(out); i < len(args); i++ {
				switch {
				case args[i].Table:
					out = append(out, "lookback")
				case i == 5 && !args[i].Column:
					out = append(out, "Cohort")
				default:
					out = append(out, "Dimension")
				}
			}
			return out[:min(len(out), len(args))]
		},
		Examples: []Example{
			{`datatable(u: long, t: datetime)[0, datetime(2019-11-01), 2, datetime(2019-11-01), 0, datetime(2019-11-02), 1, datetime(2019-11-02)]
| evaluate new_activity_metrics(u, t, datetime(2019-11-01), datetime(2019-11-02), 1d)`,
				"from_t: datetime|to_t: datetime|dcount_new_values: long|dcount_retained_values: long|dcount_churn_values: long|retention_rate: real|churn_rate: real\n" +
					"2019-11-01T00:00:00.0000000Z|2019-11-01T00:00:00.0000000Z|2|2|0|1|0\n2019-11-01T00:00:00.0000000Z|2019-11-02T00:00:00.0000000Z|1|1|1|0.5|0.5\n2019-11-02T00:00:00.0000000Z|2019-11-02T00:00:00.0000000Z|1|1|0|1|0"},
		},
		Named: named,
		Schema: func(c *Call) ([]Column, bool, error) {
			return c.cohortColumns(), false, c.checkTimeline("TimelineColumn", []string{"Start", "End", "Cohort"}, []string{"Window"}, "Window")
		},
		Run: runNewActivity,
	}
}

func (c *Call) cohortColumns() []Column {
	t := c.Arg("TimelineColumn")
	cols := []Column{{"from_" + t.Name, t.Type}, {"to_" + t.Name, t.Type}}
	for _, d := range c.All("Dimension") {
		cols = append(cols, Column{d.Name, d.Type})
	}
	return uniqueNames(append(cols, Column{"dcount_new_values", value.Long}, Column{"dcount_retained_values", value.Long},
		Column{"dcount_churn_values", value.Long}, Column{"retention_rate", value.Real}, Column{"churn_rate", value.Real}))
}

func runNewActivity(_ *function.Context, c *Call, rows [][]value.Value, tables map[int][][]value.Value) ([]Column, [][]value.Value, error) {
	l, err := c.timeline("TimelineColumn", "Start", "Window")
	if err != nil {
		return nil, nil, err
	}
	from, to := c.span()
	bins, err := l.bins(from, to)
	if err != nil {
		return nil, nil, err
	}
	known := c.lookback(tables)
	var out [][]value.Value
	for _, g := range c.slices(rows, from, to) {
		_, sets := g.byBin(l)
		seen := ids{}
		for id := range known {
			seen.add(id)
		}
		for i, at := range bins {
			cohort := ids{}
			for id := range sets[at] {
				if !seen.has(id) {
					cohort.add(id)
				}
			}
			if v, ok := c.constant("Cohort"); len(cohort) > 0 && (!ok || v.IsNull() || l.floor(v.Int()) == at) {
				out = append(out, g.follow(l, cohort, seen, sets, bins[i:])...)
			}
			for id := range cohort {
				seen.add(id)
			}
		}
	}
	return c.cohortColumns(), sortRows(out), nil
}

// follow compares a cohort, first seen in the first of the bins, with each of them. seen are the users before it.
func (g *slice) follow(l timeline, cohort, seen ids, sets map[int64]ids, bins []int64) [][]value.Value {
	var out [][]value.Value
	for i, at := range bins {
		fresh := 0
		for id := range sets[at] {
			if !seen.has(id) && (i == 0 || !cohort.has(id)) {
				fresh++
			}
		}
		stayed := sets[at].common(cohort)
		row := append([]value.Value{l.value(bins[0]), l.value(at)}, g.dims...)
		out = append(out, append(row, long(fresh), long(stayed), long(len(cohort)-stayed), ratio(stayed, len(cohort)), ratio(len(cohort)-stayed, len(cohort))))
	}
	return out
}

// lookback are the users of the lookback table: its column with the name of the id, else its first.
func (c *Call) lookback(tables map[int][][]value.Value) ids {
	out := ids{}
	a := c.Arg("lookback")
	if a == nil {
		return out
	}
	at := max(columnIndex(a.Table, c.Arg("IdColumn").Name), 0)
	for _, row := range tables[c.position("lookback")] {
		out.add(string(row[at].AppendKey(nil)))
	}
	return out
}
