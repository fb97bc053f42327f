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
		return c.series(n)
	case *plan.Expand:
		return c.expand(n, need)
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
	r := &relation{from: source{table: c.names.Table(n.Table), alias: alias}, limit: -1, cols: make([]expr, len(need))}
	for i, col := range n.Table.Columns {
		if !need[i] {
			continue
		}
		r.cols[i] = expr{
			sql: alias + "." + c.names.Column(n.Table, i), typ: col.Type, nullable: nullable(col.Type), simple: true,
		}
		if col.Type == value.Dynamic {
			r.cols[i].promoted = c.promotedColumn(n.Table, i, alias)
			r.cols[i].document = r.cols[i].sql
		}
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
	r := &relation{from: source{alias: alias}, limit: -1, cols: make([]expr, len(need))}
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
		r.cols[i] = expr{sql: alias + "." + name, typ: col.Type, nullable: nullable(col.Type), simple: true}
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
	r := &relation{limit: -1, cols: make([]expr, len(need))}
	for i, v := range row {
		if !need[i] {
			continue
		}
		e, err := c.expr(&plan.Const{Value: v}, nil)
		if err != nil {
			return nil, err
		}
		r.cols[i] = e
	}
	return r, nil
}

func (c *compiler) filter(n *plan.Filter, need []bool) (*relation, error) {
	uses := make([]int, len(need))
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
	uses := make([]int, len(n.Input.Columns()))
	for i, e := range n.Exprs {
		if need[i] {
			count(e, uses)
		}
	}
	r, err := c.relation(n.Input, union(make([]bool, len(uses)), uses))
	if err != nil {
		return nil, err
	}
	if c.repeats(r, uses) {
		r = c.nest(r)
	}
	cols := make([]expr, len(n.Exprs))
	for i, e := range n.Exprs {
		if !need[i] {
			continue
		}
		if cols[i], err = c.expr(e, r.cols); err != nil {
			return nil, err
		}
	}
	r.cols = cols
	return r, nil
}

func (c *compiler) sort(n *plan.Sort, need []bool) (*relation, error) {
	uses := make([]int, len(need))
	for _, k := range n.Keys {
		count(k.Expr, uses)
	}
	r, err := c.relation(n.Input, union(need, uses))
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
	return r, nil
}

func (c *compiler) take(n *plan.Take, need []bool) (*relation, error) {
	r, err := c.relation(n.Input, need)
	if err == nil && (r.limit < 0 || n.N < r.limit) {
		r.limit = n.N
	}
	return r, err
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

// apart is added to the uses of a column by a function that DuckDB cannot compute in the SELECT that groups: TRY over a
// column of GROUP BY ends with an internal error.
const apart = 1000

// repeats reports whether using the columns of r so often would compute something twice that should be computed once, or
// compute something that must stand apart.
func (c *compiler) repeats(r *relation, uses []int) bool {
	for i, n := range uses {
		e := r.cols[i]
		if n >= apart && r.grouped {
			return true
		}
		if n > 0 && !e.simple && (n > 1 || e.volatile || len(e.sql) > repeatLimit) {
			return true
		}
	}
	return false
}

// drop forgets the columns that only the operator itself needed.
func (r *relation) drop(need []bool) {
	for i := range r.cols {
		if !need[i] {
			r.cols[i] = expr{}
		}
	}
}

// union adds the used columns to need.
func union(need []bool, uses []int) []bool {
	out := slices.Clone(need)
	for i, n := range uses {
		out[i] = out[i] || n > 0
	}
	return out
}

// count adds the uses of every input column in e.
func count(e plan.Expr, uses []int) {
	switch e := e.(type) {
	case *plan.Col:
		uses[e.Index]++
	case *plan.Path:
		count(e.Base, uses)
		for _, s := range e.Steps {
			if s.Index != nil {
				count(s.Index, uses)
			}
		}
	case *plan.Call:
		if standsApart(e) {
			countApart(e, uses)
			return
		}
		for _, a := range e.Args {
			count(a, uses)
		}
	case *plan.InTable:
		count(e.X, uses)
	}
}

func countApart(e *plan.Call, uses []int) {
	of := make([]int, len(uses))
	for _, a := range e.Args {
		count(a, of)
	}
	for i, n := range of {
		if n > 0 {
			uses[i] += n + apart
		}
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
