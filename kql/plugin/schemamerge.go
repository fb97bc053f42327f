package plugin

import (
	"cmp"
	"slices"

	"github.com/glasswatch/glasswatch/kql/function"
	"github.com/glasswatch/glasswatch/kql/value"
)

// schemaMerge: https://learn.microsoft.com/kusto/query/schema-merge-plugin
func schemaMerge() Plugin {
	cols := []Column{{"ColumnName", value.String}, {"ColumnOrdinal", value.Int}, {"DataType", value.String}, {"ColumnType", value.String}}
	table := func(rows string) string {
		return "datatable(ColumnName: string, ColumnOrdinal: int, DataType: string, ColumnType: string)[" + rows + "]"
	}
	return Plugin{
		Name: "schema_merge",
		Doc: "Merges schemas as getschema gives them into one. Numbers of different types become the wider one; a column whose types or place do not agree gives an error in its row. " +
			"With PreserveOrder = false the place does not matter.",
		Params: []Param{{Name: "PreserveOrder", Types: []value.Type{value.Bool}, Optional: true}},
		Examples: []Example{
			{table(`"a", 0, "System.String", "string", "b", 1, "System.Int32", "int", "a", 0, "System.String", "string", "b", 1, "System.Int64", "long", "c", 2, "System.String", "string"`) + " | evaluate schema_merge()",
				"ColumnName: string|ColumnOrdinal: int|DataType: string|ColumnType: string\na|0|System.String|string\nb|1|System.Int64|long\nc|2|System.String|string"},
			{table(`"a", 0, "System.String", "string", "b", 1, "System.Int32", "int", "c", 1, "System.Boolean", "bool", "b", 2, "System.Int32", "int"`) + " | evaluate schema_merge(PreserveOrder = false)",
				"ColumnName: string|ColumnOrdinal: int|DataType: string|ColumnType: string\na|0|System.String|string\nc|1|System.SByte|bool\nb|2|System.Int32|int"},
			{table(`"a", 0, "System.String", "string", "b", 1, "System.Int32", "int", "a", 1, "System.String", "string"`) + " | evaluate schema_merge()",
				"ColumnName: string|ColumnOrdinal: int|DataType: string|ColumnType: string\na|-1|ERROR(unknown CSL type:ERROR(columns are out of order))|ERROR(columns are out of order)\nb|1|System.Int32|int"},
		},
		Schema: func(c *Call) ([]Column, bool, error) {
			for _, want := range cols {
				if i := columnIndex(c.Input, want.Name); i < 0 {
					return nil, false, errorf("schema_merge reads what getschema gives; there is no column %s", want.Name)
				}
			}
			return cols, false, nil
		},
		Run: func(_ *function.Context, c *Call, rows [][]value.Value, _ map[int][][]value.Value) ([]Column, [][]value.Value, error) {
			return cols, c.mergeSchemas(rows), nil
		},
	}
}

// merged is a column of the merged schema. Columns come in the order of the last place that each of them has anywhere.
type merged struct {
	name          string
	ordinal, last int64
	typ           value.Type
	fault         string
}

// outOfOrder is what the language shows for a column that has another place than before.
const outOfOrder = "ERROR(columns are out of order)"

func (c *Call) mergeSchemas(rows [][]value.Value) [][]value.Value {
	preserve := true
	if v, ok := c.constant("PreserveOrder"); ok {
		preserve = v.Bool()
	}
	cell := func(row []value.Value, name string) value.Value { return row[columnIndex(c.Input, name)] }
	index := map[string]int{}
	var list []merged
	for _, row := range rows {
		m := merged{name: cell(row, "ColumnName").ToText(), ordinal: cell(row, "ColumnOrdinal").Int()}
		m.last = m.ordinal
		m.typ, _ = value.ParseType(cell(row, "ColumnType").ToText())
		at, known := index[m.name]
		if !known {
			index[m.name] = len(list)
			list = append(list, m)
			continue
		}
		before := &list[at]
		before.last = max(before.last, m.ordinal)
		if preserve && m.ordinal != before.ordinal {
			before.fault = outOfOrder
		}
		switch {
		case m.typ == before.typ:
		case isNumber(m.typ) && isNumber(before.typ):
			before.typ = max(m.typ, before.typ)
		case before.fault == "":
			before.fault = "ERROR(types " + before.typ.String() + " and " + m.typ.String() + " do not agree)"
		}
	}
	return mergedRows(list, preserve)
}

func isNumber(t value.Type) bool { return t >= value.Int && t <= value.Decimal }

func mergedRows(list []merged, preserve bool) [][]value.Value {
	slices.SortStableFunc(list, func(a, b merged) int { return cmp.Compare(a.last, b.last) })
	out := make([][]value.Value, len(list))
	for i, m := range list {
		ordinal, data, typ := m.ordinal, dataTypes[m.typ], m.typ.String()
		if !preserve {
			ordinal = int64(i)
		}
		if m.fault != "" {
			ordinal, data, typ = -1, "ERROR(unknown CSL type:"+m.fault+")", m.fault
		}
		out[i] = []value.Value{value.NewString(m.name), value.NewInt(int32(ordinal)), value.NewString(data), value.NewString(typ)}
	}
	return out
}

// dataTypes are the names that getschema gives the types in .NET.
var dataTypes = map[value.Type]string{value.Bool: "System.SByte", value.Int: "System.Int32", value.Long: "System.Int64", value.Real: "System.Double",
	value.Decimal: "System.Data.SqlTypes.SqlDecimal", value.DateTime: "System.DateTime", value.TimeSpan: "System.TimeSpan", value.String: "System.String",
	value.GUID: "System.Guid", value.Dynamic: "System.Object"}
