package kqltest_test

import (
	"context"
	"fmt"
	"io"

	"github.com/glasswatch/glasswatch/kql/eval"
	"github.com/glasswatch/glasswatch/kql/kqltest"
	"github.com/glasswatch/glasswatch/kql/plan"
	kqlsql "github.com/glasswatch/glasswatch/kql/sql"
	"github.com/glasswatch/glasswatch/kql/value"
)

// hybrid runs plans on the interpreter, which leaves to DuckDB every part that has SQL; of the whole plan, the operators
// less than skip steps from its end are the interpreter's in any case, so that the seam lies elsewhere.
type hybrid struct{ skip int }

func (h hybrid) Name() string {
	if h.skip == 0 {
		return "hybrid"
	}
	return fmt.Sprintf("hybrid-%d", h.skip)
}

func (h hybrid) Open(tables []*kqltest.Table) (kqltest.Database, error) {
	db, err := duckDB{promote: []promoted{{"d", []string{"a"}}, {"Status", []string{"errorCode"}}}}.Open(tables)
	if err != nil {
		return nil, err
	}
	return &hybridDatabase{db.(*database), h.skip}, nil
}

type hybridDatabase struct {
	*database
	skip int
}

func (h *hybridDatabase) Run(ctx context.Context, n plan.Node, now int64) (*kqltest.Result, error) {
	p := kqlsql.NewPusher(n, kqlsql.DuckDB, h.database)
	p.Decline(top(p.Root, h.skip)...)
	p.Any = true
	r, err := eval.Run(ctx, p.Root, &parts{p, h.database}, eval.Options{Now: now})
	if err != nil {
		return nil, err
	}
	return kqltest.Collect(r)
}

// top lists the nodes of the first levels, but for tables, which only the database has.
func top(n plan.Node, levels int) []plan.Node {
	if _, scan := n.(*plan.Scan); scan || levels == 0 {
		return nil
	}
	list := []plan.Node{n}
	for _, below := range plan.Below(n) {
		list = append(list, top(below, levels-1)...)
	}
	return list
}

// parts runs the parts of one plan.
type parts struct {
	*kqlsql.Pusher
	db *database
}

func (p *parts) Scan(_ context.Context, t *plan.Table) (eval.Iterator, error) {
	return nil, fmt.Errorf("table %s was not pushed", t.Name)
}

func (p *parts) Push(ctx context.Context, n plan.Node, need []bool) (eval.Iterator, error) {
	st, ok, err := p.Statement(n, need)
	if err != nil || !ok {
		return nil, err
	}
	r, err := p.db.query(ctx, st)
	if err != nil {
		return nil, err
	}
	it := &narrow{list: r.Rows, cols: n.Columns(), at: map[int]int{}}
	for i, needed := range need {
		if needed {
			it.at[i] = len(it.at)
		}
	}
	return it, nil
}

// narrow are rows with some of the columns.
type narrow struct {
	list [][]value.Value
	cols []plan.Column
	at   map[int]int // position in cols to that in the rows
	row  []value.Value
}

func (n *narrow) Next() (eval.Row, error) {
	if len(n.list) == 0 {
		return nil, io.EOF
	}
	n.row, n.list = n.list[0], n.list[1:]
	return n, nil
}

func (n *narrow) Value(i int) value.Value {
	if at, ok := n.at[i]; ok {
		return n.row[at]
	}
	return value.Null(n.cols[i].Type)
}

func (n *narrow) Close() error { return nil }
