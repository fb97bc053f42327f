package exchange

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/glasswatch/glasswatch/internal/rule"
)

const groupingYAML = `
name: Grouped
kind: Scheduled
severity: Medium
queryFrequency: 1h
queryPeriod: 1h
triggerOperator: gt
triggerThreshold: 0
query: SigninLogs | project TimeGenerated, UserPrincipalName, UserId, IPAddress, AppDisplayName
entityMappings:
  - entityType: Account
    fieldMappings:
      - {identifier: FullName, columnName: UserPrincipalName}
      - {identifier: AadUserId, columnName: UserId}
  - entityType: IP
    fieldMappings: [{identifier: Address, columnName: IPAddress}]
customDetails: {App: AppDisplayName}
incidentConfiguration:
  createIncident: true
  groupingConfiguration:
    enabled: true
    reopenClosedIncident: true
    lookbackDuration: PT5H
    matchingMethod: Selected
    groupByEntities: [Account]
    groupByAlertDetails: [Severity]
    groupByCustomDetails: [App]
`

// Sentinel's settings of incidents come in, go out as a file of ours and as Sentinel's, and come in again the same.
func TestIncidentConfiguration(t *testing.T) {
	want := rule.IncidentConfiguration{Grouping: &rule.GroupingConfiguration{Enabled: true, ReopenClosedIncident: true, LookbackDuration: span(5 * time.Hour),
		MatchingMethod: rule.Selected, GroupByEntities: []string{"Account"}, GroupByAlertDetails: []string{"Severity"}, GroupByCustomDetails: []string{"App"}}}
	f := func(text string, want rule.IncidentConfiguration) {
		t.Helper()
		in, err := Read([]byte(text), "file")
		if err != nil || len(in.Rules) != 1 || len(in.Notes) != 0 {
			t.Fatalf("%v, %+v", err, in)
		}
		x := in.Rules[0]
		if diff := cmp.Diff(want, x.Incident); diff != "" {
			t.Error(diff)
		}
		ours, err := YAML(x)
		if err != nil {
			t.Fatal(err)
		}
		again, err := rule.Parse(ours, "ours.yaml")
		if err != nil {
			t.Fatalf("%v\n%s", err, ours)
		}
		if diff := cmp.Diff(x.Incident, again.Incident); diff != "" {
			t.Errorf("%s\n%s", diff, ours)
		}
		theirs, _, err := Sentinel(x, "")
		if err != nil {
			t.Fatal(err)
		}
		back, err := Read(theirs, "file")
		if err != nil || len(back.Rules) != 1 {
			t.Fatalf("%v\n%s", err, theirs)
		}
		if diff := cmp.Diff(x.Incident, back.Rules[0].Incident); diff != "" {
			t.Errorf("%s\n%s", diff, theirs)
		}
		if diff := cmp.Diff(x.Properties, back.Rules[0].Properties); diff != "" {
			t.Errorf("%s\n%s", diff, theirs)
		}
	}
	f(groupingYAML, want)
	all := strings.NewReplacer("Selected", "AllEntities", "[Account]", "[]", "[Severity]", "[]", "[App]", "[]").Replace(groupingYAML)
	f(all, rule.IncidentConfiguration{Grouping: &rule.GroupingConfiguration{Enabled: true, ReopenClosedIncident: true, LookbackDuration: span(5 * time.Hour), MatchingMethod: rule.AllEntities}})
	f(strings.Replace(all, "enabled: true", "enabled: false", 1), rule.IncidentConfiguration{Grouping: &rule.GroupingConfiguration{ReopenClosedIncident: true, LookbackDuration: span(5 * time.Hour), MatchingMethod: rule.AllEntities}})
	f(strings.Replace(all, "createIncident: true", "createIncident: false", 1), rule.IncidentConfiguration{CreateIncident: truth(false), Grouping: &rule.GroupingConfiguration{Enabled: true, ReopenClosedIncident: true, LookbackDuration: span(5 * time.Hour), MatchingMethod: rule.AllEntities}})
	f(groupingYAML[:strings.Index(groupingYAML, "incidentConf")], rule.IncidentConfiguration{})
}

// What cannot be applied is named, and the rule is taken all the same.
func TestIncidentConfigurationNotes(t *testing.T) {
	f := func(old, now, want string) {
		t.Helper()
		in, err := Read([]byte(strings.Replace(groupingYAML, old, now, 1)), "file")
		if err != nil || len(in.Rules) != 1 || len(in.Notes) != 1 || in.Notes[0].Path != "incidentConfiguration" || !strings.Contains(in.Notes[0].Text, want) ||
			!strings.Contains(in.Notes[0].Text, "alerts of one account and session are one incident") || in.Rules[0].Incident != (rule.IncidentConfiguration{}) {
			t.Errorf("%s: %v, %+v", now, err, in)
		}
	}
	f("[Account]", "[Host]", "no column is mapped to the entity Host")
	f("[App]", "[Device]", "no column is mapped to the custom detail Device")
	f("[Severity]", "[Tactics]", `alert detail "Tactics"`)
	f("Selected", "Custom", "matchingMethod is not applied")
	f("PT5H", "PT1M", "want 5m to 7d")
	_, notes, err := ARM([]rule.Rule{{Name: "x", Query: "SigninLogs", Incident: rule.IncidentConfiguration{CreateIncident: truth(false)}}}, "")
	if err != nil || len(notes) != 1 || notes[0].Path != "incidentConfiguration" {
		t.Errorf("%v, %v", notes, err)
	}
}
