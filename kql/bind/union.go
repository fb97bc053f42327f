package bind

import (
	"slices"
	"strconv"
	"strings"

	"github.com/glasswatch/glasswatch/kql/ast"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/token"
	"github.com/glasswatch/glasswatch/kql/value"
)

// leg is one input of a union, and the name that withsource= gives its rows.
type leg struct {
	node plan.Node
	name string
}

func (b *binder) union(op *ast.Union, in plan.Node, e env) plan.Node {
	options, ok := b.unionOptions(op)
	if !ok {
		return nil
	}
	var legs []leg
	if in != nil {
		legs = append(legs, leg{in, sourceName(in, 0)})
	}
	failed := false
	for _, x := range op.Tables {
		more, ok := b.legs(x, options.fuzzy, len(legs), e)
		legs = append(legs, more...)
		failed = failed || !ok
	}
	switch {
	case failed:
		return nil
	case len(legs) == 0:
		b.errorf(op.Span, "KS204", "", "no table of the union is known")
		return nil
	}
	return b.unite(legs, options)
}

type unionOptions struct {
	inner, fuzzy bool
	source       string // column with the table's name
	span         token.Span
}

func (b *binder) unionOptions(op *ast.Union) (unionOptions, bool) {
	out := unionOptions{span: op.Span}
	for _, o := range op.Options {
		text, s := optionText(o)
		switch o.Name {
		case "kind":
			if text != "inner" && text != "outer" {
				b.errorf(s, "KS005", "", "expected inner or outer, got %q", text)
				return out, false
			}
			out.inner = text == "inner"
		case "withsource", "with_source":
			out.source = text
		case "isfuzzy":
			out.fuzzy = text == "true"
		default:
			if len(o.Name) < 5 || o.Name[:5] != "hint." {
				b.errorf(o.Span, "KS198", "", "union has no option %s", o.Name)
				return out, false
			}
		}
	}
	return out, true
}

// legs binds one element of the list of tables, which may be a pattern; ok is false after an error.
func (b *binder) legs(x ast.Expr, fuzzy bool, n int, e env) (out []leg, ok bool) {
	switch x := x.(type) {
	case *ast.Pattern:
		return b.patternLegs(x, fuzzy, e)
	case *ast.Star:
		return b.patternLegs(&ast.Pattern{Span: x.Span, Text: "*"}, fuzzy, e)
	}
	if n := leftmost(x); fuzzy && n != nil && e.names.lookup(n.Text) == nil && (b.Catalog == nil || b.Catalog.Table(n.Text) == nil) {
		b.warn(n.Span, "KS205", "", "there is no table %q; it is left out", n.Text)
		return nil, true
	}
	if x, ok := x.(*ast.Name); ok {
		node := b.source(x, e)
		return []leg{{node, x.Text}}, node != nil
	}
	node := b.table(x, env{names: e.names})
	if node == nil {
		return nil, false
	}
	name := sourceName(node, n)
	if as := lastAs(x); as != "" {
		name = as
	}
	return []leg{{node, name}}, true
}

// leftmost returns the name of the table that an expression begins with, nil where it begins with something else.
func leftmost(x ast.Expr) *ast.Name {
	for {
		switch n := x.(type) {
		case *ast.Name:
			return n
		case *ast.Paren:
			x = n.X
		case *ast.Pipe:
			if n.Source == nil {
				return nil
			}
			x = n.Source
		case *ast.Member:
			if !isRemote(n) {
				return nil
			}
			x = n.Selector
		default:
			return nil
		}
	}
}

// lastAs returns the name that the last operator of an expression gives it.
func lastAs(x ast.Expr) string {
	for {
		p, ok := x.(*ast.Paren)
		if !ok {
			break
		}
		x = p.X
	}
	if p, ok := x.(*ast.Pipe); ok && len(p.Ops) > 0 {
		if as, ok := p.Ops[len(p.Ops)-1].(*ast.As); ok {
			return as.Name.Text
		}
	}
	return ""
}

