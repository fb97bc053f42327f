package app

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"

	v1 "github.com/glasswatch/glasswatch/internal/api/v1"
	"github.com/glasswatch/glasswatch/internal/fault"
	"github.com/glasswatch/glasswatch/internal/rule"
	"github.com/glasswatch/glasswatch/internal/rule/rehearse"
	"github.com/glasswatch/glasswatch/internal/rule/schedule"
	"github.com/glasswatch/glasswatch/internal/table"
)

// replayer says what rules would have fired on the records in the store.
type replayer struct{ *App }

const replaySamples = 20

// Replay runs a rule over the stored records of the last hours. A record counts once for a rule that is judged
// on arrival, by its time, whatever is revised about it later.
func (a replayer) Replay(ctx context.Context, req v1.ReplayRequest) (v1.Replay, error) {
	r, err := a.replayed(req)
	if err != nil {
		return v1.Replay{}, err
	}
	on := true
	r.Enabled = &on
	drills, err := a.drills(ctx)
	if err != nil {
		return v1.Replay{}, err
	}
	engine, err := engineOf(a.teller.generation().cfg, a.App.catalog, drills)
	if err != nil {
		return v1.Replay{}, err
	}
	if err := engine.Load([]rule.Rule{r}); err != nil {
		return v1.Replay{}, fault.New(fault.Invalid, "%w", err)
	}
	to := time.Now().UTC()
	out := v1.Replay{Rule: r.Name, Mode: string(rule.Stream), From: to.Add(-time.Duration(req.Hours) * time.Hour), To: to, Counts: []v1.ReplayCount{}, Samples: []v1.ReplayAlert{}}
	limits := table.Limits{Time: time.Duration(a.cfg.Limits.QueryTime)}
	ctx, cancel := context.WithTimeout(ctx, limits.Time)
	defer cancel()
	if windows := engine.Windowed(); len(windows) > 0 {
		out.Mode = string(windows[0].Mode)
		err := a.replayWindows(ctx, windows, limits, &out)
		return out, err
	}
	trial, err := engine.Trial(r)
	if err != nil {
		return v1.Replay{}, fault.New(fault.Invalid, "%w", err)
	}
	err = a.replayStream(ctx, trial, r, limits, &out)
	return out, err
}

// replayed finds the rule that is asked for.
func (a replayer) replayed(req v1.ReplayRequest) (rule.Rule, error) {
	if req.Text != "" {
		return rule.Parse([]byte(req.Text), "the rule")
	}
	var names []string
	for _, r := range a.judge.rules.Load().All() {
		if names = append(names, r.Name); r.Name == req.Rule {
			return r, nil
		}
	}
	return rule.Rule{}, fault.New(fault.NotFound, "there is no rule %q", req.Rule).WithNext("%s", fault.DidYouMean(req.Rule, names))
}

// step is the part of the time that counts are for.
func step(from, to time.Time) time.Duration {
	if to.Sub(from) >= 72*time.Hour {
		return 24 * time.Hour
	}
	return time.Hour
}

func (a replayer) replayWindows(ctx context.Context, windows []*rule.Windowed, limits table.Limits, out *v1.Replay) error {
	store := &schedule.Store{Querier: a.store, Catalog: a.App.catalog, Limits: limits}
	alerts, err := rehearse.Scheduled(ctx, windows, store, a.App.catalog.Schemas(), out.From, out.To)
	if err != nil {
		return err
	}
	c := newCount(out)
	for _, x := range alerts {
		c.add(v1.ReplayAlert{At: x.SignedInAt, Severity: x.Severity.String(), Sentence: x.Sentence})
	}
	c.end()
	return nil
}

// replayStream judges the records one by one. They are read as a stream, so that only the time is limited.
func (a replayer) replayStream(ctx context.Context, t *rule.Trial, r rule.Rule, limits table.Limits, out *v1.Replay) error {
	limits.Rows, limits.Bytes = math.MaxInt64, math.MaxInt64
	c := newCount(out)
	err := rehearse.Stream(ctx, t, &schedule.Store{Querier: a.store, Limits: limits}, out.From, out.To, func(v rule.Verdict) {
		c.add(v1.ReplayAlert{At: v.At, Severity: v.Severity.String(), Sentence: cmp.Or(v.Title, r.Description)})
	})
	c.end()
	return err
}

// count adds what fires to a replay.
type count struct {
	out    *v1.Replay
	step   time.Duration
	alerts map[time.Time]int64
}

func newCount(out *v1.Replay) *count {
	return &count{out: out, step: step(out.From, out.To), alerts: map[time.Time]int64{}}
}

// add counts an alert, and keeps it where it is among the first.
func (c *count) add(x v1.ReplayAlert) {
	c.out.Total++
	c.alerts[x.At.Truncate(c.step)]++
	list := c.out.Samples
	at := len(list)
	for at > 0 && x.At.Before(list[at-1].At) {
		at--
	}
	if at < replaySamples {
		list = slices.Insert(list, at, x)
		c.out.Samples = list[:min(len(list), replaySamples)]
	}
}

// end puts the counts in order.
func (c *count) end() {
	for at, n := range c.alerts {
		c.out.Counts = append(c.out.Counts, v1.ReplayCount{At: at, Alerts: n})
	}
	slices.SortFunc(c.out.Counts, func(a, b v1.ReplayCount) int { return a.At.Compare(b.At) })
}
