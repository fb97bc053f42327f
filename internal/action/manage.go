package action

import (
	"context"

	"github.com/glasswatch/glasswatch/internal/alert"
)

// Details are an alert with its history and its delivery log.
type Details struct {
	Alert         alert.Alert        `json:"alert"`
	History       []alert.Transition `json:"history"`
	Notifications []Notification     `json:"notifications"`
	Attempts      []Attempt          `json:"attempts"`
}

// Alerts lists alerts, the newest first.
func (e *Engine) Alerts(ctx context.Context, f Filter) ([]alert.Alert, error) {
	return e.store.Alerts(ctx, f)
}

// Show returns the alert whose id is, or uniquely begins with, id. fault.NotFound, fault.Conflict when several do.
func (e *Engine) Show(ctx context.Context, id string) (d Details, err error) {
	if d.Alert, err = e.store.Alert(ctx, id); err != nil {
		return d, err
	}
	if d.History, err = e.store.History(ctx, d.Alert.ID); err != nil {
		return d, err
	}
	if d.Notifications, err = e.store.Notifications(ctx, d.Alert.ID); err != nil {
		return d, err
	}
	d.Attempts, err = e.store.Attempts(ctx, d.Alert.ID)
	return d, err
}

// Acknowledge says that a person has taken the alert on. It does not stop notifications that are still owed: one
// person's knowledge is not yet the others'. fault.Conflict when someone was faster.
func (e *Engine) Acknowledge(ctx context.Context, id, by, comment string) (alert.Alert, error) {
	return e.move(ctx, id, alert.Acknowledged, by, comment)
}

// Resolve says that what the alert is about is over.
func (e *Engine) Resolve(ctx context.Context, id, by, comment string) (alert.Alert, error) {
	return e.move(ctx, id, alert.Resolved, by, comment)
}

// CloseAlert ends the alert's life. Only a worse revision of its record opens it again.
func (e *Engine) CloseAlert(ctx context.Context, id, by, comment string) (alert.Alert, error) {
	return e.move(ctx, id, alert.Closed, by, comment)
}

func (e *Engine) move(ctx context.Context, id string, to alert.State, by, comment string) (alert.Alert, error) {
	return e.store.Move(ctx, id, to, by, comment, e.now().UTC())
}
