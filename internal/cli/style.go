package cli

import (
	"os"
	"strings"

	"golang.org/x/term"
)

// style colours text for a terminal; the zero value leaves it alone.
type style struct {
	on    bool
	width int // columns of the terminal; 0: no terminal
}

// styleFor returns the style of a stream. NO_COLOR and TERM=dumb are honoured.
func styleFor(stream any) style {
	f, ok := stream.(*os.File)
	if !ok || !terminal(stream) {
		return style{}
	}
	s := style{on: os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"}
	if w, _, err := term.GetSize(int(f.Fd())); err == nil {
		s.width = w
	}
	return s
}

func (s style) paint(code, text string) string {
	if !s.on {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

func (s style) bold(text string) string   { return s.paint("1", text) }
func (s style) red(text string) string    { return s.paint("1;31", text) }
func (s style) yellow(text string) string { return s.paint("33", text) }
func (s style) green(text string) string  { return s.paint("32", text) }

// severity paints Sev0 and Sev1 as loud as they are.
func (s style) severity(text string) string {
	switch strings.TrimSpace(text) {
	case "Sev0":
		return s.paint("1;37;41", text)
	case "Sev1":
		return s.red(text)
	case "Sev2":
		return s.yellow(text)
	}
	return text
}

// printable shows control characters instead of sending them to the terminal: log records come from outside, and an
// escape sequence in a user agent must not act.
func printable(text string) string {
	if !strings.ContainsFunc(text, unsafe) {
		return text
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\r' || r == '\t':
			return ' '
		case unsafe(r):
			return '\uFFFD'
		}
		return r
	}, text)
}

// unsafe reports control characters, and those that turn the direction of text around.
func unsafe(r rune) bool {
	return r < ' ' || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069
}
