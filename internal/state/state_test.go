package state_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/glasswatch/glasswatch/internal/action"
	"github.com/glasswatch/glasswatch/internal/alert"
	"github.com/glasswatch/glasswatch/internal/fault"
	"github.com/glasswatch/glasswatch/internal/state"
)

var start = time.Date(2026, 11, 22, 3, 4, 5, 0, time.UTC)

var routes = []action.Route{
	{Group: "duty", Receiver: action.Receiver{Name: "ann", Channel: "mail", Recipient: "ann@contoso.com"}},
	{Group: "duty", Receiver: action.Receiver{Name: "hook", Channel: "hook", Recipient: "https://hooks.example.com"}},
}

func open(t testing.TB, path string) *state.Store {
	t.Helper()
	s, err := state.Open(t.Context(), state.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func firing(n int, hash string, rank alert.Severity) action.Firing {
	return action.Firing{Routes: routes, Alert: alert.Alert{
		ID: fmt.Sprintf("%08d-0000-4000-8000-000000000000", n), Rule: "break-glass-sign-in", State: alert.Fired, Severity: rank,
		Sentence: "signed in, " + hash, Account: alert.Account{UserPrincipalName: "BG-North@contoso.com"},
		Outcome: alert.Outcome{Code: "0", Rank: rank}, RecordKey: fmt.Sprintf("record-%d", n), RecordHash: hash,
		FiredAt: start.Add(time.Duration(n) * time.Second), Record: json.RawMessage(`{"UserId":"b6"}`),
	}}
}

func fire(t *testing.T, s *state.Store, f ...action.Firing) []action.Fired {
	t.Helper()
	out, err := s.Fire(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestFire(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "state.db"))
	f := func(hash string, rank alert.Severity, want action.Change, owed int, revision int) {
		t.Helper()
		in := firing(1, hash, rank)
		in.Alert.ID = "another-" + hash // a known record keeps its alert's id
		if hash == "h0" {
			in.Alert.ID = "alert-1"
		}
		out := fire(t, s, in)
		if out[0].Change != want || len(out[0].Owed) != owed {
			t.Errorf("%s rank %s: %s with %d owed, want %s with %d", hash, rank, out[0].Change, len(out[0].Owed), want, owed)
		}
		a, err := s.Alert(t.Context(), "alert-1")
		if err != nil {
			t.Fatal(err)
		}
		if a.Revision != revision {
			t.Errorf("%s: revision %d, want %d", hash, a.Revision, revision)
		}
	}
	f("h0", alert.Sev2, action.Created, 2, 0)
	f("h0", alert.Sev2, action.Unchanged, 0, 0)
	f("h1", alert.Sev2, action.Revised, 0, 1)
	f("h2", alert.Sev0, action.Worsened, 2, 2)
	f("h3", alert.Sev2, action.Revised, 0, 3)
	f("h4", alert.Sev0, action.Revised, 0, 4) // as bad as before: told already
	f("h1", alert.Sev2, action.Unchanged, 0, 4)

	all, err := s.Alerts(t.Context(), action.Filter{})
	if err != nil || len(all) != 1 {
		t.Fatalf("%d alerts, %v", len(all), err)
	}
	n, err := s.Notifications(t.Context(), "alert-1")
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]bool{}
	for _, x := range n {
		ids[x.ID] = true
	}
	if len(n) != 4 || len(ids) != 4 {
		t.Errorf("%d notifications with %d ids, want 4", len(n), len(ids))
	}
	old, err := s.Revision(t.Context(), "alert-1", 0)
	if err != nil || old.Sentence != "signed in, h0" {
		t.Errorf("revision 0: %q, %v", old.Sentence, err)
	}
}

func TestOneFailureUndoesOnlyItself(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "state.db"))
	fire(t, s, firing(1, "h", alert.Sev0))
	clash := firing(1, "h", alert.Sev0) // the same id, another record: violates the primary key
	clash.Alert.RecordKey = "another"
	var wait sync.WaitGroup
	var good, bad int
	var mu sync.Mutex
	for i := range 60 {
		wait.Go(func() {
			var err error
			if i%3 == 0 {
				_, err = s.Fire(context.Background(), []action.Firing{firing(100+i, "h", alert.Sev0), clash})
			} else {
				_, err = s.Fire(context.Background(), []action.Firing{firing(100+i, "h", alert.Sev0)})
			}
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				bad++
			} else {
				good++
			}
		})
	}
	wait.Wait()
	if good != 40 || bad != 20 {
		t.Errorf("%d good, %d bad, want 40 and 20", good, bad)
	}
	all, err := s.Alerts(t.Context(), action.Filter{Limit: 1000})
	if err != nil || len(all) != 41 {
		t.Errorf("%d alerts, want 41: %v", len(all), err)
	}
}

