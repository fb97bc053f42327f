package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	v1 "github.com/glasswatch/glasswatch/internal/api/v1"
	"github.com/glasswatch/glasswatch/internal/client"
	"github.com/glasswatch/glasswatch/internal/config"
	"github.com/glasswatch/glasswatch/internal/fault"
	"github.com/glasswatch/glasswatch/kql"
	"github.com/glasswatch/glasswatch/kql/token"
)

// Exit codes beside those of exitCodes.
const (
	exitUsage       = 2
	exitInterrupted = 130
)

// exitCodes are stable: scripts rely on them, and the root command's help lists them.
var exitCodes = map[fault.Code]int{
	fault.Internal:    1,
	fault.NotFound:    3,
	fault.Denied:      4,
	fault.Unavailable: 5,
	fault.Invalid:     6,
	fault.TooLarge:    6,
	fault.Conflict:    7,
}

// usageError is a wrong way to call a command.
type usageError struct {
	error
	cmd *cobra.Command
}

func (u usageError) Unwrap() error { return u.error }

// silent is an error whose story is told already; only its exit code counts.
type silent struct{ error }

func (s silent) Unwrap() error { return s.error }

func exitCode(err error) int {
	var usage usageError
	if errors.As(err, &usage) {
		return exitUsage
	}
	return exitCodes[fault.CodeOf(err)]
}

// misused reports whether cobra found the call wrong, for which it has no type of its own.
func misused(err error) bool {
	return strings.HasPrefix(err.Error(), "unknown command") || strings.HasPrefix(err.Error(), "required flag")
}

// report prints an error and what to do about it.
func (c *cli) report(err error) {
	var told silent
	var usage usageError
	var problems config.Problems
	switch {
	case errors.As(err, &told):
	case errors.As(err, &problems):
		_, _ = fmt.Fprint(c.Err, problems.Render())
	case errors.As(err, &usage):
		c.errorf("%v", err)
		c.hintf("see: %s --help", usage.cmd.CommandPath())
	default:
		c.errorf("%v", err)
		if next := fault.NextOf(err); next != "" {
			c.hintf("%s", next)
		}
	}
}

func (c *cli) errorf(format string, args ...any) {
	_, _ = fmt.Fprintf(c.Err, "%s %s\n", c.err.red("error:"), fmt.Sprintf(format, args...))
}

func (c *cli) warnf(format string, args ...any) {
	_, _ = fmt.Fprintf(c.Err, "%s %s\n", c.err.yellow("warning:"), fmt.Sprintf(format, args...))
}

func (c *cli) hintf(format string, args ...any) {
	_, _ = fmt.Fprintf(c.Err, "%s %s\n", c.err.bold("hint:"), fmt.Sprintf(format, args...))
}

func (c *cli) printf(format string, args ...any) {
	_, _ = fmt.Fprintf(c.Out, format, args...)
}

// diagnostics prints remarks about a query with the line and a caret, on standard error.
func (c *cli) diagnostics(query string, list []v1.Diagnostic) {
	var ds kql.Diagnostics
	for _, d := range list {
		made := kql.Diagnostic{Code: d.Code, Message: d.Message, Hint: d.Hint, Line: d.Line, Column: d.Column}
		made.Span.Start, made.Span.End = d.Start, d.End
		switch d.Severity {
		case "warning":
			made.Severity = token.Warning
		case "note":
			made.Severity = token.Note
		}
		ds = append(ds, made)
	}
	_, _ = fmt.Fprintln(c.Err, strings.TrimRight(ds.Render(query), "\n"))
}

// queryProblem prints where a query is wrong when the error says so, and returns what is left to report.
func (c *cli) queryProblem(query string, err error) error {
	var p *client.Problem
	if errors.As(err, &p) && len(p.Diagnostics) > 0 {
		c.diagnostics(query, p.Diagnostics)
		return silent{err}
	}
	return err
}
