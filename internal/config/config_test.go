package config

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/glasswatch/glasswatch/internal/alert"
	"github.com/glasswatch/glasswatch/internal/channel"
	"github.com/glasswatch/glasswatch/internal/fault"
	"github.com/glasswatch/glasswatch/internal/secret"
)

type mailOptions struct {
	Host     string        `yaml:"host" doc:"SMTP server." required:"true"`
	Port     int           `yaml:"port"`
	Security string        `yaml:"security" enum:"starttls,tls,none"`
	From     string        `yaml:"from"`
	Username string        `yaml:"username"`
	Password secret.Ref    `yaml:"password"`
	Timeout  time.Duration `yaml:"timeout"`
}

type discard struct{}

func (discard) Send(context.Context, channel.Message) (channel.Receipt, error) {
	return channel.Receipt{}, nil
}

func known() Known {
	return Known{
		Channels: []channel.Kind{
			{Name: "email", NewConfig: func() any { return &mailOptions{Port: 587} },
				New: func(config any, _ channel.Deps) (channel.Channel, error) {
					var errs []error
					o := config.(*mailOptions)
					if o.Port < 1 || o.Port > 65535 {
						errs = append(errs, errors.New("port is out of range"))
					}
					if o.From == "" {
						errs = append(errs, errors.New("from is missing"))
					}
					return discard{}, errors.Join(errs...)
				},
				CheckRecipient: func(r string) error {
					if !strings.Contains(r, "@") {
						return errors.New("no mail address")
					}
					return nil
				}},
			{Name: "console", NewConfig: func() any { return &struct{}{} },
				New: func(any, channel.Deps) (channel.Channel, error) { return discard{}, nil }},
		},
		Tables: []string{"SigninLogs", "AuditLogs"},
	}
}

const full = `
dataDir: store
timeZone: Europe/Oslo
server:
  listen: ":8443"
  tls: {selfSigned: true}
  tokens:
    - {name: hub, secret: "env:GW_TEST_TOKEN", scopes: [ingest]}
    - name: boss
      secret: file:boss
      scopes: [admin]
tenants:
  - id: 72f988bf-86f1-41af-91ab-2d7cd011db47
    accounts: &accounts
      - objectId: 11111111-1111-1111-1111-111111111111
        userPrincipalName: bg@contoso.onmicrosoft.com
tables:
  retention: 1d12h
  perTable: {AuditLogs: {retention: 365d}}
rules:
  overrides:
    break-glass-sign-in: {severity: Sev1, actionGroups: [ops]}
actionGroups:
  ops:
    receivers:
      - {name: Anna, channel: post, recipient: anna@example.com}
      - {channel: log, recipient: +4791234567}
channels:
  post: {kind: email, host: smtp.example.com, from: gw@example.com, timeout: 10s}
  log: {kind: console}
limits: {body: 1MiB, inFlight: 2 MiB}
`

func TestLoad(t *testing.T) {
	t.Setenv("GW_TEST_TOKEN", "0123456789abcdef")
	dir := t.TempDir()
	write(t, filepath.Join(dir, "boss"), "fedcba9876543210\n")
	write(t, filepath.Join(dir, "c.yaml"), full)
	cfg, err := Load(filepath.Join(dir, "c.yaml"), known())
	if err != nil {
		t.Fatal(err)
	}
	f := func(what string, got, want any) {
		t.Helper()
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: -want +got\n%s", what, d)
		}
	}
	sev := alert.Sev1
	f("dataDir", cfg.DataDir, filepath.Join(dir, "store"))
	f("token", cfg.Server.Tokens[1], Token{Name: "boss", Secret: secret.Ref("file:" + filepath.Join(dir, "boss")), Scopes: []Scope{Admin}})
	f("retention", cfg.Tables, Tables{Retention: Duration(36 * time.Hour), PerTable: map[string]Table{"AuditLogs": {Retention: Duration(365 * 24 * time.Hour)}}})
	f("overrides", cfg.Rules.Overrides, map[string]Override{"break-glass-sign-in": {Severity: &sev, ActionGroups: []string{"ops"}}})
	f("phone", cfg.ActionGroups["ops"].Receivers[1].Recipient, "+4791234567")
	f("channel", cfg.Channels["post"], Channel{Kind: "email", Options: &mailOptions{Host: "smtp.example.com", Port: 587, From: "gw@example.com", Timeout: 10 * time.Second}})
	f("limits", cfg.Limits, Limits{Body: 1 << 20, InFlight: 2 << 20, Decompressed: 128 << 20, QueryTime: Duration(3 * time.Minute), QueryRows: 500_000, RuleMemory: 320 << 20})
	f("warnings", len(cfg.Warnings()), 0)
}

