package state_test

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/glasswatch/glasswatch/internal/action"
	"github.com/glasswatch/glasswatch/internal/alert"
	"github.com/glasswatch/glasswatch/internal/fault"
	"github.com/glasswatch/glasswatch/internal/rule/schedule"
	"github.com/glasswatch/glasswatch/internal/state"
)

// signIn is an alert minutes after the start.
func signIn(n, minutes int, account, correlation string, rank alert.Severity) action.Firing {
	f := firing(n, fmt.Sprint("h", n), rank)
	f.Alert.Table, f.Alert.CorrelationID = "SigninLogs", correlation
	f.Alert.Account = alert.Account{UserPrincipalName: account}
	f.Alert.FiredAt = start.Add(time.Duration(minutes) * time.Minute)
	f.Alert.SignedInAt = f.Alert.FiredAt
	f.Alert.Record = json.RawMessage(fmt.Sprintf(`{"IPAddress":"203.0.113.%d"}`, n))
	return f
}

func incidents(t *testing.T, s *state.Store, want ...int) []alert.Incident {
	t.Helper()
	list, err := s.Incidents(t.Context(), state.IncidentFilter{})
	if err != nil {
		t.Fatal(err)
	}
	var got []int
	for _, i := range list {
		got = append(got, i.Alerts)
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Fatalf("incidents have %v alerts, want %v", got, want)
	}
	return list
}

func TestIncidents(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	s := open(t, path)
	fire(t, s, signIn(1, 0, "bg@contoso.com", "c1", alert.Sev2))
	fire(t, s, signIn(2, 5, "BG@contoso.com", "c2", alert.Sev1))    // the same account
	fire(t, s, signIn(3, 6, "other@contoso.com", "c1", alert.Sev1)) // another account
	fire(t, s, signIn(4, 600, "bg@contoso.com", "c1", alert.Sev0))  // hours later, but the same sign-in
	fire(t, s, signIn(5, 800, "bg@contoso.com", "c9", alert.Sev0))  // hours later
	list := incidents(t, s, 1, 3, 1)
	bg := list[1]
	if bg.Severity != alert.Sev0 || bg.State != alert.Fired || len(bg.Addresses) != 3 {
		t.Errorf("%+v", bg)
	}
	// The answer is kept with author and reason, and the alerts follow.
	if _, err := s.Respond(t.Context(), bg.ID[:8], alert.Closed, "ann", "", start); fault.CodeOf(err) != fault.Conflict {
		t.Errorf("closed without a reason: %v", err)
	}
	if _, err := s.Respond(t.Context(), bg.ID[:8], alert.Closed, "ann", "a drill", start); err != nil {
		t.Fatal(err)
	}
	d, err := s.Incident(t.Context(), bg.ID)
	if err != nil {
		t.Fatal(err)
	}
	last := d.History[len(d.History)-1]
	if d.Incident.State != alert.Closed || last.By != "ann" || last.Comment != "a drill" || last.From != alert.Fired || len(d.Alerts) != 3 {
		t.Errorf("%+v %+v", d.Incident, last)
	}
	for _, a := range d.Alerts {
		if a.State != alert.Closed || a.Comment != "a drill" {
			t.Errorf("alert %s is %s", a.ID, a.State)
		}
	}
	// A new address opens it again.
	fire(t, s, signIn(6, 610, "bg@contoso.com", "c1", alert.Sev0))
	if d, _ = s.Incident(t.Context(), bg.ID); d.Incident.State != alert.Fired || d.Incident.Alerts != 4 {
		t.Errorf("%+v", d.Incident)
	}
	// The same firing again changes nothing.
	fire(t, s, signIn(6, 610, "bg@contoso.com", "c1", alert.Sev0))
	incidents(t, s, 1, 4, 1)
}

func TestDrills(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "state.db"))
	d, err := s.DeclareDrill(t.Context(), alert.Drill{Account: "BG@contoso.com", From: start, Until: start.Add(time.Hour), By: "ann", Reason: "yearly", DeclaredAt: start})
	if err != nil {
		t.Fatal(err)
	}
	fire(t, s, signIn(1, 10, "bg@contoso.com", "c1", alert.Sev0))
	if i := incidents(t, s, 1)[0]; i.State != alert.Expected || i.DrillID != d.ID {
		t.Errorf("%+v", i)
	}
	if owed, _ := s.Pending(t.Context()); len(owed) != 2 {
		t.Errorf("%d are told of a drill, want both", len(owed))
	}
	if _, err := s.EndDrill(t.Context(), d.ID[:6], "bob", start.Add(20*time.Minute)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.EndDrill(t.Context(), d.ID, "bob", start.Add(21*time.Minute)); fault.CodeOf(err) != fault.Conflict {
		t.Errorf("ended twice: %v", err)
	}
	fire(t, s, signIn(2, 30, "bg@contoso.com", "c1", alert.Sev0))
	if i := incidents(t, s, 2)[0]; i.State != alert.Fired {
		t.Errorf("after the drill it is %s", i.State)
	}
}

