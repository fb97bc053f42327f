package eval

import (
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// Condition is an equality of a text column with a constant. With Fold set the column's text is compared after
// value.Fold, and Value is folded already.
type Condition struct {
	Column int
	Value  string
	Fold   bool
}

// Conditions returns necessary conditions for the records of a table: one can match only where at least one of them
// holds, so a hash index over all rules leaves few to evaluate. false: the query has none for the table, and every
// record must be tried. A table that the query does not read has none that can hold.
func (m *Matcher) Conditions(t *plan.Table) ([]Condition, bool) {
	var out []Condition
	for _, b := range m.branches {
		if b.table != t {
			continue
		}
		best, ok := b.conditions()
		if !ok {
			return nil, false
		}
		out = append(out, best...)
	}
	return out, true
}

// conditions takes the filter that asks for the fewest values.
func (b *branch) conditions() ([]Condition, bool) {
	var best []Condition
	found := false
	for _, t := range b.tests {
		if c, ok := t.env.conditions(t.cond); ok && (!found || len(c) < len(best)) {
			best, found = c, true
		}
	}
	return best, found
}

// conditions finds the necessary equalities of an expression.
func (e *env) conditions(x plan.Expr) ([]Condition, bool) {
	call, ok := x.(*plan.Call)
	if !ok {
		if col, ok := x.(*plan.Col); ok && e.cols[col.Index].src != nil {
			c := e.cols[col.Index]
			return c.under.conditions(c.src)
		}
		return nil, false
	}
	switch call.Func.Name {
	case "and":
		a, ok := e.conditions(call.Args[0])
		b, ok2 := e.conditions(call.Args[1])
		if !ok || ok2 && len(b) < len(a) {
			return b, ok2
		}
		return a, true
	case "or":
		a, ok := e.conditions(call.Args[0])
		b, ok2 := e.conditions(call.Args[1])
		return append(a[:len(a):len(a)], b...), ok && ok2
	}
	t, ok := textTestOf(call)
	if !ok || t.negated {
		return nil, false
	}
	column, lowered, ok := e.baseColumn(t.of)
	if !ok {
		return nil, false
	}
	fold := t.fold || lowered
	out := make([]Condition, len(t.items))
	for i, item := range t.items {
		if fold {
			item = value.Fold(item)
		}
		out[i] = Condition{Column: column, Value: item, Fold: fold}
	}
	return out, true
}

// baseColumn follows an expression to a text column of the record, through projections and tolower().
func (e *env) baseColumn(x plan.Expr) (column int, lowered, ok bool) {
	switch x := x.(type) {
	case *plan.Col:
		c := e.cols[x.Index]
		switch {
		case c.base >= 0:
			return c.base, false, x.Typ == value.String
		case c.src != nil:
			return c.under.baseColumn(c.src)
		}
	case *plan.Call:
		switch x.Func.Name {
		case "tolower":
			column, _, ok = e.baseColumn(x.Args[0])
			return column, true, ok
		case "tostring":
			if x.Args[0].Type() == value.String {
				return e.baseColumn(x.Args[0])
			}
		}
	}
	return 0, false, false
}
