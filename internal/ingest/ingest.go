// Package ingest is stage 2 of 7: it takes the bodies that sources (stage 1) deliver. A body is written to the ingest
// log while it is decoded; its records are compared with those seen before, and judged; and only when the log is on
// disk and the judgement is durable is the body acknowledged. Then its rows go to the tables (stage 3), through a queue
// that nobody's alert waits for.
//
// What is acknowledged is never lost: whatever the store has not committed is read again from the log, in order, after a
// crash and after a failure of the store alike.
package ingest

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/glasswatch/glasswatch/internal/fault"
	"github.com/glasswatch/glasswatch/internal/ingest/journal"
	"github.com/glasswatch/glasswatch/internal/source"
	"github.com/glasswatch/glasswatch/internal/table"
)

// Decoder turns a body into rows. The same delivery gives the same rows every time. An error means that nothing in the
// body could be recognised; the batch then holds a row that says so.
type Decoder interface {
	Decode(d source.Delivery, b *table.Batch) ([]source.Refusal, error)
}

// Judge decides what the records of a batch mean. It is called for one batch at a time, in order of arrival, and looks at
// rows that are New or Revision. It copies what it needs. commit makes what it found durable and is called without any
// lock, perhaps more than once; it is nil when nothing was found.
type Judge interface {
	Judge(b *table.Batch) (commit func(ctx context.Context) error)
}

// Store is what ingest needs of the tables.
type Store interface {
	// Position returns the last committed position.
	Position(ctx context.Context) (table.Position, error)
	// Stage copies rows that are New or Revision into the open transaction, beginning at row from of the first batch.
	// Where it stops early, at a full row group, it says at which batch and row; after an error nothing is staged.
	Stage(batches []*table.Batch, from int) (batch, row int, err error)
	// Commit makes what is staged durable and visible, together with the position.
	Commit(upTo table.Position) error
	// Recent calls f for every row that arrived since the returned instant (ticks; 0: all rows), about limit at most.
	Recent(ctx context.Context, limit int, f func(key, hash uint64)) (since int64, err error)
	// Known calls f for the stored rows that have one of the keys and a TimeGenerated (ticks) in the range.
	Known(ctx context.Context, s *table.Schema, from, to int64, keys []uint64, f func(key, hash uint64)) error
}

// Options of ingest. Store, Decoder and Dir are needed; zero fields mean the defaults.
type Options struct {
	Dir     string // folder of the ingest log
	Store   Store
	Decoder Decoder
	Judge   Judge // nil: nothing is judged

	MaxBody     int           // bytes of a body as it comes; 64 MB
	Queue       int64         // bytes of decoded bodies that may wait for the store; 64 MB
	InFlight    int64         // bytes of bodies that may be under way at once; 48 MB
	CommitAfter time.Duration // rows are visible to queries after this at the latest; 750 ms
	Window      int           // records that are remembered in memory, at least; 800,000
	Journal     journal.Options
	Clock       func() time.Time
	Logger      *slog.Logger
}

// Ingest is the Sink of all sources. Its methods may be called from any goroutine.
type Ingest struct {
	opt     Options
	journal *journal.Journal
	feeder  *feeder
	pool    *pool
	gate    *gate
	puts    sync.WaitGroup

	mu       sync.Mutex // held for de-duplication and judgement: it makes the order of arrival
	seen     *seen
	flights  map[*flight]struct{} // judged, and not yet known to be durable
	sequence uint64
	closed   bool
	sources  map[string]*SourceHealth

	ending context.Context // ends with Close
	end    context.CancelFunc
}

var _ source.Sink = (*Ingest)(nil)

// Open opens the ingest log, and judges again what the store has not committed. Rows move to the store while Run runs.
func Open(o Options) (*Ingest, error) {
	o = o.withDefaults()
	g := &Ingest{opt: o, pool: newPool(), gate: newGate(o.InFlight), flights: map[*flight]struct{}{}, sources: map[string]*SourceHealth{}}
	g.ending, g.end = context.WithCancel(context.Background())
	from, err := o.Store.Position(g.ending)
	if err != nil {
		return nil, err
	}
	g.seen = newSeen(o.Window)
	g.seen.since, err = o.Store.Recent(g.ending, o.Window, g.seen.seed)
	if err != nil {
		return nil, err
	}
	o.Journal.After = from.Segment
	o.Journal.Logger = o.Logger
	if g.journal, err = journal.Open(o.Dir, o.Journal); err != nil {
		return nil, err
	}
	g.feeder = newFeeder(g)
	if err := g.replay(from); err != nil {
		_ = g.journal.Close()
		return nil, fmt.Errorf("replay ingest log: %w", err)
	}
	return g, nil
}

func (o Options) withDefaults() Options {
	if o.MaxBody <= 0 {
		o.MaxBody = 64 << 20
	}
	if o.Queue <= 0 {
		o.Queue = 64 << 20
	}
	if o.InFlight <= 0 {
		o.InFlight = 48 << 20
	}
	if o.CommitAfter <= 0 {
		o.CommitAfter = 750 * time.Millisecond
	}
	if o.Window <= 0 {
		o.Window = 800_000
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Judge == nil {
		o.Judge = noJudge{}
	}
	return o
}

type noJudge struct{}

func (noJudge) Judge(*table.Batch) func(context.Context) error { return nil }

// Run moves rows to the store until ctx ends, and then what is left, as far as that goes quickly.
func (g *Ingest) Run(ctx context.Context) error { return g.feeder.run(ctx) }

// Close refuses new bodies, waits for those under way and closes the log. Rows that the store has not committed stay
// in the log and come with the next Open.
func (g *Ingest) Close() error {
	g.mu.Lock()
	g.closed = true
	g.mu.Unlock()
	g.end()
	g.puts.Wait()
	return g.journal.Close()
}

func errClosed() error {
	return fault.New(fault.Unavailable, "ingest is closed").WithNext("send again when the server is back")
}