func TestEmptyFileIsDefault(t *testing.T) {
	cfg, err := Parse(nil, "c.yaml", "/etc/gw", known())
	if err != nil {
		t.Fatal(err)
	}
	want := Default()
	want.DataDir, want.doc, cfg.doc = "/etc/gw/data", nil, nil
	if d := cmp.Diff(want, *cfg, cmp.AllowUnexported(Config{})); d != "" {
		t.Error(d)
	}
}

// TestAllProblemsAtOnce has one of every mistake; the golden text is what `config check` prints.
func TestAllProblemsAtOnce(t *testing.T) {
	text := `dataDri: x
timeZone: Oslo
server:
  listen: 0.0.0.0:8080
  tokens:
    - name: a
      secret: hunter2hunter2
      scopes: [ingest, reed]
    - {name: a, secret: "env:GW_NOT_SET", scopes: [read]}
tenants:
  - id: 72f988bf
    accounts:
      - objectId: nope
        userPrincipalName: bg
      - {displayName: x}
tables:
  retention: ninety days
  perTable:
    SigninLog: {retention: 1d}
rules:
  overrides: {r: {severity: bad, actionGroups: [opps]}}
actionGroups:
  ops:
    receivers:
      - {channel: pots, recipient: a@example.com}
      - {channel: post, recipient: nobody}
  empty: {receivers: []}
channels:
  post: {kind: email, host: h, security: yes}
  out: {kind: email, host: h, port: 99999}
  carrier: {kind: pigeon}
  post: {kind: console}
limits:
  queryRows: many
log: [info]
`
	_, err := Parse([]byte(text), "c.yaml", t.TempDir(), known())
	var problems Problems
	if !errors.As(err, &problems) {
		t.Fatalf("got %v, want Problems", err)
	}
	if fault.CodeOf(err) != fault.Invalid {
		t.Errorf("code %s, want invalid", fault.CodeOf(err))
	}
	got := problems.Render()
	if strings.Contains(got, "hunter2") {
		t.Error("a secret in clear is printed")
	}
	golden(t, "testdata/problems.golden", got)
}

func TestPlainHTTP(t *testing.T) {
	f := func(server string, ok bool) {
		t.Helper()
		_, err := Parse([]byte("server: "+server), "c.yaml", t.TempDir(), known())
		if (err == nil) != ok {
			t.Errorf("%s: got %v", server, err)
		}
	}
	f("{listen: '127.0.0.1:1'}", true)
	f("{listen: '[::1]:1'}", true)
	f("{listen: 'localhost:1'}", true)
	f("{listen: ':1'}", false)
	f("{listen: '10.0.0.1:1'}", false)
	f("{listen: '10.0.0.1:1', allowPlainHTTP: true}", true)
	f("{listen: '10.0.0.1:1', tls: {selfSigned: true}}", true)
	f("{listen: '10.0.0.1'}", false)
	f("{tls: {certificate: c.pem}}", false)
	f("{externalURL: example.com}", false)
}

func TestScalars(t *testing.T) {
	f := func(text string, want time.Duration, ok bool) {
		t.Helper()
		var d Duration
		err := d.UnmarshalText([]byte(text))
		if (err == nil) != ok || ok && time.Duration(d) != want {
			t.Errorf("%q: got %v, %v", text, time.Duration(d), err)
		}
	}
	f("90d", 90*24*time.Hour, true)
	f("1d6h", 30*time.Hour, true)
	f("0", 0, true)
	f("1.5h", 90*time.Minute, true)
	f("", 0, false)
	f("-1h", 0, false)
	f("-1d", 0, false)
	f("7", 0, false)
	f("1d1d", 0, false)
	g := func(text string, want Size, back string) {
		t.Helper()
		var s Size
		err := s.UnmarshalText([]byte(text))
		if (err == nil) != (want != 0) || s != want || err == nil && s.String() != back {
			t.Errorf("%q: got %d (%s), %v", text, s, s, err)
		}
	}
	g("32MiB", 32<<20, "32MiB")
	g("1 gib", 1<<30, "1GiB")
	g("500KB", 500_000, "500000")
	g("7", 7, "7")
	g("0", 0, "")
	g("-1", 0, "")
	g("9999999999GiB", 0, "")
	g("x", 0, "")
}

func FuzzParse(f *testing.F) {
	f.Add(full)
	f.Add("a: &a [*a]")
	f.Add("{")
	f.Add("server: {tokens: [{secret: file:}]}\n---\nx")
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text string) {
		defer time.AfterFunc(5*time.Second, func() { panic("still parsing") }).Stop()
		_, err := Parse([]byte(text), "c.yaml", dir, known())
		var problems Problems
		if errors.As(err, &problems) {
			_ = problems.Render()
		}
	})
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
