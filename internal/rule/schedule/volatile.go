package schedule

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/glasswatch/glasswatch/internal/alert"
)

// Volatile is Memory and Sink that are gone with the process, for rehearsals and tests. It tells nobody.
type Volatile struct {
	mu       sync.Mutex
	progress map[string]Progress
	firings  map[firingKey]Firing
	seen     map[string]bool // revisions of alerts
	open     map[string]bool // alerts that are not resolved
	alerts   []alert.Alert
	resolved []alert.Resolution
}

var (
	_ Memory = (*Volatile)(nil)
	_ Sink   = (*Volatile)(nil)
)

type firingKey struct {
	rule, dimensions string
	end              int64
}

func keyOf(f Firing) firingKey { return firingKey{f.Rule, f.Dimensions, f.End.Unix()} }

// NewVolatile returns one that remembers nothing yet.
func NewVolatile() *Volatile {
	return &Volatile{progress: map[string]Progress{}, firings: map[firingKey]Firing{}, seen: map[string]bool{}, open: map[string]bool{}}
}

// Alerts returns what fired so far, each revision once, in order.
func (m *Volatile) Alerts() []alert.Alert {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.alerts)
}

// Resolved returns what ended an alert so far, in order.
func (m *Volatile) Resolved() []alert.Resolution {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.resolved)
}

// Progress returns how far the rules are.
func (m *Volatile) Progress(context.Context) (map[string]Progress, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.progress), nil
}

// Save notes how far the rules are.
func (m *Volatile) Save(_ context.Context, list []Progress) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, p := range list {
		m.progress[p.Rule] = p
	}
	return nil
}

// Firings returns what fired of a rule in windows that end after since.
func (m *Volatile) Firings(_ context.Context, rule string, since time.Time) ([]Firing, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []Firing
	for _, f := range m.firings {
		if f.Rule == rule && f.End.After(since) {
			f.Resolved = !m.open[rule+"|"+f.Key]
			list = append(list, f)
		}
	}
	return list, nil
}

// Join notes windows that share an alert.
func (m *Volatile) Join(_ context.Context, list []Firing) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, f := range list {
		f.Withdrawn = false
		m.firings[keyOf(f)] = f
	}
	return nil
}

// Withdraw notes that a window does not meet its condition after all.
func (m *Volatile) Withdraw(_ context.Context, f Firing) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.firings[keyOf(f)] = f
	return nil
}

// Fire keeps alerts with their windows.
func (m *Volatile) Fire(_ context.Context, alerts []alert.Alert) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, a := range alerts {
		id := a.Rule + "|" + a.RecordKey
		if revision := id + "|" + a.RecordHash; !m.seen[revision] {
			m.seen[revision], m.open[id] = true, true
			m.alerts = append(m.alerts, a)
		}
		if a.Window == nil { // a rule that failed
			continue
		}
		f := Firing{Rule: a.Rule, Dimensions: a.Window.DimensionKey(), End: a.Window.End, Key: a.RecordKey}
		f.Times = m.firings[keyOf(f)].Times
		m.firings[keyOf(f)] = f
	}
	return nil
}

// Resolve ends alerts; one that is not open is left as it is.
func (m *Volatile) Resolve(_ context.Context, list []alert.Resolution) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range list {
		if id := r.Rule + "|" + r.RecordKey; m.open[id] {
			m.open[id] = false
			m.resolved = append(m.resolved, r)
		}
	}
	return nil
}
