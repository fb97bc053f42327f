package plan

import (
	"github.com/glasswatch/glasswatch/kql/function"
	"github.com/glasswatch/glasswatch/kql/value"
)

// Expr is a bound scalar expression.
type Expr interface {
	Type() value.Type
	expr()
}

// Const is a constant, folded where its arguments were constant. now() and ago() are constants of the query: all
// calls in one query see the same instant.
type Const struct{ Value value.Value }

// Col is a column of the input, by position.
type Col struct {
	Index int
	Typ   value.Type
}

// Path reads into a dynamic value: Base.name, Base["name"], Base[3], Base[-1], Base[expr]. Its type is dynamic;
// a step that does not exist gives null.
type Path struct {
	Base  Expr
	Steps []Step
}

// Step is one step of a Path: a property when Name is set, else an index.
type Step struct {
	Name  string
	Index Expr // string (a property) or long (an element); nil when Name is set
}

// Call applies a function or operator of the catalogue. Operators are functions named as they are written:
// "==", "=~", "has", "!contains", "+", "and", "in", "between". Conversions that the language makes silently
// (long to real, dynamic to string in a comparison) are explicit calls, so a back end never converts on its own.
type Call struct {
	Func     *function.Func
	Overload *function.Overload
	Args     []Expr
	Typ      value.Type
}

func (e *Const) Type() value.Type { return e.Value.Type() }
func (e *Col) Type() value.Type   { return e.Typ }
func (e *Path) Type() value.Type  { return value.Dynamic }
func (e *Call) Type() value.Type  { return e.Typ }

func (*Const) expr() {}
func (*Col) expr()   {}
func (*Path) expr()  {}
func (*Call) expr()  {}
