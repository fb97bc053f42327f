package action_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/glasswatch/glasswatch/internal/action"
	"github.com/glasswatch/glasswatch/internal/alert"
	"github.com/glasswatch/glasswatch/internal/channel"
	"github.com/glasswatch/glasswatch/internal/fault"
	"github.com/glasswatch/glasswatch/internal/state"
)

// fake is a channel that does what a test says, and remembers what it was given.
type fake struct {
	send func(ctx context.Context, m channel.Message, n int) error // n: number of the call for this recipient, from 1

	mu    sync.Mutex
	calls map[string]int
	sent  []channel.Message
	at    []time.Time
}

func (f *fake) Send(ctx context.Context, m channel.Message) (channel.Receipt, error) {
	f.mu.Lock()
	if f.calls == nil {
		f.calls = map[string]int{}
	}
	f.calls[m.Recipient]++
	n := f.calls[m.Recipient]
	f.mu.Unlock()
	if f.send != nil {
		if err := f.send(ctx, m, n); err != nil {
			return channel.Receipt{}, err
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sent = append(f.sent, m)
	f.at = append(f.at, time.Now())
	return channel.Receipt{Reference: "ok"}, nil
}

func (f *fake) delivered(recipient string) (list []channel.Message) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, m := range f.sent {
		if m.Recipient == recipient {
			list = append(list, m)
		}
	}
	return list
}

func (f *fake) attempts(recipient string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls[recipient]
}

func openState(t testing.TB, path string) *state.Store {
	t.Helper()
	s, err := state.Open(context.Background(), state.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// world is an engine with its state, running until stop.
type world struct {
	*action.Engine
	store *state.Store
	stop  func()
}

func start(t testing.TB, path string, o action.Options) *world {
	t.Helper()
	w := &world{store: openState(t, path)}
	if b, ok := o.Store.(*broken); ok {
		b.Store = w.store
	} else {
		o.Store = w.store
	}
	var err error
	if w.Engine, err = action.New(o); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	w.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := w.store.Close(); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(w.stop)
	return w
}

func group(name string, receivers ...string) action.Group {
	g := action.Group{Name: name}
	for _, r := range receivers {
		g.Receivers = append(g.Receivers, action.Receiver{Name: r, Channel: "mail", Recipient: r})
	}
	return g
}

func newAlert(key, hash string, rank alert.Severity) alert.Alert {
	now := time.Now()
	return alert.Alert{
		Rule: "break-glass-sign-in", Severity: rank, Sentence: "bg-north signed in (" + key + ")", Table: "SigninLogs",
		Account: alert.Account{UserPrincipalName: "bg-north@contoso.com"}, Outcome: alert.Outcome{Code: "0", Class: "SUCCESS", Proof: "Y", Rank: rank},
		RecordKey: key, RecordHash: hash, SignedInAt: now.Add(-time.Minute), ReceivedAt: now, FiredAt: now,
		Record: json.RawMessage(`{"UserId":"b6"}`), ActionGroups: []string{"duty"},
	}
}

func fire(t testing.TB, w *world, alerts ...alert.Alert) {
	t.Helper()
	if err := w.Fire(context.Background(), alerts); err != nil {
		t.Fatal(err)
	}
}

func show(t testing.TB, w *world, rule string) action.Details {
	t.Helper()
	list, err := w.Alerts(context.Background(), action.Filter{Rule: rule})
	if err != nil || len(list) != 1 {
		t.Fatalf("%d alerts of rule %s, want 1: %v", len(list), rule, err)
	}
	d, err := w.Show(context.Background(), list[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// bubble runs a test in synctest with a state file of its own.
func bubble(t *testing.T, test func(t *testing.T, path string)) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "state.db")
	synctest.Test(t, func(t *testing.T) { test(t, path) })
}

func TestFireAndRevise(t *testing.T) {
	bubble(t, func(t *testing.T, path string) {
		ch := &fake{}
		w := start(t, path, action.Options{Channels: map[string]channel.Channel{"mail": ch}, Groups: []action.Group{group("duty", "ann", "bob")}})
		f := func(a alert.Alert, want int) {
			t.Helper()
			fire(t, w, a)
			time.Sleep(time.Second)
			if got := len(ch.delivered("ann")); got != want {
				t.Fatalf("ann has %d messages, want %d", got, want)
			}
			if got := len(ch.delivered("bob")); got != want {
				t.Fatalf("bob has %d messages, want %d", got, want)
			}
		}
		f(newAlert("r1", "h0", alert.Sev2), 1)
		f(newAlert("r1", "h0", alert.Sev2), 1) // a duplicate delivery
		f(newAlert("r1", "h1", alert.Sev2), 1) // more detail
		if _, err := w.Acknowledge(t.Context(), show(t, w, "").Alert.ID, "ann", "calling"); err != nil {
			t.Fatal(err)
		}
		f(newAlert("r1", "h2", alert.Sev0), 2) // worse
		f(newAlert("r1", "h1", alert.Sev2), 2) // an old revision again
		f(newAlert("r2", "h0", alert.Sev0), 3)

		first, second := ch.delivered("ann")[0], ch.delivered("ann")[1]
		if first.Thread != second.Thread || first.Update || !second.Update || first.Key == second.Key {
			t.Errorf("first %q update %v key %s, second %q update %v key %s", first.Thread, first.Update, first.Key, second.Thread, second.Update, second.Key)
		}
		d, err := w.Show(t.Context(), first.Thread)
		if err != nil {
			t.Fatal(err)
		}
		if d.Alert.State != alert.Fired || d.Alert.Severity != alert.Sev0 || d.Alert.DeliveredAt == nil || len(d.Notifications) != 4 || len(d.Attempts) != 4 {
			t.Errorf("alert %+v, %d notifications, %d attempts", d.Alert, len(d.Notifications), len(d.Attempts))
		}
		w.stop()
	})
}

func TestRefusedHoldsNobodyBack(t *testing.T) {
	bubble(t, func(t *testing.T, path string) {
		ch := &fake{send: func(ctx context.Context, m channel.Message, _ int) error {
			switch m.Recipient {
			case "gone":
				return channel.Fail(channel.Permanent, "550 no such user")
			case "hangs":
				<-ctx.Done()
				return channel.Fail(channel.Temporary, "%w", ctx.Err())
			}
			return nil
		}}
		w := start(t, path, action.Options{Channels: map[string]channel.Channel{"mail": ch}, Groups: []action.Group{group("duty", "gone", "hangs", "ann"), group("chiefs", "cleo")}})
		before := time.Now()
		fire(t, w, newAlert("r1", "h", alert.Sev0))
		synctest.Wait()
		if got := ch.delivered("ann"); len(got) == 0 || !time.Now().Equal(before) {
			t.Fatalf("ann has %d messages after %v", len(got), time.Since(before))
		}
		// The refusal is an alert of its own, to everyone but the one who cannot be reached.
		time.Sleep(time.Second)
		system := show(t, w, action.UndeliverableRule)
		var told []string
		for _, n := range system.Notifications {
			told = append(told, n.Recipient)
		}
		slices.Sort(told)
		if diff := cmp.Diff([]string{"ann", "cleo", "hangs"}, told); diff != "" {
			t.Error(diff)
		}
		if s := system.Alert.Sentence; !strings.Contains(s, "gone") || !strings.Contains(s, "550 no such user") || system.Alert.Severity != alert.Sev1 {
			t.Errorf("%s: %s", system.Alert.Severity, s)
		}
		if got := len(ch.delivered("cleo")); got != 1 {
			t.Errorf("cleo has %d messages, want the system alert", got)
		}
		if got := ch.attempts("gone"); got != 1 {
			t.Errorf("%d attempts after a refusal for good", got)
		}
		// A second refusal in the same hour raises no second alert.
		fire(t, w, newAlert("r2", "h", alert.Sev0))
		time.Sleep(time.Second)
		show(t, w, action.UndeliverableRule)
		w.stop()
	})
}

func TestNoLoop(t *testing.T) {
	bubble(t, func(t *testing.T, path string) {
		ch := &fake{send: func(context.Context, channel.Message, int) error { return channel.Fail(channel.Permanent, "550 no") }}
		w := start(t, path, action.Options{Channels: map[string]channel.Channel{"mail": ch}, Groups: []action.Group{group("duty", "ann", "bob")}})
		fire(t, w, newAlert("r1", "h", alert.Sev0))
		time.Sleep(24 * time.Hour)
		all, err := w.Alerts(t.Context(), action.Filter{})
		if err != nil || len(all) != 3 { // the alert, and that ann and that bob cannot be reached
			t.Errorf("%d alerts, want 3: %v", len(all), err)
		}
		if n := ch.attempts("ann") + ch.attempts("bob"); n != 4 {
			t.Errorf("%d attempts, want 4", n)
		}
		w.stop()
	})
}

func TestBackoffAndExpiry(t *testing.T) {
	bubble(t, func(t *testing.T, path string) {
		var mu sync.Mutex
		var at []time.Time
		ch := &fake{send: func(_ context.Context, m channel.Message, _ int) error {
			if m.Recipient != "ann" {
				return nil
			}
			mu.Lock()
			defer mu.Unlock()
			at = append(at, time.Now())
			return channel.Fail(channel.Temporary, "451 later")
		}}
		policy := action.Policy{FirstRetry: time.Second, MaxRetry: time.Minute, Expire: time.Hour, Late: 5 * time.Minute}
		w := start(t, path, action.Options{Channels: map[string]channel.Channel{"mail": ch}, Policy: policy, Groups: []action.Group{group("duty", "ann", "bob")}})
		fired := time.Now()
		a := newAlert("r1", "h", alert.Sev0)
		fire(t, w, a)
		time.Sleep(3 * time.Hour)
		mu.Lock()
		defer mu.Unlock()
		for i := 1; i < len(at); i++ {
			full := min(time.Second<<min(i-1, 10), time.Minute)
			gap := at[i].Sub(at[i-1])
			if i == len(at)-1 {
				full = max(gap, 0) // the last one is at the deadline
			}
			if gap > full || gap < full*79/100 {
				t.Errorf("attempt %d after %v, want %v less a fifth at most", i+1, gap, full)
			}
		}
		if last := at[len(at)-1].Sub(fired); last != time.Hour {
			t.Errorf("last attempt after %v, want at the deadline", last)
		}
		d := show(t, w, a.Rule)
		i := slices.IndexFunc(d.Notifications, func(n action.Notification) bool { return n.Recipient == "ann" })
		if n := d.Notifications[i]; n.State != action.Expired || n.Attempts != len(at) || n.LastError != "451 later" {
			t.Errorf("%+v", n)
		}
		var keys []string
		all, err := w.Alerts(t.Context(), action.Filter{Rule: action.UndeliverableRule})
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range all {
			keys = append(keys, strings.Split(a.RecordKey, "|")[2])
		}
		slices.Sort(keys)
		if diff := cmp.Diff([]string{"expired", "late"}, keys); diff != "" {
			t.Errorf("system alerts: %s", diff)
		}
		w.stop()
	})
}

// A wrong password is no fault of the recipient: people are told at once, nothing is lost, and after a repair, which is
// a start of a new engine, it goes out at once.
func TestDenied(t *testing.T) {
	bubble(t, func(t *testing.T, path string) {
		ch := &fake{send: func(context.Context, channel.Message, int) error {
			return channel.Fail(channel.Denied, "535 wrong password")
		}}
		other := &fake{}
		g := group("duty", "ann")
		g.Receivers = append(g.Receivers, action.Receiver{Name: "op", Channel: "hook", Recipient: "op"})
		channels := map[string]channel.Channel{"mail": ch, "hook": other}
		w := start(t, path, action.Options{Channels: channels, Groups: []action.Group{g}})
		fire(t, w, newAlert("r1", "h", alert.Sev0))
		time.Sleep(time.Second)
		if got := show(t, w, action.UndeliverableRule); !strings.Contains(got.Alert.Sentence, "535 wrong password") || len(other.delivered("op")) != 2 {
			t.Errorf("%d messages, %q", len(other.delivered("op")), got.Alert.Sentence)
		}
		time.Sleep(time.Hour)
		if got := ch.attempts("ann"); got < 11 || got > 14 {
			t.Errorf("%d attempts within an hour, want one every five minutes", got)
		}
		w.stop()

		repaired := &fake{}
		channels["mail"] = repaired
		w = start(t, path, action.Options{Channels: channels, Groups: []action.Group{g}})
		time.Sleep(time.Second)
		if got := len(repaired.delivered("ann")); got != 1 {
			t.Errorf("%d messages a second after the repair, want 1", got)
		}
		w.stop()
	})
}

func TestRetryAfter(t *testing.T) {
	bubble(t, func(t *testing.T, path string) {
		ch := &fake{send: func(_ context.Context, m channel.Message, n int) error {
			if n > 1 || m.Recipient == "op" {
				return nil
			}
			e := channel.Fail(channel.Throttled, "429")
			e.RetryAfter = 90 * time.Second
			if m.Recipient == "greedy" {
				e.RetryAfter = 1000 * time.Hour // nobody may mute an alarm for so long
			}
			return e
		}}
		w := start(t, path, action.Options{Channels: map[string]channel.Channel{"mail": ch},
			Groups: []action.Group{group("duty", "ann", "greedy"), group("ops", "op")}, SystemGroups: []string{"ops"}})
		began := time.Now()
		fire(t, w, newAlert("r1", "h", alert.Sev0))
		time.Sleep(time.Second)
		fire(t, w, newAlert("r2", "h", alert.Sev0)) // waits too: it is the same recipient
		time.Sleep(88 * time.Second)
		if got := ch.attempts("ann"); got != 1 {
			t.Errorf("%d attempts within the time asked for, want 1", got)
		}
		time.Sleep(2 * time.Second)
		if got := len(ch.delivered("ann")); got != 2 {
			t.Errorf("%d messages after it, want 2", got)
		}
		if got := ch.attempts("op"); got != 1 { // it is clear at once that greedy will not be told in time
			t.Errorf("%d alerts about the greedy one, want 1", got)
		}
		time.Sleep(time.Hour)
		if got := len(ch.delivered("greedy")); got < 2 {
			t.Errorf("%d messages to the greedy one after %v, want 2", got, time.Since(began))
		}
		w.stop()
	})
}

func TestLanes(t *testing.T) {
	bubble(t, func(t *testing.T, path string) {
		var mu sync.Mutex
		busy, most := map[string]int{}, map[string]int{}
		var order []string
		ch := &fake{send: func(_ context.Context, m channel.Message, _ int) error {
			mu.Lock()
			busy[m.Recipient]++
			most[m.Recipient] = max(most[m.Recipient], busy[m.Recipient])
			total := 0
			for r, n := range busy {
				if r != "all" {
					total += n
				}
			}
			most["all"] = max(most["all"], total)
			order = append(order, m.Severity)
			mu.Unlock()
			time.Sleep(time.Second)
			mu.Lock()
			defer mu.Unlock()
			busy[m.Recipient]--
			return nil
		}}
		policy := action.Policy{Workers: 6, LaneWorkers: 4}
		w := start(t, path, action.Options{Channels: map[string]channel.Channel{"mail": ch}, Policy: policy, Groups: []action.Group{group("duty", "ann", "bob", "cleo")}})
		var all []alert.Alert
		for i := range 20 {
			all = append(all, newAlert(fmt.Sprint("r", i), "h", alert.Sev2))
		}
		fire(t, w, all...)
		fire(t, w, newAlert("worst", "h", alert.Sev0))
		time.Sleep(time.Minute)
		for _, r := range []string{"ann", "bob", "cleo"} {
			if got := len(ch.delivered(r)); got != 21 {
				t.Errorf("%s has %d messages, want 21", r, got)
			}
			if most[r] > 4 {
				t.Errorf("%s: %d at once, want 4 at most", r, most[r])
			}
		}
		if most["all"] != 6 {
			t.Errorf("%d at once, want 6", most["all"])
		}
		if i := slices.Index(order, "Sev0"); i > 6+6 {
			t.Errorf("the worst alert was sent as number %d of %d", i+1, len(order))
		}
		w.stop()
	})
}

// Messages about one alert to one recipient arrive in order, even when the first has to be retried while the second waits.
func TestOneAlertAtATime(t *testing.T) {
	bubble(t, func(t *testing.T, path string) {
		var mu sync.Mutex
		busy := 0
		ch := &fake{send: func(context.Context, channel.Message, int) error {
			mu.Lock()
			busy++
			if busy > 1 {
				t.Error("two messages about one alert at once")
			}
			mu.Unlock()
			time.Sleep(10 * time.Second)
			mu.Lock()
			defer mu.Unlock()
			busy--
			return nil
		}}
		w := start(t, path, action.Options{Channels: map[string]channel.Channel{"mail": ch}, Groups: []action.Group{group("duty", "ann")}})
		fire(t, w, newAlert("r1", "h0", alert.Sev2))
		fire(t, w, newAlert("r1", "h1", alert.Sev1))
		fire(t, w, newAlert("r1", "h2", alert.Sev0))
		time.Sleep(time.Minute)
		var severities []string
		for _, m := range ch.delivered("ann") {
			severities = append(severities, m.Severity)
		}
		if len(severities) != 3 || severities[0] != "Sev2" {
			t.Errorf("order %q", severities)
		}
		w.stop()
	})
}

func TestRestart(t *testing.T) {
	bubble(t, func(t *testing.T, path string) {
		down := &fake{send: func(context.Context, channel.Message, int) error { return errors.New("no class: is tried again") }}
		groups := []action.Group{group("duty", "ann", "bob")}
		w := start(t, path, action.Options{Channels: map[string]channel.Channel{"mail": down}, Groups: groups})
		fire(t, w, newAlert("r1", "h", alert.Sev0))
		time.Sleep(30 * time.Second)
		w.stop()

		// Fired while nothing runs: a store that has seen no Run.
		store := openState(t, path)
		up := &fake{}
		e, err := action.New(action.Options{Store: store, Channels: map[string]channel.Channel{"mail": up}, Groups: groups})
		if err != nil {
			t.Fatal(err)
		}
		if err := e.Fire(t.Context(), []alert.Alert{newAlert("r2", "h", alert.Sev0)}); err != nil {
			t.Fatal(err)
		}
		if len(up.delivered("ann")) != 0 {
			t.Error("sent before Run")
		}
		if err := store.Close(); err != nil {
			t.Fatal(err)
		}

		w = start(t, path, action.Options{Channels: map[string]channel.Channel{"mail": up}, Groups: groups})
		time.Sleep(5 * time.Minute)
		for _, r := range []string{"ann", "bob"} {
			if got := len(up.delivered(r)); got != 2 {
				t.Errorf("%s has %d messages after the restart, want 2", r, got)
			}
		}
		// A channel that is no longer configured is a refusal, not a loss without a word.
		w.stop()
	})
}

func TestStopLetsAttemptsEnd(t *testing.T) {
	bubble(t, func(t *testing.T, path string) {
		ch := &fake{send: func(ctx context.Context, _ channel.Message, n int) error {
			select {
			case <-time.After(2 * time.Second):
				return nil
			case <-ctx.Done():
				return channel.Fail(channel.Temporary, "%w", ctx.Err())
			}
		}}
		groups := []action.Group{group("duty", "ann")}
		w := start(t, path, action.Options{Channels: map[string]channel.Channel{"mail": ch}, Groups: groups})
		fire(t, w, newAlert("r1", "h", alert.Sev0))
		time.Sleep(time.Second)
		w.stop()
		if got := len(ch.delivered("ann")); got != 1 {
			t.Errorf("%d messages, want the one that was under way", got)
		}
		store := openState(t, path)
		defer store.Close()
		pending, err := store.Pending(t.Context())
		if err != nil || len(pending) != 0 {
			t.Errorf("%d pending, want none: its outcome was known: %v", len(pending), err)
		}
	})
}

func TestChannelPanicAndUnknownGroup(t *testing.T) {
	bubble(t, func(t *testing.T, path string) {
		ch := &fake{send: func(_ context.Context, m channel.Message, n int) error {
			if m.Recipient == "ann" && n == 1 {
				panic("broken")
			}
			return nil
		}}
		w := start(t, path, action.Options{Channels: map[string]channel.Channel{"mail": ch}, Groups: []action.Group{group("duty", "ann"), group("chiefs", "cleo", "ann")}})
		a := newAlert("r1", "h", alert.Sev0)
		a.ActionGroups = []string{"typo"} // told too widely, not to nobody; and ann only once
		fire(t, w, a)
		time.Sleep(time.Minute)
		if a, c := len(ch.delivered("ann")), len(ch.delivered("cleo")); a != 1 || c != 1 {
			t.Errorf("ann has %d, cleo %d messages, want 1 each", a, c)
		}
		w.stop()
	})
}

func TestSendTest(t *testing.T) {
	bubble(t, func(t *testing.T, path string) {
		ch := &fake{send: func(_ context.Context, m channel.Message, _ int) error {
			if m.Recipient == "gone" {
				return channel.Fail(channel.Permanent, "550 no such user")
			}
			return nil
		}}
		w := start(t, path, action.Options{Channels: map[string]channel.Channel{"mail": ch}, Groups: []action.Group{group("duty", "gone", "ann")}})
		got, err := w.Test(t.Context(), "duty")
		if err != nil {
			t.Fatal(err)
		}
		want := []action.TestResult{
			{Receiver: "gone", Channel: "mail", Recipient: "gone", Error: "550 no such user"},
			{Receiver: "ann", Channel: "mail", Recipient: "ann", Delivered: true, Reference: "ok"},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		m := ch.delivered("ann")[0]
		if !strings.HasPrefix(m.Subject, "[TEST]") || !strings.Contains(m.Text, "THIS IS A TEST") || !strings.Contains(m.HTML, "test") {
			t.Errorf("the message does not say that it is a test: %q", m.Subject)
		}
		if all, err := w.Alerts(t.Context(), action.Filter{}); err != nil || len(all) != 0 {
			t.Errorf("a test left %d alerts behind, %v", len(all), err)
		}
		if _, err := w.Test(t.Context(), "dutty"); fault.CodeOf(err) != fault.NotFound || !strings.Contains(fault.NextOf(err), "duty") {
			t.Errorf("unknown group: %v", err)
		}
		w.stop()
	})
}

func TestNewReportsAllProblems(t *testing.T) {
	_, err := action.New(action.Options{
		Channels:     map[string]channel.Channel{"mail": &fake{}},
		Groups:       []action.Group{{Name: "empty"}, {Name: "bad", Receivers: []action.Receiver{{Name: "x", Channel: "mial"}}}, group("duty", "ann"), group("duty", "bob")},
		SystemGroups: []string{"ops"},
		Templates: action.Templates{
			ByRule:  map[string]action.Template{"r": {Subject: "{{.Sentense}}"}},
			ByGroup: map[string]action.Template{"g": {HTML: "<p>{{.Sentence"}},
		},
	})
	if fault.CodeOf(err) != fault.Invalid {
		t.Fatalf("error %v", err)
	}
	for _, part := range []string{`"empty" has no receivers`, `unknown channel "mial"`, `"duty" is defined twice`, `"ops" for system alerts`,
		`template of rule "r"`, "Sentense", `template of action group "g"`} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q is not in: %v", part, err)
		}
	}
}

func TestHooks(t *testing.T) {
	bubble(t, func(t *testing.T, path string) {
		var mu sync.Mutex
		var got []string
		add := func(format string, args ...any) {
			mu.Lock()
			defer mu.Unlock()
			got = append(got, fmt.Sprintf(format, args...))
		}
		w := start(t, path, action.Options{Channels: map[string]channel.Channel{"mail": &fake{}}, Groups: []action.Group{group("duty", "ann")}, Hooks: action.Hooks{
			Fired:     func(rule string, s alert.Severity, c action.Change) { add("fired %s %s %s", rule, s, c) },
			Attempted: func(ch, outcome string, _ time.Duration) { add("attempted %s %s", ch, outcome) },
			Delivered: func(ch string, fired, received time.Duration) { add("delivered %s %v %v", ch, fired, received) },
			Pending:   func(n int) { add("pending %d", n) },
		}})
		synctest.Wait()
		fire(t, w, newAlert("r1", "h", alert.Sev0))
		synctest.Wait()
		time.Sleep(time.Second)
		w.stop()
		slices.Sort(got)
		if diff := cmp.Diff([]string{"attempted mail delivered", "delivered mail 0s 0s", "fired break-glass-sign-in Sev0 created", "pending 0", "pending 1"}, got); diff != "" {
			t.Error(diff)
		}
	})
}
