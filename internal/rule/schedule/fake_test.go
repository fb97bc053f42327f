package schedule

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/glasswatch/glasswatch/internal/rule"
	"github.com/glasswatch/glasswatch/internal/table"
)

// event is a record: what it says, and when it came.
type event struct {
	at, arrived time.Time
	who         string
	value       float64
}

// fakeStore is an Evaluator over committed events, with the semantics of the rule's measure.
type fakeStore struct {
	mu     sync.Mutex
	events []event
	asked  int
	fail   bool
}

func (s *fakeStore) Measure(_ context.Context, w *rule.Windowed, end time.Time) ([]Group, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	if s.fail {
		return nil, errors.New("the store is out of order")
	}
	return measure(s.events, w, end), nil
}

func measure(events []event, w *rule.Windowed, end time.Time) []Group {
	type sums struct{ count, sum, greatest float64 }
	groups := map[string]*sums{}
	var order []string
	for _, e := range events {
		t := e.at
		if w.Mode == rule.NRT {
			t = e.arrived
		}
		if !t.Before(end) || t.Before(end.Add(-time.Duration(w.WindowSize))) {
			continue
		}
		name := ""
		if len(w.Dimensions) > 0 {
			name = e.who
		}
		g := groups[name]
		if g == nil {
			g = &sums{greatest: e.value}
			groups[name] = g
			order = append(order, name)
		}
		g.count++
		g.sum += e.value
		g.greatest = max(g.greatest, e.value)
	}
	var list []Group
	for _, name := range order {
		g := groups[name]
		one := Group{Measure: g.count}
		switch w.TimeAggregation {
		case rule.Average:
			one.Measure = g.sum / g.count
		case rule.Maximum:
			one.Measure = g.greatest
		}
		if len(w.Dimensions) > 0 {
			one.Dimensions = []string{name}
		}
		list = append(list, one)
	}
	return list
}

func (s *fakeStore) Prepare(context.Context, time.Time, []Change, []Ask) {}

func (s *fakeStore) Sample(context.Context, *rule.Windowed, time.Time, []string, int) ([]json.RawMessage, error) {
	return nil, nil
}

func (s *fakeStore) Arrivals(_ context.Context, t *table.Schema, axis string, since, arrived time.Time, f func(at, arrived time.Time)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t.Name != "SigninLogs" {
		return nil
	}
	for _, e := range s.events {
		at := e.at
		if axis == "_TimeReceived" {
			at = e.arrived
		}
		if !at.Before(since) || !e.arrived.Before(arrived) {
			f(at.Truncate(time.Minute), e.arrived)
		}
	}
	return nil
}

var start = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

// world is a store, a memory, and a scheduler that may be restarted.
type world struct {
	t         testing.TB
	catalog   *table.Catalog
	store     *fakeStore
	memory    *Volatile
	s         *Scheduler
	rules     []*rule.Windowed
	evaluator func(*world) Evaluator
	staged    []event
}

func newCatalog(t testing.TB) *table.Catalog {
	t.Helper()
	c, err := table.NewCatalog()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func windowed(t testing.TB, c *table.Catalog, rules ...rule.Rule) []*rule.Windowed {
	t.Helper()
	e, err := rule.New(rule.Options{Catalog: c, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Load(rules); err != nil {
		t.Fatal(err)
	}
	return e.Windowed()
}

func newWorld(t testing.TB, c *table.Catalog, now time.Time, evaluator func(*world) Evaluator, rules ...*rule.Windowed) *world {
	w := &world{t: t, catalog: c, store: &fakeStore{}, memory: NewVolatile(), rules: rules, evaluator: evaluator}
	w.restart(now)
	return w
}

// restart throws away all that is not durable. What is staged and not committed comes again, as from the ingest log, perhaps
// after the scheduler has begun.
func (w *world) restart(now time.Time, before ...func()) {
	w.t.Helper()
	w.s = New(Options{Evaluator: w.evaluator(w), Memory: w.memory, Sink: w.memory, Schemas: []*table.Schema{w.catalog.Schema("SigninLogs")}, Workers: 1})
	if err := w.s.Load(context.Background(), w.rules, now); err != nil {
		w.t.Fatal(err)
	}
	for _, f := range before {
		f()
	}
	again := w.staged
	w.staged = nil
	for _, e := range again {
		w.stage(e)
	}
}

// stage lets an event arrive.
func (w *world) stage(e event) {
	b := &table.Batch{ReceivedAt: e.arrived}
	schema := w.catalog.Schema("SigninLogs")
	r := b.AddRow(schema)
	r.Cells[schema.Column("TimeGenerated")] = table.Cell(ticksOf(e.at))
	w.s.Tracker().Stage(b, 0, 1)
	w.staged = append(w.staged, e)
}

func ticksOf(t time.Time) int64 { return (t.Unix()+62135596800)*10_000_000 + int64(t.Nanosecond()/100) }

func (w *world) commit() {
	w.t.Helper()
	if err := w.s.Tracker().BeforeCommit(context.Background()); err != nil {
		w.t.Fatal(err)
	}
	w.store.mu.Lock()
	w.store.events = append(w.store.events, w.staged...)
	w.store.mu.Unlock()
	w.staged = nil
	w.s.Tracker().Commit()
}

func (w *world) step(now time.Time) {
	w.t.Helper()
	if err := w.s.Step(context.Background(), now); err != nil {
		w.t.Fatal(err)
	}
}

// standing is what fired and was not withdrawn.
func (w *world) standing() map[firingKey]bool {
	set := map[firingKey]bool{}
	for k, f := range w.memory.firings {
		if !f.Withdrawn {
			set[k] = true
		}
	}
	return set
}
