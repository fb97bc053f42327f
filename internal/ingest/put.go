package ingest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/glasswatch/glasswatch/internal/fault"
	"github.com/glasswatch/glasswatch/internal/ingest/journal"
	"github.com/glasswatch/glasswatch/internal/source"
	"github.com/glasswatch/glasswatch/internal/table"
	"github.com/glasswatch/glasswatch/kql/value"
)

const (
	maxRefusals = 20
	expansion   = 8 // what a compressed body is taken to be larger when it is open
)

// flight is a body that was judged and is not yet known to be durable. Others that bring the same records wait for it.
type flight struct {
	done chan struct{}
	err  error // why it came to nothing; valid once done is closed
}

// Put takes one body. A ctx that ends makes it give up waiting: before the body is begun nothing has happened, later
// the body is finished all the same, only not acknowledged.
func (g *Ingest) Put(ctx context.Context, d source.Delivery) (source.Receipt, error) {
	if len(d.Body) > g.opt.MaxBody {
		return source.Receipt{}, fault.New(fault.TooLarge, "body of %d bytes: at most %d are taken at once", len(d.Body), g.opt.MaxBody).
			WithNext("send smaller bodies, each with whole records")
	}
	if d.ReceivedAt.IsZero() {
		d.ReceivedAt = g.opt.Clock()
	}
	n := weight(&d)
	if err := g.gate.enter(ctx, n); err != nil {
		return source.Receipt{}, err
	}
	defer g.gate.leave(n)
	if !g.begin() {
		return source.Receipt{}, errClosed()
	}
	defer g.puts.Done()
	return g.put(ctx, d)
}

// weight is about how many bytes a body takes when it is open.
func weight(d *source.Delivery) int64 {
	if d.Encoding != source.Identity {
		return expansion * int64(len(d.Body))
	}
	return int64(len(d.Body))
}

func (g *Ingest) begin() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.closed {
		g.puts.Add(1)
	}
	return !g.closed
}

// work is one body on its way.
type work struct {
	slot     *slot
	ticket   *journal.Ticket
	flight   *flight
	others   []*flight // under way when this one was judged, if it repeats records
	commit   func(context.Context) error
	receipt  source.Receipt
	invalid  error // why nothing in the body could be recognised
	delivery source.Delivery
}

func (g *Ingest) put(ctx context.Context, d source.Delivery) (source.Receipt, error) {
	w := &work{slot: g.pool.take(int(weight(&d))), delivery: d}
	w.slot.body = append(w.slot.body[:0], d.Body...)
	w.delivery.Body = w.slot.body
	w.ticket = g.journal.Append(appendHeader(nil, &d), w.slot.body)
	if err := g.decode(w); err != nil {
		_ = w.ticket.Wait() // the log has the body: it must not be lost in the sequence
		g.feeder.push(&item{ticket: w.ticket})
		return source.Receipt{}, err
	}
	stored := g.lookUp(ctx, &w.slot.batch)
	g.judge(w, stored)
	return g.settle(ctx, w)
}

// decode fills the batch. Its error is one that is not the body's fault.
func (g *Ingest) decode(w *work) error {
	b := &w.slot.batch
	b.Reset()
	refusals, err := g.opt.Decoder.Decode(w.delivery, b)
	if code := fault.CodeOf(err); err != nil && code != fault.Invalid && code != fault.TooLarge {
		return fmt.Errorf("decode body from %s: %w", w.delivery.Source, err)
	}
	b.Source, b.ReceivedAt = w.delivery.Source, w.delivery.ReceivedAt
	w.invalid = err
	w.receipt.Refused = len(refusals)
	w.receipt.Refusals = append([]source.Refusal(nil), refusals[:min(len(refusals), maxRefusals)]...)
	return nil
}

// judge gives the rows their state and has them judged, in order of arrival.
func (g *Ingest) judge(w *work, stored map[entry]table.State) {
	b := &w.slot.batch
	arrived, _ := value.Ticks(b.ReceivedAt)
	g.mu.Lock()
	defer g.mu.Unlock()
	g.sequence++
	b.Sequence = g.sequence
	needed := g.feeder.behind()
	repeats := false
	for i := range b.Rows {
		r := &b.Rows[i]
		good := r.Schema.Name != table.DeadLetter // the others are counted as refused
		r.State = g.seen.state(r.Key, r.Hash)
		if r.State != table.Repeated && len(stored) > 0 {
			r.State = max(r.State, stored[entry{r.Key, r.Hash}])
		}
		if r.State == table.Repeated {
			repeats = true
			if good {
				w.receipt.Repeated++
			}
			continue
		}
		g.seen.add(r.Key, r.Hash, arrived, needed)
		needed++
		if good {
			w.receipt.Taken++
		}
	}
	if repeats {
		for f := range g.flights {
			w.others = append(w.others, f)
		}
	}
	w.flight = &flight{done: make(chan struct{})}
	g.flights[w.flight] = struct{}{}
	w.commit = g.opt.Judge.Judge(b)
	g.noteArrival(w)
}

