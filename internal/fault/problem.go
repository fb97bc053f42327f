package fault

import (
	"fmt"
	"strconv"
	"strings"
)

// Problem is one thing that is wrong with a file that a user wrote, at its place in the file.
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
