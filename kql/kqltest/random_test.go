package kqltest_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/glasswatch/glasswatch/kql"
	"github.com/glasswatch/glasswatch/kql/function"
	"github.com/glasswatch/glasswatch/kql/kqltest"
	"github.com/glasswatch/glasswatch/kql/plan"
	kqlsql "github.com/glasswatch/glasswatch/kql/sql"
	"github.com/glasswatch/glasswatch/kql/value"
)

// generator writes random queries that compile, over the tables of randomTables. DuckDB declines none of them, but for wide
// ones.
type generator struct {
	*rand.Rand
	tables  []*kqltest.Table
	cols    []plan.Column // of the pipeline so far
	byType  map[value.Type][]signature
	names   int
	wide    bool // with functions and operators that only the interpreter has
	ordered bool // the rows have one possible order
	steady  bool // the rows come as they are stored, or in the order of k
	keyed   bool // k tells the rows apart
}

// signature is an overload of a function with a result type.
type signature struct {
	f      *function.Func
	params []function.Param
}

// costly are functions that make much of little: a million elements of two numbers.
var costly = []string{"range", "repeat"}

func newGenerator(seed uint64, tables []*kqltest.Table) *generator {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 7)), tables: tables, byType: map[value.Type][]signature{}, wide: seed%5 == 4}
	for _, name := range function.Names() {
		f, _ := function.Lookup(name)
		for _, o := range f.Overloads {
			if f.Volatile || slices.Contains(kqltest.Inexact, name) || slices.Contains(costly, name) || !g.wide && !hasSQL(o.SQL, o.SQLFunc) {
				continue
			}
			t := o.Returns
			if o.Typed != nil {
				t = value.Invalid // any
			}
			g.byType[t] = append(g.byType[t], signature{f, o.Params})
		}
	}
	return g
}

func hasSQL(templates map[string]string, funcs map[string]func([]function.SQLArg) (string, bool)) bool {
	return templates["duckdb"] != "" || funcs["duckdb"] != nil
}

func scalarTypes() []value.Type {
	return []value.Type{value.Bool, value.Long, value.Int, value.Real, value.String, value.DateTime, value.TimeSpan, value.Dynamic, value.GUID}
}

func pick[T any](g *generator, list []T) T { return list[g.IntN(len(list))] }

// expr writes an expression of type t over the columns.
func (g *generator) expr(t value.Type, depth int) string {
	for range 20 {
		text := g.attempt(t, depth)
		if g.usable("T0 | project x = "+text, t) {
			return text
		}
	}
	return g.leaf(t)
}

func (g *generator) leaf(t value.Type) string {
	var names []string
	for _, c := range g.cols {
		if c.Type == t {
			names = append(names, c.Name)
		}
	}
	if len(names) == 0 || g.IntN(4) == 0 {
		return g.literal(t)
	}
	return pick(g, names)
}

func (g *generator) attempt(t value.Type, depth int) string {
	if depth <= 0 || g.IntN(5) == 0 {
		return g.leaf(t)
	}
	switch g.IntN(12) {
	case 0:
		return fmt.Sprintf("iff(%s, %s, %s)", g.expr(value.Bool, depth-1), g.expr(t, depth-1), g.expr(t, depth-1))
	case 1:
		return fmt.Sprintf("case(%s, %s, %s, %s, %s)", g.expr(value.Bool, depth-1), g.leaf(t), g.expr(value.Bool, depth-1), g.expr(t, depth-1), g.leaf(t))
	case 2:
		return fmt.Sprintf("coalesce(%s, %s)", g.expr(t, depth-1), g.expr(t, depth-1))
	case 3:
		if t == value.Bool && g.IntN(3) == 0 {
			return g.inTable(depth)
		}
		if t == value.Bool {
			return g.membership(depth)
		}
		if slices.Contains(keyTypes(), t) && t != value.GUID && g.IntN(3) == 0 {
			return g.scalarOf(t)
		}
		if t == value.Dynamic {
			return "(" + g.expr(value.Dynamic, depth-1) + ")" + pick(g, []string{".a", `["a"]`, "[0]", "[-1]", ".a.b", ".o.x", `["x y"]`})
		}
	}
	s := pick(g, append(slices.Clone(g.byType[t]), g.byType[value.Invalid]...))
	args := g.args(s, depth)
	return callText(s.f.Name, args)
}

