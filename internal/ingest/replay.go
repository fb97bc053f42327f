package ingest

import (
	"fmt"

	"github.com/glasswatch/glasswatch/internal/fault"
	"github.com/glasswatch/glasswatch/internal/ingest/journal"
	"github.com/glasswatch/glasswatch/internal/table"
)

// replay judges what the log holds beyond the store's position, as if it arrived now, and queues it for the store. What
// was judged before is judged again: the alerts' own keys make that harmless.
func (g *Ingest) replay(from table.Position) error {
	bodies, rows := 0, 0
	first := from.Rows
	err := g.journal.Replay(journal.Position{Segment: from.Segment, Offset: from.Offset}, func(f journal.Frame) error {
		w := &work{slot: g.pool.take(len(f.Body))}
		if err := g.read(f, w); err != nil {
			return err
		}
		b := &w.slot.batch
		stored := g.lookUp(g.ending, b)
		if first > 0 {
			stored = g.storedRows(b, first, stored)
			first = 0
		}
		g.judge(w, stored)
		if err := g.commit(g.ending, w); err != nil {
			return fmt.Errorf("keep alerts: %w", err)
		}
		g.land(w.flight, nil)
		bodies, rows = bodies+1, rows+w.receipt.Taken
		g.feeder.queue(&item{start: f.Start, end: f.End, frames: 1, rows: len(b.Rows), skip: repeated(b)})
		g.pool.give(w.slot)
		return nil
	})
	if bodies > 0 {
		g.opt.Logger.Info("read the ingest log again from the store's last commit", "bodies", bodies, "records", rows)
	}
	return err
}

// storedRows notes that the store has the first n rows of a batch: its last commit ended within it.
func (g *Ingest) storedRows(b *table.Batch, n int, stored map[entry]table.State) map[entry]table.State {
	if stored == nil {
		stored = map[entry]table.State{}
	}
	for i := range b.Rows[:min(n, len(b.Rows))] {
		stored[entry{b.Rows[i].Key, b.Rows[i].Hash}] = table.Repeated
	}
	return stored
}

// read decodes a frame of the log into w.
func (g *Ingest) read(f journal.Frame, w *work) error {
	d, err := parseHeader(f.Header)
	if err != nil {
		return fault.New(fault.Conflict, "ingest log, segment %d at byte %d: %w", f.Start.Segment, f.Start.Offset, err).
			WithNext("start the version that wrote the log")
	}
	w.slot.body = append(w.slot.body[:0], f.Body...)
	w.delivery = d
	w.delivery.Body = w.slot.body
	if err := g.decode(w); err != nil { // it was not acknowledged when it came either
		g.opt.Logger.Error("a body in the ingest log cannot be decoded and is passed over", "segment", f.Start.Segment, "offset", f.Start.Offset, "error", err)
		w.slot.batch.Reset()
	}
	return nil
}

// repeated lists the rows of a batch that are not stored, nil when all are.
func repeated(b *table.Batch) []int32 {
	var skip []int32
	for i := range b.Rows {
		if b.Rows[i].State == table.Repeated {
			skip = append(skip, int32(i))
		}
	}
	return skip
}