// A drill that ends sooner does not hide one that is under way.
func TestDrillsOverlap(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "state.db"))
	var ids []string
	for _, at := range [][2]time.Duration{{0, 4 * time.Hour}, {2 * time.Hour, 3 * time.Hour}} {
		d, err := s.DeclareDrill(t.Context(), alert.Drill{Account: "bg@contoso.com", From: start.Add(at[0]), Until: start.Add(at[1]), By: "ann", Reason: "yearly", DeclaredAt: start})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, d.ID)
	}
	fire(t, s, signIn(1, 10, "bg@contoso.com", "c1", alert.Sev0))
	if i := incidents(t, s, 1)[0]; i.State != alert.Expected || i.DrillID != ids[0] {
		t.Errorf("%+v, want %s", i, ids[0])
	}
}

func windowFiring(n int, mute time.Duration) action.Firing {
	f := firing(n, "w", alert.Sev2)
	f.Alert.FiredAt = start.Add(time.Duration(n) * time.Minute)
	f.Alert.Window = &alert.Window{Start: f.Alert.FiredAt.Add(-time.Minute), End: f.Alert.FiredAt, Mute: mute, Dimensions: []alert.Dimension{{Name: "IPAddress", Value: "203.0.113.7"}}}
	return f
}

// A muted alert is kept, and nobody is told; its window is remembered with it.
func TestMute(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "state.db"))
	owed := func(n, want int) {
		t.Helper()
		if got := fire(t, s, windowFiring(n, 5*time.Minute))[0]; got.Change != action.Created || len(got.Owed) != want {
			t.Errorf("minute %d: %s, %d are told, want %d", n, got.Change, len(got.Owed), want)
		}
	}
	owed(1, 2)
	owed(3, 0)
	owed(5, 0)
	owed(6, 2) // five minutes after the one that was told
	owed(7, 0)
	list, err := s.Firings(t.Context(), "break-glass-sign-in", start)
	if err != nil || len(list) != 5 {
		t.Errorf("%d firings, %v", len(list), err)
	}
}

func TestResolveWindow(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "state.db"))
	f := windowFiring(1, 0)
	fire(t, s, f)
	resolve := func(want int) []action.Fired {
		t.Helper()
		out, err := s.Resolve(t.Context(), []alert.Resolution{{Rule: f.Alert.Rule, RecordKey: f.Alert.RecordKey, At: start.Add(time.Hour), Comment: "over"}, {Rule: "none"}},
			func(*alert.Alert) []action.Route { return routes })
		if err != nil || len(out) != want {
			t.Fatalf("%d resolved, want %d, %v", len(out), want, err)
		}
		return out
	}
	out := resolve(1)
	if a := out[0].Alert; a.State != alert.Resolved || a.ResolvedAt == nil || len(out[0].Owed) != 2 {
		t.Errorf("%+v", out[0])
	}
	resolve(0)
	list, err := s.Firings(t.Context(), f.Alert.Rule, start)
	if err != nil || len(list) != 1 || !list[0].Resolved {
		t.Errorf("%+v, %v", list, err)
	}
	// Withdrawn and found again: the alert fires again.
	one := list[0]
	one.Withdrawn, one.Times = true, 1
	if err := s.Withdraw(t.Context(), one); err != nil {
		t.Fatal(err)
	}
	f.Alert.RecordHash += "#1"
	if got := fire(t, s, f)[0]; got.Change != action.Worsened || got.Alert.State != alert.Fired || got.Alert.ResolvedAt != nil {
		t.Errorf("%+v", got)
	}
	if list, _ = s.Firings(t.Context(), f.Alert.Rule, start); list[0].Withdrawn || list[0].Times != 1 {
		t.Errorf("%+v", list[0])
	}
}

