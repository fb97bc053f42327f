package plugin

import (
	"strconv"

	"github.com/glasswatch/glasswatch/kql/function"
	"github.com/glasswatch/glasswatch/kql/value"
)

// Result returns the output columns of a call with its declared schema applied; open as Schema says.
func (p *Plugin) Result(c *Call) (cols []Column, open bool, err error) {
	cols, open, err = p.Schema(c)
	if err != nil || !c.HasSchema {
		return cols, open, err
	}
	var out []Column
	if c.Star {
		out = append(out, cols...)
	}
	for _, d := range c.Declared {
		if columnIndex(out, d.Name) >= 0 {
			return nil, false, errorf("the column %s is there already", d.Name)
		}
		if i := columnIndex(cols, d.Name); i < 0 && !open {
			return nil, false, errorf("%s gives no column %s", p.Name, d.Name)
		} else if i >= 0 && cols[i].Type != d.Type {
			return nil, false, errorf("%s gives the column %s as %s, not %s", p.Name, d.Name, cols[i].Type, d.Type)
		}
		out = append(out, d)
	}
	return out, false, nil
}

// Stream returns what gives the rows of a call one by one, with its declared schema applied; nil where Execute must see all.
func (p *Plugin) Stream(ctx *function.Context, c *Call, tables map[int][][]value.Value) (EachRow, error) {
	if p.Each == nil {
		return nil, nil
	}
	each := p.Each(ctx, c, tables)
	cols, _, err := p.Schema(c)
	if err != nil || !c.HasSchema {
		return each, err
	}
	_, declared, err := p.declare(ctx, c, cols)
	if err != nil {
		return nil, err
	}
	return func(row []value.Value, emit func([]value.Value)) {
		each(row, func(out []value.Value) { emit(declared(out)) })
	}, nil
}

// Execute runs a call over all rows and applies its declared schema.
func (p *Plugin) Execute(ctx *function.Context, c *Call, rows [][]value.Value, tables map[int][][]value.Value) ([]Column, [][]value.Value, error) {
	cols, out, err := p.Run(ctx, c, rows, tables)
	if err != nil || !c.HasSchema {
		return cols, out, err
	}
	want, declared, err := p.declare(ctx, c, cols)
	if err != nil {
		return nil, nil, err
	}
	for i, row := range out {
		out[i] = declared(row)
	}
	return want, out, nil
}

// declare returns the columns of a call with its declared schema, and what takes them from a row of the columns cols: by
// name and converted; one that the data do not have is null.
func (p *Plugin) declare(ctx *function.Context, c *Call, cols []Column) ([]Column, func(row []value.Value) []value.Value, error) {
	want, _, err := p.Result(c)
	if err != nil {
		return nil, nil, err
	}
	cells := make([]func(row []value.Value) value.Value, len(want))
	for i, w := range want {
		null := value.Null(w.Type)
		cells[i] = func([]value.Value) value.Value { return null }
		if at := columnIndex(cols, w.Name); at >= 0 {
			convert := converter(ctx, cols[at].Type, w.Type)
			cells[i] = func(row []value.Value) value.Value { return convert(row[at]) }
		}
	}
	return want, func(row []value.Value) []value.Value {
		out := make([]value.Value, len(want))
		for i, cell := range cells {
			out[i] = cell(row)
		}
		return out
	}, nil
}

// Reads tells which columns of the input, and computed ones behind them, a call reads where want of its result is looked at. A
// plugin that goes row by row reads those that arguments name and hands the others on under their names.
func (p *Plugin) Reads(c *Call, want []bool) []bool {
	reads := make([]bool, len(c.Input)+c.Extra)
	cols, _, err := p.Result(c)
	for i := range reads {
		reads[i] = p.Each == nil || err != nil || i >= len(c.Input)
	}
	for i, col := range c.Input {
		if at := columnIndex(cols, col.Name); at >= 0 && at < len(want) {
			reads[i] = reads[i] || want[at]
		}
	}
	for _, a := range c.Args {
		if a.Column >= 0 {
			reads[a.Column] = true
		}
	}
	return reads
}

// converter returns the conversion that to<type>() makes; what does not convert becomes null.
func converter(ctx *function.Context, from, to value.Type) func(value.Value) value.Value {
	switch {
	case from == to:
		return func(v value.Value) value.Value { return v }
	case to == value.Dynamic:
		return func(v value.Value) value.Value { return value.NewDynamic(v.Node()) }
	}
	null := func(value.Value) value.Value { return value.Null(to) }
	f, ok := function.Lookup("to" + to.String())
	if !ok {
		return null
	}
	o, _, _, err := f.Resolve([]value.Type{from})
	if err != nil {
		return null
	}
	return func(v value.Value) value.Value {
		if v.IsNull() {
			return value.Null(to)
		}
		return o.Eval(ctx, []value.Value{v})
	}
}

// freeName returns name, or name with the first free number.
func freeName(cols []Column, name string) string {
	if columnIndex(cols, name) < 0 {
		return name
	}
	for n := 1; ; n++ {
		if candidate := name + strconv.Itoa(n); columnIndex(cols, candidate) < 0 {
			return candidate
		}
	}
}
