package plugin

import (
	"math"
	"strings"

	"github.com/glasswatch/glasswatch/kql/function"
	"github.com/glasswatch/glasswatch/kql/value"
)

// diffPatterns: https://learn.microsoft.com/kusto/query/diffpatterns-plugin
func diffPatterns() Plugin {
	return Plugin{
		Name: "diffpatterns",
		Doc: "The patterns of values in which two sets of rows differ most, told apart by the text of a column. A pattern's shares of the two sets differ by at least Threshold (0.05); " +
			"one that is wider or narrower than a better one, or lies mostly within it, is left out. WeightColumn counts a row more than once, MaxDimensions bounds the conditions of which the others follow, " +
			"CustomWildcard is shown where a column has no condition; \"~\" stands for a default.",
		Params: []Param{{Name: "SplitColumn", Kind: Reference}, {Name: "SplitValueA", Types: text()}, {Name: "SplitValueB", Types: text()},
			weightColumn(), fraction("Threshold"), number("MaxDimensions"), wildcards()},
		Examples: []Example{
			{`datatable(ok: bool, app: string)[true, "mail", true, "mail", true, "chat", true, "chat", false, "vpn", false, "vpn", false, "vpn", false, "mail"]
| evaluate diffpatterns(ok, "true", "false")`,
				"SegmentId: long|CountA: long|CountB: long|PercentA: real|PercentB: real|PercentDiffAB: real|ok: bool|app: string\n0|0|3|0|75|75|null|vpn\n1|2|0|50|0|50|null|chat\n2|2|1|50|25|25|null|mail"},
		},
		Schema: func(c *Call) ([]Column, bool, error) {
			if t := c.real("Threshold", 0.05); !(t >= 0.015 && t <= 1) {
				return nil, false, errorf("the threshold is between 0.015 and 1")
			}
			if c.whole("MaxDimensions", 1) < 1 {
				return nil, false, errorf("a pattern has at least one dimension")
			}
			return c.differenceColumns(), false, nil
		},
		Run: runDiffPatterns,
	}
}

// differenceColumns has all columns of the input; the one that tells the sets apart never has a condition.
func (c *Call) differenceColumns() []Column {
	cols := []Column{{"SegmentId", value.Long}, {"CountA", value.Long}, {"CountB", value.Long}, {"PercentA", value.Real}, {"PercentB", value.Real}, {"PercentDiffAB", value.Real}}
	return uniqueNames(append(cols, c.Input...))
}

func runDiffPatterns(ctx *function.Context, c *Call, rows [][]value.Value, _ map[int][][]value.Value) ([]Column, [][]value.Value, error) {
	weight, without := c.weigher()
	split := c.Arg("SplitColumn").Column
	setA, setB := c.text("SplitValueA"), c.text("SplitValueB")
	f := c.facts(rows, append(without, split), func(row []value.Value) (a, b float64) {
		switch v := row[split]; {
		case isText(v, setA):
			return weight(row), 0
		case isText(v, setB):
			return 0, weight(row)
		}
		return 0, 0
	})
	least := c.real("Threshold", 0.05)
	list, err := f.mine(ctx, int(c.whole("MaxDimensions", int64(len(c.Input)))), func(a, b float64) bool {
		return a >= least*f.totalA && f.totalA > 0 || b >= least*f.totalB && f.totalB > 0
	})
	if err != nil {
		return nil, nil, err
	}
	var differing []found
	for _, x := range list {
		if x.rank = math.Abs(share(x.a, f.totalA) - share(x.b, f.totalB)); x.rank >= least {
			differing = append(differing, x)
		}
	}
	rank(differing)
	var out [][]value.Value
	for i, x := range f.thin(differing) {
		out = append(out, c.patternRow(f, x.pattern, long(i), value.NewLong(int64(math.Round(x.a))), value.NewLong(int64(math.Round(x.b))),
			value.NewReal(percent(x.a, f.totalA, 2)), value.NewReal(percent(x.b, f.totalB, 2)), value.NewReal(percent(x.rank, 1, 2))))
	}
	return c.differenceColumns(), out, nil
}

// isText compares the text of a value; that of a bool in any case.
func isText(v value.Value, text string) bool {
	s := v.ToText()
	return s == text || v.Type() == value.Bool && strings.EqualFold(s, text)
}

func share(part, whole float64) float64 {
	if whole == 0 {
		return 0
	}
	return part / whole
}
