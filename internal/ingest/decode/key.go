package decode

import (
	"math"
	"unsafe"

	"github.com/glasswatch/glasswatch/internal/table"
)

// Both hashes are 64 bit and kept on disk: a change of what goes in makes every record new once.
//
// Hash covers every column that is not empty, by the column's name and its text or bits, in no order, and the properties
// under _Unmapped. It leaves out the columns of unhashed, and TimeGenerated where the record carries no time.
// White space between tokens and the order of keys, outside nested objects, do not matter.
//
// Key covers the table's name and the columns that identify a record: Id for sign-ins, audits, risk detections and
// provisioning; RequestId for Graph calls; EventDataId for Azure activity or, without one, correlation id, operation,
// status, substatus, resource and time. Without any of these, and for the states of risky users, it covers what Hash does.

// identify sets r's Key and Hash.
func (w *work) identify(r *table.Row, m *mapping) {
	sum := w.sumTexts(r.Cells, m.texts)
	for i := range m.scalars {
		h := &m.scalars[i]
		if c := r.Cells[h.column]; c != table.Null {
			sum += mix(uint64(c), h.seed)
		}
	}
	if !w.timeless {
		sum += mix(uint64(r.Cells[m.at.timeGenerated]), m.seed)
	}
	for i := range w.loose {
		if l := &w.loose[i]; !l.dropped {
			text := l.val
			if l.spaced {
				text = w.minify(text)
			}
			sum += hash(w.b.Text(text), hash(w.b.Text(l.key), looseSeed))
		}
	}
	r.Hash = mix(sum, 0)

	seed := m.seed
	if key, ok := w.keyOf(r, m, m.id, seed); ok {
		r.Key = key
	} else if key, ok := w.keyOf(r, m, m.otherwise, seed); ok {
		r.Key = key
	} else {
		r.Key = mix(sum, seed)
	}
}

// sumTexts adds up the hashes of the texts that are not empty.
func (w *work) sumTexts(cells []table.Cell, texts []hashed) (sum uint64) {
	body, arena := unsafe.Pointer(unsafe.SliceData(w.b.Body)), unsafe.Pointer(unsafe.SliceData(w.b.Arena))
	for i := range texts {
		h := &texts[i]
		c := cells[h.column]
		n := uint32(c)
		if n-1 >= math.MaxUint32-1 { // none, or Null
			continue
		}
		p := body
		if c&arenaBit != 0 {
			p = arena
		}
		sum += hashAt(unsafe.Add(p, int(c&^arenaBit>>32)), int(n), h.seed)
	}
	return sum
}

const looseSeed = 0x5f556e6d61707065

func (w *work) keyOf(r *table.Row, m *mapping, columns []int, seed uint64) (uint64, bool) {
	if len(columns) == 0 {
		return 0, false
	}
	if c := r.Cells[columns[0]]; c == table.Null || uint32(c) == 0 {
		return 0, false
	}
	for _, i := range columns {
		c := r.Cells[i]
		switch {
		case i == m.at.timeGenerated:
			seed = mix(uint64(c), seed)
		default:
			seed = hash(w.b.Text(c), seed)
		}
	}
	return seed, true
}

// mix spreads v over 64 bits (the finalizer of SplitMix64).
func mix(v, seed uint64) uint64 {
	v += seed + 0x9e3779b97f4a7c15
	v = (v ^ v>>30) * 0xbf58476d1ce4e5b9
	v = (v ^ v>>27) * 0x94d049bb133111eb
	return v ^ v>>31
}

// itemID writes Key and Hash as 32 hexadecimal digits.
func (w *work) itemID(key, hash uint64) table.Cell {
	const digits = "0123456789abcdef"
	var text [32]byte
	for i := range 16 {
		text[15-i] = digits[key>>(4*i)&15]
		text[31-i] = digits[hash>>(4*i)&15]
	}
	from := len(w.b.Arena)
	w.b.Arena = append(w.b.Arena, text[:]...)
	return table.ArenaCell(from, len(text))
}
