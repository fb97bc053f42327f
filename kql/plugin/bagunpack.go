package plugin

import (
	"slices"
	"strings"

	"github.com/glasswatch/glasswatch/kql/function"
	"github.com/glasswatch/glasswatch/kql/value"
)

// bagUnpack: https://learn.microsoft.com/kusto/query/bag-unpack-plugin
func bagUnpack() Plugin {
	return Plugin{
		Name: "bag_unpack",
		Doc: "Makes a column of each property of the bags in a column, which itself goes away. A property's column has the type of its values where they all have one, else dynamic. " +
			"columnsConflict says what happens when there is a column of that name already: error, replace_source or keep_source.",
		Params: []Param{
			{Name: "column", Kind: Reference, Types: []value.Type{value.Dynamic}},
			{Name: "column_prefix", Types: []value.Type{value.String}, Optional: true},
			{Name: "columnsConflict", Types: []value.Type{value.String}, Optional: true},
			{Name: "ignoredProperties", Types: []value.Type{value.Dynamic}, Optional: true},
		},
		Examples: []Example{
			{`datatable(d: dynamic)[dynamic({"Name": "John", "Age": 20}), dynamic({"Name": "Dave", "Height": 1.7})] | evaluate bag_unpack(d)`,
				"Age: long|Height: real|Name: string\n20|null|John\nnull|1.7|Dave"},
			{`datatable(n: long, d: dynamic)[1, dynamic({"a": 5, "b": "x"}), 2, dynamic(null)] | evaluate bag_unpack(d, "p_", ignoredProperties = dynamic(["b"]))`,
				"n: long|p_a: long\n1|5\n2|null"},
			{`datatable(d: dynamic, s: string)[dynamic({"a": "7", "b": 1}), "x"] | evaluate bag_unpack(d) : (*, a: long, c: string)`,
				"s: string|a: long|c: string\nx|7|"},
			{`datatable(a: string, d: dynamic)["old", dynamic({"a": "new"}), "old", dynamic({})] | evaluate bag_unpack(d, columnsConflict = "replace_source")`,
				"a: string\nnew\n"},
		},
		Schema: func(c *Call) ([]Column, bool, error) {
			switch conflict := c.text("columnsConflict"); conflict {
			case "", "error", "replace_source", "keep_source":
			default:
				return nil, false, errorf("columnsConflict is error, replace_source or keep_source, not %q", conflict)
			}
			return without(c.Input, c.Arg("column").Column), true, nil
		},
		Run: runBagUnpack,
		Look: func(c *Call) (func([]value.Value), func() []Column) {
			l := c.looking()
			return l.see, func() []Column {
				var cols []Column
				for _, s := range l.slots() {
					cols = append(cols, s.column)
				}
				return cols
			}
		},
	}
}

// Property returns the property of the bags that a declared column holds; false where it holds none.
func (c *Call) Property(column string) (string, bool) {
	l := c.looking()
	name, ok := strings.CutPrefix(column, l.prefix)
	return name, ok && !l.ignored[name]
}

// slot is a property that becomes a column.
type slot struct {
	property string
	column   Column
	at       int // position in the output
	skip     bool
}

func runBagUnpack(_ *function.Context, c *Call, rows [][]value.Value, _ map[int][][]value.Value) ([]Column, [][]value.Value, error) {
	at := c.Arg("column").Column
	slots := c.slots(rows)
	cols := without(c.Input, at)
	for i := range slots {
		s := &slots[i]
		s.at = columnIndex(cols, s.column.Name)
		switch conflict := c.text("columnsConflict"); {
		case s.at < 0:
			s.at = len(cols)
			cols = append(cols, s.column)
		case conflict == "replace_source":
			cols[s.at].Type = s.column.Type
		case conflict == "keep_source":
			s.skip = true
		default:
			return nil, nil, errorf("the property %s would be a second column %s; use columnsConflict, a prefix or ignoredProperties", s.property, s.column.Name)
		}
	}
	out := make([][]value.Value, len(rows))
	for r, row := range rows {
		out[r] = make([]value.Value, 0, len(cols))
		out[r] = append(out[r], without(row[:len(c.Input)], at)...)
		for len(out[r]) < len(cols) {
			out[r] = append(out[r], value.Null(cols[len(out[r])].Type))
		}
		bag, _ := row[at].Tree().(*value.Bag)
		for _, s := range slots {
			if !s.skip {
				out[r][s.at] = s.value(bag)
			}
		}
	}
	return cols, out, nil
}

// without is a list less what stands at a position; a hidden column stands behind those of the input.
func without[T any](list []T, at int) []T {
	out := slices.Clone(list)
	if at < len(out) {
		out = slices.Delete(out, at, at+1)
	}
	return out
}

// value is the property as a value of the column's type.
func (s slot) value(bag *value.Bag) value.Value {
	if bag == nil {
		return value.Null(s.column.Type)
	}
	node, _ := bag.Lookup(s.property)
	v := value.NewDynamic(node)
	if v.IsNull() {
		return value.Null(s.column.Type)
	}
	if s.column.Type == value.Dynamic {
		return v
	}
	return v.Scalar()
}

// slots finds the properties of all bags.
func (c *Call) slots(rows [][]value.Value) []slot {
	l := c.looking()
	for _, row := range rows {
		l.see(row)
	}
	return l.slots()
}

// look collects the properties of bags.
type look struct {
	call    *Call
	at      int
	prefix  string
	ignored map[string]bool
	types   map[string]value.Type
}

func (c *Call) looking() *look {
	l := &look{call: c, at: c.Arg("column").Column, prefix: c.text("column_prefix"), ignored: map[string]bool{}, types: map[string]value.Type{}}
	if v, ok := c.constant("ignoredProperties"); ok {
		list, _ := v.Tree().([]any)
		for _, n := range list {
			if s, ok := n.(string); ok {
				l.ignored[s] = true
			}
		}
	}
	return l
}

func (l *look) see(row []value.Value) {
	bag, ok := row[l.at].Tree().(*value.Bag)
	if !ok {
		return
	}
	for i := range bag.Len() {
		key, node := bag.At(i)
		if l.ignored[key] || l.call.HasSchema && columnIndex(l.call.Declared, l.prefix+key) < 0 {
			continue
		}
		l.types[key] = slotType(l.types[key], node)
	}
}

// slots are the columns of the properties seen, in the order of their names.
func (l *look) slots() []slot {
	var slots []slot
	for key, t := range l.types {
		if t == value.Invalid { // null in all rows
			t = value.Dynamic
		}
		slots = append(slots, slot{property: key, column: Column{l.prefix + key, t}})
	}
	slices.SortFunc(slots, func(x, y slot) int { return compareText(x.property, y.property) })
	return slots
}

// slotType adds one value to the type of a property; Invalid is no value yet.
func slotType(before value.Type, node any) value.Type {
	v := value.NewDynamic(node)
	if v.IsNull() {
		return before
	}
	t := v.Scalar().Type()
	if before == value.Invalid || before == t {
		return t
	}
	return value.Dynamic
}

func compareText(x, y string) int { return value.Compare(value.NewString(x), value.NewString(y)) }
