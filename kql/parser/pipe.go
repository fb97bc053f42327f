package parser

import (
	"strings"

	"github.com/glasswatch/glasswatch/kql/ast"
	"github.com/glasswatch/glasswatch/kql/token"
)

// pipe reads an expression and the operators piped to it. Without operators it returns the expression itself.
func (p *parser) pipe() ast.Expr {
	if !p.enter() {
		return p.bad()
	}
	defer p.leave()
	first, from := p.peek(), p.pos
	n := &ast.Pipe{Span: token.Span{Start: first.Start, End: first.Start}}
	switch {
	case first.Kind == token.Pipe:
		n.Bare = true
	case p.beginsWithOperator():
		n.Ops = append(n.Ops, p.operator())
	case p.lacksTable():
		n.Bare = true
		n.Ops = append(n.Ops, p.operator())
	default:
		n.Source = p.or()
		if !p.failed && (p.peek().Kind != token.Pipe || isValue(n.Source)) {
			return n.Source
		}
		if p.failed {
			p.sync(true, from)
		}
	}
	if p.failed { // the first operator was broken
		p.sync(true, from)
	}
	for !p.failed && p.peek().Kind == token.Pipe {
		if len(n.Ops) >= MaxChain {
			p.errorf("GW003", p.peek().Span, "", "more than %d operators in a pipeline", MaxChain)
			p.pos = len(p.tokens) - 1
			break
		}
		p.next()
		from = p.pos
		n.Ops = append(n.Ops, p.operator())
		if p.failed {
			p.sync(true, from)
		}
	}
	n.End = max(n.Start, p.here().End)
	if len(n.Ops) == 0 {
		return n.Source
	}
	return n
}

// beginsWithOperator reports whether an operator that needs no input is ahead (print, union, range ...).
func (p *parser) beginsWithOperator() bool {
	t := p.peek()
	if t.Kind != token.Ident {
		return false
	}
	next := p.ahead(1)
	switch t.Text {
	case "macro":
		name, _ := p.operatorName()
		return name == "macro-expand"
	case "print", "union":
		switch next.Kind {
		case token.Pipe, token.Assign, token.Comma, token.Semicolon, token.RightParen:
			return false
		}
		return true
	case "search", "find", "evaluate":
		return next.Kind == token.Ident || next.Kind == token.String || next.Kind == token.LeftParen || next.Kind == token.Star
	case "range":
		return next.Kind == token.Ident && p.ahead(2).Kind == token.Ident
	}
	return false
}

// isValue reports an expression that cannot be a table, so that a pipe after it is a mistake there: (a == 1 | take 5.
func isValue(x ast.Expr) bool {
	switch x.(type) {
	case *ast.Binary, *ast.In, *ast.Between, *ast.Unary, *ast.Literal, *ast.Dynamic:
		return true
	}
	return false
}

// lacksTable reports, as an error, a query that begins with an operator: where x == 1. It is read as if a pipe stood
// before it.
func (p *parser) lacksTable() bool {
	name, n := p.operatorName()
	if n == 0 || !isOperator(name) {
		return false
	}
	switch next := p.ahead(n); next.Kind {
	case token.Ident:
		if reserved(next.Text) || isStringOperator(next.Text) || next.Text == "matches" || next.Text == "by" {
			return false
		}
	case token.Long, token.String:
	default:
		return false
	}
	s := p.peek().Span.To(p.ahead(n - 1).Span)
	p.report("KS174", s, "write Table | "+name+" ...", "%s cannot be the first operator of a query: a table is missing", name)
	return true
}

// operatorName reads ahead over a name that may have hyphens (project-away) without moving; n is its length in tokens.
func (p *parser) operatorName() (name string, n int) {
	t := p.peek()
	if t.Kind != token.Ident {
		return "", 0
	}
	name, n = t.Text, 1
	for end := t.End; p.ahead(n).Kind == token.Minus && p.ahead(n).Start == end; n += 2 {
		word := p.ahead(n + 1)
		if word.Kind != token.Ident || word.Start != p.ahead(n).End {
			break
		}
		name, end = name+"-"+word.Text, word.End
	}
	return name, n
}

