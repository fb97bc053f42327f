package app

import (
	"context"
	"slices"
	"strings"
	"time"

	v1 "github.com/glasswatch/glasswatch/internal/api/v1"
	"github.com/glasswatch/glasswatch/internal/fault"
	"github.com/glasswatch/glasswatch/internal/rule"
	"github.com/glasswatch/glasswatch/internal/rule/rehearse"
	"github.com/glasswatch/glasswatch/internal/rule/schedule"
	"github.com/glasswatch/glasswatch/internal/table"
	"github.com/glasswatch/glasswatch/kql"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// replayer says what rules would have fired on the records in the store.
type replayer struct{ *App }

const replaySamples = 20

// Replay runs a rule over the stored records of the last hours. A rule that is judged on arrival is run as a query: each
// row counts as one alert, by the record's time.
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
		return out, a.replayWindows(ctx, windows, limits, &out)
	}
	return out, a.replayStream(ctx, r, engine.KQL(), limits, &out)
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
	counts := map[time.Time]int64{}
	for _, x := range alerts {
		counts[x.SignedInAt.Truncate(step(out.From, out.To))]++
		out.Total++
		if len(out.Samples) < replaySamples {
			out.Samples = append(out.Samples, v1.ReplayAlert{At: x.SignedInAt, Severity: x.Severity.String(), Sentence: x.Sentence})
		}
	}
	for at, n := range counts {
		out.Counts = append(out.Counts, v1.ReplayCount{At: at, Alerts: n})
	}
	slices.SortFunc(out.Counts, func(a, b v1.ReplayCount) int { return a.At.Compare(b.At) })
	return nil
}

func (a replayer) replayStream(ctx context.Context, r rule.Rule, o kql.Options, limits table.Limits, out *v1.Replay) error {
	query := strings.TrimRight(r.Query, "; \t\r\n")
	o.Now, o.Within = out.To, &kql.Period{Column: "TimeGenerated", From: out.From, To: out.To}
	q, err := kql.Compile(query, o)
	if err != nil {
		return fault.New(fault.Invalid, "%w", err)
	}
	severity, title := rule.Quote(r.Severity.String()), `""`
	if r.SeverityColumn != "" {
		severity = r.SeverityColumn
	}
	if r.TitleColumn != "" {
		title = r.TitleColumn
	}
	at := "datetime(null)"
	if slices.ContainsFunc(q.Plan.Columns(), func(c plan.Column) bool { return c.Name == "TimeGenerated" && c.Type == value.DateTime }) {
		at = "TimeGenerated"
	}
	size := value.NewTimeSpan(int64(step(out.From, out.To) / 100)).ToText()
	err = a.replayQuery(ctx, query+"\n| summarize Alerts = count() by At = bin("+at+", timespan("+size+"))\n| sort by At asc", o, limits, func(row []value.Value) {
		out.Total += row[1].Int()
		out.Counts = append(out.Counts, v1.ReplayCount{At: instant(row[0], out.From), Alerts: row[1].Int()})
	})
	if err != nil {
		return err
	}
	text := query + "\n| project At = " + at + ", Severity = " + severity + ", Sentence = " + title + "\n| top 20 by At asc"
	return a.replayQuery(ctx, text, o, limits, func(row []value.Value) {
		sentence := row[2].Text()
		if sentence == "" {
			sentence = r.Description
		}
		out.Samples = append(out.Samples, v1.ReplayAlert{At: instant(row[0], out.From), Severity: row[1].Text(), Sentence: strings.Clone(sentence)})
	})
}

// instant is a time of a result; where it has none, the beginning.
func instant(v value.Value, none time.Time) time.Time {
	if v.IsNull() {
		return none
	}
	return value.Time(v.Int())
}

func (a replayer) replayQuery(ctx context.Context, text string, o kql.Options, limits table.Limits, f func([]value.Value)) error {
	q, err := kql.Compile(text, o)
	if err != nil {
		return fault.New(fault.Invalid, "%w", err)
	}
	store := &schedule.Store{Querier: a.store, Limits: limits}
	return store.Each(ctx, q.Plan, func(_ []plan.Column, row []value.Value) error {
		f(row)
		return nil
	})
}
