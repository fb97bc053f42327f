package eval

import (
	"slices"

	"github.com/glasswatch/glasswatch/kql/plan"
)

// pathSearch finds shortest paths from one node. It goes through the states that a walk can be in, a level for each edge of the
// walk, and keeps all the ways on which a state is reached first. Walks of these that come by no node twice and meet the
// conditions are shortest paths. Where a node is reached but by none of them, longer paths to it are tried one after the other.
type pathSearch struct {
	*matcher
	source int32
	states []pathState
	index  map[pathPlace]int32
	kept   int // bytes that are booked for the states
	level  int32
	fresh  []int32 // states of the level
	ends   []int32 // those of them at the end of the pattern

	pair, rest []condition // on the two ends, on more
	trail      []int32     // edges of a walk, from its end; -1 where it comes to a point of the pattern
	left       int         // nodes that may still be reached at the end of the pattern
	found      bool
	longer     bool // there are walks of more edges than the length that is tried
}

// pathPlace is where a walk is: at a node, count edges behind the start of link number link.
type pathPlace struct{ link, count, node int32 }

type pathState struct {
	pathPlace
	level   int32
	parents []pathParent
}

// pathParent is a state before another, and the edge between them; -1 where a link ends and the next begins.
type pathParent struct{ state, edge int32 }

// stateSize is roughly what a state takes, with its place in the index.
const stateSize = 96

// shortest finds the shortest paths from every node that can be the first.
func (m *matcher) shortest(yield func(list) bool) {
	m.yield = yield
	last := len(m.n.Points) - 1
	var pair, rest []condition
	for _, c := range m.conds {
		ends := len(c.links) == 0
		for p := range c.points {
			ends = ends && (p == 0 || p == last)
		}
		if ends {
			pair = append(pair, c)
		} else {
			rest = append(rest, c)
		}
	}
	for node := range int32(len(m.g.ids)) {
		if m.err = m.r.alive(); m.err != nil {
			return
		}
		if !m.points[0].has(node) {
			continue
		}
		p := &pathSearch{matcher: m, source: node, index: map[pathPlace]int32{}, pair: pair, rest: rest, left: len(m.g.ids)}
		if ends := m.points[last]; ends != nil {
			p.left = ends.count
		}
		if m.points[last].has(node) && slices.ContainsFunc(m.n.Links, func(l plan.Link) bool { return l.Min > 0 }) {
			p.left-- // a path does not come back
		}
		going := p.run()
		m.r.bytes += int64(p.kept) // what is kept of one source is let go
		if !going {
			return
		}
	}
}

// run goes level by level until all ends are reached. It returns false at the end of the search.
func (p *pathSearch) run() bool {
	p.row.points[0] = p.source
	p.add(pathPlace{node: p.source}, pathParent{state: -1})
	for len(p.fresh) > 0 || len(p.ends) > 0 {
		if p.err != nil {
			return false
		}
		for _, end := range p.ends {
			if !p.reached(end) {
				return false
			}
		}
		if p.left -= len(p.ends); p.left == 0 {
			break
		}
		frontier := p.fresh
		p.fresh, p.ends = nil, nil
		p.level++
		for _, s := range frontier {
			if !p.expand(s) {
				return false
			}
		}
	}
	return p.err == nil
}

// add notes a way to a place, unless there is a shorter one.
func (p *pathSearch) add(at pathPlace, from pathParent) {
	if at.link == 0 && int64(at.count) > p.n.Links[0].Min {
		at.count = int32(max(p.n.Links[0].Min, 1)) // on the first link, who comes first has the shortest way behind it
	}
	number, known := p.index[at]
	if known {
		if s := &p.states[number]; s.level == p.level {
			s.parents = append(s.parents, from)
			p.keep(8)
		}
		return
	}
	if p.keep(stateSize); p.err != nil {
		return
	}
	number = int32(len(p.states))
	p.index[at] = number
	s := pathState{pathPlace: at, level: p.level}
	if from.state >= 0 {
		s.parents = []pathParent{from}
	}
	p.states = append(p.states, s)
	if int(at.link) == len(p.n.Links) {
		p.ends = append(p.ends, number)
		return
	}
	p.fresh = append(p.fresh, number)
	if p.done(at) && p.points[at.link+1].has(at.node) {
		p.add(pathPlace{link: at.link + 1, node: at.node}, pathParent{state: number, edge: -1})
	}
}

func (p *pathSearch) keep(bytes int) {
	p.kept += bytes
	p.err = p.r.book(bytes)
}

// done reports whether a walk has gone far enough on the link that it is on.
func (p *pathSearch) done(at pathPlace) bool { return int64(at.count) >= p.n.Links[at.link].Min }

