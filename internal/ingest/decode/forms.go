package decode

import (
	"bytes"
	"unicode/utf8"

	"github.com/glasswatch/glasswatch/internal/table"
)

// sequence reads the values of the body: one document, or one a line (NDJSON, PT1H.json blobs, envelopes one a line).
func (w *work) sequence() error {
	src := w.b.Body
	for i := w.s.space(0); i < len(src); i = w.s.space(i) {
		if w.tooMany() {
			return w.errTooMany()
		}
		start := i
		switch src[i] {
		case '{':
			i = w.document(i)
		case '[':
			i = w.array(i)
		default:
			if i = w.s.value(i); i >= 0 {
				w.refuse(start, i, w.at(start, "want a record, got a bare value"), "")
			}
		}
		if i == tooMany {
			return w.errTooMany()
		}
		if i < 0 {
			i = w.nextLine(start)
		}
	}
	return nil
}

// Ends that say something else.
const (
	tooMany = -2 // the body has more records than it may have
	wrapped = -3 // the object is no record but has some
)

func (w *work) at(offset int, what string) string {
	w.s.bad, w.s.want = offset, what
	return "offset " + itoa(offset) + ": " + what
}

// nextLine refuses the text from start up to the next line that begins with a record, and returns that line's offset.
// Lines that are indented belong to the broken document.
func (w *work) nextLine(start int) int {
	src, reason := w.b.Body, w.broken()
	for i := start; ; {
		n := bytes.IndexByte(src[i:], '\n')
		if n < 0 {
			w.refuse(start, len(src), reason, "")
			return len(src)
		}
		i += n + 1
		if i == len(src) || src[i] == '{' || src[i] == '[' && i > w.s.bad {
			w.refuse(start, i, reason, "")
			return i
		}
	}
}

// document reads the object at i: a wrapper of records, or one record.
func (w *work) document(i int) int {
	if end, ok := w.wrapper(i, false); ok {
		return end
	}
	end := w.record(i)
	if end == wrapped {
		end, _ = w.wrapper(i, true)
		return end
	}
	if end == -1 {
		// A wrapper whose records come late would fail as a record at the first bad one.
		bad, want := w.s.bad, w.s.want
		if end, ok := w.wrapper(i, true); ok {
			return end
		}
		w.s.bad, w.s.want = bad, want
	}
	return end
}

// wrapper reads {"records":[...]}, a Graph or ARM page {"value":[...]} and a query answer {"tables":[...]}. Without far it
// gives up at the first key that no wrapper begins with.
func (w *work) wrapper(i int, far bool) (end int, ok bool) {
	s := &w.s
	src := s.src
	i = s.space(i + 1)
	for i < len(src) && src[i] == '"' {
		keyEnd := s.quote(i + 1)
		if keyEnd < 0 {
			return 0, false
		}
		key := src[i+1 : keyEnd]
		i = s.space(keyEnd + 1)
		if i >= len(src) || src[i] != ':' {
			return 0, false
		}
		i = s.space(i + 1)
		if i >= len(src) {
			return 0, false
		}
		if src[i] == '[' {
			read := w.array
			switch {
			case foldEqual(key, "records"), foldEqual(key, "value"):
			case foldEqual(key, "tables"):
				read = w.tables
			default:
				read = nil
			}
			if read != nil {
				w.shapely = true
				if i = read(i); i < 0 {
					return i, true
				}
				return w.wrapperEnd(i), true
			}
		}
		if !far && !(len(key) > 0 && key[0] == '@') && !foldEqual(key, "nextlink") && !foldEqual(key, "count") {
			return 0, false
		}
		from := i
		if i = s.value(i); i < 0 {
			return 0, false
		}
		if foldEqual(key, "@odata.context") {
			w.context = string(src[from:i])
		}
		if i = s.space(i); i < len(src) && src[i] == ',' {
			i = s.space(i + 1)
		}
	}
	return 0, false
}

// wrapperEnd reads the members after the records.
func (w *work) wrapperEnd(i int) int {
	s := &w.s
	for {
		i = s.space(i)
		if i < len(s.src) && s.src[i] == '}' {
			return i + 1
		}
		if i == len(s.src) && w.cut {
			return i
		}
		if i >= len(s.src) || s.src[i] != ',' {
			return w.tail(i, s.fail(i, "',' or '}' after the records"))
		}
		i = s.space(i + 1)
		if i >= len(s.src) || s.src[i] != '"' {
			return w.tail(i, s.fail(i, "a key in quotes"))
		}
		end := s.quote(i + 1)
		if end < 0 {
			return w.tail(i, end)
		}
		i = s.space(end + 1)
		if i >= len(s.src) || s.src[i] != ':' {
			return w.tail(i, s.fail(i, "':' after a key"))
		}
		i = s.space(i + 1)
		if end = s.value(i); end < 0 {
			return w.tail(i, end)
		}
		i = end
	}
}

// tail refuses what follows the records of a broken wrapper, up to the next line with a record.
func (w *work) tail(i, _ int) int {
	if i >= len(w.s.src) {
		w.refuse(len(w.s.src), len(w.s.src), w.broken(), "")
		return len(w.s.src)
	}
	return w.nextLine(i)
}

