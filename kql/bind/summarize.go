package bind

import (
	"strconv"
	"strings"

	"github.com/glasswatch/glasswatch/kql/ast"
	"github.com/glasswatch/glasswatch/kql/function"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/token"
	"github.com/glasswatch/glasswatch/kql/value"
)

// aggregation collects the aggregate calls of one summarize. An expression around a call (round(avg(x), 2)) sees it as
// a column of the Aggregate node, after the keys.
type aggregation struct {
	input *row
	keys  int
	calls []plan.AggCall
	// byColumns are the positions of the columns that are keys as they are: arg_max(x, *) leaves them out.
	byColumns map[int]bool
}

func (b *binder) summarize(op *ast.Summarize, in plan.Node, e env) plan.Node {
	for _, o := range op.Options {
		if len(o.Name) < 5 || o.Name[:5] != "hint." {
			b.errorf(o.Span, "KS198", "", "summarize has no option %s", o.Name)
		}
	}
	if len(op.Aggs) == 0 && len(op.Keys) == 0 {
		b.errorf(op.Span, "KS006", "write summarize count() by Column", "summarize needs an aggregation or by")
		return nil
	}
	input := &row{cols: in.Columns()}
	inner := env{e.names, input}
	w := b.over(in)
	var keys columns
	for _, x := range op.Keys {
		n := len(keys.list)
		b.output(&keys, x, inner, projecting, "")
		if len(keys.list) > n && isDynamic(keys.list[n].expr) {
			b.errorf(x.Extent(), "KS116", "write tostring("+ast.Text(unnamed(x))+")", "a dynamic cannot be a group key")
		}
	}
	a := &aggregation{input: input, keys: len(keys.list), byColumns: map[int]bool{}}
	out := columns{list: make([]output, len(keys.list), len(keys.list)+len(op.Aggs))}
	node := &plan.Aggregate{Input: in}
	for i, k := range keys.list {
		if col, ok := k.expr.(*plan.Col); ok {
			a.byColumns[col.Index] = true
		}
		node.Keys = append(node.Keys, k.expr)
		out.list[i] = output{name: k.name, expr: &plan.Col{Index: i, Typ: k.expr.Type()}, declared: k.declared}
	}
	after := env{e.names, &row{cols: in.Columns(), aggs: a}}
	for _, x := range op.Aggs {
		b.aggregateOutput(&out, x, after)
	}
	node.Aggs, node.Input = a.calls, w.close()
	return finishAggregate(node, &out)
}

func unnamed(x ast.Expr) ast.Expr {
	if n, ok := x.(*ast.Named); ok {
		return n.X
	}
	return x
}

// finishAggregate names the columns of the node where they are the output as they are, else projects them.
func finishAggregate(n *plan.Aggregate, out *columns) plan.Node {
	direct := len(out.list) == len(n.Keys)+len(n.Aggs)
	for i, o := range out.list {
		if col, ok := o.expr.(*plan.Col); !ok || col.Index != i {
			direct = false
		}
	}
	n.Cols = make([]plan.Column, len(n.Keys)+len(n.Aggs))
	for i := range n.Cols {
		if i < len(n.Keys) {
			n.Cols[i] = plan.Column{Name: out.list[i].name, Type: n.Keys[i].Type()}
		} else {
			n.Cols[i] = plan.Column{Name: "$agg" + strconv.Itoa(i-len(n.Keys)), Type: n.Aggs[i-len(n.Keys)].Type}
		}
		if direct {
			n.Cols[i].Name = out.list[i].name
		}
	}
	if direct {
		return n
	}
	return out.project(n)
}

