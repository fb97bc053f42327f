package ast

import "github.com/glasswatch/glasswatch/kql/token"

// Operator is a tabular operator, one step of a Pipe. The span begins at the operator's name.
type Operator interface {
	Node
	operator()
}

// Option is Name = Value of an operator: kind=inner, hint.strategy=shuffle. Value is a *Name or a *Literal.
type Option struct {
	token.Span
	Name  string
	Value Expr
}

// Where is "where" or "filter".
type Where struct {
	token.Span
	Cond Expr
}

// Extend adds or replaces columns.
type Extend struct {
	token.Span
	Exprs []Expr
}

// Project keeps the given columns, computed or renamed.
type Project struct {
	token.Span
	Exprs []Expr
}

// ProjectAway drops columns, given by *Name or *Pattern.
type ProjectAway struct {
	token.Span
	Exprs []Expr
}

// ProjectKeep keeps columns, given by *Name or *Pattern, in their old order.
type ProjectKeep struct {
	token.Span
	Exprs []Expr
}

// ProjectRename renames columns: each Expr is a *Named.
type ProjectRename struct {
	token.Span
	Exprs []Expr
}

// ProjectReorder moves columns to the front: *Name, *Pattern, *Star, or an *Ordered of these.
type ProjectReorder struct {
	token.Span
	Exprs []Expr
}

// Take is "take" or "limit".
type Take struct {
	token.Span
	N Expr
}

// Sort is "sort by" or "order by"; each key is an expression or an *Ordered.
type Sort struct {
	token.Span
	Options []*Option
	Keys    []Expr
}

// Top is "top N by Key".
type Top struct {
	token.Span
	Options []*Option
	N       Expr
	Key     Expr
}

// Count is "count", with a name for its column after "as".
type Count struct {
	token.Span
	As *Name
}

// Distinct is "distinct"; a *Star stands for all columns.
type Distinct struct {
	token.Span
	Options []*Option
	Exprs   []Expr
}

// Summarize is "summarize Aggs by Keys".
type Summarize struct {
	token.Span
	Options []*Option
	Aggs    []Expr
	Keys    []Expr
}

// Union is "union Tables...".
type Union struct {
	token.Span
	Options []*Option
	Tables  []Expr
}

// Print is "print Exprs".
type Print struct {
	token.Span
	Exprs []Expr
}

// As names the table so far.
type As struct {
	token.Span
	Options []*Option
	Name    *Name
}

// Render says how a result is drawn: it does not change it.
type Render struct {
	token.Span
	Kind  *Name
	Props []*Option
	With  bool // the properties were written in with (...)
}

// Unsupported is an operator of the language that is not known here, in its source text.
type Unsupported struct {
	token.Span
	Name string
	Text string
}

// BadOperator stands for a step that could not be read; an error was reported for it.
type BadOperator struct{ token.Span }

func (*Where) operator()          {}
func (*Extend) operator()         {}
func (*Project) operator()        {}
func (*ProjectAway) operator()    {}
func (*ProjectKeep) operator()    {}
func (*ProjectRename) operator()  {}
func (*ProjectReorder) operator() {}
func (*Take) operator()           {}
func (*Sort) operator()           {}
func (*Top) operator()            {}
func (*Count) operator()          {}
func (*Distinct) operator()       {}
func (*Summarize) operator()      {}
func (*Union) operator()          {}
func (*Print) operator()          {}
func (*As) operator()             {}
func (*Render) operator()         {}
func (*Unsupported) operator()    {}
func (*BadOperator) operator()    {}