// settle waits until everything about the body is durable, or undoes it.
func (g *Ingest) settle(ctx context.Context, w *work) (source.Receipt, error) {
	commitErr := g.commit(context.WithoutCancel(ctx), w)
	if err := w.ticket.Wait(); err != nil {
		g.forget(w, err)
		return source.Receipt{}, fault.New(fault.Unavailable, "the body was not taken: %w", err).WithNext("%s", fault.NextOf(err))
	}
	if commitErr != nil {
		g.owe(w)
		return source.Receipt{}, fault.New(fault.Unavailable, "the alerts of the body could not be kept: %w", commitErr).
			WithNext("send again; check the disk of the data folder")
	}
	others, size := w.others, w.slot.size()
	receipt, invalid := w.receipt, w.invalid
	g.feeder.push(itemOf(w))
	g.land(w.flight, nil)
	if err := waitFor(ctx, others); err != nil {
		return source.Receipt{}, err
	}
	if err := g.feeder.waitForSpace(ctx, size); err != nil {
		return source.Receipt{}, err
	}
	return receipt, invalid
}

const commitTimeout = 30 * time.Second

func (g *Ingest) commit(ctx context.Context, w *work) error {
	if w.commit == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, commitTimeout)
	defer cancel()
	return w.commit(ctx)
}

// forget undoes a body that did not reach the log: the next to bring its records brings them for the first time.
func (g *Ingest) forget(w *work, err error) {
	g.mu.Lock()
	for i := range w.slot.batch.Rows {
		if r := &w.slot.batch.Rows[i]; r.State != table.Repeated {
			g.seen.remove(r.Key, r.Hash)
		}
	}
	g.mu.Unlock()
	g.land(w.flight, err)
	g.pool.give(w.slot)
}

func (g *Ingest) land(f *flight, err error) {
	f.err = err
	g.mu.Lock()
	delete(g.flights, f)
	g.mu.Unlock()
	close(f.done)
}

// owe goes on trying to make the alerts of a logged body durable. Until then the store does not get its rows, so that
// a restart judges them again, and nobody who repeats them is acknowledged.
func (g *Ingest) owe(w *work) {
	g.puts.Add(1) // within a Put
	go func() {
		defer g.puts.Done()
		for wait := 50 * time.Millisecond; ; wait = min(2*wait, 10*time.Second) {
			select {
			case <-g.ending.Done():
				g.land(w.flight, errClosed())
				return
			case <-time.After(wait):
			}
			err := g.commit(g.ending, w)
			if err == nil {
				g.feeder.push(itemOf(w))
				g.land(w.flight, nil)
				return
			}
			g.opt.Logger.Error("alerts of a body could not be kept, trying again", "source", w.delivery.Source, "error", err)
		}
	}()
}

// waitFor waits until the bodies that brought the same records before are durable too.
func waitFor(ctx context.Context, others []*flight) error {
	for _, f := range others {
		select {
		case <-f.done:
		case <-ctx.Done():
			return ctx.Err()
		}
		if f.err != nil {
			return fault.New(fault.Unavailable, "records of the body came with another one at the same time, which was not taken: %w", f.err).
				WithNext("send again")
		}
	}
	return nil
}

const lookUpTimeout = 5 * time.Second

// lookUp asks the store about records that happened before the time that seen remembers, such as an import's. Where the
// store does not answer they count as not stored: twice is better than not at all.
func (g *Ingest) lookUp(ctx context.Context, b *table.Batch) map[entry]table.State {
	g.mu.Lock()
	since := g.seen.since
	asked := map[*table.Schema]*question{}
	var last *table.Schema
	column := -1
	for i := range b.Rows {
		r := &b.Rows[i]
		if r.Schema != last {
			last, column = r.Schema, r.Schema.Column("TimeGenerated")
		}
		if since == 0 || column < 0 || r.Cells[column] == table.Null || int64(r.Cells[column]) >= since-clockSkew {
			continue
		}
		if g.seen.state(r.Key, r.Hash) == table.Repeated {
			continue
		}
		q := asked[r.Schema]
		if q == nil {
			q = &question{from: int64(r.Cells[column]), to: int64(r.Cells[column])}
			asked[r.Schema] = q
		}
		q.from, q.to = min(q.from, int64(r.Cells[column])), max(q.to, int64(r.Cells[column]))
		q.rows = append(q.rows, entry{r.Key, r.Hash})
	}
	g.mu.Unlock()
	if len(asked) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lookUpTimeout)
	defer cancel()
	stored := map[entry]table.State{}
	for schema, q := range asked {
		if err := g.ask(ctx, schema, q, stored); err != nil {
			g.opt.Logger.Warn("old records are taken without asking whether they are stored", "table", schema.Name, "error", err)
		}
	}
	return stored
}

// clockSkew is by how much a record's time may lie after its arrival: two minutes, in ticks.
const clockSkew = 2 * value.Minute

// question is about old records of one table.
type question struct {
	from, to int64
	rows     []entry
}

func (g *Ingest) ask(ctx context.Context, schema *table.Schema, q *question, stored map[entry]table.State) error {
	keys := make([]uint64, len(q.rows))
	for i, e := range q.rows {
		keys[i] = e.key
	}
	known := map[uint64]bool{}
	err := g.opt.Store.Known(ctx, schema, q.from, q.to, keys, func(key, hash uint64) {
		stored[entry{key, hash}] = table.Repeated
		known[key] = true
	})
	for _, e := range q.rows {
		if known[e.key] && stored[e] != table.Repeated {
			stored[e] = table.Revision
		}
	}
	return errors.Join(err, ctx.Err())
}
