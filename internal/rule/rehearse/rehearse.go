// Package rehearse runs scheduled rules over a stretch of time that is past, or made up, without telling anybody: for
// the tests of rules and for replays. It uses the scheduler itself (internal/rule/schedule), with a memory that is
// forgotten. It is a part of stage 4 of 7.
package rehearse

import (
	"context"
	"fmt"
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
	m := schedule.NewVolatile()
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
	return m.Alerts(), nil
}

const maxStep = 12 * time.Hour

// inTime is an Evaluator whose records all came when they happened: a rehearsal is about what they say.
type inTime struct{ schedule.Evaluator }

// Arrivals reports the records' own times as those of their arrival.
func (e inTime) Arrivals(ctx context.Context, s *table.Schema, axis string, since, arrived time.Time, f func(at, arrived time.Time)) error {
	return e.Evaluator.Arrivals(ctx, s, axis, since, arrived, func(at, _ time.Time) { f(at, at) })
}
