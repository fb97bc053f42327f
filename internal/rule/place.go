package rule

import (
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/glasswatch/glasswatch/internal/fault"
	"github.com/glasswatch/glasswatch/kql"
	"github.com/glasswatch/glasswatch/kql/token"
)

// Place is where a query begins in the file of its rule. The zero value is nowhere.
type Place struct {
	Line   int    // of the query's first line, from 1
	Prefix string // what stands before each line of the query: the key, or a block's indentation
}

// placeOf finds a query below its key, which is on a line, counted from 1. A text that YAML folds or escapes has no place: its
// lines are not those of the file.
func placeOf(query string, lines []string, line int) Place {
	text := strings.Split(strings.TrimRight(query, "\n"), "\n")
	begin := max(0, slices.IndexFunc(text, func(s string) bool { return s != "" }))
	for first := line; first <= line+1 && first+len(text)-1 <= len(lines); first++ {
		prefix, ok := strings.CutSuffix(strings.TrimRight(lines[first-1+begin], ` "'`), strings.TrimRight(text[begin], ` "'`))
		if ok && (len(text) == 1 || strings.TrimSpace(prefix) == "" && shows(lines[first-1:], text, prefix)) {
			return Place{first, prefix}
		}
	}
	return Place{}
}

// shows reports whether lines of a file begin with those of a text, all indented by the prefix.
func shows(lines, text []string, prefix string) bool {
	for i, line := range text {
		if line != "" && strings.TrimRight(lines[i], "\r") != prefix+line {
			return false
		}
	}
	return true
}

// problems are the remarks about the rule's query at their places in its file.
func (r Rule) problems(ds kql.Diagnostics) fault.Problems {
	lines := strings.Split(r.Query, "\n")
	var out fault.Problems
	for _, d := range ds {
		line, column := token.Position(r.Query, d.Span.Start)
		source := strings.TrimRight(lines[line-1], "\r")
		width := utf8.RuneCountInString(r.Query[min(d.Span.Start, len(r.Query)):min(max(d.Span.Start, d.Span.End), len(r.Query))])
		out = append(out, fault.Problem{File: r.File, Line: r.QueryAt.Line + line - 1, Column: utf8.RuneCountInString(r.QueryAt.Prefix) + column,
			Width: max(1, min(width, utf8.RuneCountInString(source)-column+1)), Source: r.QueryAt.Prefix + source,
			Message: "rule " + r.Name + ": " + d.Code + ": " + d.Message, Next: d.Hint, Warning: d.Severity != kql.Error})
	}
	return out
}

// problemsOf are the problems of an error about a rule, each for itself.
func problemsOf(r Rule, err error) fault.Problems {
	var list fault.Problems
	if errors.As(err, &list) {
		return list
	}
	return fault.Problems{{File: r.File, Message: err.Error()}}
}
