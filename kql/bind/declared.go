package bind

import (
	"slices"
	"strings"

	"github.com/glasswatch/glasswatch/kql/ast"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// declarePattern enters a pattern, which maps tuples of texts to tables.
func (b *binder) declarePattern(d *ast.DeclarePattern, e env) {
	if e.names.names[d.Name.Text] != nil {
		b.errorf(d.Name.Span, "KS201", "give it another name", "a variable with the name %q has already been declared", d.Name.Text)
		return
	}
	for _, p := range append(slices.Clone(d.Params), d.Path) {
		if p != nil && (p.Type == nil || p.Type.Text != "string") {
			b.errorf(p.Span, "KS160", "write "+p.Name.Text+": string", "the parameters of a pattern are strings")
		}
	}
	for _, c := range d.Cases {
		if len(c.Args) != len(d.Params) || (c.Path == nil) != (d.Path == nil) {
			b.errorf(c.Span, "KS119", "", "the pattern %s takes %s", d.Name.Text, patternShape(d))
		}
	}
	e.names.set(d.Name.Text, &entry{pattern: d, closure: &scope{parent: e.names.parent, names: cloneNames(e.names.names)}})
}

func patternShape(d *ast.DeclarePattern) string {
	var names []string
	for _, p := range d.Params {
		names = append(names, p.Name.Text)
	}
	text := "(" + strings.Join(names, ", ") + ")"
	if d.Path != nil {
		text += ".[" + d.Path.Name.Text + "]"
	}
	return text
}

// patternOf is the pattern that x calls, as in name("a").b; nil where it calls none.
func (b *binder) patternOf(x *ast.Member, names *scope) *entry {
	if _, ok := x.Selector.(*ast.Name); !ok {
		return nil
	}
	if call, ok := x.X.(*ast.Call); ok {
		if entry := names.lookup(call.Name.Text); entry != nil && entry.pattern != nil {
			return entry
		}
	}
	return nil
}

// patternCall binds the body of the case that the arguments choose; path may be nil.
func (b *binder) patternCall(entry *entry, call *ast.Call, path *ast.Member, e env) plan.Node {
	var key []string
	for _, a := range call.Args {
		v, ok := b.patternText(a, e)
		if !ok {
			return nil
		}
		key = append(key, v)
	}
	span := call.Span
	if path != nil {
		span = path.Span
		key = append(key, path.Selector.(*ast.Name).Text)
	}
	d := entry.pattern
	for _, c := range d.Cases {
		if (c.Path == nil) == (path == nil) && len(c.Args) == len(call.Args) && b.patternFits(c, key, entry.closure) {
			return b.patternBody(d, c, key, entry.closure)
		}
	}
	reference := call.Name.Text + "('" + strings.Join(key[:len(call.Args)], "','") + "')"
	if path != nil {
		reference += ".['" + key[len(key)-1] + "']"
	}
	b.errorf(span, "GW046", "", "the pattern has no case for the reference: %s", reference)
	return nil
}

func (b *binder) patternText(x ast.Expr, e env) (string, bool) {
	bound := b.expr(x, env{names: e.names})
	if isBroken(bound) {
		return "", false
	}
	v, ok := constant(bound)
	if !ok || v.Type() != value.String {
		b.errorf(x.Extent(), "KS120", "", "an argument of a pattern must be a constant string")
		return "", false
	}
	return v.Text(), true
}

// patternFits compares the values of a case with those of a call.
func (b *binder) patternFits(c *ast.PatternCase, key []string, names *scope) bool {
	values := c.Args
	if c.Path != nil {
		values = append(slices.Clone(values), c.Path)
	}
	for i, x := range values {
		if v, ok := b.patternText(x, env{names: names}); !ok || v != key[i] {
			return false
		}
	}
	return true
}

// patternBody binds the body of a case, which may read the values by the names of the pattern's parameters.
func (b *binder) patternBody(d *ast.DeclarePattern, c *ast.PatternCase, key []string, closure *scope) plan.Node {
	if b.inlined >= maxInlined {
		b.errorf(c.Span, "GW003", "", "functions are nested more than %d deep", maxInlined)
		return nil
	}
	params := &scope{parent: closure}
	for i, p := range append(slices.Clone(d.Params), d.Path) {
		if p != nil && i < len(key) {
			params.set(p.Name.Text, &entry{expr: &plan.Const{Value: value.NewString(key[i])}, size: 1})
		}
	}
	b.inlined++
	defer func() { b.inlined-- }()
	last, names := b.body(&ast.Func{Span: c.Span, Body: c.Body}, params)
	if last == nil {
		return nil
	}
	if !b.isTabular(last, names) {
		b.errorf(c.Span, "KS107", "", "a case of a pattern gives a table")
		return nil
	}
	return b.table(last, env{names: names})
}
