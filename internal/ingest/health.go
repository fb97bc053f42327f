package ingest

import (
	"time"

	"github.com/glasswatch/glasswatch/internal/ingest/journal"
	"github.com/glasswatch/glasswatch/internal/table"
	"github.com/glasswatch/glasswatch/kql/value"
)

// Health is how ingest is doing, for metrics, Heartbeat and alarms.
type Health struct {
	Journal journal.State
	Store   FeederHealth
	Sources map[string]SourceHealth
	Flights int // bodies that are judged and not yet known to be durable
}

// SourceHealth counts what came from one source since the start.
type SourceHealth struct {
	Bodies, Bytes            int64
	Taken, Repeated, Refused int64
	LastAt                   time.Time     // arrival of the last body
	Delay                    time.Duration // of the newest record of the last body, from when it happened until it arrived
}

// Health returns the present state.
func (g *Ingest) Health() Health {
	h := Health{Journal: g.journal.State(), Sources: map[string]SourceHealth{}}
	g.mu.Lock()
	for name, s := range g.sources {
		h.Sources[name] = *s
	}
	h.Flights = len(g.flights)
	g.mu.Unlock()
	f := g.feeder
	f.mu.Lock()
	h.Store = f.state
	h.Store.Bytes, h.Store.Rows = f.bytes, f.pending
	f.mu.Unlock()
	return h
}

// noteArrival counts a judged body. The caller holds the lock.
func (g *Ingest) noteArrival(w *work) {
	b := &w.slot.batch
	s := g.sources[b.Source]
	if s == nil {
		s = &SourceHealth{}
		g.sources[b.Source] = s
	}
	s.Bodies++
	s.Bytes += int64(len(w.slot.body))
	s.Taken += int64(w.receipt.Taken)
	s.Repeated += int64(w.receipt.Repeated)
	s.Refused += int64(w.receipt.Refused)
	s.LastAt = b.ReceivedAt
	if newest, ok := newestTime(b); ok {
		s.Delay = b.ReceivedAt.Sub(value.Time(newest))
	}
}

func newestTime(b *table.Batch) (int64, bool) {
	var last *table.Schema
	column, newest := -1, int64(0)
	for i := range b.Rows {
		r := &b.Rows[i]
		if r.Schema != last {
			last, column = r.Schema, r.Schema.Column("TimeGenerated")
		}
		if column >= 0 && r.Cells[column] != table.Null && !r.Schema.Own {
			newest = max(newest, int64(r.Cells[column]))
		}
	}
	return newest, newest > 0
}
