package api

import (
	"context"
	"net/http"
	"time"

	"github.com/glasswatch/glasswatch/internal/action"
	"github.com/glasswatch/glasswatch/internal/alert"
	v1 "github.com/glasswatch/glasswatch/internal/api/v1"
	"github.com/glasswatch/glasswatch/internal/config"
	"github.com/glasswatch/glasswatch/internal/fault"
)

type listAlerts struct {
	State       []string  `query:"state" doc:"Only these states." enum:"Fired,Acknowledged,Resolved,Closed"`
	MaxSeverity string    `query:"severity" doc:"This severity and worse ones." enum:"Sev0,Sev1,Sev2,Sev3,Sev4"`
	Rule        string    `query:"rule" doc:"Only this rule."`
	Account     string    `query:"account" doc:"Object id or user principal name."`
	Since       time.Time `query:"since" doc:"Fired at or after."`
	Until       time.Time `query:"until" doc:"Fired before."`
	Limit       int       `query:"limit" minimum:"1" maximum:"1000" default:"100"`
	Offset      int       `query:"offset" minimum:"0"`
}

type alertID struct {
	ID string `path:"id" doc:"The alert's id, or a beginning of it that no other has."`
}

type acknowledge struct {
	ID   string `path:"id" doc:"The alert's id, or a beginning of it that no other has."`
	Body v1.Acknowledge
}

type answer[T any] struct{ Body T }

func (a *API) alertOperations() {
	register(a, operation{http.MethodGet, "/api/v1/alerts", "list-alerts", "List alerts, the newest first", "alerts", config.Read, 200}, a.listAlerts)
	register(a, operation{http.MethodGet, "/api/v1/alerts/{id}", "show-alert", "Show an alert with its record, history and notifications", "alerts", config.Read, 200}, a.showAlert)
	register(a, operation{http.MethodPost, "/api/v1/alerts/{id}/acknowledge", "acknowledge-alert", "Say that somebody has seen it", "alerts", config.Write, 200}, a.acknowledge)
	register(a, operation{http.MethodPost, "/api/v1/action-groups/{group}/test", "test-action-group", "Send a test message to everyone in an action group", "action groups", config.Write, 200}, a.testGroup)
}

func (a *API) listAlerts(ctx context.Context, in *listAlerts) (*answer[v1.AlertList], error) {
	f := action.Filter{Rule: in.Rule, Account: in.Account, Since: in.Since, Until: in.Until, Limit: in.Limit, Offset: in.Offset}
	for _, text := range in.State {
		state, err := alert.ParseState(text)
		if err != nil {
			return nil, fault.New(fault.Invalid, "%w", err)
		}
		f.States = append(f.States, state)
	}
	if in.MaxSeverity != "" {
		worst, err := alert.ParseSeverity(in.MaxSeverity)
		if err != nil {
			return nil, fault.New(fault.Invalid, "%w", err)
		}
		f.MaxSeverity = &worst
	}
	list, err := a.Alerts.Alerts(ctx, f)
	if err != nil {
		return nil, err
	}
	out := &answer[v1.AlertList]{Body: v1.AlertList{Alerts: make([]v1.Alert, len(list))}}
	for i, found := range list {
		out.Body.Alerts[i] = alertLine(found)
	}
	return out, nil
}

func (a *API) showAlert(ctx context.Context, in *alertID) (*answer[v1.Alert], error) {
	found, err := a.Alerts.Show(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &answer[v1.Alert]{Body: full(found)}, nil
}

func (a *API) acknowledge(ctx context.Context, in *acknowledge) (*answer[v1.Alert], error) {
	found, err := a.Alerts.Show(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	moved, err := a.Alerts.Acknowledge(ctx, found.Alert.ID, tokenName(ctx), in.Body.Comment)
	if err != nil {
		return nil, err
	}
	a.Log.Info("alert acknowledged", "alert", moved.ID, "by", moved.AcknowledgedBy)
	return a.showAlert(ctx, &alertID{ID: moved.ID})
}

// full adds to an alert what only its own answer has.
func full(d action.Details) v1.Alert {
	out := alertLine(d.Alert)
	out.Record, out.Rows, out.Query, out.ActionGroups = d.Alert.Record, d.Alert.Rows, d.Alert.Query, d.Alert.ActionGroups
	for _, s := range d.History {
		out.History = append(out.History, v1.Transition{At: s.At, Event: string(s.Event), From: string(s.From), To: string(s.To), By: s.By, Comment: s.Comment})
	}
	for _, n := range d.Notifications {
		out.Notifications = append(out.Notifications, v1.Notification{Group: n.Group, Receiver: n.Receiver, Channel: n.Channel,
			Recipient: n.Recipient, State: string(n.State), Attempts: n.Attempts, CreatedAt: n.CreatedAt,
			DeliveredAt: n.DeliveredAt, LastError: n.LastError, Reference: n.Reference})
	}
	return out
}

// alertLine is an alert as a list has it.
func alertLine(a alert.Alert) v1.Alert {
	return v1.Alert{
		ID: a.ID, Rule: a.Rule, Description: a.Description, Severity: a.Severity.String(), State: string(a.State), Sentence: a.Sentence,
		Account: v1.Account(a.Account),
		Outcome: v1.Outcome{Code: a.Outcome.Code, Class: a.Outcome.Class, Proof: a.Outcome.Proof, Meaning: a.Outcome.Meaning},
		Table:   a.Table, Revision: a.Revision, CorrelationID: a.CorrelationID, SignedInAt: a.SignedInAt, ReceivedAt: a.ReceivedAt,
		FiredAt: a.FiredAt, DeliveredAt: a.DeliveredAt, AcknowledgedAt: a.AcknowledgedAt, AcknowledgedBy: a.AcknowledgedBy, Comment: a.Comment,
	}
}

type groupName struct {
	Group string `path:"group" doc:"Name of the action group."`
}

func (a *API) testGroup(ctx context.Context, in *groupName) (*answer[v1.TestResults], error) {
	results, err := a.Tester.TestGroup(ctx, in.Group)
	if err != nil {
		return nil, err
	}
	return &answer[v1.TestResults]{Body: v1.TestResults{Results: results}}, nil
}
