package parser

import (
	"math"
	"strconv"
	"strings"

	"github.com/glasswatch/glasswatch/kql/ast"
	"github.com/glasswatch/glasswatch/kql/token"
	"github.com/glasswatch/glasswatch/kql/value"
)

// literal reads the token at hand, which is a number, a timespan or a typed literal.
func (p *parser) literal() ast.Expr {
	t := p.next()
	v, ok := literalValue(t)
	if !ok {
		if x := p.computed(t); x != nil {
			return x
		}
		p.literalError(t)
		return &ast.Bad{Span: t.Span}
	}
	return &ast.Literal{Span: t.Span, Value: v, Raw: p.raw(t)}
}

// computed reads an expression where a typed literal of a number or a span should have a plain value, long(1+1), as a
// conversion to the type; nil when it is none.
func (p *parser) computed(t token.Token) ast.Expr {
	switch t.Text {
	case "int", "long", "real", "double", "decimal", "timespan", "time":
	case "datetime", "date":
		return today(t)
	default:
		return nil
	}
	begin := t.End - 1 - len(t.Inner)
	l := &lexer{src: p.src[:t.End-1], pos: begin}
	for l.next() {
	}
	inner := &parser{src: p.src, tokens: l.tokens, depth: p.depth + 1}
	x := inner.expr()
	if inner.failed || len(inner.diags)+len(l.diags) > 0 || inner.peek().Kind != token.EOF {
		return nil
	}
	switch x.(type) {
	case *ast.Binary, *ast.Name, *ast.Call:
		name := &ast.Name{Span: token.Span{Start: t.Start, End: t.Start + len(t.Text)}, Text: conversion(t.Text)}
		return &ast.Call{Span: t.Span, Name: name, Args: []ast.Expr{x}}
	}
	return nil
}

// today reads datetime(), which is the present instant, and datetime(8:00), a time of the present day; nil for what is neither.
func today(t token.Token) ast.Expr {
	call := func(name string, args ...ast.Expr) ast.Expr {
		return &ast.Call{Span: t.Span, Name: &ast.Name{Span: t.Span, Text: name}, Args: args}
	}
	clock := strings.TrimSpace(t.Inner)
	if clock == "" {
		return call("now")
	}
	span, ok := value.ParseTimeSpan(clock)
	if !ok || !strings.Contains(clock, ":") || span < 0 || span >= value.Day {
		return nil
	}
	return &ast.Paren{Span: t.Span, X: &ast.Binary{Span: t.Span, Op: "+", OpSpan: t.Span, X: call("startofday", call("now")),
		Y: &ast.Literal{Span: t.Span, Value: value.NewTimeSpan(span)}}}
}

// raw is the source text of a token when it can be printed as it is, else "".
func (p *parser) raw(t token.Token) string {
	if !t.Plain {
		return ""
	}
	return p.src[t.Start:t.End]
}

// literalError reports a literal that has no value. The parser goes on: the shape of the query is clear.
func (p *parser) literalError(t token.Token) {
	switch t.Kind {
	case token.Typed:
		hint := "write the value itself"
		if f := conversion(t.Text); f != "" {
			hint = "to convert an expression write " + f + "(...)"
		}
		p.report("GW010", t.Span, hint, "%q is not a %s literal", strings.TrimSpace(t.Inner), t.Text)
	case token.Long:
		p.report("GW010", t.Span, "a long reaches to 9223372036854775807; write real("+t.Text+") for a larger number", "the number %s does not fit a long", t.Text)
	default:
		p.report("GW010", t.Span, "", "the number %s is out of range", t.Text)
	}
}

func conversion(typ string) string {
	switch typ {
	case "bool", "boolean":
		return "tobool"
	case "int":
		return "toint"
	case "long":
		return "tolong"
	case "real", "double":
		return "toreal"
	case "decimal":
		return "todecimal"
	case "datetime", "date":
		return "todatetime"
	case "timespan", "time":
		return "totimespan"
	case "guid", "uniqueid":
		return "toguid"
	}
	return ""
}