// operator reads one step of a pipeline, the pipe before it being read.
func (p *parser) operator() ast.Operator {
	start := p.peek()
	name, n := p.operatorName()
	if n == 0 {
		hint := ""
		if start.Kind == token.Pipe {
			hint = "there is one pipe too many"
		}
		p.errorf("KS176", start.Span, hint, "expected an operator, got %s", p.describe(start))
		return &ast.BadOperator{Span: p.here()}
	}
	s := start.Span.To(p.ahead(n - 1).Span)
	if lower := strings.ToLower(name); lower != name && isOperator(lower) {
		p.report("KS176", s, "write "+lower, "operators are written in lower case")
		name = lower
	}
	for !isOperator(name) && n > 1 { // "where-1": not a hyphenated operator
		n -= 2
		name = name[:strings.LastIndexByte(name, '-')]
	}
	if !isOperator(name) {
		full, _ := p.operatorName()
		p.errorf("KS176", s, operatorHint(full), "there is no operator %q", full)
		return &ast.BadOperator{Span: s}
	}
	p.pos += n
	op := p.arguments(name, s)
	return op
}

// arguments reads what follows the name of an operator.
func (p *parser) arguments(name string, s token.Span) ast.Operator {
	switch name {
	case "where", "filter":
		cond := p.expr()
		return &ast.Where{Span: s.To(cond.Extent()), Cond: cond}
	case "extend":
		xs := p.list(token.EOF, p.namedExpr)
		return &ast.Extend{Span: p.until(s), Exprs: xs}
	case "project":
		xs := p.list(token.EOF, p.namedExpr)
		return &ast.Project{Span: p.until(s), Exprs: xs}
	case "project-away":
		xs := p.list(token.EOF, p.namePattern)
		return &ast.ProjectAway{Span: p.until(s), Exprs: xs}
	case "project-keep":
		xs := p.list(token.EOF, p.namePattern)
		return &ast.ProjectKeep{Span: p.until(s), Exprs: xs}
	case "project-rename":
		xs := p.list(token.EOF, p.namedExpr)
		return &ast.ProjectRename{Span: p.until(s), Exprs: xs}
	case "project-reorder":
		xs := p.list(token.EOF, p.orderedPattern)
		return &ast.ProjectReorder{Span: p.until(s), Exprs: xs}
	case "take", "limit":
		n := p.expr()
		return &ast.Take{Span: s.To(n.Extent()), N: n}
	case "count":
		return p.count(s)
	case "print":
		xs := p.list(token.EOF, p.namedExpr)
		return &ast.Print{Span: p.until(s), Exprs: xs}
	}
	return p.argumentsWithOptions(name, s)
}

func (p *parser) argumentsWithOptions(name string, s token.Span) ast.Operator {
	switch name {
	case "sort", "order":
		options := p.options()
		p.expectWord("by")
		xs := p.list(token.EOF, p.ordered)
		return &ast.Sort{Span: p.until(s), Options: options, Keys: xs}
	case "top":
		t := &ast.Top{Options: p.options(), N: p.expr()}
		p.expectWord("by")
		t.Key = p.ordered()
		t.Span = p.until(s)
		return t
	case "distinct":
		options := p.options()
		xs := p.list(token.EOF, p.namedExpr)
		return &ast.Distinct{Span: p.until(s), Options: options, Exprs: xs}
	case "summarize":
		return p.summarize(s)
	case "union":
		options := p.options()
		xs := p.list(token.EOF, p.unionTable)
		return &ast.Union{Span: p.until(s), Options: options, Tables: xs}
	case "as":
		options := p.options()
		as := &ast.As{Options: options, Name: p.name("a name")}
		as.Span = p.until(s)
		return as
	case "render":
		return p.render(s)
	}
	if op := p.tabular(name, s); op != nil {
		return op
	}
	return p.unsupported(name, s)
}

