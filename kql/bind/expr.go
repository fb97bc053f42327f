package bind

import (
	"strings"

	"github.com/glasswatch/glasswatch/kql/ast"
	"github.com/glasswatch/glasswatch/kql/function"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/token"
	"github.com/glasswatch/glasswatch/kql/value"
)

// expr binds a scalar expression.
func (b *binder) expr(x ast.Expr, e env) plan.Expr {
	if b.full {
		return broken()
	}
	switch x := x.(type) {
	case *ast.Name:
		return b.scalar(x, e)
	case *ast.Literal:
		return &plan.Const{Value: x.Value}
	case *ast.Dynamic:
		return &plan.Const{Value: value.NewDynamic(tree(x.X))}
	case *ast.Paren:
		return b.expr(x.X, e)
	case *ast.Unary:
		return b.unary(x, e)
	case *ast.Binary:
		return b.binary(x, e)
	case *ast.In:
		return b.in(x, e)
	case *ast.Between:
		return b.between(x, e)
	case *ast.Call:
		return b.call(x, e)
	case *ast.Member, *ast.Index:
		return b.path(x, e)
	case *ast.Bad:
		return broken()
	case *ast.Star:
		b.errorf(x.Span, "KS191", "", "* is not allowed here")
	case *ast.Named:
		return b.namedArgument(x, e)
	default:
		b.errorf(x.Extent(), "KS107", "", "a value is expected here, not a table")
	}
	return broken()
}

// namedArgument binds name = value among the arguments of a function of the language. These go by their place, whatever
// their names: make_set(X, MaxSize=8) is make_set(X, 8). That is told, since == may have been meant.
func (b *binder) namedArgument(x *ast.Named, e env) plan.Expr {
	if len(x.Names) != 1 {
		b.errorf(x.Span, "KS198", "", "names cannot be given here")
		return broken()
	}
	name := x.Names[0].Text
	b.warn(x.Names[0].Span, "GW056", "write == to compare", "the name %s says nothing here: the arguments of this function go by their place", name)
	return b.expr(x.X, e)
}

// tree returns the parsed form of a dynamic literal, as value.NewDynamic takes it.
func tree(x ast.Expr) any {
	switch x := x.(type) {
	case *ast.Dynamic:
		return tree(x.X)
	case *ast.Array:
		list := make([]any, len(x.Elems))
		for i, elem := range x.Elems {
			list[i] = tree(elem)
		}
		return list
	case *ast.Bag:
		bag := &value.Bag{}
		for i, key := range x.Keys {
			bag.Set(key, tree(x.Values[i]))
		}
		return bag
	case *ast.Literal:
		return x.Value.Node()
	}
	return nil
}

func (b *binder) unary(x *ast.Unary, e env) plan.Expr {
	operand := b.expr(x.X, e)
	if x.Op == "+" {
		if t := operand.Type(); t == value.Invalid || t >= value.Int && t <= value.Decimal || t == value.TimeSpan {
			return operand
		}
		b.errorf(x.Span, "KS106", "", "the operator + is not defined for %s", operand.Type())
		return broken()
	}
	if operand.Type() == value.Int { // an int in arithmetic becomes a long; int(5) after a minus stays
		if _, ok := constant(operand); !ok {
			operand = b.convert(operand, value.Long, x.Span)
		}
	}
	return b.operator("neg", x.Span, operand)
}