// patternLegs returns the tables and tabular lets whose names match; Kusto takes lets only when they are views.
func (b *binder) patternLegs(x *ast.Pattern, fuzzy bool, e env) ([]leg, bool) {
	var out []leg
	if b.Catalog != nil {
		for _, name := range b.Catalog.TableNames() {
			if wildcard(x.Text, name) {
				out = append(out, leg{b.scan(name), name})
			}
		}
	}
	views := e.names.list(func(e *entry) bool { return e.fn != nil && e.fn.View && len(e.fn.Params) == 0 })
	slices.Sort(views)
	for _, name := range slices.Compact(views) {
		if entry := e.names.lookup(name); entry.fn != nil && entry.fn.View && wildcard(x.Text, name) {
			node := b.inlineTable(entry, name, nil, x.Span, e)
			if node == nil {
				return nil, false
			}
			out = append(out, leg{node, name})
		}
	}
	if len(out) > 0 {
		return out, true
	}
	if fuzzy {
		b.warn(x.Span, "KS205", "", "no table matches %s; it is left out", x.Text)
		return nil, true
	}
	b.errorf(x.Span, "KS204", "", "no table matches %s", x.Text)
	return nil, false
}

// sourceName is the stored table that a node reads, else union_argN.
func sourceName(n plan.Node, position int) string {
	for {
		switch node := n.(type) {
		case *plan.Scan:
			return node.Table.Name
		case *plan.Filter:
			n = node.Input
		case *plan.Project:
			n = node.Input
		case *plan.Take:
			n = node.Input
		case *plan.Sort:
			n = node.Input
		case *plan.Distinct:
			n = node.Input
		default:
			return "union_arg" + strconv.Itoa(position)
		}
	}
}

// unite gives all legs the same columns, by name and type, and concatenates them.
func (b *binder) unite(legs []leg, o unionOptions) plan.Node {
	u := &plan.Union{}
	if o.source != "" {
		u.Cols = append(u.Cols, plan.Column{Name: o.source, Type: value.String})
	}
	taken := columns{}
	for _, c := range u.Cols {
		taken.list = append(taken.list, output{name: c.Name})
	}
	var cols []unifiedColumn
	for _, c := range unified(legs, o.inner) {
		if c.part && taken.find(c.as) >= 0 {
			continue
		}
		name := taken.unique(c.as, c.as)
		taken.list = append(taken.list, output{name: name})
		cols = append(cols, c)
		u.Cols = append(u.Cols, plan.Column{Name: name, Type: c.typ, Hidden: c.hidden || c.part})
	}
	b.warnMerged(cols, o.span)
	for _, l := range legs {
		u.Inputs = append(u.Inputs, b.align(l, cols, u.Cols, o.source != ""))
	}
	return u
}

// warnMerged tells which columns may lose values: those of several types that are no text.
func (b *binder) warnMerged(cols []unifiedColumn, s token.Span) {
	var lossy []string
	for _, c := range cols {
		if c.merged && c.typ != value.String {
			lossy = append(lossy, c.name+" ("+c.typ.String()+")")
		}
	}
	if len(lossy) > 0 {
		b.warn(s, "GW057", "each type has its own column too, NAME_TYPE",
			"tables have other types for %s: what cannot be converted is null", strings.Join(lossy, ", "))
	}
}

// unifiedColumn is a column of the result: those of the legs with its name and type, or with its name alone.
type unifiedColumn struct {
	name, as string
	typ      value.Type
	hidden   bool
	merged   bool // takes the values of other types too, converted
	part     bool // the values of one type of a merged column: hidden, name_type
}

// sameName are the columns of the legs with one name.
type sameName struct {
	cols   []unifiedColumn // one a type
	legs   int             // that have a visible one
	merged bool
}

