package schedule

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/glasswatch/glasswatch/internal/rule"
)

// randomRule is a rule whose parts are chosen at random.
func randomRule(r *rand.Rand, n int) rule.Rule {
	pick := func(list ...time.Duration) rule.Span { return rule.Span(list[r.IntN(len(list))]) }
	one := rule.Rule{Name: fmt.Sprint("rule", n), Mode: rule.Scheduled, Query: "SigninLogs",
		EvaluationFrequency: pick(10*time.Second, 30*time.Second, time.Minute),
		WindowSize:          pick(time.Minute, 90*time.Second, 3*time.Minute),
		Operator:            []rule.Operator{rule.GreaterThan, rule.GreaterThan, rule.GreaterThanOrEqual, rule.LessThan, rule.LessThanOrEqual, rule.Equals}[r.IntN(6)],
		Threshold:           float64(r.IntN(3)),
	}
	if r.IntN(2) == 0 {
		one.Dimensions = []rule.Dimension{{Name: "UserPrincipalName"}}
	}
	switch r.IntN(4) {
	case 0:
		one.TimeAggregation, one.MetricMeasureColumn = rule.Average, "DurationMs"
	case 1:
		one.TimeAggregation, one.MetricMeasureColumn = rule.Maximum, "DurationMs"
	}
	if r.IntN(3) == 0 {
		one.FailingPeriods = rule.FailingPeriods{Number: 3, Min: 1 + r.IntN(3)}
	}
	if r.IntN(2) == 0 {
		stateless := false
		one.AutoMitigate = &stateless
		one.Resolve.TimeToResolve = 0
	} else {
		one.Resolve.TimeToResolve = pick(time.Minute, 5*time.Minute)
	}
	if r.IntN(8) == 0 {
		one.Mode, one.WindowSize = rule.NRT, one.EvaluationFrequency
	}
	return one
}

const span = 10 * time.Minute // of events

// randomEvents are events with delays: most come soon, some late, some with a clock that is ahead.
func randomEvents(r *rand.Rand) []event {
	var list []event
	for range r.IntN(12) {
		at := start.Add(time.Duration(r.Int64N(int64(span))).Truncate(time.Second))
		delay := time.Duration(r.IntN(20)) * time.Second
		switch r.IntN(4) {
		case 0:
			delay = time.Duration(r.Int64N(int64(span)))
		case 1:
			delay = -time.Duration(r.IntN(30)) * time.Second
		}
		list = append(list, event{at: at, arrived: at.Add(delay.Truncate(time.Second)), who: string(rune('a' + r.IntN(2))), value: float64(r.IntN(4))})
	}
	slices.SortFunc(list, func(a, b event) int { return a.arrived.Compare(b.arrived) })
	return list
}

// inOrder is what fires when every record comes when it happens: each window is judged once, with all of its records.
func inOrder(events []event, w *rule.Windowed, until time.Time) map[firingKey]bool {
	set := map[firingKey]bool{}
	frequency := time.Duration(w.EvaluationFrequency)
	for end := start.Add(frequency); !end.After(until); end = end.Add(frequency) {
		failing, names := map[string]int{}, map[string]bool{}
		var windows []map[string]Group
		for i := range w.FailingPeriods.Number {
			groups := map[string]Group{}
			for _, g := range measure(events, w, end.Add(-time.Duration(i)*time.Duration(w.WindowSize))) {
				groups[w.Window(end, rule.Finding{Dimensions: g.Dimensions}).DimensionKey()] = g
			}
			windows = append(windows, groups)
			for name := range groups {
				names[name] = true
			}
		}
		if len(w.Dimensions) == 0 {
			names[""] = true
		}
		for name := range names {
			for _, groups := range windows {
				g, ok := groups[name]
				if (ok || w.TimeAggregation == rule.Count) && w.Operator.Met(g.Measure, w.Threshold) {
					failing[name]++
				}
			}
			if failing[name] >= w.FailingPeriods.Min {
				set[firingKey{w.Name, name, end.Unix()}] = true
			}
		}
	}
	return set
}

