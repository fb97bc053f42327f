package ast

import "github.com/glasswatch/glasswatch/kql/token"

// Scan is scan with_match_id=MatchID declare (Declare) with (Steps). MatchID may be nil.
type Scan struct {
	token.Span
	MatchID *Name
	Declare []*Param
	Steps   []*ScanStep
}

// ScanStep is step Name output=Output: Cond => Set. Output may be nil; each of Set is a *Named.
type ScanStep struct {
	token.Span
	Name   *Name
	Output *Name
	Cond   Expr
	Set    []Expr
}

// Reduce is reduce kind=... by By with threshold=..., characters=....
type Reduce struct {
	token.Span
	Options []*Option
	By      Expr
	With    []*Option
}

// AssertSchema is assert-schema (Columns).
type AssertSchema struct {
	token.Span
	Columns []*Column
}

func (*Scan) operator()         {}
func (*Reduce) operator()       {}
func (*AssertSchema) operator() {}

// arrangingOp prints the operators of this file.
func (w *writer) arrangingOp(op Operator) {
	switch op := op.(type) {
	case *Scan:
		w.scan(op)
	case *Reduce:
		w.WriteString("reduce" + options(op.Options) + " by ")
		w.expr(op.By)
		if len(op.With) > 0 {
			w.WriteString(" with " + optionList(op.With, ", "))
		}
	case *AssertSchema:
		w.WriteString("assert-schema (" + columnList(op.Columns) + ")")
	default:
		w.graphOp(op)
	}
}

func (w *writer) scan(op *Scan) {
	w.WriteString("scan")
	if op.MatchID != nil {
		w.WriteString(" with_match_id = " + name(op.MatchID))
	}
	if op.Declare != nil {
		w.WriteString(" declare (" + paramList(op.Declare) + ")")
	}
	w.WriteString(" with (")
	for i, s := range op.Steps {
		if i > 0 {
			w.WriteByte(' ')
		}
		w.WriteString("step " + name(s.Name))
		if s.Output != nil {
			w.WriteString(" output = " + name(s.Output))
		}
		w.WriteString(": ")
		w.expr(s.Cond)
		if len(s.Set) > 0 {
			w.WriteString(" => ")
			w.list(s.Set, ", ")
		}
		w.WriteByte(';')
	}
	w.WriteByte(')')
}
