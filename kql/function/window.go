package function

import (
	"maps"
	"slices"
	"sync"

	"github.com/glasswatch/glasswatch/kql/value"
)

// Window is a function over the rows of an ordered table: row_number, prev, row_cumsum, ...
type Window struct {
	Name     string
	Doc      string
	Examples []Example // expression over a serialized table x of long 1, 2, 3, null; Want is the column, comma-separated
	Params   []Param
	// Defaults are the values of the parameters from the first optional one on. One of type Invalid is the null of the
	// first argument's type. The binder completes every call with them, so that a call has all its arguments.
	Defaults []value.Value
	Returns  value.Type // Invalid: the type of the first argument
	// Column marks a function whose first argument is a column as it is (prev, next).
	Column bool
	// New starts a computation over one table. Rows come in order.
	New func() WindowState
	// SQL and SQLFunc are as in Overload; besides the arguments a template has {over}, the text "OVER (ORDER BY ...)" of
	// the table's order. Where both are missing, or SQLFunc refuses, the dialect declines.
	SQL     map[string]string
	SQLFunc map[string]func(args []SQLArg) (template string, ok bool)
	// Ahead marks a function that looks at rows to come (next): it gets all rows before the first result.
	Ahead bool
}

// WindowState is a running window function.
type WindowState interface {
	// Row takes the arguments of the next row and returns its value. For an Ahead function Row only collects; the values
	// come from Results when all rows are in.
	Row(c *Context, args []value.Value) value.Value
	// Results returns the values of all rows of an Ahead function, in order; nil for others.
	Results() []value.Value
}

// Resolve types a call with any number of the optional arguments: the types that the arguments are converted to
// (Invalid: as it is), and that of the result. A default value is converted to the type of the first argument.
func (w *Window) Resolve(args []value.Type) (converted []value.Type, result value.Type, err error) {
	cost, converted := fit(w.Params, args, conversionCost)
	if cost >= noWay {
		return nil, value.Invalid, mismatch(w.Name, [][]Param{w.Params}, args)
	}
	if result = w.Returns; result == value.Invalid {
		result = after(args, converted)[0]
	}
	if w.Column && len(args) > 2 {
		converted[2] = result
	}
	return converted, result, nil
}

// Default returns the value of a parameter that a call leaves out; first is the type of the first argument.
func (w *Window) Default(parameter int, first value.Type) value.Value {
	v := w.Defaults[parameter-len(w.Params)+len(w.Defaults)]
	if v.Type() == value.Invalid {
		return value.Null(first)
	}
	return v
}

// forward is the state of a function that does not look at rows to come.
type forward func(c *Context, args []value.Value) value.Value

func (f forward) Row(c *Context, args []value.Value) value.Value { return f(c, args) }
func (forward) Results() []value.Value                           { return nil }

// restart is the parameter of most window functions.
func restart() Param { return optional(param("restart", value.Bool)) }

// windowFamilies lists the window functions, one family a file.
func windowFamilies() [][]Window {
	return [][]Window{running(), ranks(), neighbours()}
}

var windows = sync.OnceValue(func() map[string]*Window {
	m := map[string]*Window{}
	for _, family := range windowFamilies() {
		for i := range family {
			m[family[i].Name] = &family[i]
		}
	}
	return m
})

// LookupWindow returns the window function with the name, which is case-sensitive.
func LookupWindow(name string) (*Window, bool) {
	w, ok := windows()[name]
	return w, ok
}

// WindowNames returns the names of all window functions, sorted.
func WindowNames() []string { return slices.Sorted(maps.Keys(windows())) }
