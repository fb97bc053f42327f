package action

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/glasswatch/glasswatch/internal/alert"
)

// TestRule is the rule name of the messages that Test sends.
const TestRule = "test-message"

// View is what templates see. A name that is not here is an error when the template is loaded.
type View struct {
	ID           string
	ShortID      string // enough for the command line
	Rule         string
	Description  string
	Sentence     string
	Severity     string // "Sev0"
	SeverityName string // "Critical"
	State        string
	Test         bool // sent by send-test; nothing happened
	Update       bool // people were told before, and it got worse
	Resolved     bool // people were told before, and it is over
	System       bool // about Glasswatch itself
	Revision     int

	Account     string // sign-in name, or object id
	ObjectID    string
	DisplayName string
	Outcome     alert.Outcome
	OutcomeText string // the outcome in plain words

	Facts      []Fact   // what is known, in reading order
	Next       []string // what to do
	Moments    []Moment // what happened when
	Link       string   // to the alert; "" without a base URL
	Query      string   // the rule's query
	Record     map[string]string
	Rows       []map[string]string // what the query made of the record
	Properties map[string]string

	SignedIn      string // UTC
	SignedInLocal string // "" when the configured zone is UTC
	Received      string
	Fired         string
}

// Moment is an instant in the alert's way.
type Moment struct {
	Name  string
	UTC   string // 2026-11-22 03:04:05 UTC
	Local string // 2026-11-22 04:04:05 CET; "" when the configured zone is UTC
	Delay string // since the moment before; "" for the first
}

var severityNames = [...]string{"Critical", "Error", "Warning", "Informational", "Verbose"}

// newView lays an alert out for templates.
func newView(a *alert.Alert, baseURL string, zone *time.Location) *View {
	r := parseRecord(a.Record)
	v := &View{
		ID: a.ID, ShortID: short(a.ID), Rule: a.Rule, Description: a.Description, Sentence: a.Sentence,
		Severity: a.Severity.String(), SeverityName: severityNames[min(int(a.Severity), len(severityNames)-1)],
		State: string(a.State), Test: a.Rule == TestRule, Update: a.Revision > 0 && a.ResolvedAt == nil, Resolved: a.ResolvedAt != nil, System: a.Rule == UndeliverableRule, Revision: a.Revision,
		Account: first(a.Account.UserPrincipalName, a.Account.ObjectID), ObjectID: a.Account.ObjectID, DisplayName: a.Account.DisplayName,
		Outcome: a.Outcome, Facts: facts(a, r), Next: advice(a), Query: a.Query, Record: r.texts(), Properties: a.Properties,
	}
	if a.Outcome.Class != "" {
		v.OutcomeText = outcomeText(a.Outcome)
	}
	for _, row := range a.Rows {
		v.Rows = append(v.Rows, parseRecord(row).texts())
	}
	if baseURL != "" {
		v.Link = alertLink(baseURL, a.ID)
	}
	v.moments(a, zone)
	return v
}

func alertLink(baseURL, id string) string { return baseURL + "/alerts/" + id }

func (v *View) moments(a *alert.Alert, zone *time.Location) {
	happened := "Signed in"
	if a.Outcome.Class == "" {
		happened = "Happened"
	} else if a.Outcome.Class != "SUCCESS" {
		happened = "Tried"
	}
	var before time.Time
	for _, m := range []struct {
		name string
		at   time.Time
	}{{happened, a.SignedInAt}, {"Log record received", a.ReceivedAt}, {"Alert fired", a.FiredAt}} {
		if m.at.IsZero() {
			continue
		}
		moment := Moment{Name: m.name, UTC: m.at.UTC().Format("2006-01-02 15:04:05 UTC")}
		if zone != nil && zone != time.UTC {
			moment.Local = m.at.In(zone).Format("2006-01-02 15:04:05 MST")
		}
		if !before.IsZero() {
			moment.Delay = delay(m.at.Sub(before))
		}
		before = m.at
		v.Moments = append(v.Moments, moment)
		switch m.name {
		case happened:
			v.SignedIn, v.SignedInLocal = moment.UTC, moment.Local
		case "Log record received":
			v.Received = moment.UTC
		default:
			v.Fired = moment.UTC
		}
	}
}

