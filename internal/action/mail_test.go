package action_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/glasswatch/glasswatch/internal/action"
	"github.com/glasswatch/glasswatch/internal/alert"
	"github.com/glasswatch/glasswatch/internal/channel"
)

var update = flag.Bool("update", false, "write the golden files")

// signIn is a sign-in as the record of a real one looks, with what makes mails go wrong: long words, markup, line ends.
func signIn() alert.Alert {
	at := time.Date(2026, 11, 22, 2, 4, 5, 0, time.UTC)
	return alert.Alert{
		ID: "7c9e6679-7425-40de-944b-e07fc1f90ae7", Rule: "break-glass-sign-in", Severity: alert.Sev0,
		Description: "Somebody used an emergency access account, or tried to.",
		Sentence:    "bg-north@contoso.onmicrosoft.com signed in to Azure Portal from 203.0.113.7, Oslo, NO: password accepted, MFA completed",
		Account: alert.Account{ObjectID: "5b3ea3bb-c628-498b-9bc8-cfba1ebbcf86", UserPrincipalName: "bg-north@contoso.onmicrosoft.com",
			DisplayName: "Break glass north"},
		Outcome: alert.Outcome{Code: "0", Class: "SUCCESS", Proof: "Y", Meaning: "sign-in succeeded"},
		Table:   "SigninLogs", RecordKey: "SigninLogs/14b08bbe", RecordHash: "h", CorrelationID: "84f18340-94b2-463b-90d0-83572b5b6be7",
		SignedInAt: at, ReceivedAt: at.Add(146 * time.Second), FiredAt: at.Add(146*time.Second + 800*time.Microsecond),
		Query: "SigninLogs\n| where UserId in (BreakGlassAccounts)", ActionGroups: []string{"duty"},
		Properties: map[string]string{"runbook": "https://wiki.example.com/bg"},
		Rows:       []json.RawMessage{json.RawMessage(`{"UserId":"5b3ea3bb","ResultType":"0"}`)},
		Record: json.RawMessage(`{"AppDisplayName":"Azure Portal","ResourceDisplayName":"Windows Azure Service Management API","IPAddress":"203.0.113.7",
			"AutonomousSystemNumber":"64500","LocationDetails":{"city":"Oslo","state":"Oslo","countryOrRegion":"NO"},
			"DeviceDetail":{"operatingSystem":"Windows10","browser":"Firefox 145.0"},"ConditionalAccessStatus":"success",
			"ConditionalAccessPolicies":[{"displayName":"Block legacy <b>sign-ins</b>","result":"notApplied"},{"displayName":"MFA & more for admins","result":"success"}],
			"AuthenticationRequirement":"multiFactorAuthentication","Status":{"errorCode":0,"additionalDetails":"MFA completed in Azure AD"},
			"MfaDetail":{"authMethod":"Passkey (device-bound)","authDetail":""},"RiskLevelDuringSignIn":"high",
			"AuthenticationDetails":"[{\"authenticationMethod\":\"Password\",\"authenticationMethodDetail\":\"Password Hash Sync\",\"succeeded\":true,\"authenticationStepResultDetail\":\"Correct password\"},{\"authenticationMethod\":\"Passkey (device-bound)\",\"authenticationMethodDetail\":\"Safe A, key 1\",\"succeeded\":true,\"authenticationStepResultDetail\":\"MFA completed in Azure AD\"}]"}`),
	}
}

// nonInteractive is a failed one of the other table, whose dynamic columns are strings.
func nonInteractive() alert.Alert {
	a := signIn()
	a.ID, a.Severity, a.Table = "0d4c9f6e-1111-4222-8333-444455556666", alert.Sev2, "AADNonInteractiveUserSignInLogs"
	a.Sentence = "bg-north@contoso.onmicrosoft.com failed to sign in to <script>alert(1)</script> from 2001:db8::1, NO: wrong password (code 50126)"
	a.Outcome = alert.Outcome{Code: "50126", Class: "WRONG_CREDENTIAL", Proof: "N", Rank: alert.Sev2, Meaning: "wrong user name or password"}
	a.Record = json.RawMessage(`{"AppDisplayName":"<script>alert(1)</script>","IPAddress":"2001:db8::1","Location":"NO",
		"LocationDetails":"{\"city\":\"\",\"countryOrRegion\":\"NO\"}","Status":"{\"errorCode\":50126}","DeviceDetail":"{\"operatingSystem\":\"Linux\"}"}`)
	return a
}

func render(t testing.TB, a alert.Alert, o action.Options) channel.Message {
	t.Helper()
	ch := &fake{}
	o.Channels = map[string]channel.Channel{"mail": ch}
	o.Groups = []action.Group{group("duty", "ann")}
	var m channel.Message
	path := filepath.Join(t.TempDir(), "state.db")
	w := start(t, path, o)
	fire(t, w, a)
	for range 1000 {
		if got := ch.delivered("ann"); len(got) > 0 {
			m = got[0]
			break
		}
		time.Sleep(time.Millisecond)
	}
	w.stop()
	if m.Key == "" {
		t.Fatal("nothing was sent")
	}
	return m
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

func TestMail(t *testing.T) {
	oslo, err := time.LoadLocation("Europe/Oslo")
	if err != nil {
		t.Fatal(err)
	}
	o := action.Options{BaseURL: "https://glasswatch.example.com/", Location: oslo}
	m := render(t, signIn(), o)
	golden(t, "sign-in.txt", m.Subject+"\n\n"+m.Text)
	golden(t, "sign-in.html", m.HTML)
	n := render(t, nonInteractive(), action.Options{})
	golden(t, "non-interactive.txt", n.Subject+"\n\n"+n.Text)
	golden(t, "non-interactive.html", n.HTML)
	if strings.Contains(n.HTML, "<script>") {
		t.Error("markup of the record got into the mail")
	}
}

func TestOwnTemplates(t *testing.T) {
	own := action.Templates{
		ByRule:  map[string]action.Template{"break-glass-sign-in": {Subject: "Break glass:\n{{.Account}} {{.Record.IPAddress}}{{.Record.NotThere}}"}},
		ByGroup: map[string]action.Template{"duty": {Subject: "not this one", Text: "{{range .Rows}}{{.ResultType}}{{end}} {{.Properties.runbook}}"}},
	}
	m := render(t, signIn(), action.Options{Templates: own})
	if want := "Break glass: bg-north@contoso.onmicrosoft.com 203.0.113.7"; m.Subject != want {
		t.Errorf("subject %q, want %q", m.Subject, want)
	}
	if want := "0 https://wiki.example.com/bg"; m.Text != want {
		t.Errorf("text %q, want %q", m.Text, want)
	}
	if !strings.Contains(m.HTML, "WHAT IS KNOWN") {
		t.Error("the HTML part is not the shipped one")
	}
	// A template that fails on a real alert gives way to the shipped one.
	own = action.Templates{ByRule: map[string]action.Template{"break-glass-sign-in": {Subject: `{{if eq .ShortID "7c9e6679"}}{{index .Rows 7}}{{end}}x`}}}
	m = render(t, signIn(), action.Options{Templates: own})
	if !strings.HasPrefix(m.Subject, "Sev0: bg-north") {
		t.Errorf("subject %q, want the shipped one", m.Subject)
	}
}
