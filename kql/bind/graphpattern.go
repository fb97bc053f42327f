package bind

import (
	"strings"

	"github.com/glasswatch/glasswatch/kql/ast"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/token"
	"github.com/glasswatch/glasswatch/kql/value"
)

// maxLinks bounds the edges of a pattern.
const maxLinks = 200

// graphPattern is what the names of a graph pattern mean while the expressions over it are bound. The columns of its row have
// names that no query can write; those of the element that all, any or map is at have their own.
type graphPattern struct {
	match    *plan.Match
	elements map[string]element
	nodes    int // properties of a node

	inside bool // there is an element whose properties are named directly,
	inner  bool // a node, not an edge,
	link   int  // of this link

	whole bool  // an element as a whole is a value, the bag of its properties
	bare  []int // links with a range whose properties were read outside of all, any and map
}

// element is a node of a pattern or an edge.
type element struct {
	edge bool
	at   int // position in Match.Points or Match.Links
}

// graphMatch binds graph-match and graph-shortest-paths.
func (b *binder) graphMatch(op *ast.GraphMatch, in plan.Node, e env) plan.Node {
	n := &plan.Match{Input: in}
	p := &graphPattern{match: n, elements: map[string]element{}, nodes: len(plan.NodeColumns(in))}
	if !b.matchOptions(op, n) || !b.patternElements(op, p, e) || !b.patternShape(op, n) || !b.grown(n.Width(), op.Span) {
		return nil
	}
	inner := env{e.names, &row{cols: p.columns(), pattern: p}}
	before := b.errors
	for _, x := range operands(op.Where, nil) {
		b.matchCondition(n, p, x, inner)
	}
	if len(op.Project) == 0 {
		b.errorf(op.Span, "KS006", "write project, and the properties that are wanted: project Name = node.property", "the columns of the result are missing")
		return nil
	}
	var c columns
	p.whole = true
	for _, x := range op.Project {
		b.matchColumn(&c, p, x, inner)
	}
	if b.errors > before {
		return nil
	}
	for _, o := range c.list {
		n.Cols = append(n.Cols, plan.Column{Name: o.name, Type: o.expr.Type()})
		n.Exprs = append(n.Exprs, o.expr)
	}
	return n
}

func (b *binder) matchOptions(op *ast.GraphMatch, n *plan.Match) bool {
	if op.Shortest {
		n.Choice, n.Cycles = plan.AnyShortest, plan.NoCycles
	}
	for _, o := range op.Options {
		text, s := optionText(o)
		switch {
		case (o.Name == "output") != op.Shortest:
			b.errorf(o.Span, "KS198", "", "this operator has no option %s", o.Name)
			return false
		case o.Name == "output" && text == "all":
			n.Choice = plan.AllShortest
		case o.Name == "output" && text == "any", o.Name == "cycles" && text == "unique_edges":
		case o.Name == "output":
			b.errorf(s, "KS005", "", "expected any or all, got %q", text)
			return false
		case text == "all":
			n.Cycles = plan.AllCycles
		case text == "none":
			n.Cycles = plan.NoCycles
		default:
			b.errorf(s, "KS005", "", "expected all, none or unique_edges, got %q", text)
			return false
		}
	}
	return true
}

// patternElements numbers the nodes and edges of a pattern and gives them their columns.
func (b *binder) patternElements(op *ast.GraphMatch, p *graphPattern, e env) bool {
	n, width := p.match, 0
	nodeWidth, edgeWidth := p.nodes+len(plan.NodeExtras), len(plan.EdgeColumns(n.Input))
	for _, sequence := range op.Pattern {
		last := -1
		for i := 0; i < len(sequence); i += 2 {
			x := sequence[i]
			at := len(n.Points)
			point := plan.Point{At: width}
			if x.Name != nil {
				known, ok := p.elements[x.Name.Text]
				switch {
				case ok && known.edge:
					b.errorf(x.Name.Span, "KS201", "give it another name", "%s is an edge of the pattern already", x.Name.Text)
					return false
				case ok:
					at = known.at
				}
				point.Name = x.Name.Text
				p.elements[x.Name.Text] = element{at: at}
			}
			if at == len(n.Points) {
				n.Points = append(n.Points, point)
				width += nodeWidth
			}
			if i > 0 {
				l := sequence[i-1]
				link := plan.Link{From: last, To: at, Forward: l.Right || !l.Left, Backward: l.Left || !l.Right, Min: 1, Max: 1, At: width}
				if !b.patternLink(l, &link, p, e) {
					return false
				}
				if len(n.Links) == maxLinks {
					b.errorf(l.Span, "GW003", "", "a pattern has more than %d edges", maxLinks)
					return false
				}
				if n.Links = append(n.Links, link); !link.Range {
					width += edgeWidth
				}
			}
			last = at
		}
	}
	return true
}

