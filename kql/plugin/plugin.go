// Package plugin is the catalogue of the plugins that evaluate calls: for each one its name, parameters, documentation,
// how its columns follow from its input and arguments, and its Go implementation, in one file. Adding a plugin is
// adding one file and one line in families. The examples are executed by kql/kqltest.
package plugin

import (
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/glasswatch/glasswatch/kql/function"
	"github.com/glasswatch/glasswatch/kql/value"
)

// Column is a column of a plugin's input or output.
type Column struct {
	Name string
	Type value.Type
}

// Plugin is one plugin.
type Plugin struct {
	Name string
	Doc  string
	// Examples are whole queries with their results.
	Examples []Example
	Params   []Param
	// Layout assigns the arguments of a call to parameters, by name, where their order does not say it; nil: by position,
	// the last parameter taking what is left when it is Repeated, and a named argument the parameter of its name.
	Layout func(args []Shape) []string
	// Schema checks the constant arguments and returns the output columns. open means that there are more, which are
	// known only when the query has run (bag_unpack, pivot): the columns returned are then those that are certain.
	Schema func(c *Call) (cols []Column, open bool, err error)
	// Run computes the output. rows have a value for each of c.Input and for c.Extra more; tables are the rows of the
	// tabular arguments, by the position of the argument. The columns returned are those of the output rows; they differ
	// from Schema's only where that said open.
	Run func(ctx *function.Context, c *Call, rows [][]value.Value, tables map[int][][]value.Value) (cols []Column, out [][]value.Value, err error)
	// Each stands in for Run where a result is made row by row, so that no rows are kept: it returns what makes the rows of one
	// row, which is valid only in the call, with the columns of Schema.
	Each func(ctx *function.Context, c *Call, tables map[int][][]value.Value) EachRow
	// Look finds the columns that follow from the data, which are properties of the bag in the argument "column" (Property
	// tells which): see is called with every row, then columns tells them. With them the binder reads the properties as paths,
	// so that nothing is kept; it runs the plugin only where one has the name of another column.
	Look func(c *Call) (see func(row []value.Value), columns func() []Column)
	// Named says that a call reads no other columns of the input than those that its arguments name, so that the others are
	// not fetched and kept; nil: it may read all.
	Named func(c *Call) bool
	// Declined says why the plugin is not offered; nothing but the name is set then.
	Declined string
	// FirstOnly says that the language's result has more tables than the one returned here.
	FirstOnly bool
}

// EachRow gives the rows that one row of the input becomes.
type EachRow func(row []value.Value, emit func([]value.Value))

// Example is a query and its result: the columns, then a row a line in canonical text, separated by "|".
type Example struct{ Query, Want string }

// Error reports arguments or rows that a plugin cannot work on. It is the user's to mend.
type Error struct{ Message string }

// Error returns the message.
func (e *Error) Error() string { return e.Message }

func errorf(format string, args ...any) error { return &Error{fmt.Sprintf(format, args...)} }

// families lists the plugins, one file each.
func families() []Plugin {
	return append([]Plugin{
		bagUnpack(), pivot(), narrow(), identity(), estimateRowsCount(), preview(), schemaMerge(), dcountIntersect(),
		ipv4Lookup(), ipv6Lookup(), geoLineLookup(), geoPolygonLookup(), rowsNear(), sequenceDetect(), rollingPercentile(),
		activeUsersCount(), activityCountsMetrics(), activityMetrics(), activityEngagement(), newActivityMetrics(),
		sessionCount(), slidingWindowCounts(), funnelSequence(), funnelSequenceCompletion(),
		autocluster(), basket(), diffPatterns(),
	}, declined()...)
}

var catalogue = sync.OnceValue(func() map[string]*Plugin {
	m := map[string]*Plugin{}
	list := families()
	for i := range list {
		m[list[i].Name] = &list[i]
	}
	return m
})

// Lookup returns the plugin with the name, which is case-sensitive.
func Lookup(name string) (*Plugin, bool) {
	p, ok := catalogue()[name]
	return p, ok
}

// Names returns the names of all plugins, sorted, those that are declined included.
func Names() []string { return slices.Sorted(maps.Keys(catalogue())) }
