package plugin

import (
	"slices"

	"github.com/glasswatch/glasswatch/kql/function"
	"github.com/glasswatch/glasswatch/kql/value"
)

// Kind is what an argument must be.
type Kind uint8

// The kinds of arguments.
const (
	Constant        Kind = iota // a value that does not depend on a row
	Reference                   // a column of the input
	Expression                  // a value over the columns of the input
	Aggregation                 // a call of an aggregation function over the columns of the input
	Table                       // a table
	LookupReference             // a column of the first tabular argument
	CommonReference             // a name that the input and the first tabular argument both have
)

// Param is one parameter.
type Param struct {
	Name     string
	Kind     Kind
	Types    []value.Type // that are taken; nil: any. A constant is converted to the first where it is none of them.
	Optional bool
	Repeated bool // none or more arguments
	Tilde    bool // "~" stands for the default
}

// Shape is what can be told of an argument before it is bound to a parameter.
type Shape struct {
	Name     string     // as in name = value; "" without one
	Table    bool       // a table
	Column   bool       // the name of a column of the input
	Constant bool       // a value that does not depend on a row
	Type     value.Type // Invalid for a table and for what is no value over the input
}

// Arg is a bound argument.
type Arg struct {
	Param string
	Name  string // the name given, or that of the column
	Text  string // as written, for messages
	Type  value.Type
	// Const is the value of a constant. It is nil while the query is bound when the value is known only at its run (now()
	// of a plan that lives on, toscalar); Run always finds it.
	Const  *value.Value
	Column int // position in the rows; -1 for what is none
	Lookup int // position in the rows of the tabular argument; -1 for what is none
	Agg    *Aggregate
	Table  []Column // the columns of a table; nil when it is none
}

// Aggregate is a call of an aggregation function.
type Aggregate struct {
	New  func() function.Accumulator
	Args []int // positions in the rows
	// Reads are the positions in the input of the columns that are arguments as they are.
	Reads []int
	Type  value.Type // of the result
}

// Call is a bound call, ready to run.
type Call struct {
	Input []Column // the visible columns of the input
	Extra int      // how many computed columns the rows have behind them
	Args  []Arg
	// Declared is the schema written behind the call (evaluate p() : (a:long)); HasSchema tells an empty one from none.
	// Star keeps the columns that are certain before it.
	Declared  []Column
	HasSchema bool
	Star      bool
}

// Arg returns the argument of a parameter, nil where it is not given or is "~".
func (c *Call) Arg(param string) *Arg {
	for i := range c.Args {
		if c.Args[i].Param == param {
			return &c.Args[i]
		}
	}
	return nil
}

// All returns the arguments of a repeated parameter.
func (c *Call) All(param string) []*Arg {
	var out []*Arg
	for i := range c.Args {
		if c.Args[i].Param == param {
			out = append(out, &c.Args[i])
		}
	}
	return out
}

// named is Named of a plugin that reads no other columns.
func named(*Call) bool { return true }

// Narrow leaves in the input of a call only the columns that arguments name, where the plugin reads no others, and returns
// their positions; all of them for another plugin.
func (p *Plugin) Narrow(c *Call) []int {
	width := len(c.Input)
	keep := make([]bool, width)
	if p.Named == nil || !p.Named(c) {
		for i := range keep {
			keep[i] = true
		}
	}
	mark := func(at int) {
		if at >= 0 && at < width {
			keep[at] = true
		}
	}
	for _, a := range c.Args {
		mark(a.Column)
		if a.Agg != nil {
			for _, at := range a.Agg.Args {
				mark(at)
			}
		}
	}
	var kept []int
	var input []Column
	to := make([]int, width+c.Extra)
	for i := range to {
		to[i] = len(kept) + max(0, i-width)
		if i < width && keep[i] {
			kept, input = append(kept, i), append(input, c.Input[i])
		}
	}
	c.Input = input
	for i := range c.Args {
		if a := &c.Args[i]; a.Column >= 0 {
			a.Column = to[a.Column]
		}
		if agg := c.Args[i].Agg; agg != nil {
			move(agg.Args, to)
			move(agg.Reads, to)
		}
	}
	return kept
}

func move(list, to []int) {
	for i, at := range list {
		list[i] = to[at]
	}
}

// position returns the position of a tabular argument among all, as the tables of Run are numbered.
func (c *Call) position(param string) int {
	return slices.IndexFunc(c.Args, func(a Arg) bool { return a.Param == param })
}

// constant returns the value of a constant argument; ok is false where it is not given or not known yet.
func (c *Call) constant(param string) (v value.Value, ok bool) {
	if a := c.Arg(param); a != nil && a.Const != nil {
		return *a.Const, true
	}
	return value.Value{}, false
}

// text is a constant string, "" when it is not given.
func (c *Call) text(param string) string {
	v, _ := c.constant(param)
	return v.ToText()
}

// whole is a constant whole number, or what stands for it.
func (c *Call) whole(param string, otherwise int64) int64 {
	if v, ok := c.constant(param); ok && !v.IsNull() {
		return v.Int()
	}
	return otherwise
}

// real is a constant number, or what stands for it.
func (c *Call) real(param string, otherwise float64) float64 {
	v, ok := c.constant(param)
	switch {
	case !ok || v.IsNull():
		return otherwise
	case v.Type() == value.Real:
		return v.Real()
	case v.Type() == value.Decimal:
		d, _ := v.Decimal()
		return d.Real()
	}
	return float64(v.Int())
}

func columnIndex(cols []Column, name string) int {
	return slices.IndexFunc(cols, func(c Column) bool { return c.Name == name })
}

// uniqueNames gives a column whose name is taken the first free number, as joins do.
func uniqueNames(cols []Column) []Column {
	out := make([]Column, 0, len(cols))
	for _, c := range cols {
		c.Name = freeName(out, c.Name)
		out = append(out, c)
	}
	return out
}
