package schedule

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/glasswatch/glasswatch/internal/rule"
	"github.com/glasswatch/glasswatch/kql/eval"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// Measure puts a window's answer together, or asks the store where a part is missing.
func (p *Parts) Measure(ctx context.Context, w *rule.Windowed, end time.Time) ([]Group, error) {
	r := p.rules[w]
	if r == nil || len(r.sums) == 0 {
		return p.Store.Measure(ctx, w, end)
	}
	sums := answers{}
	for _, s := range r.sums {
		parts, err := p.partsOf(s, end.Add(-time.Duration(w.QueryTimeRange)), end)
		if err != nil {
			return nil, err
		}
		if parts == nil {
			return p.Store.Measure(ctx, w, end)
		}
		sums[s.Node] = s.Tally.Rows(parts)
	}
	now, _ := value.Ticks(end)
	result, err := eval.Run(ctx, r.Plan, sums, eval.Options{Now: now})
	if err != nil {
		return nil, fmt.Errorf("put the parts of rule %q together: %w", w.Name, err)
	}
	defer func() { _ = result.Close() }()
	var groups []Group
	for {
		row, err := result.Next()
		if err == io.EOF {
			return groups, nil
		}
		if err != nil {
			return nil, err
		}
		groups = append(groups, groupOf(w, result.Columns(), row))
	}
}

// partsOf returns the parts of a window, nil where they are not all there or the query cuts through one.
func (p *Parts) partsOf(s *sum, from, to time.Time) ([]*eval.Part, error) {
	begin, _ := value.Ticks(from)
	end, _ := value.Ticks(to)
	first, last, err := s.Range(begin, end)
	if err != nil {
		return nil, err
	}
	unit := s.rule.unit * ticksPerSecond
	edge := first%unit == 1 // the first instant is left out
	if edge {
		first--
	}
	if first%unit != 0 || last%unit != 0 {
		return nil, nil
	}
	parts := []*eval.Part{}
	for _, a := range s.axes {
		for at := first; at < last; at += unit {
			one := p.current(s, stretch{a, s.rule.unit, unixOf(at)})
			if one == nil {
				return nil, nil
			}
			parts = append(parts, &one.rest)
			if at > first || !edge {
				parts = append(parts, &one.edge)
			}
		}
	}
	return parts, nil
}

const ticksPerSecond = 10_000_000

// answers are the rows of the aggregations of a plan: all that the interpreter may read.
type answers map[plan.Node][][]value.Value

// Push answers for the aggregations.
func (a answers) Push(_ context.Context, n plan.Node, _ []bool) (eval.Iterator, error) {
	rows, ok := a[n]
	if !ok {
		return nil, nil
	}
	return &answer{rows: rows}, nil
}

// Scan is not needed: every table is below an aggregation.
func (a answers) Scan(_ context.Context, t *plan.Table) (eval.Iterator, error) {
	return nil, fmt.Errorf("schedule: BUG: table %s is read outside of an aggregation", t.Name)
}

// answer is also its own current row.
type answer struct {
	rows [][]value.Value
	row  []value.Value
}

func (a *answer) Next() (eval.Row, error) {
	if len(a.rows) == 0 {
		return nil, io.EOF
	}
	a.row, a.rows = a.rows[0], a.rows[1:]
	return a, nil
}

func (a *answer) Value(i int) value.Value { return a.row[i] }
func (a *answer) Close() error            { return nil }
