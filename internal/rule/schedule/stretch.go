package schedule

import (
	"context"
	"fmt"
	"hash/maphash"
	"strings"
	"time"

	"github.com/glasswatch/glasswatch/internal/fault"
	"github.com/glasswatch/glasswatch/internal/table"
	"github.com/glasswatch/glasswatch/kql"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// stretchRows are the records of a stretch, in the order in which they came, with some of their columns.
type stretchRows struct {
	at    []int // place of each column of the table in a row; -1: not read
	rows  [][]value.Value
	chain []uint64 // for each row a hash over the ids until there: equal ones mean equal rows
	edge  []bool   // the record is of the first instant
}

// stretchRow is one of them, as the interpreter reads it.
type stretchRow struct {
	of  *stretchRows
	row []value.Value
}

// Value is column i of the table.
func (r *stretchRow) Value(i int) value.Value { return r.row[r.of.at[i]] }

// each calls f for the rows from a number on.
func (s *stretchRows) each(from int, f func(row *stretchRow, edge bool)) {
	row := stretchRow{of: s}
	for i := from; i < len(s.rows); i++ {
		row.row = s.rows[i]
		f(&row, s.edge[i])
	}
}

// last is the hash over all ids.
func (s *stretchRows) last() uint64 {
	if len(s.chain) == 0 {
		return 0
	}
	return s.chain[len(s.chain)-1]
}

// stretch reads the records of a stretch; nil when there are more than most.
func (s *Store) stretch(ctx context.Context, at stretch, columns []bool, most int64) (*stretchRows, error) {
	out := &stretchRows{at: make([]int, len(columns))}
	var b strings.Builder
	fmt.Fprintf(&b, "%s | project At = ['%s'], Id = ['%s']", at.table.Name, at.column, table.ItemID)
	n := 2
	for i, c := range at.table.Columns {
		if out.at[i] = -1; columns[i] {
			fmt.Fprintf(&b, ", C%d = ['%s']", n, c.Name)
			out.at[i] = n
			n++
		}
	}
	from := time.Unix(at.start, 0)
	q, err := kql.Compile(b.String(), kql.Options{Catalog: s.Catalog, Within: &kql.Period{Column: at.column, From: from, To: from.Add(time.Duration(at.unit) * time.Second)}})
	if err != nil {
		return nil, err
	}
	limits := s.Limits
	limits.Rows = most
	first, _ := value.Ticks(from)
	err = s.each(ctx, q.Plan, limits, func(_ []plan.Column, row []value.Value) error {
		out.chain = append(out.chain, out.last()*31+maphash.String(seed, row[1].Text()))
		out.edge = append(out.edge, row[0].Int() == first)
		out.rows = append(out.rows, append([]value.Value(nil), row...))
		return nil
	})
	if fault.CodeOf(err) == fault.TooLarge {
		return nil, nil
	}
	return out, err
}

var seed = maphash.MakeSeed()
