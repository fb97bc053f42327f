// Package schedule is a part of stage 4 of 7: it runs scheduled rules, so that late records change nothing. Windows end
// on a fixed grid and are over the time of the records, never over the time of the run. What ingest (stage 2) has
// committed tells which windows may have a new answer; only these are judged, as often as that takes. A window's answer
// depends on the records alone, and what fired is remembered by (rule, window, dimensions), so that any order and delay
// of arrival, within the allowed lateness, ends with what arrival in order gives. See docs/decisions/0005-windows.md.
package schedule

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/glasswatch/glasswatch/internal/alert"
	"github.com/glasswatch/glasswatch/internal/rule"
	"github.com/glasswatch/glasswatch/internal/table"
)

// Evaluator answers what a rule's query finds in the window that ends at end.
type Evaluator interface {
	// Prepare hears of minutes to which records have come since it was called last, and which windows are asked about next.
	// Measure, which may be called at the same time for several rules, is never called during Prepare.
	Prepare(ctx context.Context, now time.Time, changed []Change, asks []Ask)
	// Measure returns the measure of every combination of dimensions that has rows.
	Measure(ctx context.Context, w *rule.Windowed, end time.Time) ([]Group, error)
	// Sample returns the first rows of one combination, at most n.
	Sample(ctx context.Context, w *rule.Windowed, end time.Time, dimensions []string, n int) ([]json.RawMessage, error)
	// Arrivals calls f for the times of records of a table that lie at or after since, or arrived at or after arrived: the
	// record's time on the rule's axis, rounded down to a minute, and the latest arrival of such.
	Arrivals(ctx context.Context, s *table.Schema, axis string, since, arrived time.Time, f func(at, arrived time.Time)) error
}

// Change says that records of a table have come whose time on an axis is in a minute.
type Change struct {
	Schema *table.Schema
	Axis   string
	Minute int64 // in Unix seconds
}

// Ask is the windows of a rule that are judged next.
type Ask struct {
	Rule *rule.Windowed
	Ends []int64 // in Unix seconds
}

// Group is one combination of dimensions in a window.
type Group struct {
	Dimensions []string
	Measure    float64
	Null       bool // there is nothing to measure
	Severity   alert.Severity
}

// Memory keeps what must outlive the process. What it returned without an error from is durable.
type Memory interface {
	Progress(ctx context.Context) (map[string]Progress, error)
	Save(ctx context.Context, list []Progress) error
	// Firings returns what fired of a rule in windows that end after since.
	Firings(ctx context.Context, rule string, since time.Time) ([]Firing, error)
	// Join notes windows that share an alert which is there.
	Join(ctx context.Context, list []Firing) error
	// Withdraw notes that a window does not meet the condition after all.
	Withdraw(ctx context.Context, f Firing) error
}

// Sink makes alerts durable, each with its Firing: the window and dimensions of its Window, in one transaction. Resolve
// ends alerts; one that is not open is left as it is.
type Sink interface {
	rule.Sink
	Resolve(ctx context.Context, list []alert.Resolution) error
}

// Progress is how far a rule has come.
type Progress struct {
	Rule        string
	Fingerprint string
	Since       time.Time // windows that end until then are not judged: the rule was not there
	Done        time.Time // all windows that end until then are judged
	Arrived     time.Time // with all records that arrived before
}

// Firing is a window and a combination of dimensions that met a rule's condition.
type Firing struct {
	Rule       string
	Dimensions string // alert.Window.DimensionKey
	End        time.Time
	Key        string // record key of the alert that tells of it
	Withdrawn  bool   // late records showed that it did not
	Times      int    // how often it was withdrawn
	Resolved   bool   // its alert is over
}

// Options are what a Scheduler needs.
type Options struct {
	Evaluator Evaluator
	Memory    Memory
	Sink      Sink
	Schemas   []*table.Schema
	Workers   int // rules judged at once; 2
	Log       *slog.Logger
}

// Scheduler runs the rules loaded last.
type Scheduler struct {
	opt     Options
	tracker *Tracker

	mu      sync.Mutex // held by Load and Step
	runners map[string]*runner
	order   []*runner
	saved   time.Time
}