// expand goes on by one edge.
func (p *pathSearch) expand(number int32) bool {
	at := p.states[number].pathPlace
	count := int64(at.count)
	if at.link == 0 {
		count = int64(p.level - 1)
	}
	if count >= p.n.Links[at.link].Max || count > 0 && !p.inner[at.link].has(at.node) {
		return true
	}
	if p.level > maxPath {
		p.err = errLongPath
		return false
	}
	return p.neighbours(at.node, int(at.link), false, func(edge, next int32) bool {
		if p.err = p.r.alive(); p.err != nil {
			return false
		}
		if next != p.source {
			p.add(pathPlace{link: at.link, count: int32(count + 1), node: next}, pathParent{state: number, edge: edge})
		}
		return p.err == nil
	})
}

// reached returns the shortest paths to a node at the end of the pattern.
func (p *pathSearch) reached(end int32) bool {
	target := p.states[end].node
	p.row.points[len(p.row.points)-1] = target
	if !p.holds(p.pair) {
		return p.failed() == nil
	}
	p.found, p.trail = false, p.trail[:0]
	if !p.back(end) {
		return false
	}
	if p.found || !p.mayDiffer() {
		return true
	}
	return p.tryLonger(target)
}

// mayDiffer reports whether a longer path can be one where the shortest walks are none.
func (p *pathSearch) mayDiffer() bool {
	return len(p.rest) > 0 || len(p.n.Links) > 1 || p.n.Links[0].Min > 1
}

// back goes the ways to a state from their end. It returns false at the end of the search.
func (p *pathSearch) back(number int32) bool {
	if p.err = p.r.alive(); p.err != nil {
		return false
	}
	s := &p.states[number]
	if len(s.parents) == 0 {
		return p.judgeTrail()
	}
	for _, parent := range s.parents {
		if p.found && p.n.Choice == plan.AnyShortest {
			return true
		}
		p.trail = append(p.trail, parent.edge)
		going := p.back(parent.state)
		p.trail = p.trail[:len(p.trail)-1]
		if !going {
			return false
		}
	}
	return true
}

// judgeTrail binds the walk that the trail is and returns its row where it is a path and meets the conditions.
func (p *pathSearch) judgeTrail() bool {
	node, link := p.source, 0
	for i := range p.path {
		p.path[i] = p.path[i][:0]
	}
	simple := true
	p.visited[node]++
	walked := []int32{node}
	for _, edge := range slices.Backward(p.trail) {
		if edge < 0 {
			link++
			p.row.points[link] = node
			continue
		}
		p.path[link] = append(p.path[link], edge)
		node = p.g.other(edge, node)
		simple = simple && p.visited[node] == 0
		p.visited[node]++
		walked = append(walked, node)
	}
	for _, n := range walked {
		p.visited[n]--
	}
	return !simple || p.offer()
}

// offer returns the row of the path that is bound, if it meets the conditions.
func (p *pathSearch) offer() bool {
	copy(p.row.paths, p.path)
	if !p.holds(p.rest) {
		return p.failed() == nil
	}
	p.found = true
	return p.emit()
}

// tryLonger looks for paths to a node that are longer than the walks that were found, a length after the other.
func (p *pathSearch) tryLonger(target int32) bool {
	for i := range p.path {
		p.path[i] = p.path[i][:0]
	}
	p.visited[p.source]++
	defer func() { p.visited[p.source]-- }()
	for length := int64(p.level) + 1; !p.found; length++ {
		p.longer = false
		if !p.tryLength(pathPlace{node: p.source}, target, length) {
			return false
		}
		if !p.longer {
			break
		}
	}
	return true
}

// tryLength goes on from a place on all paths that have left edges to go.
func (p *pathSearch) tryLength(at pathPlace, target int32, left int64) bool {
	if p.found && p.n.Choice == plan.AnyShortest {
		return true
	}
	if p.done(at) && p.points[at.link+1].has(at.node) {
		p.row.points[at.link+1] = at.node
		next := pathPlace{link: at.link + 1, node: at.node}
		switch {
		case int(next.link) < len(p.n.Links):
			p.path[next.link] = p.path[next.link][:0]
			if !p.tryLength(next, target, left) {
				return false
			}
		case at.node == target && left == 0 && !p.offer():
			return false
		}
	}
	l := &p.n.Links[at.link]
	if int64(at.count) >= l.Max || at.count > 0 && !p.inner[at.link].has(at.node) {
		return true
	}
	if left == 0 {
		p.longer = true
		return true
	}
	return p.neighbours(at.node, int(at.link), false, func(edge, next int32) bool {
		if p.err = p.r.alive(); p.err != nil {
			return false
		}
		if p.visited[next] > 0 {
			return true
		}
		if p.edges >= maxPath {
			p.err = errLongPath
			return false
		}
		p.edges++
		p.visited[next]++
		p.path[at.link] = append(p.path[at.link][:at.count], edge)
		going := p.tryLength(pathPlace{link: at.link, count: at.count + 1, node: next}, target, left-1)
		p.visited[next]--
		p.edges--
		return going
	})
}
