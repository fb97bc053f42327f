// Package plugin is the catalogue of the plugins that evaluate calls: for each one its name, documentation, how its
// columns follow from its input and arguments, and its Go implementation, in one file. Adding a plugin is adding one
// file and one line in families.
package plugin

import (
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

// Arg is an argument as the binder hands it over: a constant, a column of the input, an aggregate (pivot), or a table.
type Arg struct {
	Const  *value.Value        // a constant
	Column int                 // position in the input; -1 when the argument is no column
	Agg    *function.Aggregate // an aggregation function, AggArgs its columns
	// AggArgs are the positions in the input of the aggregate's arguments.
	AggArgs []int
	Table   []Column // the columns of a tabular argument; nil when it is none
	Text    string   // the argument as written, for messages
}

// Call is a bound call, ready to run.
type Call struct {
	Input []Column
	Args  []Arg
	// Declared is the schema written behind the call (evaluate p() : (a:long)); nil without one. Star keeps the columns of
	// the input before it.
	Declared []Column
	Star     bool
}

// Plugin is one plugin.
type Plugin struct {
	Name string
	Doc  string
	// Examples are whole queries with their results in canonical text, a row a line, cells separated by "|".
	Examples []Example
	// Source marks a plugin that has no input (evaluate at the beginning of a query).
	Source bool
	// Schema returns the output columns. open means that they are known only when the query has run (bag_unpack, pivot
	// without a declared schema): the columns returned are then those that are certain.
	Schema func(c *Call) (cols []Column, open bool, err error)
	// Run computes the output. tables are the rows of the tabular arguments, by the position of the argument. cols are the
	// columns of the rows returned; they differ from Schema's only where that said open.
	Run func(ctx *function.Context, c *Call, rows [][]value.Value, tables map[int][][]value.Value) (cols []Column, out [][]value.Value, err error)
}

// Example is a query and its result.
type Example struct{ Query, Want string }

// families lists the plugins, one a file.
func families() []Plugin { return nil }

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

// Names returns the names of all plugins, sorted.
func Names() []string { return slices.Sorted(maps.Keys(catalogue())) }
