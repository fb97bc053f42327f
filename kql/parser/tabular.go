package parser

import (
	"github.com/glasswatch/glasswatch/kql/ast"
	"github.com/glasswatch/glasswatch/kql/token"
)

// tabular reads the operators that join, expand, parse and shape tables; nil for one that is not known.
func (p *parser) tabular(name string, s token.Span) ast.Operator {
	switch name {
	case "join", "lookup":
		return p.join(name, s)
	case "mv-expand", "mvexpand":
		return p.expand(name, s, false)
	case "mv-apply", "mvapply":
		return p.expand(name, s, true)
	case "parse", "parse-where":
		return p.parseOperator(name, s)
	case "parse-kv":
		return p.parseKV(s)
	case "range":
		return p.rangeOperator(s)
	case "serialize":
		n := &ast.Serialize{}
		if t := p.peek(); t.Kind == token.Ident || t.Kind == token.LeftBracket {
			n.Exprs = p.list(token.EOF, p.namedExpr)
		}
		n.Span = p.until(s)
		return n
	case "getschema", "consume":
		n := &ast.Plain{Name: name, Options: p.options()}
		n.Span = p.until(s)
		return n
	case "sample", "sample-distinct":
		n := &ast.Sample{N: p.expr()}
		if name == "sample-distinct" {
			p.expectWord("of")
			n.Of = p.namedExpr()
		}
		n.Span = p.until(s)
		return n
	}
	return p.shaping(name, s)
}

func (p *parser) shaping(name string, s token.Span) ast.Operator {
	switch name {
	case "top-hitters":
		n := &ast.TopHitters{N: p.expr()}
		p.expectWord("of")
		n.Of = p.namedExpr()
		if p.acceptWord("by") {
			n.By = p.namedExpr()
		}
		n.Span = p.until(s)
		return n
	case "top-nested":
		return p.topNested(s)
	case "make-series":
		return p.makeSeries(s)
	case "partition":
		return p.partition(s)
	case "invoke":
		n := &ast.Invoke{Call: p.calling()}
		n.Span = p.until(s)
		return n
	case "evaluate":
		return p.evaluate(s)
	case "search":
		return p.search(s)
	case "project-by-names":
		n := &ast.ProjectByNames{Exprs: p.list(token.EOF, p.expr)}
		n.Span = p.until(s)
		return n
	case "fork":
		return p.fork(s)
	case "facet":
		return p.facet(s)
	case "find":
		return p.find(s)
	}
	return p.arranging(name, s)
}

// calling reads a name with arguments.
func (p *parser) calling() *ast.Call {
	name := p.name("a function")
	if c, ok := p.call(name).(*ast.Call); ok {
		return c
	}
	return &ast.Call{Span: name.Span, Name: name}
}

func (p *parser) join(name string, s token.Span) ast.Operator {
	n := &ast.Join{Lookup: name == "lookup", Options: p.options()}
	n.Right = p.path()
	if p.failed {
		return n
	}
	if t := p.peek(); !p.word("on") {
		p.errorf("KS006", t.Span, "name the columns that must be equal: on Column", "expected on after the table of %s, got %s", name, p.describe(t))
		return n
	}
	p.next()
	n.On = p.list(token.EOF, p.expr)
	n.Span = p.until(s)
	return n
}

// subpipe reads operators without a source, as they stand in the parentheses of mv-apply.
func (p *parser) subpipe(end token.Kind) *ast.Pipe {
	n := &ast.Pipe{Span: token.Span{Start: p.peek().Start}}
	if !p.enter() {
		return n
	}
	defer p.leave()
	for {
		n.Ops = append(n.Ops, p.operator())
		if p.failed || !p.accept(token.Pipe) {
			break
		}
	}
	n.End = max(n.Start, p.here().End)
	if t := p.peek(); t.Kind != end {
		p.errorf("KS005", t.Span, "", "expected | or %s, got %s", end, p.describe(t))
	}
	return n
}

