package action_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/glasswatch/glasswatch/internal/action"
	"github.com/glasswatch/glasswatch/internal/alert"
	"github.com/glasswatch/glasswatch/internal/channel"
	"github.com/glasswatch/glasswatch/internal/channel/channeltest"
	"github.com/glasswatch/glasswatch/internal/channel/email"
	"github.com/glasswatch/glasswatch/internal/channel/webhook"
)

func mailChannel(t testing.TB, s *channeltest.SMTP) channel.Channel {
	t.Helper()
	ch, err := email.New(email.Config{Host: s.Host, Port: s.Port, Security: "none", From: "glasswatch@contoso.com"}, channel.Deps{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ch.Close() })
	return ch
}

// One server refuses an address, another hangs after DATA, a third is dead: the one good recipient has the mail at once.
func TestRealServers(t *testing.T) {
	release := make(chan struct{})
	good := channeltest.NewSMTP(t, channeltest.SMTPOptions{Rcpt: func(to string) error {
		if to == "gone@contoso.com" {
			return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user"}
		}
		return nil
	}})
	slow := channeltest.NewSMTP(t, channeltest.SMTPOptions{Data: func(string) error { <-release; return nil }})
	t.Cleanup(func() { close(release) })
	dead := channeltest.NewSMTP(t, channeltest.SMTPOptions{})
	dead.Close()
	hook, err := webhook.New(webhook.Config{}, channel.Deps{})
	if err != nil {
		t.Fatal(err)
	}
	hooks := make(chan string, 10)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { hooks <- r.Header.Get("Idempotency-Key") }))
	t.Cleanup(server.Close)
	g := action.Group{Name: "duty", Receivers: []action.Receiver{
		{Name: "gone", Channel: "good", Recipient: "gone@contoso.com"},
		{Name: "slow", Channel: "slow", Recipient: "ann@contoso.com"},
		{Name: "dead", Channel: "dead", Recipient: "ann@contoso.com"},
		{Name: "ann", Channel: "good", Recipient: "ann@contoso.com"},
		{Name: "hook", Channel: "hook", Recipient: server.URL},
	}}
	channels := map[string]channel.Channel{"good": mailChannel(t, good), "slow": mailChannel(t, slow), "dead": mailChannel(t, dead), "hook": hook}
	w := start(t, filepath.Join(t.TempDir(), "state.db"), action.Options{Channels: channels, Groups: []action.Group{g},
		Policy: action.Policy{AttemptTimeout: 5 * time.Second, Grace: 100 * time.Millisecond}})
	began := time.Now()
	fire(t, w, newAlert("r1", "h", alert.Sev0))
	mails := good.Wait(t, 1)
	if took := mails[0].At.Sub(began); took > 2*time.Second {
		t.Errorf("the good recipient waited %v", took)
	}
	if got := mails[0].To; got != "ann@contoso.com" {
		t.Errorf("mail to %s", got)
	}
	<-hooks
	good.Wait(t, 2) // and hears that "gone" cannot be reached
	w.stop()
}

// TestHelperFires is not a test: the kill test runs it as a process of its own. It fires alerts until it is killed, and
// says which are durable.
func TestHelperFires(t *testing.T) {
	dir, addr := os.Getenv("GLASSWATCH_TEST_STATE"), os.Getenv("GLASSWATCH_TEST_SMTP")
	if dir == "" {
		t.Skip("runs within TestKill")
	}
	host, port, _ := strings.Cut(addr, ":")
	c := email.Config{Host: host, Security: "none", From: "glasswatch@contoso.com"}
	_, _ = fmt.Sscan(port, &c.Port)
	ch, err := email.New(c, channel.Deps{})
	if err != nil {
		t.Fatal(err)
	}
	w := start(t, filepath.Join(dir, "state.db"), action.Options{Channels: map[string]channel.Channel{"mail": ch},
		Groups: []action.Group{group("duty", "ann@contoso.com", "bob@contoso.com")}})
	for i := range 100000 {
		key := os.Getenv("GLASSWATCH_TEST_ROUND") + "-" + fmt.Sprint(i)
		if err := w.Fire(context.Background(), []alert.Alert{newAlert(key, "h", alert.Sev0)}); err != nil {
			t.Fatal(err)
		}
		fmt.Println("durable", key)
	}
}

// TestKill kills a process that fires and sends, again and again, at any instant. Whatever Fire had said to be durable is
// there once, and in the end each has reached both recipients at least once; what came twice has the same Message-ID.
func TestKill(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	dir := t.TempDir()
	server := channeltest.NewSMTP(t, channeltest.SMTPOptions{})
	durable := map[string]bool{}
	for round := range 6 {
		cmd := exec.Command(os.Args[0], "-test.run=^TestHelperFires$", "-test.v")
		cmd.Env = append(os.Environ(), "GLASSWATCH_TEST_STATE="+dir, "GLASSWATCH_TEST_SMTP="+server.Addr, fmt.Sprintf("GLASSWATCH_TEST_ROUND=%d", round))
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines, seen := bufio.NewScanner(out), 0
		for lines.Scan() {
			if key, ok := strings.CutPrefix(lines.Text(), "durable "); ok {
				durable[key] = true
				if seen++; seen == 20+13*round {
					if err := cmd.Process.Kill(); err != nil { // SIGKILL
						t.Fatal(err)
					}
				}
			}
		}
		if err := cmd.Wait(); err == nil {
			t.Fatal("the process ended by itself")
		} else if exit := new(exec.ExitError); !errors.As(err, &exit) {
			t.Fatal(err)
		}
	}
	store := openState(t, filepath.Join(dir, "state.db"))
	all, err := store.Alerts(t.Context(), action.Filter{Limit: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	kept := map[string]int{}
	for _, a := range all {
		kept[a.RecordKey]++
	}
	for key := range durable {
		if kept[key] != 1 {
			t.Errorf("%s was durable; there are %d alerts of it", key, kept[key])
		}
	}
	pending, err := store.Pending(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}

	w := start(t, filepath.Join(dir, "state.db"), action.Options{Channels: map[string]channel.Channel{"mail": mailChannel(t, server)},
		Groups: []action.Group{group("duty", "ann@contoso.com", "bob@contoso.com")}})
	for range 1000 {
		if left, err := w.store.Pending(t.Context()); err != nil || len(left) == 0 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	w.stop()
	got, ids := map[string]int{}, map[string]string{}
	for _, m := range server.Mails() {
		what := m.To + " " + m.Header.Get("References")
		got[what]++
		id := m.Header.Get("Message-ID")
		if ids[what] != "" && ids[what] != id {
			t.Errorf("%s came twice with different Message-IDs", what)
		}
		ids[what] = id
	}
	twice := 0
	for _, a := range all {
		for _, to := range []string{"ann@contoso.com", "bob@contoso.com"} {
			n := got[to+" <alert."+a.ID+"@contoso.com>"]
			if n == 0 {
				t.Errorf("%s has no mail about %s", to, a.RecordKey)
			}
			if n > 1 {
				twice++
			}
		}
	}
	t.Logf("%d alerts durable, %d kept, %d notifications were pending after the last kill, %d came more than once", len(durable), len(all), len(pending), twice)
}
