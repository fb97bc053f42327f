package action

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/glasswatch/glasswatch/internal/alert"
	"github.com/glasswatch/glasswatch/internal/fault"
)

// SilenceRule is the rule name of the alerts that announce processing rules which silence.
const SilenceRule = "silence-declared"

// processing returns the processing rules. Where they cannot be read people are told.
func (e *Engine) processing(ctx context.Context) []alert.ProcessingRule {
	rules, err := e.store.Processing(ctx)
	if err != nil {
		e.log.Error("processing rules cannot be read; everybody is told", logError, err)
	}
	return rules
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
		step := alert.Transition{At: at, By: p.By, Comment: fmt.Sprintf("processing rule %q until %s: %s", p.Name, p.Schedule.Until.UTC().Format("2006-01-02 15:04 UTC"), p.Reason)}
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

// AddProcessingRule checks a processing rule and puts it in force. One that silences is first announced to those it
// silences: rules gives the action groups of each alert rule, none meaning all.
func (e *Engine) AddProcessingRule(ctx context.Context, p alert.ProcessingRule, rules map[string][]string) (alert.ProcessingRule, error) {
	p.ID, p.CreatedAt = uuid.NewString(), e.now().UTC()
	if p.Schedule.From.IsZero() {
		p.Schedule.From = p.CreatedAt
	}
	if err := p.Validate(); err != nil {
		return p, fault.New(fault.Invalid, "%w", err)
	}
	for _, name := range p.ActionGroups {
		if _, ok := e.router.groups[name]; !ok {
			return p, fault.New(fault.Invalid, "action group %q is unknown; known: %s", name, strings.Join(e.router.names, ", "))
		}
	}
	if p.Action == alert.RemoveAllActionGroups {
		if err := e.Fire(ctx, []alert.Alert{e.announcement(&p, rules)}); err != nil {
			return p, fmt.Errorf("announce processing rule %q: %w", p.Name, err)
		}
	}
	return e.store.AddProcessingRule(ctx, p)
}

// announcement is the alert that tells people that they will not be told.
func (e *Engine) announcement(p *alert.ProcessingRule, rules map[string][]string) alert.Alert {
	var groups []string
	for name, list := range rules {
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
	until := p.Schedule.Until.UTC().Format("2006-01-02 15:04 UTC")
	return alert.Alert{Rule: SilenceRule, Severity: alert.Sev2, Loud: true, Description: "Somebody silenced alerts. What watches tampering is told all the same.",
		Sentence: fmt.Sprintf("%s silenced %s from %s until %s: %s", p.By, p.Text(), p.Schedule.From.UTC().Format(time.DateTime), until, p.Reason),
		Outcome:  alert.Outcome{Rank: alert.Sev2}, Table: "ProcessingRules", RecordKey: p.ID, RecordHash: p.ID, Record: record,
		SignedInAt: p.CreatedAt, ReceivedAt: p.CreatedAt, FiredAt: p.CreatedAt, ActionGroups: slices.Compact(groups)}
}

// EndProcessingRule ends a processing rule before its time.
func (e *Engine) EndProcessingRule(ctx context.Context, id, by string) (alert.ProcessingRule, error) {
	return e.store.EndProcessingRule(ctx, id, by, e.now().UTC())
}

// ProcessingRules lists the processing rules that are not long over.
func (e *Engine) ProcessingRules(ctx context.Context) ([]alert.ProcessingRule, error) {
	return e.store.ProcessingRules(ctx, e.now().Add(-90*24*time.Hour))
}
