package app

import (
	"context"
	"time"

	"github.com/glasswatch/glasswatch/internal/action"
	"github.com/glasswatch/glasswatch/internal/alert"
	v1 "github.com/glasswatch/glasswatch/internal/api/v1"
	"github.com/glasswatch/glasswatch/internal/config"
	"github.com/glasswatch/glasswatch/internal/source"
	"github.com/glasswatch/glasswatch/internal/table"
	"github.com/glasswatch/glasswatch/kql"
	"github.com/glasswatch/glasswatch/kql/value"
)

// The types below put the engines behind the interfaces of api.

// sink is the way in, with an eye for watchers.
type sink struct{ *App }

func (s sink) Put(ctx context.Context, d source.Delivery) (source.Receipt, error) {
	receipt, err := s.ingest.Put(ctx, d)
	if err != nil {
		return receipt, err
	}
	if s.opt.Hooks.Received != nil {
		s.opt.Hooks.Received(Received{Source: d.Source, Taken: receipt.Taken, Refused: receipt.Refused, At: d.ReceivedAt, Took: time.Since(d.ReceivedAt)})
	}
	return receipt, nil
}

// querier compiles queries with the product's own functions and runs them on the store.
type querier struct{ *App }

func (q querier) Query(ctx context.Context, text string, parameters map[string]string, limits table.Limits) (*table.Results, kql.Diagnostics, error) {
	o := q.judge.rules.Load().KQL()
	o.Parameters = make(map[string]value.Value, len(parameters))
	for name, text := range parameters {
		o.Parameters[name] = value.NewString(text)
	}
	o.Discover = table.Discover(ctx, q.store, limits)
	compiled, err := kql.Compile(text, o)
	if err != nil {
		return nil, nil, err
	}
	results, err := table.Run(ctx, q.store, compiled.Parts, limits)
	return results, compiled.Notes, err
}

// alerts is what the actions in force remember and do.
type alerts struct{ *teller }

func (t alerts) Alerts(ctx context.Context, f action.Filter) ([]alert.Alert, error) {
	return t.current().Alerts(ctx, f)
}

func (t alerts) Show(ctx context.Context, id string) (action.Details, error) {
	return t.current().Show(ctx, id)
}

func (t alerts) Acknowledge(ctx context.Context, id, by, comment string) (alert.Alert, error) {
	return t.current().Acknowledge(ctx, id, by, comment)
}

func (t alerts) TestGroup(ctx context.Context, group string) ([]v1.TestResult, error) {
	results, err := t.current().Test(ctx, group)
	if err != nil {
		return nil, err
	}
	list := make([]v1.TestResult, len(results))
	for i, r := range results {
		list[i] = v1.TestResult{Receiver: r.Receiver, Channel: r.Channel, Recipient: r.Recipient, Delivered: r.Delivered,
			Reference: r.Reference, Error: r.Error, Millis: r.Took.Milliseconds()}
	}
	return list, nil
}

// processing is what changes who is told.
type processing struct{ *App }

func (p processing) ProcessingRules(ctx context.Context) ([]alert.ProcessingRule, error) {
	return p.teller.current().ProcessingRules(ctx)
}

func (p processing) AddProcessingRule(ctx context.Context, one alert.ProcessingRule) (alert.ProcessingRule, error) {
	return p.teller.current().AddProcessingRule(ctx, one)
}

func (p processing) EndProcessingRule(ctx context.Context, id, by string) (alert.ProcessingRule, error) {
	return p.teller.current().EndProcessingRule(ctx, id, by)
}

// catalog lists tables and rules.
type catalog struct{ *App }

func (c catalog) HasTable(name string) bool {
	s := c.App.catalog.Schema(name)
	return s != nil && !s.Own
}

func (c catalog) Tables() []v1.Table {
	kept := retention(c.cfg.Tables)
	var list []v1.Table
	for _, s := range c.App.catalog.Schemas() {
		age, ok := kept[s.Name]
		if !ok {
			age = kept[""]
		}
		t := v1.Table{Name: s.Name, Own: s.Own, Retention: config.Duration(age).String()}
		for _, column := range s.Columns {
			t.Columns = append(t.Columns, v1.Column{Name: column.Name, Type: column.Type.String(), Hidden: column.Hidden})
		}
		list = append(list, t)
	}
	return list
}

func (c catalog) Rules() []v1.Rule {
	var list []v1.Rule
	for _, r := range c.judge.rules.Load().All() {
		list = append(list, v1.Rule{Name: r.Name, Description: r.Description, Severity: r.Severity.String(), Enabled: r.On(), Mode: string(r.Mode),
			Query: r.Query, ActionGroups: r.ActionGroups, File: r.File})
	}
	return list
}
