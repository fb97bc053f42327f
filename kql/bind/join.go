package bind

import (
	"strconv"

	"github.com/glasswatch/glasswatch/kql/ast"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/token"
	"github.com/glasswatch/glasswatch/kql/value"
)

// joinKinds are the spellings of the kinds of join.
var joinKinds = map[string]plan.JoinKind{
	"innerunique": plan.InnerUnique, "inner": plan.Inner, "leftouter": plan.LeftOuter, "rightouter": plan.RightOuter, "fullouter": plan.FullOuter,
	"leftsemi": plan.LeftSemi, "rightsemi": plan.RightSemi, "leftanti": plan.LeftAnti, "leftantisemi": plan.LeftAnti, "anti": plan.LeftAnti,
	"rightanti": plan.RightAnti, "rightantisemi": plan.RightAnti,
}

// join binds join and lookup.
func (b *binder) join(op *ast.Join, in plan.Node, e env) plan.Node {
	kind, ok := b.joinKind(op)
	right := b.table(op.Right, env{names: e.names})
	if right == nil || !ok {
		return nil
	}
	n := &plan.Join{Left: in, Right: right, Kind: kind}
	for _, x := range op.On {
		b.joinOn(n, x, op.Lookup)
	}
	if len(n.LeftKeys) == 0 {
		if b.errors > 0 || !isOpen(in.Columns()) && !isOpen(right.Columns()) {
			return nil // reported by the parser or above
		}
		return b.openNode(n, joinColumns(n, op.Lookup), false) // perhaps columns; see open.go
	}
	switch kind.OneSided() {
	case "left":
		n.Cols = in.Columns()
	case "right":
		n.Cols = right.Columns()
	default:
		n.Cols = joinColumns(n, op.Lookup)
	}
	if op.Lookup {
		return withoutKeys(n)
	}
	return n
}

func (b *binder) joinKind(op *ast.Join) (plan.JoinKind, bool) {
	kind, ok := plan.InnerUnique, true
	name := "join"
	if op.Lookup {
		kind, name = plan.LeftOuter, "lookup"
	}
	for _, o := range op.Options {
		switch {
		case o.Name == "kind":
			text, s := optionText(o)
			k, known := joinKinds[text]
			if !known || op.Lookup && k != plan.LeftOuter && k != plan.Inner {
				b.errorf(s, "KS005", joinHint(text, op.Lookup), "%s has no kind %q", name, text)
				ok = false
				continue
			}
			kind = k
		case len(o.Name) < 5 || o.Name[:5] != "hint.":
			b.warn(o.Span, "KS179", "", "%s has no option %s", name, o.Name)
		}
	}
	return kind, ok
}

func joinHint(text string, lookup bool) string {
	if lookup {
		return "the kinds of lookup are leftouter and inner"
	}
	names := make([]string, 0, len(joinKinds))
	for k := range joinKinds {
		names = append(names, k)
	}
	if near := token.Nearest(text, names); near != "" {
		return "did you mean " + near + "?"
	}
	return "the kinds are inner, innerunique, leftouter, rightouter, fullouter, leftsemi, rightsemi, leftanti and rightanti"
}

// joinOn adds the keys of one condition: a common column, $left.a == $right.b, or several joined by and.
func (b *binder) joinOn(n *plan.Join, x ast.Expr, lookup bool) {
	switch x := x.(type) {
	case *ast.Paren:
		b.joinOn(n, x.X, lookup)
		return
	case *ast.Name:
		b.joinCommon(n, x)
		return
	case *ast.Bad:
		return
	case *ast.Binary:
		switch x.Op {
		case "and":
			b.joinOn(n, x.X, lookup)
			b.joinOn(n, x.Y, lookup)
			return
		case "==":
			b.joinPair(n, x)
			return
		}
	}
	b.errorf(x.Extent(), "KS182", "", "a condition of a join is a column of both tables, or $left.a == $right.b")
}

func (b *binder) joinCommon(n *plan.Join, x *ast.Name) {
	left, right := n.Left.Columns(), n.Right.Columns()
	i, j := find(left, x.Text), find(right, x.Text)
	switch {
	case i < 0 && isGuess(left), j < 0 && isGuess(right):
		b.wantColumn(x.Text)
	case i < 0 && isOpen(left), j < 0 && isOpen(right): // perhaps a column; see open.go
	case i < 0 && j < 0:
		b.errorf(x.Span, "KS142", didYouMean(x.Text, append(columnNames(left), columnNames(right)...)), "there is no column %q", x.Text)
	case i < 0 || j < 0:
		side, of := "left", right
		if j < 0 {
			side, of = "right", left
		}
		hint := "write $left.a == $right.b for columns of different names"
		if near := didYouMean(x.Text, columnNames(of)); near != "" && near != "did you mean "+x.Text+"?" {
			hint = near
		}
		b.errorf(x.Span, "KS145", hint, "the column %s is missing on the %s side of the join", x.Text, side)
	case left[i].Type != right[j].Type:
		b.errorf(x.Span, "KS227", "convert one of them before the join: extend "+x.Text+" = "+conversion(left[i].Type)+"("+x.Text+")",
			"the column %s is a %s on the left side and a %s on the right side", x.Text, left[i].Type, right[j].Type)
	default:
		b.joinKey(n, i, j, x.Span)
	}
}

func columnNames(cols []plan.Column) []string {
	names := make([]string, len(cols))
	for i, c := range cols {
		names[i] = c.Name
	}
	return names
}

