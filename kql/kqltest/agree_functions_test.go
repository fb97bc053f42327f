package kqltest_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/glasswatch/glasswatch/kql"
	"github.com/glasswatch/glasswatch/kql/function"
	"github.com/glasswatch/glasswatch/kql/kqltest"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// folded are functions of constants, which the compiler computes, and pack_all, of which it makes another: no plan has them.
var folded = []string{"pi", "current_database", "current_cluster_endpoint", "extent_id", "extentid", "assert", "pack_all"}

// TestAgreeOnFunctions counts that the random queries reach every overload of every function and aggregation function that
// has SQL, with values of columns as arguments, and that they agree.
func TestAgreeOnFunctions(t *testing.T) {
	a := newAgreement(t)
	seed := uint64(0)
	for _, name := range function.Names() {
		f, _ := function.Lookup(name)
		for i := range f.Overloads {
			o := &f.Overloads[i]
			if name == "neg" && o.Returns == value.Int {
				continue // the operator gives a long
			}
			if len(o.Params) > 0 && slices.Equal(o.Params[0].Types, []value.Type{value.Decimal}) {
				continue // DuckDB has no such columns
			}
			if strings.HasSuffix(name, "in") && o.Params[0].Types != nil && o.Params[0].Types[0] == value.Dynamic {
				continue // what a dynamic value is compared with follows from the value
			}
			if f.Volatile || slices.Contains(folded, name) || !hasSQL(o.SQL, o.SQLFunc) {
				continue
			}
			seed += 5 // 4, 9, ... are wide
			g := newGenerator(seed, a.tables)
			ran := a.several(t, g, func() string {
				return "T\n| extend x = " + callText(name, g.args(signature{f, o.Params}, 2))
			}, func(q *kql.Query) bool { return calls(q.Plan, o) })
			if ran == 0 {
				t.Errorf("no random query calls overload %d of %s, %v", i, name, o.Params)
			}
		}
	}
	for _, name := range function.AggregateNames() {
		f, _ := function.LookupAggregate(name)
		if slices.Contains(openAggregates, name) || !slices.ContainsFunc(f.Overloads, func(o function.AggOverload) bool { return hasSQL(o.SQL, o.SQLFunc) }) {
			continue
		}
		seed += 5
		g := newGenerator(seed, a.tables)
		ran := a.several(t, g, func() string {
			text, ok := g.aggregateOf(f)
			if !ok {
				return ""
			}
			return "T\n| summarize set = " + text + pick(g, []string{"", " by b", " by s"})
		}, func(*kql.Query) bool { return true })
		if ran == 0 {
			t.Errorf("no random query calls %s", name)
		}
	}
}

// several runs some queries that write makes, of those that compile, that DuckDB takes and that are as wanted.
func (a *agreement) several(t *testing.T, g *generator, write func() string, wanted func(*kql.Query) bool) int {
	t.Helper()
	const enough, tries = 3, 600
	ran := 0
	for range tries {
		g.source()
		g.cols = a.tables[0].Schema.Columns
		text := write()
		if text == "" {
			continue
		}
		q, err := kql.Compile(text, kql.Options{Catalog: kqltest.Catalog(a.tables), Now: kqltest.Now})
		if err != nil || !wanted(q) {
			continue
		}
		if a.compare(t, q, text, kqltest.Flags{Sets: []string{"set"}}, 0) {
			ran++
		}
		if ran == enough {
			break
		}
	}
	return ran
}

// calls reports whether an expression of a plan calls an overload.
func calls(n plan.Node, o *function.Overload) bool {
	return plan.Any(n, func(n plan.Node) bool {
		found := false
		for _, e := range plan.Exprs(n) {
			plan.WalkExpr(e, func(e plan.Expr) bool {
				if c, ok := e.(*plan.Call); ok && c.Overload == o {
					found = true
				}
				return !found
			})
		}
		return found
	})
}
