package config

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml/token"

	"github.com/glasswatch/glasswatch/internal/fault"
	"github.com/glasswatch/glasswatch/internal/secret"
)

// Problem and Problems are what is wrong with the configuration, at its place in the file.
type (
	Problem  = fault.Problem
	Problems = fault.Problems
)

// document is the text of a file and where its values stand.
type document struct {
	file     string
	dir      string // absolute; relative paths in the file count from here
	lines    []string
	keys     map[string]*token.Token // path -> the key
	values   map[string]*token.Token // path -> the value
	secrets  map[int]bool            // lines whose values never print
	unread   map[string]bool         // paths whose values could not be read
	refs     map[string]secret.Ref   // path -> reference
	files    map[string]string       // path -> file that an option of a channel names
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
