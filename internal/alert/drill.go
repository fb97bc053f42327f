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

// Ends is when the drill is over: its end, or when it was ended early.
func (d *Drill) Ends() time.Time {
	if d.EndedAt != nil && d.EndedAt.Before(d.Until) {
		return *d.EndedAt
	}
	return d.Until
}

// Explains reports whether the drill explains an alert: its account was used within the drill's time. Loud alerts, which watch
// tampering, are explained by none: an announced use announces no change of what guards the account.
func (d *Drill) Explains(a *Alert) bool {
	if a.Loud {
		return false
	}
	if !strings.EqualFold(d.Account, a.Account.ObjectID) && !strings.EqualFold(d.Account, a.Account.UserPrincipalName) || d.Account == "" {
		return false
	}
	return !a.SignedInAt.Before(d.From) && a.SignedInAt.Before(d.Ends())
}
