package cli

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	v1 "github.com/glasswatch/glasswatch/internal/api/v1"
	"github.com/glasswatch/glasswatch/internal/app"
	"github.com/glasswatch/glasswatch/internal/fault"
	"github.com/glasswatch/glasswatch/kql"
	"github.com/glasswatch/glasswatch/kql/value"
)

const kqlHelp = `Work with KQL queries without a server.

The queries know the tables of Log Analytics and Defender that hold sign-ins, audit records and identities, with the
columns that Microsoft publishes; the tables are empty. With --data they read the data folder of a server that is not
running, and change nothing there. A running server answers: glasswatch query.`

func (c *cli) kql() *cobra.Command {
	cmd := &cobra.Command{Use: "kql", Short: "Run, check, explain and format KQL queries without a server", Long: kqlHelp, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	cmd.AddCommand(c.kqlRun(), c.kqlCheck(), c.kqlExplain(), c.kqlFormat())
	return cmd
}

// kqlInput is where a command's queries come from.
type kqlInput struct {
	files []string
	data  string
}

func (in *kqlInput) flags(cmd *cobra.Command) {
	cmd.Flags().StringArrayVarP(&in.files, "file", "f", nil, "file with a query; may be given more than once")
	cmd.Flags().StringVar(&in.data, "data", "", "data folder of a server that is not running (default: empty tables)")
}

// namedQuery is a query and where it came from.
type namedQuery struct{ name, text string }

// queries returns the queries of the arguments and files; batch is true for "-", where they come as JSON lines.
func (in *kqlInput) queries(cmd *cobra.Command, args []string) (list []namedQuery, batch bool, err error) {
	for _, arg := range args {
		if arg == "-" {
			batch = true
			continue
		}
		list = append(list, namedQuery{"query", arg})
	}
	for _, file := range in.files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, false, fault.New(fault.NotFound, "%w", err)
		}
		list = append(list, namedQuery{file, string(text)})
	}
	if batch == (len(list) > 0) {
		return nil, false, usageError{errors.New("give a query, a file with -f, or - for JSON lines from standard input"), cmd}
	}
	return list, batch, nil
}

// workbench opens what the queries work on.
func (c *cli) workbench(in *kqlInput) (*app.Workbench, error) {
	w, err := app.NewWorkbench(app.WorkbenchOptions{Data: in.data, Config: c.known()})
	if err != nil {
		return nil, err
	}
	return w, w.Open()
}

// remarks prints diagnostics with their lines and carets, on standard error.
func (c *cli) remarks(q namedQuery, ds kql.Diagnostics) {
	if len(ds) == 0 {
		return
	}
	if q.name != "query" {
		_, _ = fmt.Fprintf(c.Err, "%s:\n", q.name)
	}
	_, _ = fmt.Fprintln(c.Err, strings.TrimRight(ds.Render(q.text), "\n"))
}

// badQuery tells what is wrong with a query, and returns what is left to report.
func (c *cli) badQuery(q namedQuery, err error) error {
	var ds kql.Diagnostics
	if errors.As(err, &ds) {
		c.remarks(q, ds)
		return silent{fault.New(fault.Invalid, "%w", err)}
	}
	return err
}

// wireDiagnostics turns the language's diagnostics into those of the API.
func wireDiagnostics(ds kql.Diagnostics) []v1.Diagnostic {
	list := make([]v1.Diagnostic, 0, len(ds))
	for _, d := range ds {
		list = append(list, v1.Diagnostic{Severity: d.Severity.String(), Code: d.Code, Message: d.Message, Hint: d.Hint,
			Line: d.Line, Column: d.Column, Start: d.Span.Start, End: d.Span.End})
	}
	return list
}

// wireColumns are the visible columns of a compiled query as [name, type].
func wireColumns(q *kql.Query) [][2]string {
	list := [][2]string{}
	for _, col := range q.Plan.Columns() {
		switch {
		case col.Hidden:
		case col.Type == value.Invalid: // of a value that the data tell
			list = append(list, [2]string{col.Name, "unknown"})
		default:
			list = append(list, [2]string{col.Name, col.Type.String()})
		}
	}
	return list
}
