package parser

import (
	"strings"

	"github.com/glasswatch/glasswatch/kql/ast"
	"github.com/glasswatch/glasswatch/kql/token"
)

// query reads statements up to end: EOF, or the brace that closes a function's body.
func (p *parser) query(end token.Kind) *ast.Query {
	q := &ast.Query{Span: token.Span{Start: p.peek().Start}}
	for {
		p.separators(len(q.Stmts) > 0)
		t := p.peek()
		if t.Kind == end || t.Kind == token.EOF {
			q.End = max(q.Start, t.Start)
			return q
		}
		start := p.pos
		if s := p.statement(); s != nil {
			q.Stmts = append(q.Stmts, s)
		}
		p.endStatement(end, start)
		if p.pos == start { // a closing bracket that nothing opened
			p.pos++
		}
	}
}

// separators reads the semicolon after a statement; another one has no statement before it.
func (p *parser) separators(after bool) {
	for p.peek().Kind == token.Semicolon {
		if !after && !p.failed && p.errors == 0 {
			p.report("KS198", p.peek().Span, "leave out the semicolon", "there is no statement before the semicolon")
		}
		after = false
		p.next()
	}
}

// endStatement wants a semicolon or the end, and skips to one of them otherwise.
func (p *parser) endStatement(end token.Kind, start int) {
	if p.failed {
		p.sync(false, start)
	}
	t := p.peek()
	if t.Kind == token.Semicolon || t.Kind == end || t.Kind == token.EOF {
		return
	}
	p.report("KS198", t.Span, p.strayHint(t), "unexpected %s", p.describe(t))
	from := p.pos
	p.next()
	p.sync(false, from)
}

func (p *parser) statement() ast.Stmt {
	t := p.peek()
	if t.Kind == token.Dot {
		return p.badStatement(t, "a management command", "only queries are supported; a query begins with a table")
	}
	if t.Kind == token.Ident {
		follower := p.ahead(1)
		named := follower.Kind == token.Ident || follower.Kind == token.LeftBracket
		switch {
		case t.Text == "let" && (named || follower.Kind == token.Assign):
			return p.let()
		case t.Text == "set" && named:
			return p.set()
		case t.Text == "declare" && named && follower.Text == "query_parameters":
			return p.declare()
		case t.Text == "declare" && named && follower.Text == "pattern":
			return p.pattern()
		case t.Text == "alias" && named:
			return p.badStatement(t, "alias", "name the tables alone: all are in one place")
		case t.Text == "restrict" && named:
			return p.badStatement(t, "restrict access", "give each reader queries of its own")
		case t.Text == "declare" && named:
			return p.badStatement(t, t.Text, "")
		case isSQL(t, follower):
			return p.sql(t)
		}
	}
	x := p.pipe()
	return &ast.ExprStmt{Span: x.Extent(), X: x}
}

func (p *parser) let() ast.Stmt {
	start := p.next()
	l := &ast.Let{Span: start.Span, Name: p.name("a name for the let statement")}
	if p.failed {
		return nil
	}
	p.expect(token.Assign)
	if p.isFunc() {
		l.Value = p.function()
	} else {
		l.Value = p.pipe()
	}
	l.Span = start.Span.To(l.Value.Extent())
	return l
}

func (p *parser) set() ast.Stmt {
	start := p.next()
	s := &ast.Set{Span: start.Span, Name: p.name("an option")}
	s.Span = s.Span.To(s.Name.Span)
	if p.accept(token.Assign) {
		s.Value = p.expr()
		s.Span = s.Span.To(s.Value.Extent())
	}
	return s
}

// badStatement reports a kind of statement that is not supported, and skips it.
func (p *parser) badStatement(t token.Token, what, hint string) ast.Stmt {
	p.report("GW020", t.Span, hint, "%s is not supported here", what)
	from := p.pos
	p.next()
	p.sync(false, from)
	s := t.Span.To(p.here())
	return &ast.BadStmt{Span: s, Name: what, Text: p.src[s.Start:s.End]}
}

