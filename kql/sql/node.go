package sql

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// repeatLimit is the length in bytes of a computed column that a condition may repeat instead of nesting.
const repeatLimit = 500

// relation writes n; need marks the columns that are wanted of it. An Unsupported error learns the way up.
func (c *compiler) relation(n plan.Node, need []bool) (*relation, error) {
	r, err := c.node(n, need)
	var u *Unsupported
	if errors.As(err, &u) {
		u.Nodes = append(u.Nodes, n)
	}
	return r, err
}

func (c *compiler) node(n plan.Node, need []bool) (*relation, error) {
	switch n := n.(type) {
	case *plan.Scan:
		return c.scan(n, need), nil
	case *plan.Values:
		return c.values(n, need)
	case *plan.Filter:
		return c.filter(n, need)
	case *plan.Project:
		return c.project(n, need)
	case *plan.Sort:
		return c.sort(n, need)
	case *plan.Take:
		return c.take(n, need)
	case *plan.Distinct:
		return c.distinct(n, need)
	case *plan.Aggregate:
		return c.aggregate(n, need)
	case *plan.Union:
		return c.union(n, need)
	case *plan.Join:
		return c.join(n, need)
	case *plan.Shared:
		return c.shared(n, need)
	case *plan.Range:
		return c.series(n, need)
	case *plan.Expand:
		return c.expand(n, need)
	case *plan.Apply:
		if flat, ok := n.Flat(); ok {
			return c.relation(flat, need)
		}
		return nil, c.unsupported("mv-apply of a body that looks at several rows")
	case *plan.Serialize:
		return c.relation(n.Input, need)
	case *plan.Parse:
		return c.parse(n, need)
	case *plan.Window:
		return c.window(n, need)
	}
	return nil, c.unsupported("operator %s", strings.ToLower(strings.TrimPrefix(fmt.Sprintf("%T", n), "*plan.")))
}

func (c *compiler) scan(n *plan.Scan, need []bool) *relation {
	alias := c.alias()
	r := &relation{from: source{table: c.names.Table(n.Table), alias: alias}, limit: -1, cols: make(columns, len(need))}
	list := make([]expr, 0, marked(need))
	for i := range n.Table.Columns {
		if !need[i] {
			continue
		}
		col := &n.Table.Columns[i]
		e := expr{sql: alias + "." + c.names.Column(n.Table, i), typ: col.Type, nullable: nullable(col.Type), simple: true}
		if col.Type == value.Dynamic {
			e.of = &origin{document: e.sql, promoted: c.promotedColumn(n.Table, i, alias)}
		}
		list = append(list, e)
		r.cols[i] = &list[len(list)-1]
	}
	return r
}

func (c *compiler) promotedColumn(t *plan.Table, i int, alias string) func([]step) (Promoted, bool) {
	return func(steps []step) (Promoted, bool) {
		names := make([]string, len(steps))
		for k, s := range steps {
			if s.isIndex {
				return Promoted{}, false
			}
			names[k] = s.name
		}
		p, ok := c.names.Path(t, i, names)
		p.Text, p.Quoted = alias+"."+p.Text, alias+"."+p.Quoted
		if p.Whole != "" {
			p.Whole = alias + "." + p.Whole
		}
		return p, ok
	}
}

// maxValues bounds the rows that are written into a statement; the result of a plugin may have more.
const maxValues = 10_000

