package webhook_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/glasswatch/glasswatch/internal/channel"
	"github.com/glasswatch/glasswatch/internal/channel/channeltest"
	"github.com/glasswatch/glasswatch/internal/channel/webhook"
	"github.com/glasswatch/glasswatch/internal/secret"
)

const (
	token  = "token-in-the-path-4711"
	key    = "signing-key-0815"
	bearer = "bearer-0000-4242"
)

func file(t testing.TB, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "value")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func open(t testing.TB, c webhook.Config) *webhook.Channel {
	t.Helper()
	ch, err := webhook.New(c, channel.Deps{Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	return ch
}

func TestContract(t *testing.T) {
	channeltest.Run(t, channeltest.Harness{Setup: func(t *testing.T, b channeltest.Behaviour) channeltest.Target {
		var mu sync.Mutex
		var keys []string
		release := make(chan struct{})
		s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			switch b {
			case channeltest.Refuses:
				http.Error(w, "no", http.StatusGone)
			case channeltest.RefusesForNow:
				http.Error(w, "no", http.StatusBadGateway)
			case channeltest.Throttles:
				w.Header().Set("Retry-After", "7")
				http.Error(w, "no", http.StatusTooManyRequests)
			case channeltest.ThrottlesSilent:
				http.Error(w, "no", http.StatusTooManyRequests)
			case channeltest.Hangs:
				<-release
			case channeltest.Drops:
				panic(http.ErrAbortHandler)
			case channeltest.WrongCredential:
				http.Error(w, r.Header.Get("Authorization")+r.URL.Path, http.StatusUnauthorized)
			default:
				mu.Lock()
				defer mu.Unlock()
				keys = append(keys, r.Header.Get("Idempotency-Key"))
			}
		}))
		t.Cleanup(s.Close)
		t.Cleanup(func() { close(release) }) // before Close, which waits for handlers
		c := webhook.Config{CAFile: caOf(t, s), Secret: secret.Ref("file:" + file(t, key)),
			Secrets: map[string]secret.Ref{"Authorization": secret.Ref("file:" + file(t, "Bearer "+bearer))}}
		if b == channeltest.Untrusted {
			_, c.CAFile = channeltest.NewTLS(t)
			s.Config.ErrorLog = nil
		}
		recipient := s.URL + "/hooks/" + token + "?sig=" + token
		if b == channeltest.Dead {
			s.Close()
		}
		return channeltest.Target{Channel: open(t, c), Recipient: recipient, Secrets: []string{token, key, bearer},
			Keys: func() []string {
				mu.Lock()
				defer mu.Unlock()
				return append([]string(nil), keys...)
			}}
	}})
}

func caOf(t testing.TB, s *httptest.Server) string {
	return file(t, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})))
}

func TestEveryStatus(t *testing.T) {
	var status int
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
	defer s.Close()
	ch := open(t, webhook.Config{})
	for status = 200; status < 600; status++ {
		want, fails := channel.Permanent, true
		switch {
		case status < 300:
			fails = false
		case status == 408 || status == 425 || status >= 500:
			want = channel.Temporary
		case status == 401 || status == 403 || status == 407:
			want = channel.Denied
		case status == 429:
			want = channel.Throttled
		}
		_, err := ch.Send(t.Context(), channeltest.Message("k", s.URL))
		if (err != nil) != fails {
			t.Errorf("%d: error %v", status, err)
			continue
		}
		if class, _ := channel.ClassOf(err); fails && class != want {
			t.Errorf("%d: class %s, want %s", status, class, want)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	f := func(status int, header string, class channel.Class, low, high time.Duration) {
		t.Helper()
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", header)
			w.WriteHeader(status)
		}))
		defer s.Close()
		_, err := open(t, webhook.Config{}).Send(t.Context(), channeltest.Message("k", s.URL))
		got, after := channel.ClassOf(err)
		if got != class || after < low || after > high {
			t.Errorf("%d %q: %s after %v, want %s after %v to %v", status, header, got, after, class, low, high)
		}
	}
	f(429, "30", channel.Throttled, 30*time.Second, 30*time.Second)
	f(503, "2", channel.Throttled, 2*time.Second, 2*time.Second)
	f(429, time.Now().Add(time.Minute).UTC().Format(http.TimeFormat), channel.Throttled, 57*time.Second, time.Minute)
	f(429, time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat), channel.Throttled, 0, 0)
	f(429, "-5", channel.Throttled, 0, 0)
	f(429, "soon", channel.Throttled, 0, 0)
	f(429, "99999999999", channel.Throttled, 0, 7*24*time.Hour)
	f(500, "30", channel.Temporary, 0, 0)
}

