package schedule

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/glasswatch/glasswatch/internal/rule"
	"github.com/glasswatch/glasswatch/internal/table"
	"github.com/glasswatch/glasswatch/kql/value"
)

// Tracker hears of the records that go to the store and remembers which rules they matter to. A record counts when it is
// committed: only then does a query find it. Stage and Commit are called by one goroutine, as the store's are.
type Tracker struct {
	memory  Memory
	schemas []*table.Schema

	mu         sync.Mutex
	generation int
	rules      []*rule.Windowed
	touch      *rule.Touch
	staged     map[mark]struct{}
	minutes    map[Change]struct{} // of what is staged
	stagedIn   int                 // generation in which the first of these was staged
	oldest     int64               // arrival of the oldest staged record
	ripe       map[mark]struct{}
	changed    map[Change]struct{} // of what is committed and not taken
	ripeOldest int64               // arrival of the oldest record that is committed and not taken
	arrived    time.Time           // what the memory has as Progress.Arrived, at the latest
	buffer     []int32
}

// mark is an instant, in Unix seconds, of a record that matters to a rule.
type mark struct {
	rule string
	at   int64
}

func newTracker(m Memory, schemas []*table.Schema) *Tracker {
	t := &Tracker{memory: m, schemas: schemas, staged: map[mark]struct{}{}, minutes: map[Change]struct{}{}, ripe: map[mark]struct{}{}, changed: map[Change]struct{}{}}
	t.load(nil)
	return t
}

// begin tells what the memory has when the process starts.
func (t *Tracker) begin(progress map[string]Progress) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, p := range progress {
		if p.Arrived.After(t.arrived) {
			t.arrived = p.Arrived
		}
	}
}

func (t *Tracker) load(rules []*rule.Windowed) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.rules, t.touch = rules, rule.NewTouch(t.schemas, rules)
	t.generation++
}

// Stage hears of the rows from..to of a batch, which the store has taken and not committed.
func (t *Tracker) Stage(b *table.Batch, from, to int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.minutes) == 0 {
		t.stagedIn = t.generation
	}
	arrived := b.ReceivedAt.Unix()
	if t.oldest == 0 || arrived < t.oldest {
		t.oldest = arrived
	}
	var last Change
	var schema *table.Schema
	column := -1
	for i := from; i < to; i++ {
		r := &b.Rows[i]
		if r.State == table.Repeated {
			continue
		}
		if r.Schema != schema {
			schema, column = r.Schema, r.Schema.Column("TimeGenerated")
		}
		at := arrived
		if column >= 0 && r.Cells[column] != table.Null {
			at = unixOf(int64(r.Cells[column]))
		}
		if m := (Change{schema, "TimeGenerated", floor(at, 60)}); m != last {
			last = m
			t.minutes[m] = struct{}{}
			t.minutes[Change{schema, "_TimeReceived", floor(arrived, 60)}] = struct{}{}
		}
		t.buffer = t.touch.Rules(b, r, t.buffer[:0])
		for _, n := range t.buffer {
			t.staged[t.markOf(t.rules[n], at, arrived)] = struct{}{}
		}
	}
}

func (t *Tracker) markOf(w *rule.Windowed, at, arrived int64) mark {
	if w.Mode == rule.NRT {
		at = arrived
	}
	return mark{w.Name, gridOf(w).paneOf(at)}
}

// unixOf converts ticks.
func unixOf(ticks int64) int64 { return value.Time(ticks).Unix() }

// Rows hears of rows of one of Glasswatch's own tables, which are committed.
func (t *Tracker) Rows(s *table.Schema, at time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.whole(Change{s, "TimeGenerated", at.Unix()})
	t.whole(Change{s, "_TimeReceived", at.Unix()})
	t.ripeOldest = oldest(t.ripeOldest, at.Unix())
}

// whole marks all rules that read the table, as if every record mattered to them.
func (t *Tracker) whole(m Change) {
	for _, w := range t.rules {
		if w.Axis() != m.Axis {
			continue
		}
		for _, p := range w.Relevance.Tables {
			if p != m.Schema.Plan {
				continue
			}
			gridOf(w).panesOf(m.Minute, func(pane int64) { t.ripe[mark{w.Name, pane}] = struct{}{} })
		}
	}
}

// BeforeCommit is called before the store commits what is staged. Records that arrived before the instant up to which
// the memory believes to have seen all must be found after a crash too.
func (t *Tracker) BeforeCommit(ctx context.Context) error {
	t.mu.Lock()
	first, arrived := t.oldest, t.arrived
	t.mu.Unlock()
	if first == 0 || arrived.IsZero() || first >= arrived.Unix() {
		return nil
	}
	back := time.Unix(first, 0).UTC()
	list, err := t.memory.Progress(ctx)
	if err != nil {
		return err
	}
	var lower []Progress
	for _, p := range list {
		if p.Arrived.After(back) {
			p.Arrived = back
			lower = append(lower, p)
		}
	}
	if err := t.memory.Save(ctx, lower); err != nil {
		return err
	}
	t.mu.Lock()
	t.arrived = back
	t.mu.Unlock()
	return nil
}

// Commit hears that what was staged is committed, Drop that it was given up and will be staged again.
func (t *Tracker) Commit() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for m := range t.staged {
		t.ripe[m] = struct{}{}
	}
	maps.Copy(t.changed, t.minutes)
	t.ripeOldest = oldest(t.ripeOldest, t.oldest)
	if t.stagedIn != t.generation {
		for m := range t.minutes {
			t.whole(m)
		}
	}
	t.forget()
}

// Drop is described with Commit.
func (t *Tracker) Drop() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.forget()
}

func (t *Tracker) forget() {
	clear(t.staged)
	clear(t.minutes)
	t.oldest = 0
}

// oldest is the smaller of two instants; 0 is none.
func oldest(a, b int64) int64 {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}

// take hands over what is committed, with an instant at which the oldest of it arrived, or an older one, and returns the
// minutes in which it happened.
func (t *Tracker) take(f func(rule string, at int64, arrived time.Time)) []Change {
	t.mu.Lock()
	ripe, arrived := t.ripe, time.Unix(t.ripeOldest, 0).UTC()
	if len(ripe) > 0 {
		t.ripe = map[mark]struct{}{}
	}
	changed := slices.Collect(maps.Keys(t.changed))
	clear(t.changed)
	t.ripeOldest = 0
	t.mu.Unlock()
	for m := range ripe {
		f(m.rule, m.at, arrived)
	}
	return changed
}

// save writes progress. No rule is said to have seen records that are on their way.
func (t *Tracker) save(ctx context.Context, list []Progress) error {
	t.mu.Lock()
	defer t.mu.Unlock() // a commit must not come between
	latest, first := time.Time{}, oldest(t.oldest, t.ripeOldest)
	for i := range list {
		if first != 0 && list[i].Arrived.Unix() > first {
			list[i].Arrived = time.Unix(first, 0).UTC()
		}
		if list[i].Arrived.After(latest) {
			latest = list[i].Arrived
		}
	}
	if err := t.memory.Save(ctx, list); err != nil {
		return err
	}
	t.arrived = latest
	return nil
}
