package table

import (
	"context"
	"errors"
	"io"
	"slices"

	"github.com/glasswatch/glasswatch/kql/plan"
)

// What a plugin may return to the rest of its query.
const (
	discoveredRows  = 1_000_000
	discoveredBytes = 128 << 20
)

// Querier runs compiled queries, as a Store does.
type Querier interface {
	Query(ctx context.Context, q plan.Node, limits Limits) (Rows, error)
}

// Discover runs a plugin whose columns follow from the data, for kql.Options.Discover, within the time of the query that
// it is part of.
func Discover(ctx context.Context, store Querier, limits Limits) func(*plan.Evaluate) (*plan.Values, error) {
	limits.Rows, limits.Bytes = discoveredRows, discoveredBytes
	return func(n *plan.Evaluate) (*plan.Values, error) {
		rows, err := store.Query(ctx, n, limits)
		if err != nil {
			return nil, err
		}
		defer rows.Close()
		out := &plan.Values{Cols: rows.Columns()}
		for {
			row, err := rows.Next()
			if errors.Is(err, io.EOF) {
				return out, nil
			}
			if err != nil {
				return nil, err
			}
			out.Rows = append(out.Rows, slices.Clone(row))
		}
	}
}
