package plugin

import (
	"math"
	"slices"

	"github.com/glasswatch/glasswatch/kql/function"
	"github.com/glasswatch/glasswatch/kql/value"
)

// rollingPercentile: https://learn.microsoft.com/kusto/query/rolling-percentile-plugin
func rollingPercentile() Plugin {
	return Plugin{
		Name: "rolling_percentile",
		Doc:  "A percentile (nearest rank) of a column's values in the window of some bins that ends with each bin.",
		Params: []Param{
			{Name: "ValueColumn", Kind: Reference, Types: summable()},
			{Name: "Percentile", Types: []value.Type{value.Real, value.Long, value.Int, value.Decimal}},
			{Name: "TimelineColumn", Kind: Reference, Types: summable()},
			{Name: "BinSize", Types: summable()},
			{Name: "BinsPerWindow", Types: []value.Type{value.Long, value.Int}},
			dimensions(),
		},
		Examples: []Example{
			{`datatable(t: long, x: long)[0, 1, 1, 5, 10, 3, 11, 9, 20, 100] | evaluate rolling_percentile(x, 50, t, 10, 2)`,
				"t: long|rolling_2_percentile_x_50: long\n0|1\n10|3\n20|9"},
		},
		Named: named,
		Schema: func(c *Call) ([]Column, bool, error) {
			if err := c.checkTimeline("TimelineColumn", nil, []string{"BinSize"}, ""); err != nil {
				return nil, false, err
			}
			if c.Arg("Percentile").Const == nil || c.Arg("BinsPerWindow").Const == nil {
				return nil, false, errorf("the percentile and the number of bins name the column: write them as numbers")
			}
			if p := c.real("Percentile", -1); !(p >= 0 && p <= 100) {
				return nil, false, errorf("the percentile is between 0 and 100")
			}
			if c.whole("BinsPerWindow", 0) < 1 {
				return nil, false, errorf("a window has at least one bin")
			}
			return c.rollingColumns(), false, nil
		},
		Run: runRollingPercentile,
	}
}

func (c *Call) rollingColumns() []Column {
	x := c.Arg("ValueColumn")
	return c.timelineColumns(Column{"rolling_" + c.text("BinsPerWindow") + "_percentile_" + x.Name + "_" + c.text("Percentile"), x.Type})
}

func runRollingPercentile(_ *function.Context, c *Call, rows [][]value.Value, _ map[int][][]value.Value) ([]Column, [][]value.Value, error) {
	l, err := c.timeline("TimelineColumn", "", "BinSize")
	if err != nil {
		return nil, nil, err
	}
	x, p, n := c.Arg("ValueColumn").Column, c.real("Percentile", 0), c.whole("BinsPerWindow", 1)
	var out [][]value.Value
	for _, g := range c.slices(rows, math.MinInt64, math.MaxInt64) {
		bins, err := l.bins(g.events[0].at, g.events[len(g.events)-1].at)
		if err != nil {
			return nil, nil, err
		}
		for _, at := range bins {
			var window []value.Value
			for _, e := range g.between(l.next(at)-n*l.step, l.next(at)) {
				if v := e.row[x]; !v.IsNull() {
					window = append(window, v)
				}
			}
			if len(window) == 0 {
				continue
			}
			slices.SortFunc(window, value.Compare)
			rank := int(math.Ceil(p / 100 * float64(len(window))))
			out = append(out, g.measure(l, at, window[max(rank, 1)-1]))
		}
	}
	return c.rollingColumns(), out, nil
}
