package schedule

import (
	"context"
	"fmt"
	"time"

	"github.com/glasswatch/glasswatch/internal/alert"
	"github.com/glasswatch/glasswatch/internal/rule"
	"github.com/glasswatch/glasswatch/internal/table"
)

// runner runs one rule.
type runner struct {
	s        *Scheduler
	w        *rule.Windowed
	grid     grid
	silent   bool // windows without records are judged too
	progress Progress
	pending  pending
	fired    *fired
	looked   time.Time // last step that judged
	failures int       // in a row
	retry    time.Time // not before, after a failure
}

func newRunner(s *Scheduler, w *rule.Windowed) *runner {
	return &runner{s: s, w: w, grid: gridOf(w), silent: w.FiresOnSilence(), pending: pending{}, fired: newFired(),
		progress: Progress{Rule: w.Name, Fingerprint: w.Fingerprint()}}
}

// begin makes the runner that of a rule which was not there before.
func (r *runner) begin(now time.Time) {
	now = now.UTC().Truncate(time.Second)
	r.progress.Since, r.progress.Done, r.progress.Arrived = now, now, now
}

// goOn takes over from the runner of the same rule.
func (r *runner) goOn(old *runner) {
	r.progress, r.pending, r.fired, r.looked, r.failures, r.retry = old.progress, old.pending, old.fired, old.looked, old.failures, old.retry
}

// remember reads what fired before.
func (r *runner) remember(ctx context.Context, now time.Time) error {
	since := now.Add(-time.Duration(r.w.AllowedLateness) - r.w.Reach() - 2*time.Duration(r.w.Resolve.TimeToResolve))
	list, err := r.s.opt.Memory.Firings(ctx, r.w.Name, since)
	if err != nil {
		return fmt.Errorf("read what rule %q found: %w", r.w.Name, err)
	}
	for _, f := range list {
		r.fired.add(f)
	}
	return nil
}

func (r *runner) reads(s *table.Schema) bool {
	for _, t := range r.w.Relevance.Tables {
		if t == s.Plan {
			return true
		}
	}
	return false
}

// note marks the windows of a pane with a new record. Until they are judged the rule has not seen all that arrived since.
func (r *runner) note(pane int64, arrived time.Time) {
	r.pending.note(pane, r.notBefore(r.grid.first(pane)))
	if arrived.Before(r.progress.Arrived) {
		r.progress.Arrived = arrived
	}
}

// notBefore is end, or the first end that the rule judges at all.
func (r *runner) notBefore(end int64) int64 {
	return max(end, r.grid.after(r.progress.Since.Unix()))
}

// found marks the windows of a minute that has records which arrived until an instant. Windows that were judged with all
// of them are left out.
func (r *runner) found(minute, arrived time.Time) {
	r.grid.panesOf(minute.Unix(), func(pane int64) {
		from := r.grid.first(pane)
		if arrived.Before(r.progress.Arrived) {
			from = max(from, r.grid.after(r.progress.Done.Unix()))
		}
		if from <= r.grid.last(pane) {
			r.pending.note(pane, r.notBefore(from))
		}
	})
}

// due reports whether the rule may have something to do. It is asked at least every minute, so that late records do not
// wait for a long frequency.
func (r *runner) due(now time.Time) bool {
	if now.Before(r.retry) {
		return false
	}
	if len(r.pending) == 0 && !r.silent && !(r.w.Stateful() && r.fired.open()) {
		return false
	}
	every := min(r.grid.frequency, 60)
	return r.looked.IsZero() || floor(now.Unix(), every) > floor(r.looked.Unix(), every)
}

// mostWindows is how many windows one step judges at most; the rest waits for the next.
const mostWindows = 500

// step judges windows that end until now. A rule that fails raises an alert at once and is tried again.
func (r *runner) step(ctx context.Context, now time.Time, ends []int64) error {
	pass := newPass(r, now)
	for _, end := range ends {
		if err := pass.judge(ctx, end); err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return r.fail(ctx, end, err, now)
		}
		r.pending.done(r.grid, end)
		if at := time.Unix(end, 0).UTC(); at.After(r.progress.Done) {
			r.progress.Done = at
		}
	}
	r.failures, r.retry = 0, time.Time{}
	if len(ends) < mostWindows {
		r.looked = now
		return r.resolve(ctx, now)
	}
	return nil
}

// ends returns the windows to judge, in order, not more than a step judges: those with new records, and, where silence
// matters, every one.
func (r *runner) ends(now int64) []int64 {
	if r.silent {
		for end := r.grid.after(r.progress.Done.Unix()); end <= now; end += r.grid.frequency {
			r.pending.note(r.grid.paneOf(end-1), end)
		}
	}
	oldest := now - int64(time.Duration(r.w.AllowedLateness)/time.Second) - r.grid.reach
	list := r.pending.ends(r.grid, now)
	for len(list) > 0 && list[0] <= oldest {
		r.pending.done(r.grid, list[0])
		list = list[1:]
	}
	return list[:min(len(list), mostWindows)]
}

// fail raises the alert about a rule whose query fails. The window stays to be judged.
func (r *runner) fail(ctx context.Context, end int64, cause error, now time.Time) error {
	r.failures++
	r.retry = now.Add(min(time.Minute, time.Second<<min(r.failures, 6)))
	at := time.Unix(end, 0)
	r.s.opt.Log.Error("scheduled rule failed; it stays on", "rule", r.w.Name, "window", at.UTC(), "error", cause)
	return r.s.opt.Sink.Fire(ctx, []alert.Alert{r.w.Failure(at, cause, now)})
}

// advance returns how far the rule is, for the memory, and forgets what late records cannot change any more.
func (r *runner) advance(now time.Time) Progress {
	keep := time.Duration(r.w.AllowedLateness) + r.w.Reach() + 2*time.Duration(r.w.Resolve.TimeToResolve)
	r.fired.forget(now.Add(-keep).Unix(), r.w.Stateful())
	behind := now.Unix()
	for _, next := range r.pending {
		behind = min(behind, next-1)
	}
	if behind >= now.Unix() {
		r.progress.Done = now.UTC().Truncate(time.Second)
		if at := now.Add(-slack).UTC().Truncate(time.Second); at.After(r.progress.Arrived) {
			r.progress.Arrived = at
		}
	}
	return r.progress
}

// resolve ends stateful alerts whose condition was not met for long enough.
func (r *runner) resolve(ctx context.Context, now time.Time) error {
	if !r.w.Stateful() || len(r.pending.ends(r.grid, now.Unix())) > 0 {
		return nil
	}
	healthy := time.Duration(r.w.Resolve.TimeToResolve)
	var list []alert.Resolution
	for key, last := range r.fired.openKeys() {
		if at := last.Add(healthy); !at.After(now) {
			list = append(list, alert.Resolution{Rule: r.w.Name, RecordKey: key, At: now.UTC(),
				Comment: fmt.Sprintf("the condition was last met in the window that ends at %s, and not for %s since", last.UTC().Format("15:04:05 UTC"), r.w.Resolve.TimeToResolve)})
		}
	}
	if len(list) == 0 {
		return nil
	}
	if err := r.s.opt.Sink.Resolve(ctx, list); err != nil {
		return err
	}
	for _, l := range list {
		r.fired.resolved(l.RecordKey)
	}
	return nil
}