// aggregateOutput binds one element of the list of aggregates.
func (b *binder) aggregateOutput(out *columns, x ast.Expr, e env) {
	var names []*ast.Name
	if n, ok := x.(*ast.Named); ok {
		names, x = n.Names, n.X
	}
	if call, ok := x.(*ast.Call); ok && e.names.lookup(call.Name.Text) == nil {
		if a, ok := lookupAggregate(call.Name.Text); ok {
			if parts, several := b.several(a, call, e); several {
				b.nameParts(out, parts, names)
				return
			}
		}
	}
	if parts, ok := b.tuple(x, e); ok {
		b.nameParts(out, parts, names)
		return
	}
	if len(names) > 1 {
		b.errorf(names[0].Span, "KS149", "", "the expression does not have several values to name")
		return
	}
	bound := b.expr(x, e)
	if len(names) == 1 {
		b.declare(out, names[0].Text, bound, names[0].Span, false)
		return
	}
	name, ok := aggregateResultName(x)
	if !ok || name == "" {
		name = b.columnName(projecting, e)
	}
	out.add(name, bound, false)
}

// aggregateResultName is resultName for an expression over aggregates.
func aggregateResultName(x ast.Expr) (string, bool) {
	switch x := x.(type) {
	case *ast.Paren:
		return aggregateResultName(x.X)
	case *ast.Member:
		left, _ := aggregateResultName(x.X)
		right, ok := resultName(x.Selector)
		return joinNames(left, right), ok
	case *ast.Index:
		left, _ := aggregateResultName(x.X)
		return joinNames(left, indexName(x.I)), left != ""
	case *ast.Call:
		if a, ok := lookupAggregate(x.Name.Text); ok {
			if a.Star || a.Prefix == "percentile" || a.Name == "take_any" { // names for its columns, none for a value
				return "", false
			}
			return aggregateName(a, x)
		}
		return callName(x, aggregateResultName)
	}
	return resultName(x)
}

// part is one of several columns that an aggregate gives.
type part struct {
	name string
	expr plan.Expr
	span token.Span
}

// nameParts adds the columns of arg_max and its like under the names given first, then under their own.
func (b *binder) nameParts(out *columns, parts []part, names []*ast.Name) {
	for i, p := range parts {
		if i < len(names) {
			b.declare(out, names[i].Text, p.expr, names[i].Span, false)
			continue
		}
		out.add(p.name, p.expr, false)
	}
	if len(names) > len(parts) {
		b.errorf(names[len(parts)].Span, "KS149", "", "there are more names than values")
	}
}

// aggregate binds a call as a column of the Aggregate node.
func (b *binder) aggregate(a *function.Aggregate, x *ast.Call, e env) plan.Expr {
	if parts, several := b.several(a, x, e); several {
		if len(parts) == 0 {
			return broken()
		}
		return parts[0].expr
	}
	inner := env{e.names, e.row.aggs.input}
	args := make([]plan.Expr, 0, len(x.Args))
	for _, arg := range x.Args {
		if _, ok := arg.(*ast.Star); ok && a.Name == "count" && len(x.Args) == 1 {
			b.errorf(arg.Extent(), "KS191", "write count()", "count(*) is written count()")
			return broken()
		}
		args = append(args, b.expr(arg, inner))
	}
	return b.addCall(a, args, x, e.row.aggs)
}

// addCall resolves the overload of an aggregate and appends it.
func (b *binder) addCall(a *function.Aggregate, args []plan.Expr, x *ast.Call, into *aggregation) plan.Expr {
	types := make([]value.Type, len(args))
	for i, arg := range args {
		if types[i] = arg.Type(); types[i] == value.Invalid {
			return broken()
		}
	}
	if !b.grown(1, x.Span) || !b.aggregates(a, types, x) {
		return broken()
	}
	o, converted, result, err := a.Resolve(types)
	if err != nil {
		b.errorf(x.Span, "KS119", "", "%s", err)
		return broken()
	}
	at := func(i int) token.Span {
		if i < len(x.Args) {
			return x.Args[i].Extent()
		}
		return x.Span
	}
	for i, t := range converted {
		if t != value.Invalid {
			args[i] = b.convert(args[i], t, at(i))
		}
	}
	if consts, _ := constants(args); !b.fixed(o.Params, consts, at) {
		return broken()
	}
	into.calls = append(into.calls, plan.AggCall{Agg: a, Args: args, Type: result})
	return &plan.Col{Index: into.keys + len(into.calls) - 1, Typ: result}
}

