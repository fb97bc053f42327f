package app_test

import (
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/glasswatch/glasswatch/internal/app"
	"github.com/glasswatch/glasswatch/internal/audit"
	"github.com/glasswatch/glasswatch/internal/channel/channeltest"
	"github.com/glasswatch/glasswatch/internal/client"
	"github.com/glasswatch/glasswatch/internal/config"
	"github.com/glasswatch/glasswatch/internal/fault"
)

const everyPart = `
queries:
  functions: {Mine: SigninLogs | where ResultType == "0"}
  watchlists: {vip: {file: vip.csv}}
  externalHosts: [lists.example.com]
rules: {directories: [rules]}
sources: {hub: {kind: push}}
limits: {body: 16MiB}
tables: {retention: 90d}
`

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// Whatever can blind a rule or let somebody in is changed while the server is down: each change is told by mail, and is in
// the trail.
func TestEveryChangeIsTold(t *testing.T) {
	box, dir := channeltest.NewSMTP(t, channeltest.SMTPOptions{}), t.TempDir()
	authority := httptest.NewTLSServer(http.NotFoundHandler())
	defer authority.Close()
	certificate := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: authority.Certificate().Raw}))
	if err := os.Mkdir(filepath.Join(dir, "rules"), 0o755); err != nil {
		t.Fatal(err)
	}
	const own = "name: own\nseverity: Sev2\nquery: Mine | where UserId in ((_GetWatchlist('vip') | project SearchKey))\n"
	const hookSecret, otherSecret = "hook-secret-0123456789", "hook-secret-9876543210"
	write(t, dir, "rules/own.yaml", own)
	write(t, dir, "vip.csv", "Id,Name\n1,ann\n")
	write(t, dir, "hook", hookSecret)
	write(t, dir, "ca.pem", certificate)
	text := strings.Replace(settings("bg@contoso.onmicrosoft.com", box.Port, everyPart), "channels: {", "channels: {hook: {kind: webhook, secret: file:hook, caFile: ca.pem}, ", 1)
	s := start(t, dir, text)
	stop(t, s.App)

	replace := func(old, now string) func() {
		return func() {
			if !strings.Contains(text, old) {
				t.Fatalf("no %q in the configuration", old)
			}
			text = strings.Replace(text, old, now, 1)
		}
	}
	file := func(name, text string) func() { return func() { write(t, dir, name, text) } }
	steps := []struct {
		changes []func()
		want    []string
	}{
		{[]func(){
			replace(`| where ResultType == "0"`, "| where false"), file("vip.csv", "Id,Name\n1,ann\n2,bob\n"), file("ca.pem", certificate+certificate), file("hook", otherSecret),
			replace("[lists.example.com]", "[lists.example.com, evil.example.com]"), file("rules/own.yaml", strings.Replace(own, "Sev2", "Sev4", 1)),
		}, []string{"external-hosts changed", "file/channels.hook.caFile changed", "function/Mine changed", "rule/own changed", "secret/channel/hook.secret changed", "watchlist/vip changed"}},
		{[]func(){
			replace("{file: vip.csv}", "{file: vip.csv, searchKey: Name}"), replace("{directories: [rules]}", "{directories: [rules], disabled: [elevate-access]}"),
			replace("hub: {kind: push}", ""), replace("16MiB", "1KiB"), replace("90d", "1d"),
		}, []string{"limits changed", "retention changed", "rule/elevate-access changed", "source/hub removed", "watchlist/vip changed"}},
		{[]func(){
			replace("kind: webhook,", "kind: webhook, schema: common,"), replace("scopes: [admin]}", "scopes: [admin]}, {name: second, secret: file:second, scopes: [read]}"),
			replace("receivers: [", "receivers: [{name: Bob, channel: hook, recipient: https://127.0.0.1:1/x}, "), replace("listen: 127.0.0.1:0", "listen: 127.0.0.1:0\n  externalURL: https://evil.example.com"),
			replace("accounts: [", "guarded: {objects: [11111111-1111-1111-1111-111111111111]}\n    accounts: ["), file("second", "second-token-0123456789"),
		}, []string{"action-group/ops changed", "channel/hook changed", "guarded/72f988bf-86f1-41af-91ab-2d7cd011db47 changed", "server changed", "token/second added"}},
		{[]func(){
			file("second", "stolen-token-0123456789"), replace("rules: {directories: [rules], disabled: [elevate-access]}", "rules: {disabled: [elevate-access]}"),
			replace("watchlists: {vip: {file: vip.csv, searchKey: Name}}", ""), replace("functions: {Mine: SigninLogs | where false}", ""),
		}, []string{"function/Mine removed", "rule/own removed", "secret/token/second changed", "watchlist/vip removed"}},
		{nil, nil},
	}
	told := 0
	for _, step := range steps {
		for _, change := range step.changes {
			change()
		}
		s = start(t, dir, text)
		if step.want != nil {
			told++
		}
		box.Wait(t, told)
		alerts, err := s.Alerts(t.Context(), client.AlertFilter{Rule: "glasswatch-configuration-changed"})
		if err != nil || len(alerts) != told {
			t.Fatalf("%q: %d alerts, %v", step.want, len(alerts), err)
		}
		if step.want != nil {
			if diff := cmp.Diff(step.want, changesOf(t, s, alerts[0].ID)); diff != "" {
				t.Error(diff)
			}
		}
		trail := whole(t, s)
		for _, change := range step.want {
			subject, kind, _ := strings.Cut(change, " ")
			if !strings.Contains(trail, "configuration-"+kind+" "+subject) {
				t.Errorf("%s is not in the trail", change)
			}
		}
		stop(t, s.App)
	}
	s = start(t, dir, text)
	trail := whole(t, s)
	for _, clear := range []string{hookSecret, otherSecret, adminToken} {
		if strings.Contains(trail, clear) || strings.Contains(trail, audit.Fingerprint([]byte(clear))) {
			t.Error("the trail tells a secret, or a fingerprint that anybody can compare with a guess")
		}
	}
}

// changesOf lists what an alert about the configuration names.
func changesOf(t *testing.T, s *server, id string) []string {
	t.Helper()
	a, err := s.Alert(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	var record struct{ Changes []string }
	if err := json.Unmarshal(a.Record, &record); err != nil {
		t.Fatal(err)
	}
	return record.Changes
}

// whole is the trail as text; it must be unbroken.
func whole(t *testing.T, s *server) string {
	t.Helper()
	var b strings.Builder
	var v audit.Verifier
	if err := s.AuditTrail(t.Context(), func(e audit.Entry) error {
		b.WriteString(e.Action + " " + e.Subject + " " + e.Detail + "\n")
		return v.Next(e)
	}); err != nil {
		t.Error(err)
	}
	return b.String()
}

// A stored function comes before a table of the same name: one of a table's name would blind all rules over it.
func TestFunctionsHideNothing(t *testing.T) {
	for name, want := range map[string]string{"SigninLogs": "hide the table", "tolower": "hide the function", "countif": "hide the function", "Mine": ""} {
		dir := t.TempDir()
		write(t, dir, "token", adminToken)
		text := settings("bg@contoso.onmicrosoft.com", 25, "queries: {functions: {"+name+": print 1}}\n")
		_, err := config.Parse([]byte(text), "glasswatch.yaml", dir, app.Known())
		if want == "" && err != nil || want != "" && (fault.CodeOf(err) != fault.Invalid || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
