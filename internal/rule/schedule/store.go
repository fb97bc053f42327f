package schedule

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/glasswatch/glasswatch/internal/rule"
	"github.com/glasswatch/glasswatch/internal/table"
	"github.com/glasswatch/glasswatch/kql"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// Querier is what the scheduler asks of the table store.
type Querier interface {
	Query(ctx context.Context, q plan.Node, limits table.Limits) (table.Rows, error)
}

// Store evaluates rules on the table store.
type Store struct {
	Querier Querier
	Catalog kql.Catalog
	Limits  table.Limits
}

var _ Evaluator = (*Store)(nil)

// Measure runs the rule's query with its measure.
func (s *Store) Measure(ctx context.Context, w *rule.Windowed, end time.Time) ([]Group, error) {
	q, err := s.discovering(ctx, w).Measure(end)
	if err != nil {
		return nil, err
	}
	var groups []Group
	err = s.Each(ctx, q, func(cols []plan.Column, row []value.Value) error {
		groups = append(groups, groupOf(w, cols, row))
		return nil
	})
	return groups, err
}

// groupOf reads a row of a measure.
func groupOf(w *rule.Windowed, cols []plan.Column, row []value.Value) Group {
	g := Group{Severity: w.Severity}
	for i, c := range cols {
		switch c.Name {
		case rule.MeasureColumn:
			g.Measure, g.Null = row[i].Real(), row[i].IsNull()
		case rule.SeveritiesColumn:
			severities, _ := row[i].Canonical() // JSON text, whoever computed the array
			g.Severity = w.Worst(severities)
		default:
			g.Dimensions = append(g.Dimensions, row[i].Text())
		}
	}
	return g
}

// Prepare does nothing: every window is asked about anew.
func (s *Store) Prepare(context.Context, time.Time, []Change, []Ask) {}

// Sample runs the rule's query for one combination of dimensions.
func (s *Store) Sample(ctx context.Context, w *rule.Windowed, end time.Time, dimensions []string, n int) ([]json.RawMessage, error) {
	q, err := s.discovering(ctx, w).Sample(end, dimensions, n)
	if err != nil {
		return nil, err
	}
	var list []json.RawMessage
	err = s.Each(ctx, q, func(cols []plan.Column, row []value.Value) error {
		names := make([]string, len(cols))
		for i, c := range cols {
			names[i] = c.Name
		}
		list = append(list, rule.AppendRow(nil, names, row))
		return nil
	})
	return list, err
}

// discovering is the rule with the means to find columns that follow from the data.
func (s *Store) discovering(ctx context.Context, w *rule.Windowed) *rule.Windowed {
	out := *w
	out.Discover = table.Discover(ctx, s.Querier, s.Limits)
	return &out
}

// Arrivals reads the times of a table's records.
func (s *Store) Arrivals(ctx context.Context, t *table.Schema, axis string, since, arrived time.Time, f func(at, arrived time.Time)) error {
	received := table.TimeReceived
	if t.Column(received) < 0 {
		received = "TimeGenerated"
	}
	if axis == table.TimeReceived {
		axis = received
	}
	if t.Column(axis) < 0 {
		return nil
	}
	text := fmt.Sprintf("%s | where %s >= datetime(%s) or %s >= datetime(%s) | summarize Arrived = max(%s) by At = bin(%s, 1m)",
		t.Name, axis, literal(since), received, literal(arrived), received, axis)
	q, err := kql.Compile(text, kql.Options{Catalog: s.Catalog})
	if err != nil {
		return err
	}
	return s.Each(ctx, q.Plan, func(_ []plan.Column, row []value.Value) error {
		if !row[0].IsNull() {
			f(value.Time(row[0].Int()), value.Time(row[1].Int()))
		}
		return nil
	})
}

func literal(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.0000000Z") }

// Each runs a query and calls f for its rows.
func (s *Store) Each(ctx context.Context, q plan.Node, f func([]plan.Column, []value.Value) error) error {
	return s.each(ctx, q, s.Limits, f)
}

func (s *Store) each(ctx context.Context, q plan.Node, limits table.Limits, f func([]plan.Column, []value.Value) error) error {
	rows, err := s.Querier.Query(ctx, q, limits)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for {
		row, err := rows.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := f(rows.Columns(), row); err != nil {
			return err
		}
	}
}
