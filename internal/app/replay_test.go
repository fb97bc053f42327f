package app_test

import (
	"bytes"
	"testing"
	"time"

	v1 "github.com/glasswatch/glasswatch/internal/api/v1"
	"github.com/glasswatch/glasswatch/internal/channel/channeltest"
)

// A replay of a rule that is judged on arrival says what judging said: a record fires once, with all its revisions, even where
// the rule's result shows nothing of the record.
func TestReplayCountsRecords(t *testing.T) {
	t.Parallel()
	box := channeltest.NewSMTP(t, channeltest.SMTPOptions{})
	s := start(t, t.TempDir(), settings("nobody@contoso.com", box.Port, ""))
	first := signIn("Ann@contoso.com", 0)
	s.push(t, first)
	for _, name := range []string{`"BG 2"`, `"BG 3"`} {
		if r := s.push(t, bytes.ReplaceAll(first, []byte(`"BG"`), []byte(name))); r.Taken != 1 {
			t.Fatalf("not a revision: %+v", r)
		}
	}
	s.push(t, signIn("ann@contoso.com", 50126))
	s.push(t, signIn("bob@contoso.com", 0))
	eventually(t, "five rows are stored", func() bool { return s.count(t, "SigninLogs | count") == "5" })
	f := func(text string, total int64, first string) {
		t.Helper()
		got, err := s.Replay(t.Context(), v1.ReplayRequest{Text: text, Hours: 2})
		if err != nil {
			t.Fatal(err)
		}
		var counted int64
		for _, c := range got.Counts {
			counted += c.Alerts
			if since := time.Since(c.At); since < 0 || since > 2*time.Hour {
				t.Errorf("%s: counted at %s", text, c.At)
			}
		}
		if got.Total != total || counted != total || len(got.Samples) != int(total) {
			t.Errorf("%s\n%+v, want %d", text, got, total)
		}
		if total > 0 && got.Samples[0].Severity+" "+got.Samples[0].Sentence != first {
			t.Errorf("%s\n%+v, want %s", text, got.Samples[0], first)
		}
	}
	const rule = "name: ann\ndescription: Ann was here\nseverity: Sev2\nmode: stream\n"
	f(rule+"query: SigninLogs | where UserPrincipalName =~ \"ann@contoso.com\" | project ResultType\n", 2, "Sev2 Ann was here")
	f(rule+"query: union SigninLogs, AADNonInteractiveUserSignInLogs | where TimeGenerated > ago(5m) | extend S = \"Sev1\", T = strcat(\"code \", ResultType)\n"+
		"severityColumn: S\ntitleColumn: T\n", 3, "Sev1 code 0")
	f(rule+"query: SigninLogs | project ResultType\ndimensions: [{name: ResultType, operator: Include, values: [\"50126\"]}]\n", 1, "Sev2 Ann was here")
	f(rule+"query: SigninLogs | where UserDisplayName == \"BG 3\" | project UserId, UserId1 = UserId\n", 1, "Sev2 Ann was here")
	f(rule+"query: SigninLogs | where UserPrincipalName == \"carl@contoso.com\"\n", 0, "")
}