func TestRecord(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "state.db"))
	n := fire(t, s, firing(1, "h", alert.Sev0))[0].Owed[0]
	pending := func(want int) {
		t.Helper()
		list, err := s.Pending(t.Context())
		if err != nil || len(list) != want {
			t.Fatalf("%d pending, want %d: %v", len(list), want, err)
		}
	}
	pending(2)
	record := func(state action.Delivery, outcome string, at time.Time) {
		t.Helper()
		n.State, n.Attempts, n.NextAt = state, n.Attempts+1, at.Add(time.Second)
		n.LastError = outcome
		if state == action.Delivered {
			n.DeliveredAt, n.Reference, n.LastError = &at, "250 ok", ""
		}
		if err := s.Record(t.Context(), n, action.Attempt{NotificationID: n.ID, At: at, Took: time.Millisecond, Outcome: outcome}); err != nil {
			t.Fatal(err)
		}
	}
	record(action.Pending, "temporary", start.Add(time.Second))
	pending(2)
	record(action.Delivered, "delivered", start.Add(2*time.Second))
	pending(1)
	a, err := s.Alert(t.Context(), n.AlertID)
	if err != nil || a.DeliveredAt == nil || !a.DeliveredAt.Equal(start.Add(2*time.Second)) {
		t.Errorf("delivered at %v, %v", a.DeliveredAt, err)
	}
	list, err := s.Notifications(t.Context(), n.AlertID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(n, list[0]); diff != "" {
		t.Errorf("read back (-want +got):\n%s", diff)
	}
	attempts, err := s.Attempts(t.Context(), n.AlertID)
	if err != nil || len(attempts) != 2 {
		t.Errorf("%d attempts, %v", len(attempts), err)
	}
	history, err := s.History(t.Context(), n.AlertID)
	if err != nil {
		t.Fatal(err)
	}
	var events []alert.Event
	for _, h := range history {
		events = append(events, h.Event)
	}
	if diff := cmp.Diff([]alert.Event{alert.AlertCreated, alert.ActionsTriggered}, events); diff != "" {
		t.Error(diff)
	}
}

func TestMove(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "state.db"))
	fire(t, s, firing(1, "h", alert.Sev0), firing(2, "h", alert.Sev1))
	a, err := s.Move(t.Context(), "00000001", alert.Acknowledged, "ann", "calling", start)
	if err != nil || a.State != alert.Acknowledged || a.AcknowledgedBy != "ann" || a.Comment != "calling" {
		t.Fatalf("%+v, %v", a, err)
	}
	_, err = s.Move(t.Context(), "00000001", alert.Acknowledged, "bob", "", start)
	if fault.CodeOf(err) != fault.Conflict || fault.NextOf(err) == "" {
		t.Errorf("second acknowledgement: %v", err)
	}
	f := func(id string, want fault.Code) {
		t.Helper()
		if _, err := s.Alert(t.Context(), id); fault.CodeOf(err) != want || fault.NextOf(err) == "" {
			t.Errorf("%s: %v, want %s", id, err, want)
		}
	}
	f("00000", fault.Conflict)
	f("99999", fault.NotFound)
	f("0", fault.Invalid)
	read, err := s.Alert(t.Context(), a.ID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(a, read, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("read back (-moved +read):\n%s", diff)
	}
}

