package api

import (
	"context"
	"net/http"
	"time"

	"github.com/glasswatch/glasswatch/internal/alert"
	v1 "github.com/glasswatch/glasswatch/internal/api/v1"
	"github.com/glasswatch/glasswatch/internal/config"
	"github.com/glasswatch/glasswatch/internal/fault"
	"github.com/glasswatch/glasswatch/internal/state"
)

// Incidents is the memory of incidents and drills.
type Incidents interface {
	Incidents(ctx context.Context, f state.IncidentFilter) ([]alert.Incident, error)
	Incident(ctx context.Context, id string) (state.IncidentDetails, error)
	Respond(ctx context.Context, id string, to alert.State, by, reason string, at time.Time) (alert.Incident, error)
	Drills(ctx context.Context, since time.Time) ([]alert.Drill, error)
	DeclareDrill(ctx context.Context, d alert.Drill) (alert.Drill, error)
	EndDrill(ctx context.Context, id, by string, at time.Time) (alert.Drill, error)
}

type listIncidents struct {
	State   []string `query:"state" doc:"Only these states." enum:"Fired,Acknowledged,Resolved,Closed,Expected"`
	Account string   `query:"account" doc:"Object id or user principal name."`
	Limit   int      `query:"limit" minimum:"1" maximum:"1000" default:"100"`
	Offset  int      `query:"offset" minimum:"0"`
}

type incidentID struct {
	ID string `path:"id" doc:"The incident's id, or a beginning of it that no other has."`
}

type respond struct {
	ID   string `path:"id" doc:"The incident's id, or a beginning of it that no other has."`
	Body v1.Response
}

type declareDrill struct{ Body v1.NewDrill }

type drillID struct {
	ID string `path:"id" doc:"The drill's id, or a beginning of it that no other has."`
}

func (a *API) incidentOperations() {
	const tag = "incidents"
	register(a, operation{http.MethodGet, "/api/v1/incidents", "list-incidents", "List incidents, the one with the newest alert first", tag, config.Read, 200}, a.listIncidents)
	register(a, operation{http.MethodGet, "/api/v1/incidents/{id}", "show-incident", "Show an incident with its alerts and history", tag, config.Read, 200}, a.showIncident)
	for _, o := range []struct {
		verb, summary string
		to            alert.State
	}{
		{"acknowledge", "Say that somebody sees to it", alert.Acknowledged}, {"resolve", "Say that it is over", alert.Resolved},
		{"close", "End it", alert.Closed}, {"reopen", "Open it again", alert.Fired},
	} {
		register(a, operation{http.MethodPost, "/api/v1/incidents/{id}/" + o.verb, o.verb + "-incident", o.summary, tag, config.Write, 200},
			func(ctx context.Context, in *respond) (*answer[v1.Incident], error) { return a.respond(ctx, in, o.to) })
	}
	register(a, operation{http.MethodGet, "/api/v1/drills", "list-drills", "List declared drills", tag, config.Read, 200}, a.listDrills)
	register(a, operation{http.MethodPost, "/api/v1/drills", "declare-drill", "Announce a use of a guarded account", tag, config.Write, 201}, a.declareDrill)
	register(a, operation{http.MethodPost, "/api/v1/drills/{id}/end", "end-drill", "End a drill before its time", tag, config.Write, 200}, a.endDrill)
}

func (a *API) listIncidents(ctx context.Context, in *listIncidents) (*answer[v1.IncidentList], error) {
	f := state.IncidentFilter{Account: in.Account, Limit: in.Limit, Offset: in.Offset}
	for _, text := range in.State {
		s, err := alert.ParseIncidentState(text)
		if err != nil {
			return nil, fault.New(fault.Invalid, "%w", err)
		}
		f.States = append(f.States, s)
	}
	list, err := a.Incidents.Incidents(ctx, f)
	if err != nil {
		return nil, err
	}
	out := &answer[v1.IncidentList]{Body: v1.IncidentList{Incidents: make([]v1.Incident, len(list))}}
	for i := range list {
		out.Body.Incidents[i] = incidentLine(list[i])
	}
	return out, nil
}

func (a *API) showIncident(ctx context.Context, in *incidentID) (*answer[v1.Incident], error) {
	d, err := a.Incidents.Incident(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	out := &answer[v1.Incident]{Body: incidentLine(d.Incident)}
	for _, one := range d.Alerts {
		out.Body.Alerts = append(out.Body.Alerts, alertLine(one))
	}
	out.Body.History = transitions(d.History)
	return out, nil
}

func (a *API) respond(ctx context.Context, in *respond, to alert.State) (*answer[v1.Incident], error) {
	i, err := a.Incidents.Respond(ctx, in.ID, to, tokenName(ctx), in.Body.Reason, time.Now().UTC())
	if err != nil {
		return nil, err
	}
	a.Log.Info("incident answered", "incident", i.ID, "state", string(i.State), "by", i.By)
	return a.showIncident(ctx, &incidentID{ID: i.ID})
}

func incidentLine(i alert.Incident) v1.Incident {
	return v1.Incident{ID: i.ID, Severity: i.Severity.String(), State: string(i.State), MonitorCondition: i.State.MonitorCondition(), AlertState: i.State.AlertState(),
		Sentence: i.Sentence, Account: v1.Account(i.Account), Outcome: v1.Outcome{Code: i.Outcome.Code, Class: i.Outcome.Class, Proof: i.Outcome.Proof, Meaning: i.Outcome.Meaning},
		OpenedAt: i.OpenedAt, LastAt: i.LastAt, ChangedAt: i.ChangedAt, By: i.By, Reason: i.Reason, DrillID: i.DrillID, AlertCount: i.Alerts,
		Rules: i.Rules, Addresses: i.Addresses, Apps: i.Apps}
}

func transitions(list []alert.Transition) (out []v1.Transition) {
	for _, s := range list {
		out = append(out, v1.Transition{At: s.At, Event: string(s.Event), From: string(s.From), To: string(s.To), By: s.By, Comment: s.Comment})
	}
	return out
}

// drillsSince is how long drills that are over are listed.
const drillsSince = 90 * 24 * time.Hour

func (a *API) listDrills(ctx context.Context, _ *nothing) (*answer[v1.DrillList], error) {
	list, err := a.Incidents.Drills(ctx, time.Now().Add(-drillsSince))
	if err != nil {
		return nil, err
	}
	out := &answer[v1.DrillList]{Body: v1.DrillList{Drills: make([]v1.Drill, len(list))}}
	for i, d := range list {
		out.Body.Drills[i] = v1.Drill(d)
	}
	return out, nil
}

func (a *API) declareDrill(ctx context.Context, in *declareDrill) (*answer[v1.Drill], error) {
	now := time.Now().UTC()
	d := alert.Drill{Account: in.Body.Account, From: now, Until: in.Body.Until, By: tokenName(ctx), Reason: in.Body.Reason, DeclaredAt: now}
	if in.Body.From != nil {
		d.From = *in.Body.From
	}
	made, err := a.Incidents.DeclareDrill(ctx, d)
	if err != nil {
		return nil, err
	}
	a.Log.Info("drill declared", "drill", made.ID, "account", made.Account, "by", made.By, "until", made.Until)
	return &answer[v1.Drill]{Body: v1.Drill(made)}, nil
}

func (a *API) endDrill(ctx context.Context, in *drillID) (*answer[v1.Drill], error) {
	d, err := a.Incidents.EndDrill(ctx, in.ID, tokenName(ctx), time.Now().UTC())
	if err != nil {
		return nil, err
	}
	return &answer[v1.Drill]{Body: v1.Drill(d)}, nil
}
