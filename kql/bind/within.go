package bind

import (
	"github.com/glasswatch/glasswatch/kql/function"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/token"
	"github.com/glasswatch/glasswatch/kql/value"
)

// Period restricts every stored table that has the datetime column to its rows in [From, To), in ticks, whatever the
// query says. Tables without the column are read whole.
type Period struct {
	Column   string
	From, To int64
}

// within puts the period's condition on a table.
func (b *binder) within(scan plan.Node) plan.Node {
	if b.Within == nil {
		return scan
	}
	for i, c := range scan.Columns() {
		if c.Name == b.Within.Column && c.Type == value.DateTime {
			from, to := b.bound(i, ">=", b.Within.From), b.bound(i, "<", b.Within.To)
			and, _ := function.Lookup("and")
			return &plan.Filter{Input: scan, Cond: b.apply(and, token.Span{}, []plan.Expr{from, to}, []token.Span{{}, {}})}
		}
	}
	return scan
}

func (b *binder) bound(column int, operator string, ticks int64) plan.Expr {
	f, _ := function.Lookup(operator)
	args := []plan.Expr{&plan.Col{Index: column, Typ: value.DateTime}, &plan.Const{Value: value.NewDateTime(ticks)}}
	return b.apply(f, token.Span{}, args, []token.Span{{}, {}})
}
