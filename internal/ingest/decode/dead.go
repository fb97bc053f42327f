package decode

import (
	"bytes"
	"fmt"

	"github.com/glasswatch/glasswatch/internal/source"
	"github.com/glasswatch/glasswatch/internal/table"
	"github.com/zeebo/xxh3"
)

// maxDead is how much of a refused record is kept.
const maxDead = 64 << 10

// refuse makes the text between two offsets of the body a row of DeadLetter.
func (w *work) refuse(from, to int, reason, category string) {
	src := w.b.Body
	for to > from && src[to-1] <= ' ' {
		to--
	}
	w.refusals = append(w.refusals, source.Refusal{Index: w.index, Reason: reason})
	w.index++
	w.deadRow(from, to, reason, category)
}

func (w *work) deadRow(from, to int, reason, category string) {
	b := w.b
	r := b.AddRow(w.d.dead)
	s := r.Schema
	set := func(name string, c table.Cell) { r.Cells[s.Column(name)] = c }
	if w.source == table.Null {
		w.source = b.AppendText(w.del.Source)
	}
	r.Raw = table.TextCell(from, to-from)
	text := b.Body[from:to]
	record := r.Raw
	switch {
	case len(text) > maxDead:
		cut := maxDead
		for cut > maxDead-4 && text[cut]&0xc0 == 0x80 {
			cut--
		}
		record = w.arena(bytes.ToValidUTF8(text[:cut], []byte("\ufffd")))
		note := b.AppendText(fmt.Sprintf(" ... (cut: %d bytes in all)", len(text)))
		record += table.Cell(uint32(note))
	case w.dirty:
		record = w.arena(bytes.ToValidUTF8(text, []byte("\ufffd")))
	}
	set("TimeGenerated", w.receivedAt)
	set("Source", w.source)
	set("Reason", b.AppendText(reason))
	set("Category", b.AppendText(category))
	set("Offset", table.Cell(from))
	set("Record", record)
	set("Type", b.AppendText(table.DeadLetter))
	set(table.TimeReceived, w.receivedAt)
	// A refused record that comes again is the same one, wherever in a body it stands.
	r.Key = xxh3.HashSeed(text, xxh3.HashString(table.DeadLetter))
	r.Hash = mix(r.Key, 1)
	set(table.ItemID, w.itemID(r.Key, r.Hash))
}

func (w *work) arena(text []byte) table.Cell {
	from := len(w.b.Arena)
	w.b.Arena = append(w.b.Arena, text...)
	return table.ArenaCell(from, len(text))
}

// whole makes the whole body one row of DeadLetter, in place of all rows.
func (w *work) whole(err error) {
	w.b.Reset()
	w.b.Source, w.b.ReceivedAt = w.del.Source, w.del.ReceivedAt
	w.b.Body, w.dirty = w.del.Body, true
	w.source = table.Null
	w.refusals = []source.Refusal{{Index: 0, Reason: err.Error()}}
	w.deadRow(0, len(w.b.Body), err.Error(), "")
}
