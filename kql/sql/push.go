package sql

import (
	"errors"

	"github.com/glasswatch/glasswatch/kql/plan"
)

// Pusher finds the parts of a plan that a database can run where it cannot run the whole: the interpreter runs Root and
// asks for every node from the top. It serves one run and one goroutine.
type Pusher struct {
	Root plan.Node // the plan, with the conditions that have SQL as low as they can be
	// Any takes what reads no stored table too, which the database has no better means for than the interpreter.
	Any bool

	dialect  Dialect
	names    Names
	declined map[plan.Node]bool
	ready    map[plan.Node]Statement // of nodes that are asked for again: bodies run many times
	stored   map[plan.Node]bool      // whether a node reads a stored table
	uses     map[*plan.Shared]int    // in the whole plan
}

// NewPusher prepares the parts of root.
func NewPusher(root plan.Node, d Dialect, names Names) *Pusher {
	p := &Pusher{dialect: d, names: names, declined: map[plan.Node]bool{}, ready: map[plan.Node]Statement{}, stored: map[plan.Node]bool{}}
	p.Root = plan.Lower(root, p.movable)
	p.uses = sharedUses(p.Root)
	return p
}

// Decline leaves nodes to the interpreter.
func (p *Pusher) Decline(nodes ...plan.Node) {
	for _, n := range nodes {
		p.declined[n] = true
	}
}

// movable reports whether a condition has SQL and gives the same value wherever it is tested.
func (p *Pusher) movable(cond plan.Expr) bool {
	width, volatile := 0, false
	plan.WalkExpr(cond, func(e plan.Expr) bool {
		switch e := e.(type) {
		case *plan.Col:
			width = max(width, e.Index+1)
		case *plan.Call:
			volatile = volatile || e.Func.Volatile
		case *plan.Subquery, *plan.InTable:
			volatile = true // whether their tables have SQL, only the whole plan tells
		}
		return !volatile
	})
	if volatile {
		return false
	}
	in := make(columns, width)
	plan.WalkExpr(cond, func(e plan.Expr) bool {
		if c, ok := e.(*plan.Col); ok {
			in[c.Index] = &expr{sql: "t.c", typ: c.Typ, nullable: nullable(c.Typ), simple: true}
		}
		return true
	})
	c := &compiler{dialect: p.dialect, names: p.names}
	_, err := c.is(cond, in, true)
	return err == nil
}

// Statement returns the SQL of n with the columns need; false where the interpreter must run n. What has no SQL is
// remembered, so that a node is compiled once more only where a branch beside it was declined.
func (p *Pusher) Statement(n plan.Node, need []bool) (Statement, bool, error) {
	if p.declined[n] {
		return Statement{}, false, nil
	}
	if st, ok := p.ready[n]; ok {
		return st, true, nil
	}
	if !p.Any && !p.reads(n) || p.shares(n) {
		return Statement{}, false, nil
	}
	st, err := CompileColumns(n, need, p.dialect, p.names)
	var u *Unsupported
	if errors.As(err, &u) {
		p.Decline(u.Nodes...)
		return Statement{}, false, nil
	}
	if err != nil {
		return Statement{}, false, err
	}
	p.ready[n] = st
	return st, true, nil
}

// reads reports whether n reads a stored table: without one, the database has nothing that the interpreter has not.
func (p *Pusher) reads(n plan.Node) bool {
	known, ok := p.stored[n]
	if ok {
		return known
	}
	_, found := n.(*plan.Scan)
	p.stored[n] = found
	for _, below := range plan.Below(n) {
		found = p.reads(below) || found
	}
	p.stored[n] = found
	return found
}

// shares reports whether n has a shared table that is used outside of n too: it must be computed once for both.
func (p *Pusher) shares(n plan.Node) bool {
	if len(p.uses) == 0 {
		return false
	}
	for s, count := range sharedUses(n) {
		if p.uses[s] > count {
			return true
		}
	}
	return false
}

// sharedUses counts how often shared tables are used below n.
func sharedUses(n plan.Node) map[*plan.Shared]int {
	uses := map[*plan.Shared]int{}
	var walk func(n plan.Node)
	walk = func(n plan.Node) {
		if s, ok := n.(*plan.Shared); ok {
			if uses[s]++; uses[s] > 1 {
				return
			}
		}
		for _, below := range plan.Below(n) {
			walk(below)
		}
	}
	walk(n)
	return uses
}
