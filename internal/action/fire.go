package action

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/glasswatch/glasswatch/internal/alert"
	"github.com/glasswatch/glasswatch/internal/channel"
)

// Fire makes the alerts and the notifications they owe durable, in one transaction, and starts delivery. (rule, record
// key) is an alert's identity. A known one with a record hash not seen before is a revision: the alert is brought up to
// date, and people are told again only when the outcome's rank got smaller. Anything else known changes nothing.
// Fire returns nil only when all of it is on disk; it does not wait for deliveries.
func (e *Engine) Fire(ctx context.Context, alerts []alert.Alert) error {
	firings, rules := make([]Firing, len(alerts)), e.processing(ctx)
	for i, a := range alerts {
		routes, unknown := e.router.routes(a.ActionGroups)
		if len(unknown) > 0 {
			e.log.Error("alert names unknown action groups", logAlert, a.Rule, logGroup, unknown)
		}
		a = e.complete(a)
		routes, steps := e.process(rules, &a, routes)
		firings[i] = Firing{Alert: a, Routes: routes, Steps: steps}
	}
	return e.fire(ctx, firings)
}

func (e *Engine) fire(ctx context.Context, firings []Firing) error {
	e.starting.RLock()
	defer e.starting.RUnlock()
	e.prepare(firings)
	fired, err := e.store.Fire(ctx, firings)
	if err != nil {
		return err
	}
	for i := range fired {
		e.told(&fired[i], firings[i].Alert.Rule, firings[i].Alert.Severity)
	}
	return nil
}

// Conclude ends alerts and tells those who were told of them. It returns nil only when that is on disk.
func (e *Engine) Conclude(ctx context.Context, list []alert.Resolution) error {
	e.starting.RLock()
	defer e.starting.RUnlock()
	rules := e.processing(ctx)
	done, err := e.store.Resolve(ctx, list, func(a *alert.Alert) []Route {
		routes, _ := e.router.routes(a.ActionGroups)
		routes, _ = e.process(rules, a, routes)
		return routes
	})
	for i := range done {
		e.told(&done[i], done[i].Alert.Rule, done[i].Alert.Severity)
	}
	return err
}

// told starts the deliveries of what a firing owes.
func (e *Engine) told(f *Fired, rule string, severity alert.Severity) {
	for _, n := range f.Owed {
		e.dispatch.add(&job{n: n, alert: &f.Alert})
	}
	if e.hooks.Fired != nil {
		e.hooks.Fired(rule, severity, f.Change)
	}
}

// maxPrepared bounds what is done ahead: in a burst, deliveries queue anyway.
const maxPrepared = 4

// prepare renders messages and lets channels get ready while the alerts are being written to disk. Nothing is sent. It is work for
// nothing when the alerts turn out to be known.
func (e *Engine) prepare(firings []Firing) {
	if len(firings) > maxPrepared {
		return
	}
	for i := range firings {
		a := &firings[i].Alert
		for _, r := range firings[i].Routes {
			p, ok := e.channels[r.Channel].(channel.Preparer)
			if !ok {
				continue
			}
			e.dispatch.ahead(func(ctx context.Context) {
				ctx, cancel := context.WithTimeout(ctx, e.policy.AttemptTimeout)
				defer cancel()
				p.Prepare(ctx, e.renderer.message(a, NewNotification(a, r, a.FiredAt)))
			})
		}
	}
}

// complete fills what a rule leaves to the engine.
func (e *Engine) complete(a alert.Alert) alert.Alert {
	if a.ID == "" {
		a.ID = uuid.NewString()
	}
	if a.FiredAt.IsZero() {
		a.FiredAt = e.now().UTC().Truncate(time.Microsecond)
	}
	a.State, a.Revision = alert.Fired, 0
	return a
}
