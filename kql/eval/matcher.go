package eval

import (
	"fmt"
	"strings"

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

// branch is the way of a record of one table through the query: a segment, and one more behind every mv-expand.
type branch struct {
	table    *plan.Table
	segments []*segment
	tests    []test // the conditions of all segments, for Conditions
}

// segment is filters and projections over one kind of row. expand or apply, if it is there, makes the rows of the next
// segment.
type segment struct {
	scope  scope
	memo   *Memo // of segments over the record itself; may be nil
	env    *env
	conds  []pred
	expand *expander
	apply  *rowApply
}

// last is the segment that the query has come to.
func (b *branch) last() *segment { return b.segments[len(b.segments)-1] }

// test is a condition with the columns it refers to.
type test struct {
	cond plan.Expr
	env  *env
}

// NewMatcher compiles a plan of filters and projections over tables. The error names the operator that needs more than
// one record.
func NewMatcher(n plan.Node) (*Matcher, error) { return newMatcher(n, nil) }

func newMatcher(n plan.Node, memo *Memo) (*Matcher, error) {
	branches, err := memo.branchesOf(n)
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

// branchesOf compiles a plan; m may be nil.
func (m *Memo) branchesOf(n plan.Node) ([]*branch, error) {
	for _, x := range plan.Exprs(n) {
		if len(plan.TablesIn(x)) > 0 {
			return nil, oneByOne("a table inside an expression (toscalar, in)")
		}
	}
	switch n := n.(type) {
	case *plan.Scan:
		e := baseEnv(len(n.Table.Columns))
		e.memo = m
		return []*branch{{table: n.Table, segments: []*segment{{env: e, memo: m}}}}, nil
	case *plan.Union:
		var out []*branch
		for _, input := range n.Inputs {
			branches, err := m.branchesOf(input)
			if err != nil {
				return nil, err
			}
			out = append(out, branches...)
		}
		return out, nil
	case *plan.Filter:
		return m.extendBranches(n.Input, func(b *branch, s *segment) {
			s.conds = append(s.conds, s.env.pred(n.Cond))
			b.tests = append(b.tests, test{n.Cond, s.env})
		})
	case *plan.Project:
		return m.extendBranches(n.Input, func(_ *branch, s *segment) { s.env = s.env.project(n.Exprs) })
	case *plan.Expand:
		return m.extendBranches(n.Input, func(b *branch, s *segment) {
			s.expand = newExpander(n, s.env, &s.scope)
			b.segments = append(b.segments, &segment{env: s.expand.columns(n)})
		})
	case *plan.Apply:
		if needsTable(n.Body) {
			return nil, oneByOne("a table inside of mv-apply")
		}
		return m.extendBranches(n.Input, func(b *branch, s *segment) {
			s.apply = newRowApply(n, s)
			b.segments = append(b.segments, &segment{env: s.apply.columns(s.env)})
		})
	case *plan.Parse:
		return m.extendBranches(n.Input, func(_ *branch, s *segment) { s.env, s.conds = s.env.parse(n, s.conds) })
	case *plan.ParseKV:
		return m.extendBranches(n.Input, func(_ *branch, s *segment) { s.env = s.env.parseKV(n) })
	case *plan.Serialize:
		return m.branchesOf(n.Input)
	case *plan.Shared:
		return m.branchesOf(n.Input)
	}
	return nil, oneByOne(operatorName(n))
}

func oneByOne(what string) error {
	return fmt.Errorf("%s cannot be decided one record at a time; use a scheduled rule for this query", what)
}

// extendBranches puts an operator on every branch of its input.
func (m *Memo) extendBranches(input plan.Node, f func(*branch, *segment)) ([]*branch, error) {
	branches, err := m.branchesOf(input)
	for _, b := range branches {
		f(b, b.last())
	}
	return branches, err
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
	case *plan.Join:
		return "join"
	}
	return strings.ToLower(strings.TrimPrefix(fmt.Sprintf("%T", n), "*plan."))
}

// Tables are the tables whose records can match.
func (m *Matcher) Tables() []*plan.Table { return m.tables }

// Columns are the columns of what Match emits.
func (m *Matcher) Columns() []plan.Column { return m.cols }

// Match hands the result row to emit where the record matches, once for each part of a union that it goes through and
// for each row that an mv-expand makes of it. now is the value of now() where the plan has it, in ticks. out and its
// values are valid during emit only. Nothing is allocated where nothing matches, but by mv-expand.
func (m *Matcher) Match(t *plan.Table, row Row, now int64, emit func(out []value.Value)) {
	for _, b := range m.branches {
		if b.table == t {
			m.match(b.segments, row, now, emit)
		}
	}
}

// Matches reports whether Match would emit something, and computes no columns for that.
func (m *Matcher) Matches(t *plan.Table, row Row, now int64) bool {
	for _, b := range m.branches {
		if b.table == t && m.match(b.segments, row, now, nil) {
			return true
		}
	}
	return false
}

// match reports whether the record matches; without emit it ends at the first row that does.
func (m *Matcher) match(segments []*segment, row Row, now int64, emit func(out []value.Value)) (found bool) {
	s := segments[0]
	if s.matches(row, now) {
		switch {
		case s.expand != nil:
			for s.expand.start(); s.expand.more() && (emit != nil || !found); {
				found = m.match(segments[1:], s.expand, now, emit) || found
			}
		case s.apply != nil:
			s.apply.each(row, now, func(made Row) { found = m.match(segments[1:], made, now, emit) || found })
		case emit == nil:
			found = true
		default:
			for i := range m.out {
				m.out[i] = s.env.cols[i].eval(&s.scope)
			}
			emit(m.out)
			found = true
		}
	}
	s.scope.row = nil
	return found
}

func (s *segment) matches(row Row, now int64) bool {
	s.scope.row = row
	if s.scope.generation++; s.memo != nil {
		s.scope.generation = s.memo.record
	}
	s.scope.fn.Now = now
	for _, cond := range s.conds {
		if cond(&s.scope) != yes {
			return false
		}
	}
	return true
}
