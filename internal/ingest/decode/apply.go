package decode

import (
	"bytes"

	"github.com/glasswatch/glasswatch/internal/table"
	"github.com/glasswatch/glasswatch/kql/value"
)

// loose is a property without a column.
type loose struct {
	key, val table.Cell // JSON text; the key without its quotes
	prefix   bool       // inside "properties", so named when the record has the same name outside
	inner    bool
	dropped  bool // a later property of the same name replaced it
	spaced   bool
}

// later is a secondary property, applied when all others are.
type later struct {
	field *field
	m     *member
	inner bool
}

// apply sends the members of one object to columns.
func (w *work) apply(k *keys, list []member, r *table.Row, inner bool) {
	cells := r.Cells
	for i := range list {
		m := &list[i]
		var f *field
		if k.byID != nil && !m.keyEscaped {
			f = k.byID[m.id]
		} else {
			f = w.find(k, m)
		}
		if inner && w.begun != nil && f != nil && f.direct != 0 && cells[f.col] != table.Null && cells[f.col]>>32 > m.key>>32 {
			continue // a later property of that name is there already
		}
		switch {
		case f == nil:
			if !m.opened || inner {
				w.loosen(m, inner)
			}
		case f.direct>>m.direct&1 != 0:
			cells[f.col] = m.val
		case f.secondary:
			w.later = append(w.later, later{field: f, m: m, inner: inner})
		default:
			if !w.store(r, f, m, inner) {
				w.loosen(m, inner)
			}
		}
	}
}

// find looks a key up by its text.
func (w *work) find(k *keys, m *member) *field {
	if m.keyEscaped {
		return k.find(w.b.Text(w.unescape(m.key)))
	}
	return k.find(w.b.Text(m.key))
}

// applyLater fills gaps with secondary properties. Of two with the same name the last wins, so it goes backwards.
func (w *work) applyLater(r *table.Row) {
	for i := len(w.later) - 1; i >= 0; i-- {
		l := w.later[i]
		f := l.field
		old := r.Cells[f.col]
		isText := f.typ == value.String || f.typ == value.Dynamic
		if old == table.Null || isText && uint32(old) == 0 {
			if !w.store(r, f, l.m, l.inner) {
				w.loosen(l.m, l.inner)
			}
			if isText && r.Cells[f.col] == table.Null {
				r.Cells[f.col] = old
			}
			continue
		}
		mark := len(w.b.Arena)
		c, ok := w.address(f, l.m)
		same := ok && (c == old || isText && bytes.Equal(w.b.Text(c), w.b.Text(old)))
		empty := ok && (c == table.Null || isText && uint32(c) == 0)
		w.b.Arena = w.b.Arena[:mark]
		if !same && !empty {
			w.loosen(l.m, l.inner)
		}
	}
}

// address converts m for f's column; in a column of addresses "<null>" is none.
func (w *work) address(f *field, m *member) (table.Cell, bool) {
	if f.do == toAddress && m.kind == kindString && string(w.b.Text(m.val)) == "<null>" {
		return table.Null, true
	}
	return w.convert(f.typ, m)
}

// store puts m into f's columns. It reports false when m has to be kept under _Unmapped, too.
func (w *work) store(r *table.Row, f *field, m *member, inner bool) bool {
	switch f.do {
	case toCategory:
		// The table's name says it already; a better one inside is primary and may come later or be there.
		if f.col >= 0 && r.Cells[f.col] == table.Null {
			r.Cells[f.col] = w.textCell(m)
		}
		return true
	case toResource:
		w.resourceID = w.textCell(m)
		if f.col < 0 {
			return false
		}
		r.Cells[f.col] = w.resourceID
		return true
	case toLocalized, toSubstatus, toIdentity, toClaims, toRequest, toDetails:
		return w.storeActivity(r, f, m)
	}
	c, ok := w.address(f, m)
	if !ok {
		return false
	}
	r.Cells[f.col] = c
	if f.also >= 0 {
		if f.and == f.typ {
			r.Cells[f.also] = c
		} else if c, ok := w.convert(f.and, m); ok {
			r.Cells[f.also] = c
		}
	}
	return true
}

// loosen keeps m for _Unmapped.
func (w *work) loosen(m *member, inner bool) {
	l := loose{key: m.key, val: m.val, inner: inner, spaced: m.spaced}
	if m.kind == kindString {
		l.val = quoted(l.val)
	}
	bit := w.looseBit(l.key)
	if w.looseSeen&bit != 0 {
		for i := range w.loose {
			o := &w.loose[i]
			if !bytes.Equal(w.b.Text(o.key), w.b.Text(l.key)) {
				continue
			}
			if o.inner == inner {
				o.dropped = true
			} else if inner {
				l.prefix = true
			} else {
				o.prefix = true
			}
		}
	}
	w.looseSeen |= bit
	w.loose = append(w.loose, l)
}

func (w *work) looseBit(key table.Cell) uint64 {
	b := w.b.Text(key)
	if len(b) == 0 {
		return 1
	}
	return 1 << ((uint(len(b))*5 + uint(b[0])*3 + uint(b[len(b)-1]) + uint(b[len(b)/2])*7) & 63)
}

// bag writes the loose properties into the Arena as one JSON object, by their original names.
func (w *work) bag() table.Cell {
	if len(w.loose) == 0 {
		return table.Null
	}
	from := len(w.b.Arena)
	a := w.b.Arena
	sep := byte('{')
	for i := range w.loose {
		l := &w.loose[i]
		if l.dropped {
			continue
		}
		a = append(a, sep, '"')
		sep = ','
		if l.prefix {
			a = append(a, "properties."...)
		}
		a = append(a, w.b.Text(l.key)...)
		a = append(a, '"', ':')
		if l.spaced {
			a = appendMinified(a, w.b.Text(l.val))
		} else {
			a = append(a, w.b.Text(l.val)...)
		}
	}
	w.b.Arena = append(a, '}')
	return table.ArenaCell(from, len(w.b.Arena)-from)
}
