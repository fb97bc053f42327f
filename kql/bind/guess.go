package bind

import (
	"fmt"
	"slices"

	"github.com/glasswatch/glasswatch/kql/ast"
	"github.com/glasswatch/glasswatch/kql/function"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// Of a table that has no rows, the columns may not be known: a watchlist of another place, or what bag_unpack and pivot
// make of nothing. It is taken to have every column that the query asks it for. They are found by binding: the query is
// bound again with what it asked for. They are hidden, as they are in no list of columns.

// guess is a column that tables without rows are taken to have.
type guess struct {
	name string
	typ  value.Type
}

// guesses binds a query with more and more of them.
type guesses struct {
	q, prelude *ast.Query
	options    Options
	columns    []guess
	found      map[string]*plan.Values
}

const (
	// guessMark is a hidden column that tells that a table has them. No name of the language can spell it.
	guessMark = "*guess"
	// maxGuesses bounds the repetitions; each finds a column.
	maxGuesses = 32
)

// guessTypes are the types that a column is tried with: texts are what most are.
var guessTypes = []value.Type{value.String, value.Dynamic, value.Long, value.DateTime, value.Bool}

func (g *guesses) bind() Result {
	for range maxGuesses {
		b, r := g.attempt(false)
		switch {
		case len(b.wanted) > 0:
			g.columns = append(g.columns, guess{b.wanted[0], guessTypes[0]})
		case b.errors == 0 || !b.guessed:
			return r
		case !g.retype(b.errors):
			if b, vague := g.attempt(true); b.errors == 0 {
				return vague
			}
			return r
		}
	}
	_, r := g.attempt(true)
	return r
}

func (g *guesses) attempt(vague bool) (*binder, Result) {
	b := &binder{Options: g.options, ctx: function.Context{Now: g.options.Now}, assumed: g.columns, vague: vague, found: g.found}
	return b, b.bind(g.q, g.prelude)
}

// retype finds types that leave fewer errors: for each column the one that leaves the fewest, else one for all of them. A type
// may show that more columns are wanted. It is false where no type helps: then the columns are taken to be of no known type; if
// that makes the query good, it compiles, but does not run.
func (g *guesses) retype(errors int) bool {
	best, better := g.columns, false
	try := func(columns []guess) (good bool) {
		g.columns = columns
		if b, _ := g.attempt(false); b.errors < errors {
			errors, best, better = b.errors, columns, true
		}
		return errors == 0
	}
	defer func() { g.columns = best }()
	all := len(g.columns)
	for i := range all + 1 {
		for _, t := range guessTypes {
			columns := slices.Clone(best)
			for j := range columns {
				if j == i || i == all {
					columns[j].typ = t
				}
			}
			if try(columns) {
				return true
			}
		}
	}
	return better
}

// without is a table without rows, with the columns that were guessed so far.
func (b *binder) without(v *plan.Values) plan.Node {
	b.guessed = true
	if b.vague {
		return b.openNode(v, v.Cols, true)
	}
	cols := append([]plan.Column(nil), v.Cols...)
	for _, c := range b.assumed {
		if find(cols, c.name) < 0 {
			cols = append(cols, plan.Column{Name: c.name, Type: c.typ, Hidden: true})
		}
	}
	return &plan.Values{Cols: append(cols, plan.Column{Name: guessMark, Type: value.String, Hidden: true})}
}

// isGuess reports whether there may be further columns beside these.
func isGuess(cols []plan.Column) bool { return find(cols, guessMark) >= 0 }

// wantColumn notes a column that such a table is asked for. One is enough for a round: later names may follow from it.
func (b *binder) wantColumn(name string) {
	if len(b.wanted) == 0 {
		b.wanted = append(b.wanted, name)
	}
}

// discovered runs a plugin whose columns follow from the data, once over all attempts.
func (b *binder) discovered(n *plan.Evaluate) (*plan.Values, error) {
	b.runs++
	key := fmt.Sprint(b.runs, plan.Text(n))
	if v, ok := b.found[key]; ok {
		return v, nil
	}
	v, err := b.Discover(n)
	if err == nil {
		b.found[key] = v
	}
	return v, err
}
