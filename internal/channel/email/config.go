// Package email sends notifications by SMTP, one message per recipient. It implements channel.Channel (stage 7).
//
// Messages are built with go-mail. The conversation is our own on go-mail's SMTP client, because an alarm should not wait
// for needless round trips: commands and message go out together where the server allows it (RFC 2920, RFC 3030), nothing is asked for
// that is known, and a connection is kept for a while for the next message.
package email

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/wneessen/go-mail/smtp"

	"github.com/glasswatch/glasswatch/internal/channel"
	"github.com/glasswatch/glasswatch/internal/secret"
)

// The values of Config.Security.
const (
	startTLS = "starttls"
	implicit = "tls"
	plain    = "none"
)

// Config is the channel's configuration.
type Config struct {
	Host     string        `yaml:"host" doc:"Name of the SMTP server." required:"true"`
	Port     int           `yaml:"port" doc:"Port; 0: 587 with starttls, 465 with tls, 25 with none." minimum:"0" maximum:"65535"`
	Security string        `yaml:"security" doc:"starttls: required, never without; tls: from the first byte; none: in clear, for loopback or a trusted network." enum:"starttls,tls,none"`
	Auth     string        `yaml:"auth" doc:"auto: the strongest the server offers." enum:"auto,plain,login,cram-md5,scram-sha-1,scram-sha-256,xoauth2"`
	Username string        `yaml:"username" doc:"User name; empty: no authentication."`
	Password secret.Ref    `yaml:"password" doc:"Where the password, or the token of xoauth2, is read: env:NAME or file:path."`
	From     string        `yaml:"from" doc:"Sender, such as Glasswatch <glasswatch@example.com>." required:"true"`
	ReplyTo  string        `yaml:"replyTo" doc:"Where answers go, such as the duty desk."`
	CAFile   string        `yaml:"caFile" doc:"PEM file with the certificate authorities to trust instead of the system's."`
	HELO     string        `yaml:"helo" doc:"Name this machine gives itself; empty: its host name."`
	Timeout  time.Duration `yaml:"timeout" doc:"Longest time for one attempt, such as 20s."`
}

// defaults returns the configuration that an empty one means.
func defaults() *Config { return &Config{Security: startTLS, Auth: "auto", Timeout: 20 * time.Second} }

// Kind describes the channel.
func Kind() channel.Kind {
	return channel.Kind{
		Name:      "email",
		Doc:       "Mail by SMTP, HTML and text, one message per recipient. A recipient is a mail address.",
		NewConfig: func() any { return defaults() },
		New: func(config any, d channel.Deps) (channel.Channel, error) {
			c, ok := config.(*Config)
			if !ok {
				return nil, fmt.Errorf("email: BUG: configuration is a %T", config)
			}
			return New(*c, d)
		},
		CheckRecipient: checkRecipient,
	}
}

func checkRecipient(recipient string) error {
	a, err := mail.ParseAddress(recipient)
	if err != nil {
		return fmt.Errorf("mail address %q: %w", recipient, err)
	}
	if a.Address != recipient {
		return fmt.Errorf("mail address %q: give the bare address, %s", recipient, a.Address)
	}
	return nil
}

// New returns a channel; all problems of its configuration at once. Nothing is dialled.
func New(c Config, d channel.Deps) (*Channel, error) {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	ch := &Channel{timeout: c.Timeout, security: c.Security, log: d.Logger(), version: d.Version, now: time.Now, ready: map[string][]byte{}}
	if ch.timeout <= 0 {
		ch.timeout = defaults().Timeout
	}
	if c.Host == "" {
		bad("host is missing")
	}
	ports := map[string]int{startTLS: 587, "": 587, implicit: 465, plain: 25}
	port, ok := ports[c.Security]
	if !ok {
		bad("security %q: want starttls, tls or none", c.Security)
	}
	if c.Security == "" {
		ch.security = startTLS
	}
	if c.Port != 0 {
		port = c.Port
	}
	if port < 0 || port > 65535 {
		bad("port %d: want 1 to 65535", port)
	}
	ch.host, ch.addr = c.Host, net.JoinHostPort(c.Host, fmt.Sprint(port))
	ch.from = address(c.From, "from", true, bad)
	ch.replyTo = address(c.ReplyTo, "replyTo", false, bad)
	ch.helo = c.HELO
	if ch.helo == "" {
		ch.helo = hostName()
	}
	ch.tls = &tls.Config{ServerName: c.Host, RootCAs: authorities(c.CAFile, bad), MinVersion: tls.VersionTLS12,
		ClientSessionCache: tls.NewLRUClientSessionCache(8)}
	ch.login = login(c, bad)
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return ch, nil
}

