package parser

import (
	"strings"

	"github.com/glasswatch/glasswatch/kql/ast"
	"github.com/glasswatch/glasswatch/kql/token"
	"github.com/glasswatch/glasswatch/kql/value"
)

// The grammar, loosest first: or, and, one comparison (== != < in between ...), + -, * / %, one string operator
// (has, contains, =~ ...), a sign, paths. A string operator binds tighter than arithmetic, as in Kusto.

func (p *parser) expr() ast.Expr {
	if !p.enter() {
		return p.bad()
	}
	defer p.leave()
	return p.or()
}

func (p *parser) or() ast.Expr {
	x := p.and()
	for n := 0; p.logical("or") && p.chained(n, MaxTerms); n++ {
		x = p.binary(x, "or", p.next(), p.and)
	}
	return x
}

func (p *parser) and() ast.Expr {
	x := p.comparison()
	for n := 0; p.logical("and") && p.chained(n, MaxTerms); n++ {
		x = p.binary(x, "and", p.next(), p.comparison)
	}
	return x
}

// logical reports whether the operator word is at hand; in capitals it is reported and understood.
func (p *parser) logical(word string) bool {
	t := &p.tokens[p.pos]
	if p.failed || t.Kind != token.Ident || len(t.Text) != len(word) {
		return false
	}
	if t.Text == word {
		return true
	}
	if !strings.EqualFold(t.Text, word) {
		return false
	}
	p.report("KS005", t.Span, "write "+word, "operators are written in lower case")
	return true
}

// chained bounds how many operators of one kind follow each other: each is a level of the tree.
func (p *parser) chained(n, limit int) bool {
	if n < limit {
		return true
	}
	p.errorf("GW003", p.peek().Span, "", "more than %d operators in a row", limit)
	return false
}

// binary makes a Binary of x, the operator token just read, and the operand that read returns.
func (p *parser) binary(x ast.Expr, op string, t token.Token, read func() ast.Expr) ast.Expr {
	y := read()
	return &ast.Binary{Span: x.Extent().To(y.Extent()), Op: op, OpSpan: t.Span, X: x, Y: y}
}

func (p *parser) comparison() ast.Expr {
	x := p.additive()
	if p.failed {
		return x
	}
	y := p.compare(x)
	if y != x && !p.failed && p.isComparison(p.peek()) {
		t := p.peek()
		p.errorf("KS198", t.Span, "put one of them in parentheses", "comparisons cannot follow each other")
	}
	return y
}

func (p *parser) isComparison(t token.Token) bool {
	switch t.Kind {
	case token.Equal, token.NotEqual, token.Less, token.LessEqual, token.Greater, token.GreaterEqual:
		return true
	}
	return false
}

// compare reads the operator of a comparison and its right side; without one it returns x.
func (p *parser) compare(x ast.Expr) ast.Expr {
	t := p.peek()
	switch t.Kind {
	case token.Equal, token.NotEqual, token.Less, token.LessEqual, token.Greater, token.GreaterEqual:
		p.next()
		return p.binary(x, t.Kind.String(), t, p.additive)
	case token.Colon:
		if p.searching {
			p.next()
			return p.binary(x, ":", t, p.additive)
		}
	case token.Assign:
		p.report("KS005", t.Span, "write == to compare", "= gives a name; it does not compare")
		p.next()
		return p.binary(x, "==", t, p.additive)
	case token.Ident:
		switch t.Text {
		case "in", "!in", "in~", "!in~", "has_any", "has_all", "!has_any", "!has_all", "has_any~", "has_all~":
			if t.Text == "in" && p.ahead(1).Kind == token.Ident && p.ahead(1).Text == "range" {
				return x // the axis of make-series
			}
			return p.in(x)
		case "between", "!between":
			return p.between(x)
		case "is":
			if p.ahead(1).Kind == token.Ident && (p.ahead(1).Text == "null" || p.ahead(1).Text == "not") {
				p.errorf("KS005", t.Span, "write isnull(x) or isempty(x), isnotnull(x) or isnotempty(x)", "there is no operator \"is\"")
			}
		}
	}
	return x
}