// patternLink names an edge and finds its length.
func (b *binder) patternLink(x *ast.PatternElement, l *plan.Link, p *graphPattern, e env) bool {
	if x.Name != nil {
		if _, ok := p.elements[x.Name.Text]; ok {
			b.errorf(x.Name.Span, "KS201", "give it another name; sequences share nodes, not edges", "the pattern has an element %s already", x.Name.Text)
			return false
		}
		l.Name = x.Name.Text
		p.elements[l.Name] = element{edge: true, at: len(p.match.Links)}
	}
	if x.Min == nil {
		return true
	}
	l.Range = true
	var ok [2]bool
	l.Min, ok[0] = b.whole(x.Min, e, "the length of an edge")
	l.Max, ok[1] = b.whole(x.Max, e, "the length of an edge")
	if ok[0] && ok[1] && l.Min > l.Max {
		b.errorf(x.Min.Extent().To(x.Max.Extent()), "GW065", "", "the least length of the edge, %d, is greater than the greatest, %d", l.Min, l.Max)
		return false
	}
	return ok[0] && ok[1]
}

// patternShape refuses patterns that do not hang together, and for shortest paths those that are no path.
func (b *binder) patternShape(op *ast.GraphMatch, n *plan.Match) bool {
	part := make([]int, len(n.Points))
	for i := range part {
		part[i] = i
	}
	ranges := 0
	for _, l := range n.Links {
		if l.Range {
			ranges++
		}
		if from, to := part[l.From], part[l.To]; from != to {
			for i := range part {
				if part[i] == to {
					part[i] = from
				}
			}
		}
	}
	for _, p := range part {
		if p != part[0] {
			b.errorf(op.Span, "GW065", "let them share a node's name: (a)-->(b), (b)-->(c)", "the sequences of the pattern are not connected")
			return false
		}
	}
	if !op.Shortest {
		return true
	}
	last := op.Pattern[len(op.Pattern)-1]
	switch {
	case len(op.Pattern) > 1:
		b.errorf(last[0].Span, "GW065", "use graph-match", "graph-shortest-paths takes one sequence")
	case ranges == 0:
		b.errorf(op.Span, "GW065", "write -[name*1..5]->, or use graph-match", "graph-shortest-paths needs an edge of variable length")
	case len(n.Points) != len(n.Links)+1:
		b.errorf(op.Span, "GW065", "use graph-match for cycles", "a path of graph-shortest-paths does not come back to a node")
	default:
		return true
	}
	return false
}

// columns are the columns of the row that expressions see.
func (p *graphPattern) columns() []plan.Column {
	out := make([]plan.Column, p.match.Width())
	put := func(at int, element string, cols []plan.Column) {
		for i, c := range cols {
			out[at+i] = plan.Column{Name: stepName(element, c.Name), Type: c.Type, Hidden: true}
		}
	}
	nodes, edges := plan.NodeRow(p.match.Input), plan.EdgeColumns(p.match.Input)
	for _, x := range p.match.Points {
		put(x.At, x.Name, nodes)
	}
	for _, x := range p.match.Links {
		if !x.Range {
			put(x.At, x.Name, edges)
		}
	}
	return out
}

// operands are the operands of the outermost "and"; none of no expression.
func operands(x ast.Expr, out []ast.Expr) []ast.Expr {
	switch n := x.(type) {
	case nil:
		return out
	case *ast.Paren:
		if inner := operands(n.X, nil); len(inner) > 1 {
			return append(out, inner...)
		}
	case *ast.Binary:
		if n.Op == "and" {
			var right []ast.Expr
			for x = n; ; {
				and, ok := x.(*ast.Binary)
				if !ok || and.Op != "and" {
					break
				}
				right = append(right, and.Y)
				x = and.X
			}
			out = operands(x, out)
			for i := len(right) - 1; i >= 0; i-- {
				out = operands(right[i], out)
			}
			return out
		}
	}
	return append(out, x)
}

