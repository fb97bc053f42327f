package value

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// maxDepth bounds nesting, so that hostile JSON cannot exhaust the stack.
const maxDepth = 512

// Bag is a property bag: keys in the order of the text. It is immutable once it is part of a Value.
type Bag struct {
	keys  []string
	vals  []any
	index map[string]int // of the first property with the name; nil while there are few
}

// fewKeys are not worth an index: records are read far more often than their properties are looked up.
const fewKeys = 64

// Len returns the number of properties.
func (b *Bag) Len() int { return len(b.keys) }

// At returns the i-th property.
func (b *Bag) At(i int) (key string, val any) { return b.keys[i], b.vals[i] }

// Lookup returns the first property with the name, which is case-sensitive.
func (b *Bag) Lookup(name string) (any, bool) {
	if i := b.find(name); i >= 0 {
		return b.vals[i], true
	}
	return nil, false
}

// find returns the position of the first property with the name, -1 when there is none.
func (b *Bag) find(name string) int {
	if b.index == nil {
		return slices.Index(b.keys, name)
	}
	if i, ok := b.index[name]; ok {
		return i
	}
	return -1
}

// Set adds a property or replaces the value of the first one with that name. It is for building a bag only.
func (b *Bag) Set(key string, val any) {
	if i := b.find(key); i >= 0 {
		b.vals[i] = val
		return
	}
	b.add(key, val)
}

// add adds a property behind the others, which may have its name.
func (b *Bag) add(key string, val any) {
	b.keys = append(b.keys, key)
	b.vals = append(b.vals, val)
	switch n := len(b.keys); {
	case b.index != nil:
		b.note(n - 1)
	case n > fewKeys:
		b.index = make(map[string]int, 2*n)
		for i := range b.keys {
			b.note(i)
		}
	}
}

func (b *Bag) note(i int) {
	if _, ok := b.index[b.keys[i]]; !ok {
		b.index[b.keys[i]] = i
	}
}

// ParseJSON parses a JSON text (RFC 8259) into a dynamic value. Strings without escapes share the memory of s.
func ParseJSON(s string) (Value, bool) {
	tree, ok := parseTree(s)
	if !ok {
		return Value{}, false
	}
	return NewDynamic(tree), true
}

// ValidJSON reports whether s is a JSON text; it does not allocate.
func ValidJSON(s string) bool {
	end, ok := skipValue(s, skipSpace(s, 0), 0)
	return ok && skipSpace(s, end) == len(s)
}

func parseTree(s string) (any, bool) {
	p := jsonParser{s: s}
	p.space()
	tree, ok := p.value(0)
	if !ok {
		return nil, false
	}
	p.space()
	return tree, p.i == len(s)
}

type jsonParser struct {
	s string
	i int
}

func (p *jsonParser) space() { p.i = skipSpace(p.s, p.i) }

func (p *jsonParser) value(depth int) (any, bool) {
	if p.i >= len(p.s) || depth > maxDepth {
		return nil, false
	}
	switch c := p.s[p.i]; c {
	case '{':
		return p.object(depth)
	case '[':
		return p.array(depth)
	case '"':
		return p.str()
	case 't':
		return true, p.word("true")
	case 'f':
		return false, p.word("false")
	case 'n':
		return nil, p.word("null")
	}
	return p.number()
}

func (p *jsonParser) word(w string) bool {
	if strings.HasPrefix(p.s[p.i:], w) {
		p.i += len(w)
		return true
	}
	return false
}

func (p *jsonParser) object(depth int) (any, bool) {
	bag := &Bag{}
	p.i++
	p.space()
	if p.i < len(p.s) && p.s[p.i] == '}' {
		p.i++
		return bag, true
	}
	for {
		if p.i >= len(p.s) || p.s[p.i] != '"' {
			return nil, false
		}
		key, ok := p.str()
		if !ok {
			return nil, false
		}
		p.space()
		if p.i >= len(p.s) || p.s[p.i] != ':' {
			return nil, false
		}
		p.i++
		p.space()
		val, ok := p.value(depth + 1)
		if !ok {
			return nil, false
		}
		bag.add(key, val)
		p.space()
		if p.i >= len(p.s) {
			return nil, false
		}
		switch p.s[p.i] {
		case '}':
			p.i++
			return bag, true
		case ',':
			p.i++
			p.space()
		default:
			return nil, false
		}
	}
}

func (p *jsonParser) array(depth int) (any, bool) {
	list := []any{}
	p.i++
	p.space()
	if p.i < len(p.s) && p.s[p.i] == ']' {
		p.i++
		return list, true
	}
	for {
		val, ok := p.value(depth + 1)
		if !ok {
			return nil, false
		}
		list = append(list, val)
		p.space()
		if p.i >= len(p.s) {
			return nil, false
		}
		switch p.s[p.i] {
		case ']':
			p.i++
			return list, true
		case ',':
			p.i++
			p.space()
		default:
			return nil, false
		}
	}
}

func (p *jsonParser) str() (string, bool) {
	end, ok := skipString(p.s, p.i)
	if !ok {
		return "", false
	}
	raw := p.s[p.i+1 : end-1]
	p.i = end
	return unescape(raw), true
}

func (p *jsonParser) number() (any, bool) {
	end, whole, ok := skipNumber(p.s, p.i)
	if !ok {
		return nil, false
	}
	text := p.s[p.i:end]
	p.i = end
	return numberNode(text, whole), true
}

// numberNode is an int64 where the text is a whole number that fits, a decimal where it is a longer one, else a float64.
func numberNode(text string, whole bool) any {
	if whole {
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return n
		}
		if d, ok := ParseDecimal(text); ok && len(text) <= decimalDigits {
			return NewDecimal(d)
		}
	}
	f, _ := strconv.ParseFloat(text, 64) // out of range gives an infinity
	return f
}

// unescape resolves the escapes of the inside of a JSON string that skipString accepted.
func unescape(raw string) string {
	i := strings.IndexByte(raw, '\\')
	if i < 0 {
		return raw
	}
	b := make([]byte, 0, len(raw))
	for {
		b = append(b, raw[:i]...)
		raw = raw[i:]
		switch c := raw[1]; c {
		case 'u':
			r, n := unescapeRune(raw)
			b = utf8.AppendRune(b, r)
			raw = raw[n:]
		default:
			b = append(b, escapeByte(c))
			raw = raw[2:]
		}
		if i = strings.IndexByte(raw, '\\'); i < 0 {
			return string(append(b, raw...))
		}
	}
}

func escapeByte(c byte) byte {
	switch c {
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	}
	return c // " \ /
}

// unescapeRune reads \uXXXX or a surrogate pair and returns the bytes it took.
func unescapeRune(raw string) (rune, int) {
	r := hex4(raw[2:])
	if !utf16.IsSurrogate(r) {
		return r, 6
	}
	if len(raw) >= 12 && raw[6] == '\\' && raw[7] == 'u' {
		if pair := utf16.DecodeRune(r, hex4(raw[8:])); pair != utf8.RuneError {
			return pair, 12
		}
	}
	return utf8.RuneError, 6
}

func hex4(s string) rune {
	n, err := strconv.ParseUint(s[:4], 16, 32)
	if err != nil {
		return utf8.RuneError
	}
	return rune(n)
}
