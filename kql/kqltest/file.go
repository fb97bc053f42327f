package kqltest

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// File is one file of the corpus, a txtar archive: tables, then cases that share them.
//
//	-- table T --
//	a:long, s:string, _h:datetime hidden
//	[1, "x", "2026-01-01T00:00:00Z"]
//	-- tables signin --             the tables of fixture/signin.txtar as well
//	-- query a title --
//	T | where a > 0
//	-- want ordered set:c --        order counts; the arrays in c are sets
//	a:long, s:string
//	["1", "x"]
//	-- notes --                     one line a warning or note
//	-- error --                     instead of want
//	-- declines duckdb --           the reason; any back end but the first
type File struct {
	Path    string
	Comment string
	Tables  []*Table
	Cases   []*Case
	head    []section // the sections before the first query, kept as they are
}

// Case is a query and what it must give.
type Case struct {
	Name     string
	Query    string
	Flags    Flags
	Want     *Want
	Notes    string
	Error    string
	Declines map[string]string // back end to reason
}

type section struct{ kind, rest, body string }

// ReadFile reads a file of the corpus and the fixtures it names.
func ReadFile(path string) (*File, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	f := &File{Path: path}
	var sections []section
	f.Comment, sections = split(string(text))
	for _, s := range sections {
		if err := f.add(s); err != nil {
			return nil, fmt.Errorf("%s: section %s %s: %w", path, s.kind, s.rest, err)
		}
	}
	return f, nil
}

// split takes a txtar archive apart.
func split(text string) (comment string, out []section) {
	var body *string = &comment
	for line := range strings.Lines(text) {
		title, ok := strings.CutPrefix(strings.TrimRight(line, "\r\n"), "-- ")
		if title, closed := strings.CutSuffix(title, " --"); ok && closed {
			kind, rest, _ := strings.Cut(strings.TrimSpace(title), " ")
			out = append(out, section{kind: kind, rest: rest})
			body = &out[len(out)-1].body
			continue
		}
		*body += line
	}
	return comment, out
}

func (f *File) add(s section) error {
	var c *Case
	if len(f.Cases) > 0 {
		c = f.Cases[len(f.Cases)-1]
	}
	switch {
	case s.kind == "query":
		f.Cases = append(f.Cases, &Case{Name: s.rest, Query: strings.TrimRight(s.body, "\n"), Declines: map[string]string{}})
		return nil
	case c == nil:
		return f.addTable(s)
	}
	body := strings.TrimSpace(s.body)
	switch s.kind {
	case "want":
		var err error
		if c.Flags, err = parseFlags(s.rest); err != nil {
			return err
		}
		if body == "" {
			return nil // to be written by -update
		}
		c.Want, err = parseWant(body)
		return err
	case "notes":
		c.Notes = body
	case "error":
		c.Error = body
	case "declines":
		c.Declines[s.rest] = body
	default:
		return fmt.Errorf("unknown kind")
	}
	return nil
}

func (f *File) addTable(s section) error {
	f.head = append(f.head, s)
	switch s.kind {
	case "table":
		t, err := parseTable(s.rest, s.body)
		f.Tables = append(f.Tables, t)
		return err
	case "tables":
		fixture, err := ReadFile(filepath.Join(filepath.Dir(f.Path), "fixture", s.rest+".txtar"))
		if err == nil {
			f.Tables = append(f.Tables, fixture.Tables...)
		}
		return err
	}
	return fmt.Errorf("unknown kind, or no query before it")
}

// Write writes the file back.
func (f *File) Write() error {
	var b bytes.Buffer
	b.WriteString(f.Comment)
	for _, s := range f.head {
		fmt.Fprintf(&b, "-- %s %s --\n%s", s.kind, s.rest, s.body)
	}
	for _, c := range f.Cases {
		fmt.Fprintf(&b, "-- query %s --\n%s\n", c.Name, c.Query)
		if c.Want != nil && c.Error == "" {
			fmt.Fprintf(&b, "-- want%s --\n%s", c.Flags, c.Want)
		}
		if c.Notes != "" {
			fmt.Fprintf(&b, "-- notes --\n%s\n", c.Notes)
		}
		if c.Error != "" {
			fmt.Fprintf(&b, "-- error --\n%s\n", c.Error)
		}
		for _, name := range sortedKeys(c.Declines) {
			fmt.Fprintf(&b, "-- declines %s --\n%s\n", name, c.Declines[name])
		}
	}
	return os.WriteFile(f.Path, b.Bytes(), 0o644)
}
