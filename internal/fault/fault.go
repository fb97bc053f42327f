// Package fault gives errors a code, and what a user sees a message and a next step. It is a leaf.
package fault

import (
	"errors"
	"fmt"
)

// Code says what kind of failure an error is. HTTP status and exit code follow from it, each in one table.
type Code uint8

// The codes. Internal is the zero value: an error without a code is ours.
const (
	Internal Code = iota
	Invalid
	NotFound
	Conflict
	Denied
	Unavailable
	TooLarge
)

var codeNames = [...]string{"internal", "invalid", "not_found", "conflict", "denied", "unavailable", "too_large"}

// String returns the code as it appears in API answers.
func (c Code) String() string {
	if int(c) < len(codeNames) {
		return codeNames[c]
	}
	return "internal"
}

// Error is an error with a code and, for the user, the next step.
type Error struct {
	Code Code
	Next string // what the user can do now; may be empty
	Err  error
}

func (e *Error) Error() string { return e.Err.Error() }
func (e *Error) Unwrap() error { return e.Err }

// New returns an error with a code; format and args as fmt.Errorf, so %w wraps.
func New(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Err: fmt.Errorf(format, args...)}
}

// WithNext adds the next step and returns e.
func (e *Error) WithNext(format string, args ...any) *Error {
	e.Next = fmt.Sprintf(format, args...)
	return e
}

// CodeOf returns the code of the outermost Error in err's chain, Internal without one.
func CodeOf(err error) Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return Internal
}

// NextOf returns the first next step in err's chain, or "".
func NextOf(err error) string {
	for err != nil {
		var e *Error
		if !errors.As(err, &e) {
			return ""
		}
		if e.Next != "" {
			return e.Next
		}
		err = e.Err
	}
	return ""
}
