package schedule

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/glasswatch/glasswatch/internal/alert"
	"github.com/glasswatch/glasswatch/internal/rule"
)

const (
	sampleRows   = 10 // of an alert
	sampleAlerts = 50 // of a window that have rows; more have their measure only
)

// pass judges windows of one rule in one step. Windows of failing periods are measured once.
type pass struct {
	r        *runner
	now      time.Time
	measured map[int64]map[string]Group // end -> dimensions
}

func newPass(r *runner, now time.Time) *pass {
	return &pass{r: r, now: now, measured: map[int64]map[string]Group{}}
}

// judge brings what fired in a window in line with what its records say now.
func (p *pass) judge(ctx context.Context, end int64) error {
	found, err := p.found(ctx, end)
	if err != nil {
		return err
	}
	known := p.r.fired.in(end)
	for _, key := range slices.Sorted(maps.Keys(known)) {
		if _, still := found[key]; !still && !known[key].Withdrawn {
			if err := p.withdraw(ctx, known[key]); err != nil {
				return err
			}
		}
	}
	var alerts []alert.Alert
	var firings, joined []Firing
	for _, key := range slices.Sorted(maps.Keys(found)) {
		one := known[key]
		if one != nil && !one.Withdrawn {
			continue
		}
		f := p.firing(end, key, one)
		if g := p.r.fired.keys[f.Key]; g != nil && p.r.fired.standing(f.Key) {
			f.Resolved = g.resolved
			joined = append(joined, f)
			continue
		}
		a, err := p.alert(ctx, end, found[key], f, len(alerts) < sampleAlerts)
		if err != nil {
			return err
		}
		alerts, firings = append(alerts, a), append(firings, f)
	}
	return p.keep(ctx, alerts, firings, joined)
}

// keep makes what was found durable, and then remembers it.
func (p *pass) keep(ctx context.Context, alerts []alert.Alert, firings, joined []Firing) error {
	if len(alerts) > 0 {
		if err := p.r.s.opt.Sink.Fire(ctx, alerts); err != nil {
			return err
		}
	}
	if len(joined) > 0 {
		if err := p.r.s.opt.Memory.Join(ctx, joined); err != nil {
			return err
		}
	}
	for _, f := range append(firings, joined...) {
		p.r.fired.add(f)
	}
	return nil
}

// firing says which alert a window belongs to: its own, or, where the rule is stateful, that of a window near it.
func (p *pass) firing(end int64, dimensions string, before *Firing) Firing {
	at := time.Unix(end, 0).UTC()
	f := Firing{Rule: p.r.w.Name, Dimensions: dimensions, End: at, Key: p.r.w.Key(at, dimensions)}
	switch {
	case before != nil:
		f.Key, f.Times = before.Key, before.Times
	case p.r.w.Stateful():
		within := int64(time.Duration(p.r.w.Resolve.TimeToResolve) / time.Second)
		if near := p.r.fired.near(end, dimensions, within, p.r.grid.frequency); near != nil {
			f.Key = near.Key
		}
	}
	return f
}

// alert makes the alert that a firing needs. One that was withdrawn comes as a revision.
func (p *pass) alert(ctx context.Context, end int64, found rule.Finding, f Firing, rows bool) (alert.Alert, error) {
	if rows {
		sample, err := p.r.s.opt.Evaluator.Sample(ctx, p.r.w, time.Unix(end, 0), found.Dimensions, sampleRows)
		if err != nil {
			return alert.Alert{}, err
		}
		found.Rows = sample
	}
	a := p.r.w.Alert(time.Unix(end, 0), found, p.now)
	a.RecordKey = f.Key
	if f.Times > 0 {
		a.RecordHash = fmt.Sprintf("%s#%d", a.RecordHash, f.Times)
	}
	return a, nil
}

// withdraw takes back what late records disproved.
func (p *pass) withdraw(ctx context.Context, one *Firing) error {
	after := *one
	after.Withdrawn, after.Times = true, one.Times+1
	one.Withdrawn = true
	standing := p.r.fired.standing(one.Key)
	one.Withdrawn = false
	if !standing {
		err := p.r.s.opt.Sink.Resolve(ctx, []alert.Resolution{{Rule: p.r.w.Name, RecordKey: one.Key, At: p.now.UTC(),
			Comment: fmt.Sprintf("withdrawn: with the records that came later, the window that ends at %s does not meet the condition", one.End.UTC().Format("2006-01-02 15:04:05 UTC"))}})
		if err != nil {
			return err
		}
	}
	if err := p.r.s.opt.Memory.Withdraw(ctx, after); err != nil {
		return err
	}
	*one = after
	if !standing {
		p.r.fired.resolved(one.Key)
	}
	return nil
}

// found returns the combinations of dimensions that meet the condition in enough of the last windows.
func (p *pass) found(ctx context.Context, end int64) (map[string]rule.Finding, error) {
	w := p.r.w
	failing := map[string]int{}
	latest := map[string]Group{}
	var names map[string]Group
	var windows []map[string]Group
	for i := range w.FailingPeriods.Number {
		groups, err := p.measure(ctx, end-int64(i)*int64(time.Duration(w.WindowSize)/time.Second))
		if err != nil {
			return nil, err
		}
		windows = append(windows, groups)
		if i == 0 {
			names = maps.Clone(groups)
			continue
		}
		for key, g := range groups {
			if _, ok := names[key]; !ok {
				names[key] = g
			}
		}
	}
	for _, groups := range windows {
		for key, any := range names {
			g, ok := groups[key]
			if !ok {
				g = Group{Dimensions: any.Dimensions, Null: w.TimeAggregation != rule.Count, Severity: w.Severity}
			}
			if g.Null || !w.Operator.Met(g.Measure, w.Threshold) {
				continue
			}
			failing[key]++
			if _, ok := latest[key]; !ok {
				latest[key] = g
			}
		}
	}
	out := map[string]rule.Finding{}
	for key, n := range failing {
		if n >= w.FailingPeriods.Min {
			g := latest[key]
			out[key] = rule.Finding{Dimensions: g.Dimensions, Measure: g.Measure, Severity: g.Severity, Failing: n}
		}
	}
	return out, nil
}

// measure asks the evaluator once for each window.
func (p *pass) measure(ctx context.Context, end int64) (map[string]Group, error) {
	if groups, ok := p.measured[end]; ok {
		return groups, nil
	}
	at := time.Unix(end, 0).UTC()
	list, err := p.r.s.opt.Evaluator.Measure(ctx, p.r.w, at)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 && len(p.r.w.Dimensions) == 0 {
		list = []Group{{Null: p.r.w.TimeAggregation != rule.Count, Severity: p.r.w.Severity}}
	}
	groups := make(map[string]Group, len(list))
	for _, g := range list {
		win := p.r.w.Window(at, rule.Finding{Dimensions: g.Dimensions})
		groups[win.DimensionKey()] = g
	}
	p.measured[end] = groups
	return groups, nil
}
