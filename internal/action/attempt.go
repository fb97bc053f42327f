package action

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/glasswatch/glasswatch/internal/alert"
	"github.com/glasswatch/glasswatch/internal/channel"
)

// recordTimeout bounds the write of an attempt's outcome. It does not end with the engine: an outcome that is known is
// written.
const recordTimeout = 10 * time.Second

// attempt tries to deliver a notification once, records what became of it and decides what comes next.
func (e *Engine) attempt(ctx context.Context, j *job) verdict {
	a, err := e.alertOf(ctx, j)
	if err != nil {
		e.log.Error("read alert of a notification", logNotification, j.n.ID, logError, err)
		j.n.NextAt = e.now().Add(e.backoff(j.n.Attempts + 1))
		return verdict{}
	}
	started := e.now()
	receipt, err := e.send(ctx, a, j.n)
	ended := e.now()
	if err != nil && ctx.Err() != nil {
		return verdict{} // the engine stops; the store still has it pending
	}
	log := Attempt{NotificationID: j.n.ID, At: started, Took: ended.Sub(started), Reference: receipt.Reference}
	v := e.judge(j, err, ended, &log)
	e.record(j.n, log)
	e.tell(a, j, log, ended)
	return v
}

func (e *Engine) alertOf(ctx context.Context, j *job) (*alert.Alert, error) {
	if j.alert != nil {
		return j.alert, nil
	}
	a, err := e.store.Revision(ctx, j.n.AlertID, j.n.Revision)
	return &a, err
}

// send renders the message and gives it to the channel.
func (e *Engine) send(ctx context.Context, a *alert.Alert, n Notification) (r channel.Receipt, err error) {
	ch := e.channels[n.Channel]
	if ch == nil { // owed before the configuration changed
		return r, channel.Fail(channel.Permanent, "channel %q is no longer configured", n.Channel)
	}
	ctx, cancel := context.WithTimeout(ctx, e.policy.AttemptTimeout)
	defer cancel()
	defer func() {
		if p := recover(); p != nil { // a broken channel must not take the others down
			err = channel.Fail(channel.Temporary, "channel %s panicked: %v", n.Channel, p)
		}
	}()
	return ch.Send(ctx, e.renderer.message(a, n))
}

// judge brings the notification up to date after an attempt.
func (e *Engine) judge(j *job, err error, at time.Time, log *Attempt) verdict {
	n := &j.n
	n.Attempts++
	if err == nil {
		n.State, n.DeliveredAt, n.LastError, n.Reference = Delivered, &at, "", log.Reference
		log.Outcome = string(Delivered)
		return verdict{done: true}
	}
	class, after := channel.ClassOf(err)
	n.LastError = reason(err)
	log.Outcome, log.Error = class.String(), n.LastError
	if class == channel.Permanent {
		n.State = Failed
		return verdict{done: true}
	}
	deadline := n.CreatedAt.Add(e.policy.Expire)
	if !at.Before(deadline) {
		n.State = Expired
		return verdict{done: true}
	}
	n.NextAt = at.Add(e.backoff(n.Attempts))
	if class == channel.Denied { // knocking more often would only lock us out
		n.NextAt = at.Add(e.policy.MaxRetry)
	}
	var v verdict
	if class == channel.Throttled {
		// A Retry-After is honoured for an hour at most: nobody may mute an alarm for longer.
		if v.hold = at.Add(min(after, maxThrottle)); v.hold.After(n.NextAt) {
			n.NextAt = v.hold
		}
	}
	if n.NextAt.After(deadline) {
		n.NextAt = deadline // one last attempt
	}
	return v
}

const maxThrottle = time.Hour

// backoff is the delay after the n-th failure: doubling, bounded, and spread by a fifth so that what failed together
// does not come back together.
func (e *Engine) backoff(n int) time.Duration {
	d := min(e.policy.FirstRetry, e.policy.MaxRetry)
	for i := 1; i < n && d < e.policy.MaxRetry; i++ {
		d = min(2*d, e.policy.MaxRetry)
	}
	return d - time.Duration(rand.Int64N(int64(d)/5+1))
}

// reason is an error's text without the class in front, bounded.
func reason(err error) string {
	var e *channel.Error
	if errors.As(err, &e) && e.Err != nil {
		err = e.Err
	}
	text := err.Error()
	if len(text) > 1000 {
		text = text[:1000] + "..."
	}
	return text
}

// record writes the outcome. When that fails the message may come twice after a restart; it is not lost.
func (e *Engine) record(n Notification, a Attempt) {
	ctx, cancel := context.WithTimeout(context.Background(), recordTimeout)
	defer cancel()
	if err := e.store.Record(ctx, n, a); err != nil {
		e.log.Error("record an attempt", logNotification, n.ID, logError, err)
	}
}

// tell reports an attempt to the log, to metrics and, where it means trouble, to people.
func (e *Engine) tell(a *alert.Alert, j *job, t Attempt, at time.Time) {
	n := &j.n
	if e.hooks.Attempted != nil {
		e.hooks.Attempted(n.Channel, t.Outcome, t.Took)
	}
	log := e.log.With(logAlert, n.AlertID, logNotification, n.ID, logChannel, n.Channel, logReceiver, n.Receiver, logGroup, n.Group)
	switch n.State {
	case Delivered:
		log.Info("notification delivered", "took", t.Took, "attempts", n.Attempts)
		if e.hooks.Delivered != nil {
			e.hooks.Delivered(n.Channel, at.Sub(a.FiredAt), at.Sub(a.ReceivedAt))
		}
	case Failed:
		log.Error("notification refused for good", logError, t.Error)
		e.alarm(a, n, "refused", at)
	case Expired:
		log.Error("notification expired", logError, t.Error, "attempts", n.Attempts)
		e.alarm(a, n, "expired", at)
	default:
		log.Warn("notification not delivered yet", logError, t.Error, "attempts", n.Attempts, "next", n.NextAt)
		if !j.warned && t.Outcome == channel.Denied.String() {
			j.warned = true
			e.alarm(a, n, "denied", at)
		}
		if !j.warned && n.NextAt.Sub(n.CreatedAt) >= e.policy.Late {
			j.warned = true
			e.alarm(a, n, "late", at)
		}
	}
}

// alarm fires a system alert about a notification that people do not get, to everyone but its recipient. There is none
// about system alerts themselves, or trouble would breed; they stay in the log, and the alerts that the same
// recipient misses raise theirs. One destination raises one alert per trouble and hour.
func (e *Engine) alarm(about *alert.Alert, n *Notification, trouble string, at time.Time) {
	if about.Rule == UndeliverableRule {
		return
	}
	a := e.complete(undeliverable(about, n, trouble, at))
	routes := e.router.others(n.destination())
	if len(routes) == 0 {
		e.log.Error("nobody else can be told of an undelivered notification: add a second receiver", logNotification, n.ID)
	}
	ctx, cancel := context.WithTimeout(context.Background(), recordTimeout)
	defer cancel()
	if err := e.fire(ctx, []Firing{{Alert: a, Routes: routes}}); err != nil {
		e.log.Error("fire a system alert", logNotification, n.ID, logError, fmt.Errorf("%s: %w", trouble, err))
	}
}
