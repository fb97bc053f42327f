package ingest

import (
	"context"
	"sync"
	"time"

	"github.com/glasswatch/glasswatch/internal/ingest/journal"
	"github.com/glasswatch/glasswatch/internal/table"
)

// item is what the store has to get of one body of the log, or of several that follow each other and were put off.
type item struct {
	ticket     *journal.Ticket // of a body that was just logged
	start, end journal.Position
	frames     int
	rows       int
	slot       *slot   // the decoded body; nil: read it from the log
	skip       []int32 // rows that are repeated, of the only frame; nil: none
	from       int     // rows of the first frame that the store has committed
	size       int64
}

func itemOf(w *work) *item {
	return &item{ticket: w.ticket, slot: w.slot, size: w.slot.size()}
}

// feeder brings rows to the store in the order of the log, so that one position tells what the store has.
type feeder struct {
	g *Ingest

	mu      sync.Mutex
	ready   []*item          // in order
	early   map[uint64]*item // by sequence: some body before is not judged yet
	next    uint64           // sequence that ready goes on with
	bytes   int64            // of slots in ready and early, and of those that are being staged
	pending int              // rows in ready, early, and staged but not committed
	space   chan struct{}    // closed when bytes gets less
	state   FeederHealth
	pace    pace

	wake chan struct{}

	// The running goroutine's own.
	staged  []*item // since the last commit, without their slots
	upTo    table.Position
	since   time.Time // of the first staged row
	waiting bool      // something is staged
}

// FeederHealth is how the way to the store is doing.
type FeederHealth struct {
	Bytes   int64     // waiting, in memory
	Rows    int       // waiting, or not committed
	Put     int64     // bodies that were put off to the log since the store did not take them
	Err     error     // why the store does not take rows; nil when it does
	Since   time.Time // of Err
	Commits int64
}

func newFeeder(g *Ingest) *feeder {
	return &feeder{g: g, early: map[uint64]*item{}, next: 1, space: make(chan struct{}), wake: make(chan struct{}, 1)}
}

// push hands over a body that is durable and judged. It never blocks.
func (f *feeder) push(it *item) {
	if it.ticket.Sequence == 0 { // it is not in the log
		return
	}
	it.start, it.end, it.frames = it.ticket.Start, it.ticket.End, 1
	if it.slot != nil {
		it.rows = len(it.slot.batch.Rows)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if it.slot != nil && f.state.Err != nil && f.bytes+it.size > f.g.opt.Queue {
		it.skip = repeated(&it.slot.batch) // put off: the log has it
		f.g.pool.give(it.slot)
		it.slot, it.size = nil, 0
		f.state.Put++
	}
	f.bytes += it.size
	f.pending += it.rows
	f.early[it.ticket.Sequence] = it
	for {
		it, ok := f.early[f.next]
		if !ok {
			break
		}
		delete(f.early, f.next)
		f.next++
		it.ticket = nil
		f.append(it)
	}
	f.signal()
}

// queue adds a body of the replay.
func (f *feeder) queue(it *item) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.pending += it.rows
	f.append(it)
	f.signal()
}

// append merges bodies that were put off into one item, so that a long failure of the store costs little memory.
func (f *feeder) append(it *item) {
	if n := len(f.ready); n > 0 && it.slot == nil && it.skip == nil {
		last := f.ready[n-1]
		if last.slot == nil && last.skip == nil && last.from == 0 && last.frames < 1000 {
			last.end = it.end
			last.frames += it.frames
			last.rows += it.rows
			return
		}
	}
	f.ready = append(f.ready, it)
}

func (f *feeder) signal() {
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

// behind is how many rows the store has not committed.
func (f *feeder) behind() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.pending
}

// waitForSpace is the back pressure: it holds the acknowledgement of a body of that size until the queue is within its
// bound. Before the bound is reached it already spreads acknowledgements to the pace at which the store takes rows, so
// that the queue keeps room for what comes during a commit, and no sender has to wait for one. Small bodies wait only
// when the queue is well over its bound. While the store fails nobody waits for it; bodies are put off to the log
// instead.
func (f *feeder) waitForSpace(ctx context.Context, size int64) error {
	if size > smallBody {
		if err := f.keepPace(ctx, size); err != nil {
			return err
		}
	}
	limit := f.g.opt.Queue
	if size <= smallBody {
		limit += limit / 4
	}
	for {
		f.mu.Lock()
		ok := f.bytes <= limit || f.state.Err != nil
		space := f.space
		f.mu.Unlock()
		if ok {
			return nil
		}
		select {
		case <-space:
		case <-ctx.Done():
			return ctx.Err()
		case <-f.g.ending.Done():
			return errClosed()
		}
	}
}