// matchCondition binds one condition. Where it reads properties of an edge of variable length, all its edges must meet it.
func (b *binder) matchCondition(n *plan.Match, p *graphPattern, x ast.Expr, e env) {
	p.bare = nil
	cond := b.expr(x, e)
	switch cond.Type() {
	case value.Bool:
	case value.Invalid:
		return
	default:
		b.errorf(x.Extent(), "KS141", "compare it with something", "the condition must be a bool, not a %s", cond.Type())
		return
	}
	n.Conds = append(n.Conds, b.along(p, plan.AlongAll, cond, x))
}

// matchColumn binds one column of the result. What depends on an edge of variable length is a dynamic.
func (b *binder) matchColumn(c *columns, p *graphPattern, x ast.Expr, e env) {
	p.bare = nil
	named, ok := x.(*ast.Named)
	if ok {
		x = named.X
	}
	v := b.expr(x, e)
	if isBroken(v) {
		return
	}
	v = b.along(p, plan.AlongMap, v, x)
	if p.varies(v) && v.Type() != value.Dynamic {
		v = b.wrapped(v, x.Extent())
	}
	switch {
	case ok && len(named.Names) != 1:
		b.errorf(named.Names[0].Span, "KS149", "", "the expression does not have several values to name")
	case ok:
		_, isColumn := v.(*plan.Col)
		b.declare(c, named.Names[0].Text, v, named.Names[0].Span, isColumn)
	default:
		name, ok := p.resultName(x)
		if !ok || name == "" {
			name = b.columnName(projecting, e)
		}
		c.add(name, v, false)
	}
}

// along computes x for each edge of the link whose properties it reads directly.
func (b *binder) along(p *graphPattern, kind plan.AlongKind, x plan.Expr, at ast.Expr) plan.Expr {
	if len(p.bare) == 0 || isBroken(x) {
		return x
	}
	for _, l := range p.bare {
		if l != p.bare[0] {
			b.errorf(at.Extent(), "GW065", "use map(edge, property) for one of them", "the edges %s and %s have different lengths", p.match.Links[l].Name, p.match.Links[p.bare[0]].Name)
			return broken()
		}
	}
	return &plan.Along{Kind: kind, Link: p.bare[0], X: x}
}

// varies reports whether an expression depends on an edge of variable length.
func (p *graphPattern) varies(x plan.Expr) bool {
	found := false
	plan.WalkExpr(x, func(x plan.Expr) bool {
		a, ok := x.(*plan.Along)
		found = found || ok && p.match.Links[a.Link].Range
		return !found
	})
	return found
}

// resultName is resultName, but that a function takes the name of a property without its element's.
func (p *graphPattern) resultName(x ast.Expr) (string, bool) {
	call, ok := x.(*ast.Call)
	if !ok {
		return resultName(x)
	}
	return callName(call, func(x ast.Expr) (string, bool) {
		if m, ok := x.(*ast.Member); ok {
			if name, ok := m.X.(*ast.Name); ok {
				if _, ok := p.elements[name.Text]; ok {
					return resultName(m.Selector)
				}
			}
		}
		return p.resultName(x)
	})
}

// elementOf returns the element that an expression names, unless a property of the element at hand hides it.
func (b *binder) elementOf(x ast.Expr, e env) (element, bool) {
	name, ok := x.(*ast.Name)
	if !ok || e.row == nil || e.row.pattern == nil || find(e.row.cols, name.Text) >= 0 {
		return element{}, false
	}
	found, ok := e.row.pattern.elements[name.Text]
	return found, ok
}

// elementProperty binds element.property, the first step of a path; ok is false where base is no element.
func (b *binder) elementProperty(base, step ast.Expr, e env) (x plan.Expr, ok bool) {
	el, ok := b.elementOf(base, e)
	if !ok {
		return nil, false
	}
	var name *ast.Name
	switch s := step.(type) {
	case *ast.Member:
		name, _ = s.Selector.(*ast.Name)
	case *ast.Index:
		if l, ok := s.I.(*ast.Literal); ok && l.Value.Type() == value.String {
			name = &ast.Name{Span: l.Span, Text: l.Value.Text()}
		}
	}
	if name == nil {
		b.errorf(step.Extent(), "KS147", "write "+ast.Text(base)+".property", "an element of a pattern has properties only")
		return broken(), true
	}
	return b.propertyOf(el, name, e), true
}