func (g *generator) membership(depth int) string {
	t := pick(g, scalarTypes())
	x := g.expr(t, depth-1)
	switch g.IntN(3) {
	case 0:
		return fmt.Sprintf("(%s) %s (%s .. %s)", x, pick(g, []string{"between", "!between"}), g.leaf(t), g.leaf(t))
	case 1:
		return fmt.Sprintf("(%s) %s (%s, %s)", x, pick(g, []string{"in", "!in", "in~", "!in~"}), g.literal(t), g.literal(t))
	}
	return fmt.Sprintf("(%s) %s (%s, %s)", x, pick(g, []string{"has_any", "has_all"}), g.literal(value.String), g.literal(value.String))
}

// args writes arguments for a signature.
func (g *generator) args(s signature, depth int) []string {
	var args []string
	add := func(p function.Param) {
		types := p.Types
		if len(types) == 0 {
			types = scalarTypes()
		}
		t := pick(g, types)
		if list := words[p.Name]; list != nil && (p.Constant || g.IntN(2) == 0) {
			args = append(args, pick(g, list))
			return
		}
		if p.Constant || t == value.Decimal || g.IntN(5) == 0 {
			args = append(args, g.literal(t))
			return
		}
		args = append(args, g.expr(t, depth-1))
	}
	for _, p := range s.params {
		if p.Optional && g.IntN(2) == 0 {
			break
		}
		add(p)
		for p.Variadic && len(args) < 4 && g.IntN(2) == 0 {
			add(p)
		}
	}
	return args
}

