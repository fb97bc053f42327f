package alert

import (
	"fmt"
	"slices"
	"time"
)

// Event names a step in an alert's history, in Azure Monitor's vocabulary
// (learn.microsoft.com/rest/api/monitor/alertsmanagement/alerts/get-history, modificationEvent) where it has a word.
type Event string

// The events. Revised, NotificationFailed and NotificationExpired are ours.
const (
	AlertCreated           Event = "AlertCreated"
	StateChange            Event = "StateChange"
	SeverityChange         Event = "SeverityChange"
	ActionsTriggered       Event = "ActionsTriggered"       // a channel accepted a notification
	ActionsSuppressed      Event = "ActionsSuppressed"      // nobody is told, for the reason in the comment
	ActionRuleTriggered    Event = "ActionRuleTriggered"    // a processing rule told further groups
	ActionRuleSuppressed   Event = "ActionRuleSuppressed"   // a processing rule told nobody
	MonitorConditionChange Event = "MonitorConditionChange" // the condition is over, or met again
	Revised                Event = "Revised"                // a later copy of the record says something else
	NotificationFailed     Event = "NotificationFailed"     // a channel refused a notification for good
	NotificationExpired    Event = "NotificationExpired"    // a notification was tried until its time was over
)

// Transition is one step in an alert's history. It is never changed.
type Transition struct {
	At      time.Time `json:"at"`
	Event   Event     `json:"event"`
	From    State     `json:"from,omitempty"` // with StateChange
	To      State     `json:"to,omitempty"`   // with AlertCreated and StateChange
	By      string    `json:"by,omitempty"`   // who did it; "" is Glasswatch itself
	Comment string    `json:"comment,omitempty"`
}

// next lists the states that a person or the system may move an alert to. Fired again after Acknowledged, Resolved or
// Closed is not here: only a worse revision of the record does that, see Revise.
var next = map[State][]State{
	Fired:        {Acknowledged, Resolved, Closed},
	Acknowledged: {Resolved, Closed},
	Resolved:     {Acknowledged, Closed},
	Closed:       {},
}

// States lists all states in the order of a life.
func States() []State { return []State{Fired, Acknowledged, Resolved, Closed} }

// ParseState reads the name of a state, in any case of its first letter.
func ParseState(text string) (State, error) {
	for _, s := range States() {
		if text == string(s) || len(text) == len(s) && text[0]|0x20 == s[0]|0x20 && text[1:] == string(s[1:]) {
			return s, nil
		}
	}
	return "", fmt.Errorf("alert state %q: want Fired, Acknowledged, Resolved or Closed", text)
}

// CanMove reports whether an alert in state from may be moved to state to.
func CanMove(from, to State) bool { return slices.Contains(next[from], to) }

// Move changes the state of a and returns the transition. A move that CanMove denies is an error; moving an alert to
// the state it is in is one as well, so that two people who acknowledge at once learn of each other.
func (a *Alert) Move(to State, by, comment string, at time.Time) (Transition, error) {
	if !CanMove(a.State, to) {
		return Transition{}, fmt.Errorf("alert %s is %s and cannot become %s", a.ID, a.State, to)
	}
	t := Transition{At: at, Event: StateChange, From: a.State, To: to, By: by, Comment: comment}
	a.State = to
	if to == Acknowledged {
		a.AcknowledgedAt, a.AcknowledgedBy = &at, by
	}
	if comment != "" {
		a.Comment = comment
	}
	return t, nil
}

// Revise takes over what a later copy of the record says, and returns the steps for the history. worse says that the new
// outcome has a smaller rank than any before: people must be told again, and the alert is Fired whatever it was.
// A later copy that shows less proof never takes back what an earlier one showed: severity, outcome and sentence stay.
func (a *Alert) Revise(r Alert, at time.Time) (steps []Transition, worse bool) {
	worse = r.Outcome.Rank < a.Outcome.Rank || r.Window != nil && a.State == Resolved
	steps = append(steps, Transition{At: at, Event: Revised, To: a.State,
		Comment: fmt.Sprintf("revision %d: outcome %s %s", a.Revision+1, r.Outcome.Code, r.Outcome.Class)})
	a.Revision++
	a.RecordHash, a.Record, a.Rows, a.Query = r.RecordHash, r.Record, r.Rows, r.Query
	a.ReceivedAt = r.ReceivedAt
	if r.Window != nil {
		a.Window, a.ResolvedAt = r.Window, nil
	}
	if r.Outcome.Rank > a.Outcome.Rank {
		return steps, false
	}
	a.Sentence, a.Outcome, a.Account = r.Sentence, r.Outcome, r.Account
	if r.Severity < a.Severity {
		steps = append(steps, Transition{At: at, Event: SeverityChange, Comment: a.Severity.String() + " -> " + r.Severity.String()})
		a.Severity = r.Severity
	}
	if worse {
		a.FiredAt = r.FiredAt
		if a.State != Fired {
			steps = append(steps, Transition{At: at, Event: StateChange, From: a.State, To: Fired})
			a.State, a.AcknowledgedAt, a.AcknowledgedBy = Fired, nil, ""
		}
	}
	return steps, worse
}