// joinPair binds $left.a == $right.b, the sides in either order.
func (b *binder) joinPair(n *plan.Join, x *ast.Binary) {
	a, c := x.X, x.Y
	if sideOf(a) == "$right" && sideOf(c) == "$left" {
		a, c = c, a
	}
	i, ok := b.joinSide(a, "$left", n.Left.Columns())
	j, ok2 := b.joinSide(c, "$right", n.Right.Columns())
	if ok && ok2 {
		b.joinKey(n, i, j, x.Span)
	}
}

// sideOf returns $left or $right of $left.column.
func sideOf(x ast.Expr) string {
	if m, ok := x.(*ast.Member); ok {
		if side, ok := m.X.(*ast.Name); ok {
			return side.Text
		}
	}
	return ""
}

func (b *binder) joinSide(x ast.Expr, side string, cols []plan.Column) (int, bool) {
	for {
		p, ok := x.(*ast.Paren)
		if !ok {
			break
		}
		x = p.X
	}
	m, _ := x.(*ast.Member)
	var name *ast.Name
	if m != nil && sideOf(m) == side {
		name, _ = m.Selector.(*ast.Name)
	}
	if name == nil {
		b.errorf(x.Extent(), "KS183", "compute it with extend before the join", "%s.column is expected here", side)
		return 0, false
	}
	i := find(cols, name.Text)
	if i < 0 && isGuess(cols) {
		b.wantColumn(name.Text)
		return 0, false
	}
	if i < 0 && !isOpen(cols) {
		b.errorf(name.Span, "KS142", didYouMean(name.Text, columnNames(cols)), "there is no column %q on the %s side of the join", name.Text, side[1:])
	}
	return i, i >= 0
}

// joinKey adds a pair of keys. Whole numbers of different sizes compare; other types must be the same.
func (b *binder) joinKey(n *plan.Join, i, j int, s token.Span) {
	left := &plan.Col{Index: i, Typ: n.Left.Columns()[i].Type}
	right := &plan.Col{Index: j, Typ: n.Right.Columns()[j].Type}
	var l, r plan.Expr = left, right
	switch {
	case left.Typ == value.Dynamic || right.Typ == value.Dynamic:
		b.errorf(s, "KS241", "convert it before the join: extend key = tostring(...)", "a dynamic cannot be the key of a join")
		return
	case left.Typ == value.Int && right.Typ == value.Long:
		l = b.convert(left, value.Long, s)
	case left.Typ == value.Long && right.Typ == value.Int:
		r = b.convert(right, value.Long, s)
	case left.Typ != right.Typ:
		b.errorf(s, "KS242", "convert one of them before the join", "a %s cannot be joined with a %s", left.Typ, right.Typ)
		return
	}
	n.LeftKeys, n.RightKeys = append(n.LeftKeys, l), append(n.RightKeys, r)
}

// joinColumns are the columns of both sides. A column of the right side whose name the left one has gets the first number
// that neither side uses.
func joinColumns(n *plan.Join, lookup bool) []plan.Column {
	left, right := n.Left.Columns(), n.Right.Columns()
	cols := make([]plan.Column, 0, len(left)+len(right))
	taken := make(map[string]bool, len(left)+len(right))
	onLeft := make(map[string]bool, len(left))
	shown := make(map[string]bool, len(right))
	for _, c := range right {
		shown[c.Name] = !c.Hidden
	}
	for _, c := range left {
		if c.Hidden && shown[c.Name] { // a hidden column makes no visible one change its name
			c.Name = obscured(c.Name)
		}
		taken[c.Name], onLeft[c.Name] = true, true
		cols = append(cols, c)
	}
	keys := map[int]bool{}
	if lookup {
		keys = keyColumns(n)
	}
	for i, c := range right {
		if !keys[i] {
			taken[c.Name] = true
		}
	}
	for i, c := range right {
		if onLeft[c.Name] && !keys[i] {
			c.Name = firstFree(c.Name, taken)
			taken[c.Name] = true
		}
		cols = append(cols, c)
	}
	return cols
}

// obscured is the name of a hidden column whose own name a visible one takes.
func obscured(name string) string { return "$hidden " + name }

func firstFree(base string, taken map[string]bool) string {
	for i := 1; ; i++ {
		if name := base + strconv.Itoa(i); !taken[name] {
			return name
		}
	}
}

// keyColumns are the columns of the right side that are keys.
func keyColumns(n *plan.Join) map[int]bool {
	keys := map[int]bool{}
	for _, k := range n.RightKeys {
		if call, ok := k.(*plan.Call); ok {
			k = call.Args[0]
		}
		keys[k.(*plan.Col).Index] = true
	}
	return keys
}

// withoutKeys leaves the keys of the right side out, as lookup does.
func withoutKeys(n *plan.Join) plan.Node {
	keys, width := keyColumns(n), len(n.Left.Columns())
	refs := references(n.Cols)
	var out columns
	out.grow(len(n.Cols))
	for i, c := range n.Cols {
		if i < width || !keys[i-width] {
			out.list = append(out.list, output{name: c.Name, expr: &refs[i], hidden: c.Hidden})
		}
	}
	// The keys keep the names of the left side below the projection; a node's names are distinct.
	taken := map[string]bool{}
	for _, c := range n.Cols {
		taken[c.Name] = true
	}
	for i := range n.Cols[width:] {
		if c := &n.Cols[width+i]; keys[i] {
			c.Name = firstFree(c.Name, taken)
			taken[c.Name] = true
		}
	}
	return out.project(n)
}
