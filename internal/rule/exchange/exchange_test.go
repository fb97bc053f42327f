package exchange

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/glasswatch/glasswatch/internal/alert"
	"github.com/glasswatch/glasswatch/internal/fault"
	"github.com/glasswatch/glasswatch/internal/rule"
)

func span(d time.Duration) rule.Span { return rule.Span(d) }

func truth(b bool) *bool { return &b }

// read compares the rules of a text, and the beginnings of the notes.
func read(t *testing.T, text string, want []rule.Rule, notes ...string) Import {
	t.Helper()
	got, err := Read([]byte(text), "file")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got.Rules, cmpopts.IgnoreFields(rule.Rule{}, "File")); diff != "" {
		t.Error(diff)
	}
	if len(notes) != len(got.Notes) {
		t.Errorf("%d notes, want %d: %v", len(got.Notes), len(notes), got.Notes)
		return got
	}
	for i, n := range notes {
		if !strings.HasPrefix(got.Notes[i].String(), n) {
			t.Errorf("note %q, want %q", got.Notes[i], n)
		}
	}
	return got
}

func file(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestARM(t *testing.T) {
	read(t, file(t, "arm.json"), []rule.Rule{{
		Name: "break-glass-sign-in", DisplayName: "Break glass account used", Severity: alert.Sev0,
		Description:     "The emergency access account signed in. Runbook: https://wiki.example.com/bg",
		Query:           "SigninLogs\n| where UserId == \"00000000-0000-0000-0000-0000000000b6\"\n| where ResultType in (0, 50140, 50055, 50072)\n| project TimeGenerated, UserId, UserPrincipalName, ResultType, IPAddress, AppDisplayName",
		TimeAggregation: rule.Count, Operator: rule.GreaterThan, WindowSize: span(5 * time.Minute), EvaluationFrequency: span(5 * time.Minute),
		QueryTimeRange: span(30 * time.Minute), AutoMitigate: truth(false), MuteActionsDuration: span(5 * time.Minute),
		Dimensions:   []rule.Dimension{{Name: "UserPrincipalName", Operator: rule.Include, Values: []string{"*"}}, {Name: "IPAddress", Operator: rule.Include, Values: []string{"*"}}},
		ActionGroups: []string{"ag-breakglass"}, Properties: map[string]string{"runbook": "https://wiki.example.com/bg"},
	}}, "break-glass-sign-in: properties.actions.actionProperties.Email.Subject", "break-glass-sign-in: properties.actions.actionGroups: the configuration must have: ag-breakglass",
		"break-glass-sign-in: identity", "break-glass-sign-in: properties.targetResourceTypes")
	read(t, file(t, "arm-simple.json"), []rule.Rule{{
		Name: "break-glass-sign-in-simple", Severity: alert.Sev0, Mode: rule.Stream, Query: "SigninLogs | where UserId == \"00000000-0000-0000-0000-0000000000b6\"",
		ActionGroups: []string{"ag-breakglass"},
	}}, "break-glass-sign-in-simple: properties.actions.actionGroups")
}

func TestTemplate(t *testing.T) {
	read(t, file(t, "template.json"), []rule.Rule{
		{Name: "Policy- changed", DisplayName: "Policy: changed", Description: "d", Severity: alert.Sev1, Enabled: truth(false),
			Query: "AuditLogs | where OperationName has 'policy'", Operator: rule.GreaterThan, Threshold: 3, EvaluationFrequency: span(5 * time.Hour),
			WindowSize: span(14 * 24 * time.Hour), QueryTimeRange: span(14 * 24 * time.Hour), AutoMitigate: truth(false),
			MuteActionsDuration: span(time.Hour), Properties: map[string]string{"techniques": "T1078"}},
		{Name: "bg-sign-in", Severity: alert.Sev1, Mode: rule.Scheduled, Query: `SigninLogs | where UserId == "00000000-0000-0000-0000-0000000000b6" | where TimeGenerated > ago(5m)`,
			TimeAggregation: rule.Average, MetricMeasureColumn: "DurationMs", Operator: rule.GreaterThanOrEqual, Threshold: 2.5,
			WindowSize: span(time.Hour), EvaluationFrequency: span(15 * time.Minute), FailingPeriods: rule.FailingPeriods{Number: 4, Min: 2},
			Dimensions:   []rule.Dimension{{Name: "IPAddress", Operator: rule.Exclude, Values: []string{"203.0.113.7"}}},
			Resolve:      rule.Resolve{AutoResolved: truth(true), TimeToResolve: span(10 * time.Minute)},
			ActionGroups: []string{"ag-it's"}},
	}, "dyn: properties.criteria.allOf[0].criterionType: the rule was not taken: dynamic thresholds", "parameters.workspace: it has no default value: {workspace} stands in its place",
		"bg-sign-in: properties.actions.actionGroups")
}

func TestVersion2018(t *testing.T) {
	read(t, `{"value":[{"id":"/subscriptions/s/resourceGroups/r/providers/Microsoft.Insights/scheduledQueryRules/old rule","properties":{
		"enabled":"true","description":"d","source":{"query":"SigninLogs | where ResultType == 0","dataSourceId":"/x","queryType":"ResultCount"},
		"schedule":{"frequencyInMinutes":10,"timeWindowInMinutes":"30"},"action":{"odata.type":"Microsoft.WindowsAzure.Management.Monitoring.Alerts.Models.Microsoft.AppInsights.Nexus.DataContracts.Resources.ScheduledQueryRules.AlertingAction",
		"severity":"2","throttlingInMin":60,"aznsAction":{"actionGroup":["/subscriptions/s/resourceGroups/r/providers/microsoft.insights/actionGroups/ag"],"emailSubject":"x"},
		"trigger":{"thresholdOperator":"GreaterThan","threshold":5}}}}]}`, []rule.Rule{{
		Name: "old rule", Description: "d", Severity: alert.Sev2, Query: "SigninLogs | where ResultType == 0", Operator: rule.GreaterThan, Threshold: 5,
		EvaluationFrequency: span(10 * time.Minute), WindowSize: span(30 * time.Minute), MuteActionsDuration: span(time.Hour), AutoMitigate: truth(false), ActionGroups: []string{"ag"},
	}}, "old rule: properties.action.aznsAction.actionGroup", "old rule: properties.action.aznsAction.emailSubject")
}

func TestSentinel(t *testing.T) {
	read(t, `id: 0b9ae89d-8cad-461c-808f-0494f70ad5c4
name: Sign-ins of {{x}}
description: |
  'Somebody signed in.'
severity: Medium
requiredDataConnectors: []
queryFrequency: 1.00:00:00
queryPeriod: 2d
triggerOperator: gt
triggerThreshold: 0
tactics: [InitialAccess, Persistence]
relevantTechniques: [T1078]
query: |
  SigninLogs
  | where UserPrincipalName startswith "bg"
entityMappings:
  - entityType: Account
    fieldMappings:
      - {identifier: FullName, columnName: UserPrincipalName}
customDetails: {App: AppDisplayName}
alertDetailsOverride:
  alertDisplayNameFormat: '{{UserPrincipalName}} at "{{AppDisplayName}}"'
  alertSeverityColumnName: RiskLevelDuringSignIn
eventGroupingSettings: {aggregationKind: SingleAlert}
version: 1.0.3
kind: Scheduled
---
name: near
severity: High
kind: NRT
description: d
query: AuditLogs
---
FunctionAlias: F
FunctionQuery: print 1
---
name: neq
severity: Low
queryFrequency: 5m
queryPeriod: 5m
triggerOperator: ne
triggerThreshold: 1
query: AuditLogs
`, []rule.Rule{
		{Name: "Sign-ins of --x--", DisplayName: "Sign-ins of {{x}}", Description: "Somebody signed in.", Severity: alert.Sev2,
			Query: "SigninLogs\n| where UserPrincipalName startswith \"bg\"\n| extend AlertTitle = strcat(\"\", tostring(column_ifexists(\"UserPrincipalName\", \"\")), \" at \\\"\", tostring(column_ifexists(\"AppDisplayName\", \"\")), \"\\\"\")\n" +
				strings.ReplaceAll(`| extend AlertSeverity = case(X =~ "high", "Sev1", X =~ "medium", "Sev2", X =~ "low", "Sev3", X =~ "informational", "Sev4", "Sev2")`,
					"X", `tostring(column_ifexists("RiskLevelDuringSignIn", ""))`),
			SeverityColumn: "AlertSeverity", TitleColumn: "AlertTitle", Operator: rule.GreaterThan, EvaluationFrequency: span(24 * time.Hour),
			WindowSize: span(24 * time.Hour), QueryTimeRange: span(48 * time.Hour), AutoMitigate: truth(false),
			Properties: map[string]string{"tactics": "InitialAccess, Persistence", "techniques": "T1078", "templateId": "0b9ae89d-8cad-461c-808f-0494f70ad5c4",
				"entity.Account": "FullName=UserPrincipalName", "detail.App": "AppDisplayName"}},
		{Name: "near", DisplayName: "near", Description: "d", Severity: alert.Sev1, Mode: rule.NRT, Query: "AuditLogs", AutoMitigate: truth(false)},
		{Name: "neq", DisplayName: "neq", Severity: alert.Sev3, Query: "AuditLogs", Operator: rule.NotEquals, Threshold: 1, EvaluationFrequency: span(5 * time.Minute),
			WindowSize: span(5 * time.Minute), QueryTimeRange: span(5 * time.Minute), AutoMitigate: truth(false)},
	}, "functionQuery: it is a saved function")
}

func TestMaester(t *testing.T) {
	got := read(t, `{"GlobalSettings":{"EmergencyAccessAccounts":[{"Type":"User","UserPrincipalName":"bg@contoso.example"},{"Type":"User","Id":"5b3ea3bb-c628-498b-9bc8-cfba1ebbcf86"},{"Type":"Group","Id":"g"}]}}`,
		nil, "GlobalSettings.EmergencyAccessAccounts: group g")
	want := []alert.Account{{UserPrincipalName: "bg@contoso.example"}, {ObjectID: "5b3ea3bb-c628-498b-9bc8-cfba1ebbcf86"}}
	if diff := cmp.Diff(want, got.Accounts); diff != "" {
		t.Error(diff)
	}
}

func TestNothingToTake(t *testing.T) {
	for text, want := range map[string]string{
		"":     "it holds no alert rule",
		"a: [": "want ARM JSON",
		"[1]":  "not rules",
		`{"type":"Microsoft.Insights/metricAlerts","name":"m","properties":{}}`: "no alert rule on logs",
	} {
		_, err := Read([]byte(text), "f")
		if fault.CodeOf(err) != fault.Invalid || !strings.Contains(err.Error()+fault.NextOf(err), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

// What is written can be read again, and says the same.
func TestRoundTrip(t *testing.T) {
	x := rule.Rule{Name: "round", DisplayName: "Round trip", Description: "d", Severity: alert.Sev2, Query: "SigninLogs\n| where UserId == \"x\"", Mode: rule.Scheduled,
		TimeAggregation: rule.Maximum, MetricMeasureColumn: "DurationMs", Operator: rule.LessThanOrEqual, Threshold: 7.5, WindowSize: span(time.Hour),
		EvaluationFrequency: span(30 * time.Minute), QueryTimeRange: span(26 * time.Hour), FailingPeriods: rule.FailingPeriods{Number: 3, Min: 2},
		Dimensions: []rule.Dimension{{Name: "AppId", Operator: rule.Include, Values: []string{"a", "b"}}}, AutoMitigate: truth(false),
		MuteActionsDuration: span(90 * time.Minute), ActionGroups: []string{"ag"}, Properties: map[string]string{"k": "v"}}
	text, err := YAML(x)
	if err != nil {
		t.Fatal(err)
	}
	again, err := rule.Parse(text, "file")
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	again.File, again.QueryAt = "", rule.Place{}
	if diff := cmp.Diff(x, again); diff != "" {
		t.Errorf("YAML: %s\n%s", diff, text)
	}
	if strings.Contains(string(text), "enabled") || !strings.Contains(string(text), "query: |") {
		t.Errorf("not as a person would write it:\n%s", text)
	}
	arm, _, err := ARM([]rule.Rule{x}, "")
	if err != nil {
		t.Fatal(err)
	}
	back, err := Read(arm, "arm")
	if err != nil {
		t.Fatalf("%v\n%s", err, arm)
	}
	want := x
	want.Mode = rule.Auto // the query does not ask for the time
	if diff := cmp.Diff([]rule.Rule{want}, back.Rules, cmpopts.IgnoreFields(rule.Rule{}, "File", "QueryAt")); diff != "" {
		t.Errorf("ARM: %s", diff)
	}
	sentinel, notes, err := Sentinel(x, "")
	if err != nil || len(notes) != 1 {
		t.Fatal(notes, err)
	}
	if _, err := Read(sentinel, "s"); err != nil {
		t.Errorf("%v\n%s", err, sentinel)
	}
}

// What came from Sentinel goes back to it, and says the same when it comes again.
func TestRoundTripSentinel(t *testing.T) {
	got, err := Read([]byte(`id: 0b9ae89d-8cad-461c-808f-0494f70ad5c4
name: Round trip
severity: Medium
kind: Scheduled
queryFrequency: 1h
queryPeriod: 14d
triggerOperator: ne
triggerThreshold: 2
tactics: [InitialAccess, Persistence]
relevantTechniques: [T1078.004]
query: |
  SigninLogs
  | summarize n = count() by UserPrincipalName, RiskLevelDuringSignIn
entityMappings:
- {entityType: Account, fieldMappings: [{identifier: FullName, columnName: UserPrincipalName}, {identifier: Name, columnName: UserPrincipalName}]}
customDetails: {Risk: RiskLevelDuringSignIn}
alertDetailsOverride: {alertDisplayNameFormat: "{{UserPrincipalName}} did it", alertSeverityColumnName: RiskLevelDuringSignIn}
suppressionEnabled: true
suppressionDuration: 5h
`), "file")
	if err != nil {
		t.Fatal(err)
	}
	text, notes, err := Sentinel(got.Rules[0], "")
	if err != nil || len(notes) != 1 || notes[0].Path != "severityColumn" {
		t.Fatal(notes, err)
	}
	again, err := Read(text, "file")
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if diff := cmp.Diff(got.Rules, again.Rules); diff != "" {
		t.Errorf("%s\n%s", diff, text)
	}
}

func TestUses(t *testing.T) {
	prelude := "let A = 1;\nlet B = (x: long) {\n  x + A\n};\nlet C = 3;\n"
	for query, want := range map[string]string{
		"print B(1)": "let A = 1;\nlet B = (x: long) {\n  x + A\n};\n",
		"print C":    "let C = 3;\n",
		"print AB":   "",
	} {
		if got := Uses(query, prelude); got != want {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
}

func FuzzRead(f *testing.F) {
	names, _ := filepath.Glob("testdata/*.json")
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte("name: x\nseverity: High\nquery: T\nqueryFrequency: 5m\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := Read(data, "f")
		if err == nil && len(got.Rules)+len(got.Accounts) == 0 {
			t.Error("nothing taken, and no error")
		}
		for _, x := range got.Rules {
			if text, err := YAML(x); err != nil {
				t.Errorf("%v\n%s", err, text)
			}
		}
	})
}
