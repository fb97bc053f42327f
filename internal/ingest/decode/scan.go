package decode

import (
	"unsafe"

	"github.com/glasswatch/glasswatch/internal/table"
)

// maxDepth bounds how deeply values nest inside a record. Real records stay under 10.
const maxDepth = 64

// kind is what a JSON value is.
type kind uint8

const (
	kindNull kind = iota
	kindBool
	kindNumber
	kindString
	kindArray
	kindObject
	kindOther // of direct: not as it is
)

// member is one member of an object, as spans of the batch. The key and a string's value are without their quotes.
type member struct {
	key, val   table.Cell
	id         uint16 // of the key among all known names, 0 for others
	kind       kind
	direct     kind // kind, when val can be kept as it is, without unescaping or removing white space
	keyEscaped bool // the key has a backslash
	escaped    bool // a string that has a backslash
	spaced     bool // an object or array that may have white space between its tokens
	opened     bool // an object whose members were collected too
}

// scanner checks JSON by the grammar of RFC 8259 without building anything. Positions are offsets into src.
// UTF-8 is not its business: it is checked once for the whole body.
type scanner struct {
	src   []byte
	stops unsafe.Pointer // one bit a byte of src, see index
	bits  []uint64       // the memory of stops
	base  table.Cell     // where src begins: added to every span
	shape *shape         // what keys members expects
	// early, where it is set, is asked at an object named properties, with the members before it, for the row that its
	// members go to, and the fields by id. Without a row they are all collected.
	early  func(before []member) (*table.Row, []*field)
	spaced bool   // nested saw white space between tokens
	bad    int    // where the grammar was broken
	want   string // what was expected there
}

const arenaBit table.Cell = 1 << 63

func (s *scanner) fail(at int, want string) int {
	s.bad, s.want = at, want
	return -1
}

func (s *scanner) span(from, to int) table.Cell { return table.TextCell(from, to-from) + s.base }

// space returns the first position at or after i that is no white space.
func (s *scanner) space(i int) int {
	for i < len(s.src) {
		switch s.src[i] {
		case ' ', '\n', '\r', '\t':
			i++
		default:
			return i
		}
	}
	return i
}

// text returns the bytes of a span of src.
func (s *scanner) text(c table.Cell) []byte {
	from := int((c - s.base) >> 32)
	return s.src[from : from+int(uint32(c))]
}

// quote returns the position of the quote that ends the string whose first character is at i.
func (s *scanner) quote(i int) int {
	i = s.stop(i)
	if i < len(s.src) && s.src[i] == '"' {
		return i
	}
	return s.escapedText(i)
}

// escapedText goes on from a backslash, or reports what else is at i.
func (s *scanner) escapedText(i int) int {
	for {
		if i >= len(s.src) {
			return s.fail(i, "the end of a string")
		}
		switch s.src[i] {
		case '"':
			return i
		case '\\':
			n := escapeLen(s.src[i:])
			if n == 0 {
				return s.fail(i, "a valid escape in a string")
			}
			i += n
		default:
			return s.fail(i, "no control character in a string")
		}
		i = s.stop(i)
	}
}

// escapeLen returns how long the escape at the start of b is, 0 when it is none.
func escapeLen(b []byte) int {
	if len(b) < 2 {
		return 0
	}
	switch b[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		if len(b) < 6 {
			return 0
		}
		for _, c := range b[2:6] {
			if hexDigit[c] == 0xff {
				return 0
			}
		}
		return 6
	}
	return 0
}

var hexDigit = func() (t [256]uint8) {
	for i := range t {
		t[i] = 0xff
	}
	for i := range uint8(10) {
		t['0'+i] = i
	}
	for i := range uint8(6) {
		t['a'+i], t['A'+i] = 10+i, 10+i
	}
	return t
}()

// number returns the end of the number at i.
func (s *scanner) number(i int) int {
	src := s.src
	if src[i] == '-' {
		i++
	}
	from := i
	i = digits(src, i)
	switch {
	case i == from:
		return s.fail(i, "a digit")
	case src[from] == '0' && i > from+1:
		i = from + 1 // what follows the zero is no part of the number
	}
	if i < len(src) && src[i] == '.' {
		from = i + 1
		if i = digits(src, from); i == from {
			return s.fail(i, "a digit after the decimal point")
		}
	}
	if i < len(src) && src[i]|0x20 == 'e' {
		i++
		if i < len(src) && (src[i] == '+' || src[i] == '-') {
			i++
		}
		from = i
		if i = digits(src, from); i == from {
			return s.fail(i, "a digit of the exponent")
		}
	}
	return i
}

