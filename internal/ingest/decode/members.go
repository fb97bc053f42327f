package decode

import "github.com/glasswatch/glasswatch/internal/table"

// members appends the members of the object at i to list and returns its end. With inner, the members of the object
// named properties, in any case, are collected there as well.
func (s *scanner) members(i int, list []member, inner *[]member) (int, []member) {
	src := s.src
	at := atProperties
	if inner != nil {
		at = atRecord
	}
	i = s.space(i + 1)
	if i < len(src) && src[i] == '}' {
		return i + 1, list
	}
	for {
		if i >= len(src) || src[i] != '"' {
			return s.fail(i, "a key in quotes"), list
		}
		list = append(list, member{})
		m := &list[len(list)-1]
		i++
		var end int
		if next := s.expected(i, at); next != 0 {
			k := &s.shape.known[next]
			end = i + len(k.text) - 1
			at, m.id = next, k.id
		} else {
			end = s.stop(i)
			if end >= len(src) || src[end] != '"' {
				if end = s.escapedText(end); end < 0 {
					return -1, list
				}
				m.keyEscaped = true
			}
			at, m.id = s.shape.learn(at, src[i:end], m.keyEscaped)
		}
		m.key = s.span(i, end)

		i = end + 1
		if i < len(src) && src[i] <= ' ' {
			i = s.space(i)
		}
		if i >= len(src) || src[i] != ':' {
			return s.fail(i, "':' after a key"), list
		}
		i++
		if i < len(src) && src[i] <= ' ' {
			i = s.space(i)
		}
		if i >= len(src) {
			return s.fail(i, "a value"), list
		}
		switch src[i] {
		case '"':
			i++
			end = s.stop(i)
			if end >= len(src) || src[end] != '"' {
				if end = s.escapedText(end); end < 0 {
					return -1, list
				}
				m.escaped = true
			}
			m.kind, m.val = kindString, s.span(i, end)
			m.direct = kindString
			if m.escaped {
				m.direct = kindOther
			}
			end++
		case '{', '[':
			m.kind = kindArray
			if src[i] == '{' {
				m.kind = kindObject
			}
			if m.kind == kindObject && inner != nil && foldEqual(s.text(m.key), "properties") {
				var into *table.Row
				var fields []*field
				if s.early != nil {
					into, fields = s.early(list)
				}
				if into == nil {
					end, *inner = s.members(i, (*inner)[:0], nil)
				} else {
					end, *inner = s.membersInto(i, (*inner)[:0], fields, into.Cells)
				}
				if end < 0 {
					return -1, list
				}
				m.opened, m.spaced, m.direct = true, true, kindOther // spaced: not looked at, and seldom kept as text
			} else {
				s.spaced = false
				if end = s.nested(i); end < 0 {
					return -1, list
				}
				m.direct = m.kind
				if m.spaced = s.spaced; m.spaced {
					m.direct = kindOther
				}
			}
			m.val = s.span(i, end)
		default:
			if end, m.kind = s.scalar(i); end < 0 {
				return -1, list
			}
			m.val, m.direct = s.span(i, end), m.kind
		}
		i = end
		if i < len(src) && src[i] <= ' ' {
			i = s.space(i)
		}
		if i >= len(src) {
			return s.fail(i, "',' or '}'"), list
		}
		switch src[i] {
		case ',':
			i++
			if i < len(src) && src[i] <= ' ' {
				i = s.space(i)
			}
		case '}':
			return i + 1, list
		default:
			return s.fail(i, "',' or '}'"), list
		}
	}
}

// membersInto is members for an object whose table is known: values that are stored as they are go to cells at once, and
// only the rest to list.
func (s *scanner) membersInto(i int, list []member, fields []*field, cells []table.Cell) (int, []member) {
	src := s.src
	at := atProperties
	i = s.space(i + 1)
	if i < len(src) && src[i] == '}' {
		return i + 1, list
	}
	for {
		if i >= len(src) || src[i] != '"' {
			return s.fail(i, "a key in quotes"), list
		}
		i++
		var m member
		var end int
		if next := s.expected(i, at); next != 0 {
			k := &s.shape.known[next]
			end = i + len(k.text) - 1
			at, m.id = next, k.id
		} else {
			end = s.stop(i)
			if end >= len(src) || src[end] != '"' {
				if end = s.escapedText(end); end < 0 {
					return -1, list
				}
				m.keyEscaped = true
			}
			at, m.id = s.shape.learn(at, src[i:end], m.keyEscaped)
		}
		key := i
		keyEnd := end
		i = end + 1
		if i < len(src) && src[i] <= ' ' {
			i = s.space(i)
		}
		if i >= len(src) || src[i] != ':' {
			return s.fail(i, "':' after a key"), list
		}
		i++
		if i < len(src) && src[i] <= ' ' {
			i = s.space(i)
		}
		if i >= len(src) {
			return s.fail(i, "a value"), list
		}
		switch src[i] {
		case '"':
			i++
			end = s.stop(i)
			m.kind, m.direct = kindString, kindString
			if end >= len(src) || src[end] != '"' {
				if end = s.escapedText(end); end < 0 {
					return -1, list
				}
				m.escaped, m.direct = true, kindOther
			}
			m.val = s.span(i, end)
			end++
		case '{', '[':
			m.kind = kindArray
			if src[i] == '{' {
				m.kind = kindObject
			}
			s.spaced = false
			if end = s.nested(i); end < 0 {
				return -1, list
			}
			m.direct = m.kind
			if m.spaced = s.spaced; m.spaced {
				m.direct = kindOther
			}
			m.val = s.span(i, end)
		default:
			if end, m.kind = s.scalar(i); end < 0 {
				return -1, list
			}
			m.val, m.direct = s.span(i, end), m.kind
		}
		if f := fields[m.id]; f != nil && f.direct>>m.direct&1 != 0 && !m.keyEscaped {
			cells[f.col] = m.val
		} else {
			m.key = s.span(key, keyEnd)
			list = append(list, m)
		}
		i = end
		if i < len(src) && src[i] <= ' ' {
			i = s.space(i)
		}
		if i >= len(src) {
			return s.fail(i, "',' or '}'"), list
		}
		switch src[i] {
		case ',':
			i++
			if i < len(src) && src[i] <= ' ' {
				i = s.space(i)
			}
		case '}':
			return i + 1, list
		default:
			return s.fail(i, "',' or '}'"), list
		}
	}
}

// element reads the value at i into m and returns its end.
func (s *scanner) element(i int, m *member) (end int) {
	switch {
	case i < len(s.src) && s.src[i] == '"':
		if end = s.quote(i + 1); end < 0 {
			return -1
		}
		m.kind, m.val, m.direct = kindString, s.span(i+1, end), kindOther
		for _, c := range s.src[i+1 : end] {
			m.escaped = m.escaped || c == '\\'
		}
		return end + 1
	case i < len(s.src) && (s.src[i] == '{' || s.src[i] == '['):
		m.kind, m.direct = kindArray, kindOther
		if s.src[i] == '{' {
			m.kind = kindObject
		}
		s.spaced = false
		end = s.nested(i)
		m.spaced = s.spaced
	default:
		end, m.kind = s.scalar(i)
		m.direct = m.kind
	}
	if end >= 0 {
		m.val = s.span(i, end)
	}
	return end
}

// foldEqual compares ASCII text without regard to case; name is in lower case.
func foldEqual(b []byte, name string) bool {
	if len(b) != len(name) {
		return false
	}
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		if c != name[i] {
			return false
		}
	}
	return true
}
