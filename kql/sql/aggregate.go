package sql

import (
	"slices"
	"strings"

	"github.com/glasswatch/glasswatch/kql/function"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// grouping makes r ready for GROUP BY.
func (c *compiler) grouping(n plan.Node, uses []use) (*relation, error) {
	r, err := c.relation(n, used(uses))
	if err != nil {
		return nil, err
	}
	if !r.open() || c.repeats(r, uses) {
		r = c.nest(r)
	}
	return r, nil
}

// normalize makes stored dynamic values that are equal equal as texts: their JSON is as it was received. A condition gets a
// cast: DuckDB makes NOT a < b to a >= b, which it does not find among the keys.
func normalize(k expr) expr {
	switch {
	case k.typ == value.Bool && !k.simple:
		k.sql, k.binding = "("+k.sql+")::BOOLEAN", atom
	case k.typ == value.Dynamic && k.simple && k.konst == nil:
		return expr{sql: "json(" + k.sql + ")::VARCHAR", typ: k.typ, nullable: k.nullable}
	}
	return k
}

// groupBy groups r by keys. Constant keys group nothing, but no row must give no group.
func (r *relation) groupBy(keys []expr) {
	r.grouped = true
	for i := range r.cols {
		if col := r.cols[i]; col != nil {
			r.cols[i] = col.opaque()
		}
	}
	for _, k := range keys {
		if k.konst == nil && !slices.Contains(r.group, k.sql) {
			r.group = append(r.group, k.sql)
		}
	}
	if len(keys) > 0 && len(r.group) == 0 {
		r.having = "count(*) > 0"
	}
}

func (c *compiler) aggregate(n *plan.Aggregate, need []bool) (*relation, error) {
	uses := make([]use, len(n.Input.Columns()))
	for _, k := range n.Keys {
		count(k, uses)
	}
	for i, a := range n.Aggs {
		for _, arg := range a.Args {
			if need[len(n.Keys)+i] {
				count(arg, uses)
			}
		}
	}
	r, err := c.grouping(n.Input, uses)
	if err != nil {
		return nil, err
	}
	keys, err := c.exprs(n.Keys, r.cols)
	if err != nil {
		return nil, err
	}
	for i, k := range keys {
		keys[i] = normalize(k)
	}
	cols := make(columns, len(need))
	for i := range keys {
		cols[i] = &keys[i]
	}
	for i, a := range n.Aggs {
		if !need[len(keys)+i] {
			continue
		}
		e, err := c.aggCall(a, r)
		if err != nil {
			return nil, err
		}
		cols[len(keys)+i] = &e
	}
	r.order, r.cols = nil, cols
	r.groupBy(keys)
	r.drop(need)
	if len(n.Keys) == 0 && r.width() == 0 {
		return &relation{limit: -1, cols: r.cols}, nil // one row, whatever is in it
	}
	return r, nil
}

// aggCall writes one aggregation, in the order of the input where its result depends on that.
func (c *compiler) aggCall(a plan.AggCall, r *relation) (expr, error) {
	args, err := c.exprs(a.Args, r.cols)
	if err != nil {
		return expr{}, err
	}
	types := make([]value.Type, len(args))
	for i, arg := range args {
		types[i] = arg.typ
	}
	o, _, _, err := a.Agg.Resolve(types)
	if err != nil {
		return expr{}, c.unsupported("aggregate %s: %v", a.Agg.Name, err)
	}
	text, ok := c.apply(o.SQL, o.SQLFunc, args)
	if !ok {
		return expr{}, c.unsupported("aggregate %s", a.Agg.Name)
	}
	text = strings.ReplaceAll(text, function.OrderMark, orderText(r.order))
	return expr{sql: text, typ: a.Type, nullable: nullable(a.Type), binding: bindingOf(text)}, nil
}

func orderText(keys []orderKey) string {
	parts := make([]string, len(keys))
	for i, k := range keys {
		parts[i] = k.text()
	}
	if len(parts) == 0 {
		return ""
	}
	return " ORDER BY " + strings.Join(parts, ", ")
}

// distinct groups by all visible columns.
func (c *compiler) distinct(n *plan.Distinct, need []bool) (*relation, error) {
	uses := make([]use, len(need))
	for i, col := range n.Columns() {
		switch {
		case !col.Hidden:
			uses[i] = once
		case need[i]:
			return nil, c.unsupported("hidden column %s behind distinct", col.Name)
		}
	}
	r, err := c.grouping(n.Input, uses)
	if err != nil {
		return nil, err
	}
	var keys []expr
	for i, col := range r.cols {
		if col != nil {
			key := normalize(*col)
			r.cols[i], keys = &key, append(keys, key)
		}
	}
	r.order = nil
	r.groupBy(keys)
	r.drop(need)
	return r, nil
}

// nullable reports whether a column of type t can be NULL in SQL.
func nullable(t value.Type) bool { return t != value.String }
