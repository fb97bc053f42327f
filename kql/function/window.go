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
	Examples []Example // expression over a serialized one-column table x of long 1, 2, 3, null; Want is the column, comma-separated
	// Resolve types a call: the types that the arguments are converted to (Invalid: as it is), and that of the result.
	// For next and prev the binder hands the constant offset and default as they are.
	Resolve func(args []value.Type) (converted []value.Type, result value.Type, err error)
	// New starts a computation over one table. Rows come in order.
	New func() WindowState
	// SQL holds a template per dialect: {0}, {1} are arguments, {over} the text "OVER (ORDER BY ...)" of the table's order.
	// A missing template means that the dialect declines.
	SQL map[string]string
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

// windowFamilies lists the window functions, one family a file.
func windowFamilies() [][]Window { return nil }

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