// binary binds x op y. A chain of and, or or becomes a balanced tree, so that its depth stays small.
func (b *binder) binary(x *ast.Binary, e env) plan.Expr {
	if x.Op == "and" || x.Op == "or" {
		var terms []plan.Expr
		var spans []token.Span
		var rest ast.Expr = x
		for {
			n, ok := rest.(*ast.Binary)
			if !ok || n.Op != x.Op {
				break
			}
			terms = append(terms, b.expr(n.Y, e))
			spans = append(spans, n.OpSpan)
			rest = n.X
		}
		terms = append(terms, b.expr(rest, e))
		spans = append(spans, x.OpSpan)
		return b.balanced(x.Op, terms, spans)
	}
	if isStar(x.X) {
		return b.anyColumn(x, e)
	}
	left, right := b.expr(x.X, e), b.expr(x.Y, e)
	op := x.Op
	switch op {
	case "==", "!=", "<>":
		if b.neverEqual(x.OpSpan, left, right) {
			return &plan.Const{Value: value.NewBool(op != "==")}
		}
		b.warnMixed(x.OpSpan, op, left, right)
	case "<", "<=", ">", ">=":
		if b.mixedOrder(x, left, right) {
			return broken()
		}
	case "has", "!has", "contains", "!contains", "startswith", "!startswith", "endswith", "!endswith", "hasprefix", "hassuffix", "has_cs", "contains_cs", "=~", "!~":
		if l, r := left.Type(), right.Type(); l == value.GUID && r != value.Invalid || r == value.GUID && l != value.Invalid {
			b.errorf(x.OpSpan, "KS106", "write tostring(...)", "the operator %s is not defined for %s and %s", op, l, r)
			return broken()
		}
	case "like", "notlike", "like_cs", "notlike_cs":
		b.errorf(x.OpSpan, "GW020", "use contains, startswith, endswith or matches regex", "the operator %s is not supported", op)
		return broken()
	case "containscs":
		op = "contains_cs"
	case "notcontains":
		op = "!contains"
	case "notcontainscs":
		op = "!contains_cs"
	}
	return b.operator(op, x.OpSpan, left, right)
}

// balanced joins terms, given from the last to the first, by a logical operator.
func (b *binder) balanced(op string, terms []plan.Expr, spans []token.Span) plan.Expr {
	if len(terms) == 1 {
		return terms[0]
	}
	half := len(terms) / 2
	return b.operator(op, spans[half-1], b.balanced(op, terms[half:], spans[half:]), b.balanced(op, terms[:half], spans[:half]))
}

// warnMixed says that a comparison of a string with a number is not what it seems.
func (b *binder) warnMixed(s token.Span, op string, left, right plan.Expr) {
	l, r := left.Type(), right.Type()
	switch {
	case l == value.String && isNumber(r):
		b.warn(s, "GW050", `put the number in quotes`, "a string is compared with a number: the number is taken as its text")
	case isNumber(l) && r == value.String:
		b.warn(s, "GW050", "write the string without quotes, or convert it", "a number is compared with a string: the string is taken as a number")
	}
}

// neverEqual says that two values cannot be equal because of their types: an instant is no number.
func (b *binder) neverEqual(s token.Span, left, right plan.Expr) bool {
	f, ok := function.Lookup("==")
	if !ok || isBroken(left) || isBroken(right) {
		return false
	}
	l, r := left.Type(), right.Type()
	if _, _, _, err := f.Resolve([]value.Type{l, r}); err == nil {
		return false
	}
	b.warn(s, "GW050", mismatchHint("==", []value.Type{l, r}), "a %s never equals a %s", l, r)
	return true
}

// mixedOrder refuses to order strings and numbers, which has no one meaning.
func (b *binder) mixedOrder(x *ast.Binary, left, right plan.Expr) bool {
	l, r := left.Type(), right.Type()
	if l == value.String && isNumber(r) {
		b.errorf(x.OpSpan, "KS106", "convert the string: tolong("+ast.Text(x.X)+")", "the operator %s is not defined for %s and %s", x.Op, l, r)
		return true
	}
	if isNumber(l) && r == value.String {
		b.errorf(x.OpSpan, "KS106", "convert the string: tolong("+ast.Text(x.Y)+")", "the operator %s is not defined for %s and %s", x.Op, l, r)
		return true
	}
	for _, pair := range [][2]value.Type{{l, r}, {r, l}} {
		loose := pair[1] == value.String || pair[1] == value.Dynamic
		if t := pair[0]; loose && (t == value.Bool || t == value.DateTime || t == value.TimeSpan) {
			b.errorf(x.OpSpan, "KS106", "convert it: "+conversion(t)+"(...)", "the operator %s is not defined for %s and %s", x.Op, l, r)
			return true
		}
	}
	return false
}

func isNumber(t value.Type) bool { return t >= value.Int && t <= value.Decimal }

