package sql

import (
	"strconv"
	"strings"

	"github.com/glasswatch/glasswatch/kql/function"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// parse writes parse and parse-where: the groups of the pattern are read once, in a layer of their own.
func (c *compiler) parse(n *plan.Parse, need []bool) (*relation, error) {
	if c.dialect.groups == nil || !function.PortableRegex(n.Regex) {
		return nil, c.unsupported("parse with this pattern")
	}
	if len(n.Fields) == 0 {
		return nil, c.unsupported("parse without a column")
	}
	r, err := c.parseInput(n, need)
	if err != nil {
		return nil, err
	}
	x, err := c.expr(n.X, r.cols)
	if err != nil {
		return nil, err
	}
	name := r.addExtra(x.sql)
	mid := c.nest(r)
	text, pattern := mid.from.alias+"."+name, quoteText(n.Regex)
	groups := mid.addExtra(c.dialect.groups(text, pattern, len(n.Fields)))
	matched := mid.addExtra("regexp_matches(" + text + ", " + pattern + ")")
	out := c.nest(mid)
	return c.fields(out, n, need, out.from.alias+"."+groups, out.from.alias+"."+matched)
}

func (c *compiler) parseInput(n *plan.Parse, need []bool) (*relation, error) {
	uses := make([]use, len(n.Input.Columns()))
	wanted := make([]bool, len(uses))
	copy(wanted, need)
	for _, f := range n.Fields {
		if f.Column < len(wanted) {
			wanted[f.Column] = false
		}
	}
	count(n.X, uses)
	r, err := c.relation(n.Input, union(wanted, uses))
	if err != nil {
		return nil, err
	}
	if r.limit >= 0 || r.qualify != "" || c.repeats(r, uses) {
		r = c.nest(r)
	}
	return r, nil
}

// fields puts the fields among the columns of out. Without a match every group is empty, which reads as null.
func (c *compiler) fields(out *relation, n *plan.Parse, need []bool, groups, matched string) (*relation, error) {
	cols := make(columns, len(n.Cols))
	copy(cols, out.cols)
	conditions := []string{matched}
	for i, f := range n.Fields {
		text := groups + ".g" + strconv.Itoa(i)
		if f.Type == value.String {
			cols[f.Column] = &expr{sql: "coalesce(" + text + ", '')", typ: f.Type}
			continue
		}
		e, err := c.convert(expr{sql: text, typ: value.String}, f.Type)
		if err != nil {
			return nil, err
		}
		cols[f.Column] = &e
		conditions = append(conditions, e.arg()+" IS NOT NULL")
	}
	if n.Kind == plan.ParseRelaxed {
		conditions = conditions[:1]
	}
	whole := strings.Join(conditions, " AND ")
	switch {
	case n.Where:
		out.where = append(out.where, conditions...)
	case len(conditions) > 1: // a field that does not convert empties the others
		for _, f := range n.Fields {
			cols[f.Column].sql = "(CASE WHEN " + whole + " THEN " + cols[f.Column].sql + absent(f.Type) + " END)"
			cols[f.Column].binding = atom
		}
	}
	out.cols = cols
	out.drop(need)
	return out, nil
}

func absent(t value.Type) string {
	if t == value.String {
		return " ELSE ''"
	}
	return ""
}

// convert converts by the catalogue's function to<type>.
func (c *compiler) convert(e expr, t value.Type) (expr, error) {
	if f, ok := function.Lookup("to" + t.String()); ok {
		if o, _, _, err := f.Resolve([]value.Type{e.typ}); err == nil {
			if text, ok := c.apply(o.SQL, o.SQLFunc, []expr{e}); ok {
				return expr{sql: text, typ: t, nullable: nullable(t), binding: bindingOf(text)}, nil
			}
		}
	}
	return expr{}, c.unsupported("conversion of a %s to a %s", e.typ, t)
}
