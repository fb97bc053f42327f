package kqltest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/glasswatch/glasswatch/kql/eval"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// Eval is the interpreter, the reference back end: it declines nothing.
type Eval struct{}

// Name returns "eval".
func (Eval) Name() string { return "eval" }

// Open keeps tables in memory.
func (Eval) Open(tables []*Table) (Database, error) { return memory(tables), nil }

type memory []*Table

func (memory) Close() error { return nil }

func (m memory) Run(ctx context.Context, n plan.Node, now int64) (*Result, error) {
	r, err := eval.Run(ctx, n, m, eval.Options{Now: now})
	if err != nil {
		return nil, err
	}
	return Collect(r)
}

// Collect reads all rows of r and closes it.
func Collect(r *eval.Result) (*Result, error) {
	defer r.Close()
	out := &Result{Columns: r.Columns()}
	for {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		out.Rows = append(out.Rows, slices.Clone(row))
	}
}

// Scan implements eval.Source.
func (m memory) Scan(_ context.Context, t *plan.Table) (eval.Iterator, error) {
	for _, table := range m {
		if table.Schema == t {
			return &rows{list: table.Rows}, nil
		}
	}
	return nil, fmt.Errorf("no table %s", t.Name)
}

type rows struct{ list [][]value.Value }

func (r *rows) Next() (eval.Row, error) {
	if len(r.list) == 0 {
		return nil, io.EOF
	}
	out := r.list[0]
	r.list = r.list[1:]
	return row(out), nil
}

func (r *rows) Close() error { return nil }

type row []value.Value

func (r row) Value(i int) value.Value { return r[i] }
