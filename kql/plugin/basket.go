package plugin

import (
	"math"

	"github.com/glasswatch/glasswatch/kql/function"
	"github.com/glasswatch/glasswatch/kql/value"
)

// basket: https://learn.microsoft.com/kusto/query/basket-plugin
func basket() Plugin {
	return Plugin{
		Name: "basket",
		Doc: "The patterns of values that hold for at least a share of the rows (Threshold, 0.05), the most frequent first. Of patterns that hold for the same rows the one with the most conditions is returned. " +
			"WeightColumn counts a row more than once; MaxDimensions (5) bounds the conditions of which the others follow; CustomWildcard is shown where a column has no condition. \"~\" stands for a default.",
		Params: []Param{fraction("Threshold"), weightColumn(), number("MaxDimensions"), wildcards()},
		Examples: []Example{
			{`datatable(city: string, result: string)["Oslo", "0", "Oslo", "0", "Oslo", "50126", "Rome", "0"] | evaluate basket(0.5)`,
				"SegmentId: long|Count: long|Percent: real|city: string|result: string\n0|3|75||0\n1|3|75|Oslo|\n2|2|50|Oslo|0"},
			{`datatable(city: string, n: long)["Oslo", 1, "Oslo", 2] | evaluate basket(0.6, "~", "~", "*", -1)`,
				"SegmentId: long|Count: long|Percent: real|city: string|n: long\n0|2|100|Oslo|-1"},
		},
		Schema: func(c *Call) ([]Column, bool, error) {
			if t := c.real("Threshold", 0.05); !(t >= 0.015 && t <= 1) {
				return nil, false, errorf("the threshold is between 0.015 and 1")
			}
			if c.whole("MaxDimensions", 5) < 1 {
				return nil, false, errorf("a pattern has at least one dimension")
			}
			return c.segmentColumns(), false, nil
		},
		Run: func(ctx *function.Context, c *Call, rows [][]value.Value, _ map[int][][]value.Value) ([]Column, [][]value.Value, error) {
			weight, without := c.weigher()
			f := c.facts(rows, without, func(row []value.Value) (a, b float64) { return weight(row), 0 })
			least := c.real("Threshold", 0.05) * f.totalA
			list, err := f.mine(ctx, int(c.whole("MaxDimensions", 5)), func(a, _ float64) bool { return a >= least })
			if err != nil {
				return nil, nil, err
			}
			for i := range list {
				list[i].rank = list[i].a
			}
			rank(list)
			return c.segmentColumns(), c.segments(f, list), nil
		},
	}
}

// segmentColumns are those of basket and autocluster.
func (c *Call) segmentColumns() []Column {
	return uniqueNames(append([]Column{{"SegmentId", value.Long}, {"Count", value.Long}, {"Percent", value.Real}}, c.Input...))
}

func (c *Call) segments(f *facts, list []found) [][]value.Value {
	out := make([][]value.Value, len(list))
	for i, x := range list {
		out[i] = c.patternRow(f, x.pattern, long(i), value.NewLong(int64(math.Round(x.a))), value.NewReal(percent(x.a, f.totalA, 1)))
	}
	return out
}
