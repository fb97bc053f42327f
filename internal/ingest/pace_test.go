package ingest

import (
	"testing"
	"time"
)

// A store that had little to do is not taken for a slow one: bodies that come then do not wait by the speed of the trickle.
func TestPaceAfterTrickle(t *testing.T) {
	const mb = 1 << 20
	var p pace
	now := time.Unix(1_800_000_000, 0)
	pass := func(d time.Duration) { now = now.Add(d) }
	for range 1000 { // small bodies, each taken at once
		pass(25 * time.Millisecond)
		p.drained(now, 10<<10, 0.001)
	}
	if turn := p.turn(now, 10*mb, 0.5); turn.After(now) {
		t.Errorf("the first large body waits for %s", turn.Sub(now))
	}
	for range 100 { // the store takes 10 MB in 50 ms
		pass(50 * time.Millisecond)
		p.drained(now, 10*mb, 0.5)
		p.turn(now, 0, 0.5)
	}
	if p.rate < 190*mb || p.rate > 210*mb {
		t.Errorf("a rate of %.0f MB/s, want 200", p.rate/mb)
	}
	p.drained(now, 10*mb, 0.1)
	for range 1000 {
		pass(25 * time.Millisecond)
		p.drained(now, 10<<10, 0.001)
		p.turn(now, 0, 0.001)
	}
	pass(10 * time.Second) // nothing at all
	if wait := p.turn(now, 10*mb, paceEven).Sub(now); wait < 40*time.Millisecond || wait > 60*time.Millisecond {
		t.Errorf("after a rest a body waits for %s, want 50ms", wait)
	}
}
