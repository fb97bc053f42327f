// Package parser turns the text of a query into a syntax tree.
//
// It never gives up at the first mistake: an error in one step of a pipeline is reported at its place with what was
// expected there, and reading goes on with the next step. It bounds the size of the text and the depth of nesting, and
// returns a tree for any input.
package parser

import (
	"fmt"
	"strings"
	"sync"

	"github.com/glasswatch/glasswatch/kql/ast"
	"github.com/glasswatch/glasswatch/kql/token"
)

// Limits of a query.
const (
	MaxSize  = 1 << 20 // bytes
	MaxDepth = 200     // of nested parentheses, calls and lists
	MaxChain = 500     // arithmetic operators or path steps in a row
	MaxTerms = 10000   // of one "and" or "or"
	// MaxErrors bounds the reports; what follows is most often a consequence.
	MaxErrors = 20
)

// Result is what Parse read.
type Result struct {
	Query       *ast.Query
	Comments    []token.Span // of // comments, in order
	Diagnostics token.Diagnostics
}

// Parse reads a query. The tree is complete where Diagnostics hold no error.
func Parse(src string) Result {
	if len(src) > MaxSize {
		return Result{Query: &ast.Query{}, Diagnostics: token.Diagnostics{{Severity: token.Error, Code: "GW002",
			Message: fmt.Sprintf("the query has %d bytes, more than %d", len(src), MaxSize)}}}
	}
	return ParseOwn(src)
}

// rooms are lists of tokens, to be used again: no token is left when a query was read, and their list would be most of the
// memory that reading it takes.
var rooms = sync.Pool{New: func() any { return new([]token.Token) }}

// ParseOwn is Parse for a text of the program itself, which may have any size: lists of ten thousand names, say.
func ParseOwn(src string) Result {
	room := rooms.Get().(*[]token.Token)
	l := lex(src, *room)
	p := &parser{src: src, tokens: l.tokens, diags: l.diags}
	q := p.query(token.EOF)
	clear(l.tokens) // they hold the text
	*room = l.tokens
	rooms.Put(room)
	return Result{Query: q, Comments: l.comments, Diagnostics: p.diags}
}

// parser reads tokens by recursive descent. After an error failed is set: every method then returns at once, until
// the loop over pipeline steps or statements finds a place to go on.
type parser struct {
	src    string
	tokens []token.Token
	pos    int
	depth  int
	errors int
	failed bool
	diags  token.Diagnostics

	searching bool // column:"term" is a condition
}

func (p *parser) peek() token.Token { return p.tokens[p.pos] }

// ahead returns the token n places further, or EOF.
func (p *parser) ahead(n int) token.Token {
	return p.tokens[min(p.pos+n, len(p.tokens)-1)]
}

func (p *parser) next() token.Token {
	t := p.tokens[p.pos]
	if t.Kind != token.EOF {
		p.pos++
	}
	return t
}

func (p *parser) accept(kind token.Kind) bool {
	if p.failed || p.tokens[p.pos].Kind != kind {
		return false
	}
	p.pos++
	return true
}

// word reports whether the token at hand is the bare word s.
func (p *parser) word(s string) bool {
	t := &p.tokens[p.pos]
	return t.Kind == token.Ident && t.Text == s
}

func (p *parser) acceptWord(s string) bool {
	if p.failed || !p.word(s) {
		return false
	}
	p.pos++
	return true
}

func (p *parser) expect(kind token.Kind) token.Token {
	t := p.peek()
	if p.failed {
		return token.Token{Kind: kind, Span: p.here()}
	}
	if t.Kind == kind {
		return p.next()
	}
	p.errorf("KS005", t.Span, "", "expected %s, got %s", kind, p.describe(t))
	return token.Token{Kind: kind, Span: p.here()}
}

func (p *parser) expectWord(s string) {
	if p.failed || p.acceptWord(s) {
		return
	}
	t := p.peek()
	p.errorf("KS005", t.Span, "", "expected %s, got %s", s, p.describe(t))
}

// here is the empty span after the last token read.
func (p *parser) here() token.Span {
	if p.pos == 0 {
		return token.Span{}
	}
	end := p.tokens[p.pos-1].End
	return token.Span{Start: end, End: end}
}

func (p *parser) bad() *ast.Bad { return &ast.Bad{Span: p.here()} }

// errorf reports a syntax error, unless one is being recovered from, and sets failed.
func (p *parser) errorf(code string, s token.Span, hint, format string, args ...any) {
	if p.failed {
		return
	}
	p.failed = true
	p.report(code, s, hint, format, args...)
}

// report adds an error after which reading goes on in place.
func (p *parser) report(code string, s token.Span, hint, format string, args ...any) {
	if p.errors++; p.errors > MaxErrors {
		return
	}
	p.diags = append(p.diags, token.Diagnostic{Severity: token.Error, Code: code, Span: s, Hint: hint, Message: fmt.Sprintf(format, args...)})
}

// describe names a token for "got ...".
func (p *parser) describe(t token.Token) string {
	switch t.Kind {
	case token.EOF:
		return t.Kind.String()
	case token.Typed:
		return t.Text + "(...)"
	}
	text := p.src[t.Start:t.End]
	if len(text) > 40 {
		text = text[:40] + "..."
	}
	text = strings.Join(strings.Fields(strings.ToValidUTF8(text, "?")), " ")
	if t.Kind == token.String {
		return "the string " + text
	}
	return `"` + text + `"`
}

// enter counts a level of nesting; with leave it keeps the parser, and all later stages, within a bounded stack.
func (p *parser) enter() bool {
	if p.failed {
		return false
	}
	if p.depth >= MaxDepth {
		p.errorf("GW003", p.peek().Span, "name parts of the expression with let", "nested more than %d levels deep", MaxDepth)
		p.pos = len(p.tokens) - 1
		return false
	}
	p.depth++
	return true
}

func (p *parser) leave() { p.depth-- }

// sync clears failed and skips to where reading can go on: a semicolon, with pipes the next pipe, or the bracket that
// closes what was open at token from, where the broken part began.
func (p *parser) sync(pipes bool, from int) {
	p.failed = false
	level, braces := 0, 0
	for i := from; ; i++ {
		t := p.tokens[i]
		beyond := i >= p.pos
		if beyond {
			p.pos = i
		}
		switch t.Kind {
		case token.EOF:
			return
		case token.Pipe:
			if beyond && pipes && braces == 0 {
				return
			}
		case token.Semicolon:
			if beyond && braces == 0 {
				return
			}
		case token.LeftBrace:
			level, braces = level+1, braces+1
		case token.LeftParen, token.LeftBracket:
			level++
		case token.RightParen, token.RightBracket, token.RightBrace:
			if level == 0 && beyond {
				return
			}
			level = max(level-1, 0)
			if t.Kind == token.RightBrace {
				braces = max(braces-1, 0)
			}
		}
	}
}
