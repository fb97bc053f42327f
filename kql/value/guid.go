package value

import "strings"

// ParseGUID reads a guid: 32 hexadecimal digits with or without hyphens anywhere between them, optionally in braces
// or parentheses. It returns the canonical text, lower case and 8-4-4-4-12. Canonical text is returned without a copy.
func ParseGUID(s string) (string, bool) {
	if isCanonicalGUID(s) {
		return s, true
	}
	s = strings.Trim(s, " \t\r\n\f")
	if len(s) > 2 && (s[0] == '{' && s[len(s)-1] == '}' || s[0] == '(' && s[len(s)-1] == ')') {
		s = s[1 : len(s)-1]
	}
	var buf [36]byte
	n := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '-':
			continue
		case c >= 'A' && c <= 'F':
			c += 'a' - 'A'
		case c >= '0' && c <= '9', c >= 'a' && c <= 'f':
		default:
			return "", false
		}
		if n == 8 || n == 13 || n == 18 || n == 23 {
			buf[n] = '-'
			n++
		}
		if n == len(buf) {
			return "", false
		}
		buf[n] = c
		n++
	}
	if n != len(buf) {
		return "", false
	}
	return string(buf[:]), true
}

func isCanonicalGUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		if i == 8 || i == 13 || i == 18 || i == 23 {
			if c != '-' {
				return false
			}
			continue
		}
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
