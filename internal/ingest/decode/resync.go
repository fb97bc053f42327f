package decode

import "bytes"

// resync returns where the broken value at start ends: past its matching bracket, or before the next ',' or ']' when it
// has none, if what stands there makes sense. A quote or bracket too many or too few turns inside out what is string and
// what is nested; then it is before the next whole record of a known kind. Without either it is the end of the body.
func (w *work) resync(start int) int {
	end, next := w.matching(start), w.nextRecord(start+1)
	if next < end || next < len(w.s.src) && !w.plausible(end) {
		return next
	}
	return end
}

// plausible reports whether at i, between records, follows a record of a known kind or the end of the array and of what
// wraps it.
func (w *work) plausible(i int) bool {
	s := &w.s
	src := s.src
	at := func(i int, c byte) bool { return i < len(src) && src[i] == c }
	if i = s.space(i); at(i, ',') {
		i = s.space(i + 1)
		return at(i, '{') && w.known(i)
	}
	if !at(i, ']') {
		return i == len(src)
	}
	if i = s.space(i + 1); at(i, '}') {
		i = s.space(i + 1)
	}
	return i == len(src) || src[i-1] == '\n' && (at(i, '{') || at(i, '[')) || at(i, ',') && at(s.space(i+1), '{')
}

// known reports whether the object at i is a whole record of a known kind, or wraps records, and something may follow it.
func (w *work) known(i int) bool {
	w.inner = w.inner[:0]
	end, list := w.s.members(i, w.list[:0], &w.inner)
	w.list = list
	if end < 0 {
		w.budget -= max(w.s.bad-i, 0) + 64
		return false
	}
	w.budget -= end - i
	m, _, _ := w.route(list)
	return (m != nil || w.wraps(list)) && w.follows(end)
}

// matching returns the end of the value at start by its brackets, with strings respected; the end of the body without.
func (w *work) matching(start int) int {
	src := w.s.src
	var stack uint64 // one bit a level, 1 for an object
	depth := 0
	for i := start; i < len(src) && depth <= maxDepth; i++ {
		switch src[i] {
		case '"':
			for i++; i < len(src) && src[i] != '"'; i++ {
				if src[i] == '\\' {
					i++
				}
			}
		case '{':
			stack = stack<<1 | 1
			depth++
		case '[':
			stack <<= 1
			depth++
		case ',':
			if depth == 0 && i > start {
				return i
			}
		case '}', ']':
			if depth == 0 {
				if src[i] == ']' {
					return i
				}
				continue
			}
			if stack&1 == 1 != (src[i] == '}') {
				return len(src)
			}
			stack >>= 1
			if depth--; depth == 0 {
				if w.follows(i + 1) {
					return i + 1
				}
				return len(src)
			}
		}
	}
	return len(src)
}

// follows reports whether at i something stands that may follow a record.
func (w *work) follows(i int) bool {
	i = w.s.space(i)
	return i == len(w.s.src) || w.s.src[i] == ',' || w.s.src[i] == ']'
}

// nextRecord returns the first comma at or after from that a whole record of a known kind follows, the end of the body
// without one. No part of the body is searched twice, and how much is read in vain is bounded.
func (w *work) nextRecord(from int) int {
	if w.soughtFrom <= from && from <= w.soughtTo {
		return w.soughtTo
	}
	src := w.s.src
	w.soughtFrom, w.soughtTo = from, len(src)
	for i := from; i < len(src) && w.budget > 0; i++ {
		n := bytes.IndexByte(src[i:], '{')
		if n < 0 {
			break
		}
		i += n
		comma := i - 1
		for comma >= from && src[comma] <= ' ' {
			comma--
		}
		if comma >= from && src[comma] == ',' && w.known(i) {
			w.soughtTo = comma
			break
		}
	}
	return w.soughtTo
}