func literalValue(t token.Token) (value.Value, bool) {
	switch t.Kind {
	case token.Long:
		n, ok := parseLong(t.Text)
		return value.NewLong(n), ok
	case token.Real:
		f, err := strconv.ParseFloat(t.Text, 64)
		return value.NewReal(f), err == nil
	case token.TimeSpan:
		n, ok := parseSpan(t.Text)
		return value.NewTimeSpan(n), ok
	case token.Typed:
		typ, ok := value.ParseType(t.Text)
		if !ok {
			return value.Value{}, false
		}
		return typedValue(typ, strings.TrimSpace(t.Inner))
	}
	return value.Value{}, false
}

// parseSpan reads a number with a unit. A nanosecond is below a tick and is cut off.
func parseSpan(s string) (int64, bool) {
	i := strings.IndexFunc(s, func(r rune) bool { return (r < '0' || r > '9') && r != '.' })
	if i > 0 && (s[i] == 'e' || s[i] == 'E') { // 1e3s
		for i++; i < len(s) && (s[i] == '+' || s[i] == '-' || s[i] >= '0' && s[i] <= '9'); i++ {
		}
	}
	if i < 0 {
		return 0, false
	}
	number, u := s[:i], unit(s[i:])
	if u == 0 {
		return 0, false
	}
	if u == nanosecond {
		f, err := strconv.ParseFloat(number, 64)
		return int64(f / 100), err == nil && math.Abs(f) < 1e20
	}
	if strings.ContainsAny(number, "eE") {
		f, err := strconv.ParseFloat(number, 64)
		return int64(f * float64(u)), err == nil && math.Abs(f*float64(u)) < 9e18
	}
	return value.ScaleUnit(number, u)
}

func parseLong(s string) (int64, bool) {
	if len(s) > 2 && (s[1] == 'x' || s[1] == 'X') {
		n, err := strconv.ParseUint(s[2:], 16, 64)
		return int64(n), err == nil
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}

// typedValue reads the content of datetime(...) and its like; null is a value of every type.
func typedValue(typ value.Type, s string) (value.Value, bool) {
	if s == "null" {
		return value.Null(typ), true
	}
	if n := len(s); n >= 2 && (s[0] == '"' || s[0] == '\'') && s[n-1] == s[0] {
		s = s[1 : n-1]
	}
	switch typ {
	case value.Bool:
		switch strings.ToLower(s) {
		case "true", "1":
			return value.NewBool(true), true
		case "false", "0":
			return value.NewBool(false), true
		}
	case value.Int:
		n, ok := signedLong(s)
		return value.NewInt(int32(n)), ok && n >= math.MinInt32 && n <= math.MaxInt32
	case value.Long:
		n, ok := signedLong(s)
		return value.NewLong(n), ok
	case value.Real:
		f, ok := parseReal(s)
		return value.NewReal(f), ok
	case value.Decimal:
		return value.NewText(value.Decimal, strings.TrimPrefix(s, "+")), isDecimal(s)
	case value.DateTime:
		n, ok := value.ParseDateTime(s)
		if !ok { // datetime(2025, 6, 14) and datetime(2025 - 06 - 14) are dates too
			n, ok = value.ParseDateTime(dateParts(s))
		}
		return value.NewDateTime(n), ok
	case value.TimeSpan:
		n, ok := value.ParseTimeSpan(s)
		if !ok {
			n, ok = parseSpan(s)
		}
		return value.NewTimeSpan(n), ok
	case value.GUID:
		g, ok := value.ParseGUID(s)
		return value.NewText(value.GUID, g), ok
	}
	return value.Value{}, false
}

// dateParts rewrites a date with its parts set apart as year-month-day.
func dateParts(s string) string {
	parts := strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == '-' || r == ' ' })
	if len(parts) != 3 {
		return s
	}
	for i := range parts {
		if len(parts[i]) == 1 {
			parts[i] = "0" + parts[i]
		}
	}
	return strings.Join(parts, "-")
}

func signedLong(s string) (int64, bool) {
	if rest, ok := strings.CutPrefix(s, "-"); ok && len(rest) > 1 && rest[1] == 'x' {
		n, ok := parseLong(rest)
		return -n, ok
	}
	return parseLong(s)
}

