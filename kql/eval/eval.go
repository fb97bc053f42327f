// Package eval runs plans in Go, without a database: Run is the reference interpreter over any source of rows, and
// Matcher decides a stream rule's query one record at a time.
//
// Both compile expressions to closures over a row. A projection costs nothing until a column of it is asked for, so
// that a rule that looks at two columns of eighty reads two. Compiled plans belong to one goroutine at a time.
package eval

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// Source reads stored tables.
type Source interface {
	Scan(ctx context.Context, t *plan.Table) (Iterator, error)
}

// Iterator yields rows; io.EOF ends them. A row is valid until the next call; its values stay valid.
type Iterator interface {
	Next() (Row, error)
	Close() error
}

// Row is one row of a table; i is a position in plan.Table.Columns.
type Row interface {
	Value(i int) value.Value
}

// Options bound a run.
type Options struct {
	Now      int64 // value of now() and ago() where they were not folded, in ticks
	MaxRows  int64 // most rows that sort, summarize and distinct keep together; 0: 10 million
	MaxBytes int64 // most memory for those rows, roughly; 0: 1 GiB
	Fetch    Fetch // reads the addresses of externaldata; nil: none may be read
	// Locate, where set, tells geo_info_from_ip_address what is known of an address, as a bag; null for nothing.
	Locate func(ip string) value.Value
}

const (
	defaultMaxRows  = 10_000_000
	defaultMaxBytes = 1 << 30
)

// ErrTooLarge reports a query that would keep more rows in memory than the options allow.
var ErrTooLarge = errors.New("the query keeps too many rows in memory; project fewer columns, filter or summarize more")

// Result is a running query. It is not safe for concurrent use.
type Result struct {
	cols  []plan.Column
	stage *stage
	err   error
}

// Columns are the columns of every row.
func (r *Result) Columns() []plan.Column { return r.cols }

// Next returns the next row, which the caller may keep; io.EOF after the last.
func (r *Result) Next() ([]value.Value, error) {
	if r.err != nil {
		return nil, r.err
	}
	if err := r.stage.advance(); err != nil {
		r.err = err
		return nil, err
	}
	out := make([]value.Value, len(r.cols))
	for i := range out {
		out[i] = r.stage.value(i)
	}
	return out, nil
}