func (p *parser) in(x ast.Expr) ast.Expr {
	op := p.next()
	n := &ast.In{Op: op.Text, OpSpan: op.Span, X: x, Span: x.Extent().To(op.Span)}
	switch op.Text {
	case "!has_any", "!has_all", "has_any~", "has_all~":
		word := strings.Trim(op.Text, "!~")
		hint := "write not(x " + word + " (...))"
		if strings.HasSuffix(op.Text, "~") {
			hint = word + " ignores case already"
		}
		p.report("KS002", op.Span, hint, "there is no operator %s", op.Text)
		n.Op = word
	}
	if t := p.peek(); t.Kind != token.LeftParen {
		p.errorf("KS005", t.Span, "write "+op.Text+" (value, ...)", "expected ( after %s, got %s", op.Text, p.describe(t))
		return n
	}
	p.next()
	n.List = p.list(token.RightParen, p.pipe)
	n.Span = n.Span.To(p.expect(token.RightParen).Span)
	return n
}

func (p *parser) between(x ast.Expr) ast.Expr {
	op := p.next()
	n := &ast.Between{Op: op.Text, OpSpan: op.Span, X: x, Span: x.Extent()}
	if t := p.peek(); t.Kind != token.LeftParen {
		p.errorf("KS005", t.Span, "write "+op.Text+" (low .. high)", "expected ( after %s, got %s", op.Text, p.describe(t))
		n.Low, n.High = p.bad(), p.bad()
		return n
	}
	p.next()
	n.Low = p.expr()
	if t := p.peek(); t.Kind == token.Comma || p.word("and") {
		p.errorf("KS005", t.Span, "write "+op.Text+" (low .. high)", "expected .. between the two bounds, got %s", p.describe(t))
	}
	p.expect(token.DotDot)
	n.High = p.expr()
	n.Span = n.Span.To(p.expect(token.RightParen).Span)
	return n
}

func (p *parser) additive() ast.Expr {
	x := p.multiplicative()
	for n := 0; !p.failed; n++ {
		t := p.peek()
		if t.Kind != token.Plus && t.Kind != token.Minus || !p.chained(n, MaxChain) {
			break
		}
		p.next()
		x = p.binary(x, t.Text, t, p.multiplicative)
	}
	return x
}

func (p *parser) multiplicative() ast.Expr {
	x := p.stringOperation()
	for n := 0; !p.failed; n++ {
		t := p.peek()
		if t.Kind != token.Star && t.Kind != token.Slash && t.Kind != token.Percent || !p.chained(n, MaxChain) {
			break
		}
		p.next()
		x = p.binary(x, t.Text, t, p.stringOperation)
	}
	return x
}

func (p *parser) stringOperation() ast.Expr {
	x := p.unary()
	if p.failed {
		return x
	}
	op, ok := p.stringOperator()
	if !ok {
		return x
	}
	x = p.binary(x, op.Text, op, p.unary)
	if again, ok := p.stringOperator(); ok && !p.failed {
		p.errorf("KS198", again.Span, "put one of them in parentheses", "%s cannot follow %s", again.Text, op.Text)
	}
	return x
}

// stringOperator reads has, contains, =~, matches regex and their like.
func (p *parser) stringOperator() (token.Token, bool) {
	t := p.peek()
	switch {
	case t.Kind == token.EqualFold || t.Kind == token.NotEqualFold:
	case t.Kind != token.Ident:
		return t, false
	case t.Text == "matches":
		if next := p.ahead(1); next.Kind == token.Ident && next.Text == "regex" {
			p.next()
			t.Text, t.Span = "matches regex", t.Span.To(next.Span)
		} else {
			p.errorf("KS005", next.Span, "write matches regex \"...\"", "expected regex after matches, got %s", p.describe(next))
			return t, false
		}
	case !isStringOperator(t.Text):
		return t, false
	}
	p.next()
	return t, true
}

func isStringOperator(s string) bool {
	switch s {
	case "has", "!has", "has_cs", "!has_cs", "hasprefix", "!hasprefix", "hasprefix_cs", "!hasprefix_cs", "hassuffix",
		"!hassuffix", "hassuffix_cs", "!hassuffix_cs", "contains", "!contains", "contains_cs", "!contains_cs",
		"startswith", "!startswith", "startswith_cs", "!startswith_cs", "endswith", "!endswith", "endswith_cs", "!endswith_cs",
		"like", "notlike", "like_cs", "notlike_cs", "containscs", "notcontains", "notcontainscs":
		return true
	}
	return false
}

