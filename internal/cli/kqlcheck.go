package cli

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/spf13/cobra"

	"github.com/glasswatch/glasswatch/internal/app"
	"github.com/glasswatch/glasswatch/internal/fault"
	"github.com/glasswatch/glasswatch/kql"
)

const kqlCheckHelp = `Check KQL queries without running them: mistakes with their line and a caret, and the columns of the result.

With - it reads JSON lines {"id", "query"} and answers each with a line {"id", "columns", "error", "diagnostics"}.

  glasswatch kql check -f hunt.kql
  glasswatch kql check - < questions.jsonl`

func (c *cli) kqlCheck() *cobra.Command {
	var in kqlInput
	cmd := &cobra.Command{
		Use: "check [KQL | -]", Short: "Check queries and tell the columns of their results", Long: kqlCheckHelp, Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			list, batch, err := in.queries(cmd, args)
			if err != nil {
				return err
			}
			w, err := app.NewWorkbench(app.WorkbenchOptions{Data: in.data, Config: c.known()})
			if err != nil {
				return err
			}
			if batch {
				_, err := c.answers(cmd.Context(), app.DefaultQueryTime, func(_ context.Context, q question) []byte { return judgement(w, q) })
				return err
			}
			return c.checkHere(w, list)
		},
	}
	in.flags(cmd)
	return cmd
}

// judgement is the line of a query that is checked.
func judgement(w *app.Workbench, q question) []byte {
	compiled, err := w.Compile(q.Query)
	var columns [][2]string
	var ds kql.Diagnostics
	message := []byte("null")
	if err != nil {
		message = appendText(nil, errorText(err))
		errors.As(err, &ds)
	} else {
		columns, ds = wireColumns(compiled), compiled.Notes
	}
	b := append(append(appendHead(nil, q.ID, columns), `,"error":`...), message...)
	if err == nil && compiled.Open { // more columns, known when it has run
		b = append(b, `,"open":true`...)
	}
	list, err := json.Marshal(wireDiagnostics(ds))
	if err != nil {
		panic("cli: BUG: diagnostics: " + err.Error())
	}
	return append(append(append(b, `,"diagnostics":`...), list...), '}')
}

// checkHere checks queries for people, or for -o json an object a column.
func (c *cli) checkHere(w *app.Workbench, list []namedQuery) error {
	bad := 0
	out := c.results("FILE", "COLUMN", "TYPE")
	for _, q := range list {
		compiled, err := w.Compile(q.text)
		if err != nil {
			bad++
			if err := c.badQuery(q, err); !errors.As(err, &silent{}) {
				return err
			}
			continue
		}
		c.remarks(q, compiled.Notes)
		for _, col := range wireColumns(compiled) {
			out.add(object{[]string{"file", "column", "type"}, []json.RawMessage{appendText(nil, q.name), appendText(nil, col[0]), appendText(nil, col[1])}},
				q.name, col[0], col[1])
		}
	}
	if out.count > 0 || bad == 0 {
		if err := out.end(); err != nil {
			return err
		}
	}
	if bad > 0 {
		return silent{fault.New(fault.Invalid, "%d of %d queries are wrong", bad, len(list))}
	}
	return nil
}
