package alert

import (
	"fmt"
	"strings"
	"time"
)

// Drill is a use of a guarded account that was announced beforehand. It silences nothing: alerts fire and are told; their
// incident is Expected instead of Fired.
type Drill struct {
	ID         string     `json:"id"`
	Account    string     `json:"account"` // object id or user principal name
	From       time.Time  `json:"from"`
	Until      time.Time  `json:"until"`
	By         string     `json:"by"`
	Reason     string     `json:"reason"`
	DeclaredAt time.Time  `json:"declaredAt"`
	EndedAt    *time.Time `json:"endedAt,omitempty"` // ended early
	EndedBy    string     `json:"endedBy,omitempty"`
}

// MaxDrill is the longest drill.
const MaxDrill = 24 * time.Hour

// Validate checks what a person declared.
func (d *Drill) Validate() error {
	switch {
	case strings.TrimSpace(d.Account) == "":
		return fmt.Errorf("a drill is for one account")
	case strings.TrimSpace(d.By) == "" || strings.TrimSpace(d.Reason) == "":
		return fmt.Errorf("a drill needs its author and a reason")
	case !d.Until.After(d.From) || d.Until.Sub(d.From) > MaxDrill:
		return fmt.Errorf("a drill ends after it begins, and lasts at most 24 hours")
	case d.From.Before(d.DeclaredAt.Add(-time.Minute)):
		return fmt.Errorf("a drill is declared before it begins")
	}
	return nil
}

// Explains reports whether the drill explains an alert: its account was used within the drill's time.
func (d *Drill) Explains(a *Alert) bool {
	if !strings.EqualFold(d.Account, a.Account.ObjectID) && !strings.EqualFold(d.Account, a.Account.UserPrincipalName) || d.Account == "" {
		return false
	}
	until := d.Until
	if d.EndedAt != nil && d.EndedAt.Before(until) {
		until = *d.EndedAt
	}
	return !a.SignedInAt.Before(d.From) && a.SignedInAt.Before(until)
}