func (b *binder) in(x *ast.In, e env) plan.Expr {
	if len(x.List) == 0 { // reported by the parser
		return broken()
	}
	if len(x.List) == 1 && b.isTabular(x.List[0], e.names) {
		return b.inTable(x, e)
	}
	args := []plan.Expr{b.expr(x.X, e)}
	warned := false
	for _, item := range x.List {
		if b.isTabular(item, e.names) {
			b.errorf(item.Extent(), "KS108", "a table stands alone in the list", "a value is expected here, not a table")
			return broken()
		}
		arg := b.expr(item, e)
		if elements, ok := b.elements(arg, item.Extent()); ok {
			args = append(args, elements...)
			continue
		}
		args = append(args, b.itemText(x, args[0], arg, item.Extent()))
		if !warned && (args[0].Type() == value.String && isNumber(arg.Type()) || isNumber(args[0].Type()) && arg.Type() == value.String) {
			warned = true
			b.warnMixed(x.OpSpan, x.Op, args[0], arg)
		}
	}
	if args = b.comparable(x, args); len(args) == 1 {
		return &plan.Const{Value: value.NewBool(strings.HasPrefix(x.Op, "!"))}
	}
	return b.operator(x.Op, x.OpSpan, args...)
}

// itemText makes a text of an item that is looked for as one.
func (b *binder) itemText(x *ast.In, of, item plan.Expr, s token.Span) plan.Expr {
	if x.Op == "in" || x.Op == "!in" || of.Type() != value.String && of.Type() != value.Dynamic {
		return item
	}
	switch item.Type() {
	case value.Invalid, value.String, value.Dynamic:
		return item
	}
	return b.convert(item, value.String, s)
}

// comparable leaves out the items that a value of another type never equals: an instant is no number.
func (b *binder) comparable(x *ast.In, args []plan.Expr) []plan.Expr {
	of := args[0].Type()
	if of == value.Invalid || of == value.String || of == value.Dynamic || x.Op != "in" && x.Op != "!in" {
		return args
	}
	out := args[:1]
	for _, item := range args[1:] {
		t := item.Type()
		if of == value.Bool && isNumber(t) { // true is 1
			of, args[0] = value.Long, b.convert(args[0], value.Long, x.OpSpan)
		}
		if t == value.Invalid || t == of || t == value.Dynamic || t == value.String || isNumber(of) && (isNumber(t) || t == value.Bool) {
			out = append(out, item)
			continue
		}
		b.warn(x.OpSpan, "GW050", "", "a %s never equals a %s: it is left out of the list", of, t)
	}
	return out
}

// elements takes a constant array apart, so that in (dynamic(["a", "b"])) is in ("a", "b") for every back end. An empty
// one stays.
func (b *binder) elements(x plan.Expr, s token.Span) ([]plan.Expr, bool) {
	c, ok := x.(*plan.Const)
	if !ok || c.Value.Type() != value.Dynamic {
		return nil, false
	}
	if out := b.apart[c]; out != nil { // a list with a name: its elements are there
		return out, b.grown(1+len(out)/sharedElements, s)
	}
	list, ok := c.Value.Tree().([]any)
	if !ok || len(list) == 0 || !b.grown(len(list), s) {
		return nil, false
	}
	out := make([]plan.Expr, len(list))
	for i, node := range list {
		out[i] = &plan.Const{Value: scalarOf(node)}
	}
	if b.apart == nil {
		b.apart = map[*plan.Const][]plan.Expr{}
	}
	b.apart[c] = out
	return out, true
}

// sharedElements is how many elements that are there already count as one part of the plan.
const sharedElements = 16

// scalarOf returns an element of a dynamic as a value of its own type where it has one.
func scalarOf(node any) value.Value {
	switch node := node.(type) {
	case string:
		return value.NewString(node)
	case bool:
		return value.NewBool(node)
	case int64:
		return value.NewLong(node)
	case float64:
		return value.NewReal(node)
	case value.Value:
		return node
	}
	return value.NewDynamic(node)
}

// written returns the rows of a datatable and the position there of a column that is left of it.
func written(n plan.Node, at int) (*plan.Values, int, bool) {
	for {
		switch node := n.(type) {
		case *plan.Values:
			return node, at, at < len(node.Cols)
		case *plan.Project:
			col, ok := node.Exprs[at].(*plan.Col)
			if !ok {
				return nil, 0, false
			}
			n, at = node.Input, col.Index
		case *plan.Distinct:
			n = node.Input
		default:
			return nil, 0, false
		}
	}
}