func (c *compiler) values(n *plan.Values, need []bool) (*relation, error) {
	if len(n.Rows) == 1 {
		return c.row(n.Rows[0], need)
	}
	if len(n.Rows) > maxValues {
		return nil, c.unsupported("a table of %d rows", len(n.Rows))
	}
	alias := c.alias()
	r := &relation{from: source{alias: alias}, limit: -1, cols: make(columns, len(need))}
	var list, nulls []string
	for i, col := range n.Cols {
		if !need[i] {
			continue
		}
		t, ok := c.dialect.types[col.Type]
		if !ok {
			return nil, c.unsupported("type %s", col.Type)
		}
		name := "c" + strconv.Itoa(i)
		list, nulls = append(list, name), append(nulls, "NULL::"+t)
		r.cols[i] = &expr{sql: alias + "." + name, typ: col.Type, nullable: nullable(col.Type), simple: true}
	}
	if len(list) == 0 {
		list, nulls = []string{"x"}, []string{"TRUE"}
	}
	r.from.list = "(" + strings.Join(list, ", ") + ")"
	if len(n.Rows) == 0 {
		r.from.table = "(SELECT " + strings.Join(nulls, ", ") + " WHERE FALSE)"
		return r, nil
	}
	rows := make([]string, len(n.Rows))
	for k, row := range n.Rows {
		var cells []string
		for i, v := range row {
			if !need[i] {
				continue
			}
			text, err := c.literal(v)
			if err != nil {
				return nil, err
			}
			cells = append(cells, text)
		}
		if cells == nil {
			cells = []string{"TRUE"}
		}
		rows[k] = "(" + strings.Join(cells, ", ") + ")"
	}
	r.from.table = "(VALUES " + strings.Join(rows, ", ") + ")"
	return r, nil
}

// row is a table of one row: no FROM at all.
func (c *compiler) row(row []value.Value, need []bool) (*relation, error) {
	r := &relation{limit: -1, cols: make(columns, len(need))}
	for i, v := range row {
		if !need[i] {
			continue
		}
		e, err := c.expr(&plan.Const{Value: v}, nil)
		if err != nil {
			return nil, err
		}
		r.cols[i] = &e
	}
	return r, nil
}

func (c *compiler) filter(n *plan.Filter, need []bool) (*relation, error) {
	uses := make([]use, len(need))
	count(n.Cond, uses)
	r, err := c.relation(n.Input, union(need, uses))
	if err != nil {
		return nil, err
	}
	if !r.open() || c.repeats(r, uses) {
		r = c.nest(r)
	}
	cond, err := c.is(n.Cond, r.cols, true)
	if err != nil {
		return nil, err
	}
	if cond.konst == nil || !cond.konst.Bool() {
		r.where = append(r.where, cond.in(disjunction))
	}
	r.drop(need)
	return r, nil
}

func (c *compiler) project(n *plan.Project, need []bool) (*relation, error) {
	uses := make([]use, len(n.Input.Columns()))
	for i, e := range n.Exprs {
		if need[i] {
			count(e, uses)
		}
	}
	r, err := c.relation(n.Input, used(uses))
	if err != nil {
		return nil, err
	}
	if c.repeats(r, uses) {
		r = c.nest(r)
	}
	cols := make(columns, len(n.Exprs))
	for i, x := range n.Exprs {
		if !need[i] {
			continue
		}
		if col, ok := x.(*plan.Col); ok {
			cols[i] = r.cols[col.Index]
			continue
		}
		e, err := c.expr(x, r.cols)
		if err != nil {
			return nil, err
		}
		cols[i] = &e
	}
	r.cols = cols
	return r, nil
}

func (c *compiler) sort(n *plan.Sort, need []bool) (*relation, error) {
	uses := make([]use, len(need))
	for _, k := range n.Keys {
		count(k.Expr, uses)
	}
	r, err := c.below(n.Input, union(need, uses), n.Limit >= 0)
	if err != nil {
		return nil, err
	}
	if r.limit >= 0 || c.repeats(r, uses) {
		r = c.nest(r)
	}
	r.order, r.limit = nil, n.Limit
	for _, k := range n.Keys {
		e, err := c.expr(k.Expr, r.cols)
		if err != nil {
			return nil, err
		}
		if e.konst != nil {
			continue // orders nothing, and a bare number would be a position
		}
		if e.typ == value.Real { // NaN stands beside the nulls, not above all numbers
			r.order = append(r.order, orderKey{sql: "isnan(" + e.sql + ")", descending: k.NullsFirst, nullsFirst: k.NullsFirst})
		}
		r.order = append(r.order, orderKey{sql: e.arg(), descending: k.Descending, nullsFirst: k.NullsFirst})
	}
	r.drop(need)
	return c.firstRows(r, need), nil
}

func (c *compiler) take(n *plan.Take, need []bool) (*relation, error) {
	r, err := c.below(n.Input, need, true)
	if err != nil {
		return nil, err
	}
	if r.limit < 0 || n.N < r.limit {
		r.limit = n.N
	}
	return c.firstRows(r, need), nil
}

