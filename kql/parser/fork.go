package parser

import (
	"github.com/glasswatch/glasswatch/kql/ast"
	"github.com/glasswatch/glasswatch/kql/token"
)

// fork reads fork name = (operators) (operators) ...
func (p *parser) fork(s token.Span) ast.Operator {
	n := &ast.Fork{}
	for !p.failed {
		b := &ast.Branch{}
		if p.peek().Kind == token.Ident && p.ahead(1).Kind == token.Assign {
			b.Name = p.name("a name")
			p.next()
		}
		if b.Name == nil && p.peek().Kind != token.LeftParen && len(n.Branches) > 0 {
			break
		}
		b.Body = p.inParens()
		n.Branches = append(n.Branches, b)
	}
	n.Span = p.until(s)
	return n
}

// facet reads facet by columns with (operators).
func (p *parser) facet(s token.Span) ast.Operator {
	n := &ast.Facet{}
	p.expectWord("by")
	n.By = p.list(token.EOF, p.expr)
	if p.acceptWord("with") {
		n.Body = p.inParens()
	}
	n.Span = p.until(s)
	return n
}

// inParens reads operators in parentheses.
func (p *parser) inParens() *ast.Pipe {
	p.expect(token.LeftParen)
	body := p.subpipe(token.RightParen)
	p.expect(token.RightParen)
	return body
}