// unary reads one sign at most, then a path.
func (p *parser) unary() ast.Expr {
	t := p.peek()
	if p.failed || t.Kind != token.Minus && t.Kind != token.Plus {
		return p.path()
	}
	p.next()
	if n := p.peek(); t.Kind == token.Minus && (n.Kind == token.Long || n.Kind == token.Real || n.Kind == token.TimeSpan) {
		p.next()
		return p.negated(t, n)
	}
	x := p.path()
	return &ast.Unary{Span: t.Span.To(x.Extent()), Op: t.Text, X: x}
}

// path reads a primary with the steps after it: a.b["c"][0].
func (p *parser) path() ast.Expr {
	x := p.primary()
	if _, ok := x.(*ast.Literal); ok {
		return x
	}
	for n := 0; !p.failed && p.chained(n, MaxChain); n++ {
		switch p.peek().Kind {
		case token.Dot:
			p.next()
			if p.peek().Kind == token.LeftBracket && p.ahead(1).Kind != token.String {
				continue // bag.[expression] is bag[expression]
			}
			x = p.member(x)
		case token.LeftBracket:
			p.next()
			i := p.expr()
			end := p.expect(token.RightBracket)
			x = &ast.Index{Span: x.Extent().To(end.Span), X: x, I: i}
		default:
			return x
		}
	}
	return x
}

func (p *parser) member(x ast.Expr) ast.Expr {
	name := p.name("a property name")
	var selector ast.Expr = name
	if p.peek().Kind == token.LeftParen && !p.failed {
		selector = p.call(name)
	}
	return &ast.Member{Span: x.Extent().To(selector.Extent()), X: x, Selector: selector}
}

func (p *parser) primary() ast.Expr {
	t := p.peek()
	switch t.Kind {
	case token.Long, token.Real, token.TimeSpan, token.Typed:
		return p.literal()
	case token.String:
		return p.str()
	case token.LeftParen:
		return p.paren()
	case token.LeftBracket:
		return p.name("a name in [' ']")
	case token.Star:
		p.next()
		return &ast.Star{Span: t.Span}
	case token.Bang:
		p.errorf("KS002", t.Span, "write not(...)", "unexpected !")
	case token.Ident:
		if !reserved(t.Text) {
			return p.wordExpr(t)
		}
	}
	if t.Kind == token.EOF {
		p.errorf("KS006", p.here(), "", "the query ends where an expression is expected")
	} else {
		p.errorf("KS006", t.Span, "", "expected an expression, got %s", p.describe(t))
	}
	return p.bad()
}

// reserved words are operators and cannot begin an expression; as a column's name they are written ['and'].
func reserved(s string) bool {
	switch s {
	case "and", "or", "in", "between", "contains", "startswith", "endswith", "has":
		return true
	}
	return s[0] == '!'
}

// wordExpr reads an expression that begins with a word: a literal, a call, a table literal or a name.
func (p *parser) wordExpr(t token.Token) ast.Expr {
	p.next()
	open := p.peek().Kind == token.LeftParen
	switch {
	case t.Text == "true" || t.Text == "false":
		return &ast.Literal{Span: t.Span, Value: value.NewBool(t.Text == "true"), Raw: t.Text}
	case t.Text == "inline_external_table" && (open || p.peek().Kind == token.Ident):
		p.errorf("GW020", t.Span, "use externaldata, or import the file", "inline_external_table is not supported: a query reads no files")
		return p.bad()
	case t.Text == "entity_group" && p.namesEntities():
		p.errorf("GW020", t.Span, "query the tables by their names, several of them with union", "entity_group is not supported: it names clusters and databases, and all tables are in one place here")
		return p.bad()
	case !open && (t.Text == "not" || t.Text == "NOT") && p.startsExpr():
		p.errorf("KS117", t.Span, "write not(...)", "not is a function")
		return p.bad()
	case !open:
		return &ast.Name{Span: t.Span, Text: t.Text}
	case t.Text == "dynamic":
		return p.dynamic(t)
	case t.Text == "datatable":
		return p.datatable(t)
	case t.Text == "externaldata" || t.Text == "external_data":
		return p.externalData(t)
	}
	return p.call(&ast.Name{Span: t.Span, Text: t.Text})
}

