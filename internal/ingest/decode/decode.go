// Package decode turns the bodies that sources deliver into rows of tables: the first step of ingest (stage 2 of 7). It
// recognises the form of a body by its content, checks the JSON strictly, and maps every property of every record to
// its column in one pass over the bytes: values are spans of the body, nothing is copied that need not be.
//
// Properties without a column are kept under _Unmapped. A record that cannot be taken becomes a row of DeadLetter with
// the reason and costs the others nothing. Of duplicate keys in an object the last wins.
package decode

import (
	"fmt"
	"sync"
	"time"

	"github.com/glasswatch/glasswatch/internal/fault"
	"github.com/glasswatch/glasswatch/internal/source"
	"github.com/glasswatch/glasswatch/internal/table"
	"github.com/glasswatch/glasswatch/kql/value"
)

// Options are the bounds of what is taken. Zero fields mean the defaults.
type Options struct {
	MaxBody    int // bytes of a decompressed body; default 64 MiB
	MaxRecord  int // bytes of one record; default 1 MiB
	MaxRecords int // records of one body, good and bad; default 100,000
}

// Decoder decodes bodies. It is immutable and safe for concurrent use.
type Decoder struct {
	options    Options
	byTable    map[string]*mapping
	byCategory map[string]*mapping // in lower case
	mappings   int
	marks      []mark // by the id of a name
	dead       *table.Schema
	pool       sync.Pool // of *work
}

// New returns a decoder for the tables of c.
func New(c *table.Catalog, o Options) *Decoder {
	if o.MaxBody == 0 {
		o.MaxBody = 64 << 20
	}
	if o.MaxRecord == 0 {
		o.MaxRecord = 1 << 20
	}
	if o.MaxRecords == 0 {
		o.MaxRecords = 100_000
	}
	d := &Decoder{options: o, byTable: map[string]*mapping{}, byCategory: map[string]*mapping{}, dead: c.Schema(table.DeadLetter)}
	add := func(s *table.Schema, sp *spec) {
		m := newMapping(s, sp)
		m.index = d.mappings
		d.mappings++
		d.byTable[s.Name] = m
	}
	for _, sp := range specs() {
		for _, name := range sp.tables {
			add(c.Schema(name), sp)
		}
		for category, name := range sp.categories {
			d.byCategory[category] = d.byTable[name]
		}
	}
	for _, s := range c.Schemas() {
		if d.byTable[s.Name] == nil && !s.Own {
			add(s, nil)
		}
	}
	names := d.numberKeys()
	d.marks = marksByID(names)
	d.pool.New = func() any {
		w := &work{d: d, constants: make([]constants, d.mappings)}
		w.s.shape, w.side.shape = newShape(names), newShape(names)
		w.earlyRow = w.begin
		return w
	}
	return d
}

// numberKeys gives every name of a property an id, the same in all tables.
func (d *Decoder) numberKeys() *keys {
	var all []field
	seen := map[string]bool{}
	each := func(f func(k *keys)) {
		for _, m := range d.byTable {
			for _, k := range []*keys{m.outer, m.inner, m.flat, m.row} {
				if k != nil {
					f(k)
				}
			}
		}
	}
	each(func(k *keys) {
		for _, f := range k.fields {
			if !seen[f.folded] {
				seen[f.folded] = true
				all = append(all, field{name: f.name})
			}
		}
	})
	names := newKeys(all)
	each(func(k *keys) { k.number(names) })
	return names
}