// aggregates refuses what has no order or no one form to count by.
func (b *binder) aggregates(a *function.Aggregate, types []value.Type, x *ast.Call) bool {
	if len(types) == 0 {
		return true
	}
	switch t := types[0]; a.Name {
	case "min", "max", "minif", "maxif", "arg_min", "arg_max", "argmin", "argmax":
		if t == value.Dynamic || t == value.GUID {
			b.errorf(x.Span, "KS206", "convert it: tostring(...) or todouble(...)", "%s needs values with an order, not a %s", a.Name, t)
			return false
		}
	case "hll", "hllif":
		if t == value.Bool || t == value.Real {
			b.errorf(x.Span, "KS116", "", "%s does not take a %s", a.Name, t)
			return false
		}
	case "count_distinct", "count_distinctif":
		if t == value.Dynamic {
			b.errorf(x.Span, "KS116", "convert it: tostring(...)", "%s does not take a dynamic", a.Name)
			return false
		}
	}
	return true
}

// lookupAggregate finds an aggregation function; percentiles and percentilesw are made of percentile and percentilew here.
func lookupAggregate(name string) (*function.Aggregate, bool) {
	switch name {
	case "percentiles", "percentilesw":
		name = strings.Replace(name, "percentiles", "percentile", 1)
	}
	return function.LookupAggregate(name)
}

// several binds the aggregates that give more than one column: arg_max(by, a, *), take_any(a, b), percentiles(x, 5, 95).
// It reports false for a call that gives one.
func (b *binder) several(a *function.Aggregate, x *ast.Call, e env) ([]part, bool) {
	switch {
	case a.Star:
		return b.argMax(a, x, e), true
	case a.Name == "take_any" || a.Name == "any" && (len(x.Args) != 1 || isStar(x.Args[0])):
		return b.takeAny(a, x, e), true
	case a.Name == "percentile":
		return b.percentiles(a, x, 1, e), true
	case a.Name == "percentilew":
		return b.percentiles(a, x, 2, e), true
	}
	return nil, false
}

func isStar(x ast.Expr) bool {
	_, ok := x.(*ast.Star)
	return ok
}

// argMax gives the extreme itself, then the columns of its row. The calls share the expression of the extreme, so that
// a back end can find the row once.
func (b *binder) argMax(a *function.Aggregate, x *ast.Call, e env) []part {
	if len(x.Args) == 0 {
		b.errorf(x.Span, "KS119", "write "+a.Name+"(TimeGenerated, *)", "%s expects at least 1 argument", a.Name)
		return nil
	}
	inner := env{e.names, e.row.aggs.input}
	by := b.expr(x.Args[0], inner)
	if isBroken(by) {
		return []part{{name: "$broken", expr: broken()}}
	}
	add := func(v plan.Expr) plan.Expr { return b.addCall(a, []plan.Expr{by, v}, x, e.row.aggs) }
	prefix := a.Name[len(a.Name)-3:]      // max, min
	old := !strings.Contains(a.Name, "_") // argmax, argmin: every name begins with max_X
	primary, named := resultName(x.Args[0])
	name := primary
	if !named || old {
		name = prefix + "_" + primary
	}
	begin := ""
	if old {
		begin = name + "_"
	}
	parts := []part{{name: name, expr: add(by), span: x.Args[0].Extent()}}
	done := map[int]bool{}
	if col, ok := by.(*plan.Col); ok {
		done[col.Index] = true
	}
	star := false
	for _, arg := range x.Args[1:] {
		star = star || isStar(arg)
	}
	for i, arg := range x.Args[1:] {
		if isStar(arg) {
			parts = append(parts, b.starParts(inner.row.cols, done, e.row.aggs.byColumns, begin, add)...)
			continue
		}
		bound := b.expr(unnamed(arg), inner)
		if col, ok := bound.(*plan.Col); ok {
			if star && (done[col.Index] || e.row.aggs.byColumns[col.Index]) {
				continue
			}
			done[col.Index] = true
		}
		name, ok := resultName(arg)
		if !ok {
			name = prefix + "_" + primary + "_arg" + strconv.Itoa(i+1)
		}
		if ok {
			name = begin + name
		}
		parts = append(parts, part{name: name, expr: add(bound), span: arg.Extent()})
	}
	return parts
}

