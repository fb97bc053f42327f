package api

import (
	"context"
	"net/http"

	"github.com/glasswatch/glasswatch/internal/alert"
	v1 "github.com/glasswatch/glasswatch/internal/api/v1"
	"github.com/glasswatch/glasswatch/internal/config"
)

// Processing keeps the rules that change who is told.
type Processing interface {
	ProcessingRules(ctx context.Context) ([]alert.ProcessingRule, error)
	AddProcessingRule(ctx context.Context, p alert.ProcessingRule) (alert.ProcessingRule, error)
	EndProcessingRule(ctx context.Context, id, by string) (alert.ProcessingRule, error)
}

type newProcessingRule struct{ Body v1.NewProcessingRule }

type processingRuleID struct {
	ID string `path:"id" doc:"The rule's id, or a beginning of it that no other has."`
}

func (a *API) processingOperations() {
	const tag = "processing rules"
	register(a, operation{http.MethodGet, "/api/v1/processing-rules", "list-processing-rules", "List processing rules, the latest first", tag, config.Read, 200}, a.listProcessingRules)
	register(a, operation{http.MethodPost, "/api/v1/processing-rules", "add-processing-rule", "Silence alerts, or tell further groups, for a time", tag, config.Admin, 201}, a.addProcessingRule)
	register(a, operation{http.MethodPost, "/api/v1/processing-rules/{id}/end", "end-processing-rule", "End a processing rule before its time", tag, config.Write, 200}, a.endProcessingRule)
}

func (a *API) listProcessingRules(ctx context.Context, _ *nothing) (*answer[v1.ProcessingRuleList], error) {
	list, err := a.Processing.ProcessingRules(ctx)
	if err != nil {
		return nil, err
	}
	out := &answer[v1.ProcessingRuleList]{Body: v1.ProcessingRuleList{ProcessingRules: make([]v1.ProcessingRule, len(list))}}
	for i, p := range list {
		out.Body.ProcessingRules[i] = processingLine(p)
	}
	return out, nil
}

func (a *API) addProcessingRule(ctx context.Context, in *newProcessingRule) (*answer[v1.ProcessingRule], error) {
	b := in.Body
	p := alert.ProcessingRule{Name: b.Name, Action: alert.ProcessingAction(b.Action), ActionGroups: b.ActionGroups, By: tokenName(ctx), Reason: b.Reason,
		Schedule: alert.Schedule{From: b.Schedule.From, Until: b.Schedule.Until, TimeZone: b.Schedule.TimeZone}}
	for _, c := range b.Conditions {
		p.Conditions = append(p.Conditions, alert.Condition(c))
	}
	for _, r := range b.Schedule.Recurrences {
		p.Schedule.Recurrences = append(p.Schedule.Recurrences, alert.Recurrence(r))
	}
	made, err := a.Processing.AddProcessingRule(ctx, p)
	if err != nil {
		return nil, err
	}
	a.Log.Warn("processing rule in force", "rule", made.Name, "action", string(made.Action), "about", made.Text(), "until", made.Schedule.Until, "by", made.By)
	return &answer[v1.ProcessingRule]{Body: processingLine(made)}, nil
}

func (a *API) endProcessingRule(ctx context.Context, in *processingRuleID) (*answer[v1.ProcessingRule], error) {
	p, err := a.Processing.EndProcessingRule(ctx, in.ID, tokenName(ctx))
	if err != nil {
		return nil, err
	}
	a.Log.Info("processing rule ended", "rule", p.Name, "by", p.EndedBy)
	return &answer[v1.ProcessingRule]{Body: processingLine(p)}, nil
}

func processingLine(p alert.ProcessingRule) v1.ProcessingRule {
	origin := p.Origin
	if origin == "" {
		origin = "api"
	}
	out := v1.ProcessingRule{ID: p.ID, Origin: origin, Name: p.Name, Action: string(p.Action), ActionGroups: p.ActionGroups, By: p.By, Reason: p.Reason, CreatedAt: p.CreatedAt,
		EndedAt: p.EndedAt, EndedBy: p.EndedBy, Schedule: v1.Schedule{From: p.Schedule.From, Until: p.Schedule.Until, TimeZone: p.Schedule.TimeZone}}
	for _, c := range p.Conditions {
		out.Conditions = append(out.Conditions, v1.Condition(c))
	}
	for _, r := range p.Schedule.Recurrences {
		out.Schedule.Recurrences = append(out.Schedule.Recurrences, v1.Recurrence(r))
	}
	return out
}
