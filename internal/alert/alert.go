// Package alert is stage 5 of 7: what a rule found, told to people. rule (stage 4) makes alerts, action (stage 6)
// carries them to channels. This package holds the alert, its severity and its life cycle; it does no I/O.
package alert

import (
	"encoding/json"
	"fmt"
	"time"
)

// Severity is Azure Monitor's severity; Sev0 is the worst.
type Severity uint8

// The severities.
const (
	Sev0 Severity = iota // critical
	Sev1                 // error
	Sev2                 // warning
	Sev3                 // informational
	Sev4                 // verbose
)

// String returns "Sev0" to "Sev4".
func (s Severity) String() string { return fmt.Sprintf("Sev%d", uint8(s)) }

// MarshalText writes "Sev0".
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads "Sev0", "sev0" or "0".
func (s *Severity) UnmarshalText(b []byte) error {
	sev, err := ParseSeverity(string(b))
	if err != nil {
		return err
	}
	*s = sev
	return nil
}

// ParseSeverity reads "Sev0", "sev0" or "0".
func ParseSeverity(text string) (Severity, error) {
	if n := len(text); n > 0 && (n == 1 || n == 4 && (text[:3] == "Sev" || text[:3] == "sev")) {
		if d := text[n-1]; d >= '0' && d <= '4' {
			return Severity(d - '0'), nil
		}
	}
	return 0, fmt.Errorf("severity %q: want Sev0, Sev1, Sev2, Sev3 or Sev4", text)
}

// State is where an alert is in its life.
type State string

// The states.
const (
	Fired        State = "Fired"
	Acknowledged State = "Acknowledged"
	Resolved     State = "Resolved"
	Closed       State = "Closed"
)

// Outcome says what a sign-in proved, from content's result codes.
type Outcome struct {
	Code    string   `json:"code"`    // ResultType, "" where the record is no sign-in
	Class   string   `json:"class"`   // SUCCESS, MFA, WRONG_CREDENTIAL, ...; UNKNOWN for a code that is not listed
	Proof   string   `json:"proof"`   // Y: first factor accepted, L: likely, N: not shown, ?: ambiguous
	Meaning string   `json:"meaning"` // one line for a reader
	Rank    Severity `json:"rank"`    // severity by outcome; a revision with a smaller rank alerts again
}

// Account is the guarded account an alert is about.
type Account struct {
	ObjectID          string `json:"objectId,omitempty"`
	UserPrincipalName string `json:"userPrincipalName,omitempty"`
	DisplayName       string `json:"displayName,omitempty"`
}

// Alert is one finding of one rule in one record.
type Alert struct {
	ID          string   `json:"id"`   // UUID
	Rule        string   `json:"rule"` // name of the rule
	Description string   `json:"description,omitempty"`
	Severity    Severity `json:"severity"`
	State       State    `json:"state"`
	Sentence    string   `json:"sentence"` // "bg-north@... signed in to Azure Portal from 203.0.113.7, Oslo, NO: password accepted"
	Account     Account  `json:"account"`
	Outcome     Outcome  `json:"outcome"`

	Table         string `json:"table"`
	RecordKey     string `json:"recordKey"`  // identifies the record over all its deliveries and revisions
	RecordHash    string `json:"recordHash"` // content of the latest revision judged
	Revision      int    `json:"revision"`   // 0 for the first
	CorrelationID string `json:"correlationId,omitempty"`

	SignedInAt     time.Time  `json:"signedInAt"` // event time
	ReceivedAt     time.Time  `json:"receivedAt"`
	FiredAt        time.Time  `json:"firedAt"`
	DeliveredAt    *time.Time `json:"deliveredAt,omitempty"` // first notification accepted by a channel
	AcknowledgedAt *time.Time `json:"acknowledgedAt,omitempty"`
	AcknowledgedBy string     `json:"acknowledgedBy,omitempty"`
	ResolvedAt     *time.Time `json:"resolvedAt,omitempty"` // when the rule found that its condition is over
	Comment        string     `json:"comment,omitempty"`

	Window       *Window           `json:"window,omitempty"`   // of a scheduled rule; nil where a record fired
	Grouping     *Grouping         `json:"grouping,omitempty"` // which incident it joins, where its rule says so
	Loud         bool              `json:"loud,omitempty"`     // no processing rule can silence it
	Record       json.RawMessage   `json:"record"`             // all columns of the record that are not empty, by name
	Rows         []json.RawMessage `json:"rows,omitempty"`     // what the rule's query made of it
	Query        string            `json:"query"`
	ActionGroups []string          `json:"actionGroups,omitempty"`
	Properties   map[string]string `json:"customProperties,omitempty"`
}