// propertyOf binds one property of an element.
func (b *binder) propertyOf(el element, name *ast.Name, e env) plan.Expr {
	p := e.row.pattern
	cols := plan.NodeColumns(p.match.Input)
	if el.edge {
		cols = plan.EdgeColumns(p.match.Input)
	}
	i := find(cols, name.Text)
	switch {
	case i >= 0:
	case isOpen(cols) || name.Text == "":
		return broken()
	case isGuess(cols):
		b.wantColumn(name.Text)
		return broken()
	default:
		what, near := "nodes", make([]string, len(cols))
		if el.edge {
			what = "edges"
		}
		for k, c := range cols {
			near[k] = c.Name
		}
		b.errorf(name.Span, "KS142", didYouMean(name.Text, near), "the %s of the graph have no property %q", what, name.Text)
		return broken()
	}
	at, ok := b.position(el, name, e)
	if !ok {
		return broken()
	}
	return &plan.Col{Index: at + i, Typ: cols[i].Type}
}

// unqualified reports the name of a property that lacks its element's.
func (b *binder) unqualified(x *ast.Name, p *graphPattern) bool {
	if p.match == nil || find(p.match.Input.Columns(), x.Text) < 0 {
		return false
	}
	b.errorf(x.Span, "KS142", "write element."+ast.Text(x), "%q is a property; whose, is not said", x.Text)
	return true
}

// onlyElements refuses what asks for all columns where a pattern has elements instead.
func (b *binder) onlyElements(s token.Span, e env) bool {
	if e.row == nil || e.row.pattern == nil || e.row.pattern.inside {
		return false
	}
	b.errorf(s, "GW065", "name properties: element.property", "the elements of a pattern have properties; there are no columns here")
	return true
}

// position is where the columns of an element begin. Of an edge of variable length it is the edge that all, any or map is
// at, or outside of these each of its edges.
func (b *binder) position(el element, x ast.Expr, e env) (at int, ok bool) {
	p := e.row.pattern
	if !el.edge {
		return p.match.Points[el.at].At, true
	}
	l := p.match.Links[el.at]
	switch {
	case !l.Range:
		return l.At, true
	case !p.inside:
		p.bare = append(p.bare, el.at)
	case p.inner || p.link != el.at:
		b.errorf(x.Extent(), "GW065", "use map("+l.Name+", property)", "%s is an edge of variable length: it has no one property here", l.Name)
		return 0, false
	}
	return p.match.Width(), true
}

// elementBag binds an element as a whole: the bag of its properties.
func (b *binder) elementBag(el element, x *ast.Name, e env) plan.Expr {
	p := e.row.pattern
	if !p.whole {
		b.errorf(x.Span, "GW065", "name a property: "+ast.Text(x)+".property; whether it is the same node tells node_id("+ast.Text(x)+")", "%s is an element of the pattern, not a value", x.Text)
		return broken()
	}
	at, ok := b.position(el, x, e)
	if !ok {
		return broken()
	}
	cols := plan.NodeColumns(p.match.Input)
	if el.edge {
		cols = plan.EdgeColumns(p.match.Input)
	}
	args := []plan.Expr{&plan.Const{Value: value.NewBool(false)}}
	for i, c := range cols {
		if !c.Hidden {
			args = append(args, &plan.Const{Value: value.NewString(c.Name)}, &plan.Col{Index: at + i, Typ: c.Type})
		}
	}
	call := &ast.Call{Span: x.Span}
	return b.pack("pack_all", call, args, nil)
}