func TestProgress(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	s := open(t, path)
	p := schedule.Progress{Rule: "r", Fingerprint: "f", Since: start, Done: start.Add(time.Minute), Arrived: start.Add(time.Second)}
	for range 2 {
		if err := s.Save(t.Context(), []schedule.Progress{p}); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.Progress(t.Context())
	if err != nil || len(got) != 1 || got["r"] != p {
		t.Errorf("%+v, %v", got, err)
	}
}

// raw opens the file beside the store.
func raw(t *testing.T, path string, statements ...string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, text := range append([]string{"PRAGMA busy_timeout = 5000"}, statements...) {
		if _, err := db.Exec(text); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	}
}

// reopen opens a store that the test closes.
func reopen(t *testing.T, path string) *state.Store {
	t.Helper()
	s, err := state.Open(t.Context(), state.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// A stop between the commit of alerts and that of their incident loses neither.
func TestJoinAfterStart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	s := reopen(t, path)
	for n := range 20 {
		fire(t, s, signIn(n, n, "bg@contoso.com", fmt.Sprint("c", n), alert.Sev1))
	}
	before := incidents(t, s, 20)[0]
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	raw(t, path, `DELETE FROM incidents`, `DELETE FROM incident_alerts`, `DELETE FROM incident_keys`, `DELETE FROM incident_transitions`,
		`INSERT INTO unjoined SELECT id FROM alerts`)
	s = reopen(t, path)
	after := incidents(t, s, 20)[0]
	after.ID = before.ID
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("-before +after\n%s", diff)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, path) // nothing is joined twice
	incidents(t, s, 20)
}

// An incident that cannot be read holds up no alert, and gets its alerts when it can be read again.
func TestJoinFails(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	s := open(t, path)
	fire(t, s, signIn(1, 0, "bg@contoso.com", "c1", alert.Sev1))
	body, err := json.Marshal(incidents(t, s, 1)[0])
	if err != nil {
		t.Fatal(err)
	}
	raw(t, path, `UPDATE incidents SET body = X'7b'`)
	for n := 2; n < 12; n++ {
		if out := fire(t, s, signIn(n, n, "bg@contoso.com", "c1", alert.Sev1)); out[0].Change != action.Created || len(out[0].Owed) != 2 {
			t.Errorf("%+v", out[0])
		}
	}
	raw(t, path, fmt.Sprintf(`UPDATE incidents SET body = X'%x'`, body))
	incidents(t, s, 11)
}

// A rule may say which of its alerts are one incident.
func TestGroupedIncidents(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "state.db"))
	n := 0
	alertOf := func(minute int, g *alert.Grouping) {
		t.Helper()
		n++
		f := signIn(n, minute, "bg@contoso.com", "c1", alert.Sev1)
		f.Alert.Grouping = g
		fire(t, s, f)
	}
	group := func(key string, reopen bool) *alert.Grouping {
		return &alert.Grouping{Key: key, Within: time.Hour, Reopen: reopen}
	}
	alertOf(0, &alert.Grouping{Never: true})
	incidents(t, s)
	alertOf(1, &alert.Grouping{})
	alertOf(2, &alert.Grouping{})
	incidents(t, s, 1, 1)
	alertOf(3, group("a", false))
	alertOf(4, group("a", false))
	alertOf(5, group("b", false))
	incidents(t, s, 1, 2, 1, 1)
	alertOf(6, nil) // of the account: not one of the above
	incidents(t, s, 1, 1, 2, 1, 1)
	alertOf(90, group("a", false)) // too far apart
	list := incidents(t, s, 1, 1, 1, 2, 1, 1)

	if _, err := s.Respond(t.Context(), list[0].ID, alert.Closed, "ann", "done", start.Add(91*time.Minute)); err != nil {
		t.Fatal(err)
	}
	alertOf(92, group("a", false))
	again := incidents(t, s, 1, 1, 1, 1, 2, 1, 1)[0]
	if again.ID == list[0].ID || again.State != alert.Fired {
		t.Errorf("a closed incident is opened again: %+v", again)
	}
	if _, err := s.Respond(t.Context(), again.ID, alert.Closed, "ann", "done", start.Add(93*time.Minute)); err != nil {
		t.Fatal(err)
	}
	alertOf(94, group("a", true))
	if i := incidents(t, s, 2, 1, 1, 1, 2, 1, 1)[0]; i.ID != again.ID || i.State != alert.Fired {
		t.Errorf("it is not opened again: %+v", i)
	}
}
