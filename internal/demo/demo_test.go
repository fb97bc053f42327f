package demo

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/smtp"
	"os"
	"strings"
	"testing"
	"time"
)

// TestOnce runs the whole demo: it ends with the first mail, and leaves nothing behind.
func TestOnce(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	var out bytes.Buffer
	err := Run(t.Context(), Options{Once: true, Listen: "127.0.0.1:0", Out: &out, FirstAfter: 300 * time.Millisecond, Patience: 30 * time.Second})
	if err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	for _, want := range []string{"bg-north@contoso.onmicrosoft.com", "signed in", "received", "fired", "Sev0", "mailed", "accepted for ", "Done after"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in\n%s", want, out.String())
		}
	}
	if strings.Contains(out.String(), "\x1b") {
		t.Error("colours without a terminal")
	}
	left, err := os.ReadDir(os.Getenv("TMPDIR"))
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// TestNoMail gives up with a reason when no sign-in happens.
func TestNoMail(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	err := Run(t.Context(), Options{Once: true, Listen: "127.0.0.1:0", Out: io.Discard, FirstAfter: time.Hour, Patience: 300 * time.Millisecond})
	if err == nil || !strings.Contains(err.Error(), "no alert fired") {
		t.Errorf("got %v", err)
	}
}

// TestStops ends without an error when it is told to.
func TestStops(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out := stopper{cancel: cancel}
	if err := Run(ctx, Options{Listen: "127.0.0.1:0", Out: &out}); err != nil {
		t.Error(err)
	}
	if !strings.Contains(out.String(), "Stopped after") {
		t.Error(out.String())
	}
}

// stopper keeps what is written, and stops the demo when it has begun.
type stopper struct {
	bytes.Buffer
	cancel func()
}

func (s *stopper) Write(p []byte) (int, error) {
	if bytes.Contains(p, []byte("records pushed")) {
		s.cancel()
	}
	return s.Buffer.Write(p)
}

// TestMailbox takes a real mail, and shows hostile contents without acting on them.
func TestMailbox(t *testing.T) {
	box, err := OpenMailbox()
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := box.Close(); err != nil {
			t.Error(err)
		}
	}()
	raw := "From: =?utf-8?q?Glassw=C3=A4tch?= <gw@example.com>\r\nTo: <anna@example.com>\r\nSubject: <script>alert(1)</script>\r\n" +
		"MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n" +
		"Content-Transfer-Encoding: quoted-printable\r\n\r\nh=C3=A9llo\r\n--b\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
		"PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==\r\n--b--\r\n"
	if err := smtp.SendMail(box.addr.String(), nil, "gw@example.com", []string{"anna@example.com"}, []byte(raw)); err != nil {
		t.Fatal(err)
	}
	m := <-box.Arrived()
	if m.From != "Glasswätch <gw@example.com>" || m.To != "anna@example.com" || strings.TrimSpace(m.Text) != "héllo" || m.HTML != "<script>alert(1)</script>" {
		t.Errorf("%+v", m)
	}
	handler, err := newPage(box, "http://127.0.0.1:1")
	if err != nil {
		t.Fatal(err)
	}
	get := func(path string) (*http.Response, string) {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		return w.Result(), w.Body.String()
	}
	answer, text := get("/")
	if answer.StatusCode != http.StatusOK || strings.Contains(text, "<script>alert") || !strings.Contains(text, "iframe sandbox") || !strings.Contains(text, "&lt;script&gt;") {
		t.Errorf("%d %s", answer.StatusCode, text)
	}
	if strings.Contains(answer.Header.Get("Content-Security-Policy"), "unsafe") {
		t.Error("the page's policy is weak")
	}
	answer, _ = get("/mails/1/html")
	if policy := answer.Header.Get("Content-Security-Policy"); answer.StatusCode != http.StatusOK || !strings.Contains(policy, "sandbox") || strings.Contains(policy, "script-src") {
		t.Errorf("%d %s", answer.StatusCode, policy)
	}
	for path, want := range map[string]int{"/mails/1": 200, "/mails/2": 404, "/mails/2/html": 404, "/newest": 200, "/mailbox.css": 200, "/mailbox.js": 200, "/x": 404} {
		if answer, _ := get(path); answer.StatusCode != want {
			t.Errorf("%s: %d, want %d", path, answer.StatusCode, want)
		}
	}
}