func (b *binder) between(x *ast.Between, e env) plan.Expr {
	return b.operator(x.Op, x.OpSpan, b.expr(x.X, e), b.expr(x.Low, e), b.expr(x.High, e))
}

// path binds a.b["c"][0].
func (b *binder) path(x ast.Expr, e env) plan.Expr {
	var outer []ast.Expr // from the last step to the first
	base := x
steps:
	for {
		switch n := base.(type) {
		case *ast.Member:
			outer, base = append(outer, n), n.X
		case *ast.Index:
			outer, base = append(outer, n), n.X
		case *ast.Paren:
			switch n.X.(type) {
			case *ast.Member, *ast.Index:
				base = n.X
			default:
				break steps
			}
		default:
			break steps
		}
	}
	from, isStep := b.elementProperty(base, outer[len(outer)-1], e)
	if !isStep {
		from, isStep = stepColumn(base, outer[len(outer)-1], e)
	}
	if isStep {
		base, outer = outer[len(outer)-1], outer[:len(outer)-1]
		if len(outer) == 0 {
			return from
		}
	} else {
		from = b.expr(base, e)
	}
	if isBroken(from) {
		return from
	}
	if t := from.Type(); t != value.Dynamic {
		first := outer[len(outer)-1]
		hint := ""
		if t == value.String {
			hint = "if it holds JSON write parse_json(" + ast.Text(base) + ")" + ast.Text(first)[len(ast.Text(base)):]
		}
		b.errorf(first.Extent(), "GW051", hint, "%s is a %s; only a dynamic has properties and elements", ast.Text(base), t)
		return broken()
	}
	p := &plan.Path{Base: from, Steps: make([]plan.Step, 0, len(outer))}
	if inner, ok := from.(*plan.Path); ok {
		p.Base, p.Steps = inner.Base, append(p.Steps, inner.Steps...)
	}
	for i := len(outer) - 1; i >= 0; i-- {
		s, ok := b.pathStep(outer[i], e)
		if !ok {
			return broken()
		}
		p.Steps = append(p.Steps, s)
	}
	b.grown(len(p.Steps), x.Extent())
	return foldPath(p)
}

// pathStep binds one step: a property, or an index in brackets.
func (b *binder) pathStep(x ast.Expr, e env) (plan.Step, bool) {
	if m, ok := x.(*ast.Member); ok {
		name, ok := m.Selector.(*ast.Name)
		if !ok {
			b.errorf(m.Selector.Extent(), "GW051", "", "a function cannot be a property")
			return plan.Step{}, false
		}
		return plan.Step{Name: name.Text}, name.Text != ""
	}
	i := x.(*ast.Index).I
	index := b.expr(i, e)
	switch index.Type() {
	case value.Invalid:
		return plan.Step{}, false
	case value.String:
		if v, ok := constant(index); ok && v.Text() != "" {
			return plan.Step{Name: v.Text()}, true
		}
		return plan.Step{Index: index}, true
	case value.Long:
		return plan.Step{Index: index}, true
	case value.Int:
		return plan.Step{Index: b.convert(index, value.Long, i.Extent())}, true
	case value.Dynamic:
		return plan.Step{Index: b.convert(index, value.String, i.Extent())}, true
	}
	b.errorf(i.Extent(), "KS141", "", "an index is a string or a whole number, not a %s", index.Type())
	return plan.Step{}, false
}

// foldPath reads into a constant.
func foldPath(p *plan.Path) plan.Expr {
	v, ok := constant(p.Base)
	if !ok {
		return p
	}
	for _, s := range p.Steps {
		if s.Name != "" {
			v = v.Property(s.Name)
			continue
		}
		i, ok := constant(s.Index)
		switch {
		case !ok:
			return p
		case i.Type() == value.Long:
			v = v.Element(i.Int())
		default:
			v = v.Property(i.Text())
		}
	}
	return &plan.Const{Value: v}
}

// operator applies an operator of the catalogue; s is its place.
func (b *binder) operator(name string, s token.Span, args ...plan.Expr) plan.Expr {
	f, ok := function.Lookup(name)
	if !ok {
		b.errorf(s, "GW020", "", "the operator %s is not supported yet", name)
		return broken()
	}
	return b.apply(f, s, args, nil)
}
