package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	v1 "github.com/glasswatch/glasswatch/internal/api/v1"
	"github.com/glasswatch/glasswatch/internal/app"
	"github.com/glasswatch/glasswatch/kql"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/sql"
)

const kqlExplainHelp = `Explain how a KQL query runs: the columns of its result, its plan, what runs it, and the SQL that it becomes.

  glasswatch kql explain 'SigninLogs | where UserId == "x" | summarize count() by ResultType'`

func (c *cli) kqlExplain() *cobra.Command {
	var in kqlInput
	cmd := &cobra.Command{
		Use: "explain [KQL]", Short: "Show a query's plan, its SQL, and what runs it", Long: kqlExplainHelp, Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			list, batch, err := in.queries(cmd, args)
			if err != nil {
				return err
			}
			if batch {
				text, err := c.queryText(args, "")
				if err != nil {
					return err
				}
				list = []namedQuery{{"query", text}}
			}
			w, err := c.workbench(&in)
			if err != nil {
				return err
			}
			defer func() { _ = w.Close() }()
			for _, q := range list {
				if err := c.explain(w, q); err != nil {
					return err
				}
			}
			return nil
		},
	}
	in.flags(cmd)
	return cmd
}

// explanation is how a query runs.
type explanation struct {
	Columns [][2]string     `json:"columns"`
	Notes   []v1.Diagnostic `json:"notes"`
	Plan    string          `json:"plan"`
	Engine  string          `json:"engine"`           // sql or eval
	Reason  string          `json:"reason,omitempty"` // why it is not sql
	Tables  []string        `json:"tables"`           // what is read
	SQL     string          `json:"sql,omitempty"`
	Args    []any           `json:"args,omitempty"` // of $1, $2, ...
}

func (c *cli) explain(w *app.Workbench, q namedQuery) error {
	compiled, err := w.Compile(q.text)
	if err != nil {
		return c.badQuery(q, err)
	}
	x := explanation{Columns: wireColumns(compiled), Notes: wireDiagnostics(compiled.Notes), Plan: plan.Text(compiled.Plan), Engine: "sql", Tables: tables(compiled.Plan)}
	if compiled.Open { // its columns need a run
		x.Engine, x.Reason = "eval", "it has columns that only the data tell"
		return c.printExplained(q, compiled, x)
	}
	st, err := w.Statement(compiled)
	var not *sql.Unsupported
	switch {
	case errors.As(err, &not):
		x.Engine, x.Reason = "eval", not.Error()
	case err != nil:
		return err
	default:
		x.SQL, x.Args = st.Text, st.Args
	}
	return c.printExplained(q, compiled, x)
}

func (c *cli) printExplained(q namedQuery, compiled *kql.Query, x explanation) error {
	if c.output == "json" || c.output == "jsonl" {
		text, err := json.MarshalIndent(x, "", "  ")
		if c.output == "jsonl" {
			text, err = json.Marshal(x)
		}
		c.printf("%s\n", text)
		return err
	}
	c.remarks(q, compiled.Notes)
	c.printExplanation(x)
	return nil
}

func (c *cli) printExplanation(x explanation) {
	section := func(name, text string) { c.printf("%s\n%s\n", c.out.bold(name), indent(printable(text))) }
	columns := make([]string, len(x.Columns))
	for i, col := range x.Columns {
		columns[i] = col[0] + ":" + col[1]
	}
	section("Columns", wrap(columns, 110))
	c.printf("%s\n%s\n", c.out.bold("Plan"), indent(strings.TrimRight(x.Plan, "\n")))
	read := "no table"
	if len(x.Tables) > 0 {
		read = strings.Join(x.Tables, ", ")
	}
	if x.Engine == "eval" {
		section("Runs", "in the interpreter, over the rows of "+read+"; "+x.Reason)
		return
	}
	section("Runs", "in DuckDB, over "+read)
	section("SQL", x.SQL)
	for i, arg := range x.Args {
		if text, ok := arg.(string); ok {
			arg = string(appendText(nil, text))
		}
		c.printf("  $%d = %s\n", i+1, printable(fmt.Sprint(arg)))
	}
}

// tables are the names of the stored tables that a plan reads.
func tables(n plan.Node) []string {
	names := []string{}
	for _, t := range plan.Tables(n) {
		names = append(names, t.Name)
	}
	return names
}

func indent(text string) string { return "  " + strings.ReplaceAll(text, "\n", "\n  ") }

// wrap joins words with commas, in lines of about the width.
func wrap(words []string, width int) string {
	var b strings.Builder
	line := 0
	for i, word := range words {
		if i > 0 {
			b.WriteByte(',')
			if line += len(word) + 2; line > width {
				b.WriteByte('\n')
				line = len(word)
			} else {
				b.WriteByte(' ')
			}
		}
		b.WriteString(word)
	}
	return b.String()
}
