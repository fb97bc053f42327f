package sql

import (
	"strings"

	"github.com/glasswatch/glasswatch/kql/plan"
)

// window writes window functions over the order of the input, which must be the only possible one: with ties, another
// run could give other values.
func (c *compiler) window(n *plan.Window, need []bool) (*relation, error) {
	width := len(n.Input.Columns())
	uses := make([]use, width)
	calls := false
	for i, call := range n.Calls {
		if !need[width+i] {
			continue
		}
		calls = true
		for _, a := range call.Args {
			count(a, uses)
		}
	}
	if calls && !totallyOrdered(n.Input) {
		return nil, c.unsupported("a window function over rows whose order is not certain")
	}
	r, err := c.relation(n.Input, union(need[:width], uses))
	if err != nil {
		return nil, err
	}
	if calls && len(r.order) == 0 {
		return nil, c.unsupported("a window function without an order")
	}
	if r.limit >= 0 || r.qualify != "" || c.repeats(r, uses) {
		r = c.nest(r)
	}
	over := "OVER (" + strings.TrimPrefix(orderText(r.order), " ") + ")"
	names := make([]string, len(n.Calls))
	for i, call := range n.Calls {
		if !need[width+i] {
			continue
		}
		text, err := c.windowCall(call, r, over)
		if err != nil {
			return nil, err
		}
		names[i] = r.addExtra(text)
	}
	out := c.nest(r)
	for i, call := range n.Calls {
		var e *expr
		if names[i] != "" {
			e = &expr{sql: out.from.alias + "." + names[i], typ: call.Type, nullable: nullable(call.Type), simple: true}
		}
		out.cols = append(out.cols, e)
	}
	out.drop(need)
	return out, nil
}

func (c *compiler) windowCall(call plan.WindowCall, r *relation, over string) (string, error) {
	args, err := c.exprs(call.Args, r.cols)
	if err != nil {
		return "", err
	}
	text, ok := c.apply(call.Func.SQL, call.Func.SQLFunc, args)
	if !ok || !strings.Contains(text, "{over}") {
		return "", c.unsupported("window function %s", call.Func.Name)
	}
	return strings.ReplaceAll(text, "{over}", over), nil
}