// starParts gives every visible column that is not a key and not there already; begin begins their names.
func (b *binder) starParts(cols []plan.Column, done, keys map[int]bool, begin string, add func(plan.Expr) plan.Expr) []part {
	var parts []part
	refs := references(cols)
	for i, c := range cols {
		if c.Hidden || done[i] || keys[i] {
			continue
		}
		done[i] = true
		parts = append(parts, part{name: begin + c.Name, expr: add(&refs[i])})
	}
	return parts
}

// takeAny gives one value of each argument; several are those of one row.
func (b *binder) takeAny(a *function.Aggregate, x *ast.Call, e env) []part {
	if len(x.Args) == 0 {
		b.errorf(x.Span, "KS119", "", "%s expects at least 1 argument", a.Name)
		return nil
	}
	inner := env{e.names, e.row.aggs.input}
	chosen := a
	if len(x.Args) > 1 || isStar(x.Args[0]) {
		chosen = function.AnyRow()
	}
	add := func(v plan.Expr) plan.Expr { return b.addCall(chosen, []plan.Expr{v}, x, e.row.aggs) }
	done := map[int]bool{}
	begin := ""
	if a.Prefix != "" {
		begin = a.Prefix + "_"
	}
	var parts []part
	for i, arg := range x.Args {
		if isStar(arg) {
			parts = append(parts, b.starParts(inner.row.cols, done, e.row.aggs.byColumns, begin, add)...)
			continue
		}
		bound := b.expr(unnamed(arg), inner)
		name, ok := resultName(arg)
		if !ok {
			name = "any_arg" + strconv.Itoa(i)
		}
		if ok {
			name = begin + name
		}
		parts = append(parts, part{name: name, expr: add(bound), span: arg.Extent()})
	}
	return parts
}

// percentiles gives one column a percentile: percentile_X_95. The first n arguments are the value and its weight.
func (b *binder) percentiles(a *function.Aggregate, x *ast.Call, n int, e env) []part {
	if len(x.Args) <= n || x.Name.Text == a.Name && len(x.Args) != n+1 {
		b.errorf(x.Span, "KS119", "", "%s expects a value, %sand a percentage", x.Name.Text, [...]string{"", "", "a weight "}[n])
		return nil
	}
	inner := env{e.names, e.row.aggs.input}
	of := make([]plan.Expr, n)
	for i := range of {
		of[i] = b.expr(x.Args[i], inner)
	}
	name, _ := resultName(x.Args[0])
	var parts []part
	for _, arg := range x.Args[n:] {
		p := b.expr(arg, inner)
		args := append(append([]plan.Expr{}, of...), p)
		parts = append(parts, part{name: "percentile_" + name + "_" + percentageName(arg, p), expr: b.addCall(a, args, x, e.row.aggs), span: arg.Extent()})
	}
	return parts
}

// percentageName is how a percentage stands in a name: 99_9; nothing for one that is computed.
func percentageName(x ast.Expr, bound plan.Expr) string {
	v, ok := constant(bound)
	switch x.(type) {
	case *ast.Literal, *ast.Name, *ast.Paren:
		if ok {
			if v.Type() == value.Real {
				return strings.ReplaceAll(strconv.FormatFloat(v.Real(), 'f', -1, 64), ".", "_")
			}
			return v.ToText()
		}
	}
	return ""
}