func digits(src []byte, i int) int {
	for i < len(src) && src[i]-'0' <= 9 {
		i++
	}
	return i
}

// literal returns the end of true, false or null at i.
func (s *scanner) literal(i int) int {
	word := "null"
	switch s.src[i] {
	case 't':
		word = "true"
	case 'f':
		word = "false"
	}
	if end := i + len(word); end <= len(s.src) && string(s.src[i:end]) == word {
		return end
	}
	return s.fail(i, "a value")
}

// scalar returns the end and the kind of the value at i, which is no object, array or string.
func (s *scanner) scalar(i int) (end int, k kind) {
	if i >= len(s.src) {
		return s.fail(i, "a value"), 0
	}
	switch c := s.src[i]; {
	case c == '-' || c-'0' <= 9:
		return s.number(i), kindNumber
	case c == 't' || c == 'f':
		return s.literal(i), kindBool
	default:
		return s.literal(i), kindNull
	}
}

// value returns the end of the value at i.
func (s *scanner) value(i int) int {
	if i < len(s.src) {
		switch s.src[i] {
		case '"':
			if i = s.quote(i + 1); i < 0 {
				return -1
			}
			return i + 1
		case '{', '[':
			return s.nested(i)
		}
	}
	end, _ := s.scalar(i)
	return end
}

// nested returns the end of the object or array at i, and sets spaced when there is white space in it.
func (s *scanner) nested(i int) int {
	var (
		src   = s.src
		stack uint64 // one bit a level, 1 for an object
		depth int
		end   int
		c     byte
	)
value:
	for {
		if i >= len(src) {
			return s.fail(i, "a value")
		}
		switch c = src[i]; c {
		case '"':
			end = s.stop(i + 1)
			if end >= len(src) || src[end] != '"' {
				if end = s.escapedText(end); end < 0 {
					return -1
				}
			}
			i = end + 1
			goto after
		case '{':
			if depth++; depth > maxDepth {
				return s.fail(i, "no deeper nesting")
			}
			stack = stack<<1 | 1
			i++
			if i < len(src) && src[i] == '}' {
				goto closing
			}
			goto key
		case '[':
			if depth++; depth > maxDepth {
				return s.fail(i, "no deeper nesting")
			}
			stack <<= 1
			i++
			if i < len(src) && src[i] <= ' ' {
				i = s.spaces(i)
			}
			if i < len(src) && src[i] == ']' {
				goto closing
			}
			continue value
		case ' ', '\n', '\r', '\t':
			i = s.spaces(i)
			continue value
		}
		if end, _ = s.scalar(i); end < 0 {
			return -1
		}
		i = end
		goto after
	}
key:
	if i < len(src) && src[i] <= ' ' {
		i = s.spaces(i)
		if c == '{' && i < len(src) && src[i] == '}' {
			goto closing
		}
	}
	if i >= len(src) || src[i] != '"' {
		return s.fail(i, "a key in quotes")
	}
	end = s.stop(i + 1)
	if end >= len(src) || src[end] != '"' {
		if end = s.escapedText(end); end < 0 {
			return -1
		}
	}
	i = end + 1
	if i < len(src) && src[i] <= ' ' {
		i = s.spaces(i)
	}
	if i >= len(src) || src[i] != ':' {
		return s.fail(i, "':' after a key")
	}
	i++
	goto value
closing:
	i++
	depth--
	stack >>= 1
after:
	if depth == 0 {
		return i
	}
	if i >= len(src) {
		return s.fail(i, "the end of an object or array")
	}
	switch c = src[i]; c {
	case ',':
		i++
		if stack&1 == 1 {
			goto key
		}
		goto value
	case '}':
		if stack&1 == 1 {
			goto closing
		}
	case ']':
		if stack&1 == 0 {
			goto closing
		}
	case ' ', '\n', '\r', '\t':
		i = s.spaces(i)
		goto after
	}
	if stack&1 == 1 {
		return s.fail(i, "',' or '}'")
	}
	return s.fail(i, "',' or ']'")
}

func (s *scanner) spaces(i int) int {
	end := s.space(i)
	if end > i {
		s.spaced = true
	}
	return end
}