// unified lists the columns of a union: by name in the order of appearance. A name with several types becomes one column a
// type, name_type, unless the first two legs that have it agree: then it is one column of their type, as Microsoft's parser
// has it, with the columns name_type hidden behind. With inner, only the columns that all legs have. Hidden columns have no say
// in this: they come behind, and one that has another type than a visible one of its name is left out.
func unified(legs []leg, inner bool) []unifiedColumn {
	var names []string
	all := map[string]*sameName{}
	for _, hidden := range []bool{false, true} {
		for _, l := range legs {
			for _, c := range l.node.Columns() {
				if c.Hidden != hidden {
					continue
				}
				if all[c.Name] == nil {
					names = append(names, c.Name)
					all[c.Name] = &sameName{}
				}
				all[c.Name].add(c)
			}
		}
	}
	var out, parts []unifiedColumn
	for _, name := range names {
		same := all[name]
		if same.merged && len(same.cols) > 1 {
			if inner && !inAll(legs, unifiedColumn{name: name, merged: true}) {
				continue
			}
			out = append(out, unifiedColumn{name: name, as: name, typ: same.cols[0].typ, merged: true})
			for _, c := range same.cols {
				c.as, c.part = name+"_"+c.typ.String(), true
				parts = append(parts, c)
			}
			continue
		}
		for _, c := range same.cols {
			if inner && !inAll(legs, c) {
				continue
			}
			if len(same.cols) > 1 && !inner {
				c.as = name + "_" + c.typ.String()
			}
			out = append(out, c)
		}
	}
	return append(out, parts...)
}

func (s *sameName) add(c plan.Column) {
	if !c.Hidden {
		s.legs++
		s.merged = s.merged || s.legs == 2 && s.cols[0].typ == c.Type
	}
	known := slices.ContainsFunc(s.cols, func(u unifiedColumn) bool { return u.typ == c.Type })
	if !known && (!c.Hidden || s.legs == 0) {
		s.cols = append(s.cols, unifiedColumn{name: c.Name, as: c.Name, typ: c.Type, hidden: c.Hidden})
	}
}

func inAll(legs []leg, c unifiedColumn) bool {
	for _, l := range legs {
		if columnFor(l.node.Columns(), c) < 0 {
			return false
		}
	}
	return true
}

// columnFor is the index of the column of a leg that gives the values of c, -1 without one.
func columnFor(cols []plan.Column, c unifiedColumn) int {
	i := find(cols, c.name)
	if i >= 0 && cols[i].Type != c.typ && !c.merged {
		return -1
	}
	return i
}

// align projects a leg to the columns of the union.
func (b *binder) align(l leg, cols []unifiedColumn, to []plan.Column, source bool) plan.Node {
	in := l.node.Columns()
	refs := references(in)
	exprs := make([]plan.Expr, 0, len(to))
	if source {
		exprs = append(exprs, &plan.Const{Value: value.NewString(l.name)})
	}
	same := !source && len(in) == len(cols)
	for i, c := range cols {
		at := columnFor(in, c)
		same = same && at == i && to[i].Name == in[i].Name && to[i].Hidden == in[i].Hidden && to[i].Type == in[i].Type
		if at < 0 {
			exprs = append(exprs, &plan.Const{Value: value.Null(c.typ)})
			continue
		}
		exprs = append(exprs, b.mergeTo(&refs[at], c.typ, token.Span{}))
	}
	if same {
		return l.node
	}
	return &plan.Project{Input: l.node, Cols: to, Exprs: exprs}
}

// mergeTo converts a value to the type of a column that has values of several types: a text that becomes a dynamic is read
// as JSON, other values become a dynamic as they are, and what has no conversion is null.
func (b *binder) mergeTo(x plan.Expr, to value.Type, s token.Span) plan.Expr {
	switch from := x.Type(); {
	case to == value.Dynamic && from != value.String && from != to:
		return b.wrapped(x, s)
	case convertible(from, to):
		return b.convert(x, to, s)
	}
	return &plan.Const{Value: value.Null(to)}
}
