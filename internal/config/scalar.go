package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Duration is a time span written as 90d, 12h, 1d12h, 30s; 0 is allowed.
type Duration time.Duration

// UnmarshalText reads a span; the unit d (24 hours) comes first where it is used.
func (d *Duration) UnmarshalText(b []byte) error {
	text := string(b)
	var total time.Duration
	rest := text
	if days, after, ok := strings.Cut(text, "d"); ok {
		n, err := strconv.ParseUint(days, 10, 16)
		if err != nil {
			return errDuration(text)
		}
		total, rest = time.Duration(n)*24*time.Hour, after
	}
	if rest != "" {
		span, err := time.ParseDuration(rest)
		if err != nil || span < 0 {
			return errDuration(text)
		}
		total += span
	}
	if text == "" {
		return errDuration(text)
	}
	*d = Duration(total)
	return nil
}

func errDuration(text string) error {
	return fmt.Errorf("%q is no duration: write a number and d, h, m or s, such as 90d or 12h", text)
}

// MarshalText writes the span as it is best read: 90d, 12h0m0s.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

func (d Duration) String() string {
	span := time.Duration(d)
	if span >= 24*time.Hour && span%(24*time.Hour) == 0 {
		return strconv.Itoa(int(span/(24*time.Hour))) + "d"
	}
	return span.String()
}

// Size is a number of bytes written as 32MiB, 500KB or 1000.
type Size int64

var sizeUnits = []struct {
	suffix string
	bytes  int64
}{
	{"KIB", 1 << 10}, {"MIB", 1 << 20}, {"GIB", 1 << 30}, {"KB", 1000}, {"MB", 1000_000}, {"GB", 1000_000_000}, {"B", 1}, {"", 1},
}

// UnmarshalText reads a size.
func (s *Size) UnmarshalText(b []byte) error {
	text := strings.ToUpper(strings.TrimSpace(string(b)))
	for _, unit := range sizeUnits {
		digits, ok := strings.CutSuffix(text, unit.suffix)
		if !ok {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSpace(digits), 10, 64)
		if err != nil || n <= 0 || n > (1<<62)/unit.bytes {
			break
		}
		*s = Size(n * unit.bytes)
		return nil
	}
	return fmt.Errorf("%q is no size: write a number and KiB, MiB or GiB, such as 32MiB", string(b))
}

// MarshalText writes the size in the largest unit that divides it.
func (s Size) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

func (s Size) String() string {
	n := int64(s)
	for _, unit := range []string{"GiB", "MiB", "KiB"} {
		bytes := int64(1) << (10 * (1 + slices.Index([]string{"KiB", "MiB", "GiB"}, unit)))
		if n != 0 && n%bytes == 0 {
			return strconv.FormatInt(n/bytes, 10) + unit
		}
	}
	return strconv.FormatInt(n, 10)
}

// Scope is what a token may do.
type Scope string

// The scopes. Admin includes all others, Write includes Read.
const (
	Ingest Scope = "ingest"
	Read   Scope = "read"
	Write  Scope = "write"
	Admin  Scope = "admin"
)

// Scopes lists all scopes.
func Scopes() []Scope { return []Scope{Ingest, Read, Write, Admin} }

// UnmarshalText reads a scope.
func (s *Scope) UnmarshalText(b []byte) error {
	if !slices.Contains(Scopes(), Scope(b)) {
		return fmt.Errorf("%q is no scope: want ingest, read, write or admin", string(b))
	}
	*s = Scope(b)
	return nil
}

// Allows reports whether a token with scope s may do what needs want.
func (s Scope) Allows(want Scope) bool {
	return s == want || s == Admin || s == Write && want == Read
}