func address(text, what string, required bool, bad func(string, ...any)) *mail.Address {
	if text == "" {
		if required {
			bad("%s is missing", what)
		}
		return nil
	}
	a, err := mail.ParseAddress(text)
	if err != nil {
		bad("%s %q: %w", what, text, err)
	}
	return a
}

func authorities(file string, bad func(string, ...any)) *x509.CertPool {
	if file == "" {
		return nil
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		bad("caFile: %w", err)
		return nil
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		bad("caFile %s: no certificate in it", file)
	}
	return pool
}

// hostName is what the machine calls itself, when a server will take that.
func hostName() string {
	name, err := os.Hostname()
	if err != nil || name == "" || strings.ContainsAny(name, " _\r\n") {
		return "localhost"
	}
	return name
}

// mechanisms in the order of preference of auto.
var mechanisms = []string{"SCRAM-SHA-256", "SCRAM-SHA-1", "CRAM-MD5", "PLAIN", "LOGIN"}

// credentials make an smtp.Auth out of what a server offers.
type credentials struct {
	mechanism string // "": the best that is offered
	user      string
	password  secret.Value
	host      string
	inClear   bool // the configuration allows a password without TLS
}

func login(c Config, bad func(string, ...any)) *credentials {
	want := strings.ToUpper(c.Auth)
	if want == "AUTO" {
		want = ""
	}
	if want != "" && want != "XOAUTH2" && !slices.Contains(mechanisms, want) {
		bad("auth %q: want auto, plain, login, cram-md5, scram-sha-1, scram-sha-256 or xoauth2", c.Auth)
	}
	if c.Username == "" {
		if c.Password != "" {
			bad("password is set, username is missing")
		}
		return nil
	}
	password, err := c.Password.Resolve()
	if err != nil {
		bad("password: %w", err)
	}
	return &credentials{mechanism: want, user: c.Username, password: password, host: c.Host, inClear: c.Security == plain}
}

// auth chooses a mechanism among those a server offers in its AUTH line.
func (c *credentials) auth(offered string) (smtp.Auth, error) {
	list := strings.Fields(strings.ToUpper(offered))
	name := c.mechanism
	if name == "" {
		i := slices.IndexFunc(mechanisms, func(m string) bool { return slices.Contains(list, m) })
		if i < 0 {
			return nil, fmt.Errorf("the server offers no authentication that is known; it offers %q", offered)
		}
		name = mechanisms[i]
	} else if !slices.Contains(list, name) {
		return nil, fmt.Errorf("the server does not offer %s; it offers %q", name, offered)
	}
	secret := c.password.Reveal()
	switch name {
	case "SCRAM-SHA-256":
		return smtp.ScramSHA256Auth(c.user, secret), nil
	case "SCRAM-SHA-1":
		return smtp.ScramSHA1Auth(c.user, secret), nil
	case "CRAM-MD5":
		return smtp.CRAMMD5Auth(c.user, secret), nil
	case "LOGIN":
		return smtp.LoginAuth(c.user, secret, c.host, c.inClear), nil
	case "XOAUTH2":
		return smtp.XOAuth2Auth(c.user, secret), nil
	default:
		return smtp.PlainAuth("", c.user, secret, c.host, c.inClear), nil
	}
}
