package rule

import (
	"slices"

	"github.com/glasswatch/glasswatch/internal/table"
	"github.com/glasswatch/glasswatch/kql/eval"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// Relevance tells which records can change a query's answer. A record that the filters right above a table drop can change
// nothing, whatever the query does further up, so that most rules need not look at most records. It belongs to one
// goroutine.
type Relevance struct {
	Tables   []*plan.Table   // that the query reads
	matchers []*eval.Matcher // a record of a table that one of them lets through matters
	whole    []*plan.Table   // every record of these matters
	rows     bool            // the query may have rows when the tables have none
}

func newRelevance(n plan.Node) *Relevance {
	r := &Relevance{rows: yields(n)}
	seen := map[*plan.Table]bool{}
	plan.Walk(n, func(n plan.Node) bool {
		if s, ok := n.(*plan.Scan); ok && !seen[s.Table] {
			seen[s.Table] = true
			r.Tables = append(r.Tables, s.Table)
		}
		return true
	})
	plan.Walk(n, func(n plan.Node) bool {
		if s, ok := n.(*plan.Scan); ok {
			r.whole = append(r.whole, s.Table)
			return false
		}
		if m := timelessMatcher(n); m != nil {
			r.matchers = append(r.matchers, m)
			return false
		}
		return true
	})
	return r
}

// yields reports whether a plan may have rows when the tables have none: a list of accounts of which those are left that
// did not sign in.
func yields(n plan.Node) bool {
	switch n := n.(type) {
	case *plan.Scan:
		return false
	case *plan.Values:
		return len(n.Rows) > 0
	case *plan.Filter:
		return yields(n.Input)
	case *plan.Project:
		return yields(n.Input)
	case *plan.Sort:
		return yields(n.Input)
	case *plan.Take:
		return yields(n.Input)
	case *plan.Distinct:
		return yields(n.Input)
	case *plan.Shared:
		return yields(n.Input)
	case *plan.Expand:
		return yields(n.Input)
	case *plan.Aggregate:
		return len(n.Keys) == 0 || yields(n.Input)
	case *plan.Union:
		return slices.ContainsFunc(n.Inputs, yields)
	case *plan.Join:
		return yieldsJoin(n)
	}
	return len(plan.Tables(n)) == 0
}

func yieldsJoin(n *plan.Join) bool {
	left, right := yields(n.Left), yields(n.Right)
	switch n.Kind {
	case plan.LeftOuter, plan.LeftAnti:
		return left
	case plan.RightOuter, plan.RightAnti:
		return right
	case plan.FullOuter:
		return left || right
	}
	return left && right
}

// timelessMatcher makes a matcher of a part of a plan that is filters and projections over tables; nil where it is more.
// Conditions on the present time are left out: a record may come early or late.
func timelessMatcher(n plan.Node) *eval.Matcher {
	plain := true
	plan.Walk(n, func(n plan.Node) bool {
		switch n := n.(type) {
		case *plan.Scan, *plan.Union:
		case *plan.Filter:
			plain = plain && len(plan.TablesIn(n.Cond)) == 0
		case *plan.Project:
			for _, x := range n.Exprs {
				plain = plain && timeless(x)
			}
		default:
			plain = false
		}
		return plain
	})
	if !plain {
		return nil
	}
	m, err := eval.NewMatcher(withoutTime(n))
	if err != nil {
		return nil
	}
	return m
}

// withoutTime drops conditions that depend on the present time.
func withoutTime(n plan.Node) plan.Node {
	switch n := n.(type) {
	case *plan.Union:
		u := &plan.Union{Cols: n.Cols}
		for _, in := range n.Inputs {
			u.Inputs = append(u.Inputs, withoutTime(in))
		}
		return u
	case *plan.Project:
		return &plan.Project{Input: withoutTime(n.Input), Cols: n.Cols, Exprs: n.Exprs}
	case *plan.Filter:
		out := withoutTime(n.Input)
		for _, c := range conjuncts(n.Cond) {
			if timeless(c) {
				out = &plan.Filter{Input: out, Cond: c}
			}
		}
		return out
	}
	return n
}

func conjuncts(x plan.Expr) []plan.Expr {
	if c, ok := x.(*plan.Call); ok && c.Func.Name == "and" {
		return append(conjuncts(c.Args[0]), conjuncts(c.Args[1])...)
	}
	return []plan.Expr{x}
}

// timeless reports whether an expression gives the same value for a record at any time.
func timeless(x plan.Expr) bool {
	ok := len(plan.TablesIn(x)) == 0
	plan.WalkExpr(x, func(x plan.Expr) bool {
		if c, call := x.(*plan.Call); call && (c.Func.Volatile || c.Func.Name == "now" || c.Func.Name == "ago") {
			ok = false
		}
		return ok
	})
	return ok
}

// Touch finds which of many rules a record matters to. It belongs to one goroutine.
type Touch struct {
	tables map[*table.Schema]*touchIndex
	view   rowView
	seen   []uint64 // by rule: the record that was found to matter to it last
	record uint64
}

type touchIndex struct {
	index    *index
	matchers []*eval.Matcher
	owners   []int32 // rule of each matcher
	whole    []int32 // rules that every record matters to
}

// NewTouch indexes the rules over the schemas.
func NewTouch(schemas []*table.Schema, rules []*Windowed) *Touch {
	t := &Touch{tables: map[*table.Schema]*touchIndex{}, seen: make([]uint64, len(rules))}
	for _, s := range schemas {
		ix := &touchIndex{}
		for n, w := range rules {
			for _, m := range w.Relevance.matchers {
				if reads(m, s.Plan) {
					ix.matchers = append(ix.matchers, m)
					ix.owners = append(ix.owners, int32(n))
				}
			}
			for _, whole := range w.Relevance.whole {
				if whole == s.Plan && (len(ix.whole) == 0 || ix.whole[len(ix.whole)-1] != int32(n)) {
					ix.whole = append(ix.whole, int32(n))
				}
			}
		}
		if len(ix.matchers)+len(ix.whole) > 0 {
			ix.index = newIndex(s.Plan, ix.matchers)
			t.tables[s] = ix
		}
	}
	return t
}

// Reads reports whether a rule reads the table.
func (t *Touch) Reads(s *table.Schema) bool { return t.tables[s] != nil }

// Rules appends the rules that the row matters to, each once.
func (t *Touch) Rules(b *table.Batch, r *table.Row, dst []int32) []int32 {
	ix := t.tables[r.Schema]
	if ix == nil {
		return dst
	}
	t.record++
	add := func(n int32) {
		if t.seen[n] != t.record {
			t.seen[n] = t.record
			dst = append(dst, n)
		}
	}
	for _, n := range ix.whole {
		add(n)
	}
	t.view.batch, t.view.row = b, r
	var buf [16]int32
	now, _ := value.Ticks(b.ReceivedAt)
	for _, m := range ix.index.candidates(b, r, buf[:0]) {
		owner := ix.owners[m]
		if t.seen[owner] != t.record && t.matches(ix.matchers[m], r, now) {
			add(owner)
		}
	}
	return dst
}

// matches reports whether a matcher lets the row through. One that fails says yes: the query is asked.
func (t *Touch) matches(m *eval.Matcher, r *table.Row, now int64) (yes bool) {
	defer func() {
		if recover() != nil {
			yes = true
		}
	}()
	return m.Matches(r.Schema.Plan, &t.view, now)
}
