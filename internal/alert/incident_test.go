package alert

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

func signIn(minutes int, ip, app string, rank Severity) *Alert {
	at := noon.Add(time.Duration(minutes) * time.Minute)
	return &Alert{ID: fmt.Sprint("alert", minutes), Rule: "break-glass-sign-in", Severity: rank, Table: "SigninLogs", Sentence: fmt.Sprint("rank ", rank),
		Account: Account{UserPrincipalName: "BG@contoso.com"}, Outcome: Outcome{Rank: rank}, CorrelationID: "C1", SignedInAt: at, FiredAt: at,
		Record: json.RawMessage(fmt.Sprintf(`{"IPAddress":%q,"AppDisplayName":%q,"SessionId":"S1"}`, ip, app))}
}

// A new sign-in opens again what people have answered: at once with a new address or app, else after a while.
func TestReopen(t *testing.T) {
	f := func(to State, next *Alert, drill string, want State) {
		t.Helper()
		i, _ := OpenIncident("i", signIn(0, "203.0.113.7", "Portal", Sev1), "")
		if to != Fired {
			if _, err := i.Respond(to, "ann", "seen", noon.Add(time.Minute)); err != nil {
				t.Fatal(err)
			}
		}
		i.Join(next, drill)
		if i.State != want || i.Alerts != 2 {
			t.Errorf("after %s and %+v: %s, want %s", to, next.Record, i.State, want)
		}
	}
	f(Fired, signIn(2, "203.0.113.7", "Portal", Sev1), "", Fired)
	for _, answered := range []State{Acknowledged, Resolved, Closed} {
		f(answered, signIn(2, "203.0.113.7", "Portal", Sev1), "", answered)
		f(answered, signIn(2, "198.51.100.1", "Portal", Sev1), "", Fired)
		f(answered, signIn(2, "203.0.113.7", "Graph", Sev1), "", Fired)
		f(answered, signIn(20, "203.0.113.7", "Portal", Sev1), "", Fired)
		f(answered, signIn(20, "203.0.113.7", "Graph", Sev1), "drill", answered)
	}
}

// The steps of one sign-in come in any order: the highest proof and the worst severity win.
func TestHighestProofWins(t *testing.T) {
	i, _ := OpenIncident("i", signIn(0, "203.0.113.7", "Portal", Sev2), "")
	i.Join(signIn(1, "203.0.113.7", "Portal", Sev0), "")
	i.Join(signIn(2, "203.0.113.7", "Portal", Sev1), "")
	if i.Severity != Sev0 || i.Sentence != "rank Sev0" || i.Alerts != 3 {
		t.Errorf("%+v", i)
	}
}

func TestExpected(t *testing.T) {
	i, first := OpenIncident("i", signIn(0, "203.0.113.7", "Portal", Sev0), "drill")
	if i.State != Expected || first.To != Expected || i.State.MonitorCondition() != "Fired" || i.State.AlertState() != "New" {
		t.Errorf("%+v", i)
	}
	i.Join(signIn(1, "198.51.100.1", "Portal", Sev0), "drill")
	if i.State != Expected {
		t.Errorf("within the drill it is %s", i.State)
	}
	i.Join(signIn(2, "203.0.113.7", "Portal", Sev0), "")
	if i.State != Fired {
		t.Errorf("after the drill it is %s", i.State)
	}
}

func TestRespond(t *testing.T) {
	f := func(from, to State, by, reason string, ok bool) {
		t.Helper()
		i := Incident{ID: "i", State: from}
		step, err := i.Respond(to, by, reason, noon)
		if (err == nil) != ok {
			t.Errorf("%s to %s by %q because %q: %v", from, to, by, reason, err)
		}
		if ok && (i.State != to || step.From != from || step.By != by || step.Comment != reason) {
			t.Errorf("%+v", step)
		}
	}
	f(Fired, Acknowledged, "ann", "", true)
	f(Fired, Acknowledged, "", "", false)
	f(Fired, Closed, "ann", "", false)
	f(Fired, Closed, "ann", "it was me", true)
	f(Closed, Fired, "ann", "it was not", true)
	f(Closed, Acknowledged, "ann", "x", false)
	f(Acknowledged, Acknowledged, "ann", "x", false)
}

func TestAzureWords(t *testing.T) {
	f := func(s State, condition, state string) {
		t.Helper()
		if s.MonitorCondition() != condition || s.AlertState() != state {
			t.Errorf("%s: %s, %s", s, s.MonitorCondition(), s.AlertState())
		}
	}
	f(Fired, "Fired", "New")
	f(Acknowledged, "Fired", "Acknowledged")
	f(Resolved, "Resolved", "New")
	f(Closed, "Resolved", "Closed")
	f(Expected, "Fired", "New")
}

func TestDrill(t *testing.T) {
	d := Drill{Account: "bg@CONTOSO.com", From: noon, Until: noon.Add(time.Hour), By: "ann", Reason: "yearly", DeclaredAt: noon}
	if err := d.Validate(); err != nil {
		t.Error(err)
	}
	f := func(minutes int, want bool) {
		t.Helper()
		if got := d.Explains(signIn(minutes, "", "", Sev0)); got != want {
			t.Errorf("minute %d: %v", minutes, got)
		}
	}
	f(-1, false)
	f(0, true)
	f(59, true)
	f(60, false)
	tampering := signIn(1, "", "", Sev0)
	tampering.Loud = true
	if d.Explains(tampering) {
		t.Error("a drill explains tampering")
	}
	ended := noon.Add(10 * time.Minute)
	d.EndedAt = &ended
	f(11, false)
	for _, bad := range []Drill{
		{}, {Account: "a", From: noon, Until: noon.Add(time.Hour), DeclaredAt: noon},
		{Account: "a", By: "b", Reason: "c", From: noon, Until: noon.Add(25 * time.Hour), DeclaredAt: noon},
		{Account: "a", By: "b", Reason: "c", From: noon, Until: noon.Add(time.Hour), DeclaredAt: noon.Add(30 * time.Minute)},
	} {
		if bad.Validate() == nil {
			t.Errorf("%+v is taken", bad)
		}
	}
}
