// Package ast is the syntax tree of a query: what was written, before any name is resolved. Every node has the span of
// its source text. Format prints a tree so that it parses to the same tree again.
//
// A tabular expression is an expression like any other here (Kusto nests them freely: in (T | project x),
// toscalar(T | count)); kql/bind tells them apart.
package ast

import (
	"github.com/glasswatch/glasswatch/kql/token"
	"github.com/glasswatch/glasswatch/kql/value"
)

// Node is any node of the tree.
type Node interface{ Extent() token.Span }

// Query is a text of statements, or the body of a function: lets and other statements, then an expression.
type Query struct {
	token.Span
	Stmts []Stmt
}

// Stmt is a statement: *Let, *Set, *Declare, *DeclarePattern, *ExprStmt or *BadStmt.
type Stmt interface {
	Node
	stmt()
}

// Let names a value, a table or a function (Value is then a *Func).
type Let struct {
	token.Span
	Name  *Name
	Value Expr
}

// Set is "set name = value;", an option of a request. Value may be nil.
type Set struct {
	token.Span
	Name  *Name
	Value Expr
}

// ExprStmt is an expression that gives a result.
type ExprStmt struct {
	token.Span
	X Expr
}

// BadStmt is a statement that is not supported or not understood, in its source text.
type BadStmt struct {
	token.Span
	Name string // "declare", "alias", ...
	Text string
}

func (*Let) stmt()      {}
func (*Set) stmt()      {}
func (*ExprStmt) stmt() {}
func (*BadStmt) stmt()  {}

// Expr is an expression, scalar or tabular.
type Expr interface {
	Node
	expr()
}

// Name is an identifier, as a reference or as the name that something gets. Text is without brackets and quotes.
type Name struct {
	token.Span
	Text string
}

// Literal is a constant. Raw is its source text when that can be printed again as it is.
type Literal struct {
	token.Span
	Value value.Value
	Raw   string
}

// Dynamic is dynamic(...). X is a Literal, an Array or a Bag.
type Dynamic struct {
	token.Span
	X Expr
}

// Array is [..., ...] inside dynamic(...).
type Array struct {
	token.Span
	Elems []Expr
}

// Bag is {"key": ..., ...} inside dynamic(...).
type Bag struct {
	token.Span
	Keys   []string
	Values []Expr
}

// Unary is -X or +X.
type Unary struct {
	token.Span
	Op string
	X  Expr
}

// Binary is X Op Y for every operator with two operands: "+", "==", "=~", "!has_cs", "matches regex", "and", ...
type Binary struct {
	token.Span
	Op     string
	OpSpan token.Span
	X, Y   Expr
}

// In is X Op (List...) for in, !in, in~, !in~, has_any and has_all.
type In struct {
	token.Span
	Op     string
	OpSpan token.Span
	X      Expr
	List   []Expr
}

// Between is X between (Low .. High); Op is "between" or "!between".
type Between struct {
	token.Span
	Op     string
	OpSpan token.Span
	X      Expr
	Low    Expr
	High   Expr
}

// Call is Name(Args...). An argument may be *Named, *Star or tabular.
type Call struct {
	token.Span
	Name *Name
	Args []Expr
}

// Member is X.Name; Selector is a *Name, or a *Call for cluster("c").database("d").
type Member struct {
	token.Span
	X        Expr
	Selector Expr
}

// Index is X[I].
type Index struct {
	token.Span
	X Expr
	I Expr
}

// Paren is (X).
type Paren struct {
	token.Span
	X Expr
}

// Star is * where a column or all columns are meant.
type Star struct{ token.Span }

// Pattern is a name with wildcards: AAD*SignInLogs.
type Pattern struct {
	token.Span
	Text string
}

// Named is Names = X, or (Names...) = X when Tuple is set.
type Named struct {
	token.Span
	Names []*Name
	Tuple bool
	X     Expr
}

// Ordered is X asc|desc|granny-asc|granny-desc nulls first|last, with "" for what is not written.
type Ordered struct {
	token.Span
	X     Expr
	Order string
	Nulls string
}

// Pipe is Source | Ops... Without a Source the first operator is one that begins a query (print, union); with Bare
// the text began with a pipe, and the default table is meant.
type Pipe struct {
	token.Span
	Source Expr
	Bare   bool
	Ops    []Operator
}

// Datatable is datatable(Columns)[Values].
type Datatable struct {
	token.Span
	Columns []*Column
	Values  []Expr
}

// Column is Name: Type in a datatable or a parameter.
type Column struct {
	token.Span
	Name *Name
	Type *Name
}

// Func is a function literal: view? (Params) { Body }.
type Func struct {
	token.Span
	View   bool
	Params []*Param
	Body   *Query
}

// Param is one parameter of a Func. Type is nil for a tabular one, which has Columns, or none for (*).
type Param struct {
	token.Span
	Name    *Name
	Type    *Name
	Columns []*Column
	Default Expr
}

// Bad stands for an expression that could not be read; an error was reported for it.
type Bad struct{ token.Span }

func (*Name) expr()      {}
func (*Literal) expr()   {}
func (*Dynamic) expr()   {}
func (*Array) expr()     {}
func (*Bag) expr()       {}
func (*Unary) expr()     {}
func (*Binary) expr()    {}
func (*In) expr()        {}
func (*Between) expr()   {}
func (*Call) expr()      {}
func (*Member) expr()    {}
func (*Index) expr()     {}
func (*Paren) expr()     {}
func (*Star) expr()      {}
func (*Pattern) expr()   {}
func (*Named) expr()     {}
func (*Ordered) expr()   {}
func (*Pipe) expr()      {}
func (*Datatable) expr() {}
func (*Func) expr()      {}
func (*Bad) expr()       {}