func (p *parser) expand(name string, s token.Span, apply bool) ast.Operator {
	n := &ast.Expand{Legacy: name == "mvexpand", Options: p.options()}
	for !p.failed {
		n.Items = append(n.Items, p.expandItem())
		if !p.accept(token.Comma) {
			break
		}
	}
	if p.acceptWord("limit") {
		n.Limit = p.expr()
	}
	if apply {
		p.expectWord("on")
		p.expect(token.LeftParen)
		n.Body = p.subpipe(token.RightParen)
		p.expect(token.RightParen)
	}
	n.Span = p.until(s)
	return n
}

func (p *parser) expandItem() *ast.ExpandItem {
	item := &ast.ExpandItem{X: p.namedExpr()}
	if p.acceptWord("to") {
		p.expectWord("typeof")
		p.expect(token.LeftParen)
		item.Type = p.name("a type")
		p.expect(token.RightParen)
	}
	item.Span = item.X.Extent().To(p.here())
	return item
}

func (p *parser) parseOperator(name string, s token.Span) ast.Operator {
	n := &ast.Parse{Where: name == "parse-where", Options: p.options(), X: p.expr()}
	p.expectWord("with")
	for !p.failed {
		switch t := p.peek(); t.Kind {
		case token.Star:
			p.next()
			n.Parts = append(n.Parts, ast.ParsePart{Star: true})
		case token.String:
			n.Parts = append(n.Parts, ast.ParsePart{Text: p.str()})
		case token.Ident, token.LeftBracket:
			part := ast.ParsePart{Column: p.name("a column name")}
			if p.accept(token.Colon) {
				part.Type = p.name("a type")
			}
			n.Parts = append(n.Parts, part)
		default:
			if len(n.Parts) == 0 {
				p.errorf("KS005", t.Span, "", "expected a pattern after with, got %s", p.describe(t))
			}
			n.Span = p.until(s)
			return n
		}
	}
	return n
}

func (p *parser) parseKV(s token.Span) ast.Operator {
	n := &ast.ParseKV{X: p.expr()}
	p.expectWord("as")
	p.expect(token.LeftParen)
	n.Columns = p.columns(token.RightParen)
	p.expect(token.RightParen)
	n.Options = p.withOptions()
	n.Span = p.until(s)
	return n
}

// withOptions reads with (name=value, ...), if it is there.
func (p *parser) withOptions() []*ast.Option {
	var out []*ast.Option
	if !p.acceptWord("with") {
		return nil
	}
	p.expect(token.LeftParen)
	for !p.failed && p.peek().Kind != token.RightParen {
		out = append(out, p.property())
		if !p.accept(token.Comma) {
			break
		}
	}
	p.expect(token.RightParen)
	return out
}

func (p *parser) rangeOperator(s token.Span) ast.Operator {
	n := &ast.Range{Name: p.name("a column name")}
	p.expectWord("from")
	n.From = p.expr()
	p.expectWord("to")
	n.To = p.expr()
	p.expectWord("step")
	n.Step = p.expr()
	n.Span = p.until(s)
	return n
}

func (p *parser) topNested(s token.Span) ast.Operator {
	n := &ast.TopNested{}
	for {
		l := &ast.Level{Span: p.peek().Span}
		if !p.word("of") {
			l.N = p.expr()
		}
		p.expectWord("of")
		l.Of = p.namedExpr()
		if p.acceptWord("with") {
			p.expectWord("others")
			p.expect(token.Assign)
			l.Others = p.expr()
		}
		p.expectWord("by")
		l.By = p.ordered()
		l.Span = p.until(l.Span)
		n.Levels = append(n.Levels, l)
		if p.failed || !p.accept(token.Comma) {
			break
		}
		if word, size := p.operatorName(); word == "top-nested" {
			p.pos += size
		} else {
			p.errorf("KS005", p.peek().Span, "", "expected top-nested, got %s", p.describe(p.peek()))
		}
	}
	n.Span = p.until(s)
	return n
}

