package bind

import (
	"github.com/glasswatch/glasswatch/kql/ast"
	"github.com/glasswatch/glasswatch/kql/function"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// packName is the column that holds what find does not give a column of its own.
const packName = "pack_"

// find binds find: like search, with the columns that are common or asked for and a bag of the others.
func (b *binder) find(op *ast.Find, e env) plan.Node {
	source := "source_"
	for _, o := range op.Options {
		text, _ := optionText(o)
		if o.Name != "withsource" && o.Name != "with_source" {
			b.errorf(o.Span, "KS198", "", "find has no option %s", o.Name)
			return nil
		}
		source = text
	}
	legs := b.withPredicateColumns(b.seekLegs(op.In, nil, op.Span, e), op.Cond)
	if legs == nil {
		return nil
	}
	filtered := make([]leg, len(legs))
	for i := range legs {
		n := b.seek(legs, i, op.Cond, false, e)
		if n == nil {
			return nil
		}
		filtered[i] = leg{n, legs[i].name}
	}
	var ok bool
	if op.Project != nil {
		ok = b.findProject(filtered, op)
	} else {
		ok = b.findSmart(filtered, namesIn(op.Cond), op)
	}
	if !ok {
		return nil
	}
	return packLast(b.unite(filtered, unionOptions{source: source, span: op.Span}))
}

// packLast moves the bag behind the columns that later tables added.
func packLast(n plan.Node) plan.Node {
	cols := n.Columns()
	refs := references(cols)
	var out, packs []output
	for i, c := range cols {
		o := output{name: c.Name, expr: &refs[i], hidden: c.Hidden}
		if c.Name == packName {
			packs = append(packs, o)
		} else {
			out = append(out, o)
		}
	}
	list := columns{list: append(out, packs...)}
	return list.project(n)
}

// withPredicateColumns leaves out the tables that have none of the columns that the predicate names.
func (b *binder) withPredicateColumns(legs []leg, cond ast.Expr) []leg {
	named := map[string]bool{}
	for _, name := range namesIn(cond) {
		for _, l := range legs {
			if find(l.node.Columns(), name) >= 0 {
				named[name] = true
			}
		}
	}
	if len(named) == 0 {
		return legs
	}
	var out []leg
	for _, l := range legs {
		for name := range named {
			if find(l.node.Columns(), name) >= 0 {
				out = append(out, l)
				break
			}
		}
	}
	return out
}

// findSmart keeps the columns that all tables have and those of the predicate, and packs the rest.
func (b *binder) findSmart(legs []leg, named []string, op *ast.Find) bool {
	keep := map[string]bool{}
	for _, name := range named {
		keep[name] = true
	}
	for _, c := range legs[0].node.Columns() {
		common := !c.Hidden
		for _, l := range legs {
			cols := l.node.Columns()
			i := find(cols, c.Name)
			common = common && i >= 0 && !cols[i].Hidden
		}
		keep[c.Name] = keep[c.Name] || common
	}
	packs := false
	types := map[string][]value.Type{}
	for _, l := range legs {
		for _, c := range l.node.Columns() {
			packs = packs || !keep[c.Name] && !c.Hidden
			types[c.Name] = append(types[c.Name], c.Type)
		}
	}
	for i := range legs {
		in := legs[i].node.Columns()
		refs := references(in)
		var out columns
		for j, c := range in {
			if keep[c.Name] && !c.Hidden {
				out.list = append(out.list, output{name: c.Name, expr: b.mergeTo(&refs[j], foundType(types[c.Name]), op.Span)})
			}
		}
		if packs && !b.packRest(&out, in, func(c plan.Column) bool { return keep[c.Name] }, op) {
			return false
		}
		legs[i].node = out.project(legs[i].node)
	}
	return true
}

// packRest adds a bag of the visible columns that skip does not name.
func (b *binder) packRest(out *columns, in []plan.Column, skip func(plan.Column) bool, op *ast.Find) bool {
	f, ok := function.Lookup("bag_pack")
	if !ok {
		panic("bind: BUG: no function bag_pack")
	}
	refs := references(in)
	var args []plan.Expr
	for i, c := range in {
		if !c.Hidden && !skip(c) {
			args = append(args, &plan.Const{Value: value.NewString(c.Name)}, &refs[i])
		}
	}
	var bag plan.Expr = &plan.Const{Value: value.NewDynamic(&value.Bag{})}
	if len(args) > 0 {
		bag = b.apply(f, op.Span, args, nil)
	}
	out.list = append(out.list, output{name: packName, expr: bag})
	return !isBroken(bag)
}

// findProject gives the columns of the list, null where a table does not have them.
func (b *binder) findProject(legs []leg, op *ast.Find) bool {
	for i := range legs {
		in := legs[i].node.Columns()
		var out columns
		listed := map[string]bool{}
		packs := false
		for _, x := range op.Project {
			if isPack(x) {
				packs = true
				continue
			}
			name, ok := b.findColumn(&out, x, legs, in)
			if !ok {
				return false
			}
			listed[name] = true
		}
		if packs && !b.packRest(&out, in, func(c plan.Column) bool { return listed[c.Name] }, op) {
			return false
		}
		legs[i].node = out.project(legs[i].node)
	}
	return true
}

// isPack recognises pack(*) and pack_all().
func isPack(x ast.Expr) bool {
	call, ok := x.(*ast.Call)
	return ok && (call.Name.Text == "pack_all" && len(call.Args) == 0 || call.Name.Text == "pack" && len(call.Args) == 1 && isStar(call.Args[0]))
}

// findColumn adds one column of the list: name, or name: type.
func (b *binder) findColumn(out *columns, x ast.Expr, legs []leg, in []plan.Column) (string, bool) {
	name, typed := x, value.Invalid
	if colon, ok := x.(*ast.Binary); ok && colon.Op == ":" {
		typ, _ := colon.Y.(*ast.Name)
		if typ != nil {
			typed, ok = value.ParseType(typ.Text)
		}
		if typ == nil || !ok {
			b.errorf(colon.Y.Extent(), "KS160", "", "%q is not a type", ast.Text(colon.Y))
			return "", false
		}
		name = colon.X
	}
	n, ok := name.(*ast.Name)
	if !ok {
		b.errorf(x.Extent(), "KS109", "find projects columns; compute with extend after it", "a column name is expected")
		return "", false
	}
	if typed == value.Invalid {
		if typed, ok = b.typeIn(n, legs); !ok {
			return "", false
		}
	}
	var v plan.Expr = &plan.Const{Value: value.Null(typed)}
	if i := find(in, n.Text); i >= 0 {
		v = b.mergeTo(&plan.Col{Index: i, Typ: in[i].Type}, typed, x.Extent())
	}
	b.declare(out, n.Text, v, n.Span, false)
	return n.Text, !isBroken(v)
}

// typeIn is the type of a column of the list: that of the tables, in a union's way where they differ.
func (b *binder) typeIn(n *ast.Name, legs []leg) (value.Type, bool) {
	var types []value.Type
	var names []string
	for _, l := range legs {
		cols := l.node.Columns()
		names = append(names, columnNames(cols)...)
		if i := find(cols, n.Text); i >= 0 {
			types = append(types, cols[i].Type)
		}
	}
	switch {
	case len(types) == 0:
		b.errorf(n.Span, "KS142", didYouMean(n.Text, names), "there is no column %q", n.Text)
		return value.Invalid, false
	case len(types) > 1 && types[0] == types[1]:
		return types[0], true
	}
	return foundType(types), true
}

// foundType is the type of a column that tables have with these types: the widest of numbers, else dynamic.
func foundType(types []value.Type) value.Type {
	out := types[0]
	for _, t := range types {
		switch {
		case t == out:
		case isNumber(t) && isNumber(out):
			out = max(out, t)
		default:
			return value.Dynamic
		}
	}
	return out
}