// New returns a scheduler without rules.
func New(o Options) *Scheduler {
	if o.Workers <= 0 {
		o.Workers = 2
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Scheduler{opt: o, tracker: newTracker(o.Memory, o.Schemas), runners: map[string]*runner{}}
}

// Tracker hears of records.
func (s *Scheduler) Tracker() *Tracker { return s.tracker }

// Load puts rules in place of those loaded before. A rule that stays as it was goes on where it is; one that is new, or
// asks something else than before, begins with the window that ends next.
func (s *Scheduler) Load(ctx context.Context, rules []*rule.Windowed, now time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	progress, err := s.opt.Memory.Progress(ctx)
	if err != nil {
		return fmt.Errorf("read how far scheduled rules are: %w", err)
	}
	s.tracker.begin(progress)
	s.tracker.load(rules)
	next := map[string]*runner{}
	var order, fresh []*runner
	var save []Progress
	for _, w := range rules {
		r := newRunner(s, w)
		if old := s.runners[w.Name]; old != nil && old.progress.Fingerprint == r.progress.Fingerprint {
			r.goOn(old)
		} else {
			if p, ok := progress[w.Name]; ok && p.Fingerprint == r.progress.Fingerprint {
				r.progress = p
			} else {
				r.begin(now)
				save = append(save, r.progress)
			}
			fresh = append(fresh, r)
		}
		next[w.Name] = r
		order = append(order, r)
	}
	if err := s.opt.Memory.Save(ctx, save); err != nil {
		return fmt.Errorf("keep how far scheduled rules are: %w", err)
	}
	if err := s.recover(ctx, fresh, now); err != nil {
		return err
	}
	s.runners, s.order = next, order
	return nil
}

// recover finds the windows that may be open: what fired, and which records came while nobody looked.
func (s *Scheduler) recover(ctx context.Context, fresh []*runner, now time.Time) error {
	type source struct {
		schema *table.Schema
		axis   string
	}
	readers := map[source][]*runner{}
	for _, r := range fresh {
		if err := r.remember(ctx, now); err != nil {
			return err
		}
		for _, schema := range s.opt.Schemas {
			if r.reads(schema) {
				key := source{schema, r.w.Axis()}
				readers[key] = append(readers[key], r)
			}
		}
	}
	for from, list := range readers {
		since, arrived := now, now
		for _, r := range list {
			if t := r.progress.Done.Add(-r.w.Reach()); t.Before(since) {
				since = t
			}
			if r.progress.Arrived.Before(arrived) {
				arrived = r.progress.Arrived
			}
		}
		err := s.opt.Evaluator.Arrivals(ctx, from.schema, from.axis, since, arrived, func(at, arrived time.Time) {
			for _, r := range list {
				r.found(at, arrived)
			}
		})
		if err != nil {
			return fmt.Errorf("find records of %s that came while no rule ran: %w", from.schema.Name, err)
		}
	}
	return nil
}

// saveEvery is how often progress is written. Less often means only that more windows are judged again after a crash.
const saveEvery = 10 * time.Second

// slack is how much longer ago records arrived of which it is certain that they were looked at.
const slack = 2 * time.Minute

// Step judges every window that ends until now and may have a new answer.
func (s *Scheduler) Step(ctx context.Context, now time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	changed := s.tracker.take(func(name string, pane int64, arrived time.Time) {
		if r := s.runners[name]; r != nil {
			r.note(pane, arrived)
		}
	})
	err := s.judge(ctx, now, changed)
	if ctx.Err() == nil && now.Sub(s.saved) >= saveEvery {
		err = errors.Join(err, s.save(ctx, now))
	}
	return err
}

// judge lets the workers judge the rules that have something to do.
func (s *Scheduler) judge(ctx context.Context, now time.Time, changed []Change) error {
	var busy []*runner
	var asks []Ask
	for _, r := range s.order {
		if r.due(now) {
			busy = append(busy, r)
			asks = append(asks, Ask{r.w, r.ends(now.Unix())})
		}
	}
	s.opt.Evaluator.Prepare(ctx, now, changed, asks)
	errs := make([]error, len(busy))
	work := make(chan int)
	var wait sync.WaitGroup
	for range min(s.opt.Workers, len(busy)) {
		wait.Go(func() {
			for i := range work {
				errs[i] = busy[i].step(ctx, now, asks[i].Ends)
			}
		})
	}
	for i := range busy {
		work <- i
	}
	close(work)
	wait.Wait()
	return errors.Join(errs...)
}

// save writes how far the rules are.
func (s *Scheduler) save(ctx context.Context, now time.Time) error {
	var list []Progress
	for _, r := range s.order {
		list = append(list, r.advance(now))
	}
	if err := s.tracker.save(ctx, list); err != nil {
		return fmt.Errorf("keep how far scheduled rules are: %w", err)
	}
	s.saved = now
	return nil
}

// Run steps every second until ctx ends.
func (s *Scheduler) Run(ctx context.Context) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case now := <-tick.C:
			if err := s.Step(ctx, now); err != nil && ctx.Err() == nil {
				s.opt.Log.Error("scheduled rules", "error", err)
			}
		}
	}
}
