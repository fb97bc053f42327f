package sql

import (
	"fmt"
	"strings"

	"github.com/glasswatch/glasswatch/kql/function"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// usualText is room in bytes for most statements without the list of their columns.
const usualText = 512

// common is a table in front of the statement that is computed once: WITH name AS MATERIALIZED (...).
type common struct {
	name string
	r    *relation
}

// statement writes the common tables, each behind those that it reads, and then r.
func (c *compiler) statement(r *relation) string {
	var b strings.Builder
	b.Grow(usualText + 32*r.width())
	for i, t := range c.with {
		if i == 0 {
			b.WriteString("WITH ")
		} else {
			b.WriteString(",\n")
		}
		b.WriteString(t.name + " AS MATERIALIZED (")
		t.r.write(&b)
		b.WriteString(")")
	}
	if len(c.with) > 0 {
		b.WriteString("\n")
	}
	r.write(&b)
	return b.String()
}

// common returns the common table of what key is used for, and makes it at the first use.
func (c *compiler) common(key any, n plan.Node, need []bool) (*common, error) {
	if t, ok := c.tables[key]; ok {
		return t, nil
	}
	limited := c.limited
	c.limited = false
	r, err := c.relation(n, need)
	c.limited = limited
	if err != nil {
		return nil, err
	}
	t := c.materialized(r)
	if c.tables == nil {
		c.tables = map[any]*common{}
	}
	c.tables[key] = t
	return t, nil
}

// materialized makes r a common table.
func (c *compiler) materialized(r *relation) *common {
	t := &common{name: fmt.Sprintf("s%d", len(c.with)), r: r}
	c.with = append(c.with, t)
	return t
}

// read is a common table as the relation that it was made of, with the columns that are needed.
func (c *compiler) read(t *common, need []bool) *relation {
	inner := source{inner: []*relation{t.r}, alias: c.alias()}
	out := &relation{from: source{table: t.name, alias: inner.alias}, limit: -1, cols: c.outputs(inner, false)}
	for _, k := range t.r.order {
		k.sql = inner.alias + "." + t.r.addExtra(k.sql)
		out.order = append(out.order, k)
	}
	out.drop(need)
	return out
}

// shared reads a shared table, which has the columns that any of its uses needs.
func (c *compiler) shared(n *plan.Shared, uses []bool) (*relation, error) {
	if c.needs == nil {
		c.needs = plan.NeedsOf(c.root, c.need)
	}
	need, ok := c.needs[n]
	if !ok {
		return nil, c.unsupported("a shared table of another plan")
	}
	t, err := c.common(n, n.Input, need)
	if err != nil {
		return nil, err
	}
	return c.read(t, uses), nil
}

// subquery reads the first value of a table, or null.
func (c *compiler) subquery(e *plan.Subquery) (expr, error) {
	need := first(e.Table)
	t, ok := c.tables[e]
	if !ok {
		var err error
		if t, err = c.common(e, &plan.Take{Input: e.Table, N: 1}, need); err != nil {
			return expr{}, err
		}
	}
	out := expr{sql: fmt.Sprintf("(SELECT c%d FROM %s)", position(need), t.name), typ: e.Typ, nullable: true, simple: true}
	if e.Typ == value.String {
		out.sql, out.nullable = "coalesce("+out.sql+", '')", false
	}
	return out, nil
}

// inTable tests whether a value is in a table's first column. A null is in no list, unless that has a null too: then the
// result is null. Where only true counts, the result may be NULL instead of false.
func (c *compiler) inTable(e *plan.InTable, in columns, onlyTrue bool) (expr, error) {
	if t := e.X.Type(); t == value.Dynamic || t == value.Decimal {
		return expr{}, c.unsupported("a %s in a table", t)
	}
	x, err := c.expr(e.X, in)
	if err != nil {
		return expr{}, err
	}
	list, v, err := c.firstColumn(e.Table)
	if err != nil {
		return expr{}, err
	}
	if e.Fold {
		folded := lower([]expr{x, v})
		x, list.cols[0] = folded[0], &folded[1]
	}
	if v.nullable {
		list.where = append(list.where, v.sql+" IS NOT NULL")
	}
	out := expr{typ: value.Bool, binding: comparison, volatile: x.volatile, nullable: x.nullable}
	out.sql = x.arg() + " IN (" + list.text() + ")"
	if onlyTrue && !e.Not {
		return out, nil
	}
	if x.nullable {
		out.sql, out.binding, out.nullable = "coalesce("+out.sql+", FALSE)", atom, false
	}
	if e.Not {
		out.sql, out.binding = "NOT "+out.arg(), comparison
	}
	if x.nullable && v.nullable {
		list.cols, list.where = columns{{sql: "TRUE"}}, []string{v.sql + " IS NULL"}
		out.sql = "(CASE WHEN " + x.arg() + " IS NOT NULL OR NOT EXISTS (" + list.text() + ") THEN " + out.sql + " END)"
		out.binding, out.nullable = atom, true
	}
	return out, nil
}

// inArray tests whether a text is among the items of an array that toscalar() computes; false where e is no such test.
// The array is taken apart once, not for each row.
func (c *compiler) inArray(e *plan.Call, in columns) (expr, bool, error) {
	name, negated := strings.CutPrefix(e.Func.Name, "!")
	if name != "in" && name != "in~" || len(e.Args) != 2 || e.Args[0].Type() != value.String {
		return expr{}, false, nil
	}
	list, ok := e.Args[1].(*plan.Subquery)
	if !ok || list.Typ != value.Dynamic {
		return expr{}, false, nil
	}
	args, err := c.exprs(e.Args, in)
	if err != nil {
		return expr{}, true, err
	}
	x, fold := args[0], name == "in~"
	if fold {
		x = lower(args[:1])[0]
	}
	out := expr{typ: value.Bool, binding: comparison, volatile: x.volatile}
	out.sql = x.arg() + " IN (SELECT unnest(" + function.ItemTextsSQL(args[1].sql, fold) + "))"
	if negated {
		out.sql = "NOT " + out.arg()
	}
	return out, true, nil
}

// firstColumn writes a relation of the first column of n, and that column as the relation's clauses see it.
func (c *compiler) firstColumn(n plan.Node) (*relation, expr, error) {
	need := first(n)
	r, err := c.relation(n, need)
	if err != nil {
		return nil, expr{}, err
	}
	if r.limit < 0 {
		r.order = nil
	}
	out := c.wrap([]*relation{r})
	out.cols = out.cols[position(need) : position(need)+1]
	return out, *out.cols[0], nil
}

// first marks the first column that is not hidden, which is the one that an expression reads of a table.
func first(n plan.Node) []bool {
	cols := n.Columns()
	need := make([]bool, len(cols))
	for i, col := range cols {
		if !col.Hidden {
			need[i] = true
			return need
		}
	}
	if len(need) > 0 {
		need[0] = true
	}
	return need
}

// position is that of the one column that is marked.
func position(need []bool) int {
	for i, n := range need {
		if n {
			return i
		}
	}
	return 0
}