// namesEntities reports whether a list of clusters or databases is ahead.
func (p *parser) namesEntities() bool {
	if p.peek().Kind != token.LeftBracket {
		return false
	}
	first := p.ahead(1)
	return p.ahead(2).Kind == token.LeftParen && first.Kind == token.Ident && (first.Text == "cluster" || first.Text == "database")
}

// startsExpr reports whether the token at hand can only begin an expression.
func (p *parser) startsExpr() bool {
	switch t := p.peek(); t.Kind {
	case token.Ident:
		return !reserved(t.Text) && t.Text != "by"
	case token.String, token.Long, token.Real, token.TimeSpan, token.Typed:
		return true
	}
	return false
}

// str reads one string literal, or several in a row, which are one.
func (p *parser) str() ast.Expr {
	t := p.next()
	text, s, raw := t.Text, t.Span, p.raw(t)
	for p.peek().Kind == token.String {
		t = p.next()
		text, s, raw = text+t.Text, s.To(t.Span), ""
	}
	return &ast.Literal{Span: s, Value: value.NewString(text), Raw: raw}
}

func (p *parser) paren() ast.Expr {
	open := p.next()
	if !p.enter() {
		return p.bad()
	}
	defer p.leave()
	x := p.pipe()
	end := p.expect(token.RightParen)
	return &ast.Paren{Span: open.Span.To(end.Span), X: x}
}

func (p *parser) call(name *ast.Name) ast.Expr {
	c := &ast.Call{Span: name.Span, Name: name}
	p.expect(token.LeftParen)
	if !p.failed && p.peek().Kind != token.RightParen {
		c.Args = p.list(token.RightParen, p.argument)
	}
	c.Span = name.Span.To(p.expect(token.RightParen).Span)
	return c
}

func (p *parser) argument() ast.Expr {
	if p.isNamed() {
		return p.named(p.pipe)
	}
	return p.pipe()
}

// list reads expressions separated by commas.
func (p *parser) list(end token.Kind, read func() ast.Expr) []ast.Expr {
	if !p.enter() {
		return nil
	}
	defer p.leave()
	xs := []ast.Expr{read()}
	for p.accept(token.Comma) {
		xs = append(xs, read())
	}
	if t := p.peek(); !p.failed && t.Kind != end && end != token.EOF {
		p.errorf("KS005", t.Span, "", "expected , or %s, got %s", end, p.describe(t))
	}
	return xs
}

// isNamed reports whether "name =" or "(name, ...) =" is ahead.
func (p *parser) isNamed() bool {
	switch p.peek().Kind {
	case token.Ident:
		return p.ahead(1).Kind == token.Assign
	case token.LeftBracket:
		return p.ahead(1).Kind == token.String && p.ahead(2).Kind == token.RightBracket && p.ahead(3).Kind == token.Assign
	case token.LeftParen:
		for i := 1; ; i += 2 {
			if p.ahead(i).Kind != token.Ident {
				return false
			}
			switch p.ahead(i + 1).Kind {
			case token.Comma:
			case token.RightParen:
				return p.ahead(i+2).Kind == token.Assign
			default:
				return false
			}
		}
	}
	return false
}

func (p *parser) named(read func() ast.Expr) ast.Expr {
	n := &ast.Named{Span: p.peek().Span}
	if p.accept(token.LeftParen) {
		n.Tuple = true
		for {
			n.Names = append(n.Names, p.name("a name"))
			if !p.accept(token.Comma) {
				break
			}
		}
		p.expect(token.RightParen)
	} else {
		n.Names = []*ast.Name{p.name("a name")}
	}
	p.expect(token.Assign)
	n.X = read()
	n.Span = n.Span.To(n.X.Extent())
	return n
}

func (p *parser) datatable(word token.Token) ast.Expr {
	d := &ast.Datatable{Span: word.Span}
	p.expect(token.LeftParen)
	d.Columns = p.columns(token.RightParen)
	p.expect(token.RightParen)
	p.expect(token.LeftBracket)
	for !p.failed && p.peek().Kind != token.RightBracket {
		d.Values = append(d.Values, p.unary())
		if !p.accept(token.Comma) {
			break
		}
	}
	d.Span = word.Span.To(p.expect(token.RightBracket).Span)
	return d
}
