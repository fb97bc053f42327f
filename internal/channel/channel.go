// Package channel is stage 7 of 7: the last step to a person or a system. A channel delivers one rendered message to one
// recipient and says what became of it. Each implementation is a folder below, listed in channel/all, and passes
// channel/channeltest. action (stage 6) routes, retries and records.
package channel

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Message is one notification for one recipient, rendered.
type Message struct {
	Key       string    // idempotency key: the same notification, tried again, has the same key
	Recipient string    // what the channel's kind calls a recipient: a mail address, a URL, "" for console
	Severity  string    // "Sev0"
	Subject   string    // one line
	Text      string    // plain text
	HTML      string    // complete HTML document; may be empty
	Thread    string    // messages about one alert share it (mail threading, chat updates)
	Update    bool      // not the first message of its thread
	SentAt    time.Time // when the notification was made

	// Most channels need neither of these; they are made when they are asked for.
	Common func() []byte // Azure Monitor's common alert schema, JSON
	Full   func() []byte // Glasswatch's superset of it with the rows, JSON
}

// Receipt says that the other side took the message.
type Receipt struct {
	Reference string // what the other side calls it: queue id, response line; for the delivery log
}

// Channel delivers messages. Implementations are safe for concurrent use and end every call within the context's
// deadline. An error is an *Error or is treated as temporary.
type Channel interface {
	Send(ctx context.Context, m Message) (Receipt, error)
}

// Class says what to do about a failed delivery.
type Class uint8

// The classes.
const (
	Temporary Class = iota // try again
	Throttled              // try again not before RetryAfter
	Permanent              // this recipient will not take this message: stop, and raise an alarm
	Denied                 // the other side takes nothing from us, whoever it is for: credential, certificate, sender; raise an alarm, and go on trying, slowly
)

var classNames = [...]string{"temporary", "throttled", "permanent", "denied"}

func (c Class) String() string { return classNames[c] }

// Error is a failed delivery. Its text never holds a secret.
type Error struct {
	Class      Class
	RetryAfter time.Duration // with Throttled; 0: not said
	Err        error
}

func (e *Error) Error() string { return fmt.Sprintf("%s: %v", e.Class, e.Err) }
func (e *Error) Unwrap() error { return e.Err }

// Fail returns an Error of the class; format and args as fmt.Errorf.
func Fail(class Class, format string, args ...any) *Error {
	return &Error{Class: class, Err: fmt.Errorf(format, args...)}
}

// ClassOf returns the class of err; Temporary when it has none.
func ClassOf(err error) (Class, time.Duration) {
	var e *Error
	if errors.As(err, &e) {
		return e.Class, e.RetryAfter
	}
	return Temporary, 0
}
