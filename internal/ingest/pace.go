package ingest

import "time"

// pace is the speed at which the store takes bytes, commits included, and the time at which the next body may be
// acknowledged so that bodies come in no faster. A store shows its speed only while it has enough to do: what trickles in
// between says nothing.
type pace struct {
	rate  float64   // bytes a second, a moving average; 0: not known yet
	since time.Time // the queue has been filled since; zero: it is not
	bytes int64     // drained since
	next  time.Time
}

const (
	paceOver = 700 * time.Millisecond // longer than a commit takes
	paceAt   = 0.25                   // below this filling of the queue nobody waits
	paceEven = 0.45                   // at this filling as much comes in as goes out
)

// drained notes that the store has taken bytes, and the filling of the queue before.
func (p *pace) drained(now time.Time, bytes int64, filled float64) {
	if filled < paceAt {
		p.since = time.Time{}
	}
	if p.since.IsZero() {
		return
	}
	p.bytes += bytes
	if d := now.Sub(p.since); d >= paceOver {
		rate := float64(p.bytes) / d.Seconds()
		if p.rate == 0 {
			p.rate = rate
		}
		p.rate += (rate - p.rate) / 3
		p.since, p.bytes = now, 0
	}
}

// turn tells when a body of that size may be acknowledged, with the queue filled to that part.
func (p *pace) turn(now time.Time, size int64, filled float64) time.Time {
	if filled < paceAt {
		p.next, p.since = now, time.Time{}
		return now
	}
	if p.since.IsZero() {
		p.since, p.bytes = now, 0
	}
	if p.rate <= 0 {
		return now
	}
	if p.next.Before(now) {
		p.next = now
	}
	speed := p.rate * max(0.3, 1+2*(paceEven-filled))
	p.next = p.next.Add(time.Duration(float64(size) / speed * float64(time.Second)))
	return p.next
}
