package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"strings"
	"time"

	"github.com/glasswatch/glasswatch/internal/app"
	"github.com/glasswatch/glasswatch/internal/fault"
	"github.com/glasswatch/glasswatch/internal/table"
	"github.com/glasswatch/glasswatch/kql"
	"github.com/glasswatch/glasswatch/kql/value"
)

// question is a line of a batch.
type question struct {
	ID    json.RawMessage `json:"id"`
	Query string          `json:"query"`
}

// answers runs answer for every JSON line of the input and writes its line, in order. A line that is no question, and
// one whose answer panics or does not end, costs only itself. late counts those that did not end: they go on in the
// background.
func (c *cli) answers(ctx context.Context, timeout time.Duration, answer func(ctx context.Context, q question) []byte) (late int, err error) {
	in := bufio.NewReaderSize(c.In, 1<<16)
	out := bufio.NewWriter(c.Out)
	for ctx.Err() == nil {
		line, err := in.ReadBytes('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return late, err
		}
		if text := strings.TrimSpace(string(line)); text != "" {
			answered, stuck := c.answer(ctx, timeout, text, answer)
			if stuck {
				late++
			}
			_, _ = out.Write(append(answered, '\n')) // Flush returns the error
		}
		if in.Buffered() == 0 || err != nil {
			if err := out.Flush(); err != nil {
				return late, err
			}
		}
		if err != nil {
			break
		}
	}
	return late, ctx.Err()
}

func (c *cli) answer(ctx context.Context, timeout time.Duration, line string, answer func(ctx context.Context, q question) []byte) (text []byte, stuck bool) {
	q := question{}
	if err := json.Unmarshal([]byte(line), &q); err != nil {
		return failure(nil, `a line is a JSON object {"id", "query"}: `+err.Error()), false
	}
	return guard(ctx, timeout, q, answer)
}

// grace is how long a query that was told to end may take to do so.
const grace = 5 * time.Second

// guard answers within the time and survives a panic.
func guard(ctx context.Context, timeout time.Duration, q question, answer func(ctx context.Context, q question) []byte) (text []byte, stuck bool) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	done := make(chan []byte, 1)
	go func() {
		defer func() {
			if p := recover(); p != nil {
				done <- failure(q.ID, fmt.Sprintf("internal error: %v at %s", p, culprit(debug.Stack())))
			}
		}()
		done <- answer(ctx, q)
	}()
	watch := time.NewTimer(timeout + grace)
	defer watch.Stop()
	select {
	case text := <-done:
		return text, false
	case <-watch.C:
		return failure(q.ID, fmt.Sprintf("the query took longer than %s", timeout)), true
	}
}

// culprit is the function that panicked.
func culprit(stack []byte) string {
	_, after, _ := strings.Cut(string(stack), "panic(")
	for line := range strings.Lines(after) {
		if name, _, ok := strings.Cut(line, "("); ok && strings.Contains(name, "glasswatch/") {
			return name[strings.LastIndexByte(name, '/')+1:]
		}
	}
	return "an unknown place"
}

// failure is the line of a query that has no result.
func failure(id json.RawMessage, message string) []byte {
	b := appendHead(nil, id, nil)
	return append(appendText(append(b, `,"rows":[],"error":`...), message), '}')
}

func appendHead(b []byte, id json.RawMessage, columns [][2]string) []byte {
	if len(id) == 0 {
		id = json.RawMessage("null")
	}
	b = append(append(append(b, `{"id":`...), id...), `,"columns":[`...)
	for i, col := range columns {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendText(append(b, '['), col[0])
		b = append(appendText(append(b, ','), col[1]), ']')
	}
	return append(b, ']')
}

func appendText(b []byte, text string) []byte { return value.AppendJSONString(b, text) }

// errorText is an error of a query in one line a mistake.
func errorText(err error) string {
	var ds kql.Diagnostics
	if errors.As(err, &ds) {
		parts := make([]string, 0, len(ds))
		for _, d := range ds.Errors() {
			parts = append(parts, d.String())
		}
		return strings.Join(parts, "\n")
	}
	if next := fault.NextOf(err); next != "" {
		return err.Error() + " (" + next + ")"
	}
	return err.Error()
}

// result runs one query and writes its line.
func result(ctx context.Context, w *app.Workbench, engine string, limits table.Limits, q question) []byte {
	rows, _, err := w.Run(ctx, q.Query, engine, limits)
	if err != nil {
		return failure(q.ID, errorText(err))
	}
	defer func() { _ = rows.Close() }()
	var columns [][2]string
	for _, col := range rows.Columns() {
		columns = append(columns, [2]string{col.Name, col.Type.String()})
	}
	b := append(appendHead(nil, q.ID, columns), `,"rows":[`...)
	for n := 0; ; n++ {
		row, err := rows.Next()
		if errors.Is(err, io.EOF) {
			return append(b, `],"error":null}`...)
		}
		if err != nil {
			return failure(q.ID, errorText(err))
		}
		if n > 0 {
			b = append(b, ',')
		}
		b = appendRow(b, row)
	}
}

func appendRow(b []byte, row []value.Value) []byte {
	b = append(b, '[')
	for i, v := range row {
		if i > 0 {
			b = append(b, ',')
		}
		if text, null := v.Canonical(); null {
			b = append(b, "null"...)
		} else {
			b = appendText(b, text)
		}
	}
	return append(b, ']')
}
