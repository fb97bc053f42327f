package plugin

import (
	"github.com/glasswatch/glasswatch/kql/function"
	"github.com/glasswatch/glasswatch/kql/value"
)

// narrow: https://learn.microsoft.com/kusto/query/narrow-plugin
func narrow() Plugin {
	cols := []Column{{"Row", value.Long}, {"Column", value.String}, {"Value", value.String}}
	return Plugin{
		Name:     "narrow",
		Doc:      "Makes a row of each cell: the number of its row from 0, the name of its column and its value as text.",
		Examples: []Example{{`datatable(a: string, b: long)["x", 1, "y", long(null)] | evaluate narrow()`, "Row: long|Column: string|Value: string\n0|a|x\n0|b|1\n1|a|y\n1|b|"}},
		Schema:   func(*Call) ([]Column, bool, error) { return cols, false, nil },
		Run: func(_ *function.Context, c *Call, rows [][]value.Value, _ map[int][][]value.Value) ([]Column, [][]value.Value, error) {
			out := make([][]value.Value, 0, len(rows)*len(c.Input))
			for r, row := range rows {
				for i, col := range c.Input {
					out = append(out, []value.Value{value.NewLong(int64(r)), value.NewString(col.Name), value.NewString(row[i].ToText())})
				}
			}
			return cols, out, nil
		},
	}
}

// identity returns its input; the language has it for tests.
func identity() Plugin {
	return Plugin{
		Name:     "identity",
		Doc:      "Returns its input as it is.",
		Examples: []Example{{`datatable(a: long)[1, 2] | evaluate identity()`, "a: long\n1\n2"}},
		Schema:   func(c *Call) ([]Column, bool, error) { return c.Input, false, nil },
		Run: func(_ *function.Context, c *Call, rows [][]value.Value, _ map[int][][]value.Value) ([]Column, [][]value.Value, error) {
			return c.Input, c.visible(rows), nil
		},
	}
}

// visible cuts off the computed columns.
func (c *Call) visible(rows [][]value.Value) [][]value.Value {
	if c.Extra == 0 {
		return rows
	}
	for i := range rows {
		rows[i] = rows[i][:len(c.Input)]
	}
	return rows
}

// estimateRowsCount counts; an exact number is as good as an estimate.
func estimateRowsCount() Plugin {
	cols := []Column{{"EstimatedRowsCount", value.Long}}
	return Plugin{
		Name:     "estimate_rows_count",
		Doc:      "The number of rows of the input. Here it is exact.",
		Examples: []Example{{`datatable(a: long)[1, 2, 3] | evaluate estimate_rows_count()`, "EstimatedRowsCount: long\n3"}},
		Named:    named,
		Schema:   func(*Call) ([]Column, bool, error) { return cols, false, nil },
		Run: func(_ *function.Context, _ *Call, rows [][]value.Value, _ map[int][][]value.Value) ([]Column, [][]value.Value, error) {
			return cols, [][]value.Value{{value.NewLong(int64(len(rows)))}}, nil
		},
	}
}

// preview: https://learn.microsoft.com/kusto/query/preview-plugin
func preview() Plugin {
	return Plugin{
		Name:      "preview",
		Doc:       "The first rows of the input. The language returns their number in a second table, which is left out here.",
		FirstOnly: true,
		Params:    []Param{{Name: "NumberOfRows", Types: []value.Type{value.Long, value.Int}}},
		Examples:  []Example{{`datatable(a: long)[1, 2, 3] | evaluate preview(2)`, "a: long\n1\n2"}},
		Schema: func(c *Call) ([]Column, bool, error) {
			if c.whole("NumberOfRows", 0) < 0 {
				return nil, false, errorf("the number of rows is 0 or more")
			}
			return c.Input, false, nil
		},
		Run: func(_ *function.Context, c *Call, rows [][]value.Value, _ map[int][][]value.Value) ([]Column, [][]value.Value, error) {
			return c.Input, c.visible(rows[:min(int64(len(rows)), max(c.whole("NumberOfRows", 0), 0))]), nil
		},
	}
}

// rowsNear: https://learn.microsoft.com/kusto/query/rows-near-plugin
func rowsNear() Plugin {
	whole := []value.Type{value.Long, value.Int}
	return Plugin{
		Name: "rows_near",
		Doc:  "The rows for which a condition holds, with some rows before and after each, in the order of the input.",
		Params: []Param{{Name: "Condition", Kind: Expression, Types: []value.Type{value.Bool}}, {Name: "NumRows", Types: whole},
			{Name: "NumRowsAfter", Types: whole, Optional: true}},
		Examples: []Example{
			{`datatable(n: long)[1, 2, 3, 4, 5, 6] | sort by n asc | evaluate rows_near(n == 3, 1)`, "n: long\n2\n3\n4"},
			{`datatable(n: long)[1, 2, 3, 4, 5, 6] | sort by n asc | evaluate rows_near(n in (2, 3), 0, 2)`, "n: long\n2\n3\n4\n5"},
		},
		Schema: func(c *Call) ([]Column, bool, error) {
			if c.whole("NumRows", 0) < 0 || c.whole("NumRowsAfter", 0) < 0 {
				return nil, false, errorf("the numbers of rows are 0 or more")
			}
			return c.Input, false, nil
		},
		Run: func(_ *function.Context, c *Call, rows [][]value.Value, _ map[int][][]value.Value) ([]Column, [][]value.Value, error) {
			n := len(rows)
			before := int(min(max(c.whole("NumRows", 0), 0), int64(n)))
			after := int(min(max(c.whole("NumRowsAfter", int64(before)), 0), int64(n)))
			at := c.Arg("Condition").Column
			var out [][]value.Value
			next := 0 // the first row that is not out yet
			for i, row := range rows {
				if row[at].Bool() {
					last := min(i+after, n-1)
					for next = max(next, i-before); next <= last; next++ {
						out = append(out, rows[next])
					}
				}
			}
			return c.Input, c.visible(out), nil
		},
	}
}
