package eval

import (
	"fmt"

	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// Matcher decides a query one record at a time. It may be used by one goroutine at a time.
type Matcher struct {
	cols     []plan.Column
	branches []*branch
	tables   []*plan.Table
	out      []value.Value
}

// branch is the way of a record of one table through the query.
type branch struct {
	table *plan.Table
	scope scope
	env   *env
	conds []pred
	tests []test // the same conditions, for Conditions
}

// test is a condition with the columns it refers to.
type test struct {
	cond plan.Expr
	env  *env
}

// NewMatcher compiles a plan of filters and projections over tables. The error names the operator that needs more than
// one record.
func NewMatcher(n plan.Node) (*Matcher, error) {
	branches, err := branchesOf(n)
	if err != nil {
		return nil, err
	}
	m := &Matcher{cols: n.Columns(), branches: branches, out: make([]value.Value, len(n.Columns()))}
	seen := map[*plan.Table]bool{}
	for _, b := range branches {
		if !seen[b.table] {
			seen[b.table] = true
			m.tables = append(m.tables, b.table)
		}
	}
	return m, nil
}

func branchesOf(n plan.Node) ([]*branch, error) {
	switch n := n.(type) {
	case *plan.Scan:
		return []*branch{{table: n.Table, env: baseEnv(len(n.Table.Columns))}}, nil
	case *plan.Union:
		var out []*branch
		for _, input := range n.Inputs {
			branches, err := branchesOf(input)
			if err != nil {
				return nil, err
			}
			out = append(out, branches...)
		}
		return out, nil
	case *plan.Filter:
		branches, err := branchesOf(n.Input)
		for _, b := range branches {
			b.conds = append(b.conds, b.env.pred(n.Cond))
			b.tests = append(b.tests, test{n.Cond, b.env})
		}
		return branches, err
	case *plan.Project:
		branches, err := branchesOf(n.Input)
		for _, b := range branches {
			b.env = b.env.project(n.Exprs)
		}
		return branches, err
	case *plan.Parse:
		branches, err := branchesOf(n.Input)
		for _, b := range branches {
			b.env, b.conds = b.env.parse(n, b.conds)
		}
		return branches, err
	case *plan.ParseKV:
		branches, err := branchesOf(n.Input)
		for _, b := range branches {
			b.env = b.env.parseKV(n)
		}
		return branches, err
	case *plan.Serialize:
		return branchesOf(n.Input)
	}
	return nil, fmt.Errorf("%s cannot be decided one record at a time; use a scheduled rule for this query", operatorName(n))
}

// operatorName says an operator as the query does.
func operatorName(n plan.Node) string {
	switch n := n.(type) {
	case *plan.Sort:
		if n.Limit >= 0 {
			return "top"
		}
		return "sort"
	case *plan.Take:
		return "take"
	case *plan.Distinct:
		return "distinct"
	case *plan.Aggregate:
		return "summarize"
	case *plan.Values:
		if len(n.Cols) == 0 {
			return "print"
		}
		return "datatable"
	}
	return fmt.Sprintf("%T", n)
}

// Tables are the tables whose records can match.
func (m *Matcher) Tables() []*plan.Table { return m.tables }

// Columns are the columns of what Match emits.
func (m *Matcher) Columns() []plan.Column { return m.cols }

// Match hands the result row to emit where the record matches, once for each part of a union that it goes through. now
// is the value of now() where the plan has it, in ticks. out and its values are valid during emit only. Nothing is
// allocated where nothing matches.
func (m *Matcher) Match(t *plan.Table, row Row, now int64, emit func(out []value.Value)) {
	for _, b := range m.branches {
		if b.table != t {
			continue
		}
		if b.matches(row, now) {
			for i := range m.out {
				m.out[i] = b.env.cols[i].eval(&b.scope)
			}
			emit(m.out)
		}
		b.scope.row = nil
	}
}

func (b *branch) matches(row Row, now int64) bool {
	b.scope.row = row
	b.scope.generation++
	b.scope.fn.Now = now
	for _, cond := range b.conds {
		if cond(&b.scope) != yes {
			return false
		}
	}
	return true
}