// keepPace waits for the body's turn, or until the queue has emptied.
func (f *feeder) keepPace(ctx context.Context, size int64) error {
	f.mu.Lock()
	turn := f.pace.turn(time.Now(), size, f.filled())
	f.mu.Unlock()
	for {
		f.mu.Lock()
		filled, space := f.filled(), f.space
		f.mu.Unlock()
		wait := time.Until(turn)
		if wait <= 0 || filled < paceAt {
			return nil
		}
		t := time.NewTimer(wait)
		select {
		case <-t.C:
		case <-space:
			t.Stop()
		case <-ctx.Done():
			return ctx.Err()
		case <-f.g.ending.Done():
			return errClosed()
		}
	}
}

// filled is which part of the queue's bound is taken. f.mu is held.
func (f *feeder) filled() float64 { return float64(f.bytes) / float64(f.g.opt.Queue) }

func (f *feeder) freed(bytes int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.pace.drained(time.Now(), bytes, f.filled())
	f.bytes -= bytes
	close(f.space)
	f.space = make(chan struct{})
}

const (
	gatherFor   = 20 * time.Millisecond // small bodies wait this long for others, to be staged together
	gatherBytes = 512 << 10
	gatherRows  = 2048
	firstRetry  = 100 * time.Millisecond
	lastRetry   = 10 * time.Second
	drainFor    = 5 * time.Second
)

// run stages and commits until ctx ends, then brings what is left.
func (f *feeder) run(ctx context.Context) error {
	retry := firstRetry
	for ctx.Err() == nil {
		err := f.step(ctx)
		if err == nil {
			retry = firstRetry
			continue
		}
		f.fail(err)
		select {
		case <-ctx.Done():
		case <-time.After(retry):
		}
		retry = min(2*retry, lastRetry)
	}
	end := time.Now().Add(drainFor)
	for time.Now().Before(end) {
		its := f.take()
		if len(its) == 0 {
			break
		}
		if err := f.stage(its); err != nil {
			f.fail(err)
			return nil
		}
	}
	if err := f.commit(); err != nil {
		f.fail(err)
	}
	return nil
}

// step waits for something to do and does it.
func (f *feeder) step(ctx context.Context) error {
	if its := f.take(); len(its) > 0 {
		if err := f.stage(its); err != nil {
			return err
		}
		f.gather(ctx)
	}
	if f.waiting && time.Since(f.since) >= f.g.opt.CommitAfter {
		return f.commit()
	}
	f.mu.Lock()
	idle := len(f.ready) == 0
	f.mu.Unlock()
	if !idle {
		return nil
	}
	var timer <-chan time.Time
	if f.waiting {
		timer = time.After(time.Until(f.since.Add(f.g.opt.CommitAfter)))
	}
	select {
	case <-ctx.Done():
	case <-f.wake:
	case <-timer:
	}
	return nil
}

// gather lets small bodies come together.
func (f *feeder) gather(ctx context.Context) {
	f.mu.Lock()
	busy := f.bytes >= gatherBytes
	f.mu.Unlock()
	if busy {
		return
	}
	select {
	case <-ctx.Done():
	case <-time.After(gatherFor):
	}
}

// take takes the next items: some that are in memory, or one that is not.
func (f *feeder) take() []*item {
	f.mu.Lock()
	defer f.mu.Unlock()
	n, rows := 0, 0
	for n < len(f.ready) && rows < gatherRows {
		it := f.ready[n]
		if it.slot == nil && n > 0 {
			break
		}
		n++
		rows += it.rows
		if it.slot == nil {
			break
		}
	}
	its := append([]*item(nil), f.ready[:n]...)
	f.ready = f.ready[n:]
	if len(f.ready) == 0 {
		f.ready = nil
	}
	return its
}