func TestRequest(t *testing.T) {
	var got *http.Request
	var body string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		got, body = r, string(b)
		w.Header().Set("X-Request-Id", "req-7")
	}))
	defer s.Close()
	f := func(c webhook.Config, wantBody string) {
		t.Helper()
		c.Secret = secret.Ref("file:" + file(t, key))
		c.Headers = map[string]string{"X-Team": "soc"}
		receipt, err := open(t, c).Send(t.Context(), channeltest.Message("the-key", "file:"+file(t, s.URL+"/hook")))
		if err != nil {
			t.Fatal(err)
		}
		if receipt.Reference != "req-7" {
			t.Errorf("reference %q", receipt.Reference)
		}
		if body != wantBody {
			t.Errorf("body %s, want %s", body, wantBody)
		}
		for name, want := range map[string]string{"Content-Type": "application/json; charset=utf-8", "Idempotency-Key": "the-key",
			"X-Team": "soc", "User-Agent": "Glasswatch/test"} {
			if got := got.Header.Get(name); got != want {
				t.Errorf("%s: %q, want %q", name, got, want)
			}
		}
		verify(t, got.Header.Get("X-Glasswatch-Signature"), body)
	}
	m := channeltest.Message("the-key", "")
	f(webhook.Config{}, string(m.Full()))
	f(webhook.Config{Schema: "common"}, string(m.Common()))
}

// verify checks a signature as a receiver would.
func verify(t *testing.T, header, body string) {
	t.Helper()
	stamp, sum, ok := strings.Cut(strings.TrimPrefix(header, "t="), ",v1=")
	if !ok {
		t.Fatalf("signature %q", header)
	}
	at, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || time.Since(time.Unix(at, 0)).Abs() > time.Minute {
		t.Errorf("signature of %q: %v", stamp, err)
	}
	h := hmac.New(sha256.New, []byte(key))
	fmt.Fprintf(h, "%s.%s", stamp, body)
	if want := hex.EncodeToString(h.Sum(nil)); sum != want {
		t.Errorf("signature %s, want %s", sum, want)
	}
}

func TestRedirects(t *testing.T) {
	var hits []string
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { hits = append(hits, "other") }))
	defer other.Close()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/away":
			http.Redirect(w, r, other.URL, http.StatusTemporaryRedirect)
		case "/moved":
			http.Redirect(w, r, "/here", http.StatusPermanentRedirect)
		case "/see":
			http.Redirect(w, r, "/here", http.StatusSeeOther) // would turn into a GET without a body
		case "/round":
			http.Redirect(w, r, "/round", http.StatusTemporaryRedirect)
		case "/here":
			b, _ := io.ReadAll(r.Body)
			hits = append(hits, r.Method+" "+strconv.Itoa(len(b)))
		}
	}))
	defer s.Close()
	ch := open(t, webhook.Config{})
	f := func(path string, ok bool) {
		t.Helper()
		_, err := ch.Send(t.Context(), channeltest.Message("k", s.URL+path))
		if (err == nil) != ok {
			t.Errorf("%s: %v", path, err)
		}
		if class, _ := channel.ClassOf(err); err != nil && class != channel.Permanent {
			t.Errorf("%s: class %s", path, class)
		}
	}
	f("/moved", true)
	f("/away", false)
	f("/see", false)
	f("/round", false)
	if want := "POST " + strconv.Itoa(len(channeltest.Message("k", "").Full())); len(hits) != 1 || hits[0] != want {
		t.Errorf("hits %q, want only %q", hits, want)
	}
}

func TestRecipient(t *testing.T) {
	f := func(recipient string, ok bool) {
		t.Helper()
		err := webhook.Kind().CheckRecipient(recipient)
		if (err == nil) != ok {
			t.Errorf("%q: %v", recipient, err)
		}
		if err != nil && strings.Contains(err.Error(), token) {
			t.Errorf("the token is in the error: %v", err)
		}
	}
	f("https://hooks.example.com/"+token, true)
	f("http://127.0.0.1:8080/x", true)
	f("http://localhost/x", true)
	f("env:HOOK", true)
	f("file:/run/secrets/hook", true)
	f("http://hooks.example.com/"+token, false)
	f("https://user:"+token+"@hooks.example.com/", false)
	f("ftp://hooks.example.com/"+token, false)
	f("", false)
	f("hooks.example.com", false)
	f("https://h\x7f/"+token, false)
}

func TestConfigReportsAllProblems(t *testing.T) {
	_, err := webhook.New(webhook.Config{Schema: "v1", Secret: "plain", Secrets: map[string]secret.Ref{"X": "env:"}, CAFile: "/does/not/exist"}, channel.Deps{})
	if err == nil {
		t.Fatal("no error")
	}
	for _, part := range []string{`schema "v1"`, "secret: not a secret reference", "secretHeaders, X", "caFile"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q is not in: %v", part, err)
		}
	}
}
