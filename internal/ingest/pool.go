package ingest

import (
	"context"
	"sync"

	"github.com/glasswatch/glasswatch/internal/table"
)

// slot is a batch and the memory of the body that it refers to. Slots are reused.
type slot struct {
	batch table.Batch
	body  []byte
}

// size is about how many bytes of memory s holds.
func (s *slot) size() int64 {
	n := cap(s.body) + cap(s.batch.Arena) + cap(s.batch.Rows)*80 + cap(s.batch.Buffer)
	for i := range s.batch.Rows {
		n += 8 * len(s.batch.Rows[i].Cells)
	}
	return int64(n)
}

// pool keeps free slots, those of small and of large bodies apart: a lone sign-in must not wait in the queue with the
// memory of an import.
type pool struct{ small, large chan *slot }

const (
	keepSmall = 256
	keepLarge = 16
	keepBytes = 12 << 20 // memory of a larger body is not kept
)

func newPool() *pool {
	return &pool{small: make(chan *slot, keepSmall), large: make(chan *slot, keepLarge)}
}

func (p *pool) of(bytes int) chan *slot {
	if bytes > smallBody {
		return p.large
	}
	return p.small
}

// take returns an empty slot for a body of that many bytes.
func (p *pool) take(bytes int) *slot {
	select {
	case s := <-p.of(bytes):
		return s
	default:
		return &slot{}
	}
}

func (p *pool) give(s *slot) {
	n := cap(s.body) + cap(s.batch.Buffer) + cap(s.batch.Arena)
	if n > keepBytes {
		return
	}
	s.batch.Reset()
	s.body = s.body[:0]
	select {
	case p.of(n / 4) <- s:
	default:
	}
}

// gate bounds the bytes of bodies under way. Small bodies pass a crowd of large ones: a lone sign-in does not wait behind
// an import.
type gate struct {
	mu      sync.Mutex
	limit   int64
	inside  int64
	changed chan struct{} // closed when inside gets less
}

const smallBody = 64 << 10

func newGate(limit int64) *gate { return &gate{limit: limit, changed: make(chan struct{})} }

func (g *gate) enter(ctx context.Context, n int64) error {
	for {
		g.mu.Lock()
		limit := g.limit
		if n <= smallBody {
			limit += limit / 3
		}
		if g.inside == 0 || g.inside+n <= limit {
			g.inside += n
			g.mu.Unlock()
			return nil
		}
		wait := g.changed
		g.mu.Unlock()
		select {
		case <-wait:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (g *gate) leave(n int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.inside -= n
	close(g.changed)
	g.changed = make(chan struct{})
}
