package config

import (
	"bytes"
	_ "embed"
	"fmt"
	"strconv"
	"strings"
	"text/template"
)

// Answers is what `glasswatch init` asks for.
type Answers struct {
	Schema      string // path of the JSON schema, for editors; "" leaves the line out
	DataDir     string
	Listen      string
	ExternalURL string
	SelfSigned  bool
	Certificate string
	Key         string
	TimeZone    string
	Tokens      []TokenAnswer
	TenantID    string
	TenantName  string
	Accounts    []Account
	Resources   []string   // Azure resources that are guarded
	Mail        MailAnswer // Host "" means no mail yet
	Recipients  []string
	Console     bool // add a console channel and receiver
}

// TokenAnswer is a token and the file it was written to.
type TokenAnswer struct {
	Name   string
	File   string
	Scopes string // comma separated
}

// MailAnswer is how mail is sent.
type MailAnswer struct {
	Host         string
	Port         int
	Security     string // starttls, tls, none
	From         string
	User         string
	PasswordFile string
}

//go:embed starter.yaml.tmpl
var starterTemplate string

// Starter writes a commented configuration. Every answer is quoted where it needs to be.
func Starter(a Answers) ([]byte, error) {
	t, err := template.New("starter").Funcs(template.FuncMap{"q": quote}).Parse(starterTemplate)
	if err != nil {
		return nil, fmt.Errorf("config: BUG: starter template: %w", err)
	}
	var b bytes.Buffer
	if err := t.Execute(&b, a); err != nil {
		return nil, fmt.Errorf("write configuration: %w", err)
	}
	return b.Bytes(), nil
}

// quote writes a scalar, in double quotes unless it is plainly text.
func quote(s string) string {
	plain := s != "" && !strings.ContainsAny(s[:1], "-?:,[]{}#&*!|>'\"%@` ") && !strings.HasSuffix(s, " ") && !strings.HasSuffix(s, ":")
	for _, r := range s {
		plain = plain && r >= ' ' && r < 0x7f
	}
	if plain && !strings.Contains(s, ": ") && !strings.Contains(s, " #") && !reserved(s) {
		return s
	}
	return strconv.Quote(s)
}

func reserved(s string) bool {
	if _, err := strconv.ParseFloat(s, 64); err == nil {
		return true
	}
	switch strings.ToLower(s) {
	case "true", "false", "null", "~", "yes", "no", "on", "off":
		return true
	}
	return false
}
