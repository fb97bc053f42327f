package alert

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Expected is the state of an incident that a declared drill explains. Its alerts are told all the same.
const Expected State = "Expected"

// Incident is what people work on: the alerts of one account and session. Alerts are told one by one and never wait for it.
type Incident struct {
	ID       string   `json:"id"`
	Sentence string   `json:"sentence"` // of the alert with the highest proof
	Severity Severity `json:"severity"` // the worst of its alerts
	State    State    `json:"state"`    // Fired, Acknowledged, Resolved, Closed, Expected
	Account  Account  `json:"account"`
	Outcome  Outcome  `json:"outcome"` // the highest proof

	OpenedAt  time.Time `json:"openedAt"`
	LastAt    time.Time `json:"lastAt"`    // when its last alert fired
	ChangedAt time.Time `json:"changedAt"` // of the state
	By        string    `json:"by,omitempty"`
	Reason    string    `json:"reason,omitempty"`
	DrillID   string    `json:"drillId,omitempty"`

	Alerts    int      `json:"alerts"`
	Rules     []string `json:"rules"`
	Addresses []string `json:"addresses,omitempty"`
	Apps      []string `json:"apps,omitempty"`
}

const (
	// SessionGap is how far apart the alerts of one account may be and still be one incident.
	SessionGap = time.Hour
	// StepsGap is how far apart the steps of one sign-in, which share a correlation id or session, may be.
	StepsGap = 48 * time.Hour
	// Quiet is how long the same address and app may go on after people have answered, before that opens the incident again.
	Quiet = 10 * time.Minute
)

// IncidentKey is something that alerts of one incident share, and how far apart they may be.
type IncidentKey struct {
	Text   string
	Within time.Duration
}

// IncidentKeys returns what the alert shares with others of its incident, the strongest first; none for alerts about
// Glasswatch itself.
func (a *Alert) IncidentKeys() []IncidentKey {
	var keys []IncidentKey
	add := func(kind, text string, within time.Duration) {
		if text != "" {
			keys = append(keys, IncidentKey{kind + "/" + strings.ToLower(text), within})
		}
	}
	if a.Table == "" || a.Table == "Notifications" || a.Rule == "rule-failed" {
		return nil
	}
	if a.Grouping != nil {
		return a.Grouping.keys(a.ID)
	}
	f := a.incidentFacts()
	account := a.Account.ObjectID + a.Account.UserPrincipalName
	if account != "" { // ids that are shared by several accounts must not join them
		add("correlation", join(a.CorrelationID, account), StepsGap)
		add("session", join(f.SessionID, account), StepsGap)
		add("account", a.Account.ObjectID, SessionGap)
		add("account", a.Account.UserPrincipalName, SessionGap)
		return keys
	}
	add("correlation", a.CorrelationID, StepsGap)
	add("rule", a.Rule, SessionGap)
	return keys
}

func join(id, account string) string {
	if id == "" {
		return ""
	}
	return id + "/" + account
}

// Grouping says which incident an alert joins, where its rule says so.
type Grouping struct {
	Never  bool          `json:"never,omitempty"`  // none
	Key    string        `json:"key,omitempty"`    // alerts with the same key share one; "": it has its own
	Within time.Duration `json:"within,omitempty"` // how far apart they may be
	Reopen bool          `json:"reopen,omitempty"` // an incident that is over is opened again; else the alert opens another
}

// keys are the keys of incidents of an alert.
func (g *Grouping) keys(id string) []IncidentKey {
	switch {
	case g.Never:
		return nil
	case g.Key == "":
		return []IncidentKey{{"alert/" + id, 0}}
	}
	return []IncidentKey{{"group/" + g.Key, g.Within}}
}

// Takes reports whether an alert that shares a key with the incident may join it.
func (i *Incident) Takes(a *Alert) bool {
	over := i.State == Resolved || i.State == Closed
	return !over || a.Grouping == nil || a.Grouping.Reopen
}

type incidentFacts struct {
	IPAddress       string
	CallerIPAddress string `json:"CallerIpAddress"`
	AppDisplayName  string
	AppID           string `json:"AppId"`
	SessionID       string `json:"SessionId"`
}

func (a *Alert) incidentFacts() (f incidentFacts) {
	_ = json.Unmarshal(a.Record, &f) // a record of another form has nothing to show
	if f.IPAddress == "" {
		f.IPAddress = f.CallerIPAddress
	}
	if f.AppDisplayName == "" {
		f.AppDisplayName = f.AppID
	}
	return f
}

// OpenIncident makes the incident of its first alert. drill is the id of a declared drill that explains it, or "".
func OpenIncident(id string, a *Alert, drill string) (Incident, Transition) {
	i := Incident{ID: id, State: Fired, Severity: a.Severity, Account: a.Account, OpenedAt: a.FiredAt, ChangedAt: a.FiredAt}
	if drill != "" {
		i.State, i.DrillID = Expected, drill
	}
	i.Sentence, i.Outcome = a.Sentence, a.Outcome
	i.add(a)
	return i, Transition{At: a.FiredAt, Event: AlertCreated, To: i.State, Comment: a.Sentence}
}

