package sql

import (
	"strings"

	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// pairing is two sources, one beside the other.
type pairing struct {
	left, right source
	kind        string // "JOIN", "LEFT JOIN", ...
	on          string
}

func (j *pairing) write(b *strings.Builder) {
	j.left.writeSelf(b)
	b.WriteString("\n" + j.kind + " ")
	j.right.writeSelf(b)
	b.WriteString(" ON " + j.on)
}

// joinWords are the kinds of join. Those that return the right side alone are written with the sides changed.
var joinWords = map[plan.JoinKind]string{
	plan.InnerUnique: "JOIN", plan.Inner: "JOIN", plan.LeftOuter: "LEFT JOIN", plan.RightOuter: "RIGHT JOIN", plan.FullOuter: "FULL JOIN",
	plan.LeftSemi: "SEMI JOIN", plan.LeftAnti: "ANTI JOIN", plan.RightSemi: "SEMI JOIN", plan.RightAnti: "ANTI JOIN",
}

// join writes a join. A null key has no partner, which is what SQL's equality does.
func (c *compiler) join(n *plan.Join, need []bool) (*relation, error) {
	for _, k := range append(append([]plan.Expr(nil), n.LeftKeys...), n.RightKeys...) {
		if t := k.Type(); t == value.Dynamic || t == value.Decimal {
			return nil, c.unsupported("join on a %s", t)
		}
	}
	if n.Kind.OneSided() == "right" {
		return c.joinSides(side{n.Right, n.RightKeys}, side{n.Left, n.LeftKeys}, n.Kind, need)
	}
	return c.joinSides(side{n.Left, n.LeftKeys}, side{n.Right, n.RightKeys}, n.Kind, need)
}

// side is one table of a join with its keys.
type side struct {
	table plan.Node
	keys  []plan.Expr
}

func (c *compiler) joinSides(left, right side, kind plan.JoinKind, need []bool) (*relation, error) {
	width := len(left.table.Columns())
	l, err := c.joinSide(left, need[:width])
	if err != nil {
		return nil, err
	}
	r, err := c.joinSide(right, need[width:])
	if err != nil {
		return nil, err
	}
	if kind == plan.InnerUnique && !unique(left.table, left.keys) {
		if l, err = c.firstOfEach(l, left.keys); err != nil {
			return nil, err
		}
	}
	j := &pairing{kind: joinWords[kind]}
	j.left, j.right = source{inner: []*relation{l}, alias: c.alias()}, source{inner: []*relation{r}, alias: c.alias()}
	leftKeys, err := c.exprs(left.keys, c.outputs(j.left, false))
	if err != nil {
		return nil, err
	}
	rightKeys, err := c.exprs(right.keys, c.outputs(j.right, false))
	if err != nil {
		return nil, err
	}
	var on []string
	for i, k := range leftKeys {
		on = append(on, k.arg()+" = "+rightKeys[i].arg())
	}
	j.on = strings.Join(on, " AND ")
	out := &relation{from: source{join: j}, limit: -1}
	out.cols = c.outputs(j.left, kind == plan.RightOuter || kind == plan.FullOuter)
	if kind.OneSided() == "" {
		out.cols = append(out.cols, c.outputs(j.right, kind == plan.LeftOuter || kind == plan.FullOuter)...)
	}
	out.drop(need)
	return out, nil
}

// joinSide writes one side with the columns that are wanted and those that the keys read.
func (c *compiler) joinSide(s side, need []bool) (*relation, error) {
	uses := make([]use, len(s.table.Columns()))
	for _, k := range s.keys {
		count(k, uses)
	}
	wanted := make([]bool, len(uses))
	copy(wanted, need)
	return c.relation(s.table, union(wanted, uses))
}

// firstOfEach keeps the first row of each key: in the order of r, or as the rows come.
func (c *compiler) firstOfEach(r *relation, keys []plan.Expr) (*relation, error) {
	if r.limit >= 0 || r.qualify != "" {
		r = c.nest(r) // numbers are given before QUALIFY and LIMIT
	}
	position := "row_number() OVER (" + strings.TrimPrefix(orderText(r.order), " ") + ")"
	r.order = nil
	list, err := c.exprs(keys, r.cols)
	if err != nil {
		return nil, err
	}
	out := c.wrap([]*relation{r})
	at := out.from.alias + "." + r.addExtra(position)
	// The keys are columns of their own, so that no condition on them is put below the QUALIFY: there DuckDB 1.5 ends a BETWEEN
	// with an internal error.
	names := make([]string, len(list))
	for i, key := range list {
		names[i] = out.from.alias + "." + r.addExtra(key.sql)
	}
	out.qualify = "row_number() OVER (PARTITION BY " + strings.Join(names, ", ") + " ORDER BY " + at + ") = 1"
	return out, nil
}
