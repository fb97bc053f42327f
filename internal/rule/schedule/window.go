package schedule

import (
	"slices"
	"time"

	"github.com/glasswatch/glasswatch/internal/rule"
)

// grid is where a rule's windows end: whole multiples of its frequency since 1970. Instants are Unix seconds. The windows
// that a record belongs to are found by its pane, a piece of time of which there are not too many in a window's reach.
type grid struct {
	frequency int64
	reach     int64
	pane      int64
}

// panes is about how many panes are in a window's reach.
const panes = 60

func gridOf(w *rule.Windowed) grid {
	g := grid{frequency: int64(time.Duration(w.EvaluationFrequency) / time.Second), reach: int64(w.Reach() / time.Second)}
	g.pane = max(1, g.reach/panes/g.frequency) * g.frequency
	return g
}

func floor(t, unit int64) int64 {
	if m := t % unit; m < 0 {
		return t - m - unit
	} else {
		return t - m
	}
}

// paneOf is the pane that an instant is in.
func (g grid) paneOf(t int64) int64 { return floor(t, g.pane) }

// panesOf calls f for the panes that the minute of an instant touches.
func (g grid) panesOf(at int64, f func(pane int64)) {
	at = floor(at, 60)
	for pane := g.paneOf(at); pane < at+60; pane += g.pane {
		f(pane)
	}
}

// first and last are the ends of the first and last window that can have a record of the pane.
func (g grid) first(pane int64) int64 { return floor(pane, g.frequency) + g.frequency }
func (g grid) last(pane int64) int64  { return floor(pane+g.pane+g.reach-1, g.frequency) }

// after is the first end after an instant.
func (g grid) after(t int64) int64 { return floor(t, g.frequency) + g.frequency }

// pending is which windows are to be judged: for each pane with records the end of the next window that has them.
type pending map[int64]int64

// note marks all windows of a pane from the one that ends at from on.
func (p pending) note(pane, from int64) {
	if next, ok := p[pane]; !ok || from < next {
		p[pane] = from
	}
}

// ends returns the ends of the windows to judge until now, in order.
func (p pending) ends(g grid, now int64) []int64 {
	seen := map[int64]bool{}
	var list []int64
	for pane, next := range p {
		for end := next; end <= now && end <= g.last(pane); end += g.frequency {
			if !seen[end] {
				seen[end] = true
				list = append(list, end)
			}
		}
	}
	slices.Sort(list)
	return list
}

// done forgets the windows that end until end.
func (p pending) done(g grid, end int64) {
	for pane, next := range p {
		if next > end {
			continue
		}
		if end >= g.last(pane) {
			delete(p, pane)
		} else {
			p[pane] = g.after(end)
		}
	}
}
