package config

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml/token"
)

// Problem is one thing that is wrong with the configuration, at its place in the file.
type Problem struct {
	File    string
	Line    int    // from 1; 0 when the problem has no place
	Column  int    // from 1, in characters
	Width   int    // characters to underline
	Source  string // the line, with secrets blotted out
	Message string
	Next    string // next step; may be empty
	Warning bool   // the file can be used as it is
}

// Error returns the place and the message on one line.
func (p Problem) Error() string {
	if p.Line == 0 {
		return p.File + ": " + p.Message
	}
	return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Message)
}

// Render returns the problem with the line, a caret and the next step, ending in a new line.
func (p Problem) Render() string {
	var b strings.Builder
	kind := "error"
	if p.Warning {
		kind = "warning"
	}
	fmt.Fprintf(&b, "%s: %s\n", kind, p.Error())
	if p.Line > 0 {
		gutter := strings.Repeat(" ", len(strconv.Itoa(p.Line)))
		fmt.Fprintf(&b, "  %d | %s\n", p.Line, p.Source)
		fmt.Fprintf(&b, "  %s | %s%s\n", gutter, strings.Repeat(" ", max(p.Column-1, 0)), strings.Repeat("^", max(p.Width, 1)))
	}
	if p.Next != "" {
		fmt.Fprintf(&b, "hint: %s\n", p.Next)
	}
	return b.String()
}

// Problems is all that is wrong with a file, in the file's order.
type Problems []Problem

// Error returns the places and messages, one a line.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = problem.Error()
	}
	return strings.Join(lines, "\n")
}

// Render returns all problems with line, caret and next step.
func (p Problems) Render() string {
	parts := make([]string, len(p))
	for i, problem := range p {
		parts[i] = problem.Render()
	}
	return strings.Join(parts, "\n")
}

// document is the text of a file and where its values stand.
type document struct {
	file     string
	dir      string // absolute; relative paths in the file count from here
	lines    []string
	keys     map[string]*token.Token // path -> the key
	values   map[string]*token.Token // path -> the value
	secrets  map[int]bool            // lines whose values never print
	unread   map[string]bool         // paths whose values could not be read
	problems Problems
	warnings Problems
}

// at returns the problem with the place of a token; a nil token has none.
func (d *document) at(tk *token.Token, format string, args ...any) Problem {
	p := Problem{File: d.file, Message: fmt.Sprintf(format, args...)}
	if tk == nil {
		return p
	}
	p.Line, p.Column = tk.Position.Line, tk.Position.Column
	p.Width = utf8.RuneCountInString(strings.SplitN(strings.TrimSpace(tk.Origin), "\n", 2)[0])
	if p.Line < 1 || p.Line > len(d.lines) {
		return p
	}
	p.Source = d.lines[p.Line-1]
	if d.secrets[p.Line] {
		p.Source, p.Width = blot(p.Source), 1
	}
	p.Width = min(p.Width, max(1, utf8.RuneCountInString(p.Source)-p.Column+1))
	return p
}

// blot hides what follows the key on a line whose value may be a secret in clear. What stands before it on the line
// goes too when the line has several keys.
func blot(line string) string {
	if strings.ContainsAny(line, "{,") {
		return "..."
	}
	if key, _, ok := strings.Cut(line, ":"); ok {
		return key + ": ..."
	}
	return "..."
}

func (d *document) add(p Problem, next string, args ...any) {
	p.Next = fmt.Sprintf(next, args...)
	d.problems = append(d.problems, p)
}

// problem adds a problem at the value of a path; where the path has no value, at the nearest parent that has one. A
// value that could not be read has its problem already.
func (d *document) problem(path, next, format string, args ...any) {
	if d.unread[path] {
		return
	}
	p := d.at(d.place(path), format, args...)
	p.Next = next
	d.problems = append(d.problems, p)
}

func (d *document) warn(path, next, format string, args ...any) {
	p := d.at(d.place(path), format, args...)
	p.Next, p.Warning = next, true
	d.warnings = append(d.warnings, p)
}

func (d *document) place(path string) *token.Token {
	for {
		if tk := d.values[path]; tk != nil {
			return tk
		}
		if tk := d.keys[path]; tk != nil {
			return tk
		}
		i := strings.LastIndexAny(path, ".[")
		if i < 0 {
			return nil
		}
		path = path[:i]
	}
}

// nearest returns the name that is closest to word, or "" when none is close.
func nearest(word string, names []string) string {
	best, bestDistance := "", max(1, len(word)/3)
	for _, name := range names {
		if d := distance(strings.ToLower(word), strings.ToLower(name)); d <= bestDistance && (best == "" || d < bestDistance) {
			best, bestDistance = name, d
		}
	}
	return best
}

// distance is the number of edits between a and b, where swapping two neighbours is one edit.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	two, one := []int(nil), make([]int, len(y)+1)
	for j := range one {
		one[j] = j
	}
	for i := 1; i <= len(x); i++ {
		row := make([]int, len(y)+1)
		row[0] = i
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			row[j] = min(one[j]+1, row[j-1]+1, one[j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				row[j] = min(row[j], two[j-2]+1)
			}
		}
		two, one = one, row
	}
	return one[len(y)]
}

// didYouMean returns a next step that names the nearest of the names, or lists them when there are few.
func didYouMean(word string, names []string) string {
	if near := nearest(word, names); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	switch {
	case len(names) == 0:
		return ""
	case len(names) <= 15:
		return "known here: " + strings.Join(names, ", ")
	}
	return ""
}