// Join adds an alert to the incident and returns what that changes. A new sign-in opens again what people had answered: at
// once where address or app are new, else when people had time to see the first.
func (i *Incident) Join(a *Alert, drill string) []Transition {
	steps := []Transition{{At: a.FiredAt, Event: Revised, To: i.State, Comment: "joined by: " + a.Sentence}}
	address, app := i.news(a)
	steps = append(steps, i.take(a, a.FiredAt)...)
	i.add(a)
	switch {
	case drill != "" || i.State == Fired:
	case i.State == Expected:
		steps = append(steps, i.reopen(a.FiredAt, "it is not part of the declared drill"))
	case a.Grouping != nil && a.Grouping.Reopen && i.State != Acknowledged:
		steps = append(steps, i.reopen(a.FiredAt, "its rule says so"))
	case address != "":
		steps = append(steps, i.reopen(a.FiredAt, "a new address: "+address))
	case app != "":
		steps = append(steps, i.reopen(a.FiredAt, "a new app: "+app))
	case a.FiredAt.Sub(i.ChangedAt) > Quiet:
		steps = append(steps, i.reopen(a.FiredAt, "it goes on"))
	}
	return steps
}

// Revise takes over what a later copy of an alert's record shows.
func (i *Incident) Revise(a *Alert, worse bool, at time.Time) []Transition {
	steps := i.take(a, at)
	if worse && i.State != Fired && i.State != Expected {
		steps = append(steps, i.reopen(at, "it got worse"))
	}
	return steps
}

// news returns the alert's address and app where the incident does not have them.
func (i *Incident) news(a *Alert) (address, app string) {
	f := a.incidentFacts()
	if !slices.Contains(i.Addresses, f.IPAddress) {
		address = f.IPAddress
	}
	if !slices.Contains(i.Apps, f.AppDisplayName) {
		app = f.AppDisplayName
	}
	return address, app
}

// take keeps the worst severity and the highest proof.
func (i *Incident) take(a *Alert, at time.Time) (steps []Transition) {
	if a.Outcome.Rank < i.Outcome.Rank {
		i.Outcome, i.Sentence = a.Outcome, a.Sentence
	}
	if a.Severity < i.Severity {
		steps = append(steps, Transition{At: at, Event: SeverityChange, Comment: i.Severity.String() + " -> " + a.Severity.String()})
		i.Severity = a.Severity
	}
	return steps
}

func (i *Incident) add(a *Alert) {
	f := a.incidentFacts()
	i.Alerts++
	i.Rules = appendNew(i.Rules, a.Rule)
	i.Addresses = appendNew(i.Addresses, f.IPAddress)
	i.Apps = appendNew(i.Apps, f.AppDisplayName)
	if a.FiredAt.After(i.LastAt) {
		i.LastAt = a.FiredAt
	}
	if i.Account == (Account{}) {
		i.Account = a.Account
	}
}

// maxKnown bounds how many addresses and apps an incident lists; beyond it everything counts as new.
const maxKnown = 200

func appendNew(list []string, text string) []string {
	if text == "" || len(list) >= maxKnown || slices.Contains(list, text) {
		return list
	}
	return append(list, text)
}

func (i *Incident) reopen(at time.Time, why string) Transition {
	t := Transition{At: at, Event: StateChange, From: i.State, To: Fired, Comment: "opened again: " + why}
	i.State, i.ChangedAt, i.By, i.Reason = Fired, at, "", ""
	return t
}

var nextOfIncident = map[State][]State{
	Fired:        {Acknowledged, Resolved, Closed},
	Expected:     {Acknowledged, Resolved, Closed, Fired},
	Acknowledged: {Resolved, Closed, Fired},
	Resolved:     {Acknowledged, Closed, Fired},
	Closed:       {Fired},
}

// Respond is a person's answer to the incident. Moving it to Fired opens it again.
func (i *Incident) Respond(to State, by, reason string, at time.Time) (Transition, error) {
	if !slices.Contains(nextOfIncident[i.State], to) {
		return Transition{}, fmt.Errorf("incident %s is %s and cannot become %s", i.ID, i.State, to)
	}
	if by == "" || reason == "" && to != Acknowledged {
		return Transition{}, fmt.Errorf("incident %s: an answer needs its author and a reason", i.ID)
	}
	t := Transition{At: at, Event: StateChange, From: i.State, To: to, By: by, Comment: reason}
	i.State, i.ChangedAt, i.By, i.Reason = to, at, by, reason
	return t, nil
}

// MonitorCondition is Azure Monitor's word for whether it is still going on.
func (s State) MonitorCondition() string {
	if s == Resolved || s == Closed {
		return "Resolved"
	}
	return "Fired"
}

// AlertState is Azure Monitor's word for what people have answered.
func (s State) AlertState() string {
	switch s {
	case Acknowledged, Closed:
		return string(s)
	}
	return "New"
}

// ParseIncidentState reads the name of a state of incidents, in any case of its first letter.
func ParseIncidentState(text string) (State, error) {
	if strings.EqualFold(text, string(Expected)) {
		return Expected, nil
	}
	s, err := ParseState(text)
	if err != nil {
		return "", fmt.Errorf("incident state %q: want Fired, Acknowledged, Resolved, Closed or Expected", text)
	}
	return s, nil
}
