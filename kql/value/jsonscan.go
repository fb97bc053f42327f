package value

import (
	"strings"
	"unicode/utf8"
)

// The functions of this file walk JSON text without building anything, so that one property of a big record
// can be read without parsing all of it.

func skipSpace(s string, i int) int {
	for i < len(s) && (s[i] == ' ' || s[i] == '\n' || s[i] == '\t' || s[i] == '\r') {
		i++
	}
	return i
}

// skipString returns the position after the string that begins with the quote at i.
func skipString(s string, i int) (int, bool) {
	if i >= len(s) || s[i] != '"' {
		return 0, false
	}
	for i++; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			return i + 1, true
		case c < 0x20:
			return 0, false
		case c == '\\':
			i++
			if i >= len(s) {
				return 0, false
			}
			if s[i] == 'u' {
				if !isHex4(s, i+1) {
					return 0, false
				}
				i += 4
			} else if strings.IndexByte(`"\/bfnrt`, s[i]) < 0 {
				return 0, false
			}
		}
	}
	return 0, false
}

func isHex4(s string, i int) bool {
	if i+4 > len(s) {
		return false
	}
	for _, c := range []byte(s[i : i+4]) {
		if (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'f') {
			return false
		}
	}
	return true
}

// skipNumber returns the position after the number at i and whether it is written as a whole number.
func skipNumber(s string, i int) (end int, whole, ok bool) {
	if i < len(s) && s[i] == '-' {
		i++
	}
	start := i
	i = skipDigits(s, i)
	if i == start || s[start] == '0' && i > start+1 {
		return 0, false, false
	}
	whole = true
	if i < len(s) && s[i] == '.' {
		whole = false
		start = i + 1
		if i = skipDigits(s, start); i == start {
			return 0, false, false
		}
	}
	if i < len(s) && s[i]|0x20 == 'e' {
		whole = false
		i++
		if i < len(s) && (s[i] == '+' || s[i] == '-') {
			i++
		}
		start = i
		if i = skipDigits(s, start); i == start {
			return 0, false, false
		}
	}
	return i, whole, true
}

func skipDigits(s string, i int) int {
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	return i
}

// skipValue returns the position after the value that begins at i.
func skipValue(s string, i, depth int) (int, bool) {
	if i >= len(s) || depth > maxDepth {
		return 0, false
	}
	switch c := s[i]; c {
	case '"':
		return skipString(s, i)
	case '{', '[':
		return skipContainer(s, i, depth)
	case 't':
		return i + 4, strings.HasPrefix(s[i:], "true")
	case 'f':
		return i + 5, strings.HasPrefix(s[i:], "false")
	case 'n':
		return i + 4, strings.HasPrefix(s[i:], "null")
	}
	end, _, ok := skipNumber(s, i)
	return end, ok
}

func skipContainer(s string, i, depth int) (int, bool) {
	bag := s[i] == '{'
	closing := byte(']')
	if bag {
		closing = '}'
	}
	i = skipSpace(s, i+1)
	if i < len(s) && s[i] == closing {
		return i + 1, true
	}
	for {
		var ok bool
		if bag {
			if i, ok = skipKey(s, i); !ok {
				return 0, false
			}
		}
		if i, ok = skipValue(s, i, depth+1); !ok {
			return 0, false
		}
		i = skipSpace(s, i)
		if i >= len(s) {
			return 0, false
		}
		if s[i] == closing {
			return i + 1, true
		}
		if s[i] != ',' {
			return 0, false
		}
		i = skipSpace(s, i+1)
	}
}

// skipKey returns the position of the value that belongs to the key at i.
func skipKey(s string, i int) (int, bool) {
	i, ok := skipString(s, i)
	if !ok {
		return 0, false
	}
	i = skipSpace(s, i)
	if i >= len(s) || s[i] != ':' {
		return 0, false
	}
	return skipSpace(s, i+1), true
}

// isCompact reports whether valid JSON is written as AppendJSON writes it. It may say no to some that is.
func isCompact(s string) bool {
	if !utf8.ValidString(s) {
		return false
	}
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case c == ' ' || c == '\n' || c == '\t' || c == '\r':
			return false
		case c == '"':
			end, ok := skipCompactString(s, i)
			if !ok {
				return false
			}
			i = end
		case c == '-' || c >= '0' && c <= '9':
			end, whole, _ := skipNumber(s, i)
			if number := strings.TrimPrefix(s[i:end], "-"); !whole || !isPlainInteger(number) || c == '-' && number == "0" {
				return false
			}
			i = end
		default:
			i++
		}
	}
	return true
}

// skipCompactString is skipString for what isCompact allows: escapes are those without a shorter form.
func skipCompactString(s string, i int) (int, bool) {
	for i++; s[i] != '"'; i++ {
		if s[i] == '\\' {
			if i++; strings.IndexByte(`"\nrtbf`, s[i]) < 0 {
				return 0, false
			}
		}
	}
	return i + 1, true
}

// scanProperty returns the text of a property's value in the text of an object.
func scanProperty(s, name string) (string, bool) {
	i := skipSpace(s, 0)
	if i >= len(s) || s[i] != '{' {
		return "", false
	}
	i = skipSpace(s, i+1)
	for i < len(s) && s[i] == '"' {
		keyEnd, ok := skipString(s, i)
		if !ok {
			return "", false
		}
		raw := s[i+1 : keyEnd-1]
		start, ok := skipKey(s, i)
		if !ok {
			return "", false
		}
		end, ok := skipValue(s, start, 0)
		if !ok {
			return "", false
		}
		if raw == name || strings.IndexByte(raw, '\\') >= 0 && unescape(raw) == name {
			return s[start:end], true
		}
		i = skipSpace(s, end)
		if i >= len(s) || s[i] != ',' {
			return "", false
		}
		i = skipSpace(s, i+1)
	}
	return "", false
}

// scanElement returns the text of an element of the text of an array; n counts from 0.
func scanElement(s string, n int64) (string, bool) {
	i := skipSpace(s, 0)
	if n < 0 || i >= len(s) || s[i] != '[' {
		return "", false
	}
	i = skipSpace(s, i+1)
	for i < len(s) && s[i] != ']' {
		end, ok := skipValue(s, i, 0)
		if !ok {
			return "", false
		}
		if n == 0 {
			return s[i:end], true
		}
		n--
		i = skipSpace(s, end)
		if i >= len(s) || s[i] != ',' {
			return "", false
		}
		i = skipSpace(s, i+1)
	}
	return "", false
}