// array reads the records of the array at i and returns its end. A bad record is refused and skipped.
func (w *work) array(i int) int {
	s := &w.s
	src := s.src
	i = s.space(i + 1)
	w.shapely = true
	if i < len(src) && src[i] == ']' {
		return i + 1
	}
	for {
		if w.tooMany() {
			return tooMany
		}
		start := i
		switch {
		case i < len(src) && src[i] == '{':
			i = w.document(i)
		case i < len(src) && src[i] == ']':
			s.fail(i, "a record after ','")
			w.refuse(i, i, w.broken(), "")
			return i + 1
		default:
			if i = s.value(i); i >= 0 {
				w.refuse(start, i, w.at(start, "want a record, got another value"), "")
			}
		}
		if i == tooMany {
			return i
		}
		if i < 0 {
			reason := w.broken()
			i = w.resync(start)
			w.refuse(start, i, reason, "")
			if i == len(src) {
				w.cut = true
				return i
			}
		}
		if i = s.space(i); i < len(src) && src[i] == ']' {
			return i + 1
		}
		if i < len(src) && src[i] == ',' {
			i = s.space(i + 1)
			continue
		}
		s.fail(i, "',' or ']' after a record")
		start, reason := i, w.broken()
		if i < len(src) && src[i] != '{' { // else only the comma is missing
			i = w.resync(i)
		}
		w.refuse(start, i, reason, "")
		if i = s.space(i); i == len(src) {
			w.cut = true
			return i
		}
		if src[i] == ']' {
			return i + 1
		}
		if src[i] == ',' {
			i = s.space(i + 1)
		}
	}
}

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

// record reads the record at i, adds its row and returns its end; -1 when the grammar is broken.
func (w *work) record(i int) int {
	rows := len(w.b.Rows)
	w.s.early = w.earlyRow
	end, list := w.lex(i)
	w.s.early = nil
	if end < 0 {
		w.b.Truncate(rows)
		return -1
	}
	m, as, reason := w.route(list)
	if w.begun != nil && (m != w.begunFor || as != roadEvent) {
		w.b.Truncate(rows) // it began as a record of another table
		_, list = w.lex(i)
		m, as, reason = w.route(list)
	}
	category := w.category
	switch {
	case end-i > w.d.options.MaxRecord:
		reason, category = "the record exceeds "+itoa(w.d.options.MaxRecord)+" bytes", ""
	case w.dirty && !utf8.Valid(w.s.src[i:end]):
		reason, category = "the record is not valid UTF-8", ""
	case m != nil:
		w.row(m, as, list, table.TextCell(i, end-i))
		return end
	case category == "" && w.wraps(list):
		return wrapped
	}
	w.b.Truncate(rows)
	w.refuse(i, end, reason, category)
	return end
}

// lex collects the members of the record at i.
func (w *work) lex(i int) (int, []member) {
	w.begun, w.inner = nil, w.inner[:0]
	end, list := w.s.members(i, w.list[:0], &w.inner)
	w.list = list
	return end, list
}

// begin adds the row of an Event Hub record when its category, which mostly comes first, tells the table; the
// "properties" need not be collected then before they are mapped.
func (w *work) begin(before []member) (*table.Row, []*field) {
	if w.begun != nil { // of two "properties" the last wins
		w.b.Truncate(len(w.b.Rows) - 1)
		w.begun = nil
	}
	if w.del.Table != "" {
		return nil, nil
	}
	var k marks
	for i := range before {
		if w.d.marks[before[i].id] == markCategory {
			k.category = &before[i]
		}
	}
	m := w.categoryOf(&k, nil)
	if m == nil || m.inner == nil {
		return nil, nil
	}
	w.begun, w.begunFor = w.b.AddRow(m.schema), m
	return w.begun, m.inner.byID
}

// wraps reports whether one of the members is an array of records.
func (w *work) wraps(list []member) bool {
	for i := range list {
		key := w.b.Text(list[i].key)
		if list[i].kind == kindArray && (foldEqual(key, "records") || foldEqual(key, "value") || foldEqual(key, "tables")) {
			return true
		}
	}
	return false
}

// row maps the members of one record.
func (w *work) row(m *mapping, as road, list []member, raw table.Cell) {
	w.shapely = true
	w.later, w.loose, w.looseSeen = w.later[:0], w.loose[:0], 0
	w.resourceID, w.claims, w.request, w.details = table.Null, table.Null, table.Null, table.Null
	w.bare, w.byColumn = as == roadBare, as == roadRow

	r := w.begun
	if r == nil {
		r = w.b.AddRow(m.schema)
	}
	switch as {
	case roadEvent:
		w.apply(m.outer, list, r, false)
		if m.inner != nil {
			w.apply(m.inner, w.inner, r, true)
		}
	case roadBare:
		if m.flat != nil {
			w.apply(m.flat, list, r, true)
		} else {
			w.apply(m.outer, list, r, false)
		}
	case roadRow:
		w.apply(m.row, list, r, true)
	}
	w.applyLater(r)
	w.finish(r, m, raw)
	w.begun = nil
	w.index++
	w.taken++
}
