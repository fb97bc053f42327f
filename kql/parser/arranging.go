package parser

import (
	"github.com/glasswatch/glasswatch/kql/ast"
	"github.com/glasswatch/glasswatch/kql/token"
)

// arranging reads the operators that follow sequences of rows, compare texts, or give several results.
func (p *parser) arranging(name string, s token.Span) ast.Operator {
	switch name {
	case "scan":
		return p.scan(s)
	case "reduce":
		n := &ast.Reduce{Options: p.options()}
		p.expectWord("by")
		n.By = p.expr()
		n.With = p.plainOptions()
		n.Span = p.until(s)
		return n
	case "assert-schema":
		n := &ast.AssertSchema{}
		p.expect(token.LeftParen)
		n.Columns = p.columns(token.RightParen)
		p.expect(token.RightParen)
		n.Span = p.until(s)
		return n
	}
	return p.graph(name, s)
}

// plainOptions reads with name=value, ..., if it is there.
func (p *parser) plainOptions() []*ast.Option {
	if !p.acceptWord("with") {
		return nil
	}
	var out []*ast.Option
	for !p.failed {
		out = append(out, p.property())
		if !p.accept(token.Comma) {
			break
		}
	}
	return out
}

// scan reads with_match_id=Name declare (columns) with (step Name output=Kind: condition => Column = value, ...; ...).
func (p *parser) scan(s token.Span) ast.Operator {
	n := &ast.Scan{}
	if p.acceptWord("with_match_id") {
		p.expect(token.Assign)
		n.MatchID = p.name("a column name")
	}
	if p.acceptWord("declare") {
		p.expect(token.LeftParen)
		for !p.failed && p.peek().Kind != token.RightParen {
			n.Declare = append(n.Declare, p.param())
			if !p.accept(token.Comma) {
				break
			}
		}
		p.expect(token.RightParen)
	}
	p.expectWord("with")
	p.expect(token.LeftParen)
	for !p.failed && p.peek().Kind != token.RightParen {
		n.Steps = append(n.Steps, p.step())
		if !p.accept(token.Semicolon) {
			break
		}
	}
	p.expect(token.RightParen)
	n.Span = p.until(s)
	return n
}

func (p *parser) step() *ast.ScanStep {
	st := &ast.ScanStep{Span: p.peek().Span}
	p.expectWord("step")
	st.Name = p.name("a step's name")
	if p.acceptWord("output") {
		p.expect(token.Assign)
		st.Output = p.name("all, last or none")
	}
	p.expect(token.Colon)
	st.Cond = p.expr()
	if p.accept(token.Arrow) {
		st.Set = p.list(token.Semicolon, p.namedExpr)
	}
	st.Span = p.until(st.Span)
	return st
}
