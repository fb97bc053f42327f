package kqltest_test

import (
	"context"
	"errors"
	"io"
	"testing"

	"github.com/glasswatch/glasswatch/kql/eval"
	"github.com/glasswatch/glasswatch/kql/kqltest"
	"github.com/glasswatch/glasswatch/kql/plan"
)

// inParts is the interpreter with every aggregation that can be, computed in parts: each part has some of the rows.
type inParts struct{ used *int }

func (inParts) Name() string { return "in-parts" }

func (b inParts) Open(tables []*kqltest.Table) (kqltest.Database, error) {
	db, err := kqltest.Eval{}.Open(tables)
	return &inPartsDatabase{db, db.(eval.Source), b.used}, err
}

type inPartsDatabase struct {
	kqltest.Database
	eval.Source
	used *int
}

func (d *inPartsDatabase) Run(ctx context.Context, n plan.Node, now int64) (*kqltest.Result, error) {
	r, err := eval.Run(ctx, n, d, eval.Options{Now: now})
	if err != nil {
		return nil, err
	}
	return kqltest.Collect(r)
}

// Push computes an aggregation from three parts, of which one has no rows.
func (d *inPartsDatabase) Push(ctx context.Context, n plan.Node, _ []bool) (eval.Iterator, error) {
	a, ok := n.(*plan.Aggregate)
	if !ok {
		return nil, nil
	}
	t, err := eval.NewTally(a)
	if err != nil {
		return nil, nil
	}
	*d.used++
	parts := []*eval.Part{{}, nil, {}, {}}
	seen := map[*plan.Table]bool{}
	i := 0
	for _, table := range t.Tables() {
		if seen[table] {
			continue
		}
		seen[table] = true
		if i, err = d.add(ctx, t, table, parts, i); err != nil {
			return nil, err
		}
	}
	return &narrow{list: t.Rows(parts), at: identity(len(a.Cols)), cols: a.Cols}, nil
}

// add adds the rows of a table, each to the next part in turn.
func (d *inPartsDatabase) add(ctx context.Context, t *eval.Tally, table *plan.Table, parts []*eval.Part, i int) (int, error) {
	rows, err := d.Scan(ctx, table)
	if err != nil {
		return i, err
	}
	defer rows.Close()
	for ; ; i++ {
		row, err := rows.Next()
		if errors.Is(err, io.EOF) {
			return i, nil
		}
		if err != nil {
			return i, err
		}
		t.Add(parts[[]int{0, 2}[i%2]], table, row)
	}
}

func identity(n int) map[int]int {
	at := map[int]int{}
	for i := range n {
		at[i] = i
	}
	return at
}

// Whatever the parts, the sum of them is what the interpreter computes at once.
func TestTally(t *testing.T) {
	used := 0
	kqltest.Run(t, testdata, inParts{&used})
	if used < 100 {
		t.Errorf("only %d aggregations were computed in parts", used)
	}
}
