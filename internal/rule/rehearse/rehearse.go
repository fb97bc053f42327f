// Package rehearse runs scheduled rules over a stretch of time that is past, or made up, without telling anybody: for
// the tests of rules and for replays. It uses the scheduler itself (internal/rule/schedule), with a memory that is
// forgotten. It is a part of stage 4 of 7.
package rehearse

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/glasswatch/glasswatch/internal/alert"
	"github.com/glasswatch/glasswatch/internal/rule"
	"github.com/glasswatch/glasswatch/internal/rule/schedule"
	"github.com/glasswatch/glasswatch/internal/table"
)

// Scheduled judges every window of the rules that ends after from, and until to. It returns what fires, in the order of
// the windows of each rule.
func Scheduled(ctx context.Context, rules []*rule.Windowed, e schedule.Evaluator, schemas []*table.Schema, from, to time.Time) ([]alert.Alert, error) {
	if len(rules) == 0 {
		return nil, nil
	}
	m := &memory{firings: map[firing]schedule.Firing{}, open: map[string]bool{}, told: map[string]bool{}}
	s := schedule.New(schedule.Options{Evaluator: inTime{e}, Memory: m, Sink: m, Schemas: schemas})
	if err := s.Load(ctx, rules, from); err != nil {
		return nil, fmt.Errorf("rehearse rules: %w", err)
	}
	step := maxStep
	for _, w := range rules {
		step = max(time.Minute, min(step, time.Duration(w.AllowedLateness)/2))
	}
	for now := from; now.Before(to); { // no window is too old when it is judged
		if now = now.Add(step); now.After(to) {
			now = to
		}
		if err := s.Step(ctx, now); err != nil {
			return nil, fmt.Errorf("rehearse rules: %w", err)
		}
	}
	return m.alerts, nil
}

const maxStep = 12 * time.Hour

// inTime is an Evaluator whose records all came when they happened: a rehearsal is about what they say.
type inTime struct{ schedule.Evaluator }

// Arrivals reports the records' own times as those of their arrival.
func (e inTime) Arrivals(ctx context.Context, s *table.Schema, axis string, since, arrived time.Time, f func(at, arrived time.Time)) error {
	return e.Evaluator.Arrivals(ctx, s, axis, since, arrived, func(at, _ time.Time) { f(at, at) })
}

// memory is what the scheduler remembers, and whom it tells.
type memory struct {
	mu      sync.Mutex
	firings map[firing]schedule.Firing
	open    map[string]bool // alerts that are not resolved
	told    map[string]bool // revisions of alerts
	alerts  []alert.Alert
}

type firing struct {
	rule, dimensions string
	end              int64
}

func keyOf(f schedule.Firing) firing { return firing{f.Rule, f.Dimensions, f.End.Unix()} }

// Progress returns nothing: every rehearsal is the first.
func (m *memory) Progress(context.Context) (map[string]schedule.Progress, error) {
	return map[string]schedule.Progress{}, nil
}

// Save forgets: there is no later start.
func (m *memory) Save(context.Context, []schedule.Progress) error { return nil }

// Firings lists what fired so far.
func (m *memory) Firings(_ context.Context, rule string, since time.Time) ([]schedule.Firing, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []schedule.Firing
	for _, f := range m.firings {
		if f.Rule == rule && f.End.After(since) {
			f.Resolved = !m.open[rule+"|"+f.Key]
			list = append(list, f)
		}
	}
	return list, nil
}

// Join notes windows that share an alert.
func (m *memory) Join(_ context.Context, list []schedule.Firing) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, f := range list {
		m.firings[keyOf(f)] = f
	}
	return nil
}

// Withdraw notes that a window does not meet its condition after all.
func (m *memory) Withdraw(_ context.Context, f schedule.Firing) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.firings[keyOf(f)] = f
	return nil
}

// Fire keeps what would have been told, each revision once.
func (m *memory) Fire(_ context.Context, alerts []alert.Alert) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, a := range alerts {
		id := a.Rule + "|" + a.RecordKey
		if !m.told[id+"|"+a.RecordHash] {
			m.told[id+"|"+a.RecordHash], m.open[id] = true, true
			m.alerts = append(m.alerts, a)
		}
		if a.Window != nil {
			f := schedule.Firing{Rule: a.Rule, Dimensions: a.Window.DimensionKey(), End: a.Window.End, Key: a.RecordKey}
			m.firings[keyOf(f)] = f
		}
	}
	return nil
}

// Resolve ends alerts.
func (m *memory) Resolve(_ context.Context, list []alert.Resolution) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range list {
		m.open[r.Rule+"|"+r.RecordKey] = false
	}
	return nil
}
