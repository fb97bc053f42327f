package decode

// members appends the members of the object at i to list and returns its end. With inner, the members of the object
// named properties, in any case, are collected there as well.
func (s *scanner) members(i int, list []member, inner *[]member) (int, []member) {
	src := s.src
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
		end, escaped := s.text(i + 1)
		if end < 0 {
			return -1, list
		}
		m.key, m.keyEscaped = s.span(i+1, end), escaped
		keyFrom, keyTo := i+1, end

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
			if end, escaped = s.text(i + 1); end < 0 {
				return -1, list
			}
			m.kind, m.val, m.escaped = kindString, s.span(i+1, end), escaped
			end++
		case '{', '[':
			m.kind = kindArray
			if src[i] == '{' {
				m.kind = kindObject
			}
			if m.kind == kindObject && inner != nil && keyTo-keyFrom == len("properties") && foldEqual(src[keyFrom:keyTo], "properties") {
				if end, *inner = s.members(i, (*inner)[:0], nil); end < 0 {
					return -1, list
				}
				m.opened, m.spaced = true, true // spaced: not looked at, and seldom kept as text
			} else {
				s.spaced = false
				if end = s.nested(i); end < 0 {
					return -1, list
				}
				m.spaced = s.spaced
			}
			m.val = s.span(i, end)
		default:
			if end, m.kind = s.scalar(i); end < 0 {
				return -1, list
			}
			m.val = s.span(i, end)
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
