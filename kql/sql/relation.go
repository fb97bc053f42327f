package sql

import (
	"strconv"
	"strings"

	"github.com/glasswatch/glasswatch/kql/value"
)

// columns are expressions by position in a node's columns, nil where a column is not needed. They are shared, so they do not
// change.
type columns []*expr

// relation is a SELECT under construction. Its clauses are texts over the columns of from; cols are the outputs.
type relation struct {
	from    source
	cols    columns
	extra   []string // outputs behind cols, for the relation around: x0, x1, ...
	where   []string
	qualify string // condition over window functions, tested after GROUP BY
	grouped bool
	group   []string // empty though grouped: one group
	having  string
	order   []orderKey
	limit   int64 // -1: none
}

// source is what a relation reads: a table or VALUES, or other relations one after the other, or two sources joined, or,
// as the zero source, one row without columns.
type source struct {
	table string // text before AS
	list  string // "(c0, c1)" behind the alias, for VALUES
	inner []*relation
	alias string
	join  *pairing
}

// orderKey is one key of ORDER BY.
type orderKey struct {
	sql        string
	descending bool
	nullsFirst bool
}

// open reports whether WHERE, GROUP BY and the like can be added without changing what is there.
func (r *relation) open() bool { return !r.grouped && r.limit < 0 && r.qualify == "" }

// width is the number of columns of the node that are wanted.
func (r *relation) width() int {
	n := 0
	for _, col := range r.cols {
		if col != nil {
			n++
		}
	}
	return n
}

// addExtra makes text one more output and returns its name.
func (r *relation) addExtra(text string) string {
	r.extra = append(r.extra, text)
	return "x" + strconv.Itoa(len(r.extra)-1)
}

// nest makes r the subquery of a new relation with the same columns. The order travels outwards.
func (c *compiler) nest(r *relation) *relation {
	out := c.wrap([]*relation{r})
	for _, k := range r.order {
		k.sql = out.from.alias + "." + r.addExtra(k.sql)
		out.order = append(out.order, k)
	}
	if r.limit < 0 {
		r.order = nil
	}
	return out
}

// wrap returns a relation that reads inner, one after the other; all have the same columns.
func (c *compiler) wrap(inner []*relation) *relation {
	from := source{inner: inner, alias: c.alias()}
	return &relation{from: from, limit: -1, cols: c.outputs(from, false)}
}

// outputs are the columns of from as the relation around it sees them. With absent set, a row of from may be missing, as
// in an outer join: all columns are null then, and strings empty.
func (c *compiler) outputs(from source, absent bool) columns {
	cols := make(columns, len(from.inner[0].cols))
	for i, col := range from.inner[0].cols {
		if col == nil {
			continue
		}
		if col.konst != nil && len(from.inner) == 1 && !absent {
			cols[i] = col // a constant stays one
			continue
		}
		e := expr{sql: from.alias + ".c" + strconv.Itoa(i), typ: col.typ, simple: true, nullable: absent}
		promoted := false
		for _, r := range from.inner {
			e.nullable = e.nullable || r.cols[i].nullable
			promoted = promoted || r.cols[i].origin().promoted != nil
		}
		if promoted {
			e.of = &origin{promoted: c.promotedThrough(from, i, absent)}
		}
		if absent && col.typ == value.String {
			e.of, e.nullable = &origin{orEmpty: e.sql}, false
			e.sql = "coalesce(" + e.sql + ", '')"
		}
		cols[i] = &e
	}
	return cols
}

// text writes the SELECT.
func (r *relation) text() string {
	var b strings.Builder
	r.write(&b)
	return b.String()
}

func (r *relation) write(b *strings.Builder) {
	b.WriteString("SELECT ")
	sep := ""
	for i, col := range r.cols {
		if col != nil {
			output(b, sep, col.sql, " AS c", i)
			sep = ", "
		}
	}
	for i, e := range r.extra {
		output(b, sep, e, " AS x", i)
		sep = ", "
	}
	if sep == "" {
		b.WriteString("TRUE AS x0")
	}
	r.from.write(b)
	clause(b, "\nWHERE ", " AND ", r.where)
	if r.grouped && len(r.group) > 0 {
		clause(b, "\nGROUP BY ", ", ", r.group)
	}
	if r.having != "" {
		b.WriteString("\nHAVING " + r.having)
	}
	if r.qualify != "" {
		b.WriteString("\nQUALIFY " + r.qualify)
	}
	for i, k := range r.order {
		if i == 0 {
			b.WriteString("\nORDER BY ")
		} else {
			b.WriteString(", ")
		}
		b.WriteString(k.text())
	}
	if r.limit >= 0 {
		b.WriteString("\nLIMIT " + strconv.FormatInt(r.limit, 10))
	}
}

func (s source) write(b *strings.Builder) {
	if len(s.inner) == 0 && s.table == "" && s.join == nil {
		return
	}
	b.WriteString("\nFROM ")
	s.writeSelf(b)
}

// writeSelf writes what stands behind FROM or JOIN.
func (s source) writeSelf(b *strings.Builder) {
	if s.join != nil {
		s.join.write(b)
		return
	}
	if s.table != "" {
		b.WriteString(s.table)
	} else {
		b.WriteString("(")
		for i, r := range s.inner {
			if i > 0 {
				b.WriteString("\nUNION ALL ")
			}
			if len(s.inner) > 1 && r.limit >= 0 {
				b.WriteString("(" + r.text() + ")")
				continue
			}
			r.write(b)
		}
		b.WriteString(")")
	}
	b.WriteString(" AS " + s.alias + s.list)
}

func output(b *strings.Builder, sep, sql, as string, number int) {
	b.WriteString(sep)
	b.WriteString(sql)
	b.WriteString(as)
	b.WriteString(strconv.Itoa(number))
}

func clause(b *strings.Builder, head, sep string, parts []string) {
	for i, part := range parts {
		if i == 0 {
			b.WriteString(head)
		} else {
			b.WriteString(sep)
		}
		b.WriteString(part)
	}
}

func (k orderKey) text() string {
	dir, nulls := " ASC", " NULLS LAST"
	if k.descending {
		dir = " DESC"
	}
	if k.nullsFirst {
		nulls = " NULLS FIRST"
	}
	return k.sql + dir + nulls
}