// until returns the span from s to the last token read.
func (p *parser) until(s token.Span) token.Span { return s.To(p.here()) }

func (p *parser) namedExpr() ast.Expr {
	if p.isNamed() {
		return p.named(p.expr)
	}
	return p.expr()
}

func (p *parser) count(s token.Span) ast.Operator {
	c := &ast.Count{}
	if p.acceptWord("as") {
		c.As = p.name("a name")
	}
	c.Span = p.until(s)
	return c
}

func (p *parser) summarize(s token.Span) ast.Operator {
	n := &ast.Summarize{Options: p.options()}
	atBy := func() bool { return p.word("by") && p.ahead(1).Kind != token.Assign }
	if t := p.peek(); !atBy() && t.Kind != token.Pipe && t.Kind != token.EOF && t.Kind != token.Semicolon && t.Kind != token.RightParen {
		n.Aggs = p.list(token.EOF, p.namedExpr)
	}
	if !p.failed && atBy() {
		p.next()
		n.Keys = p.list(token.EOF, p.namedExpr)
	}
	n.Span = p.until(s)
	return n
}

// ordered reads a sort key: expression asc|desc nulls first|last.
func (p *parser) ordered() ast.Expr { return p.order(p.namedExpr()) }

func (p *parser) order(x ast.Expr) ast.Expr {
	o := &ast.Ordered{X: x}
	if p.failed {
		return x
	}
	switch name, n := p.operatorName(); name {
	case "asc", "desc", "granny-asc", "granny-desc":
		o.Order = name
		p.pos += n
	}
	if p.acceptWord("nulls") {
		t := p.peek()
		if !p.word("first") && !p.word("last") {
			p.errorf("KS005", t.Span, "", "expected first or last, got %s", p.describe(t))
		} else {
			o.Nulls = p.next().Text
		}
	}
	if o.Order == "" && o.Nulls == "" {
		return x
	}
	o.Span = x.Extent().To(p.here())
	return o
}

func (p *parser) orderedPattern() ast.Expr { return p.order(p.namePattern()) }

// namePattern reads a column name, or one with wildcards: a*, *b, a*b, *.
func (p *parser) namePattern() ast.Expr {
	t := p.peek()
	if p.failed || t.Kind == token.LeftBracket {
		return p.name("a column name")
	}
	text, s, stars := "", t.Span, 0
	for t.Kind == token.Ident || t.Kind == token.Star || t.Kind == token.Long {
		if text != "" && t.Start != s.End {
			break
		}
		if t.Kind == token.Star {
			stars++
		}
		text, s = text+t.Text, s.To(t.Span)
		p.next()
		t = p.peek()
	}
	switch {
	case text == "":
		p.errorf("KS109", t.Span, "", "expected a column name, got %s", p.describe(t))
		return p.bad()
	case text == "*":
		return &ast.Star{Span: s}
	case stars > 0:
		return &ast.Pattern{Span: s, Text: text}
	}
	return &ast.Name{Span: s, Text: text}
}

// unionTable reads one input of a union: a table, a pattern of names, a call, or a query in parentheses.
func (p *parser) unionTable() ast.Expr {
	a, b := p.peek(), p.ahead(1)
	if a.Kind == token.Star || a.Kind == token.Ident && b.Kind == token.Star && b.Start == a.End {
		return p.namePattern()
	}
	return p.path()
}

// options reads name=value pairs before the arguments of an operator: kind=inner, hint.strategy = shuffle.
func (p *parser) options() []*ast.Option {
	var options []*ast.Option
	for !p.failed && p.peek().Kind == token.Ident {
		n := 1
		for p.ahead(n).Kind == token.Dot && p.ahead(n+1).Kind == token.Ident {
			n += 2
		}
		if p.ahead(n).Kind != token.Assign || n == 1 && !isOption(p.peek().Text) {
			break
		}
		start := p.peek()
		name := ""
		for range n {
			name += p.next().Text
		}
		p.next()
		o := &ast.Option{Name: name, Value: p.optionValue()}
		o.Span = start.Span.To(o.Value.Extent())
		options = append(options, o)
	}
	return options
}

