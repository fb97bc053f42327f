package decode

import (
	"unicode/utf8"

	"github.com/glasswatch/glasswatch/internal/table"
)

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
