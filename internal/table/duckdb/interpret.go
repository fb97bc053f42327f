package duckdb

import (
	"context"

	"github.com/glasswatch/glasswatch/internal/fault"
	"github.com/glasswatch/glasswatch/internal/table"
	"github.com/glasswatch/glasswatch/kql/plan"
)

func interpret(ctx context.Context, s *Store, c *conn, q plan.Node, l table.Limits) (result, error) {
	return nil, fault.New(fault.Invalid, "not supported")
}
