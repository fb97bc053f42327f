package parser

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/glasswatch/glasswatch/kql/token"
)

// lexer turns a query into tokens. Characters that word processors and web pages put in place of the real ones
// (curly quotes, non-breaking spaces, dashes) are read as what they stand for, with one note a kind.
type lexer struct {
	src      string
	pos      int
	tokens   []token.Token
	comments []token.Span
	diags    token.Diagnostics
	errors   int
	noted    [assumptions]bool
}

// The kinds of replaced characters, each noted once a query.
const (
	curlyQuote = iota
	oddSpace
	zeroWidth
	dash
	assumptions
)

// lex reads all of src. The result ends with an EOF token, whatever src holds. The tokens are in room where they fit.
func lex(src string, room []token.Token) *lexer {
	l := &lexer{src: src, tokens: slices.Grow(room[:0], len(src)/8)}
	l.pos = len(src) - len(strings.TrimPrefix(src, "\uFEFF"))
	for l.next() {
	}
	return l
}

// next appends one token; it returns false after the last.
func (l *lexer) next() bool {
	l.skipSpace()
	start := l.pos
	if start >= len(l.src) {
		l.add(token.EOF, start, "")
		return false
	}
	c := l.src[start]
	switch {
	case isLetter(c):
		l.name()
	case c >= '0' && c <= '9':
		l.number()
	case c == '"' || c == '\'':
		l.quoted(start, start)
	case c == '@':
		l.verbatim(start)
	case c == '`' && strings.HasPrefix(l.src[start:], "```"), c == '~' && strings.HasPrefix(l.src[start:], "~~~"):
		l.multiline(start, start)
	case c < utf8.RuneSelf:
		l.punctuation(c)
	default:
		l.unusual()
	}
	return true
}

func (l *lexer) add(kind token.Kind, start int, text string) *token.Token {
	l.tokens = append(l.tokens, token.Token{Kind: kind, Plain: true, Text: text, Span: token.Span{Start: start, End: l.pos}})
	return &l.tokens[len(l.tokens)-1]
}

func (l *lexer) skipSpace() {
	for l.pos < len(l.src) {
		c := l.src[l.pos]
		switch {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f':
			l.pos++
		case c == '/' && strings.HasPrefix(l.src[l.pos:], "//"):
			end := strings.IndexAny(l.src[l.pos:], "\r\n") // a carriage return alone ends a line too
			if end < 0 {
				end = len(l.src) - l.pos
			}
			l.comments = append(l.comments, token.Span{Start: l.pos, End: l.pos + end})
			l.pos += end
		case c >= utf8.RuneSelf:
			r, n := utf8.DecodeRuneInString(l.src[l.pos:])
			switch {
			case isZeroWidth(r):
				l.note(zeroWidth, l.pos, n, "a zero-width character (U+%04X) was left out", r)
			case unicode.IsSpace(r):
				l.note(oddSpace, l.pos, n, "a special space (U+%04X) was read as a space", r)
			default:
				return
			}
			l.pos += n
		default:
			return
		}
	}
}

// note reports once a query that a character was read as another.
func (l *lexer) note(kind, at, n int, format string, args ...any) {
	if l.noted[kind] {
		return
	}
	l.noted[kind] = true
	l.diags = append(l.diags, token.Diagnostic{Severity: token.Note, Code: "GW001", Message: fmt.Sprintf(format, args...),
		Span: token.Span{Start: at, End: at + n}})
}

func (l *lexer) errorf(code string, s token.Span, hint, format string, args ...any) {
	if l.errors++; l.errors > MaxErrors {
		return
	}
	l.diags = append(l.diags, token.Diagnostic{Severity: token.Error, Code: code, Message: fmt.Sprintf(format, args...), Hint: hint, Span: s})
}

// name reads an identifier, an h"..." string, or a typed literal.
func (l *lexer) name() {
	start := l.pos
	if l.pos+1 < len(l.src) && (l.src[l.pos] == 'h' || l.src[l.pos] == 'H') && l.obfuscated(start) {
		return
	}
	text, plain := l.identifier()
	if (text == "in" || text == "has_any" || text == "has_all") && l.at("~") && !l.at("~~~") {
		l.pos++
		text += "~"
	}
	if isTypedLiteral(text) && l.typed(start, text) {
		return
	}
	l.add(token.Ident, start, text).Plain = plain
}

// identifier reads letters, digits and underscores; zero-width characters inside are left out.
func (l *lexer) identifier() (text string, plain bool) {
	start := l.pos
	var clean []byte
	for l.pos < len(l.src) {
		c := l.src[l.pos]
		if isLetter(c) || c >= '0' && c <= '9' {
			l.pos++
			if clean != nil {
				clean = append(clean, c)
			}
			continue
		}
		if c < utf8.RuneSelf {
			break
		}
		r, n := utf8.DecodeRuneInString(l.src[l.pos:])
		if isZeroWidth(r) {
			if clean == nil {
				clean = append(make([]byte, 0, 32), l.src[start:l.pos]...)
			}
			l.note(zeroWidth, l.pos, n, "a zero-width character (U+%04X) was left out", r)
		} else if r == utf8.RuneError || !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) {
			break
		} else if clean != nil {
			clean = append(clean, l.src[l.pos:l.pos+n]...)
		}
		l.pos += n
	}
	if clean != nil {
		return string(clean), false
	}
	return l.src[start:l.pos], true
}

