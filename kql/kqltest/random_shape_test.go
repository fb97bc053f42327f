package kqltest_test

import (
	"fmt"
	"slices"
	"strings"

	"github.com/glasswatch/glasswatch/kql/function"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// shape writes a step that changes which columns or rows there are; "" where it cannot be used.
func (g *generator) shape() string {
	if len(g.cols) == 0 {
		return ""
	}
	c := pick(g, g.cols)
	switch g.IntN(15) {
	case 0:
		if g.has("k") && g.keyed && g.steady {
			g.ordered = true
			return fmt.Sprintf("top %d by %s %s", g.IntN(20), pick(g, []string{"k", "-k", "k * 2", "tostring(k)"}), pick(g, []string{"asc", "desc", ""}))
		}
	case 1:
		if c.Name != "k" {
			return g.then("project-away " + c.Name)
		}
	case 2:
		if c.Name != "k" {
			return g.then("project-rename " + g.name("n") + " = " + c.Name)
		}
	case 3:
		return g.then("project-reorder " + c.Name + ", *")
	case 4:
		return g.lookup()
	case 5:
		return g.mixed(pick(g, []string{"union kind=inner (U | project k, i, s)", "union withsource=" + g.name("v") + " (U | where b)", "union Empty", "union (U | project k, i = s)"}))
	case 6:
		return g.apply()
	case 7:
		return g.series()
	case 8:
		return g.mixed(fmt.Sprintf("top-nested of %s by max(%s)", g.expr(pick(g, []value.Type{value.String, value.Long, value.Bool}), 1), g.expr(value.Long, 1)))
	case 9:
		text, t := g.aggregate()
		name := g.name("a")
		if t == value.Dynamic {
			name = g.name("set")
		}
		return g.mixed(fmt.Sprintf("partition hint.strategy=native by %s (summarize %s = %s)", c.Name, name, text))
	case 10:
		return g.then(fmt.Sprintf("parse-kv %s as (%s:string, %s:long) with (pair_delimiter=%s, kv_delimiter=\"=\")", c.Name, g.name("f"), g.name("f"), pick(g, []string{`","`, `"&"`, `" "`})))
	case 11:
		return g.mixed("search " + pick(g, []string{`"alpha"`, `"a*"`, c.Name + `:"x"`, `"5" or "beta"`, `s == "a"`}))
	case 12:
		if name := g.name("h"); g.ordered {
			return g.then(fmt.Sprintf("scan declare (%s:long=0) with (step s1: true => %s = s1.%s + 1;)", name, name, name))
		}
	case 13:
		return g.extreme()
	case 14:
		return g.mixed("distinct *")
	}
	return ""
}

func (g *generator) lookup() string {
	t := pick(g, keyTypes())
	i := slices.IndexFunc(g.cols, func(c plan.Column) bool { return c.Type == t })
	if i < 0 {
		return ""
	}
	key := g.name("q")
	right, _ := g.other(t, key)
	return g.mixed(fmt.Sprintf("lookup kind=%s (%s) on $left.%s == $right.%s", pick(g, []string{"leftouter", "inner"}), right, g.cols[i].Name, key))
}

func (g *generator) apply() string {
	x := g.name("x")
	t := pick(g, []value.Type{value.Long, value.String, value.Real})
	body := pick(g, []string{"summarize " + g.name("c") + " = count()", "where isnotnull(" + x + ")", "top 1 by " + x + " asc | project " + x,
		"summarize " + g.name("m") + " = max(" + x + "), " + g.name("set") + " = make_set(" + x + ")", "extend " + g.name("e") + " = strcat(" + x + ", \"-\")"})
	return g.mixed(fmt.Sprintf("mv-apply %s = %s to typeof(%s) on (%s)", x, g.expr(value.Dynamic, 1), t, body))
}

func (g *generator) series() string {
	axis := pick(g, []string{"on t from datetime(2026-11-18) to datetime(2026-11-24) step 1d", "on i from -10 to 12 step 3", "on i in range(0, 10, 5)", "on n from -50 to 50 step 7", "on k step 13", "on k from 0 to 60 step 13"})
	values := pick(g, []string{"count()", "max(i) default=0", "sum(n)", "dcount(s)", "min(p) default=1h"})
	by := pick(g, []string{"", " by b", " by s", " by bin(n, 10)", " by b, s"})
	return g.mixed("make-series " + g.name("y") + " = " + values + " " + axis + by)
}

// extreme writes arg_max and arg_min, whose row k makes one.
func (g *generator) extreme() string {
	if !g.has("k") || !g.keyed || !g.steady {
		return ""
	}
	what := pick(g, []string{"*", pick(g, g.cols).Name})
	return g.mixed(fmt.Sprintf("summarize %s(k, %s) by %s = %s", pick(g, []string{"arg_max", "arg_min"}), what, g.name("g"), g.expr(pick(g, []value.Type{value.Bool, value.String, value.Long}), 1)))
}

func (g *generator) summarize() string {
	g.ordered, g.steady = false, false
	var keys, aggs []string
	var cols []plan.Column
	for range g.IntN(3) {
		t := pick(g, []value.Type{value.Bool, value.String, value.Long, value.DateTime, value.Int, value.Real, value.TimeSpan, value.GUID, value.Dynamic})
		name := g.name("g")
		keys = append(keys, name+" = "+g.expr(t, 1))
		cols = append(cols, plan.Column{Name: name, Type: t})
	}
	for range 1 + g.IntN(3) {
		text, t := g.aggregate()
		name := g.name("a")
		if t == value.Dynamic {
			name = g.name("set")
		}
		aggs = append(aggs, name+" = "+text)
		cols = append(cols, plan.Column{Name: name, Type: t})
	}
	g.cols = cols
	out := "summarize " + strings.Join(aggs, ", ")
	if len(keys) > 0 {
		out += " by " + strings.Join(keys, ", ")
	}
	return out
}

// openAggregates are those whose result is open in the language, or in its last digits or in the form of a sketch.
var openAggregates = []string{"any", "anyif", "take_any", "take_anyif", "arg_max", "arg_min", "argmax", "argmin", "hll", "hll_if", "hll_merge", "tdigest", "tdigest_merge",
	"merge_tdigest", "make_bag", "make_bag_if", "make_dictionary", "buildschema"}

// ofReals are aggregates that add numbers up: the order in which large and small ones come changes the result.
var ofReals = []string{"sum", "sumif", "avg", "avgif", "stdev", "stdevif", "stdevp", "variance", "varianceif", "variancep", "variancepif",
	"covariance", "covarianceif", "covariancep", "covariancepif"}

// aggregate writes a call of an aggregation function.
func (g *generator) aggregate() (string, value.Type) {
	a, _ := function.LookupAggregate(pick(g, function.AggregateNames()))
	if !slices.Contains(openAggregates, a.Name) {
		if text, ok := g.aggregateOf(a); ok {
			if q := g.compile("T0 | summarize x = " + text); q != nil && len(q.Plan.Columns()) == 1 {
				return text, q.Plan.Columns()[0].Type
			}
		}
	}
	return "count()", value.Long
}

// aggregateOf writes a call of one of the overloads; false where DuckDB does not have it.
func (g *generator) aggregateOf(a *function.Aggregate) (string, bool) {
	o := pick(g, a.Overloads)
	if !g.wide && !hasSQL(o.SQL, o.SQLFunc) {
		return "", false
	}
	var args []string
	for _, p := range o.Params {
		if p.Optional && (g.IntN(2) == 0 || strings.HasPrefix(a.Name, "make")) { // which elements a short list has is open
			break
		}
		args = append(args, g.aggregated(a.Name, p))
	}
	return a.Name + "(" + strings.Join(args, ", ") + ")", true
}

// aggregated writes an argument of an aggregation function.
func (g *generator) aggregated(name string, p function.Param) string {
	types := p.Types
	if len(types) == 0 {
		types = scalarTypes()
	}
	t := pick(g, types)
	switch {
	case p.Constant && t == value.Real, p.Constant && t == value.Long, p.Constant && t == value.Int:
		return pick(g, []string{"50", "95", "5", "0", "100"})
	case p.Constant:
		return g.literal(t)
	case slices.Contains(ofReals, name) && t == value.Real:
		return "toreal(" + g.leaf(value.Int) + ")"
	case slices.Contains(ofReals, name) && t == value.Long && !strings.HasPrefix(name, "sum"):
		return g.leaf(value.Int)
	case slices.Contains(ofReals, name) && (t == value.DateTime || t == value.TimeSpan) && !strings.HasPrefix(name, "sum") && !strings.HasPrefix(name, "avg"):
		return pick(g, usual[t])
	}
	return g.expr(t, 2)
}
