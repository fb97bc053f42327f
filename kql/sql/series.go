package sql

import (
	"strconv"

	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// series writes range of whole numbers, instants and spans with constant ends.
func (c *compiler) series(n *plan.Range, need []bool) (*relation, error) {
	var ends [3]int64
	for i, e := range []plan.Expr{n.From, n.To, n.Step} {
		k, ok := e.(*plan.Const)
		if !ok || k.Value.IsNull() {
			return nil, c.unsupported("range of what is no constant")
		}
		switch k.Value.Type() {
		case value.Int, value.Long, value.DateTime, value.TimeSpan:
			ends[i] = k.Value.Int()
		default:
			return nil, c.unsupported("range of a %s", k.Value.Type())
		}
	}
	if ends[2] == 0 {
		return nil, c.unsupported("range with the step 0")
	}
	text := func(i int) string { return signed(strconv.FormatInt(ends[i], 10)) + "::BIGINT" }
	from := source{table: "generate_series(" + text(0) + ", " + text(1) + ", " + text(2) + ")", list: "(c0)", alias: c.alias()}
	col := expr{sql: from.alias + ".c0", typ: n.Col.Type, nullable: true, simple: true}
	if n.Col.Type == value.Int {
		col.sql += "::INTEGER"
	}
	key := orderKey{sql: from.alias + ".c0", descending: ends[2] < 0}
	r := &relation{from: from, limit: -1, cols: columns{&col}, order: []orderKey{key}}
	r.drop(need)
	return r, nil
}
