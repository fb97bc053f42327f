package eval_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/glasswatch/glasswatch/kql"
	"github.com/glasswatch/glasswatch/kql/eval"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// logFile is a table of the lines of a text: a source needs no more than the schema and an iterator.
type logFile struct {
	schema *plan.Table
	text   string
}

func newLogFile(text string) *logFile {
	return &logFile{&plan.Table{Name: "Log", Time: -1, Columns: []plan.Column{{Name: "Line", Type: value.Long}, {Name: "Text", Type: value.String}}}, text}
}

// Table and TableNames make it a kql.Catalog.
func (l *logFile) Table(name string) *plan.Table {
	if name == l.schema.Name {
		return l.schema
	}
	return nil
}

func (l *logFile) TableNames() []string { return []string{l.schema.Name} }

// Scan makes it an eval.Source. Rows are made while they are asked for.
func (l *logFile) Scan(context.Context, *plan.Table) (eval.Iterator, error) {
	return &lines{rest: l.text}, nil
}

// lines is the iterator and its present row.
type lines struct {
	rest, text string
	n          int64
}

func (l *lines) Next() (eval.Row, error) {
	if l.rest == "" {
		return nil, io.EOF
	}
	l.text, l.rest, _ = strings.Cut(l.rest, "\n")
	l.n++
	return l, nil
}

func (l *lines) Value(i int) value.Value {
	if i == 0 {
		return value.NewLong(l.n)
	}
	return value.NewString(l.text)
}

func (l *lines) Close() error { return nil }

// A source of one's own is queried as it is read.
func ExampleRun() {
	file := newLogFile("sshd: accepted ann\nsshd: failed bob\ncron: started\nsshd: failed eve\n")
	ctx := context.Background()
	q, err := kql.Compile(`Log | where Text has "failed" | project Line, User = extract("failed (.*)", 1, Text)`,
		kql.Options{Catalog: file, Discover: eval.Discover(ctx, file, eval.Options{})})
	if err != nil {
		fmt.Println(err) // kql.Diagnostics: each mistake with its place
		return
	}
	result, err := eval.Run(ctx, q.Plan, file, eval.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer result.Close()
	for {
		row, err := result.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(row[0].Int(), row[1].Text())
	}
	// Output:
	// 2 bob
	// 4 eve
}