// play runs a rule over events that arrive in order of arrival, with steps, commits and restarts at random moments.
func play(t *testing.T, r *rand.Rand, w *world, events []event, until time.Time) {
	next, commits := 0, 2
	if r.IntN(3) == 0 {
		commits = 20 // the store is slow
	}
	for now := start; ; now = now.Add(time.Duration(1+r.IntN(90)) * time.Second) {
		now = earlier(now, until)
		for next < len(events) && !events[next].arrived.After(now) {
			w.stage(events[next])
			next++
		}
		if r.IntN(commits) == 0 || now == until {
			w.commit()
		}
		switch r.IntN(12) {
		case 0:
			w.restart(now)
		case 2:
			w.restart(now, func() { w.step(now) })
		case 1:
			w.s.Tracker().Drop() // the store gave up, and ingest stages again
			again := w.staged
			w.staged = nil
			for _, e := range again {
				w.stage(e)
			}
		}
		if r.IntN(4) > 0 || now == until {
			w.step(now)
		}
		if now == until {
			return
		}
	}
}

func earlier(a, b time.Time) time.Time {
	if a.After(b) {
		return b
	}
	return a
}

// TestAnyOrder plays random timelines: whatever the order and delay of arrival, the commits, steps and restarts, what
// fired is what arrival in order gives, and each is told once.
func TestAnyOrder(t *testing.T) {
	t.Parallel()
	playTimelines(t, timelines(t, 10_000), func(w *world) Evaluator { return w.store })
}

// timelines is how many are played: usual ones, a tenth with -short, or as many as the environment variable TIMELINES says.
func timelines(t *testing.T, usual int) int {
	t.Helper()
	text := os.Getenv("TIMELINES")
	switch n, err := strconv.Atoi(text); {
	case text != "" && err != nil:
		t.Fatalf("TIMELINES: %v", err)
	case text != "":
		return n
	case testing.Short():
		return usual / 10
	}
	return usual
}

// playTimelines plays random timelines on windows that an Evaluator answers for, a new one after each restart.
func playTimelines(t *testing.T, timelines int, evaluator func(*world) Evaluator) {
	t.Helper()
	catalog := newCatalog(t)
	r := rand.New(rand.NewPCG(26, 11))
	var rules []rule.Rule
	for n := range 60 {
		rules = append(rules, randomRule(r, n))
	}
	compiled := windowed(t, catalog, rules...)
	if len(compiled) != len(rules) {
		t.Fatalf("%d of %d rules are windowed", len(compiled), len(rules))
	}
	fired := 0
	for n := range timelines {
		seed := uint64(n)
		r := rand.New(rand.NewPCG(seed, 1))
		rule := compiled[r.IntN(len(compiled))]
		events := randomEvents(r)
		until := start.Add(2*span + 3*time.Minute)
		w := newWorld(t, catalog, start, evaluator, rule)
		play(t, r, w, events, until)
		want, got := inOrder(events, rule, until), w.standing()
		fired += len(want)
		for k := range want {
			if !got[k] {
				t.Errorf("timeline %d, %s: the window until %s %s did not fire", n, rule.Name, time.Unix(k.end, 0).UTC().Format(time.TimeOnly), k.dimensions)
			}
		}
		for k := range got {
			if !want[k] {
				t.Errorf("timeline %d, %s: the window until %s %s fired", n, rule.Name, time.Unix(k.end, 0).UTC().Format(time.TimeOnly), k.dimensions)
			}
		}
		checkAlerts(t, n, w)
		if t.Failed() {
			t.Logf("%+v\n%+v", rule.Rule, events)
			return
		}
	}
	if fired < timelines {
		t.Errorf("only %d windows fired in %d timelines", fired, timelines)
	}
}

// checkAlerts checks that every standing window has an alert, and that none was told twice without being withdrawn between.
func checkAlerts(t *testing.T, n int, w *world) {
	told, withdrawn := map[string]int{}, map[string]int{}
	for _, a := range w.memory.Alerts() {
		told[a.RecordKey]++
	}
	for _, r := range w.memory.Resolved() {
		withdrawn[r.RecordKey]++
	}
	for _, f := range w.standing2() {
		if told[f.Key] == 0 {
			t.Errorf("timeline %d: the window until %s has no alert", n, f.End)
		}
	}
	for key, times := range told {
		if times > 1+withdrawn[key] {
			t.Errorf("timeline %d: alert %s was told %d times", n, key, times)
		}
	}
}

func (w *world) standing2() (list []Firing) {
	for _, f := range w.memory.firings {
		if !f.Withdrawn {
			list = append(list, f)
		}
	}
	return list
}
