package parser

import (
	"strings"
	"unicode/utf8"

	"github.com/glasswatch/glasswatch/kql/token"
)

// quoted reads a string in straight or curly quotes that opens at open; start is where its prefix begins.
func (l *lexer) quoted(start, open int) {
	r, n := utf8.DecodeRuneInString(l.src[open:])
	isQuote, straight := isDoubleQuote, '"'
	if r == '\'' || isSingleQuote(r) {
		isQuote, straight = isSingleQuote, '\''
	}
	curly := r != straight
	l.pos = open + n
	inner := l.pos
	end, width := l.closing(func(r rune) bool { return r == straight || curly && isQuote(r) })
	if end < 0 && !curly {
		end, width = l.closing(isQuote)
		curly = end >= 0
	}
	closed := end >= 0
	if !closed {
		if end = strings.IndexByte(l.src[inner:], '\n'); end < 0 {
			end = len(l.src)
		} else {
			end += inner
		}
		l.errorf("KS001", token.Span{Start: open, End: end}, "", "this string has no closing %c", straight)
	}
	if curly {
		l.note(curlyQuote, open, n, "curly quotes were read as %c", straight)
	}
	text := l.src[inner:end]
	if strings.IndexByte(text, '\\') >= 0 {
		text = l.unescape(text, inner)
	}
	l.pos = end + width
	l.add(token.String, start, text).Plain = !curly && closed
}

// closing finds the quote that ends a string before the end of the line; end is -1 without one.
func (l *lexer) closing(isQuote func(rune) bool) (end, width int) {
	for i := l.pos; i < len(l.src); {
		c := l.src[i]
		switch {
		case c == '\n':
			return -1, 0
		case c == '\\' && i+1 < len(l.src) && l.src[i+1] != '\n':
			i += 2
		case c < utf8.RuneSelf:
			if isQuote(rune(c)) {
				return i, 1
			}
			i++
		default:
			r, n := utf8.DecodeRuneInString(l.src[i:])
			if isQuote(r) {
				return i, n
			}
			i += n
		}
	}
	return -1, 0
}

// verbatim reads @"..." and @'...', where a backslash is itself and a doubled quote is one.
func (l *lexer) verbatim(start int) {
	open := strings.IndexByte(l.src[start:], '@') + start + 1
	r, n := utf8.DecodeRuneInString(l.src[open:])
	curly := isDoubleQuote(r) || isSingleQuote(r)
	if r != '"' && r != '\'' && !curly {
		l.pos = open
		l.errorf("KS002", token.Span{Start: start, End: open}, "", "unexpected character '@'")
		return
	}
	isQuote := func(q rune) bool { return q == r }
	straight := r
	if isDoubleQuote(r) {
		isQuote, straight = func(q rune) bool { return q == '"' || isDoubleQuote(q) }, '"'
	} else if isSingleQuote(r) {
		isQuote, straight = func(q rune) bool { return q == '\'' || isSingleQuote(q) }, '\''
	}
	if curly {
		l.note(curlyQuote, open, n, "curly quotes were read as %c", straight)
	}
	var text strings.Builder
	for i := open + n; i < len(l.src) && l.src[i] != '\n'; {
		q, width := utf8.DecodeRuneInString(l.src[i:])
		if !isQuote(q) {
			text.WriteString(l.src[i : i+width])
			i += width
			continue
		}
		i += width
		if q == r && strings.HasPrefix(l.src[i:], string(r)) {
			text.WriteRune(straight)
			i += width
			continue
		}
		l.pos = i
		l.add(token.String, start, text.String()).Plain = !curly
		return
	}
	l.pos = open + n
	if i := strings.IndexByte(l.src[l.pos:], '\n'); i >= 0 {
		l.pos += i
	} else {
		l.pos = len(l.src)
	}
	l.errorf("KS001", token.Span{Start: start, End: l.pos}, "", "this string has no closing %c", straight)
	l.add(token.String, start, text.String()).Plain = false
}

// multiline reads a string between ``` or ~~~, which may hold line breaks.
func (l *lexer) multiline(start, open int) {
	fence := l.src[open : open+3]
	l.pos = open + 3
	end := strings.Index(l.src[l.pos:], fence)
	if end < 0 {
		text := l.src[l.pos:]
		l.pos = len(l.src)
		l.errorf("KS001", token.Span{Start: start, End: open + 3}, "", "this string has no closing %s", fence)
		l.add(token.String, start, text).Plain = false
		return
	}
	text := l.src[l.pos : l.pos+end]
	l.pos += end + 3
	l.add(token.String, start, text)
}

// obfuscated reads h"...", h@"..." and h```...```: a string that traces hide. It returns false when there is none.
func (l *lexer) obfuscated(start int) bool {
	rest := l.src[start+1:]
	r, _ := utf8.DecodeRuneInString(rest)
	switch {
	case r == '"' || r == '\'' || isDoubleQuote(r) || isSingleQuote(r):
		l.quoted(start, start+1)
	case strings.HasPrefix(rest, "@\"") || strings.HasPrefix(rest, "@'"):
		l.verbatim(start)
	case strings.HasPrefix(rest, "```") || strings.HasPrefix(rest, "~~~"):
		l.multiline(start, start+1)
	default:
		return false
	}
	return true
}

// unescape resolves the backslash escapes of s, whose first byte is at offset at.
func (l *lexer) unescape(s string, at int) string {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); {
		c := s[i]
		if c != '\\' || i+1 >= len(s) {
			out = append(out, c)
			i++
			continue
		}
		r, n := escape(s[i:])
		if n == 0 {
			l.errorf("KS002", token.Span{Start: at + i, End: at + i + 2}, `write \\ for a backslash, or @"..." to take the text as it is`,
				"%s is not an escape of a string", strings.ToValidUTF8(s[i:i+2], "?"))
			r, n = utf8.DecodeRuneInString(s[i+1:])
			n++
		}
		out = utf8.AppendRune(out, r)
		i += n
	}
	return string(out)
}

// escape reads the escape at the start of s and tells how many bytes it took, 0 when it is none.
func escape(s string) (rune, int) {
	switch s[1] {
	case '\\', '"', '\'':
		return rune(s[1]), 2
	case 'n':
		return '\n', 2
	case 't':
		return '\t', 2
	case 'r':
		return '\r', 2
	case 'a':
		return '\a', 2
	case 'b':
		return '\b', 2
	case 'f':
		return '\f', 2
	case 'v':
		return '\v', 2
	case 'x':
		return hex(s, 2)
	case 'u':
		return hex(s, 4)
	case 'U':
		return hex(s, 8)
	}
	if s[1] >= '0' && s[1] <= '7' { // one to three octal digits
		r, i := rune(0), 1
		for i < len(s) && i < 4 && s[i] >= '0' && s[i] <= '7' {
			r, i = r*8+rune(s[i]-'0'), i+1
		}
		return r, i
	}
	return 0, 0
}

func hex(s string, digits int) (rune, int) {
	if len(s) < 2+digits {
		return 0, 0
	}
	var r rune
	for _, c := range []byte(s[2 : 2+digits]) {
		d := hexDigit(c)
		if d < 0 {
			return 0, 0
		}
		r = r<<4 | rune(d)
	}
	if r < 0 || r > 0x10FFFF {
		return 0, 0
	}
	return r, 2 + digits
}

func hexDigit(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}
