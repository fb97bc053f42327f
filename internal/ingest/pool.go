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
	n := len(s.body) + len(s.batch.Arena) + len(s.batch.Rows)*80
	if len(s.batch.Buffer) > 0 {
		n += len(s.batch.Buffer)
	}
	for i := range s.batch.Rows {
		n += 8 * len(s.batch.Rows[i].Cells)
	}
	return int64(n)
}

// pool keeps free slots.
type pool struct{ free chan *slot }

const (
	keepSlots = 32
	keepBytes = 8 << 20 // memory of a larger body is not kept
)

func newPool() *pool { return &pool{free: make(chan *slot, keepSlots)} }

func (p *pool) take() *slot {
	select {
	case s := <-p.free:
		return s
	default:
		return &slot{}
	}
}

func (p *pool) give(s *slot) {
	if cap(s.body)+cap(s.batch.Buffer)+cap(s.batch.Arena) > keepBytes {
		return
	}
	s.batch.Reset()
	s.body = s.body[:0]
	select {
	case p.free <- s:
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
