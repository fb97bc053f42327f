// Package channeltest is the contract of stage 7: what every channel must do. Each channel's own tests run it against a
// real server on loopback. It also has that server for mail, for the tests of other stages.
package channeltest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/glasswatch/glasswatch/internal/channel"
)

// Behaviour is what the other side does.
type Behaviour string

// The behaviours.
const (
	Accepts         Behaviour = "accepts"
	Refuses         Behaviour = "refuses for good"
	RefusesForNow   Behaviour = "refuses for now"
	Throttles       Behaviour = "throttles for 7 s"
	ThrottlesSilent Behaviour = "throttles, without saying for how long"
	Hangs           Behaviour = "hangs"
	Drops           Behaviour = "closes the connection in the middle"
	Dead            Behaviour = "listens no more"
	WrongCredential Behaviour = "refuses the credential, and repeats it"
	Untrusted       Behaviour = "has a certificate that is not trusted"
)

// Behaviours lists all of them.
func Behaviours() []Behaviour {
	return []Behaviour{Accepts, Refuses, RefusesForNow, Throttles, ThrottlesSilent, Hangs, Drops, Dead, WrongCredential, Untrusted}
}

// Target is a channel and the other side.
type Target struct {
	Channel   channel.Channel
	Recipient string
	Keys      func() []string // the keys of the messages that the other side took
	Secrets   []string        // texts that no error may show
}

// Harness sets targets up.
type Harness struct {
	Setup  func(t *testing.T, b Behaviour) Target
	Cannot map[Behaviour]string // behaviours that the kind cannot meet, and why
}

// want is the class of the error of each behaviour.
var want = map[Behaviour]channel.Class{
	Refuses: channel.Permanent, RefusesForNow: channel.Temporary, Throttles: channel.Throttled, ThrottlesSilent: channel.Throttled,
	Hangs: channel.Temporary, Drops: channel.Temporary, Dead: channel.Temporary, WrongCredential: channel.Denied, Untrusted: channel.Denied,
}

// Run checks the contract.
func Run(t *testing.T, h Harness) {
	for _, b := range Behaviours() {
		t.Run(strings.ReplaceAll(string(b), " ", "-"), func(t *testing.T) {
			if why := h.Cannot[b]; why != "" {
				t.Logf("does not apply: %s", why)
				return
			}
			if b == Accepts {
				accepts(t, h)
				return
			}
			fails(t, h, b)
		})
	}
	t.Run("cancelled", func(t *testing.T) { cancelled(t, h) })
	t.Run("many-at-once", func(t *testing.T) { concurrent(t, h) })
}

// Message returns a message for a recipient.
func Message(key, recipient string) channel.Message {
	return channel.Message{
		Key: key, Recipient: recipient, Severity: "Sev0", Thread: "alert-1",
		Subject: "Sev0: bg-north@contoso.onmicrosoft.com signed in", Text: "It happened.\n.\nAnd this line follows a dot.\n", HTML: "<p>It happened.</p>",
		SentAt: time.Date(2026, 11, 22, 3, 4, 5, 0, time.UTC), Common: func() []byte { return []byte(`{"schemaId":"azureMonitorCommonAlertSchema"}`) },
		Full: func() []byte { return []byte(`{"schema":"glasswatch.alert/v1","notificationId":"` + key + `"}`) },
	}
}

func accepts(t *testing.T, h Harness) {
	target := h.Setup(t, Accepts)
	for i := range 3 { // the second and third may use what the first left open
		key := fmt.Sprintf("key-%d", i)
		r, err := target.Channel.Send(t.Context(), Message(key, target.Recipient))
		if err != nil {
			t.Fatal(err)
		}
		if r.Reference == "" {
			t.Error("receipt without a reference")
		}
	}
	if got := target.Keys(); !slices.Equal(got, []string{"key-0", "key-1", "key-2"}) {
		t.Errorf("the other side has %q", got)
	}
	again := Message("key-2", target.Recipient)
	again.HTML = ""
	if _, err := target.Channel.Send(t.Context(), again); err != nil {
		t.Fatalf("the same notification once more: %v", err)
	}
	if got := target.Keys(); got[len(got)-1] != "key-2" {
		t.Errorf("the same notification came with the key %q", got[len(got)-1])
	}
}

func fails(t *testing.T, h Harness, b Behaviour) {
	target := h.Setup(t, b)
	limit := 5 * time.Second
	if b == Hangs {
		limit = 150 * time.Millisecond
	}
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	started := time.Now()
	_, err := target.Channel.Send(ctx, Message("key", target.Recipient))
	if took := time.Since(started); took > limit+2*time.Second {
		t.Errorf("took %v, the context ended after %v", took, limit)
	}
	if err == nil {
		t.Fatal("no error")
	}
	class, after := channel.ClassOf(err)
	if class != want[b] {
		t.Errorf("class %s, want %s: %v", class, want[b], err)
	}
	switch {
	case b == Throttles && (after < 6*time.Second || after > 7*time.Second):
		t.Errorf("retry after %v, want 7 s", after)
	case b != Throttles && after != 0:
		t.Errorf("retry after %v, and nobody said so", after)
	}
	silent(t, target, err)
}

// silent checks that no form of an error shows a secret.
func silent(t *testing.T, target Target, err error) {
	t.Helper()
	for _, text := range []string{err.Error(), fmt.Sprintf("%+v", err), fmt.Sprintf("%#v", err), fmt.Sprintf("%q", err)} {
		for _, s := range target.Secrets {
			if s == "" || strings.Contains(text, s) {
				t.Errorf("the secret %q is in the error: %s", s, text)
			}
		}
	}
}

func cancelled(t *testing.T, h Harness) {
	target := h.Setup(t, Accepts)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := target.Channel.Send(ctx, Message("key", target.Recipient))
	if err == nil {
		t.Fatal("sent although the context had ended")
	}
	if class, _ := channel.ClassOf(err); class != channel.Temporary {
		t.Errorf("class %s, want temporary: %v", class, err)
	}
	if got := target.Keys(); len(got) != 0 {
		t.Errorf("the other side has %q", got)
	}
	silent(t, target, err)
}

func concurrent(t *testing.T, h Harness) {
	target := h.Setup(t, Accepts)
	var wait sync.WaitGroup
	var keys []string
	for i := range 24 {
		key := fmt.Sprintf("key-%02d", i)
		keys = append(keys, key)
		wait.Go(func() {
			if _, err := target.Channel.Send(t.Context(), Message(key, target.Recipient)); err != nil {
				t.Errorf("%s: %v", key, err)
			}
		})
	}
	wait.Wait()
	got := target.Keys()
	slices.Sort(got)
	if !slices.Equal(got, keys) {
		t.Errorf("the other side has %q", got)
	}
}
