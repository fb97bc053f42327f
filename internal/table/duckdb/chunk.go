package duckdb

import (
	"runtime"
	"unsafe"

	bind "github.com/duckdb/duckdb-go-bindings"

	"github.com/glasswatch/glasswatch/internal/table"
	"github.com/glasswatch/glasswatch/kql/value"
)

// inlineText is the longest text that lies in a vector itself; longer ones are pointed to.
const inlineText = 12

// chunkRows is how many rows a chunk holds, the engine's vector size.
const chunkRows = 2048

// chunk is the rows on their way into one table. Texts are not copied into it: the memory of the batches is pinned until
// the appender has taken the chunk (it copies).
type chunk struct {
	layout  *layout
	data    bind.DataChunk
	vector  []bind.Vector
	values  []unsafe.Pointer
	valid   []*[chunkRows / 64]uint64
	rows    int
	paths   []promotedValue // of the row that is being added, by position in layout.promoted
	pins    runtime.Pinner
	scratch [16]byte
}

func newChunk(l *layout) *chunk {
	types := make([]bind.LogicalType, len(l.columns))
	for i, c := range l.columns {
		types[i] = bind.CreateLogicalType(c.kind)
	}
	ch := &chunk{layout: l, data: bind.CreateDataChunk(types), paths: make([]promotedValue, len(l.promoted))}
	for i := range types {
		bind.DestroyLogicalType(&types[i])
		ch.vector = append(ch.vector, bind.DataChunkGetVector(ch.data, bind.IdxT(i)))
	}
	ch.values = make([]unsafe.Pointer, len(types))
	ch.valid = make([]*[chunkRows / 64]uint64, len(types))
	ch.reset()
	return ch
}

// reset empties the chunk. Columns that can be null get a writable mask with all rows valid.
func (ch *chunk) reset() {
	ch.pins.Unpin()
	bind.DataChunkReset(ch.data)
	ch.rows = 0
	for i := range ch.vector {
		ch.values[i] = bind.VectorGetData(ch.vector[i])
		if nullable(&ch.layout.columns[i]) {
			bind.VectorEnsureValidityWritable(ch.vector[i])
			ch.valid[i] = (*[chunkRows / 64]uint64)(bind.VectorGetValidity(ch.vector[i]))
		}
	}
}

func nullable(c *column) bool {
	return c.origin != fromKey && (c.kind != bind.TypeVarchar || c.typ != value.String)
}

func (ch *chunk) destroy() {
	ch.pins.Unpin()
	bind.DestroyDataChunk(&ch.data)
}

// pin keeps the texts of b where they are until reset. It is called once a batch, before add.
func (ch *chunk) pin(b *table.Batch) {
	if len(b.Body) > 0 {
		ch.pins.Pin(unsafe.SliceData(b.Body))
	}
	if len(b.Arena) > 0 {
		ch.pins.Pin(unsafe.SliceData(b.Arena))
	}
}

// add writes one row of b. It returns about how many bytes the engine will hold for it.
func (ch *chunk) add(b *table.Batch, r *table.Row, received table.Cell) int64 {
	n := ch.rows
	bytes := 8 * len(ch.layout.columns)
	ch.promote(b, r)
	for i := range ch.layout.columns {
		c := &ch.layout.columns[i]
		if c.origin == fromKey {
			*(*[2]uint64)(unsafe.Add(ch.values[i], n*16)) = [2]uint64{r.Hash, r.Key}
			continue
		}
		if c.origin == fromText {
			text := ch.paths[c.path].text
			ch.text(i, n, text, false)
			bytes += len(text)
			continue
		}
		cell := r.Cells[c.cell]
		switch {
		case c.isPromoted():
			cell = ch.paths[c.path].cell(c.origin)
		case c.origin == fromTable && cell == table.Null:
			cell = received
		}
		if c.kind == bind.TypeVarchar {
			text := b.Text(cell)
			ch.text(i, n, text, cell == table.Null)
			bytes += len(text)
			continue
		}
		if cell == table.Null {
			ch.null(i, n)
			cell = 0
		}
		switch c.kind {
		case bind.TypeBoolean:
			*(*byte)(unsafe.Add(ch.values[i], n)) = byte(cell & 1)
		case bind.TypeInteger:
			*(*int32)(unsafe.Add(ch.values[i], n*4)) = int32(cell)
		default:
			ch.number(i, n)[0] = uint64(cell)
		}
	}
	ch.rows++
	return int64(bytes)
}

// promote reads the promoted paths of a row, and pins the texts that are not a part of its batch.
func (ch *chunk) promote(b *table.Batch, r *table.Row) {
	for i := range ch.layout.promoted {
		p := &ch.layout.promoted[i]
		v, fresh := promote(jsonAt(b.Text(r.Cells[p.Column]), p.Steps), p.Number)
		if fresh && len(v.text) > inlineText {
			ch.pins.Pin(unsafe.SliceData(v.text))
		}
		ch.paths[i] = v
	}
}

func (ch *chunk) number(col, row int) *[1]uint64 {
	return (*[1]uint64)(unsafe.Add(ch.values[col], row*8))
}

func (ch *chunk) null(col, row int) {
	if v := ch.valid[col]; v != nil {
		v[row/64] &^= 1 << (row % 64)
	}
}

// text writes the engine's string_t: a length, then up to 12 bytes of text padded with zeros, or the first four bytes
// of the text and its address. The address is written as a number, since the vector is not Go's memory. null is the missing value, which only a string has a value for.
func (ch *chunk) text(col, row int, text []byte, null bool) {
	if null || text == nil {
		ch.null(col, row)
	}
	e := (*[2]uint64)(unsafe.Add(ch.values[col], row*16))
	if len(text) > inlineText {
		prefix := uint64(*(*uint32)(unsafe.Pointer(unsafe.SliceData(text))))
		e[0] = uint64(uint32(len(text))) | prefix<<32
		e[1] = uint64(uintptr(unsafe.Pointer(unsafe.SliceData(text))))
		return
	}
	ch.scratch = [16]byte{}
	copy(ch.scratch[4:], text)
	s := (*[2]uint64)(unsafe.Pointer(&ch.scratch))
	e[0] = s[0] | uint64(len(text))
	e[1] = s[1]
}
