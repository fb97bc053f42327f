package ast

import "github.com/glasswatch/glasswatch/kql/token"

// Join is "join Right on Conditions", or lookup, which is a join that keeps one copy of the keys.
type Join struct {
	token.Span
	Lookup  bool
	Options []*Option
	Right   Expr
	On      []Expr
}

// Expand is mv-expand, or with Body mv-apply: one row for each element of the items.
type Expand struct {
	token.Span
	Options []*Option
	Items   []*ExpandItem
	Limit   Expr
	Body    *Pipe // without a source; nil for mv-expand
	Legacy  bool  // spelled mvexpand, which makes at most 128 rows of one
}

// ExpandItem is name = X to typeof(Type); X is a *Named where a name is given.
type ExpandItem struct {
	token.Span
	X    Expr
	Type *Name
}

// Parse is parse or parse-where.
type Parse struct {
	token.Span
	Where   bool
	Options []*Option
	X       Expr
	Parts   []ParsePart
}

// ParsePart is a *Star, the text or regular expression before the next column, or a column, with its type where given.
type ParsePart struct {
	Star   bool
	Text   Expr
	Column *Name
	Type   *Name
}

// ParseKV is parse-kv X as (Columns) with (Options).
type ParseKV struct {
	token.Span
	X       Expr
	Columns []*Column
	Options []*Option
}

// Range is range Name from From to To step Step.
type Range struct {
	token.Span
	Name           *Name
	From, To, Step Expr
}

// Serialize fixes the order of rows.
type Serialize struct {
	token.Span
	Exprs []Expr
}

// Sample is sample N, with Of sample-distinct N of Of.
type Sample struct {
	token.Span
	N  Expr
	Of Expr
}

// TopHitters is top-hitters N of Of by By; By may be nil.
type TopHitters struct {
	token.Span
	N, Of, By Expr
}

// TopNested is a list of levels of top-nested.
type TopNested struct {
	token.Span
	Levels []*Level
}

// Level is top-nested N of Of with others = Others by By. N and Others may be nil.
type Level struct {
	token.Span
	N, Of, Others, By Expr
}

// MakeSeries is make-series. Aggs are named or not, each with a Default, which may be nil.
type MakeSeries struct {
	token.Span
	Options        []*Option
	Aggs           []Expr
	Defaults       []Expr
	On             Expr
	From, To, Step Expr // each may be nil
	In             bool // written as in range(From, To, Step)
	Keys           []Expr
}

// Partition is partition by By (Body), or { Body } where the body is a query of its own.
type Partition struct {
	token.Span
	Options []*Option
	By      Expr
	Body    *Pipe
	Braces  bool
}

// Invoke is invoke Call.
type Invoke struct {
	token.Span
	Call *Call
}

// Evaluate is evaluate Call : (Columns). HasSchema tells an empty list of columns from none; Star keeps the others.
type Evaluate struct {
	token.Span
	Options   []*Option
	Call      *Call
	HasSchema bool
	Star      bool
	Columns   []*Column
}

// Search is search kind=... in (Tables) Cond.
type Search struct {
	token.Span
	Options []*Option
	In      []Expr
	Cond    Expr
}

// Find is find in (Tables) where Cond project Columns.
type Find struct {
	token.Span
	Options []*Option
	In      []Expr
	Where   bool // the word where is written
	Cond    Expr
	Project []Expr // nil: project-smart
}

// Plain is an operator without arguments: getschema, consume.
type Plain struct {
	token.Span
	Name    string
	Options []*Option
}

// ProjectByNames is project-by-names: columns named by constant strings, patterns and arrays of them.
type ProjectByNames struct {
	token.Span
	Exprs []Expr
}

// Fork is fork: several results of one table.
type Fork struct {
	token.Span
	Branches []*Branch
}

// Branch is Name = (Body) of a Fork; Name may be nil.
type Branch struct {
	Name *Name
	Body *Pipe // without a source
}

// Facet is facet by By with (Body): a result for each column, and one of Body, which may be nil.
type Facet struct {
	token.Span
	By   []Expr
	Body *Pipe
}

// External is externaldata(Columns)[Addresses] with (Options).
type External struct {
	token.Span
	Columns []*Column
	URIs    []Expr
	Options []*Option
}

// Declare is declare query_parameters(Params).
type Declare struct {
	token.Span
	Params []*Param
}

func (*Join) operator()           {}
func (*Expand) operator()         {}
func (*Parse) operator()          {}
func (*ParseKV) operator()        {}
func (*Range) operator()          {}
func (*Serialize) operator()      {}
func (*Sample) operator()         {}
func (*TopHitters) operator()     {}
func (*TopNested) operator()      {}
func (*MakeSeries) operator()     {}
func (*Partition) operator()      {}
func (*Invoke) operator()         {}
func (*Evaluate) operator()       {}
func (*Search) operator()         {}
func (*Find) operator()           {}
func (*Plain) operator()          {}
func (*ProjectByNames) operator() {}
func (*Fork) operator()           {}
func (*Facet) operator()          {}
func (*External) expr()           {}
func (*Declare) stmt()            {}
