package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	v1 "github.com/glasswatch/glasswatch/internal/api/v1"
	"github.com/glasswatch/glasswatch/internal/client"
	"github.com/glasswatch/glasswatch/internal/config"
	"github.com/glasswatch/glasswatch/internal/fault"
)

const queryHelp = `Run a KQL query on the server and print its result.

A query that names no table reads SigninLogs. Notes and warnings about the query go to standard error.
A query with several results (several expressions, fork, facet) prints one after another; as JSON they are a list of
{"name", "rows"}.

  glasswatch query 'SigninLogs | where ResultType == 0 | top 10 by TimeGenerated'
  glasswatch query -o csv -f failures.kql > failures.csv
  echo 'print now()' | glasswatch query -`

func (c *cli) query() *cobra.Command {
	var file string
	var rows int64
	var timeout time.Duration
	var parameters map[string]string
	cmd := &cobra.Command{
		Use: "query [KQL | -]", Short: "Run a KQL query", Long: queryHelp, Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			text, err := c.queryText(args, file)
			if err != nil {
				return err
			}
			if strings.TrimSpace(text) == "" {
				return usageError{errors.New("give a query, a file with -f, or - for standard input"), cmd}
			}
			return c.runQuery(cmd, v1.QueryRequest{Query: text, MaxRows: rows, Seconds: int(timeout.Seconds()), Parameters: parameters})
		},
	}
	cmd.Flags().StringVarP(&file, "file", "f", "", "file with the query")
	cmd.Flags().Int64Var(&rows, "max-rows", 0, "at most this many rows")
	cmd.Flags().StringToStringVar(&parameters, "param", nil, "value of a parameter that the query declares, as name=value; may be given more than once")
	cmd.Flags().DurationVar(&timeout, "timeout", 0, "at most this long, such as 30s")
	return cmd
}

func (c *cli) queryText(args []string, file string) (string, error) {
	switch {
	case file != "":
		text, err := os.ReadFile(file)
		if err != nil {
			return "", fault.New(fault.NotFound, "%w", err)
		}
		return string(text), nil
	case len(args) == 1 && args[0] == "-":
		text, err := io.ReadAll(io.LimitReader(c.In, 1<<20))
		return string(text), err
	case len(args) == 1:
		return args[0], nil
	}
	return "", nil
}

func (c *cli) runQuery(cmd *cobra.Command, q v1.QueryRequest) error {
	server, err := c.connect(config.Read)
	if err != nil {
		return err
	}
	defer server.Close()
	rows, err := server.Query(cmd.Context(), q)
	if err != nil {
		return c.queryProblem(q.Query, err)
	}
	defer func() { _ = rows.Close() }()
	if len(rows.Notes) > 0 {
		c.diagnostics(q.Query, rows.Notes)
	}
	list := c.severalResults(rows.Results)
	return list.each(func() error { return c.printRows(rows, list) }, rows.NextResult)
}

// printRows prints the rows of the result at hand.
func (c *cli) printRows(rows *client.Rows, list *severalResults) error {
	names := make([]string, len(rows.Columns))
	for i, column := range rows.Columns {
		names[i] = column.Name
	}
	out := list.begin(rows.Name, names)
	for {
		row, err := rows.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			_ = out.end()
			return err
		}
		cells := make([]string, len(row))
		for i, raw := range row {
			cells[i] = cellText(raw)
		}
		out.add(object{names, row}, cells...)
	}
	if rows.Truncated {
		c.warnf("a limit cut the result off after %d rows", out.count)
	}
	return list.finish(out)
}

// cellText is a JSON value as a person reads it: texts without quotes, null as nothing.
func cellText(raw json.RawMessage) string {
	switch {
	case string(raw) == "null":
		return ""
	case len(raw) > 0 && raw[0] == '"':
		var text string
		if json.Unmarshal(raw, &text) == nil {
			return text
		}
	}
	return string(raw)
}

// object is a row as a JSON object whose keys keep the order of the columns.
type object struct {
	names  []string
	values []json.RawMessage
}

func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, name := range o.names {
		if i > 0 {
			b.WriteByte(',')
		}
		key, err := json.Marshal(name)
		if err != nil {
			return nil, err
		}
		b.Write(key)
		b.WriteByte(':')
		b.Write(o.values[i])
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}