func isOption(name string) bool {
	switch name {
	case "kind", "withsource", "with_source", "isfuzzy", "hint", "flags", "bagexpansion", "with_itemindex", "Threshold":
		return true
	}
	return false
}

func (p *parser) optionValue() ast.Expr {
	switch t := p.peek(); t.Kind {
	case token.String:
		return p.str()
	case token.Long, token.Real, token.TimeSpan, token.Typed:
		return p.literal()
	case token.Ident:
		if t.Text == "true" || t.Text == "false" {
			return p.wordExpr(t)
		}
	}
	return p.name("a value")
}

// render reads the kind of chart and its properties.
func (p *parser) render(s token.Span) ast.Operator {
	r := &ast.Render{Kind: p.name("a kind of chart")}
	if p.acceptWord("with") {
		r.With = true
		p.expect(token.LeftParen)
		for !p.failed && p.peek().Kind != token.RightParen {
			r.Props = append(r.Props, p.property())
			p.accept(token.Comma)
		}
		p.expect(token.RightParen)
	}
	for !r.With && !p.failed && p.peek().Kind == token.Ident && p.ahead(1).Kind == token.Assign {
		r.Props = append(r.Props, p.property())
		p.accept(token.Comma)
	}
	r.Span = p.until(s)
	return r
}

// property reads name=value, value being a list of names or a literal.
func (p *parser) property() *ast.Option {
	name := p.name("a property")
	p.expect(token.Assign)
	o := &ast.Option{Name: name.Text, Value: p.optionValue()}
	o.Span = name.Span.To(o.Value.Extent())
	return o
}

// unsupported skips an operator of the language that is not known here. The place of the error is its name; that it is
// one is reported when the query is bound.
func (p *parser) unsupported(name string, s token.Span) ast.Operator {
	if p.failed {
		return &ast.BadOperator{Span: s}
	}
	p.skipStep()
	s = p.until(s)
	return &ast.Unsupported{Span: s, Name: name, Text: p.src[s.Start:s.End]}
}

// skipStep moves to the next pipe or semicolon outside of brackets, or to a bracket that this step did not open.
func (p *parser) skipStep() {
	level := 0
	for {
		switch p.peek().Kind {
		case token.EOF:
			return
		case token.Pipe, token.Semicolon:
			if level == 0 {
				return
			}
		case token.LeftParen, token.LeftBracket, token.LeftBrace:
			level++
		case token.RightParen, token.RightBracket, token.RightBrace:
			if level == 0 {
				return
			}
			level--
		}
		p.pos++
	}
}

func isOperator(name string) bool {
	for _, o := range operatorNames {
		if o == name {
			return true
		}
	}
	return false
}

// operatorNames are all tabular operators of the language.
var operatorNames = []string{
	"where", "extend", "project", "summarize", "sort", "order", "take", "limit", "top", "count", "distinct", "union", "join",
	"project-away", "project-rename", "project-keep", "project-reorder", "project-by-names", "print", "as", "render", "filter",
	"parse", "parse-where", "parse-kv", "mv-expand", "mvexpand", "mv-apply", "mvapply", "make-series", "lookup", "evaluate",
	"search", "find", "range", "invoke", "getschema", "serialize", "sample", "sample-distinct", "top-hitters", "top-nested",
	"partition", "reduce", "scan", "fork", "facet", "consume", "make-graph",
	"graph-match", "graph-to-table", "graph-shortest-paths", "graph-mark-components", "graph-where-nodes", "graph-where-edges",
	"macro-expand", "execute_and_cache", "assert-schema",
}
