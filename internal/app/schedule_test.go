package app_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

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
