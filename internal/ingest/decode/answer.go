package decode

import (
	"unicode/utf8"

	"github.com/glasswatch/glasswatch/internal/table"
)

// tables reads the answer of a Log Analytics query: [{"name","columns":[{"name","type"}],"rows":[[...]]}] from i.
// Each row is taken as an object keyed by the columns' names. It returns the end of the array.
func (w *work) tables(i int) int {
	s := &w.s
	end := s.value(i)
	if end < 0 {
		reason := w.broken()
		end = w.resync(i)
		w.refuse(i, end, reason, "")
		return end
	}
	for i = s.space(i + 1); s.src[i] == '{'; {
		after, parts := s.members(i, nil, nil)
		if after < 0 { // nesting is counted from here
			w.refuse(i, end, w.broken(), "")
			return end
		}
		if full := w.answer(parts); full {
			return tooMany
		}
		if i = s.space(after); s.src[i] == ',' {
			i = s.space(i + 1)
		}
	}
	return end
}

// answer adds the rows of one table of an answer. It reports true when the body has more records than it may.
func (w *work) answer(parts []member) bool {
	var names []member
	var rows member
	for _, p := range parts {
		switch {
		case foldEqual(w.b.Text(p.key), "columns") && p.kind == kindArray && (!w.dirty || utf8.Valid(w.b.Text(p.val))):
			names = w.columnNames(p)
		case foldEqual(w.b.Text(p.key), "rows") && p.kind == kindArray:
			rows = p
		}
	}
	if rows.val == 0 {
		return false
	}
	s := &w.s
	for i := s.space(int(rows.val>>32) + 1); s.src[i] != ']'; {
		if w.tooMany() {
			return true
		}
		start := i
		i = s.value(i)
		w.category = ""
		list, reason := w.answerRow(start, names)
		switch {
		case i-start > w.d.options.MaxRecord:
			reason = "the record exceeds " + itoa(w.d.options.MaxRecord) + " bytes"
		case w.dirty && !utf8.Valid(s.src[start:i]):
			reason = "the record is not valid UTF-8"
		}
		if reason == "" {
			var m *mapping
			var as road
			if m, as, reason = w.route(list); m != nil {
				w.row(m, as, list, table.TextCell(start, i-start))
			}
		}
		if reason != "" {
			w.refuse(start, i, w.at(start, reason), w.category)
		}
		if i = s.space(i); s.src[i] == ',' {
			i = s.space(i + 1)
		}
	}
	return false
}

// columnNames returns a member for every column, with its name as the key.
func (w *work) columnNames(columns member) []member {
	var names []member
	s := &w.s
	for i := s.space(int(columns.val>>32) + 1); s.src[i] == '{'; {
		end, parts := s.members(i, nil, nil)
		if end < 0 {
			return nil
		}
		var name member
		for _, p := range parts {
			if foldEqual(w.b.Text(p.key), "name") && p.kind == kindString {
				name.key, name.keyEscaped, name.id = p.val, p.escaped, s.shape.names.id(w.b.Text(p.val))
			}
		}
		names = append(names, name)
		if i = s.space(end); s.src[i] == ',' {
			i = s.space(i + 1)
		}
	}
	return names
}

// answerRow joins the values of the array at i to the names.
func (w *work) answerRow(i int, names []member) (list []member, reason string) {
	s := &w.s
	if s.src[i] != '[' {
		return nil, "want a row as an array"
	}
	list = w.list[:0]
	n := 0
	for i = s.space(i + 1); s.src[i] != ']'; n++ {
		if n == len(names) {
			return nil, "the row has more values than the answer has columns"
		}
		m := names[n]
		end := s.element(i, &m)
		list = append(list, m)
		if i = s.space(end); s.src[i] == ',' {
			i = s.space(i + 1)
		}
	}
	w.list = list
	if n < len(names) {
		return nil, "the row has fewer values than the answer has columns"
	}
	return list, ""
}