// graphCall binds the functions of graphs, and refuses those of all columns; ok is false for others.
func (b *binder) graphCall(x *ast.Call, e env) (result plan.Expr, ok bool) {
	p := e.row.pattern
	switch name := x.Name.Text; name {
	case "all", "any", "map":
		if p.match == nil {
			break
		}
		kind := map[string]plan.AlongKind{"all": plan.AlongAll, "any": plan.AlongAny, "map": plan.AlongMap}[name]
		return b.alongCall(kind, x, e), true
	case "node_id":
		return b.nodeExtra(0, x, e), true
	case "node_degree_in":
		return b.nodeExtra(1, x, e), true
	case "node_degree_out":
		return b.nodeExtra(2, x, e), true
	case "labels":
		if len(x.Args) == 0 && p.inside {
			return noLabels(), true
		}
		if len(x.Args) == 1 && p.match != nil {
			if _, ok := b.elementOf(x.Args[0], e); ok {
				return noLabels(), true
			}
		}
		b.errorf(x.Span, "KS119", "write labels(element)", "labels needs an element of the pattern")
		return broken(), true
	case "pack_all", "column_ifexists", "columnifexists", "iscolumnexists":
		return broken(), b.onlyElements(x.Span, e)
	case "estimate_data_size":
		if len(x.Args) == 1 && isStar(x.Args[0]) {
			return broken(), b.onlyElements(x.Span, e)
		}
	}
	return nil, false
}

// noLabels are the labels of an element: a graph that a query makes has none.
func noLabels() plan.Expr { return &plan.Const{Value: value.NewDynamic([]any{})} }

// nodeExtra binds a function of a node: the one that is named, or the one at hand.
func (b *binder) nodeExtra(extra int, x *ast.Call, e env) plan.Expr {
	p := e.row.pattern
	typ := plan.NodeExtras[extra].Type
	switch {
	case len(x.Args) == 0 && p.inner:
		return &plan.Col{Index: len(e.row.cols) - len(plan.NodeExtras) + extra, Typ: typ}
	case len(x.Args) == 1 && p.match != nil:
		if el, ok := b.elementOf(x.Args[0], e); ok && !el.edge {
			return &plan.Col{Index: p.match.Points[el.at].At + p.nodes + extra, Typ: typ}
		}
	}
	b.errorf(x.Span, "KS119", "write "+x.Name.Text+"(node), or inside of inner_nodes(edge) "+x.Name.Text+"()", "%s needs a node of the pattern", x.Name.Text)
	return broken()
}

// alongCall binds all, any and map.
func (b *binder) alongCall(kind plan.AlongKind, x *ast.Call, e env) plan.Expr {
	if len(x.Args) != 2 {
		b.errorf(x.Span, "KS119", "write "+kind.String()+"(edge, expression)", "the function %s expects 2 arguments, not %d", kind, len(x.Args))
		return broken()
	}
	of := x.Args[0]
	inner := false
	if call, ok := of.(*ast.Call); ok && call.Name.Text == "inner_nodes" && len(call.Args) == 1 {
		of, inner = call.Args[0], true
	}
	el, ok := b.elementOf(of, e)
	if !ok || !el.edge {
		b.errorf(of.Extent(), "GW065", "write "+kind.String()+"(edge, ...) or "+kind.String()+"(inner_nodes(edge), ...)", "%s goes along an edge of the pattern", kind)
		return broken()
	}
	p := *e.row.pattern
	p.inside, p.inner, p.link, p.whole = true, inner, el.at, true
	cols := plan.EdgeColumns(p.match.Input)
	if inner {
		cols = plan.NodeRow(p.match.Input)
	}
	outer := e.row.cols[:p.match.Width():p.match.Width()]
	body := b.expr(x.Args[1], env{e.names, &row{cols: append(outer, cols...), pattern: &p}})
	switch t := body.Type(); {
	case t == value.Invalid:
		return broken()
	case kind != plan.AlongMap && t != value.Bool:
		b.errorf(x.Args[1].Extent(), "KS107", "compare it with something", "a value of type bool is expected, not a %s", t)
		return broken()
	}
	return &plan.Along{Kind: kind, Link: el.at, Inner: inner, X: body}
}

// isGraphFunction reports a function that has a meaning over a graph only.
func isGraphFunction(name string) bool {
	switch name {
	case "all", "any", "map", "inner_nodes", "labels", "node_id", "node_degree_in", "node_degree_out":
		return true
	}
	return false
}

// graphFunction reports a function of graphs at another place.
func (b *binder) graphFunction(x *ast.Call) {
	hint := "it belongs to graph-match and graph-shortest-paths"
	if x.Name.Text == "inner_nodes" {
		hint = "it is the first argument of all, any and map in graph-match and graph-shortest-paths"
	} else if strings.HasPrefix(x.Name.Text, "node_") {
		hint += ", and to graph-where-nodes"
	}
	b.errorf(x.Name.Span, "KS211", hint, "the function %s has no meaning here", x.Name.Text)
}
