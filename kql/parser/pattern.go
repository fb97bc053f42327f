package parser

import (
	"github.com/glasswatch/glasswatch/kql/ast"
	"github.com/glasswatch/glasswatch/kql/token"
)

// pattern reads declare pattern Name, alone or with = (parameters)[path: type] { (values).[path] = { query }; ... }.
func (p *parser) pattern() ast.Stmt {
	start := p.next()
	p.next()
	d := &ast.DeclarePattern{Name: p.name("a name for the pattern")}
	if p.accept(token.Assign) {
		p.patternParams(d)
		p.expect(token.LeftBrace)
		for !p.failed && p.peek().Kind != token.RightBrace {
			d.Cases = append(d.Cases, p.patternCase())
			for p.accept(token.Semicolon) {
				continue
			}
		}
		p.expect(token.RightBrace)
	}
	d.Span = p.until(start.Span)
	return d
}

func (p *parser) patternParams(d *ast.DeclarePattern) {
	p.expect(token.LeftParen)
	for !p.failed {
		d.Params = append(d.Params, p.param())
		if !p.accept(token.Comma) {
			break
		}
	}
	p.expect(token.RightParen)
	if p.accept(token.LeftBracket) {
		d.Path = p.param()
		p.expect(token.RightBracket)
	}
}

func (p *parser) patternCase() *ast.PatternCase {
	c := &ast.PatternCase{Span: p.peek().Span}
	p.expect(token.LeftParen)
	for !p.failed {
		c.Args = append(c.Args, p.expr())
		if !p.accept(token.Comma) {
			break
		}
	}
	p.expect(token.RightParen)
	if p.accept(token.Dot) {
		p.expect(token.LeftBracket)
		c.Path = p.expr()
		p.expect(token.RightBracket)
	}
	p.expect(token.Assign)
	if p.expect(token.LeftBrace); p.failed || !p.enter() {
		c.Body = &ast.Query{}
		return c
	}
	defer p.leave()
	c.Body = p.query(token.RightBrace)
	c.Span = c.Span.To(p.expect(token.RightBrace).Span)
	return c
}
