package token

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxShown bounds the part of a source line that Render shows, in terminal cells.
const maxShown = 160

// Render shows each diagnostic with its line of the query, a caret under the place, and the hint.
//
//	error KS142 at 1:20: no column "Userid" here
//	  SigninLogs | where Userid == "x"
//	                     ^~~~~~
//	  did you mean UserId?
func (ds Diagnostics) Render(query string) string {
	var b strings.Builder
	for _, d := range ds {
		line, column := Position(query, d.Span.Start)
		fmt.Fprintf(&b, "%s %s at %d:%d: %s\n", d.Severity, d.Code, line, column, d.Message)
		source, caret := excerpt(query, d.Span)
		if strings.TrimSpace(source) != "" {
			b.WriteString("  " + source + "\n  " + caret + "\n")
		}
		if d.Hint != "" {
			b.WriteString("  " + d.Hint + "\n")
		}
	}
	return b.String()
}

// Excerpt returns the line that holds the start of s, made printable, and a line with a caret under s.
func excerpt(query string, s Span) (source, caret string) {
	at := min(max(s.Start, 0), len(query))
	start := strings.LastIndexByte(query[:at], '\n') + 1
	end := len(query)
	if i := strings.IndexByte(query[at:], '\n'); i >= 0 {
		end = at + i
	}
	if wide := cells(query[start:at]); wide > maxShown/2 { // show the neighbourhood of the place
		for cells(query[start:at]) > maxShown/2 {
			_, n := utf8.DecodeRuneInString(query[start:])
			start += n
		}
	}
	before := printable(query[start:at])
	marked := printable(query[at:min(max(s.End, at), end)])
	after := printable(query[min(max(s.End, at), end):end])
	caret = strings.Repeat(" ", cells(before)) + "^"
	if n := cells(marked); n > 1 {
		caret += strings.Repeat("~", min(n, maxShown/2)-1)
	}
	return clip(before+marked+after, maxShown), caret
}

// Printable replaces what would move the caret line or the terminal: tabs, control and zero-width characters.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t':
			return ' '
		case r == '\r' || r == utf8.RuneError || unicode.IsControl(r):
			return '\uFFFD'
		}
		return r
	}, strings.TrimSuffix(s, "\r"))
}

func clip(s string, width int) string {
	w := 0
	for i, r := range s {
		if w += cell(r); w > width {
			return s[:i]
		}
	}
	return s
}

func cells(s string) int {
	n := 0
	for _, r := range s {
		n += cell(r)
	}
	return n
}

// Cell is the width of r in a terminal: 0 for combining and zero-width characters, 2 for wide East Asian ones.
func cell(r rune) int {
	switch {
	case r < 0x300:
		return 1
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	case r >= 0x1100 && r <= 0x115F, r >= 0x2E80 && r <= 0xA4CF, r >= 0xAC00 && r <= 0xD7A3, r >= 0xF900 && r <= 0xFAFF,
		r >= 0xFE30 && r <= 0xFE6F, r >= 0xFF00 && r <= 0xFF60, r >= 0xFFE0 && r <= 0xFFE6, r >= 0x1F300 && r <= 0x1FAFF,
		r >= 0x20000 && r <= 0x3FFFD:
		return 2
	}
	return 1
}