// stage brings items to the store, and commits whenever a row group is full.
func (f *feeder) stage(its []*item) error {
	f.staged = append(f.staged, its...)
	if its[0].slot == nil {
		return f.stageFromLog(its[0])
	}
	batches := make([]*table.Batch, len(its))
	for i, it := range its {
		batches[i] = &it.slot.batch
	}
	if err := f.stageBatches(batches, its[0].from, func(i int) journal.Position { return its[i].start }); err != nil {
		return err
	}
	f.upTo = position(its[len(its)-1].end, 0)
	freed := int64(0)
	for _, it := range its {
		freed += f.release(it)
	}
	f.freed(freed)
	return nil
}

func (f *feeder) stageBatches(batches []*table.Batch, from int, start func(i int) journal.Position) error {
	if !f.waiting {
		f.waiting, f.since = true, time.Now()
	}
	for i := 0; i < len(batches); {
		n, row, err := f.g.opt.Store.Stage(batches[i:], from)
		if err != nil {
			return err
		}
		if i, from = i+n, row; i < len(batches) {
			f.upTo = position(start(i), row)
			if err := f.commit(); err != nil {
				return err
			}
			f.waiting, f.since = true, time.Now()
		}
	}
	return nil
}

func position(p journal.Position, rows int) table.Position {
	return table.Position{Segment: p.Segment, Offset: p.Offset, Rows: rows}
}

// release frees the memory of a body that the store has copied. What the log cannot tell about it is kept.
func (f *feeder) release(it *item) int64 {
	if it.slot == nil {
		return 0
	}
	n := it.size
	it.skip = repeated(&it.slot.batch)
	f.g.pool.give(it.slot)
	it.slot, it.size = nil, 0
	return n
}

// stageFromLog brings bodies that are not in memory.
func (f *feeder) stageFromLog(it *item) error {
	w := &work{slot: f.g.pool.take(1 << 20)}
	defer func() { f.g.pool.give(w.slot) }()
	from, skip := it.from, it.skip
	return f.g.journal.Read(it.start, it.end, func(fr journal.Frame) error {
		if err := f.g.read(fr, w); err != nil {
			return err
		}
		b := &w.slot.batch
		for _, i := range skip {
			b.Rows[i].State = table.Repeated
		}
		if err := f.stageBatches([]*table.Batch{b}, from, func(int) journal.Position { return fr.Start }); err != nil {
			return err
		}
		from, skip = 0, nil
		f.upTo = position(fr.End, 0)
		if time.Since(f.since) >= f.g.opt.CommitAfter {
			return f.commit()
		}
		return nil
	})
}

// commit makes what is staged durable. The log may then forget it.
func (f *feeder) commit() error {
	if !f.waiting {
		return nil
	}
	if err := f.g.opt.Store.Commit(f.upTo); err != nil {
		return err
	}
	f.waiting = false
	at := journal.Position{Segment: f.upTo.Segment, Offset: f.upTo.Offset}
	done, freed := 0, int64(0)
	rows := 0
	for _, it := range f.staged {
		if at.Less(it.end) {
			if !at.Less(it.start) {
				it.start, it.from = at, f.upTo.Rows // its rows are counted when all of it is done
			}
			break
		}
		freed += f.release(it)
		rows += it.rows
		done++
	}
	f.staged = append([]*item(nil), f.staged[done:]...)
	f.freed(freed)
	f.mu.Lock()
	f.pending -= rows
	f.state.Commits++
	f.state.Err = nil
	f.mu.Unlock()
	if err := f.g.journal.Release(at); err != nil {
		f.g.opt.Logger.Warn("ingest log keeps segments that it no longer needs", "error", err)
	}
	return nil
}

// fail puts back what the store has not committed; it has dropped that.
func (f *feeder) fail(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.state.Err == nil {
		f.state.Since = f.g.opt.Clock()
		f.g.opt.Logger.Error("the event store takes no records; they stay in the ingest log and are tried again", "error", err)
	}
	f.state.Err = err
	f.ready = append(f.staged, f.ready...)
	f.staged, f.waiting = nil, false
	close(f.space) // nobody waits for a store that fails
	f.space = make(chan struct{})
}