func parseReal(s string) (float64, bool) {
	switch strings.ToLower(s) {
	case "nan":
		return math.NaN(), true
	case "+inf", "inf":
		return math.Inf(1), true
	case "-inf":
		return math.Inf(-1), true
	}
	if s == "" || strings.ContainsAny(s, "xXpP_nN") {
		return 0, false
	}
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil
}

// isDecimal accepts digits with a sign, a point and an exponent.
func isDecimal(s string) bool {
	f, ok := parseReal(s)
	return ok && !math.IsNaN(f) && !math.IsInf(f, 0)
}

// dynamic reads what follows the word dynamic: a parenthesis with JSON, in which strings may be any string literal and
// values may be typed literals.
func (p *parser) dynamic(word token.Token) ast.Expr {
	p.expect(token.LeftParen)
	x := p.json()
	end := p.expect(token.RightParen)
	return &ast.Dynamic{Span: word.Span.To(end.Span), X: x}
}

func (p *parser) json() ast.Expr {
	if !p.enter() {
		return p.bad()
	}
	defer p.leave()
	t := p.peek()
	switch t.Kind {
	case token.String:
		return p.str()
	case token.Long, token.Real, token.TimeSpan, token.Typed:
		return p.literal()
	case token.Minus:
		return p.negativeNumber()
	case token.LeftBracket:
		return p.jsonArray()
	case token.LeftBrace:
		return p.jsonBag()
	case token.Ident:
		switch t.Text {
		case "true", "false":
			p.next()
			return &ast.Literal{Span: t.Span, Value: value.NewBool(t.Text == "true"), Raw: t.Text}
		case "null":
			p.next()
			return &ast.Literal{Span: t.Span, Value: value.Null(value.Dynamic), Raw: t.Text}
		case "dynamic":
			p.next()
			return p.dynamic(t)
		}
	}
	p.errorf("KS006", t.Span, "to make a dynamic of an expression write todynamic(...), bag_pack(...) or pack_array(...)",
		"expected a JSON value, got %s", p.describe(t))
	return p.bad()
}

func (p *parser) negativeNumber() ast.Expr {
	minus := p.next()
	t := p.peek()
	if t.Kind != token.Long && t.Kind != token.Real && t.Kind != token.TimeSpan {
		p.errorf("KS006", t.Span, "", "expected a number after the minus, got %s", p.describe(t))
		return p.bad()
	}
	p.next()
	return p.negated(minus, t)
}

// negated makes a literal of a minus and a number.
func (p *parser) negated(minus, t token.Token) ast.Expr {
	s := minus.Span.To(t.Span)
	v, ok := literalValue(t)
	switch {
	case t.Kind == token.Long && t.Text == "9223372036854775808":
		v, ok = value.NewLong(math.MinInt64), true
	case t.Kind == token.Long:
		v = value.NewLong(-v.Int())
	case t.Kind == token.Real:
		v = value.NewReal(-v.Real())
	case t.Kind == token.TimeSpan:
		v = value.NewTimeSpan(-v.Int())
	}
	if !ok {
		p.literalError(t)
		return &ast.Bad{Span: s}
	}
	raw := ""
	if minus.Plain && minus.End == t.Start {
		raw = p.src[s.Start:s.End]
	}
	return &ast.Literal{Span: s, Value: v, Raw: raw}
}

func (p *parser) jsonArray() ast.Expr {
	open := p.next()
	a := &ast.Array{Span: open.Span}
	for !p.failed && p.peek().Kind != token.RightBracket {
		a.Elems = append(a.Elems, p.json())
		if !p.accept(token.Comma) {
			break
		}
	}
	a.Span = open.Span.To(p.expect(token.RightBracket).Span)
	return a
}

func (p *parser) jsonBag() ast.Expr {
	open := p.next()
	b := &ast.Bag{Span: open.Span}
	for !p.failed && p.peek().Kind != token.RightBrace {
		key := p.peek()
		if key.Kind != token.String {
			p.errorf("KS006", key.Span, `keys are strings: "key": value`, "expected a key, got %s", p.describe(key))
			break
		}
		p.str()
		p.expect(token.Colon)
		b.Keys = append(b.Keys, key.Text)
		b.Values = append(b.Values, p.json())
		if !p.accept(token.Comma) {
			break
		}
	}
	b.Span = open.Span.To(p.expect(token.RightBrace).Span)
	return b
}
