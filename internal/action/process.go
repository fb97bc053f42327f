package action

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/glasswatch/glasswatch/internal/alert"
	"github.com/glasswatch/glasswatch/internal/fault"
)

// The rule names of the alerts that announce processing rules which silence, and their early end.
const (
	SilenceRule      = "silence-declared"
	SilenceEndedRule = "silence-ended"
)

// processing returns the processing rules that may hold. Where those that were asked for cannot be read people are told.
func (e *Engine) processing(ctx context.Context) []alert.ProcessingRule {
	rules, err := e.store.Processing(ctx)
	if err != nil {
		e.log.Error("processing rules cannot be read; everybody is told", logError, err)
	}
	return append(slices.Clip(rules), e.declared.rules()...)
}

// process lets processing rules change who is told of an alert. steps say so in its history.
func (e *Engine) process(rules []alert.ProcessingRule, a *alert.Alert, routes []Route) ([]Route, []alert.Transition) {
	at := e.now().UTC()
	var steps []alert.Transition
	for i := range rules {
		p := &rules[i]
		if !p.Holds(a, at) {
			continue
		}
		step := alert.Transition{At: at, By: p.By, Comment: fmt.Sprintf("processing rule %q until %s: %s", p.Name, untilText(p), p.Reason)}
		if p.Action == alert.RemoveAllActionGroups {
			step.Event = alert.ActionRuleSuppressed
			return nil, []alert.Transition{step}
		}
		step.Event = alert.ActionRuleTriggered
		steps = append(steps, step)
		routes = e.router.add(routes, p.ActionGroups)
	}
	return routes, steps
}

// add appends the receivers of groups that are not among the routes.
func (r *router) add(routes []Route, groups []string) []Route {
	seen := map[destination]bool{}
	for _, have := range routes {
		seen[have.destination()] = true
	}
	for _, one := range r.collect(groups, nil) {
		if !seen[one.destination()] {
			seen[one.destination()] = true
			routes = append(routes, one)
		}
	}
	return routes
}

// check reports action groups of a processing rule that do not exist.
func (r *router) check(p *alert.ProcessingRule) error {
	for _, name := range p.ActionGroups {
		if _, ok := r.groups[name]; !ok {
			return fmt.Errorf("action group %q is unknown; known: %s", name, strings.Join(r.names, ", "))
		}
	}
	return nil
}

// AddProcessingRule checks a processing rule and puts it in force. One that silences is first announced to those it
// silences.
func (e *Engine) AddProcessingRule(ctx context.Context, p alert.ProcessingRule) (alert.ProcessingRule, error) {
	p.ID, p.CreatedAt = uuid.NewString(), e.now().UTC()
	if p.Schedule.From.IsZero() {
		p.Schedule.From = p.CreatedAt
	}
	if err := errors.Join(p.Validate(), e.router.check(&p)); err != nil {
		return p, fault.New(fault.Invalid, "%w", err)
	}
	if p.Action == alert.RemoveAllActionGroups {
		if err := e.Fire(ctx, []alert.Alert{e.announcement(&p, p.CreatedAt)}); err != nil {
			return p, fmt.Errorf("announce processing rule %q: %w", p.Name, err)
		}
	}
	return e.store.AddProcessingRule(ctx, p)
}

// announcement is the alert that tells people that they will not be told.
func (e *Engine) announcement(p *alert.ProcessingRule, at time.Time) alert.Alert {
	a := e.notice(p, at)
	a.Rule, a.RecordKey, a.RecordHash = SilenceRule, p.ID, p.ID
	a.Description = "Somebody silenced alerts. What watches tampering is told all the same."
	a.Sentence = fmt.Sprintf("%s silenced %s from %s until %s: %s", p.By, p.Text(), p.Schedule.From.UTC().Format(time.DateTime), untilText(p), p.Reason)
	return a
}

// allClear is the alert that tells the same people that they are told again. It is the same alert however often it is made.
func (e *Engine) allClear(p *alert.ProcessingRule) alert.Alert {
	a := e.notice(p, *p.EndedAt)
	a.Rule, a.RecordKey, a.RecordHash = SilenceEndedRule, p.ID, p.ID
	a.Description = "A silence was ended before its time: what it kept back is told again."
	a.Sentence = fmt.Sprintf("%s ended the silence %q of %s, which was to last until %s", p.EndedBy, p.Name, p.Text(), untilText(p))
	return a
}

func untilText(p *alert.ProcessingRule) string {
	return p.Schedule.Until.UTC().Format("2006-01-02 15:04 UTC")
}

// notice is an alert about a silence, for the groups of the alert rules that it is for.
func (e *Engine) notice(p *alert.ProcessingRule, at time.Time) alert.Alert {
	var groups []string
	for name, list := range e.rules {
		if !p.MayHold(name) {
			continue
		}
		if len(list) == 0 {
			list = e.router.names
		}
		groups = append(groups, list...)
	}
	slices.Sort(groups)
	record, _ := json.Marshal(p) // plain fields only
	return alert.Alert{Severity: alert.Sev2, Loud: true, Outcome: alert.Outcome{Rank: alert.Sev2}, Table: "ProcessingRules", Record: record,
		SignedInAt: at, ReceivedAt: at, FiredAt: at, ActionGroups: slices.Compact(groups)}
}

// EndProcessingRule ends a processing rule before its time. Those whom it silenced are told first; asked for again after a
// crash in between, it tells nobody twice.
func (e *Engine) EndProcessingRule(ctx context.Context, id, by string) (alert.ProcessingRule, error) {
	if p, ok := e.declared.find(id); ok {
		return p, errDeclared(p)
	}
	p, err := e.store.ProcessingRule(ctx, id)
	if err != nil {
		return p, err
	}
	at := e.now().UTC()
	if err := p.End(by, at); err != nil {
		return p, fault.New(fault.Conflict, "%w", err)
	}
	if p.Action == alert.RemoveAllActionGroups {
		if err := e.Fire(ctx, []alert.Alert{e.allClear(&p)}); err != nil {
			return p, fmt.Errorf("announce the end of processing rule %q: %w", p.Name, err)
		}
	}
	return e.store.EndProcessingRule(ctx, p.ID, by, at)
}

// ProcessingRules lists the processing rules that are not long over, those of the configuration too, the latest first.
func (e *Engine) ProcessingRules(ctx context.Context) ([]alert.ProcessingRule, error) {
	list, err := e.store.ProcessingRules(ctx, e.now().Add(-90*24*time.Hour))
	if err != nil {
		return nil, err
	}
	list = append(list, e.declared.all...)
	slices.SortStableFunc(list, func(a, b alert.ProcessingRule) int { return b.Schedule.Until.Compare(a.Schedule.Until) })
	return list, nil
}