// All returns the rows that are left and closes the run.
func (r *Result) All() ([][]value.Value, error) {
	defer r.Close()
	var rows [][]value.Value
	for {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
}

// Close ends the run early and releases what the source holds.
func (r *Result) Close() error {
	if r.err == nil {
		r.err = io.EOF
	}
	return r.stage.in.close()
}

// Run evaluates a plan. Rows are computed as they are asked for; ctx ends the run.
func Run(ctx context.Context, n plan.Node, src Source, o Options) (*Result, error) {
	if o.MaxRows <= 0 {
		o.MaxRows = defaultMaxRows
	}
	if o.MaxBytes <= 0 {
		o.MaxBytes = defaultMaxBytes
	}
	r := &runner{ctx: ctx, src: src, rows: o.MaxRows, bytes: o.MaxBytes, fetch: o.Fetch}
	r.scope.fn.Now, r.scope.fn.Locate, r.scope.fn.Alive = o.Now, o.Locate, ctx.Err
	r.prepare(n)
	if e, ok := n.(*plan.Evaluate); ok && e.Open {
		return r.runOpen(e)
	}
	if isOpen(n) {
		return nil, ErrOpen
	}
	s, err := r.open(n)
	if err != nil {
		return nil, err
	}
	return &Result{cols: n.Columns(), stage: s}, nil
}

// runner holds what the operators of one run share.
type runner struct {
	ctx         context.Context
	src         Source
	fetch       Fetch
	pusher      Pusher // the source, where it runs parts of plans
	needs       plan.Needs
	rows, bytes int64 // what may still be kept
	ticks       int   // rows since the context was looked at
	scope       scope // the functions' context; each stage has its own copy of the rest
	tables
}

// alive looks at the context every now and then.
func (r *runner) alive() error {
	if r.ticks++; r.ticks&1023 != 0 {
		return nil
	}
	return r.ctx.Err()
}

// keep books a row that an operator holds on to.
func (r *runner) keep(row []value.Value) error {
	r.rows--
	for _, v := range row {
		r.bytes -= int64(v.Size())
	}
	if r.rows < 0 || r.bytes < 0 {
		return ErrTooLarge
	}
	return nil
}

// open builds the stages of a node and of what is below it.
func (r *runner) open(n plan.Node) (*stage, error) {
	if s, err := r.push(n); s != nil || err != nil {
		return s, err
	}
	switch n := n.(type) {
	case *plan.Scan:
		it, err := r.src.Scan(r.ctx, n.Table)
		if err != nil {
			return nil, fmt.Errorf("scan %s: %w", n.Table.Name, err)
		}
		return r.stage(&scanRows{it, r}, len(n.Table.Columns)), nil
	case *plan.Values:
		return r.stage(&valueRows{rows: n.Rows, r: r}, len(n.Cols)), nil
	case *plan.Filter:
		return r.above(n.Input, func(s *stage) { s.conds = append(s.conds, s.env.pred(n.Cond)) })
	case *plan.Project:
		return r.above(n.Input, func(s *stage) { s.env = s.env.project(n.Exprs) })
	case *plan.Sort:
		return r.above(n.Input, func(s *stage) { *s = *r.stage(newSort(r, s, n), len(n.Columns())) })
	case *plan.Take:
		return r.above(n.Input, func(s *stage) {
			*s = *r.stage(&takeRows{in: materialise(s, len(n.Columns())), left: n.N}, len(n.Columns()))
		})
	case *plan.Distinct:
		return r.above(n.Input, func(s *stage) { *s = *r.stage(newDistinct(r, s, n), len(n.Columns())) })
	case *plan.Aggregate:
		return r.above(n.Input, func(s *stage) { *s = *r.stage(newAggregate(r, s, n), len(n.Cols)) })
	case *plan.Parse:
		return r.above(n.Input, func(s *stage) { s.env, s.conds = s.env.parse(n, s.conds) })
	case *plan.Series:
		return r.above(n.Input, func(s *stage) { *s = *r.stage(newSeries(r, s, n), len(n.Cols)) })
	case *plan.TopNested:
		return r.above(n.Input, func(s *stage) { *s = *r.stage(newTopNested(r, s, n), len(n.Cols)) })
	case *plan.Steps:
		return r.above(n.Input, func(s *stage) { *s = *r.stage(newSteps(r, s, n), len(n.Cols)) })
	case *plan.Partition:
		return r.above(n.Input, func(s *stage) { *s = *r.stage(newPartition(r, s, n), len(n.Body.Columns())) })
	case *plan.ParseKV:
		return r.above(n.Input, func(s *stage) { s.env = s.env.parseKV(n) })
	case *plan.Window:
		return r.above(n.Input, func(s *stage) { *s = *r.stage(newWindow(r, s, n), len(n.Cols)) })
	case *plan.Serialize:
		return r.open(n.Input)
	case *plan.Evaluate:
		if !n.Open {
			return r.stage(&pluginRows{r: r, n: n}, len(n.Cols)), nil
		}
	case *plan.Union:
		return r.stage(&unionRows{r: r, inputs: n.Inputs}, len(n.Cols)), nil
	}
	return r.openTabular(n)
}

// openTabular opens the operators that join, expand and make tables.
func (r *runner) openTabular(n plan.Node) (*stage, error) {
	switch n := n.(type) {
	case *plan.Join:
		return r.openJoin(n)
	case *plan.Expand:
		return r.above(n.Input, func(s *stage) { *s = *r.stage(newExpand(r, s, n), len(n.Cols)) })
	case *plan.Apply:
		return r.above(n.Input, func(s *stage) { *s = *r.stage(newApply(r, s, n), len(n.Cols)) })
	case *plan.Given:
		given := &valueRows{rows: r.given[n].rows, r: r}
		if r.given[n].packed { // each reader lays its rows out for itself
			given.layout = r.layout(n)
		}
		return r.stage(given, len(n.Cols)), nil
	case *plan.Range:
		return r.openRange(n)
	case *plan.Shared:
		return r.openShared(n)
	case *plan.External:
		return r.openExternal(n)
	case *plan.GraphTable:
		return r.openGraphTable(n)
	case *plan.GraphPartition:
		return r.stage(&graphPartRows{r: r, n: n}, len(n.Columns())), nil
	case *plan.Match:
		return r.openMatch(n)
	}
	return nil, fmt.Errorf("eval: the operator %T is not supported", n)
}

// above opens the input and lets f put an operator on it.
func (r *runner) above(input plan.Node, f func(*stage)) (*stage, error) {
	s, err := r.open(input)
	if err != nil {
		return nil, err
	}
	f(s)
	if r.err != nil {
		s.in.close()
		return nil, r.err
	}
	return s, nil
}

// rows is a stream of rows below a stage.
type rows interface {
	next() (Row, error)
	close() error
}

// stage is a stream of rows with the filters and projections above it, which are evaluated on the row itself.
type stage struct {
	in    rows
	scope *scope
	conds []pred
	env   *env
}

func (r *runner) stage(in rows, columns int) *stage {
	s := &scope{fn: r.scope.fn}
	return &stage{in: in, scope: s, env: r.baseEnv(columns)}
}

// baseEnv is the columns of a row, and the tables that expressions may read.
func (r *runner) baseEnv(columns int) *env {
	e := baseEnv(columns)
	e.r = r
	return e
}

// advance moves to the next row that passes the filters.
func (s *stage) advance() error {
next:
	for {
		row, err := s.in.next()
		if err != nil {
			return err
		}
		s.scope.row = row
		s.scope.generation++
		for _, cond := range s.conds {
			if cond(s.scope) != yes {
				continue next
			}
		}
		return nil
	}
}

// value is a column of the present row.
func (s *stage) value(i int) value.Value { return s.env.cols[i].eval(s.scope) }
