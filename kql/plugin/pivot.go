package plugin

import (
	"slices"
	"strconv"

	"github.com/glasswatch/glasswatch/kql/function"
	"github.com/glasswatch/glasswatch/kql/value"
)

// pivot: https://learn.microsoft.com/kusto/query/pivot-plugin
func pivot() Plugin {
	return Plugin{
		Name: "pivot",
		Doc: "Turns the values of a column into columns, in the order in which they appear, with a row for each combination of the other columns, or of those that are named. " +
			"A cell aggregates the rows that fall into it, by default with count().",
		Params: []Param{
			{Name: "pivotColumn", Kind: Reference, Types: notDynamic()},
			{Name: "aggregateFunction", Kind: Aggregation, Optional: true},
			{Name: "columnName", Kind: Reference, Repeated: true},
		},
		Examples: []Example{
			{`datatable(user: string, city: string)["a", "Oslo", "a", "Rome", "b", "Oslo", "a", "Oslo"] | evaluate pivot(city)`,
				"user: string|Oslo: long|Rome: long\na|2|1\nb|1|0"},
			{`datatable(user: string, city: string, n: long)["a", "Oslo", 1, "a", "Rome", 2, "b", "Oslo", 3] | evaluate pivot(city, sum(n), user)`,
				"user: string|Oslo: long|Rome: long\na|1|2\nb|3|0"},
			{`datatable(user: string, city: string)["a", "Oslo", "b", "Rome"] | evaluate pivot(city) : (user: string, Rome: long, Bonn: long)`,
				"user: string|Rome: long|Bonn: long\na|0|0\nb|1|0"},
		},
		Named: func(c *Call) bool { return c.Arg("columnName") != nil },
		Schema: func(c *Call) ([]Column, bool, error) {
			var cols []Column
			for _, a := range c.All("columnName") {
				cols = append(cols, Column{a.Name, a.Type})
			}
			if cols == nil {
				for _, at := range c.pivotKeys() {
					cols = append(cols, c.Input[at])
				}
			}
			return cols, true, nil
		},
		Run: runPivot,
	}
}

// pivotKeys are the columns that make a row: those named, else all but the pivoted one and those that are aggregated.
func (c *Call) pivotKeys() []int {
	var keys []int
	for _, a := range c.All("columnName") {
		keys = append(keys, a.Column)
	}
	if keys != nil {
		return keys
	}
	for i := range c.Input {
		agg := c.Arg("aggregateFunction")
		if i != c.Arg("pivotColumn").Column && (agg == nil || !slices.Contains(agg.Agg.Reads, i)) {
			keys = append(keys, i)
		}
	}
	return keys
}

// pivotRow is one output row while it is made.
type pivotRow struct {
	keys  []value.Value
	cells map[int]function.Accumulator
}

func runPivot(ctx *function.Context, c *Call, rows [][]value.Value, _ map[int][][]value.Value) ([]Column, [][]value.Value, error) {
	agg, keys := c.aggregate(), c.pivotKeys()
	cols, _, _ := pivot().Schema(c)
	columns := map[string]int{} // of the pivoted values
	groups := map[string]*pivotRow{}
	var order []*pivotRow
	if c.HasSchema { // the declared columns are there whatever the data hold
		for _, d := range c.Declared {
			if columnIndex(cols, d.Name) < 0 {
				columns[d.Name] = len(columns)
				cols = append(cols, Column{d.Name, agg.Type})
			}
		}
	}
	args := make([]value.Value, len(agg.Args))
	var key []byte
	for _, row := range rows {
		key = key[:0]
		for _, at := range keys {
			key = row[at].AppendKey(key)
		}
		g := groups[string(key)]
		if g == nil {
			g = &pivotRow{cells: map[int]function.Accumulator{}}
			for _, at := range keys {
				g.keys = append(g.keys, row[at])
			}
			groups[string(key)] = g
			order = append(order, g)
		}
		name := row[c.Arg("pivotColumn").Column].ToText()
		at, ok := columns[name]
		if !ok {
			if c.HasSchema {
				continue
			}
			at = len(columns)
			columns[name] = at
			if name == "" {
				name = "Column" + strconv.Itoa(len(cols)+1)
			}
			cols = append(cols, Column{freeName(cols, name), agg.Type})
		}
		if g.cells[at] == nil {
			g.cells[at] = agg.New()
		}
		for i, from := range agg.Args {
			args[i] = row[from]
		}
		g.cells[at].Add(ctx, args)
	}
	return cols, agg.table(order, len(columns)), nil
}

// table computes the rows; a cell without rows is the aggregate of nothing.
func (a *Aggregate) table(order []*pivotRow, columns int) [][]value.Value {
	out := make([][]value.Value, len(order))
	for i, g := range order {
		out[i] = g.keys
		for at := range columns {
			acc := g.cells[at]
			if acc == nil {
				acc = a.New()
			}
			v := acc.Result()
			if v.IsNull() {
				v = value.Null(a.Type)
			}
			out[i] = append(out[i], v)
		}
	}
	return out
}

// aggregate is the aggregation of the cells: what is given, or count().
func (c *Call) aggregate() *Aggregate {
	if a := c.Arg("aggregateFunction"); a != nil {
		return a.Agg
	}
	f, ok := function.LookupAggregate("count")
	if !ok {
		panic("plugin: BUG: no aggregation function count")
	}
	return &Aggregate{New: f.Overloads[0].New, Type: value.Long}
}

// notDynamic are the types that can be compared for grouping.
func notDynamic() []value.Type {
	return []value.Type{value.String, value.Bool, value.Int, value.Long, value.Real, value.Decimal, value.DateTime, value.TimeSpan, value.GUID}
}

// summable are the types of a timeline.
func summable() []value.Type {
	return []value.Type{value.Long, value.Int, value.Real, value.Decimal, value.DateTime, value.TimeSpan}
}
