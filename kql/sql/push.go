package sql

import (
	"errors"

	"github.com/glasswatch/glasswatch/kql/plan"
)

// Pusher finds the parts of a plan that a database can run where it cannot run the whole: the interpreter asks for every
// node from the top. It serves one run and one goroutine.
type Pusher struct {
	// Any takes what reads no stored table too, which the database has no better means for than the interpreter.
	Any bool

	dialect  Dialect
	names    Names
	declined map[plan.Node]bool
	ready    map[plan.Node]Statement // of nodes that are asked for again: bodies run many times
	stored   map[plan.Node]bool      // whether a node reads a stored table
	uses     map[*plan.Shared]int    // in the whole plan
}

// NewPusher prepares the parts of root. declined is what an attempt to compile the whole of it said, nil without one.
func NewPusher(root plan.Node, d Dialect, names Names, declined *Unsupported) *Pusher {
	p := &Pusher{dialect: d, names: names, declined: map[plan.Node]bool{}, ready: map[plan.Node]Statement{}, stored: map[plan.Node]bool{}}
	p.uses = sharedUses(root)
	p.decline(declined)
	return p
}

func (p *Pusher) decline(u *Unsupported) {
	if u != nil {
		for _, n := range u.Nodes {
			p.declined[n] = true
		}
	}
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
		p.decline(u)
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

// Separate splits a condition of several parts joined by "and" where only some of them have SQL: these are to be tested
// first, by the database. It returns nil where that is of no use.
func (p *Pusher) Separate(f *plan.Filter) *plan.Filter {
	var ours, others []plan.Expr
	in := columnsAsInput(f.Input.Columns())
	for _, cond := range conjuncts(f.Cond, nil) {
		c := &compiler{dialect: p.dialect, names: p.names, params: map[any]int{}}
		if _, err := c.is(cond, in, true); err != nil || isVolatile(cond) {
			others = append(others, cond)
		} else {
			ours = append(ours, cond)
		}
	}
	if len(ours) == 0 || len(others) == 0 {
		return nil
	}
	and := f.Cond.(*plan.Call)
	return &plan.Filter{Input: &plan.Filter{Input: f.Input, Cond: conjunctionOf(and, ours)}, Cond: conjunctionOf(and, others)}
}

func isVolatile(e plan.Expr) bool {
	found := false
	plan.WalkExpr(e, func(e plan.Expr) bool {
		call, ok := e.(*plan.Call)
		found = found || ok && call.Func.Volatile
		return !found
	})
	return found
}

func conjuncts(e plan.Expr, out []plan.Expr) []plan.Expr {
	call, ok := e.(*plan.Call)
	if !ok || call.Func.Name != "and" {
		return append(out, e)
	}
	for _, a := range call.Args {
		out = conjuncts(a, out)
	}
	return out
}

func conjunctionOf(and *plan.Call, list []plan.Expr) plan.Expr {
	out := list[0]
	for _, e := range list[1:] {
		c := *and
		c.Args = []plan.Expr{out, e}
		out = &c
	}
	return out
}

// columnsAsInput makes columns of a relation of its own, to see whether an expression has SQL.
func columnsAsInput(cols []plan.Column) []expr {
	in := make([]expr, len(cols))
	for i, col := range cols {
		in[i] = expr{sql: "t.c", typ: col.Type, nullable: nullable(col.Type), simple: true}
	}
	return in
}