// callText writes a call, of an operator between its operands.
func callText(name string, args []string) string {
	switch {
	case name == "neg" && len(args) == 1:
		return "-(" + args[0] + ")"
	case strings.HasSuffix(name, "between") && len(args) == 3:
		return fmt.Sprintf("(%s) %s (%s .. %s)", args[0], name, args[1], args[2])
	case slices.Contains([]string{"in", "!in", "in~", "!in~", "has_any", "has_all"}, name) && len(args) > 1:
		return fmt.Sprintf("(%s) %s (%s)", args[0], name, strings.Join(args[1:], ", "))
	case isLetter(name[0]) && !isOperatorWord(name) || len(args) != 2:
		return name + "(" + strings.Join(args, ", ") + ")"
	}
	return "((" + args[0] + ") " + name + " (" + args[1] + "))"
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func isOperatorWord(name string) bool {
	switch name {
	case "and", "or", "has", "has_cs", "hasprefix", "hasprefix_cs", "hassuffix", "hassuffix_cs", "contains", "contains_cs",
		"startswith", "startswith_cs", "endswith", "endswith_cs", "matches regex":
		return true
	}
	return false
}

// usable reports whether the query over the present columns, as T0, compiles to type t and DuckDB takes it.
func (g *generator) usable(query string, t value.Type) bool {
	q := g.compile(query)
	return q != nil && (t == value.Invalid || q.Plan.Columns()[0].Type == t)
}

// compile returns nil for a query that does not compile or that DuckDB does not take.
func (g *generator) compile(query string) *kql.Query {
	row := &kqltest.Table{Schema: &plan.Table{Name: "T0", Columns: g.cols, Time: -1}}
	q, err := kql.Compile(query, kql.Options{Catalog: kqltest.Catalog(append([]*kqltest.Table{row}, g.tables...)), Now: kqltest.Now})
	if err != nil {
		return nil
	}
	if _, err = kqlsql.Compile(q.Plan, kqlsql.DuckDB, &database{}); err != nil && !g.wide {
		return nil
	}
	return q
}

// then takes a step, whose columns the compiler tells; it returns "" for one that cannot be used.
func (g *generator) then(step string) string {
	q := g.compile("T0 | " + step)
	if q == nil {
		return ""
	}
	g.cols = slices.Clone(q.Plan.Columns())
	return step
}

// mixed is then for a step behind which the rows have no order and nothing tells them apart.
func (g *generator) mixed(step string) string {
	if step = g.then(step); step != "" {
		g.ordered, g.steady = false, false
	}
	return step
}

func (g *generator) name(prefix string) string {
	g.names++
	return fmt.Sprintf("%s%d", prefix, g.names)
}

func (g *generator) has(name string) bool {
	return slices.ContainsFunc(g.cols, func(c plan.Column) bool { return c.Name == name })
}

// query writes a pipeline.
func (g *generator) query() string {
	var b strings.Builder
	b.WriteString(g.source())
	for range 1 + g.IntN(4) {
		b.WriteString("\n| " + g.step())
	}
	if g.IntN(5) == 0 {
		b.WriteString(g.inexactly())
	}
	return b.String()
}

// source writes the table that a pipeline begins with.
func (g *generator) source() string {
	g.cols, g.names, g.ordered, g.steady, g.keyed = g.tables[0].Schema.Columns, 0, false, true, true
	text := pick(g, []string{"T", "T", "T", "T", "T", "Empty", "U", "union T, U", "union T, U", "union (T | where b), U", "union Empty, U",
		"let M = materialize(T | where n > 0); union M, (M | where b)", "range k from -7 to 20 step 3", "T | take 0"})
	switch {
	case text == "U" || strings.Contains(text, " U"):
		g.cols = g.tables[1].Schema.Columns
	case strings.HasPrefix(text, "range"):
		g.cols = []plan.Column{{Name: "k", Type: value.Long}}
	}
	g.keyed = !strings.Contains(text, "union")
	return text
}

// inexactly writes a last step with a function whose last digit is open.
func (g *generator) inexactly() string {
	args := make([]string, 1+g.IntN(2))
	for i := range args {
		args[i] = g.expr(value.Real, 1)
	}
	if text := g.then(fmt.Sprintf("extend z = %s(%s)", pick(g, kqltest.Inexact), strings.Join(args, ", "))); text != "" {
		return "\n| " + text
	}
	return ""
}

func (g *generator) step() string {
	unique := g.has("k") && g.keyed && g.steady
	if g.IntN(3) == 0 {
		if text := g.tabular(); text != "" {
			return text
		}
	}
	switch g.IntN(9) {
	case 0, 1:
		return "where " + g.expr(value.Bool, 3)
	case 2, 3:
		return "extend " + g.newColumn(g.name("e"))
	case 4:
		return g.project()
	case 5:
		if unique {
			g.ordered = true
			return fmt.Sprintf("sort by %s %s, k asc", g.sortable(), pick(g, []string{"asc", "desc", "asc nulls last", "desc nulls first"}))
		}
		return "where " + g.expr(value.Bool, 2)
	case 6:
		if unique {
			g.ordered = true
			return fmt.Sprintf("sort by %s %s, k asc | take %d", g.sortable(), pick(g, []string{"asc", "desc"}), 1+g.IntN(20))
		}
		return "extend " + g.newColumn(g.name("e"))
	case 7:
		return g.summarize()
	}
	g.ordered, g.steady = false, false
	keep := g.some(func(c plan.Column) bool { return c.Type != value.Dynamic || g.IntN(3) == 0 })
	if len(keep) == 0 {
		return "count | project-rename " + g.counted()
	}
	g.cols = keep
	return "distinct " + columnNames(keep)
}

func (g *generator) counted() string {
	name := g.name("c")
	g.cols = []plan.Column{{Name: name, Type: value.Long}}
	g.ordered, g.steady = false, false
	return name + " = Count"
}

func (g *generator) sortable() string {
	return g.expr(pick(g, []value.Type{value.Long, value.String, value.DateTime, value.Real, value.Bool, value.TimeSpan, value.Int}), 1)
}

func (g *generator) newColumn(name string) string {
	t := pick(g, scalarTypes())
	text := g.expr(t, 3)
	g.cols = append(slices.Clone(g.cols), plan.Column{Name: name, Type: t})
	return name + " = " + text
}

func (g *generator) project() string {
	keep := g.some(func(plan.Column) bool { return true })
	before := g.cols
	parts := []string{}
	for _, c := range keep {
		parts = append(parts, c.Name)
	}
	for range g.IntN(3) {
		name := g.name("p")
		g.cols = before
		parts = append(parts, g.newColumn(name))
		keep = append(keep, g.cols[len(g.cols)-1])
	}
	if len(parts) == 0 {
		g.cols = before
		return "extend " + g.newColumn(g.name("e"))
	}
	g.cols = keep
	return "project " + strings.Join(parts, ", ")
}

func (g *generator) some(ok func(plan.Column) bool) []plan.Column {
	var out []plan.Column
	for _, c := range g.cols {
		if ok(c) && (g.IntN(3) == 0 || c.Name == "k" && g.IntN(2) == 0) {
			out = append(out, c)
		}
	}
	return out
}

func columnNames(cols []plan.Column) string {
	names := make([]string, len(cols))
	for i, c := range cols {
		names[i] = c.Name
	}
	return strings.Join(names, ", ")
}
