package bind

import (
	"slices"

	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// A table is open when it has columns that only a run can tell (bag_unpack and pivot without a declared schema). Its
// columns then have a hidden one of no type at the end. It goes where hidden columns go: through filters and extend, not
// through project or summarize. A name that an open table does not show may be one of its columns: it is bound as broken,
// so that everything that can be checked is, and what depends on it is not complained about.

// openColumn is the mark. No name of the language can spell it.
const openColumn = "*"

// openNode is a table with the columns that are certain. Plans with it compile, but do not run.
func (b *binder) openNode(n plan.Node, certain []plan.Column, open bool) plan.Node {
	b.open = true
	cols := append([]plan.Column(nil), certain...)
	if open {
		cols = append(cols, plan.Column{Name: openColumn, Type: value.Invalid, Hidden: true})
	}
	return &plan.Open{Input: n, Cols: cols}
}

// isOpen reports whether there are columns beside these.
func isOpen(cols []plan.Column) bool { return openMark(cols) >= 0 }

// openMark is the index of the mark, -1 where there is none.
func openMark(cols []plan.Column) int {
	return slices.IndexFunc(cols, func(c plan.Column) bool { return c.Hidden && c.Type == value.Invalid })
}
