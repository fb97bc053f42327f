package eval

import (
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// layout is how an operator keeps rows: of a wide table it keeps the columns that something looks at, and no room for the others.
type layout struct {
	columns []int // that are kept
	row     list  // a whole row, for the one that is looked at
}

// layout is that of rows with the columns of n, as far as what is above n reads them.
func (r *runner) layout(n plan.Node) *layout {
	need, known := r.needs[n]
	l := &layout{row: make(list, len(n.Columns()))}
	for i := range l.row {
		if !known || need[i] {
			l.columns = append(l.columns, i)
		}
	}
	return l
}

// pack copies what is kept of a row into kept.
func (l *layout) pack(kept []value.Value, of func(column int) value.Value) {
	for k, i := range l.columns {
		kept[k] = of(i)
	}
}

// unpack lays a kept row out; it is valid until the next one is.
func (l *layout) unpack(kept []value.Value) Row {
	for k, i := range l.columns {
		l.row[i] = kept[k]
	}
	return &l.row
}
