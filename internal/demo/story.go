package demo

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	v1 "github.com/glasswatch/glasswatch/internal/api/v1"
)

// story tells on the terminal what happens. Without a terminal it writes the same words without colours, and no line
// that changes.
type story struct {
	mu     sync.Mutex
	out    io.Writer
	colour bool
	start  time.Time
	ticker bool // the last line is the ticker
	told   map[string]bool
	over   bool // what comes now is not told any more
	ticked time.Time
}

func (s *story) paint(code, text string) string {
	if !s.colour {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// line prints a line of its own, in place of the ticker.
func (s *story) line(format string, args ...any) {
	if s.ticker {
		_, _ = io.WriteString(s.out, "\r\x1b[K")
		s.ticker = false
	}
	_, _ = fmt.Fprintf(s.out, format+"\n", args...)
}

func (s *story) opened(server, page, token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.line("%s", s.paint("1", "Glasswatch demo"))
	s.line("An invented tenant pushes records into a real server. Two break-glass accounts are watched.")
	s.line("")
	s.line("  mailbox   %s", s.paint("4;36", page))
	s.line("  server    %s", s.paint("4;36", server))
	s.line("  token     %s", token)
	s.line("")
	s.line("Try in another terminal:")
	s.line("  export GLASSWATCH_SERVER=%s GLASSWATCH_TOKEN=%s", server, token)
	s.line("  glasswatch alert list")
	s.line("  glasswatch query 'SigninLogs | summarize count() by ResultType | top 5 by count_'")
	s.line("")
}

// pushed keeps a count on the last line of a terminal; elsewhere it says so every ten seconds.
func (s *story) pushed(total int64, refused int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		return
	}
	if refused > 0 {
		s.line("%s", s.paint("33", fmt.Sprintf("%d records were refused; they are in DeadLetter", refused)))
	}
	if s.colour {
		_, _ = fmt.Fprintf(s.out, "\r\x1b[K%s", s.paint("2", fmt.Sprintf("%s  %d records pushed", s.clock(time.Now()), total)))
		s.ticker = true
		return
	}
	if time.Since(s.ticked) >= 10*time.Second {
		s.ticked = time.Now()
		s.line("%s  %d records pushed", s.clock(time.Now()), total)
	}
}

func (s *story) clock(t time.Time) string { return t.UTC().Format("15:04:05.000") }

func (s *story) signIn(account, what string, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.line("%s  %s %s", s.clock(at), s.paint("1;37;41", " "+account+" "), s.paint("1", what))
}

// stage prints one stage of an alert with the time since the one before.
func (s *story) stage(at time.Time, since time.Time, name, detail string) {
	delay := ""
	if !since.IsZero() {
		delay = "+" + short(at.Sub(since))
	}
	s.line("%s  %-9s %10s  %s", s.clock(at), s.paint("36", fmt.Sprintf("%-9s", name)), delay, detail)
}

// mail tells the stages of an alert once, and that a mail came.
func (s *story) mail(a *v1.Alert, m Mail) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a == nil {
		s.stage(m.ReceivedAt, time.Time{}, "mailed", m.Subject)
		return
	}
	if s.told == nil {
		s.told = map[string]bool{}
	}
	if key := fmt.Sprint(a.ID, a.Revision); !s.told[key] {
		s.told[key] = true
		what := "signed in"
		if a.Outcome.Code == "" { // no sign-in
			what = "happened"
		}
		s.stage(a.SignedInAt, time.Time{}, what, clean(a.Sentence))
		s.stage(a.ReceivedAt, a.SignedInAt, "received", "the record is at the server's door")
		s.stage(a.FiredAt, a.ReceivedAt, "fired", fmt.Sprintf("rule %s, %s", a.Rule, s.paint("1;31", a.Severity)))
	}
	s.stage(m.ReceivedAt, a.FiredAt, "mailed", "accepted for "+s.paint("1", clean(m.To)))
}

func (s *story) summary(records int64, m Mail) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.over = true
	s.line("")
	s.line("%s after %s: %d records pushed, mail %q delivered to %s.", s.paint("1;32", "Done"), short(time.Since(s.start)), records, clean(m.Subject), clean(m.To))
}

func (s *story) end(records int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.over = true
	s.line("")
	s.line("Stopped after %s: %d records pushed.", short(time.Since(s.start)), records)
}

func (s *story) kept(dir string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.line("The data folder stays: %s (run it again with: glasswatch serve --config %s/glasswatch.yaml)", dir, dir)
}

// short rounds a duration for reading.
func short(d time.Duration) string {
	switch {
	case d < 0:
		return "0s"
	case d < 10*time.Millisecond:
		return d.Round(10 * time.Microsecond).String()
	case d < 10*time.Second:
		return d.Round(time.Millisecond).String()
	}
	return d.Round(time.Second).String()
}

// clean keeps control characters of records away from the terminal.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 {
			return -1
		}
		return r
	}, text)
}
