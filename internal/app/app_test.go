package app_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	v1 "github.com/glasswatch/glasswatch/internal/api/v1"
	"github.com/google/go-cmp/cmp"

	"github.com/glasswatch/glasswatch/internal/app"
	"github.com/glasswatch/glasswatch/internal/audit"
	"github.com/glasswatch/glasswatch/internal/channel/channeltest"
	"github.com/glasswatch/glasswatch/internal/client"
	"github.com/glasswatch/glasswatch/internal/config"
	"github.com/glasswatch/glasswatch/internal/fault"
	"github.com/glasswatch/glasswatch/internal/sample"
	"github.com/glasswatch/glasswatch/internal/secret"
	"github.com/glasswatch/glasswatch/internal/source"
)

const adminToken = "admin-token-0123456789"

// server is a running app with a mailbox behind it.
type server struct {
	*app.App
	*client.Client
	dir string
}

func settings(upn string, smtpPort int, more string) string {
	return fmt.Sprintf(`
server:
  listen: 127.0.0.1:0
  tokens: [{name: boss, secret: file:token, scopes: [admin]}]
tenants:
  - id: 72f988bf-86f1-41af-91ab-2d7cd011db47
    accounts: [{userPrincipalName: %s}]
actionGroups: {ops: {receivers: [{name: Anna, channel: mail, recipient: anna@example.com}]}}
channels: {mail: {kind: email, host: 127.0.0.1, port: %d, security: none, from: gw@example.com}}
%s`, upn, smtpPort, more)
}

func load(t *testing.T, dir, text string) *config.Config {
	t.Helper()
	for name, text := range map[string]string{"glasswatch.yaml": text, "token": adminToken} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cfg, err := config.Load(filepath.Join(dir, "glasswatch.yaml"), app.Known())
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

func start(t *testing.T, dir, text string) *server {
	t.Helper()
	a, err := app.New(load(t, dir, text), app.Options{Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, a) })
	return &server{App: a, Client: connect(t, a, adminToken), dir: dir}
}

func stop(t *testing.T, a *app.App) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := a.Stop(ctx); err != nil {
		t.Error(err)
	}
}

