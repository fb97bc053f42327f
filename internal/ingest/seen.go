package ingest

import (
	"math/bits"

	"github.com/glasswatch/glasswatch/internal/table"
)

// seen remembers which records have arrived, by key and hash, in two generations: when the younger is full it becomes
// the older, and the older is forgotten. A generation is an open-addressing table of 16 bytes a record.
type seen struct {
	young, old generation
	limit      int   // entries of a full generation
	since      int64 // arrival, in ticks: every record that arrived then or later is remembered; 0: all that there are
	turned     int64 // arrival of the first entry of young
	most       int   // slots that the last full generation had
}

type generation struct {
	slots []entry // a power of two; the zero entry is free
	used  int     // slots that are not free
}

type entry struct{ key, hash uint64 }

// gone marks a slot whose entry was removed; real keys are kept off it and off zero.
const gone = ^uint64(0)

const firstSlots = 1 << 12

func newSeen(window int) *seen { return &seen{limit: window, most: firstSlots} }

func (e entry) normal() entry {
	if e.key == 0 || e.key == gone {
		e.key = 0x9e3779b97f4a7c15
	}
	return e
}

// state says what is known of a record.
func (s *seen) state(key, hash uint64) table.State {
	e := entry{key, hash}.normal()
	a := s.young.state(e)
	if a == table.Repeated {
		return a
	}
	return max(a, s.old.state(e))
}

func (g *generation) state(e entry) table.State {
	found := table.New
	for i := g.start(e.key); len(g.slots) > 0; i = (i + 1) & (len(g.slots) - 1) {
		switch slot := g.slots[i]; {
		case slot == entry{}:
			return found
		case slot == e:
			return table.Repeated
		case slot.key == e.key:
			found = table.Revision
		}
	}
	return found
}

func (g *generation) start(key uint64) int {
	if len(g.slots) == 0 {
		return 0
	}
	return int(key * 0x9e3779b97f4a7c15 >> (64 - bits.Len(uint(len(g.slots)-1))))
}

// seed adds a stored record while the tables are read on start.
func (s *seen) seed(key, hash uint64) { s.young.add(entry{key, hash}.normal(), firstSlots) }

// add remembers a record that is not Repeated and arrived at the given ticks. needed is how many of the newest records
// must not be forgotten, because the store cannot be asked about them yet.
func (s *seen) add(key, hash uint64, arrived int64, needed int) {
	if s.young.used >= max(s.limit, min(needed, 4*s.limit)) {
		s.most = len(s.young.slots)
		s.old, s.young = s.young, generation{}
		s.since, s.turned = s.turned, arrived
	}
	if s.young.used == 0 {
		s.turned = arrived
		s.since = max(s.since, 0)
	}
	s.young.add(entry{key, hash}.normal(), s.most)
}

// add grows the table in steps of four, so that the last and longest move is short.
func (g *generation) add(e entry, first int) {
	if g.used*8 >= len(g.slots)*7 {
		g.grow(max(first, 4*len(g.slots)))
	}
	i := g.start(e.key)
	for g.slots[i] != (entry{}) {
		i = (i + 1) & (len(g.slots) - 1)
	}
	g.slots[i] = e
	g.used++
}

func (g *generation) grow(n int) {
	from := g.slots
	*g = generation{slots: make([]entry, n)}
	for _, e := range from {
		if e == (entry{}) || e.key == gone {
			continue
		}
		i := g.start(e.key)
		for g.slots[i] != (entry{}) {
			i = (i + 1) & (n - 1)
		}
		g.slots[i] = e
		g.used++
	}
}

// remove forgets a record again.
func (s *seen) remove(key, hash uint64) {
	e := entry{key, hash}.normal()
	if !s.young.remove(e) {
		s.old.remove(e)
	}
}

func (g *generation) remove(e entry) bool {
	for i := g.start(e.key); len(g.slots) > 0 && g.slots[i] != (entry{}); i = (i + 1) & (len(g.slots) - 1) {
		if g.slots[i] == e {
			g.slots[i] = entry{key: gone}
			return true
		}
	}
	return false
}
