package app_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	v1 "github.com/glasswatch/glasswatch/internal/api/v1"
	"github.com/glasswatch/glasswatch/internal/channel/channeltest"
	"github.com/glasswatch/glasswatch/internal/client"
)

// A scheduled rule counts records that came through the door, after a restart too, and tells once.
func TestScheduledRule(t *testing.T) {
	t.Parallel()
	box := channeltest.NewSMTP(t, channeltest.SMTPOptions{})
	dir := t.TempDir()
	rules := filepath.Join(dir, "rules")
	if err := os.Mkdir(rules, 0o700); err != nil {
		t.Fatal(err)
	}
	text := "name: many\nseverity: Sev2\nquery: SigninLogs | where ResultType == \"50126\"\nthreshold: 2\nwindowSize: 2m\nevaluationFrequency: 10s\ndimensions: [{name: UserPrincipalName}]\n"
	if err := os.WriteFile(filepath.Join(rules, "many.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg := settings("nobody@contoso.com", box.Port, "rules: {directories: [rules]}\n")
	s := start(t, dir, cfg)
	for range 3 {
		s.push(t, signIn("ann@contoso.com", 50126))
	}
	s.push(t, signIn("bob@contoso.com", 50126))
	stop(t, s.App)
	s = start(t, dir, cfg)
	deadline := time.Now().Add(30 * time.Second)
	for {
		list, err := s.Alerts(t.Context(), client.AlertFilter{})
		if err != nil {
			t.Fatal(err)
		}
		if len(list) == 1 && strings.Contains(list[0].Sentence, "3 rows, more than 2") && strings.Contains(list[0].Sentence, "ann@contoso.com") {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("alerts: %+v", list)
		}
		time.Sleep(100 * time.Millisecond) // another process' clock: sockets, disks
	}
}

// Rules hear of a drill when it is declared and when it is ended, those that judge on arrival as well as scheduled ones.
func TestRulesKnowDrills(t *testing.T) {
	t.Parallel()
	const upn = "bg@contoso.onmicrosoft.com"
	box, dir := channeltest.NewSMTP(t, channeltest.SMTPOptions{}), t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "rules"), 0o700); err != nil {
		t.Fatal(err)
	}
	const query = "severity: Sev2\nquery: SigninLogs | where not(InDeclaredDrill(UserPrincipalName, CreatedDateTime))\n"
	write(t, dir, "rules/quick.yaml", "name: quick\nmode: stream\n"+query)
	write(t, dir, "rules/slow.yaml", "name: slow\nmode: scheduled\nwindowSize: 10s\nevaluationFrequency: 10s\nautoMitigate: false\ndimensions: [{name: ResultType}]\n"+query)
	text := settings(upn, box.Port, "rules: {directories: [rules]}\n")
	s := start(t, dir, text)
	fired := func(rule string) (sentences string, n int) {
		t.Helper()
		list, err := s.Alerts(t.Context(), client.AlertFilter{Rule: rule})
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range list {
			sentences += a.Sentence + "\n"
		}
		return sentences, len(list)
	}
	quick := func(what string, result, want int) {
		t.Helper()
		s.push(t, signIn(upn, result))
		if _, n := fired("quick"); n != want {
			t.Errorf("%s: %d alerts, want %d", what, n, want)
		}
	}
	expected := func(want string) {
		t.Helper()
		if got := s.count(t, `print InDeclaredDrill("`+upn+`", now())`); got != want {
			t.Errorf("InDeclaredDrill is %s, want %s", got, want)
		}
	}
	quick("no drill", 0, 1)
	expected("false")
	d, err := s.DeclareDrill(t.Context(), v1.NewDrill{Account: upn, Until: time.Now().Add(time.Hour), Reason: "yearly"})
	if err != nil {
		t.Fatal(err)
	}
	quick("in the drill", 50053, 1)
	expected("true")
	if err := s.Reload(t.Context(), load(t, dir, text)); err != nil {
		t.Fatal(err)
	}
	expected("true")
	if _, err := s.EndDrill(t.Context(), d.ID); err != nil {
		t.Fatal(err)
	}
	quick("after its end", 50126, 2)
	expected("false")
	for deadline := time.Now().Add(40 * time.Second); ; time.Sleep(100 * time.Millisecond) { // another process' clock: sockets, disks
		sentences, n := fired("slow")
		if strings.Contains(sentences, "ResultType 50126") {
			if n != 2 || !strings.Contains(sentences, "ResultType 0") {
				t.Errorf("alerts:\n%s", sentences)
			}
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("alerts:\n%s", sentences)
		}
	}
}

// A rule that says which of its alerts are one incident is heard, whether it judges on arrival or over windows.
func TestRulesGroupIncidents(t *testing.T) {
	t.Parallel()
	box, dir := channeltest.NewSMTP(t, channeltest.SMTPOptions{}), t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "rules"), 0o700); err != nil {
		t.Fatal(err)
	}
	const together = "severity: Sev2\nquery: SigninLogs | where ResultType == \"50126\"\nincidentConfiguration: {groupingConfiguration: {enabled: true, matchingMethod: AnyAlert}}\n"
	write(t, dir, "rules/quick.yaml", "name: quick\nmode: stream\n"+together)
	write(t, dir, "rules/slow.yaml", "name: slow\nmode: scheduled\nwindowSize: 10s\nevaluationFrequency: 10s\ndimensions: [{name: UserPrincipalName}]\n"+together)
	s := start(t, dir, settings("nobody@contoso.com", box.Port, "rules: {directories: [rules]}\n"))
	for _, upn := range []string{"ann@contoso.com", "bob@contoso.com"} {
		s.push(t, signIn(upn, 50126))
	}
	for deadline := time.Now().Add(40 * time.Second); ; time.Sleep(100 * time.Millisecond) { // another process' clock: sockets, disks
		list, err := s.Incidents(t.Context(), client.IncidentFilter{})
		if err != nil {
			t.Fatal(err)
		}
		alerts := map[string]int{}
		for _, i := range list {
			alerts[strings.Join(i.Rules, ",")] += i.AlertCount
		}
		if alerts["quick"] == 2 && alerts["slow"] == 2 && len(list) == 2 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("incidents: %+v", list)
		}
	}
}
