package alert

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var at = time.Date(2026, 11, 22, 3, 4, 5, 0, time.UTC)

func TestMove(t *testing.T) {
	f := func(from, to State, want bool) {
		t.Helper()
		a := Alert{ID: "a1", State: from}
		step, err := a.Move(to, "ann", "seen", at)
		if got := err == nil; got != want {
			t.Fatalf("%s -> %s: allowed %v, want %v", from, to, got, want)
		}
		if !want {
			if a.State != from {
				t.Errorf("%s -> %s: refused, and yet the state is %s", from, to, a.State)
			}
			return
		}
		if diff := cmp.Diff(Transition{At: at, Event: StateChange, From: from, To: to, By: "ann", Comment: "seen"}, step); diff != "" {
			t.Error(diff)
		}
		if to == Acknowledged && (a.AcknowledgedAt == nil || !a.AcknowledgedAt.Equal(at) || a.AcknowledgedBy != "ann") {
			t.Errorf("acknowledged at %v by %q", a.AcknowledgedAt, a.AcknowledgedBy)
		}
	}
	f(Fired, Acknowledged, true)
	f(Fired, Resolved, true)
	f(Fired, Closed, true)
	f(Fired, Fired, false)
	f(Acknowledged, Acknowledged, false)
	f(Acknowledged, Fired, false)
	f(Acknowledged, Closed, true)
	f(Resolved, Acknowledged, true)
	f(Closed, Acknowledged, false)
	f(Closed, Resolved, false)
}

func TestEveryStateHasMoves(t *testing.T) {
	for _, s := range States() {
		if _, ok := next[s]; !ok {
			t.Errorf("state %s is missing in the table of moves", s)
		}
		got, err := ParseState(string(s))
		if err != nil || got != s {
			t.Errorf("ParseState(%s) = %s, %v", s, got, err)
		}
	}
	if got, err := ParseState("fired"); err != nil || got != Fired {
		t.Errorf("ParseState(fired) = %s, %v", got, err)
	}
	if _, err := ParseState("new"); err == nil {
		t.Error("ParseState(new) gave no error")
	}
}

func TestRevise(t *testing.T) {
	outcome := func(code string, rank Severity) Outcome { return Outcome{Code: code, Rank: rank} }
	base := func() Alert {
		return Alert{ID: "a", State: Acknowledged, AcknowledgedBy: "ann", AcknowledgedAt: &at, Severity: Sev2,
			Sentence: "failed", Outcome: outcome("50126", Sev2), RecordHash: "h0"}
	}

	worse := base()
	steps, again := worse.Revise(Alert{Severity: Sev0, Sentence: "signed in", Outcome: outcome("0", Sev0), RecordHash: "h1"}, at)
	if !again || worse.State != Fired || worse.AcknowledgedAt != nil || worse.Severity != Sev0 || worse.Sentence != "signed in" || worse.Revision != 1 {
		t.Errorf("worse revision: again %v, %+v", again, worse)
	}
	var events []Event
	for _, s := range steps {
		events = append(events, s.Event)
	}
	if diff := cmp.Diff([]Event{Revised, SeverityChange, StateChange}, events); diff != "" {
		t.Error(diff)
	}

	same := base()
	if _, again := same.Revise(Alert{Severity: Sev2, Sentence: "failed, more detail", Outcome: outcome("50126", Sev2), RecordHash: "h1"}, at); again {
		t.Error("a revision of the same rank alerts again")
	}
	if same.Sentence != "failed, more detail" || same.State != Acknowledged {
		t.Errorf("same rank: %+v", same)
	}

	weaker := worse
	if _, again := weaker.Revise(Alert{Severity: Sev2, Sentence: "failed", Outcome: outcome("50126", Sev2), RecordHash: "h2"}, at); again {
		t.Error("a weaker revision alerts again")
	}
	if weaker.Severity != Sev0 || weaker.Sentence != "signed in" || weaker.Outcome.Code != "0" || weaker.RecordHash != "h2" {
		t.Errorf("a weaker revision took back proof: %+v", weaker)
	}
}