// below is relation for the input of a node that may have a LIMIT.
func (c *compiler) below(n plan.Node, need []bool, limited bool) (*relation, error) {
	outer := c.limited
	c.limited = outer || limited
	r, err := c.relation(n, need)
	c.limited = outer
	return r, err
}

// firstRows makes the first rows of an order a common table where there is a LIMIT above them: DuckDB 1.5 puts what it has
// learned of an outer order below the inner LIMIT, which then sees too few rows.
func (c *compiler) firstRows(r *relation, need []bool) *relation {
	if !c.limited || r.limit < 0 || len(r.order) == 0 {
		return r
	}
	return c.read(c.materialized(r), need)
}

func (c *compiler) union(n *plan.Union, need []bool) (*relation, error) {
	var inputs []*relation
	for _, input := range flatten(n) {
		r, err := c.relation(input, slices.Clone(need))
		if err != nil {
			return nil, err
		}
		if r.limit < 0 {
			r.order = nil
		}
		inputs = append(inputs, r)
	}
	if len(inputs) == 1 {
		return inputs[0], nil
	}
	return c.wrap(inputs), nil
}

// flatten lists the inputs of n and of the unions directly below it.
func flatten(n *plan.Union) []plan.Node {
	var out []plan.Node
	for _, input := range n.Inputs {
		if u, ok := input.(*plan.Union); ok {
			out = append(out, flatten(u)...)
			continue
		}
		out = append(out, input)
	}
	return out
}

// use says how an expression, or several, use a column of the input.
type use uint8

const (
	once  use = 1 << iota
	often     // more than once
	// apart: by a function that DuckDB cannot compute in the SELECT that groups: TRY over a column of GROUP BY ends with an
	// internal error.
	apart
)

// and is the use by both.
func (u use) and(v use) use {
	if u != 0 && v != 0 {
		return u | v | often
	}
	return u | v
}

// repeats reports whether such uses of the columns of r would compute something twice that should be computed once, or
// compute something that must stand apart.
func (c *compiler) repeats(r *relation, uses []use) bool {
	for i, u := range uses {
		if u == 0 {
			continue
		}
		if u&apart != 0 && r.grouped {
			return true
		}
		if e := r.cols[i]; !e.simple && (u&(often|apart) != 0 || e.volatile || len(e.sql) > repeatLimit) {
			return true
		}
	}
	return false
}

// drop forgets the columns that only the operator itself needed.
func (r *relation) drop(need []bool) {
	for i := range r.cols {
		if !need[i] {
			r.cols[i] = nil
		}
	}
}

// union adds the used columns to need.
func union(need []bool, uses []use) []bool {
	out := slices.Clone(need)
	for i, u := range uses {
		out[i] = out[i] || u != 0
	}
	return out
}

// marked counts.
func marked(need []bool) int {
	n := 0
	for _, want := range need {
		if want {
			n++
		}
	}
	return n
}

// used marks the used columns.
func used(uses []use) []bool {
	out := make([]bool, len(uses))
	for i, u := range uses {
		out[i] = u != 0
	}
	return out
}

// count adds the uses of every input column in e.
func count(e plan.Expr, uses []use) { countAs(e, uses, once) }

func countAs(e plan.Expr, uses []use, as use) {
	switch e := e.(type) {
	case *plan.Col:
		uses[e.Index] = uses[e.Index].and(as)
	case *plan.Path:
		countAs(e.Base, uses, as)
		for _, s := range e.Steps {
			if s.Index != nil {
				countAs(s.Index, uses, as)
			}
		}
	case *plan.Call:
		if standsApart(e) {
			as |= apart
		}
		for _, a := range e.Args {
			countAs(a, uses, as)
		}
	case *plan.InTable:
		countAs(e.X, uses, as)
	}
}

func standsApart(e *plan.Call) bool {
	for _, template := range e.Overload.SQL {
		if strings.Contains(template, "try(") {
			return true
		}
	}
	return false
}

// readsTable reports whether an expression holds the value of a table, as of toscalar.
func readsTable(x plan.Expr) bool {
	found := false
	plan.WalkExpr(x, func(e plan.Expr) bool {
		switch e.(type) {
		case *plan.Subquery, *plan.InTable:
			found = true
		}
		return !found
	})
	return found
}
