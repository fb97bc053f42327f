package app_test

import (
	"testing"
	"time"

	v1 "github.com/glasswatch/glasswatch/internal/api/v1"
	"github.com/glasswatch/glasswatch/internal/channel/channeltest"
	"github.com/glasswatch/glasswatch/internal/client"
	"github.com/glasswatch/glasswatch/internal/fault"
)

// Incidents, drills and processing rules through the API.
func TestIncidentsDrillsAndSilences(t *testing.T) {
	const upn = "bg@contoso.onmicrosoft.com"
	box := channeltest.NewSMTP(t, channeltest.SMTPOptions{})
	s := start(t, t.TempDir(), settings(upn, box.Port, ""))
	s.push(t, signIn(upn, 0))
	s.push(t, signIn(upn, 50126))
	list, err := s.Incidents(t.Context(), client.IncidentFilter{States: []string{"Fired"}, Account: upn})
	if err != nil || len(list) != 1 || list[0].AlertCount != 2 || list[0].Severity != "Sev0" || list[0].AlertState != "New" {
		t.Fatalf("%+v, %v", list, err)
	}
	if _, err := s.Respond(t.Context(), list[0].ID, "close", ""); fault.CodeOf(err) != fault.Conflict {
		t.Errorf("closed without a reason: %v", err)
	}
	i, err := s.Respond(t.Context(), list[0].ID[:8], "close", "it was me")
	if err != nil || i.State != "Closed" || i.By != "boss" || i.Reason != "it was me" || len(i.Alerts) != 2 || i.Alerts[0].State != "Closed" {
		t.Errorf("%+v, %v", i, err)
	}
	if i, err = s.Respond(t.Context(), list[0].ID, "reopen", "it was not"); err != nil || i.State != "Fired" {
		t.Errorf("%+v, %v", i, err)
	}

	d, err := s.DeclareDrill(t.Context(), v1.NewDrill{Account: upn, Until: time.Now().Add(time.Hour), Reason: "yearly"})
	if err != nil || d.By != "boss" {
		t.Fatalf("%+v, %v", d, err)
	}
	if _, err := s.DeclareDrill(t.Context(), v1.NewDrill{Account: upn, Until: time.Now().Add(48 * time.Hour), Reason: "long"}); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("a drill of two days: %v", err)
	}
	if d, err = s.EndDrill(t.Context(), d.ID); err != nil || d.EndedBy != "boss" {
		t.Errorf("%+v, %v", d, err)
	}

	box.Wait(t, 2)
	p, err := s.AddProcessingRule(t.Context(), v1.NewProcessingRule{Name: "quiet", Action: "RemoveAllActionGroups", Reason: "test",
		Schedule:   v1.Schedule{Until: time.Now().Add(time.Hour), TimeZone: "Europe/Oslo", Recurrences: []v1.Recurrence{{Type: "Daily", Start: "00:00", End: "00:00"}}},
		Conditions: []v1.Condition{{Field: "Account", Operator: "Equals", Values: []string{upn}}}})
	if err != nil {
		t.Fatal(err)
	}
	box.Wait(t, 3) // the announcement
	s.push(t, signIn(upn, 50053))
	alerts, err := s.Alerts(t.Context(), client.AlertFilter{Rule: "break-glass-sign-in"})
	if err != nil || len(alerts) != 3 {
		t.Fatalf("%d alerts, %v", len(alerts), err)
	}
	if a, err := s.Alert(t.Context(), alerts[0].ID); err != nil || len(a.Notifications) != 0 {
		t.Errorf("%d are told of a silenced alert, %v", len(a.Notifications), err)
	}
	if p, err = s.EndProcessingRule(t.Context(), p.ID); err != nil || p.EndedBy != "boss" {
		t.Errorf("%+v, %v", p, err)
	}
	if all, err := s.ProcessingRules(t.Context()); err != nil || len(all) != 1 {
		t.Errorf("%+v, %v", all, err)
	}
}