// work is the state of one Decode; it is reused.
type work struct {
	d                    *Decoder
	b                    *table.Batch
	s                    scanner // of the body
	side                 scanner // of other text: the Arena, JSON in strings
	del                  source.Delivery
	refusals             []source.Refusal
	soughtFrom, soughtTo int // no record is known to begin between these offsets

	index   int  // of the record, in the body
	taken   int  // records that became rows of their table
	shapely bool // some part of the body had a form that records come in
	context string
	cut     bool // the end of the body is missing, and refused
	budget  int  // bytes that may still be read in vain to find the next good record
	dirty   bool // the body has bytes that are not UTF-8: every record is checked

	receivedAt table.Cell
	constants  []constants
	source     table.Cell

	list, inner, opened []member

	earlyRow func([]member) (*table.Row, []*field) // begin
	begun    *table.Row                            // the row that begin added
	begunFor *mapping

	// of the record at hand
	category   string // that no table takes
	later      []later
	loose      []loose
	looseSeen  uint64
	resourceID table.Cell
	claims     table.Cell
	request    table.Cell
	details    table.Cell
	bare       bool // without the envelope of an Event Hub record
	byColumn   bool // keyed by column names
	timeless   bool // the record carries no time
}

// Decode fills b with the rows of one delivery, rows of DeadLetter for refused records among them, in the order of the
// body. The same delivery gives the same rows.
//
// The error is fault.Invalid when nothing in the body could be recognised, or it cannot be decompressed, and
// fault.TooLarge when a bound is exceeded; b then holds one row of DeadLetter for the whole body.
func (d *Decoder) Decode(del source.Delivery, b *table.Batch) ([]source.Refusal, error) {
	w := d.pool.Get().(*work)
	defer w.release()
	w.reset(del, b)
	err := w.decode()
	if err != nil {
		w.whole(err)
	}
	return w.refusals, err
}

func (w *work) reset(del source.Delivery, b *table.Batch) {
	w.b, w.del = b, del
	b.Source, b.ReceivedAt = del.Source, del.ReceivedAt
	w.refusals, w.index, w.taken, w.shapely, w.context, w.cut, w.dirty = nil, 0, 0, false, "", false, false
	w.soughtFrom, w.soughtTo, w.budget = 0, -1, 0
	clear(w.constants)
	ticks, ok := value.Ticks(del.ReceivedAt)
	if !ok {
		ticks, _ = value.Ticks(time.Time{})
	}
	w.receivedAt = table.Cell(ticks)
	w.source = table.Null
}

// release forgets the delivery and gives w back, unless a freak of a record made it large.
func (w *work) release() {
	w.b, w.del, w.refusals, w.s.src, w.side.src, w.begun = nil, source.Delivery{}, nil, nil, nil, nil
	if cap(w.list)+cap(w.inner)+cap(w.opened)+cap(w.loose) < 1<<16 && cap(w.s.bits) < 1<<18 {
		w.d.pool.Put(w)
	}
}

func (w *work) decode() error {
	if err := w.inflate(); err != nil {
		return err
	}
	w.budget = 4<<20 + 2*len(w.b.Body)
	if w.del.CSV {
		return w.csv()
	}
	if w.del.Table != "" && w.d.byTable[w.del.Table] == nil {
		return fault.New(fault.Invalid, "table %q is unknown", w.del.Table).WithNext("send to one of the tables that the documentation lists")
	}
	if err := w.sequence(); err != nil {
		return err
	}
	if w.taken == 0 && !w.shapely && len(w.refusals) > 0 {
		return fault.New(fault.Invalid, "no records in the body: %s", w.refusals[0].Reason).
			WithNext(`send an object {"records": [...]}, an array of records, or one record a line`)
	}
	return nil
}

// tooMany reports whether another record would exceed the bound.
func (w *work) tooMany() bool { return len(w.b.Rows) >= w.d.options.MaxRecords }

func (w *work) errTooMany() error {
	return fault.New(fault.TooLarge, "more than %d records in one body", w.d.options.MaxRecords).WithNext("send smaller bodies")
}

// broken tells what the scanner found.
func (w *work) broken() string {
	got := "the end of the body"
	if w.s.bad < len(w.s.src) {
		got = fmt.Sprintf("%q", w.s.src[w.s.bad])
	}
	return fmt.Sprintf("offset %d: want %s, got %s", w.s.bad, w.s.want, got)
}
