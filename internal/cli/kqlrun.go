package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/glasswatch/glasswatch/internal/app"
	"github.com/glasswatch/glasswatch/internal/table"
	"github.com/glasswatch/glasswatch/kql/value"
)

const kqlRunHelp = `Run KQL queries without a server, on empty tables or on a data folder.

With - it reads JSON lines {"id", "query"} and answers each with a line
{"id", "columns": [[name, type], ...], "rows": [[text or null, ...], ...], "error"}, in order: cells as text (datetimes as
2024-01-31T12:00:00.0000000Z, timespans as d.hh:mm:ss.fffffff, dynamic values as JSON), "error" null where there is none.
A query that is wrong, fails or takes too long costs only its own line. Of several results (fork, facet) a line holds the
one that a rule would take; without - all are printed.

The engines: duckdb is the server's way (SQL where a query can be said in SQL exactly, else the interpreter), sql is
SQL alone and refuses what it cannot say, eval is the interpreter alone.

  glasswatch kql run 'print strcat("a", 1)'
  glasswatch kql run -f hunt.kql --data /var/lib/glasswatch -o csv
  glasswatch kql run --engine eval - < questions.jsonl > answers.jsonl`

func (c *cli) kqlRun() *cobra.Command {
	var in kqlInput
	var engine string
	var limits table.Limits
	cmd := &cobra.Command{
		Use: "run [KQL | -]", Short: "Run queries without a server", Long: kqlRunHelp, Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			list, batch, err := in.queries(cmd, args)
			if err != nil {
				return err
			}
			if !slices.Contains(app.Engines, engine) {
				return usageError{fmt.Errorf("there is no engine %q: want duckdb, sql or eval", engine), cmd}
			}
			w, err := c.workbench(&in)
			if err != nil {
				return err
			}
			if batch {
				late, err := c.answers(cmd.Context(), limits.Time, func(ctx context.Context, q question) []byte {
					return result(ctx, w, engine, limits, q)
				})
				if late > 0 { // what still runs holds the tables
					return err
				}
				return errors.Join(err, w.Close())
			}
			defer func() { _ = w.Close() }()
			for _, q := range list {
				if err := c.runHere(cmd.Context(), w, engine, limits, q); err != nil {
					return err
				}
			}
			return nil
		},
	}
	in.flags(cmd)
	cmd.Flags().StringVar(&engine, "engine", "duckdb", "duckdb, sql or eval")
	cmd.Flags().DurationVar(&limits.Time, "timeout", app.DefaultQueryTime, "at most this long for a query")
	cmd.Flags().Int64Var(&limits.Rows, "max-rows", 500_000, "at most this many rows of a query; more is an error")
	_ = cmd.RegisterFlagCompletionFunc("engine", cobra.FixedCompletions(app.Engines, cobra.ShellCompDirectiveNoFileComp)) // the flag exists
	return cmd
}

// runHere runs a query and prints its results.
func (c *cli) runHere(ctx context.Context, w *app.Workbench, engine string, limits table.Limits, q namedQuery) error {
	results, notes, err := w.RunAll(ctx, q.text, engine, limits)
	if err != nil {
		return c.badQuery(q, err)
	}
	c.remarks(q, notes)
	defer func() { _ = results.Close() }()
	list := c.severalResults(results.Left())
	return list.each(func() error { return c.printHere(results, list) }, results.Next)
}

// printHere prints the rows of the result at hand.
func (c *cli) printHere(results *table.Results, list *severalResults) error {
	rows := results.Rows()
	names := make([]string, len(rows.Columns()))
	for i, col := range rows.Columns() {
		names[i] = col.Name
	}
	out := list.begin(results.Name(), names)
	for {
		row, err := rows.Next()
		if errors.Is(err, io.EOF) {
			return list.finish(out)
		}
		if err != nil {
			_ = out.end()
			return err
		}
		o, cells := rowObject(names, row)
		out.add(o, cells...)
	}
}

// rowObject is a row as an object for JSON, and as cells for people.
func rowObject(names []string, row []value.Value) (object, []string) {
	o := object{names, make([]json.RawMessage, len(row))}
	cells := make([]string, len(row))
	for i, v := range row {
		o.values[i] = v.AppendJSON(nil)
		cells[i], _ = v.Canonical()
	}
	return o, cells
}