// sql answers a SELECT statement with what the query would look like here.
func (p *parser) sql(t token.Token) ast.Stmt {
	table := "Table"
	for i := p.pos; i+1 < len(p.tokens) && p.tokens[i].Kind != token.Semicolon; i++ {
		if p.tokens[i].Kind == token.Ident && strings.EqualFold(p.tokens[i].Text, "from") && p.tokens[i+1].Kind == token.Ident {
			table = p.tokens[i+1].Text
			break
		}
	}
	return p.badStatement(t, "SQL", "a query begins with its table: "+table+" | where Column == \"value\" | project Column | take 10")
}

// isFunc reports whether a function literal is ahead: (a: type, ...) {, () {, or view () {.
func (p *parser) isFunc() bool {
	i := 0
	if p.word("view") {
		i = 1
	}
	if p.ahead(i).Kind != token.LeftParen {
		return false
	}
	switch p.ahead(i + 1).Kind {
	case token.RightParen:
		return p.ahead(i+2).Kind == token.LeftBrace || p.ahead(i+2).Kind == token.Arrow
	case token.Ident:
		return p.ahead(i+2).Kind == token.Colon
	case token.LeftBracket:
		return p.ahead(i+4).Kind == token.Colon
	}
	return false
}

func (p *parser) function() ast.Expr {
	start := p.peek()
	f := &ast.Func{Span: start.Span, View: p.acceptWord("view")}
	if !p.enter() {
		return p.bad()
	}
	defer p.leave()
	p.expect(token.LeftParen)
	for !p.failed && p.peek().Kind != token.RightParen {
		f.Params = append(f.Params, p.param())
		if !p.accept(token.Comma) {
			break
		}
	}
	p.expect(token.RightParen)
	p.accept(token.Arrow)
	p.expect(token.LeftBrace)
	if p.failed {
		return p.bad()
	}
	f.Body = p.query(token.RightBrace)
	f.Span = start.Span.To(p.expect(token.RightBrace).Span)
	return f
}

func (p *parser) param() *ast.Param {
	a := &ast.Param{Name: p.name("a parameter")}
	a.Span = a.Name.Span
	p.expect(token.Colon)
	if p.accept(token.LeftParen) {
		if !p.accept(token.Star) {
			a.Columns = p.columns(token.RightParen)
		}
		a.Span = a.Span.To(p.expect(token.RightParen).Span)
		return a
	}
	a.Type = p.name("a type")
	a.Span = a.Span.To(a.Type.Span)
	if p.accept(token.Assign) {
		a.Default = p.unary()
		a.Span = a.Span.To(a.Default.Extent())
	}
	return a
}

// columns reads name: type pairs up to end, which it leaves.
func (p *parser) columns(end token.Kind) []*ast.Column {
	var cols []*ast.Column
	for !p.failed && p.peek().Kind != end {
		c := &ast.Column{Name: p.name("a column name")}
		p.expect(token.Colon)
		c.Type = p.name("a type")
		c.Span = c.Name.Span.To(c.Type.Span)
		cols = append(cols, c)
		if !p.accept(token.Comma) {
			break
		}
	}
	return cols
}

// name reads an identifier, bare or as ['...'].
func (p *parser) name(what string) *ast.Name {
	t := p.peek()
	switch {
	case p.failed:
	case t.Kind == token.Ident:
		p.next()
		return &ast.Name{Span: t.Span, Text: t.Text}
	case t.Kind == token.LeftBracket && p.ahead(1).Kind == token.String:
		p.next()
		s := p.next()
		end := p.expect(token.RightBracket)
		return &ast.Name{Span: t.Span.To(end.Span), Text: s.Text}
	default:
		p.errorf("KS005", t.Span, "", "expected %s, got %s", what, p.describe(t))
	}
	return &ast.Name{Span: p.here()}
}
