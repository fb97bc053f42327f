package parser

import (
	"strings"
	"unicode/utf8"

	"github.com/glasswatch/glasswatch/kql/token"
	"github.com/glasswatch/glasswatch/kql/value"
)

// number reads 12, 0x1F, 1.5, 1e3, 5m, 1.5h; and a name that begins with a digit (3abc).
func (l *lexer) number() {
	start := l.pos
	if l.at("0x") || l.at("0X") {
		i := start + 2
		for i < len(l.src) && hexDigit(l.src[i]) >= 0 {
			i++
		}
		if i > start+2 {
			l.pos = i
			l.add(token.Long, start, l.src[start:i])
			return
		}
	}
	kind := token.Long
	l.digits()
	if l.at(".") && !l.at("..") && !l.startsName(l.pos+1) {
		kind = token.Real
		l.pos++
		l.digits()
	} else if l.at(".") && !l.at("..") && l.exponent(l.pos+1) > 0 {
		kind = token.Real
		l.pos++
	}
	if n := l.exponent(l.pos); n > 0 {
		kind = token.Real
		l.pos += n
		l.digits()
	}
	end := l.pos
	if l.pos < len(l.src) && (isLetter(l.src[l.pos]) || l.src[l.pos] >= utf8.RuneSelf) {
		suffix, _ := l.identifier() // without the zero-width characters in it
		if unit(suffix) != 0 {
			l.add(token.TimeSpan, start, l.src[start:end]+suffix)
			return
		}
		if suffix != "" && kind == token.Long {
			l.add(token.Ident, start, l.src[start:end]+suffix)
			return
		}
		l.pos = end
	}
	l.add(kind, start, l.src[start:end])
}

func (l *lexer) digits() {
	for l.pos < len(l.src) && l.src[l.pos] >= '0' && l.src[l.pos] <= '9' {
		l.pos++
	}
}

// startsName reports whether a letter is at i, so that 1.foo is not a real followed by a name.
func (l *lexer) startsName(i int) bool {
	return i < len(l.src) && isLetter(l.src[i])
}

// exponent returns the length of "e", "e+" or "e-" at i when digits follow, else 0.
func (l *lexer) exponent(i int) int {
	if i >= len(l.src) || l.src[i] != 'e' && l.src[i] != 'E' {
		return 0
	}
	n := 1
	if i+n < len(l.src) && (l.src[i+n] == '+' || l.src[i+n] == '-') {
		n++
	}
	if i+n < len(l.src) && l.src[i+n] >= '0' && l.src[i+n] <= '9' {
		return n
	}
	return 0
}

// nanosecond is not a whole number of ticks; unit returns it for those suffixes.
const nanosecond = -1

// unit returns the ticks of a timespan suffix, nanosecond, or 0 when s is none.
func unit(s string) int64 {
	switch s {
	case "d", "day", "days":
		return value.Day
	case "h", "hr", "hrs", "hour", "hours":
		return value.Hour
	case "m", "min", "minute", "minutes":
		return value.Minute
	case "s", "sec", "second", "seconds":
		return value.Second
	case "ms", "milli", "millis", "millisecond", "milliseconds":
		return value.Millisecond
	case "micro", "micros", "microsecond", "microseconds":
		return value.Microsecond
	case "tick", "ticks":
		return value.Tick
	case "nano", "nanos", "nanosecond", "nanoseconds":
		return nanosecond
	}
	return 0
}

func isTypedLiteral(name string) bool {
	switch name {
	case "bool", "boolean", "int", "long", "real", "double", "decimal", "datetime", "date", "timespan", "time", "guid", "uniqueid":
		return true
	}
	return false
}

// maxLiteral bounds the content of a typed literal.
const maxLiteral = 200

// typed reads the rest of datetime(...), the name being read. It returns false when no parenthesis follows.
func (l *lexer) typed(start int, name string) bool {
	open := l.pos
	for open < len(l.src) && (l.src[open] == ' ' || l.src[open] == '\t') {
		open++
	}
	if open >= len(l.src) || l.src[open] != '(' {
		return false
	}
	rest := l.src[open:min(open+maxLiteral, len(l.src))]
	end := strings.IndexAny(rest, ")\n")
	if end < 0 || l.src[open+end] == '\n' {
		return false
	}
	l.pos = open + end + 1
	t := l.add(token.Typed, start, name)
	t.Inner = l.src[open+1 : open+end]
	return true
}
