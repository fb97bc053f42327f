package config

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

func answers() Answers {
	return Answers{
		Schema: "./glasswatch.schema.json", DataDir: "data", Listen: ":8443", SelfSigned: true, TimeZone: "Europe/Oslo",
		Tokens: []TokenAnswer{
			{Name: "push", File: "tokens/push", Scopes: "ingest"},
			{Name: "admin", File: "tokens/admin", Scopes: "admin"},
		},
		TenantID: "72f988bf-86f1-41af-91ab-2d7cd011db47", TenantName: "Contoso: \"north\" #1",
		Accounts: []Account{
			{ObjectID: "11111111-1111-1111-1111-111111111111", UserPrincipalName: "bg@contoso.onmicrosoft.com", DisplayName: "North"},
			{UserPrincipalName: "bg2@contoso.onmicrosoft.com"},
			{ObjectID: "22222222-2222-2222-2222-222222222222"},
		},
		Mail:       MailAnswer{Host: "smtp.example.com", Port: 587, Security: "starttls", From: "gw@example.com", User: "gw", PasswordFile: "tokens/smtp"},
		Recipients: []string{"anna@example.com", "bo@example.com"},
		Console:    true,
	}
}

// TestStarterLoads writes what init writes, for many answers, loads it without problems, and validates it with the schema.
func TestStarterLoads(t *testing.T) {
	schema := compileSchema(t)
	f := func(name string, change func(*Answers), accounts, receivers, warnings int) {
		t.Helper()
		a := answers()
		change(&a)
		text, err := Starter(a)
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		if err := os.Mkdir(filepath.Join(dir, "tokens"), 0o700); err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{"push", "admin", "smtp"} {
			write(t, filepath.Join(dir, "tokens", secret), secret+"-0123456789abcdef")
		}
		cfg, err := Parse(text, "c.yaml", dir, known())
		if err != nil {
			t.Fatalf("%s: %v\n%s", name, err, text)
		}
		gotAccounts, gotReceivers := 0, 0
		for _, tenant := range cfg.Tenants {
			gotAccounts += len(tenant.Accounts)
		}
		for _, group := range cfg.ActionGroups {
			gotReceivers += len(group.Receivers)
		}
		if gotAccounts != accounts || gotReceivers != receivers || len(cfg.Warnings()) != warnings {
			t.Errorf("%s: %d accounts, %d receivers, warnings %v\n%s", name, gotAccounts, gotReceivers, cfg.Warnings(), text)
		}
		if err := schema.Validate(tree(t, text)); err != nil {
			t.Errorf("%s: schema: %v\n%s", name, err, text)
		}
	}
	f("full", func(*Answers) {}, 3, 3, 0)
	f("bare", func(a *Answers) { *a = Answers{DataDir: "d", Listen: "127.0.0.1:1", TimeZone: "UTC"} }, 0, 0, 3)
	f("no mail", func(a *Answers) { a.Mail, a.Recipients = MailAnswer{}, nil }, 3, 1, 0)
	f("no account name", func(a *Answers) { a.Accounts = a.Accounts[1:2] }, 1, 3, 0)
	f("external", func(a *Answers) { a.ExternalURL = "https://gw.example.com" }, 3, 3, 0)
}

// TestSchemaRefuses shows that the schema is not merely permissive: editors mark these mistakes.
func TestSchemaRefuses(t *testing.T) {
	schema := compileSchema(t)
	f := func(text string, ok bool) {
		t.Helper()
		if err := schema.Validate(tree(t, []byte(text))); (err == nil) != ok {
			t.Errorf("%s: got %v", text, err)
		}
	}
	f("server: {listen: ':1'}", true)
	f("sever: {listen: ':1'}", false)
	f("server: {lissen: ':1'}", false)
	f("server: {tokens: [{name: a, secret: hunter2, scopes: [read]}]}", false)
	f("server: {tokens: [{name: a, secret: env:A, scopes: [reed]}]}", false)
	f("server: {tokens: [{name: a, secret: env:A, scopes: [read]}]}", true)
	f("channels: {a: {kind: console}}", true)
	f("channels: {a: {kind: pigeon}}", false)
	f("channels: {a: {kind: email}}", false)
	f("channels: {a: {kind: email, host: h}}", true)
	f("channels: {a: {kind: email, host: h, hots: h}}", false)
	f("tables: {retention: 90d}", true)
	f("tables: {retention: long}", false)
	f("tables: {perTable: {Nope: {retention: 1d}}}", false)
	f("limits: {queryRows: 0}", false)
	f(silences, true)
	f(strings.Replace(silences, "author: ann@contoso.com", "", 1), false)
	f(strings.Replace(silences, "field: Severity", "field: Color", 1), false)
	f(strings.Replace(silences, "until:", "untli:", 1), false)
}

func compileSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(string(Schema(known()))))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("glasswatch.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("glasswatch.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// tree reads YAML as JSON values.
func tree(t *testing.T, text []byte) any {
	t.Helper()
	var v any
	if err := yaml.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	out, err := jsonschema.UnmarshalJSON(strings.NewReader(string(data)))
	if err != nil {
		t.Fatal(err)
	}
	return out
}
