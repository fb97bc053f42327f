package app_test

import (
	"path/filepath"
	"strings"
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
	if end := box.Wait(t, 4)[3]; end.To != "anna@example.com" || !strings.Contains(string(end.Raw), `boss ended the silence "quiet"`) {
		t.Errorf("the end of the silence: to %s\n%s", end.To, end.Raw)
	}
	s.push(t, signIn(upn, 50053))
	box.Wait(t, 5) // told again
	if all, err := s.ProcessingRules(t.Context()); err != nil || len(all) != 1 {
		t.Errorf("%+v, %v", all, err)
	}
}

// TestChangeIsToldInSilence: who silences everything and then changes what is watched is told of all the same.
func TestChangeIsToldInSilence(t *testing.T) {
	const upn = "bg@contoso.onmicrosoft.com"
	box, dir := channeltest.NewSMTP(t, channeltest.SMTPOptions{}), t.TempDir()
	s := start(t, dir, settings(upn, box.Port, ""))
	if _, err := s.AddProcessingRule(t.Context(), v1.NewProcessingRule{Name: "quiet", Action: "RemoveAllActionGroups", Reason: "test",
		Schedule: v1.Schedule{Until: time.Now().Add(time.Hour)}}); err != nil {
		t.Fatal(err)
	}
	box.Wait(t, 1) // that it holds
	if err := s.Reload(t.Context(), load(t, dir, settings("other@contoso.onmicrosoft.com", box.Port, ""))); err != nil {
		t.Fatal(err)
	}
	if mails := box.Wait(t, 2); !strings.Contains(string(mails[1].Raw), "configuration was changed") {
		t.Errorf("got\n%s", mails[1].Raw)
	}
}

// A processing rule of the configuration: told when it comes into force, listed with its origin, ended by nobody but who
// edits the file.
func TestDeclaredProcessingRule(t *testing.T) {
	const upn = "bg@contoso.onmicrosoft.com"
	box, dir := channeltest.NewSMTP(t, channeltest.SMTPOptions{}), t.TempDir()
	stop(t, start(t, dir, settings(upn, box.Port, "")).App)
	now := time.Now().UTC()
	s := start(t, dir, settings(upn, box.Port, `
processingRules:
  quiet:
    action: RemoveAllActionGroups
    schedule: {from: `+now.Add(-time.Hour).Format(time.RFC3339)+`, until: `+now.Add(time.Hour).Format(time.RFC3339)+`}
    author: eve
    reason: migration
`))
	told := ""
	for _, m := range box.Wait(t, 2) {
		told += string(m.Raw)
	}
	for _, want := range []string{"eve silenced all alerts", "processing-rule/quiet added"} {
		if !strings.Contains(told, want) {
			t.Errorf("nobody is told: %s", want)
		}
	}
	s.push(t, signIn(upn, 0))
	alerts, err := s.Alerts(t.Context(), client.AlertFilter{Rule: "break-glass-sign-in"})
	if err != nil || len(alerts) != 1 {
		t.Fatalf("%d alerts, %v", len(alerts), err)
	}
	if a, err := s.Alert(t.Context(), alerts[0].ID); err != nil || len(a.Notifications) != 0 {
		t.Errorf("%d are told of a silenced alert, %v", len(a.Notifications), err)
	}
	list, err := s.ProcessingRules(t.Context())
	if err != nil || len(list) != 1 || list[0].Origin != filepath.Join(dir, "glasswatch.yaml") || list[0].By != "eve" {
		t.Fatalf("%+v, %v", list, err)
	}
	if _, err := s.EndProcessingRule(t.Context(), list[0].ID); fault.CodeOf(err) != fault.Conflict || !strings.Contains(fault.NextOf(err), "edit processingRules.quiet") {
		t.Errorf("ended: %v", err)
	}
	if err := s.Reload(t.Context(), load(t, dir, settings(upn, box.Port, ""))); err != nil {
		t.Fatal(err)
	}
	s.push(t, signIn(upn, 50053))
	box.Wait(t, 4) // that the rule was removed, and the sign-in
}
