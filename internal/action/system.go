package action

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/glasswatch/glasswatch/internal/alert"
)

// UndeliverableRule is the rule name of system alerts about notifications that people do not get.
const UndeliverableRule = "notification-undeliverable"

var troubles = map[string]string{
	"refused": "was refused for good",
	"denied":  "is not taken from us, it is tried again every few minutes",
	"expired": "could not be delivered in time and was given up",
	"late":    "is not delivered yet and is still being tried",
}

// undeliverable is the system alert about a notification; trouble is a key of troubles.
func undeliverable(about *alert.Alert, n *Notification, trouble string, at time.Time) alert.Alert {
	key := fmt.Sprintf("%s|%s|%s|%s", n.Channel, n.Recipient, trouble, at.UTC().Format("2006-01-02T15"))
	record, _ := json.Marshal(map[string]any{
		"Channel": n.Channel, "Receiver": n.Receiver, "ActionGroup": n.Group, "Recipient": n.Recipient, "Attempts": n.Attempts,
		"LastError": n.LastError, "NotificationId": n.ID, "AlertId": about.ID, "AlertRule": about.Rule, "AlertSentence": about.Sentence,
	})
	to := n.Receiver
	if n.Recipient != "" && n.Recipient != to {
		to += " (" + n.Recipient + ")"
	}
	return alert.Alert{
		Rule:        UndeliverableRule,
		Loud:        true,
		Description: "A receiver of an action group does not get its notifications.",
		Severity:    alert.Sev1,
		Sentence:    fmt.Sprintf("The notification of %s to %s by %s %s: %s", about.Rule, to, n.Channel, troubles[trouble], n.LastError),
		Account:     about.Account,
		Outcome:     alert.Outcome{Rank: alert.Sev1},
		Table:       "Notifications", RecordKey: key, RecordHash: key,
		CorrelationID: about.CorrelationID,
		SignedInAt:    about.SignedInAt, ReceivedAt: at, FiredAt: at,
		Record: record,
	}
}
