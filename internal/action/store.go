package action

import (
	"context"
	"time"

	"github.com/glasswatch/glasswatch/internal/alert"
)

// Store keeps alerts, the notifications they owe, and what became of these. Everything it returned without an error
// from Fire, Record and Move is durable. It is safe for concurrent use. internal/state implements it.
type Store interface {
	// Fire takes each firing: a new (rule, record key) becomes an alert; a known one with a record hash that was not seen
	// becomes a revision; one that was seen is Unchanged. The notifications a firing owes are in the same transaction.
	Fire(ctx context.Context, firings []Firing) ([]Fired, error)

	// Resolve ends alerts that are Fired or Acknowledged and owes the news to their routes, in one transaction. Others are
	// left out of the answer.
	Resolve(ctx context.Context, list []alert.Resolution, routes func(*alert.Alert) []Route) ([]Fired, error)

	// Record adds an attempt to the delivery log and brings the notification, and with the first delivery its alert,
	// up to date.
	Record(ctx context.Context, n Notification, a Attempt) error

	// Pending returns the notifications that are owed, the most severe first.
	Pending(ctx context.Context) ([]Notification, error)

	// Revision returns an alert as it was after a revision of its record, with its present state.
	Revision(ctx context.Context, id string, revision int) (alert.Alert, error)

	// Alert returns the alert whose id is, or uniquely begins with, id. fault.NotFound, fault.Conflict when several do.
	Alert(ctx context.Context, id string) (alert.Alert, error)

	// Move changes an alert's state. fault.Conflict when the life cycle does not allow it.
	Move(ctx context.Context, id string, to alert.State, by, comment string, at time.Time) (alert.Alert, error)

	// Processing returns the processing rules that may hold now.
	Processing(ctx context.Context) ([]alert.ProcessingRule, error)
	ProcessingRules(ctx context.Context, since time.Time) ([]alert.ProcessingRule, error)
	// ProcessingRule returns the processing rule whose id is, or uniquely begins with, id.
	ProcessingRule(ctx context.Context, id string) (alert.ProcessingRule, error)
	AddProcessingRule(ctx context.Context, p alert.ProcessingRule) (alert.ProcessingRule, error)
	EndProcessingRule(ctx context.Context, id, by string, at time.Time) (alert.ProcessingRule, error)

	Alerts(ctx context.Context, f Filter) ([]alert.Alert, error)
	History(ctx context.Context, id string) ([]alert.Transition, error)
	Notifications(ctx context.Context, alertID string) ([]Notification, error)
	Attempts(ctx context.Context, alertID string) ([]Attempt, error)
}

// Firing is an alert and those who must be told of it.
type Firing struct {
	Alert  alert.Alert
	Routes []Route
	Steps  []alert.Transition // for the history, where people are told or would be
}

// Change says what a firing was.
type Change uint8

// The changes.
const (
	Unchanged Change = iota // known, byte for byte the same in meaning
	Created                 // a new alert
	Revised                 // a later copy of a known record; nobody need be told again
	Worsened                // a later copy with a worse outcome: people are told again
	Concluded               // the condition is over
)

var changeNames = [...]string{"unchanged", "created", "revised", "worsened", "concluded"}

func (c Change) String() string { return changeNames[c] }

// Fired is what became of a firing.
type Fired struct {
	Change Change
	Alert  alert.Alert
	Owed   []Notification
}

// Delivery is the state of a notification.
type Delivery string

// The states of a notification. There is no "sending": what is under way is pending until its outcome is durable, and is
// sent again, with the same key, when the process died in between.
const (
	Pending   Delivery = "pending"
	Delivered Delivery = "delivered"
	Failed    Delivery = "failed"  // the channel refused it for good
	Expired   Delivery = "expired" // tried until its time was over
)

// Notification is one message that an alert owes to one receiver.
type Notification struct {
	ID        string `json:"id"` // idempotency key
	AlertID   string `json:"alertId"`
	Revision  int    `json:"revision"`
	Group     string `json:"group"`
	Receiver  string `json:"receiver"`
	Channel   string `json:"channel"`
	Recipient string `json:"recipient"`

	Severity alert.Severity `json:"severity"`
	State    Delivery       `json:"state"`
	Attempts int            `json:"attempts"`

	CreatedAt   time.Time  `json:"createdAt"`
	NextAt      time.Time  `json:"nextAt"` // while pending: when it is tried next
	DeliveredAt *time.Time `json:"deliveredAt,omitempty"`
	LastError   string     `json:"lastError,omitempty"`
	Reference   string     `json:"reference,omitempty"` // what the other side calls it
}

func (n *Notification) destination() destination { return destination{n.Channel, n.Recipient} }

// NewNotification returns the notification that an alert, as it is now, owes to a route.
func NewNotification(a *alert.Alert, r Route, at time.Time) Notification {
	return Notification{
		ID: NotificationID(a.ID, a.Revision, r), AlertID: a.ID, Revision: a.Revision,
		Group: r.Group, Receiver: r.Name, Channel: r.Channel, Recipient: r.Recipient,
		Severity: a.Severity, State: Pending, CreatedAt: at, NextAt: at,
	}
}

// Attempt is one line of the delivery log.
type Attempt struct {
	NotificationID string        `json:"notificationId"`
	At             time.Time     `json:"at"`
	Took           time.Duration `json:"took"`    // nanoseconds
	Outcome        string        `json:"outcome"` // delivered, temporary, throttled, permanent, denied
	Error          string        `json:"error,omitempty"`
	Reference      string        `json:"reference,omitempty"`
}

// Filter chooses alerts; the zero value all of them. The newest come first.
type Filter struct {
	States      []alert.State
	MaxSeverity *alert.Severity // this one and worse
	Rule        string
	Account     string // object id or user principal name, any case
	Since       time.Time
	Until       time.Time // fired before
	Limit       int       // 0: 100
	Offset      int
}
