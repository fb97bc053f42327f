package sql

import (
	"strconv"
	"strings"

	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// expand writes mv-expand in three layers: the input with a list for each item, the lists unnested in step, the elements
// converted. The rows of one row of the input stay together and in order where the input has one.
func (c *compiler) expand(n *plan.Expand, need []bool) (*relation, error) {
	if c.dialect.elements == nil {
		return nil, c.unsupported("mv-expand")
	}
	r, err := c.expandInput(n, need)
	if err != nil {
		return nil, err
	}
	var items []string
	for _, item := range n.Items {
		e, err := c.expr(item.X, r.cols)
		if err != nil {
			return nil, err
		}
		items = append(items, r.addExtra(e.sql))
	}
	ordered := len(r.order) > 0
	position := ""
	if ordered {
		position = r.addExtra("row_number() OVER (" + strings.TrimPrefix(orderText(r.order), " ") + ")")
		if r.limit < 0 {
			r.order = nil
		}
	}
	rows := c.wrap([]*relation{r})
	for i, item := range items {
		items[i] = rows.addExtra(c.dialect.elements(rows.from.alias+"."+item, n.Bags))
	}
	if ordered {
		position = rows.addExtra(rows.from.alias + "." + position)
		rows = c.wrap([]*relation{rows})
		rows.order = []orderKey{{sql: rows.from.alias + "." + position}}
	} else {
		rows = c.wrap([]*relation{rows})
	}
	return c.unnest(rows, items, n, need)
}

// expandInput writes the input with what is handed through and what the items read.
func (c *compiler) expandInput(n *plan.Expand, need []bool) (*relation, error) {
	uses := make([]use, len(n.Input.Columns()))
	wanted := make([]bool, len(uses))
	copy(wanted, need)
	for _, item := range n.Items {
		if item.Column < len(wanted) {
			wanted[item.Column] = false
		}
		count(item.X, uses)
	}
	r, err := c.relation(n.Input, union(wanted, uses))
	if err != nil {
		return nil, err
	}
	if r.limit >= 0 || r.qualify != "" || c.repeats(r, uses) {
		r = c.nest(r)
	}
	return r, nil
}

// unnest writes the two layers above the lists of rows.
func (c *compiler) unnest(rows *relation, lists []string, n *plan.Expand, need []bool) (*relation, error) {
	alias, lengths := rows.from.alias, make([]string, len(lists))
	elements := make([]string, len(lists))
	for i, list := range lists {
		text := alias + "." + list
		if n.Limit >= 0 {
			text += "[1:" + strconv.FormatInt(n.Limit, 10) + "]"
		}
		lengths[i] = "len(" + text + ")"
		elements[i] = rows.addExtra("unnest(" + text + ")")
	}
	index := ""
	if len(rows.order) > 0 || n.Index >= 0 && need[n.Index] {
		index = rows.addExtra("unnest(range(greatest(" + strings.Join(lengths, ", ") + ")))")
	}
	ordered := len(rows.order) > 0
	out := c.nest(rows)
	cols := make(columns, len(n.Cols))
	copy(cols, out.cols)
	for i, item := range n.Items {
		e, err := c.element(out.from.alias+"."+elements[i], item.Type)
		if err != nil {
			return nil, err
		}
		cols[item.Column] = &e
	}
	if n.Index >= 0 {
		cols[n.Index] = &expr{sql: out.from.alias + "." + index, typ: value.Long, nullable: true, simple: true}
	}
	if ordered {
		out.order = append(out.order, orderKey{sql: out.from.alias + "." + index})
	}
	out.cols = cols
	out.drop(need)
	return out, nil
}

// element is an element, JSON text, as a value of type t. It must be of the kind of t, but for texts, which everything
// has: see eval.Element.
func (c *compiler) element(text string, t value.Type) (expr, error) {
	json := expr{sql: text, typ: value.Dynamic, nullable: true, of: &origin{base: text, steps: []step{}}}
	kinds := ""
	switch t {
	case value.Dynamic:
		json.sql = "nullif(" + text + ", 'null')"
		return json, nil
	case value.String:
	case value.Bool:
		kinds = "'BOOLEAN'"
	case value.Int, value.Long, value.Real:
		kinds = "'BIGINT', 'UBIGINT', 'DOUBLE'"
	default:
		return expr{}, c.unsupported("mv-expand to typeof(%s)", t)
	}
	out, err := c.convert(json, t)
	if err != nil {
		return out, err
	}
	if kinds != "" {
		out.sql, out.binding = "(CASE WHEN "+c.dialect.kindOf(text)+" IN ("+kinds+") THEN "+out.sql+" END)", atom
	}
	return out, nil
}