func TestFilter(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "state.db"))
	var all []action.Firing
	for i := range 10 {
		all = append(all, firing(i, "h", alert.Severity(i%3)))
	}
	fire(t, s, all...)
	if _, err := s.Move(t.Context(), all[3].Alert.ID, alert.Closed, "ann", "", start); err != nil {
		t.Fatal(err)
	}
	sev1 := alert.Sev1
	f := func(filter action.Filter, want ...int) {
		t.Helper()
		list, err := s.Alerts(t.Context(), filter)
		if err != nil {
			t.Fatal(err)
		}
		var got []int
		for _, a := range list {
			var n int
			_, _ = fmt.Sscanf(a.ID, "%08d", &n)
			got = append(got, n)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%+v: %s", filter, diff)
		}
	}
	f(action.Filter{Limit: 3}, 9, 8, 7)
	f(action.Filter{Limit: 3, Offset: 3}, 6, 5, 4)
	f(action.Filter{MaxSeverity: &sev1, Since: start.Add(6 * time.Second)}, 9, 7, 6)
	f(action.Filter{States: []alert.State{alert.Closed, alert.Resolved}}, 3)
	f(action.Filter{Until: start.Add(2 * time.Second)}, 1, 0)
	f(action.Filter{Account: "bg-NORTH@contoso.com", Limit: 1}, 9)
	f(action.Filter{Account: "other"})
	f(action.Filter{Rule: "other"})
}

// testdata/v1.db was written by version 1 of the schema; it has two alerts and a delivered notification. Every later
// schema must take it over.
func TestUpgrade(t *testing.T) {
	b, err := os.ReadFile("testdata/v1.db")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "state.db")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	s := open(t, path)
	all, err := s.Alerts(t.Context(), action.Filter{})
	if err != nil || len(all) != 2 || all[0].Sentence != "signed in, h" {
		t.Errorf("%d alerts, %v", len(all), err)
	}
	pending, err := s.Pending(t.Context())
	if err != nil || len(pending) != 3 {
		t.Errorf("%d pending, want 3: %v", len(pending), err)
	}
	if out := fire(t, s, firing(1, "h", alert.Sev0)); out[0].Change != action.Unchanged {
		t.Errorf("a known record is %s", out[0].Change)
	}
}

func TestNewerIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	s, err := state.Open(t.Context(), state.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(`INSERT INTO migrations VALUES (999, 'later', 0)`); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = state.Open(t.Context(), state.Options{Path: path})
	if fault.CodeOf(err) != fault.Conflict || !strings.Contains(err.Error(), "version 999") || fault.NextOf(err) == "" {
		t.Errorf("error %v", err)
	}
}

func TestOpenErrors(t *testing.T) {
	f := func(path string) {
		t.Helper()
		if _, err := state.Open(t.Context(), state.Options{Path: path}); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", path, err)
		}
	}
	dir := t.TempDir()
	f(filepath.Join(dir, "missing", "state.db"))
	garbage := filepath.Join(dir, "garbage.db")
	if err := os.WriteFile(garbage, []byte(strings.Repeat("this is no database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	f(garbage)
	odd := filepath.Join(dir, "a b?c%20#d.db") // a name that would be an option in a URI
	s := open(t, odd)
	fire(t, s, firing(1, "h", alert.Sev0))
	if info, err := os.Stat(odd); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
}

func TestClosed(t *testing.T) {
	s, err := state.Open(t.Context(), state.Options{Path: filepath.Join(t.TempDir(), "state.db")})
	if err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	for i := range 50 {
		wait.Go(func() {
			if _, err := s.Fire(context.Background(), []action.Firing{firing(i, "h", alert.Sev0)}); err != nil && fault.CodeOf(err) != fault.Unavailable {
				t.Errorf("fire while closing: %v", err)
			}
		})
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	wait.Wait()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Fire(ctx, []action.Firing{firing(1, "h", alert.Sev0)}); err == nil {
		t.Error("fired into a closed state")
	} else if !errors.Is(err, context.Canceled) && fault.CodeOf(err) != fault.Unavailable {
		t.Error(err)
	}
}