func (l *lexer) at(s string) bool { return strings.HasPrefix(l.src[l.pos:], s) }

var pairs = [...]struct {
	text string
	kind token.Kind
}{
	{"==", token.Equal}, {"=~", token.EqualFold}, {"=>", token.Arrow}, {"!=", token.NotEqual}, {"!~", token.NotEqualFold},
	{"<=", token.LessEqual}, {">=", token.GreaterEqual}, {"<>", token.NotEqual}, {"..", token.DotDot},
}

var singles = [128]token.Kind{
	'|': token.Pipe, ',': token.Comma, ';': token.Semicolon, ':': token.Colon, '.': token.Dot, '=': token.Assign,
	'<': token.Less, '>': token.Greater, '+': token.Plus, '-': token.Minus, '*': token.Star, '/': token.Slash,
	'%': token.Percent, '(': token.LeftParen, ')': token.RightParen, '[': token.LeftBracket, ']': token.RightBracket,
	'{': token.LeftBrace, '}': token.RightBrace,
}

func (l *lexer) punctuation(c byte) {
	start := l.pos
	for _, p := range pairs {
		if c == p.text[0] && l.at(p.text) {
			l.pos += 2
			l.add(p.kind, start, p.text)
			return
		}
	}
	if l.foreignOperator(start) {
		return
	}
	l.pos++
	switch {
	case c == '!':
		l.bang(start)
	case c == '$' && l.pos < len(l.src) && isLetter(l.src[l.pos]):
		name, plain := l.identifier()
		l.add(token.Ident, start, "$"+name).Plain = plain
	case singles[c] != token.EOF:
		l.add(singles[c], start, l.src[start:l.pos])
	default:
		l.errorf("KS002", token.Span{Start: start, End: l.pos}, foreignSigns[c], "unexpected character %q", rune(c))
	}
}

// foreignSigns are signs of other languages and what to write instead.
var foreignSigns = map[byte]string{'?': "write iff(condition, a, b)", '&': "write and", '^': "write pow(x, y), or binary_xor(x, y)", '#': "a comment begins with //", '`': "names with blanks are written ['a name']"}

// foreignOperator reads && and || of other languages as "and" and "or", as an error.
func (l *lexer) foreignOperator(start int) bool {
	for _, op := range [...]struct{ text, word string }{{"&&", "and"}, {"||", "or"}} {
		if l.at(op.text) {
			l.pos += 2
			s := token.Span{Start: start, End: l.pos}
			l.errorf("KS002", s, "write "+op.word, "%s is not an operator of this language", op.text)
			l.add(token.Ident, start, op.word)
			return true
		}
	}
	return false
}

// bang reads !in, !has, !in~ as one word.
func (l *lexer) bang(start int) {
	if l.pos < len(l.src) && isLetter(l.src[l.pos]) {
		mark := l.pos
		word, _ := l.identifier()
		if word == "in" && l.at("~") {
			l.pos++
			word += "~"
		}
		if isNegatable(word) {
			l.add(token.Ident, start, "!"+word)
			return
		}
		l.pos = mark
	}
	l.add(token.Bang, start, "!")
}

// unusual reads a character outside ASCII: a letter, or one that stands for an ASCII character.
func (l *lexer) unusual() {
	start := l.pos
	r, n := utf8.DecodeRuneInString(l.src[l.pos:])
	s := token.Span{Start: start, End: start + n}
	switch {
	case unicode.IsLetter(r):
		l.name()
	case isDoubleQuote(r) || isSingleQuote(r):
		l.quoted(start, start)
	case isDash(r):
		l.pos += n
		l.note(dash, start, n, "%c (U+%04X) was read as a minus", r, r)
		l.add(token.Minus, start, "-").Plain = false
	case r == utf8.RuneError && n == 1:
		l.pos++
		l.errorf("KS002", s, "the query must be UTF-8", "invalid byte 0x%02X", l.src[start])
		for l.pos < len(l.src) && l.src[l.pos] >= utf8.RuneSelf { // one report for a run of broken bytes
			if r, n := utf8.DecodeRuneInString(l.src[l.pos:]); r != utf8.RuneError || n != 1 {
				break
			}
			l.pos++
		}
	default:
		l.pos += n
		l.errorf("KS002", s, "", "unexpected character %q", r)
	}
}

func isLetter(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_'
}

func isDoubleQuote(r rune) bool {
	return r == '“' || r == '”' || r == '„' || r == '‟' || r == '＂'
}

func isSingleQuote(r rune) bool { return r == '‘' || r == '’' || r == '‚' || r == '‛' }

// isDash reports hyphens and dashes that editors put for a minus: U+2010 to U+2015 and U+2212.
func isDash(r rune) bool { return r >= 0x2010 && r <= 0x2015 || r == 0x2212 }

func isZeroWidth(r rune) bool {
	return r >= 0x200B && r <= 0x200F || r == 0x2060 || r == 0xFEFF || r == 0x00AD || r >= 0x202A && r <= 0x202E
}

func isNegatable(word string) bool {
	switch word {
	case "in", "in~", "between", "has", "has_cs", "hasprefix", "hasprefix_cs", "hassuffix", "hassuffix_cs",
		"contains", "contains_cs", "startswith", "startswith_cs", "endswith", "endswith_cs", "has_any", "has_all":
		return true
	}
	return false
}