func connect(t *testing.T, a *app.App, token string) *client.Client {
	t.Helper()
	c, err := client.New(client.Options{Server: "http://" + a.Address().String(), Token: secret.New(token)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// signIn is the body of one sign-in of an account.
func signIn(upn string, result int) []byte {
	g := sample.New(uint64(time.Now().UnixNano()), sample.Options{Users: 10, Apps: 5, Clock: time.Now})
	account := sample.Account{ObjectID: "9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d", UserPrincipalName: upn, DisplayName: "BG"}
	return append(g.Append([]byte(`{"records":[`), sample.Event{Kind: sample.SignIn, At: time.Now(), Account: &account, Result: result}), "]}"...)
}

func (s *server) push(t *testing.T, body []byte) source.Receipt {
	t.Helper()
	r, err := s.Put(t.Context(), source.Delivery{Source: "test", Body: body})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// eventually asks until f is content.
func eventually(t *testing.T, what string, f func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; {
		if f() {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("not within 10 s: %s", what)
		}
		time.Sleep(10 * time.Millisecond) // another process' clock: sockets, disks
	}
}

func (s *server) count(t *testing.T, query string) string {
	t.Helper()
	rows, err := s.Query(t.Context(), v1.QueryRequest{Query: query})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	row, err := rows.Next()
	if err != nil {
		t.Fatal(err)
	}
	return string(row[0])
}

// TestTwoServers runs two servers in one process: each hears of its own account only, and both stop cleanly.
func TestTwoServers(t *testing.T) {
	north, south := channeltest.NewSMTP(t, channeltest.SMTPOptions{}), channeltest.NewSMTP(t, channeltest.SMTPOptions{})
	a := start(t, t.TempDir(), settings("bg-north@contoso.onmicrosoft.com", north.Port, ""))
	b := start(t, t.TempDir(), settings("bg-south@contoso.onmicrosoft.com", south.Port, ""))
	for _, s := range []*server{a, b} {
		for _, upn := range []string{"BG-North@contoso.onmicrosoft.com", "bg-SOUTH@contoso.onmicrosoft.com"} {
			if r := s.push(t, signIn(upn, 0)); r.Taken != 1 {
				t.Fatalf("receipt %+v", r)
			}
		}
	}
	for name, box := range map[string]*channeltest.SMTP{"north": north, "south": south} {
		mails := box.Wait(t, 1)
		if len(mails) != 1 || !strings.Contains(strings.ToLower(string(mails[0].Raw)), "bg-"+name) {
			t.Errorf("%s: %d mails", name, len(mails))
		}
	}
	for _, s := range []*server{a, b} {
		list, err := s.Alerts(t.Context(), client.AlertFilter{})
		if err != nil || len(list) != 1 || list[0].Severity != "Sev0" {
			t.Errorf("alerts %+v, %v", list, err)
		}
		eventually(t, "both records are visible", func() bool { return s.count(t, "SigninLogs | count") == "2" })
		eventually(t, "a heartbeat of the server", func() bool { return s.count(t, `Heartbeat | where Component == "server" | count`) == "1" })
	}
}

// TestRestart keeps what was there, alerts once about a record that comes again, and sends what was owed.
func TestRestart(t *testing.T) {
	dir := t.TempDir()
	body := signIn("bg@contoso.onmicrosoft.com", 0)
	gone := channeltest.NewSMTP(t, channeltest.SMTPOptions{})
	gone.Close() // nobody listens on that port now
	s := start(t, dir, settings("bg@contoso.onmicrosoft.com", gone.Port, ""))
	s.push(t, body)
	stop(t, s.App)

	box := channeltest.NewSMTP(t, channeltest.SMTPOptions{})
	s = start(t, dir, settings("bg@contoso.onmicrosoft.com", box.Port, ""))
	box.Wait(t, 2) // the one that was owed, and that the channel was changed
	if r := s.push(t, body); r.Repeated != 1 || r.Taken != 0 {
		t.Errorf("the same again: %+v", r)
	}
	list, err := s.Alerts(t.Context(), client.AlertFilter{Account: "bg@contoso.onmicrosoft.com"})
	if err != nil || len(list) != 1 {
		t.Errorf("%d alerts, %v", len(list), err)
	}
	eventually(t, "the record is visible", func() bool { return s.count(t, "SigninLogs | count") == "1" })
	about := map[string]int{}
	for _, m := range box.Mails() {
		if strings.Contains(string(m.Raw), "configuration was changed: channel/mail changed") {
			about["channel"]++
		} else {
			about["sign-in"]++
		}
	}
	if diff := cmp.Diff(map[string]int{"channel": 1, "sign-in": 1}, about); diff != "" {
		t.Error(diff)
	}
}

// TestFolderIsTaken checks that a second server does not open a folder in use, and leaves nothing open itself.
func TestFolderIsTaken(t *testing.T) {
	dir := t.TempDir()
	text := settings("bg@contoso.onmicrosoft.com", 1, "")
	s := start(t, dir, text)
	second, err := app.New(load(t, dir, text), app.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := second.Start(t.Context()); fault.CodeOf(err) != fault.Conflict {
		t.Errorf("got %v", err)
	}
	stop(t, s.App)
	if err := second.Start(t.Context()); err != nil {
		t.Errorf("after the first stopped: %v", err)
	}
	stop(t, second)
}

// TestReload exchanges account, token and receiver while the server runs; a wrong configuration changes nothing.
func TestReload(t *testing.T) {
	first, second := channeltest.NewSMTP(t, channeltest.SMTPOptions{}), channeltest.NewSMTP(t, channeltest.SMTPOptions{})
	dir := t.TempDir()
	s := start(t, dir, settings("bg-one@contoso.onmicrosoft.com", first.Port, ""))
	s.push(t, signIn("bg-one@contoso.onmicrosoft.com", 0))
	first.Wait(t, 1)

	rules := filepath.Join(dir, "rules")
	if err := os.Mkdir(rules, 0o755); err != nil {
		t.Fatal(err)
	}
	more := "rules: {directories: [rules], overrides: {break-glass-sign-in: {severity: Sev3}}}\n"
	next := strings.ReplaceAll(settings("bg-two@contoso.onmicrosoft.com", second.Port, more), "name: boss, secret: file:token", "name: chief, secret: file:token2")
	if err := os.WriteFile(filepath.Join(dir, "token2"), []byte("other-token-0123456789"), 0o600); err != nil {
		t.Fatal(err)
	}
	bad := filepath.Join(rules, "bad.yaml")
	if err := os.WriteFile(bad, []byte("name: bad\nseverity: Sev1\nquery: SigninLogs | where Nope == 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Reload(t.Context(), load(t, dir, next)); err == nil || !strings.Contains(err.Error(), "Nope") {
		t.Fatalf("a rule that does not compile: %v", err)
	}
	if _, err := s.Info(t.Context()); err != nil {
		t.Errorf("after a refused reload: %v", err)
	}
	if err := os.Remove(bad); err != nil {
		t.Fatal(err)
	}
	if err := s.Reload(t.Context(), load(t, dir, next)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Info(t.Context()); fault.CodeOf(err) != fault.Denied {
		t.Errorf("the old token: %v", err)
	}
	s.Client = connect(t, s.App, "other-token-0123456789")
	s.push(t, signIn("bg-one@contoso.onmicrosoft.com", 0))
	s.push(t, signIn("bg-two@contoso.onmicrosoft.com", 0))
	mails := second.Wait(t, 2) // the sign-in, and that account, channel, rule and token were changed
	told := []bool{false, false}
	for _, m := range mails {
		told[0] = told[0] || strings.Contains(string(m.Raw), "glasswatch-configuration-changed")
		told[1] = told[1] || strings.Contains(string(m.Raw), "bg-two") && strings.Contains(string(m.Raw), "signed in to")
	}
	if !told[0] || !told[1] || len(first.Mails()) != 1 {
		t.Errorf("told %v, %d mails at the old receiver", told, len(first.Mails()))
	}
	var trail []string
	var v audit.Verifier
	if err := s.AuditTrail(t.Context(), func(e audit.Entry) error {
		if e.Actor == "reload of the configuration file" {
			trail = append(trail, e.Action+" "+e.Subject)
		}
		return v.Next(e)
	}); err != nil {
		t.Error(err)
	}
	want := []string{"configuration-removed account/bg-one@contoso.onmicrosoft.com", "configuration-added account/bg-two@contoso.onmicrosoft.com",
		"configuration-changed channel/mail", "configuration-changed rule/break-glass-sign-in", "configuration-removed secret/token/boss",
		"configuration-added secret/token/chief", "configuration-removed token/boss", "configuration-added token/chief"}
	if diff := cmp.Diff(want, trail); diff != "" {
		t.Error(diff)
	}
	list, err := s.Alerts(t.Context(), client.AlertFilter{Account: "bg-two@contoso.onmicrosoft.com"})
	if err != nil || len(list) != 1 || list[0].Severity != "Sev3" {
		t.Errorf("alerts %+v, %v", list, err)
	}
}

// A folder of rules may be a link to one.
func TestRulesBehindLink(t *testing.T) {
	dir, rules := t.TempDir(), t.TempDir()
	write(t, rules, "mine.yaml", "name: mine\nseverity: Sev2\nquery: SigninLogs\n")
	if err := os.Symlink(rules, filepath.Join(dir, "rules")); err != nil {
		t.Fatal(err)
	}
	if err := app.Check(load(t, dir, settings("bg@contoso.onmicrosoft.com", 25, "rules: {directories: [rules], disabled: [mine]}\n"))); err != nil {
		t.Error(err)
	}
}

// TestCheck finds what only the rules can tell.
func TestCheck(t *testing.T) {
	f := func(more, want string) {
		t.Helper()
		err := app.Check(load(t, t.TempDir(), settings("bg@contoso.onmicrosoft.com", 25, more)))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want) || fault.CodeOf(err) != fault.Invalid) {
			t.Errorf("%s: got %v", more, err)
		}
	}
	f("", "")
	f("rules: {disabled: [break-glass-sign-in]}", "")
	f("rules: {disabled: [break-glas]}", `unknown rule "break-glas"`)
	f("rules: {overrides: {nope: {severity: Sev1}}}", `unknown rule "nope"`)
}
