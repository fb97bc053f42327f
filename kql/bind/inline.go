package bind

import (
	"github.com/glasswatch/glasswatch/kql/ast"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/token"
	"github.com/glasswatch/glasswatch/kql/value"
)

// maxInlined bounds how deep functions call functions.
const maxInlined = 100

// inlineScalar binds the body of a function in place of its call. The body sees its parameters and the names at its
// definition, not the columns at the call.
func (b *binder) inlineScalar(f *entry, name string, args []ast.Expr, s token.Span, e env) plan.Expr {
	result := broken()
	b.inline(f, name, args, s, e, func(last ast.Expr, names *scope) {
		if b.isTabular(last, names) {
			b.errorf(s, "KS107", "", "%s returns a table; a value is expected", name)
			return
		}
		result = b.expr(last, env{names: names})
	})
	return result
}

// inlineTable is inlineScalar for a function that returns a table.
func (b *binder) inlineTable(f *entry, name string, args []ast.Expr, s token.Span, e env) plan.Node {
	var result plan.Node
	b.inline(f, name, args, s, e, func(last ast.Expr, names *scope) {
		if !b.isTabular(last, names) {
			b.errorf(s, "KS107", "", "%s returns a value; a table is expected", name)
			return
		}
		result = b.relation(last, env{names: names})
	})
	return result
}

// inline binds the arguments and the lets of a body and calls finish with its last expression.
func (b *binder) inline(f *entry, name string, args []ast.Expr, s token.Span, e env, finish func(ast.Expr, *scope)) {
	if b.inlined >= maxInlined {
		b.errorf(s, "GW003", "", "functions are nested more than %d deep", maxInlined)
		return
	}
	params := &scope{parent: f.closure}
	if !b.arguments(f.fn, name, args, s, e, params) {
		return
	}
	outer := b.used
	if f.prelude && b.used == nil {
		b.used = &s
	}
	b.inlined++
	if last, names := b.body(f.fn, params); last != nil {
		finish(last, names)
	}
	b.inlined--
	b.used = outer
}

// body binds the lets of a function and returns its last expression with the names it sees.
func (b *binder) body(f *ast.Func, names *scope) (ast.Expr, *scope) {
	stmts := &scope{parent: names}
	var last ast.Expr
	for _, s := range f.Body.Stmts {
		switch s := s.(type) {
		case *ast.Let:
			b.let(s, stmts, env{names: stmts})
		case *ast.ExprStmt:
			last = s.X
		}
	}
	if last == nil {
		b.errorf(f.Span, "KS006", "", "the function has no expression that gives its result")
	}
	return last, stmts
}

// arguments binds the arguments of a call and enters them as the parameters.
func (b *binder) arguments(f *ast.Func, name string, args []ast.Expr, s token.Span, e env, into *scope) bool {
	given := make([]ast.Expr, len(f.Params))
	for i, a := range args {
		n, ok := a.(*ast.Named)
		switch {
		case ok && len(n.Names) == 1:
			if i = paramIndex(f, n.Names[0].Text); i < 0 {
				b.errorf(n.Names[0].Span, "KS119", "", "%s has no parameter %q", name, n.Names[0].Text)
				return false
			}
			a = n.X
		case i >= len(f.Params):
			b.countMismatch(f, name, len(args), s)
			return false
		}
		if given[i] != nil {
			b.errorf(a.Extent(), "KS119", "", "the parameter %s is given twice", f.Params[i].Name.Text)
			return false
		}
		given[i] = a
	}
	for i, p := range f.Params {
		a := given[i]
		if a == nil {
			if a = p.Default; a == nil {
				b.countMismatch(f, name, len(args), s)
				return false
			}
		}
		entry := b.argument(p, a, e)
		if entry == nil {
			return false
		}
		into.set(p.Name.Text, entry)
	}
	return true
}

func paramIndex(f *ast.Func, name string) int {
	for i, p := range f.Params {
		if p.Name.Text == name {
			return i
		}
	}
	return -1
}

func (b *binder) countMismatch(f *ast.Func, name string, n int, s token.Span) {
	plural := "s"
	if len(f.Params) == 1 {
		plural = ""
	}
	b.errorf(s, "KS119", "", "the function %s expects %d argument%s, not %d", name, len(f.Params), plural, n)
}

// argument binds one argument to the type that its parameter declares.
func (b *binder) argument(p *ast.Param, a ast.Expr, e env) *entry {
	if p.Type == nil {
		n := b.table(a, e)
		if n == nil || !b.hasDeclared(p, n, a) {
			return nil
		}
		return &entry{node: n}
	}
	typ, ok := value.ParseType(p.Type.Text)
	if !ok {
		b.errorf(p.Type.Span, "KS160", "", "%q is not a type", p.Type.Text)
		return nil
	}
	before := b.size
	x := b.expr(a, e)
	if isBroken(x) {
		return &entry{broken: true}
	}
	if x = b.convert(x, typ, a.Extent()); isBroken(x) {
		return nil
	}
	return &entry{expr: x, row: rowOf(x, e), size: b.size - before + 1}
}

// hasDeclared checks that a table has the columns that a parameter declares.
func (b *binder) hasDeclared(p *ast.Param, n plan.Node, a ast.Expr) bool {
	for _, c := range p.Columns {
		i := find(n.Columns(), c.Name.Text)
		typ, ok := value.ParseType(c.Type.Text)
		switch {
		case !ok:
			b.errorf(c.Type.Span, "KS160", "", "%q is not a type", c.Type.Text)
			return false
		case i < 0:
			b.errorf(a.Extent(), "KS107", "", "the parameter %s needs a table with a column %s", p.Name.Text, c.Name.Text)
			return false
		case n.Columns()[i].Type != typ:
			b.errorf(a.Extent(), "KS107", "", "the column %s is a %s; the parameter %s needs a %s", c.Name.Text, n.Columns()[i].Type, p.Name.Text, typ)
			return false
		}
	}
	return true
}

// rowOf returns the row whose columns an expression reads. Inside a function that is one that no place has any more:
// the expression can be used in the function's scalar result, not in a table there.
func rowOf(x plan.Expr, e env) *row {
	switch {
	case !hasColumns(x):
		return nil
	case e.row != nil:
		return e.row
	}
	return &row{}
}
