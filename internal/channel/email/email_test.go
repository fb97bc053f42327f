package email_test

import (
	"bytes"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-smtp"

	"github.com/glasswatch/glasswatch/internal/channel"
	"github.com/glasswatch/glasswatch/internal/channel/channeltest"
	"github.com/glasswatch/glasswatch/internal/channel/email"
	"github.com/glasswatch/glasswatch/internal/secret"
)

const password = "correct-horse-battery"

func passwordFile(t testing.TB, text string) secret.Ref {
	t.Helper()
	name := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(name, []byte(text+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return secret.Ref("file:" + name)
}

func open(t testing.TB, c email.Config) *email.Channel {
	t.Helper()
	if c.From == "" {
		c.From = "Glasswatch <glasswatch@contoso.com>"
	}
	ch, err := email.New(c, channel.Deps{Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ch.Close() })
	return ch
}

// keys reads the notification keys out of the Message-IDs.
func keys(s *channeltest.SMTP) (list []string) {
	for _, m := range s.Mails() {
		id, _, _ := strings.Cut(strings.Trim(m.Header.Get("Message-ID"), "<>"), "@")
		list = append(list, id)
	}
	return list
}

func smtpError(code int, a, b, c int, text string) error {
	return &smtp.SMTPError{Code: code, EnhancedCode: smtp.EnhancedCode{a, b, c}, Message: text}
}

func TestContract(t *testing.T) {
	channeltest.Run(t, channeltest.Harness{
		Cannot: map[channeltest.Behaviour]string{channeltest.Throttles: "SMTP has no Retry-After"},
		Setup: func(t *testing.T, b channeltest.Behaviour) channeltest.Target {
			server, ca := channeltest.NewTLS(t)
			o := channeltest.SMTPOptions{TLS: server, User: "glasswatch", Password: password}
			c := email.Config{Username: "glasswatch", Password: passwordFile(t, password), CAFile: ca}
			release := make(chan struct{})
			t.Cleanup(func() { close(release) })
			switch b {
			case channeltest.Refuses:
				o.Rcpt = func(string) error { return smtpError(550, 5, 1, 1, "no such user") }
			case channeltest.RefusesForNow:
				o.Data = func(string) error { return smtpError(451, 4, 3, 0, "try later") }
			case channeltest.ThrottlesSilent:
				o.Rcpt = func(string) error { return smtpError(452, 4, 5, 3, "too many") }
			case channeltest.Hangs:
				// Not in Data: go-smtp's server is not safe to close while it takes a BDAT.
				o.Rcpt = func(string) error { <-release; return nil }
			case channeltest.Drops:
				o.Data = func(string) error { return channeltest.ErrDrop }
			case channeltest.WrongCredential:
				c.Password = passwordFile(t, "wrong-"+password)
			case channeltest.Untrusted:
				_, c.CAFile = channeltest.NewTLS(t)
			}
			s := channeltest.NewSMTP(t, o)
			c.Host, c.Port = s.Host, s.Port
			if b == channeltest.Dead {
				c.Port = deadPort(t)
			}
			return channeltest.Target{Channel: open(t, c), Recipient: "oncall@contoso.com", Secrets: []string{password},
				Keys: func() []string { return keys(s) }}
		},
	})
}

// deadPort is one that nothing listens on.
func deadPort(t *testing.T) int {
	s := channeltest.NewSMTP(t, channeltest.SMTPOptions{})
	s.Close()
	return s.Port
}

func TestSecurityAndAuth(t *testing.T) {
	server, ca := channeltest.NewTLS(t)
	f := func(name string, o channeltest.SMTPOptions, c email.Config, wantErr string) {
		t.Helper()
		s := channeltest.NewSMTP(t, o)
		c.Host, c.Port, c.CAFile = s.Host, s.Port, ca
		_, err := open(t, c).Send(t.Context(), channeltest.Message("k", "oncall@contoso.com"))
		if wantErr == "" && err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if wantErr != "" && (err == nil || !strings.Contains(err.Error(), wantErr)) {
			t.Errorf("%s: error %v, want %q", name, err, wantErr)
		}
		if wantErr == "" && len(s.Mails()) != 1 {
			t.Errorf("%s: %d mails", name, len(s.Mails()))
		}
	}
	ref := passwordFile(t, password)
	f("clear", channeltest.SMTPOptions{}, email.Config{Security: "none"}, "")
	f("implicit TLS", channeltest.SMTPOptions{TLS: server, Implicit: true}, email.Config{Security: "tls"}, "")
	f("STARTTLS by default", channeltest.SMTPOptions{TLS: server}, email.Config{}, "")
	f("STARTTLS not offered", channeltest.SMTPOptions{}, email.Config{}, "does not offer STARTTLS")
	f("PLAIN", channeltest.SMTPOptions{TLS: server, User: "u", Password: password}, email.Config{Username: "u", Password: ref, Auth: "plain"}, "")
	f("LOGIN", channeltest.SMTPOptions{TLS: server, User: "u", Password: password, Mechanism: "LOGIN"}, email.Config{Username: "u", Password: ref}, "")
	f("SCRAM not offered", channeltest.SMTPOptions{TLS: server, User: "u", Password: password}, email.Config{Username: "u", Password: ref, Auth: "scram-sha-256"}, "does not offer SCRAM-SHA-256")
	f("nothing offered", channeltest.SMTPOptions{TLS: server}, email.Config{Username: "u", Password: ref}, "no authentication that is known")
	f("in clear, as configured", channeltest.SMTPOptions{User: "u", Password: password}, email.Config{Security: "none", Username: "u", Password: ref}, "")
}

func TestClasses(t *testing.T) {
	refuse := func(code int) func(string) error {
		return func(string) error { return smtpError(code, code/100, 0, 0, "no") }
	}
	f := func(o channeltest.SMTPOptions, want channel.Class) {
		t.Helper()
		s := channeltest.NewSMTP(t, o)
		_, err := open(t, email.Config{Host: s.Host, Port: s.Port, Security: "none"}).Send(t.Context(), channeltest.Message("k", "oncall@contoso.com"))
		if class, _ := channel.ClassOf(err); err == nil || class != want {
			t.Errorf("class %s, want %s: %v", class, want, err)
		}
	}
	f(channeltest.SMTPOptions{Sender: refuse(550)}, channel.Denied)
	f(channeltest.SMTPOptions{Sender: refuse(451)}, channel.Temporary)
	f(channeltest.SMTPOptions{Sender: refuse(421)}, channel.Throttled)
	f(channeltest.SMTPOptions{Rcpt: refuse(530)}, channel.Denied)
	f(channeltest.SMTPOptions{Rcpt: refuse(553)}, channel.Permanent)
	f(channeltest.SMTPOptions{Rcpt: refuse(450)}, channel.Throttled)
	f(channeltest.SMTPOptions{Data: refuse(554)}, channel.Permanent)
	f(channeltest.SMTPOptions{Data: refuse(452)}, channel.Throttled)
	f(channeltest.SMTPOptions{Data: refuse(432)}, channel.Temporary)
}

func TestConfigReportsAllProblems(t *testing.T) {
	_, err := email.New(email.Config{Port: 70000, Auth: "ntlm", From: "nobody", Username: "u", Password: "hunter2", CAFile: "/does/not/exist"}, channel.Deps{})
	if err == nil {
		t.Fatal("no error")
	}
	for _, part := range []string{"host is missing", "port 70000", `from "nobody"`, `auth "ntlm"`, "password: not a secret reference", "caFile"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q is not in: %v", part, err)
		}
	}
	if strings.Contains(err.Error(), "hunter2") {
		t.Errorf("the password is in the error: %v", err)
	}
}

func TestMessage(t *testing.T) {
	s := channeltest.NewSMTP(t, channeltest.SMTPOptions{})
	ch := open(t, email.Config{Host: s.Host, Port: s.Port, Security: "none", ReplyTo: "Duty desk <duty@contoso.com>"})
	m := channeltest.Message("0191-key", "oncall@contoso.com")
	m.Subject = "Sev0: Åse signed in\r\nBcc: thief@example.com"
	m.Update = true
	receipt, err := ch.Send(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(receipt.Reference, "250 ") {
		t.Errorf("reference %q", receipt.Reference)
	}
	got := s.Mails()[0]
	if got.From != "glasswatch@contoso.com" || got.To != "oncall@contoso.com" {
		t.Errorf("envelope %s -> %s", got.From, got.To)
	}
	for name, want := range map[string]string{
		"From": `"Glasswatch" <glasswatch@contoso.com>`, "To": "<oncall@contoso.com>", "Reply-To": `"Duty desk" <duty@contoso.com>`,
		"Message-Id": "<0191-key@contoso.com>", "References": "<alert.alert-1@contoso.com>", "In-Reply-To": "<alert.alert-1@contoso.com>",
		"Auto-Submitted": "auto-generated", "X-Priority": "1", "Importance": "high", "Date": "Sun, 22 Nov 2026 03:04:05 +0000",
		"X-Glasswatch-Notification": "0191-key", "Bcc": "",
	} {
		if got := got.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(got.Header.Get("Subject"))
	if err != nil || !strings.HasPrefix(subject, "Sev0: Åse signed in") {
		t.Errorf("subject %q, %v", subject, err)
	}
	for name := range got.Header {
		if strings.HasPrefix(name, "List-") || name == "Precedence" {
			t.Errorf("header %s makes it bulk mail", name)
		}
	}
	text, html := bodies(t, got)
	if strings.ReplaceAll(text, "\r\n", "\n") != m.Text {
		t.Errorf("text %q, want %q", text, m.Text)
	}
	if html != m.HTML {
		t.Errorf("html %q", html)
	}
}

// bodies takes a multipart/alternative apart.
func bodies(t *testing.T, m channeltest.Mail) (text, html string) {
	t.Helper()
	msg, err := mail.ReadMessage(bytes.NewReader(m.Raw))
	if err != nil {
		t.Fatal(err)
	}
	kind, params, err := mime.ParseMediaType(msg.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatalf("content type %q, %v", kind, err)
	}
	r := multipart.NewReader(msg.Body, params["boundary"])
	for {
		p, err := r.NextRawPart()
		if err == io.EOF {
			return text, html
		}
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(quotedprintable.NewReader(p))
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(p.Header.Get("Content-Type"), "text/html") {
			html = string(b)
		} else {
			text = string(b)
		}
	}
}

func TestKeptConnection(t *testing.T) {
	s := channeltest.NewSMTP(t, channeltest.SMTPOptions{})
	ch := open(t, email.Config{Host: s.Host, Port: s.Port, Security: "none"})
	send := func(key string) {
		t.Helper()
		if _, err := ch.Send(t.Context(), channeltest.Message(key, "oncall@contoso.com")); err != nil {
			t.Fatal(err)
		}
	}
	send("a")
	send("b")
	if got := s.Connections(); got != 1 {
		t.Errorf("%d connections for two mails, want 1", got)
	}
	s.Close() // closes the kept connection
	again := channeltest.NewSMTP(t, channeltest.SMTPOptions{Addr: s.Addr})
	send("c")
	if got := len(again.Mails()); got != 1 {
		t.Errorf("%d mails after the server came back, want 1", got)
	}
}

// What a server can do decides how it is talked to; the mail is the same, byte for byte.
func TestWaysToDeliver(t *testing.T) {
	without := func(words ...string) func([]byte) []byte {
		return func(b []byte) []byte {
			for _, w := range words {
				b = bytes.ReplaceAll(b, []byte(w), []byte("X-NOTHING"))
			}
			return b
		}
	}
	unknown := func(b []byte) []byte { return bytes.ReplaceAll(b, []byte("BDAT "), []byte("XDAT ")) }
	m := channeltest.Message("k", "oncall@contoso.com")
	m.Text, m.HTML = ".\n..two\n.\n\nlast", "<p>\n.\n</p>\n."
	var first []byte
	f := func(name string, o channeltest.SMTPOptions, connections int) {
		t.Helper()
		s := channeltest.NewSMTP(t, o)
		ch := open(t, email.Config{Host: s.Host, Port: s.Port, Security: "none"})
		for range 2 {
			if _, err := ch.Send(t.Context(), m); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		mails := s.Mails()
		if len(mails) != 2 || s.Connections() != connections {
			t.Fatalf("%s: %d mails by %d connections, want 2 by %d", name, len(mails), s.Connections(), connections)
		}
		raw := regexp.MustCompile(`[0-9a-f]{40,}`).ReplaceAll(mails[1].Raw, nil) // boundaries
		if first == nil {
			first = raw
		}
		if !bytes.Equal(raw, first) {
			t.Errorf("%s: the mail is\n%s\nand by the first way\n%s", name, raw, first)
		}
		if bytes.Contains(bytes.ReplaceAll(raw, []byte("\r\n"), nil), []byte("\n")) || !bytes.HasSuffix(raw, []byte("\r\n")) {
			t.Errorf("%s: a line does not end in CRLF:\n%q", name, raw)
		}
	}
	f("in one go", channeltest.SMTPOptions{}, 1)
	f("without asking", channeltest.SMTPOptions{Says: without("PIPELINING")}, 1)
	f("commands in one go", channeltest.SMTPOptions{Says: without("CHUNKING")}, 1)
	f("step by step", channeltest.SMTPOptions{Says: without("PIPELINING", "CHUNKING")}, 1)
	f("without asking is offered and not known", channeltest.SMTPOptions{Hears: unknown}, 2)
	f("the same, step by step", channeltest.SMTPOptions{Hears: unknown, Says: without("PIPELINING")}, 2)
}

func TestPrepare(t *testing.T) {
	s := channeltest.NewSMTP(t, channeltest.SMTPOptions{})
	ch := open(t, email.Config{Host: s.Host, Port: s.Port, Security: "none"})
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() { ch.Prepare(t.Context(), channeltest.Message("a", "oncall@contoso.com")) })
	}
	if _, err := ch.Send(t.Context(), channeltest.Message("a", "oncall@contoso.com")); err != nil {
		t.Fatal(err)
	}
	wait.Wait()
	if got := s.Connections(); got > 2 { // one by the first Prepare; one by Send when it came before
		t.Errorf("%d connections", got)
	}
	s.Close()
	ch.Prepare(t.Context(), channeltest.Message("b", "oncall@contoso.com")) // must not fail what follows by itself
	again := channeltest.NewSMTP(t, channeltest.SMTPOptions{Addr: s.Addr})
	if _, err := ch.Send(t.Context(), channeltest.Message("b", "oncall@contoso.com")); err != nil {
		t.Fatal(err)
	}
	if got := len(again.Mails()); got != 1 {
		t.Errorf("%d mails", got)
	}
}

func TestRecipient(t *testing.T) {
	f := func(recipient string, ok bool) {
		t.Helper()
		if err := email.Kind().CheckRecipient(recipient); (err == nil) != ok {
			t.Errorf("%q: %v", recipient, err)
		}
	}
	f("oncall@contoso.com", true)
	f("oncall+night@sub.contoso.com", true)
	f("", false)
	f("oncall", false)
	f("On Call <oncall@contoso.com>", false)
	f("a@b.com\r\nBcc: c@d.com", false)
	f("a@b.com>\r\nRCPT TO:<c@d.com", false)
}

func BenchmarkSend(b *testing.B) {
	s := channeltest.NewSMTP(b, channeltest.SMTPOptions{})
	b.Run("kept", func(b *testing.B) {
		ch := open(b, email.Config{Host: s.Host, Port: s.Port, Security: "none"})
		for b.Loop() {
			if _, err := ch.Send(b.Context(), channeltest.Message("k", "oncall@contoso.com")); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("new", func(b *testing.B) {
		for b.Loop() {
			ch := open(b, email.Config{Host: s.Host, Port: s.Port, Security: "none"})
			if _, err := ch.Send(b.Context(), channeltest.Message("k", "oncall@contoso.com")); err != nil {
				b.Fatal(err)
			}
			go ch.Close()
		}
	})
}
