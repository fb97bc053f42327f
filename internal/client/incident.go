package client

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	v1 "github.com/glasswatch/glasswatch/internal/api/v1"
)

// IncidentFilter chooses incidents; zero fields choose all.
type IncidentFilter struct {
	States  []string
	Account string
	Limit   int
}

// Incidents lists incidents, the one with the newest alert first.
func (c *Client) Incidents(ctx context.Context, f IncidentFilter) ([]v1.Incident, error) {
	q := url.Values{}
	for i, state := range f.States {
		if i > 0 {
			state = q.Get("state") + "," + state
		}
		q.Set("state", state)
	}
	if f.Account != "" {
		q.Set("account", f.Account)
	}
	if f.Limit > 0 {
		q.Set("limit", strconv.Itoa(f.Limit))
	}
	var out v1.IncidentList
	err := c.call(ctx, http.MethodGet, "/api/v1/incidents?"+q.Encode(), nil, &out)
	return out.Incidents, err
}

// Incident returns an incident with its alerts and history.
func (c *Client) Incident(ctx context.Context, id string) (out v1.Incident, err error) {
	return out, c.call(ctx, http.MethodGet, "/api/v1/incidents/"+url.PathEscape(id), nil, &out)
}

// Respond answers an incident: verb is acknowledge, resolve, close or reopen.
func (c *Client) Respond(ctx context.Context, id, verb, reason string) (out v1.Incident, err error) {
	return out, c.call(ctx, http.MethodPost, "/api/v1/incidents/"+url.PathEscape(id)+"/"+verb, v1.Response{Reason: reason}, &out)
}

// Drills lists declared drills.
func (c *Client) Drills(ctx context.Context) ([]v1.Drill, error) {
	var out v1.DrillList
	err := c.call(ctx, http.MethodGet, "/api/v1/drills", nil, &out)
	return out.Drills, err
}

// DeclareDrill announces a use of a guarded account.
func (c *Client) DeclareDrill(ctx context.Context, d v1.NewDrill) (out v1.Drill, err error) {
	return out, c.call(ctx, http.MethodPost, "/api/v1/drills", d, &out)
}

// EndDrill ends a drill before its time.
func (c *Client) EndDrill(ctx context.Context, id string) (out v1.Drill, err error) {
	return out, c.call(ctx, http.MethodPost, "/api/v1/drills/"+url.PathEscape(id)+"/end", struct{}{}, &out)
}
