// Package kql compiles queries of the Kusto query language.
//
// Compile reads the text of a query, resolves its names against a Catalog of tables, and returns a typed plan that the
// back ends execute: kql/sql as SQL of a store, kql/eval in Go. A query with mistakes gives Diagnostics, all at once,
// each with its place, what is wrong, and what was probably meant.
//
// Queries are taken as people have them: copied from a web page with curly quotes, without a table's name, with a
// number where the column is a string. Such things compile, with a note or a warning that says what was assumed.
// What is not understood or not supported is always an error.
//
// To query slices of Go structs, begin with package memory, which does all of it in two calls. To query a source of one's
// own, compile with a Catalog, and run the plan with package eval over an eval.Source, or turn it into SQL with package
// sql. Package eval also decides queries one record at a time (eval.Matcher), as a stream of events needs it.
//
// The language: https://learn.microsoft.com/kusto/query/. The stages, one package each, in the order in which a query
// passes them: token, ast, parser, function (the catalogue) over value, bind, plan.
package kql

import (
	"fmt"
	"time"

	"github.com/glasswatch/glasswatch/kql/ast"
	"github.com/glasswatch/glasswatch/kql/bind"
	"github.com/glasswatch/glasswatch/kql/parser"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/token"
	"github.com/glasswatch/glasswatch/kql/value"
)

// DefaultTable is the table of a query that begins with a pipe, where Options name no other.
const DefaultTable = "SigninLogs"

// Catalog knows the tables that queries can read.
type Catalog interface {
	// Table returns the table with the name, which is case-sensitive, or nil. The same name gives the same pointer.
	Table(name string) *plan.Table
	// TableNames lists all tables, for hints and, in this order, for the patterns of union, search and find.
	TableNames() []string
}

// Options of a compilation. The zero value compiles queries that read no table.
type Options struct {
	Catalog Catalog
	// Prelude holds let statements that every query can use and hide by its own. It costs nothing but its reading when
	// it is not used, and does not count in the positions of diagnostics.
	Prelude string
	// Read is a prelude that was read before, in place of Prelude, for those who compile much.
	Read *Prelude
	// Functions are stored functions by name, each with its text: (who: string) { T | where UserId == who }. Parameters may
	// be left out; the text may be a query without braces. They are read when they are used.
	Functions map[string]string
	// Parameters are the values of declare query_parameters. A string is read as the declared type spells it.
	Parameters map[string]value.Value
	// DefaultTable is read by a query that begins with a pipe; "" is SigninLogs.
	DefaultTable string
	// Now is the value of now(); the zero time is the present.
	Now time.Time
	// LiveNow keeps now() and ago() as calls, evaluated when the plan runs, for a plan that is used longer than for one
	// query. Without it they are constants.
	LiveNow bool
	// Discover runs a plugin whose columns follow from the data (evaluate bag_unpack and pivot without a declared schema)
	// and returns its result; eval.Discover makes one for the interpreter. Without it such a query compiles as far as it
	// can be checked, and is Open.
	Discover func(n *plan.Evaluate) (*plan.Values, error)
	// Watchlists are what _GetWatchlist reads; nil: the function is refused.
	Watchlists Watchlists
	// Within restricts what the query reads of every stored table, as the time range of a query to Log Analytics does.
	Within *Period
}

// Period is a range of a datetime column: rows in [From, To). Tables without the column are read whole.
type Period struct {
	Column   string
	From, To time.Time
}

// Query is a compiled query.
type Query struct {
	Text  string
	Plan  plan.Node   // Plan.Columns() are the columns of the result, none of them hidden
	Notes Diagnostics // warnings and notes
	// Parts are all results of a query that has several, in the order of the text: it has more than one expression, or ends
	// with fork or facet. Plan is the first of its last expression. One result is one part.
	Parts []Part
	// Open says that the query has columns that only the data tell, and was compiled without Options.Discover: Plan shows
	// the columns that are certain, but back ends refuse to run it.
	Open bool
}

// Part is one of the results of a query.
type Part = plan.Part

// The parts of diagnostics; see package token, which defines them for all stages.
type (
	// Diagnostic is one remark about a query, with its place.
	Diagnostic = token.Diagnostic
	// Diagnostics are all remarks about a query, in the order of the text. As an error they hold at least one Error.
	Diagnostics = token.Diagnostics
	// Severity is Error, Warning or Note.
	Severity = token.Severity
)

// The severities.
const (
	Error   = token.Error
	Warning = token.Warning
	Note    = token.Note
)

// Compile compiles a query. The error is a Diagnostics with at least one Error, its warnings and notes included, or that
// of Options.Discover.
func Compile(query string, o Options) (*Query, error) {
	prelude, err := o.prelude()
	if err != nil {
		return nil, err
	}
	r := parser.Parse(query)
	bound := bind.Bind(r.Query, prelude, o.binding())
	diags := append(r.Diagnostics, bound.Diagnostics...).Locate(query)
	switch {
	case bound.Err != nil && len(diags.Errors()) == 0:
		return nil, fmt.Errorf("discover the columns of a plugin: %w", bound.Err)
	case len(diags.Errors()) > 0 || bound.Plan == nil:
		return nil, diags
	}
	return &Query{Text: query, Plan: bound.Plan, Parts: bound.Parts, Notes: diags, Open: bound.Open}, nil
}

// preludeError tells an error in the prelude from one in the query; its place is in the message.
func preludeError(errs Diagnostics) Diagnostics {
	d := errs[0]
	return Diagnostics{{Severity: Error, Code: d.Code, Message: "prelude " + d.String(), Line: 1, Column: 1}}
}

func (o Options) binding() bind.Options {
	now := o.Now
	if now.IsZero() {
		now = time.Now()
	}
	ticks, _ := value.Ticks(now)
	table := o.DefaultTable
	if table == "" {
		table = DefaultTable
	}
	out := bind.Options{Parameters: o.Parameters, DefaultTable: table, Now: ticks, LiveNow: o.LiveNow, Discover: o.Discover, Watchlists: o.Watchlists}
	if o.Within != nil {
		from, _ := value.Ticks(o.Within.From)
		to, _ := value.Ticks(o.Within.To)
		out.Within = &bind.Period{Column: o.Within.Column, From: from, To: to}
	}
	if len(o.Functions) > 0 {
		out.Functions = functions(o.Functions)
	}
	if o.Catalog != nil {
		out.Catalog = o.Catalog
	}
	return out
}

// Format lays a query out in the usual way, a pipeline step a line, and keeps its comments. A query that cannot be read
// is returned as an error, a Diagnostics.
func Format(query string) (string, error) {
	r := parser.Parse(query)
	if len(r.Diagnostics.Errors()) > 0 {
		return "", r.Diagnostics.Locate(query)
	}
	return ast.Format(r.Query, query, r.Comments), nil
}
