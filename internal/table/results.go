package table

import (
	"context"
	"io"

	"github.com/glasswatch/glasswatch/kql/plan"
)

// Results are the results of one query, each run when it is asked for: one, but for a query with several expressions, fork or
// facet. For one goroutine.
type Results struct {
	ctx    context.Context
	store  Querier
	limits Limits // of each result
	parts  []plan.Part
	rows   Rows
}

// Run starts a query, with the first of its parts. Limits hold for each result, ctx for all; the caller closes them.
func Run(ctx context.Context, store Querier, parts []plan.Part, limits Limits) (*Results, error) {
	r := &Results{ctx: ctx, store: store, limits: limits, parts: parts}
	if err := r.start(); err != nil {
		return nil, err
	}
	return r, nil
}

func (r *Results) start() (err error) {
	r.rows, err = r.store.Query(r.ctx, r.parts[0].Plan, r.limits)
	return err
}

// Name is what the query calls the result at hand; "" where it gives no name.
func (r *Results) Name() string { return r.parts[0].Name }

// Left counts the results from the one at hand to the last.
func (r *Results) Left() int { return len(r.parts) }

// Rows are those of the result at hand.
func (r *Results) Rows() Rows { return r.rows }

// Next goes to the next result; io.EOF after the last.
func (r *Results) Next() error {
	if err := r.Close(); err != nil {
		return err
	}
	if r.parts = r.parts[1:]; len(r.parts) == 0 {
		return io.EOF
	}
	return r.start()
}

// Close gives up what was not read.
func (r *Results) Close() error {
	if r.rows == nil {
		return nil
	}
	rows := r.rows
	r.rows = nil
	return rows.Close()
}
