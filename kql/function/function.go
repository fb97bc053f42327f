// Package function is the catalogue of scalar functions, operators and aggregation functions: for each one its
// name, signatures, documentation, examples, its Go implementation and its SQL, in one entry of one file. One file
// holds one family (string.go, time.go, dynamic.go, ...). Adding a function is adding one entry; the examples are
// executed on every back end by kql/kqltest.
package function

import (
	"regexp"
	"time"

	"github.com/glasswatch/glasswatch/kql/value"
)

// Func is a scalar function or operator.
type Func struct {
	Name      string
	Doc       string    // one or two sentences, the reference's meaning in our words
	Examples  []Example // at least one
	Overloads []Overload
	Volatile  bool // not folded at compile time: rand(), new_guid()
	// Columns are those that a call gives where it gives several (series_stats): it returns a dynamic array of their values
	// in order, or null for nulls in all. In an example their values are joined by " | ".
	Columns []Result

	// resolve replaces the general choice of an overload where the argument types depend on each other.
	// converts makes a dynamic argument what the operator asks for; other functions take only what they say.
	converts bool
	resolve  func(f *Func, args []value.Type) (*Overload, []value.Type, value.Type, error)
}

// Result is one of several columns that a function gives.
type Result struct {
	Name string
	Type value.Type
}

// Overload is one signature with its implementations.
type Overload struct {
	Params []Param
	// Returns is the result type; Typed, where set, computes it from the argument types instead (iff, coalesce, bin).
	Returns value.Type
	Typed   func(args []value.Type) value.Type
	// Eval computes the result. Null rules are the implementation's own: nothing is skipped for null arguments.
	// args is only valid during the call.
	Eval func(c *Context, args []value.Value) value.Value
	// SQL holds a template per dialect ("duckdb"): {0}, {1} are arguments, {*} all of them joined by ", ".
	// A missing template means that the dialect declines the call at compile time, by name and place.
	SQL map[string]string
	// SQLFunc, where a template is not enough, builds the SQL text from the arguments' texts; ok false declines.
	SQLFunc map[string]func(args []SQLArg) (text string, ok bool)
	// Check, where set, looks at the constant arguments (nil for one that is not constant) and refuses what can have
	// no meaning: a malformed regular expression, an unknown part of a date. The binder calls it.
	Check func(args []*value.Value) error
}

// Returns is the type that a function returns whatever its arguments, Invalid where that depends on them.
func (f *Func) Returns() value.Type {
	out := value.Invalid
	for i, o := range f.Overloads {
		if o.Typed != nil || i > 0 && o.Returns != out {
			return value.Invalid
		}
		out = o.Returns
	}
	return out
}

// Param is one parameter. Variadic marks the last parameter as repeatable (one or more).
type Param struct {
	Name     string
	Types    []value.Type // the accepted types; nil: any
	As       value.Type   // converted to this type before the call; Invalid: as it is
	Optional bool
	Variadic bool
	Constant bool // must be a constant (a regular expression, a format)
}

// Example is an expression and its result in canonical text (see kql/value.Value.Canonical).
type Example struct {
	Expr string // "tolower(\"ABC\")"
	Want string // "abc"; "null" with Null set
	Null bool
}

// SQLArg is an argument as the SQL generator hands it to SQLFunc.
type SQLArg struct {
	SQL   string       // text of the argument
	Type  value.Type   // its type
	Const *value.Value // its value where it is constant
}

// Context is what an implementation may ask of the running query. It serves one goroutine at a time.
type Context struct {
	Now int64 // ticks; the same for the whole query
	// Locate, where set, returns what is known of the place of an IP address, as a bag; null for nothing.
	Locate func(ip string) value.Value
	// Alive, where set, returns why the run ends; see Interrupted.
	Alive func() error

	patterns map[string]*regexp.Regexp
	zones    map[string]*time.Location
}

// Interrupted is an error once the run is to end. What computes for long asks it every now and then.
func (c *Context) Interrupted() error {
	if c.Alive == nil {
		return nil
	}
	return c.Alive()
}

// Regexp compiles a pattern once for all rows of the query; nil when it is malformed.
func (c *Context) Regexp(pattern string) *regexp.Regexp {
	re, ok := c.patterns[pattern]
	if !ok {
		re, _ = regexp.Compile(pattern)
		if c.patterns == nil || len(c.patterns) > 1000 {
			c.patterns = map[string]*regexp.Regexp{}
		}
		c.patterns[pattern] = re
	}
	return re
}

// Aggregate is an aggregation function.
type Aggregate struct {
	Name      string
	Doc       string
	Examples  []Example // expression over a one-column table x of long 1,2,3,null; see kqltest
	Overloads []AggOverload
	// Prefix names an unnamed result: "dcount" gives dcount_X, "set" gives set_X; "" gives X itself (take_any).
	Prefix string
	// Star marks arg_max and arg_min: by, then the columns to return or *. The binder makes one AggCall (by, value) of
	// each returned column, and (by, by) of the first.
	Star bool
}

// AggOverload is one signature of an aggregation function.
type AggOverload struct {
	Params  []Param
	Returns value.Type
	Typed   func(args []value.Type) value.Type
	New     func() Accumulator
	SQL     map[string]string
	SQLFunc map[string]func(args []SQLArg) (text string, ok bool)

	filtered func(args []SQLArg, condition string) (string, bool)
}

// Accumulator is the running state of one aggregate in one group.
type Accumulator interface {
	Add(c *Context, args []value.Value)
	Result() value.Value
}

// Merger is an Accumulator that can take over what another of the same overload has taken, as if it had taken those rows
// itself. The other one stays as it is.
type Merger interface {
	Accumulator
	Merge(other Accumulator)
	Size() int // roughly, in bytes
}