// delay writes a span in the precision a reader needs: "0.8 ms", "12 s", "2 min 26 s", "3 h 5 min".
func delay(d time.Duration) string {
	switch {
	case d < 0:
		return "0 s"
	case d < time.Second:
		return fmt.Sprintf("%.1f ms", float64(d)/1e6)
	case d < 10*time.Second:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < time.Minute:
		return fmt.Sprintf("%.0f s", d.Seconds())
	case d < time.Hour:
		return fmt.Sprintf("%d min %d s", d/time.Minute, d%time.Minute/time.Second)
	}
	return fmt.Sprintf("%d h %d min", d/time.Hour, d%time.Hour/time.Minute)
}

// sampleSignIn is an alert as a rule fires it: for test messages, and for checking templates when they are loaded.
func sampleSignIn(now time.Time) alert.Alert {
	now = now.UTC().Truncate(time.Millisecond)
	rec, _ := json.Marshal(map[string]any{
		"TimeGenerated": now.Add(-2 * time.Second), "Id": "00000000-0000-0000-0000-00000000aaaa",
		"UserPrincipalName": "bg-north@contoso.onmicrosoft.com", "UserId": "00000000-0000-0000-0000-0000000000b6",
		"UserDisplayName": "Break glass north", "AppDisplayName": "Azure Portal", "IPAddress": "203.0.113.7",
		"AutonomousSystemNumber": "64500", "ResultType": "0", "AuthenticationRequirement": "multiFactorAuthentication",
		"ConditionalAccessStatus": "notApplied", "ResourceDisplayName": "Windows Azure Service Management API",
		"LocationDetails": map[string]any{"city": "Oslo", "state": "Oslo", "countryOrRegion": "NO"},
		"DeviceDetail":    map[string]any{"operatingSystem": "Windows10", "browser": "Edge 130.0.0"},
		"Status":          map[string]any{"errorCode": 0, "additionalDetails": "MFA completed in Azure AD"},
		"AuthenticationDetails": `[{"authenticationMethod":"Password","succeeded":true,"authenticationStepResultDetail":"Correct password"},` +
			`{"authenticationMethod":"Passkey (device-bound)","succeeded":true,"authenticationStepResultDetail":"MFA completed in Azure AD"}]`,
	})
	return alert.Alert{
		ID: "11111111-2222-4333-8444-555555555555", Rule: "break-glass-sign-in", Severity: alert.Sev0, State: alert.Fired,
		Description: "Somebody used an emergency access account.",
		Sentence:    "bg-north@contoso.onmicrosoft.com signed in to Azure Portal from 203.0.113.7, Oslo, NO: password accepted, MFA completed",
		Account: alert.Account{ObjectID: "00000000-0000-0000-0000-0000000000b6", UserPrincipalName: "bg-north@contoso.onmicrosoft.com",
			DisplayName: "Break glass north"},
		Outcome: alert.Outcome{Code: "0", Class: "SUCCESS", Proof: "Y", Meaning: "sign-in succeeded"},
		Table:   "SigninLogs", RecordKey: "sample", RecordHash: "sample", CorrelationID: "00000000-0000-0000-0000-00000000cccc",
		SignedInAt: now.Add(-146 * time.Second), ReceivedAt: now.Add(-2 * time.Millisecond), FiredAt: now,
		Record: rec, Rows: []json.RawMessage{rec}, Query: `SigninLogs | where UserId in (BreakGlassAccounts)`,
	}
}

// samples are alerts of every form, for checking templates: a template that can show these can show all.
func samples(now time.Time) []alert.Alert {
	signIn := sampleSignIn(now)
	worse := signIn
	worse.Revision = 1
	audit := alert.Alert{ID: signIn.ID, Rule: "break-glass-account-changed", Severity: alert.Sev1, State: alert.Fired, Sentence: "ann reset a password",
		Table: "AuditLogs", Record: json.RawMessage(`{"OperationName":"Reset user password"}`), SignedInAt: now, ReceivedAt: now, FiredAt: now}
	empty := alert.Alert{ID: signIn.ID, Rule: "empty", State: alert.Fired, FiredAt: now}
	n := NewNotification(&signIn, Route{"group", Receiver{"mailbox", "mail", "soc@contoso.com"}}, now)
	return []alert.Alert{signIn, worse, audit, empty, undeliverable(&signIn, &n, "refused", now)}
}