func (p *parser) makeSeries(s token.Span) ast.Operator {
	n := &ast.MakeSeries{Options: p.options()}
	for !p.failed {
		n.Aggs = append(n.Aggs, p.namedExpr())
		var fallback ast.Expr
		if p.acceptWord("default") {
			p.expect(token.Assign)
			fallback = p.expr()
		}
		n.Defaults = append(n.Defaults, fallback)
		if !p.accept(token.Comma) {
			break
		}
	}
	p.expectWord("on")
	n.On = p.namedExpr()
	if p.acceptWord("in") {
		n.In = true
		p.expectWord("range")
		p.expect(token.LeftParen)
		n.From = p.expr()
		p.expect(token.Comma)
		n.To = p.expr()
		p.expect(token.Comma)
		n.Step = p.expr()
		p.expect(token.RightParen)
	} else {
		if p.acceptWord("from") {
			n.From = p.expr()
		}
		if p.acceptWord("to") {
			n.To = p.expr()
		}
		p.expectWord("step")
		n.Step = p.expr()
	}
	if p.acceptWord("by") {
		n.Keys = p.list(token.EOF, p.namedExpr)
	}
	n.Span = p.until(s)
	return n
}

func (p *parser) partition(s token.Span) ast.Operator {
	n := &ast.Partition{Options: p.options()}
	p.expectWord("by")
	n.By = p.name("a column name")
	if p.accept(token.LeftBrace) {
		n.Braces = true
		x := p.pipe()
		body, ok := x.(*ast.Pipe)
		if !ok {
			body = &ast.Pipe{Span: x.Extent(), Source: x}
		}
		n.Body = body
		p.expect(token.RightBrace)
	} else {
		p.expect(token.LeftParen)
		n.Body = p.subpipe(token.RightParen)
		p.expect(token.RightParen)
	}
	n.Span = p.until(s)
	return n
}

func (p *parser) evaluate(s token.Span) ast.Operator {
	n := &ast.Evaluate{Options: p.options(), Call: p.calling()}
	if p.accept(token.Colon) {
		n.HasSchema = true
		p.expect(token.LeftParen)
		if n.Star = p.accept(token.Star); !n.Star || p.accept(token.Comma) {
			n.Columns = p.columns(token.RightParen)
		}
		p.expect(token.RightParen)
	}
	n.Span = p.until(s)
	return n
}

// tables reads in (Table, ...), if it is there.
func (p *parser) tables() []ast.Expr {
	if !p.word("in") || p.ahead(1).Kind != token.LeftParen {
		return nil
	}
	p.next()
	p.next()
	xs := p.list(token.RightParen, p.unionTable)
	p.expect(token.RightParen)
	return xs
}

func (p *parser) search(s token.Span) ast.Operator {
	n := &ast.Search{Options: p.options(), In: p.tables()}
	outer := p.searching
	p.searching = true
	n.Cond = p.expr()
	p.searching = outer
	n.Span = p.until(s)
	return n
}

func (p *parser) find(s token.Span) ast.Operator {
	n := &ast.Find{Options: p.options(), In: p.tables()}
	n.Where = p.acceptWord("where")
	outer := p.searching
	p.searching = true
	n.Cond = p.expr()
	if name, size := p.operatorName(); name == "project-smart" {
		p.pos += size
	} else if p.acceptWord("project") {
		n.Project = p.list(token.EOF, p.namedExpr) // column: type, too
	}
	p.searching = outer
	n.Span = p.until(s)
	return n
}

// externalData reads externaldata(columns)[addresses] with (options), the word being read.
func (p *parser) externalData(word token.Token) ast.Expr {
	x := &ast.External{}
	p.expect(token.LeftParen)
	x.Columns = p.columns(token.RightParen)
	p.expect(token.RightParen)
	p.expect(token.LeftBracket)
	x.URIs = p.list(token.RightBracket, p.expr)
	p.expect(token.RightBracket)
	x.Options = p.withOptions()
	x.Span = p.until(word.Span)
	return x
}

// declare reads declare query_parameters(name: type = default, ...).
func (p *parser) declare() ast.Stmt {
	start := p.next()
	p.next()
	d := &ast.Declare{}
	p.expect(token.LeftParen)
	for !p.failed && p.peek().Kind != token.RightParen {
		d.Params = append(d.Params, p.param())
		if !p.accept(token.Comma) {
			break
		}
	}
	p.expect(token.RightParen)
	d.Span = p.until(start.Span)
	return d
}
