// Package secret holds values that never print. It is a leaf.
package secret

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
)

const redacted = "[secret]"

// Value is a secret. Every way of printing it gives "[secret]"; only Reveal gives the text.
type Value struct{ text string }

// New returns a secret with that text.
func New(text string) Value { return Value{text: text} }

// Reveal returns the text, for the one place that uses it.
func (v Value) Reveal() string { return v.text }

// Empty reports whether there is no text.
func (v Value) Empty() bool { return v.text == "" }

func (v Value) String() string               { return redacted }
func (v Value) GoString() string             { return redacted }
func (v Value) Format(s fmt.State, _ rune)   { _, _ = s.Write([]byte(redacted)) }
func (v Value) LogValue() slog.Value         { return slog.StringValue(redacted) }
func (v Value) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// Ref is a reference to a secret: "env:NAME" or "file:/path". It may be printed.
type Ref string

// Resolve reads the secret. The error names the reference, never the content.
func (r Ref) Resolve() (Value, error) {
	kind, name, ok := strings.Cut(string(r), ":")
	if !ok || name == "" {
		return Value{}, errors.New("not a secret reference: write env:NAME or file:/path, never the secret itself")
	}
	switch kind {
	case "env":
		text, ok := os.LookupEnv(name)
		if !ok || text == "" {
			return Value{}, fmt.Errorf("environment variable %s is not set", name)
		}
		return New(text), nil
	case "file":
		b, err := os.ReadFile(name)
		if err != nil {
			return Value{}, fmt.Errorf("read secret file: %w", err)
		}
		text := strings.TrimRight(string(b), "\r\n")
		if text == "" {
			return Value{}, fmt.Errorf("secret file %s is empty", name)
		}
		return New(text), nil
	}
	return Value{}, fmt.Errorf("secret reference of unknown kind %q: write env:NAME or file:/path", kind)
}
