package rule

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/glasswatch/glasswatch/internal/alert"
)

const grouped = `
name: grouped
severity: Sev2
query: SigninLogs | extend Title = strcat("t ", UserPrincipalName)
titleColumn: Title
customProperties:
  entity.Account: FullName=UserPrincipalName, AadUserId=UserId
  entity.IP: Address=IPAddress
  detail.App: AppDisplayName
incidentConfiguration:
  groupingConfiguration:
    enabled: true
    lookbackDuration: 2h
`

// Alerts share an incident when, and only when, they agree in what the matching method compares.
func TestGrouping(t *testing.T) {
	made := func(more, sentence string, rows ...string) *alert.Grouping {
		t.Helper()
		r, err := Parse([]byte(grouped+more), "grouped.yaml")
		if err != nil {
			t.Fatal(err)
		}
		a := alert.Alert{Severity: alert.Sev2, Sentence: sentence}
		for _, row := range rows {
			a.Rows = append(a.Rows, json.RawMessage(row))
		}
		return r.grouping(&a)
	}
	const first = `{"UserPrincipalName":"Ann","UserId":"1","IPAddress":"203.0.113.1","AppDisplayName":"Portal"}`
	f := func(more string, want bool, sentence string, rows ...string) {
		t.Helper()
		a, b := made(more, "t", first), made(more, sentence, rows...)
		if (a.Key == b.Key) != want || a.Within != 2*time.Hour || a.Key == "" {
			t.Errorf("%s: %v is one incident with the first: %v, want %v", more, rows, a.Key == b.Key, want)
		}
	}
	const address = `{"UserPrincipalName":"ann","UserId":"1","IPAddress":"203.0.113.2","AppDisplayName":"Portal"}`
	const other = `{"UserPrincipalName":"bob","UserId":"2","IPAddress":"203.0.113.1","AppDisplayName":"CLI"}`
	f("", true, "else", first)
	f("", false, "t", address)
	f("", true, "t", first, strings.ToUpper(first[:1])+first[1:])
	f("    matchingMethod: AnyAlert\n", true, "else", other)
	account := "    matchingMethod: Selected\n    groupByEntities: [Account]\n"
	f(account, true, "else", address)
	f(account, false, "t", other)
	f(account, false, "t", first, other)
	f("    matchingMethod: selected\n    groupByCustomDetails: [App]\n", true, "else", address)
	f("    matchingMethod: selected\n    groupByCustomDetails: [App]\n", false, "t", other)
	f("    matchingMethod: Selected\n    groupByAlertDetails: [DisplayName]\n", false, "else", first)
	f("    matchingMethod: Selected\n    groupByAlertDetails: [Severity]\n", true, "else", other)

	alone := strings.Replace(grouped, "enabled: true", "enabled: false", 1)
	for text, want := range map[string]*alert.Grouping{
		alone: {}, grouped[:strings.Index(grouped, "incidentConf")]: nil,
		strings.Replace(grouped, "incidentConfiguration:", "incidentConfiguration:\n  createIncident: false", 1): {Never: true},
	} {
		r, err := Parse([]byte(text), "grouped.yaml")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, r.grouping(&alert.Alert{})); diff != "" {
			t.Errorf("%s\n%s", text, diff)
		}
	}
}

func TestGroupingIsExplained(t *testing.T) {
	for more, want := range map[string]string{
		"": "alerts of the rule with the same values of all entities, within 2h of one another, are one; one that is over stays so, and the next alert opens another",
		"    matchingMethod: Selected\n    groupByEntities: [IP]\n    groupByAlertDetails: [Severity]\n    reopenClosedIncident: true\n": "alerts of the rule with the same IP, Severity, within 2h of one another, are one; one that is over is opened again",
		"    matchingMethod: AnyAlert\n": "alerts of the rule with any values",
	} {
		r, err := Parse([]byte(grouped+more), "grouped.yaml")
		if got := r.Incident.explain(); err != nil || !strings.HasPrefix(got, want) {
			t.Errorf("%s: %s, %v", more, got, err)
		}
	}
}

func TestGroupingRefuses(t *testing.T) {
	for more, want := range map[string]string{
		"    matchingMethod: Selected\n":                                     "14:21: Selected selects nothing",
		"    matchingMethod: Selected\n    groupByEntities: [IP, Host]\n":    "15:27: no column is mapped to the entity Host",
		"    matchingMethod: Selected\n    groupByCustomDetails: [Device]\n": "15:28: no column is mapped to the custom detail Device",
		"    matchingMethod: Selected\n    groupByAlertDetails: [Tactics]\n": `15:27: alert detail "Tactics"`,
		"    matchingMethod: Some\n":                                         "matchingMethod",
	} {
		if _, err := Parse([]byte(grouped+more), "grouped.yaml"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", more, err)
		}
	}
	if _, err := Parse([]byte(strings.Replace(grouped, "2h", "8d", 1)), "grouped.yaml"); err == nil || !strings.Contains(err.Error(), "want 5m to 7d") {
		t.Errorf("%v", err)
	}
}
