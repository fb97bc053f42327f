package token

import (
	"fmt"
	"sort"
	"strings"
	"unicode/utf8"
)

// Severity says what a diagnostic means for the query.
type Severity uint8

// An Error refuses the query. A Warning says that the query probably does not mean what was written. A Note says
// what was assumed.
const (
	Error Severity = iota
	Warning
	Note
)

// String returns "error", "warning" or "note".
func (s Severity) String() string {
	switch s {
	case Error:
		return "error"
	case Warning:
		return "warning"
	}
	return "note"
}

// Diagnostic is one remark about a query.
type Diagnostic struct {
	Severity Severity
	Code     string // the official code (KS142) where there is one, else GW and a number
	Message  string // lower case, no full stop
	Hint     string // what to do instead; may be empty
	Span     Span   // byte offsets in the query text as given
	Line     int    // 1-based; set by Locate
	Column   int    // 1-based, in characters; set by Locate
}

// String returns "line:column: severity code: message (hint)".
func (d Diagnostic) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d:%d: %s %s: %s", d.Line, d.Column, d.Severity, d.Code, d.Message)
	if d.Hint != "" {
		b.WriteString(" (" + d.Hint + ")")
	}
	return b.String()
}

// Diagnostics are the remarks about one query, errors and others.
type Diagnostics []Diagnostic

// Error returns the first error in one line, and how many more there are.
func (ds Diagnostics) Error() string {
	errs := ds.Errors()
	switch len(errs) {
	case 0:
		return "no error"
	case 1:
		return errs[0].String()
	}
	return fmt.Sprintf("%s (and %d more)", errs[0], len(errs)-1)
}

// Errors returns those with Severity Error.
func (ds Diagnostics) Errors() Diagnostics { return ds.filter(true) }

// Remarks returns the warnings and notes.
func (ds Diagnostics) Remarks() Diagnostics { return ds.filter(false) }

func (ds Diagnostics) filter(errors bool) Diagnostics {
	var out Diagnostics
	for _, d := range ds {
		if (d.Severity == Error) == errors {
			out = append(out, d)
		}
	}
	return out
}

// Locate returns ds ordered by place, without repetitions, with lines and columns of text filled in.
func (ds Diagnostics) Locate(text string) Diagnostics {
	if len(ds) == 0 {
		return nil
	}
	sorted := append(Diagnostics(nil), ds...)
	sort.SliceStable(sorted, func(i, j int) bool {
		a, b := sorted[i], sorted[j]
		if a.Span.Start != b.Span.Start {
			return a.Span.Start < b.Span.Start
		}
		return a.Severity < b.Severity
	})
	out := sorted[:0]
	line, lineStart := 1, 0
	for _, d := range sorted {
		d.Span.Start = min(max(d.Span.Start, 0), len(text))
		d.Span.End = min(max(d.Span.End, d.Span.Start), len(text))
		for i := strings.IndexByte(text[lineStart:d.Span.Start], '\n'); i >= 0; i = strings.IndexByte(text[lineStart:d.Span.Start], '\n') {
			line, lineStart = line+1, lineStart+i+1
		}
		d.Line, d.Column = line, utf8.RuneCountInString(text[lineStart:d.Span.Start])+1
		if !contains(out, d) {
			out = append(out, d)
		}
	}
	return out
}

func contains(ds Diagnostics, d Diagnostic) bool {
	for i := len(ds) - 1; i >= 0 && ds[i].Span.Start == d.Span.Start; i-- {
		if ds[i] == d {
			return true
		}
	}
	return false
}

// Position returns the 1-based line and column, counted in characters, of a byte offset.
func Position(text string, offset int) (line, column int) {
	before := text[:min(max(offset, 0), len(text))]
	start := strings.LastIndexByte(before, '\n') + 1
	return strings.Count(before, "\n") + 1, utf8.RuneCountInString(before[start:]) + 1
}
