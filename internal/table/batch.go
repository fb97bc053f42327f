package table

import (
	"math"
	"time"

	"github.com/glasswatch/glasswatch/kql/value"
)

// Cell is one value of a decoded record: Null, a span of text, or the bits of a scalar, by the column's type:
//
//	string, guid         span of the unescaped text; Null reads as ""
//	dynamic              span of valid JSON text
//	bool                 0 or 1
//	int, long            two's complement
//	datetime, timespan   ticks
//	real                 IEEE 754 bits
//
// A span is offset<<32 | length into Batch.Body, or, with the top bit set, into Batch.Arena.
type Cell uint64

// Null is the missing value. As a span it would be an arena text of 4 GiB less one, as a datetime it lies before the
// year 1, as a real it is a negative number too small to write; the one long that has these bits
// (math.MinInt64+math.MaxUint32) reads as null.
const Null Cell = 1<<63 | math.MaxUint32

const arenaBit Cell = 1 << 63

// TextCell returns the cell of a span of Body.
func TextCell(offset, length int) Cell { return Cell(offset)<<32 | Cell(uint32(length)) }

// ArenaCell returns the cell of a span of Arena.
func ArenaCell(offset, length int) Cell { return TextCell(offset, length) | arenaBit }

// State is what de-duplication found out about a row.
type State uint8

// The states. Only New and Revision rows are judged and stored.
const (
	New      State = iota // never seen
	Revision              // known key, other content: a later version of a known sign-in
	Repeated              // seen before with the same content
)

// Row is one record of a batch.
type Row struct {
	Schema *Schema
	Cells  []Cell // one a column of the schema; slices of one array of the batch
	Raw    Cell   // span of the record's text as it came
	Key    uint64 // hash of what identifies the record: category and id, or the whole content without an id
	Hash   uint64 // hash of the content, independent of white space and of the order of keys' arrival road
	State  State
}

// Batch is the decoded form of one body. It is reused: nothing may keep a reference into it after release.
type Batch struct {
	Body       []byte // decompressed
	Arena      []byte // unescaped text, and text that the decoder made
	Rows       []Row
	Source     string
	ReceivedAt time.Time
	Sequence   uint64 // order of arrival
	End        Position

	// Buffer is memory that the batch owns and the decoder decompresses into; Body then aliases it. A body that came
	// uncompressed is aliased as it is: whoever keeps the batch beyond Put hands in bytes of its own.
	Buffer []byte
	cells  []Cell // the array that the rows' Cells are slices of
}

// Reset empties the batch for its next body and keeps the memory of its arrays.
func (b *Batch) Reset() {
	*b = Batch{Arena: b.Arena[:0], Rows: b.Rows[:0], Buffer: b.Buffer[:0], cells: b.cells[:0]}
}

// AddRow appends a row of s with all cells Null. The pointer is valid until the next row is added.
func (b *Batch) AddRow(s *Schema) *Row {
	n := len(b.cells)
	b.cells = append(b.cells, s.nulls...)
	b.Rows = append(b.Rows, Row{Schema: s, Cells: b.cells[n:len(b.cells):len(b.cells)]})
	return &b.Rows[len(b.Rows)-1]
}

// Truncate removes rows from the end so that n remain.
func (b *Batch) Truncate(n int) {
	for i := len(b.Rows) - 1; i >= n; i-- {
		if c := b.Rows[i].Cells; len(b.cells) >= len(c) {
			b.cells = b.cells[:len(b.cells)-len(c)]
		}
	}
	b.Rows = b.Rows[:n]
}

// AppendText copies text into the Arena and returns its cell.
func (b *Batch) AppendText(text string) Cell {
	n := len(b.Arena)
	b.Arena = append(b.Arena, text...)
	return ArenaCell(n, len(text))
}

// Text returns the bytes of a span cell, nil for Null.
func (b *Batch) Text(c Cell) []byte {
	if c == Null {
		return nil
	}
	src := b.Body
	if c&arenaBit != 0 {
		src = b.Arena
		c &^= arenaBit
	}
	off, n := int(c>>32), int(uint32(c))
	return src[off : off+n : off+n]
}

// Value returns column i of r. Texts are copied when copyText is set; without it they alias the batch.
func (b *Batch) Value(r *Row, i int, copyText bool) value.Value {
	t := r.Schema.Columns[i].Type
	c := r.Cells[i]
	if c == Null {
		return value.Null(t)
	}
	switch t {
	case value.Bool:
		return value.NewBool(c == 1)
	case value.Int:
		return value.NewInt(int32(c))
	case value.Long:
		return value.NewLong(int64(c))
	case value.Real:
		return value.NewReal(math.Float64frombits(uint64(c)))
	case value.DateTime:
		return value.NewDateTime(int64(c))
	case value.TimeSpan:
		return value.NewTimeSpan(int64(c))
	}
	text := b.Text(c)
	if copyText {
		return value.NewText(t, string(text))
	}
	return value.AliasText(t, text)
}
