package eval

import (
	"io"

	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// tables holds what a run computes once: shared tables and the tables in expressions.
type tables struct {
	shared map[*plan.Shared][][]value.Value
	values map[*plan.Subquery]value.Value
	sets   map[*plan.InTable]*set
	given  map[*plan.Given]given // the rows handed to the bodies that are running
	graphs map[plan.Node]*graph  // also those that are handed to bodies
	err    error                 // of a table in an expression, reported when the stage is open
}

// all runs a plan to its end.
func (r *runner) all(n plan.Node) ([][]value.Value, error) {
	s, err := r.open(n)
	if err != nil {
		return nil, err
	}
	defer s.in.close()
	width := len(n.Columns())
	var out [][]value.Value
	for {
		err := s.advance()
		if err == io.EOF {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		row := make([]value.Value, width)
		for i := range row {
			row[i] = s.value(i)
		}
		if err := r.keep(row); err != nil {
			return nil, err
		}
		out = append(out, row)
	}
}

// openShared computes a shared table at its first use.
func (r *runner) openShared(n *plan.Shared) (*stage, error) {
	kept, ok := r.shared[n]
	if !ok {
		var err error
		if kept, err = r.all(n.Input); err != nil {
			return nil, err
		}
		if !readsGiven(n) {
			if r.shared == nil {
				r.shared = map[*plan.Shared][][]value.Value{}
			}
			r.shared[n] = kept
		}
	}
	return r.stage(&valueRows{rows: kept, r: r}, len(n.Columns())), nil
}

// readsGiven reports a table that reads rows of an operator around it, so that it differs from use to use.
func readsGiven(n plan.Node) bool {
	return plan.Any(n, func(n plan.Node) bool {
		switch n.(type) {
		case *plan.Given, *plan.GivenGraph:
			return true
		}
		return false
	})
}

// given are rows handed to a body, whole or kept by the layout of the table that stands for them.
type given struct {
	rows   [][]value.Value
	packed bool
}

// give sets the rows that Given stands for, until the function that it returns is called.
func (r *runner) give(n *plan.Given, rows given) (restore func()) {
	if r.given == nil {
		r.given = map[*plan.Given]given{}
	}
	before, had := r.given[n]
	r.given[n] = rows
	return func() {
		if had {
			r.given[n] = before
		} else {
			delete(r.given, n)
		}
	}
}

// fail keeps the first error of a table in an expression.
func (r *runner) fail(err error) {
	if r.err == nil {
		r.err = err
	}
}

// subquery computes toscalar(): it costs nothing where the expression is never compiled.
func (e *env) subquery(x *plan.Subquery) fn {
	v := e.scalarOf(x)
	return func(*scope) value.Value { return v }
}

func (e *env) scalarOf(x *plan.Subquery) value.Value {
	if e.r == nil {
		panic("eval: BUG: a table in an expression of a matcher")
	}
	if v, ok := e.r.values[x]; ok {
		return v
	}
	v, err := e.r.first(x.Table)
	if err != nil {
		e.r.fail(err)
	}
	if v.IsNull() {
		v = value.Null(x.Typ)
	}
	if !readsGiven(x.Table) {
		if e.r.values == nil {
			e.r.values = map[*plan.Subquery]value.Value{}
		}
		e.r.values[x] = v
	}
	return v
}

// first returns the first value of a table, a null of no type where it is empty.
func (r *runner) first(n plan.Node) (value.Value, error) {
	s, err := r.open(n)
	if err != nil {
		return value.Value{}, err
	}
	defer s.in.close()
	switch err := s.advance(); err {
	case nil:
		return s.value(0).Parsed(), nil
	case io.EOF:
		return value.Value{}, nil
	default:
		return value.Value{}, err
	}
}

// set is the values of a table's first column.
type set struct {
	keys map[string]struct{}
	null bool // a null is among them
}

// inTable tests against the values of a table.
func (e *env) inTable(x *plan.InTable) fn {
	s := e.setOf(x)
	of := e.compile(x.X)
	var key []byte
	return func(sc *scope) value.Value {
		v := of(sc)
		if v.IsNull() && v.Type() != value.String {
			if s.null {
				return value.Null(value.Bool)
			}
			return value.NewBool(x.Not)
		}
		key = appendMember(key[:0], v, x.Fold)
		_, found := s.keys[string(key)]
		return value.NewBool(found != x.Not)
	}
}

func appendMember(key []byte, v value.Value, fold bool) []byte {
	if fold {
		return value.AppendFold(key, v.Text())
	}
	return v.AppendKey(key)
}

func (e *env) setOf(x *plan.InTable) *set {
	if e.r == nil {
		panic("eval: BUG: a table in an expression of a matcher")
	}
	if s, ok := e.r.sets[x]; ok {
		return s
	}
	s := &set{keys: map[string]struct{}{}}
	rows, err := e.r.all(x.Table)
	if err != nil {
		e.r.fail(err)
	}
	for _, row := range rows {
		if v := row[0]; v.IsNull() && v.Type() != value.String {
			s.null = true
		} else {
			s.keys[string(appendMember(nil, v, x.Fold))] = struct{}{}
		}
	}
	if !readsGiven(x.Table) {
		if e.r.sets == nil {
			e.r.sets = map[*plan.InTable]*set{}
		}
		e.r.sets[x] = s
	}
	return s
}
