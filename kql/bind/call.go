package bind

import (
	"strings"

	"github.com/glasswatch/glasswatch/kql/ast"
	"github.com/glasswatch/glasswatch/kql/function"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/token"
	"github.com/glasswatch/glasswatch/kql/value"
)

// call binds the call of a function of the query, of the catalogue, or of an aggregation function in summarize.
func (b *binder) call(x *ast.Call, e env) plan.Expr {
	name := x.Name.Text
	if entry := e.names.lookup(name); entry != nil {
		if entry = b.resolve(entry, x.Name.Span); entry.broken {
			return broken()
		} else if entry.fn != nil {
			return b.inlineScalar(entry, name, x.Args, x.Span, e)
		}
	}
	if e.row != nil && e.row.pattern != nil {
		if result, ok := b.graphCall(x, e); ok {
			return result
		}
	}
	if result, ok := b.special(x, e); ok {
		return result
	}
	switch name {
	case "toscalar":
		return b.toScalar(x, e)
	case "materialize":
		b.errorf(x.Name.Span, "GW020", "compute one value of it with toscalar(...)", "materialize gives a table; a value is expected")
		return broken()
	}
	if e.row != nil && e.row.aggs != nil {
		if a, ok := lookupAggregate(name); ok {
			return b.aggregate(a, x, e)
		}
	}
	if w, ok := function.LookupWindow(name); ok {
		return b.window(w, x, e)
	}
	f, ok := function.Lookup(name)
	if !ok || isOperatorWord(name) {
		b.unknownFunction(x, e)
		return broken()
	}
	switch {
	case len(f.Columns) > 0:
		b.errorf(x.Span, "KS106", "name its columns first: extend (a, b) = "+name+"(...)", "%s gives several columns, so it cannot be part of an expression", name)
		return broken()
	case name == "percentile_tdigest" && len(x.Args) == 3:
		return b.typedPercentile(x, e)
	}
	return b.catalogued(f, x, e)
}

// catalogued binds the call of a function of the catalogue.
func (b *binder) catalogued(f *function.Func, x *ast.Call, e env) plan.Expr {
	args := make([]plan.Expr, len(x.Args))
	spans := make([]token.Span, len(x.Args))
	before, known := b.errors, true
	for i, a := range x.Args {
		args[i], spans[i] = b.expr(a, e), a.Extent()
		known = known && !isBroken(args[i])
	}
	if !known && b.errors == before && e.row != nil {
		if i, t := openMark(e.row.cols), f.Returns(); i >= 0 && t != value.Invalid {
			return &plan.Col{Index: i, Typ: t}
		}
	}
	return b.apply(f, x.Span, args, spans)
}

// declined reports a function of the language that is not offered, with the reason.
func (b *binder) declined(name *ast.Name) bool {
	r, ok := function.Declined(name.Text)
	if ok {
		b.errorf(name.Span, "GW020", r.Hint, "the function %s is not supported: %s", name.Text, r.Reason)
	}
	return ok
}

func (b *binder) unknownFunction(x *ast.Call, e env) {
	name := x.Name.Text
	if _, ok := lookupAggregate(name); ok {
		hint := "aggregation functions stand in summarize"
		if e.row != nil && e.row.aggs == nil {
			hint = "use it in summarize, then filter or extend its result"
		}
		b.errorf(x.Name.Span, "KS144", hint, "the aggregation function %s is not allowed here", name)
		return
	}
	if isGraphFunction(name) {
		b.graphFunction(x)
		return
	}
	if b.declined(x.Name) {
		return
	}
	candidates := e.names.list(func(e *entry) bool { return e.fn != nil })
	if e.row != nil && e.row.aggs != nil { // first: of equally near names an aggregate is meant
		candidates = append(append(candidates, "count"), function.AggregateNames()...)
	}
	for _, f := range function.Names() {
		if isFunction(f) {
			candidates = append(candidates, f)
		}
	}
	b.errorf(x.Name.Span, "KS211", functionHint(name, candidates), "there is no function %q", name)
}

// apply resolves the overload for the arguments, converts them, checks constants, and folds. With spans nil the call
// is an operator at s.
func (b *binder) apply(f *function.Func, s token.Span, args []plan.Expr, spans []token.Span) plan.Expr {
	types := make([]value.Type, len(args))
	for i, a := range args {
		if types[i] = a.Type(); types[i] == value.Invalid {
			return broken()
		}
	}
	if !b.grown(1, s) {
		return broken()
	}
	o, converted, result, err := f.Resolve(types)
	if err != nil {
		b.mismatch(f.Name, s, spans, types, err)
		return broken()
	}
	at := func(i int) token.Span {
		if spans == nil {
			return s
		}
		return spans[i]
	}
	for i, t := range converted {
		switch {
		case t == value.Dynamic && f.Mixes():
			args[i] = b.wrapped(args[i], at(i))
		case t != value.Invalid:
			args[i] = b.convert(args[i], t, at(i))
		}
	}
	consts, all := constants(args)
	if !b.fixed(o.Params, consts, at) {
		return broken()
	}
	if o.Check != nil {
		if err := o.Check(consts); err != nil {
			b.errorf(s, "GW052", "", "%s", err)
			return broken()
		}
	}
	if all && !f.Volatile && o.Eval != nil && small(consts) && !(b.LiveNow && (f.Name == "now" || f.Name == "ago")) {
		return b.fold(o, consts, result)
	}
	return &plan.Call{Func: f, Overload: o, Args: args, Typ: result}
}

// mismatch reports arguments that no overload takes.
func (b *binder) mismatch(name string, s token.Span, spans []token.Span, types []value.Type, err error) {
	message, hint, _ := strings.Cut(err.Error(), "; use ")
	if hint != "" {
		hint = "use " + hint
	} else {
		hint = mismatchHint(name, types)
	}
	if spans != nil {
		b.errorf(s, "KS119", hint, "%s", message)
		return
	}
	names := make([]string, len(types))
	for i, t := range types {
		names[i] = t.String()
	}
	if name == "neg" {
		name = "-"
	}
	if len(names) > 1 && len(names) <= 3 {
		b.errorf(s, "KS106", hint, "the operator %s is not defined for %s and %s", name, strings.Join(names[:len(names)-1], ", "), names[len(names)-1])
		return
	}
	b.errorf(s, "KS106", hint, "%s", message)
}

func argumentName(p *function.Param, i int) string {
	if p.Name != "" {
		return "the argument " + p.Name
	}
	return "the argument"
}

// parameter returns the parameter that takes argument i.
func parameter(params []function.Param, i int) *function.Param {
	if i >= len(params) {
		i = len(params) - 1
	}
	if i < 0 {
		return nil
	}
	return &params[i]
}

// constants returns the values of the constant arguments, nil for others, and whether all are constant.
func constants(args []plan.Expr) ([]*value.Value, bool) {
	out := make([]*value.Value, len(args))
	all := true
	for i, a := range args {
		if c, ok := a.(*plan.Const); ok {
			out[i] = &c.Value
		} else {
			all = false
		}
	}
	return out, all
}

// fixed checks that the arguments which must be constants are.
func (b *binder) fixed(params []function.Param, consts []*value.Value, at func(int) token.Span) bool {
	for i, c := range consts {
		if p := parameter(params, i); p != nil && p.Constant && c == nil {
			b.errorf(at(i), "KS120", "", "%s must be a constant", argumentName(p, i))
			return false
		}
	}
	return true
}

// maxFolded is how much text the arguments of a call may hold to be folded; a chain of strcat would double it at each
// step.
const maxFolded = 16 << 10

func small(consts []*value.Value) bool {
	n := 0
	for _, c := range consts {
		switch c.Type() {
		case value.String:
			n += len(c.Text())
		case value.Dynamic:
			n += len(c.DynamicText())
		}
	}
	return n <= maxFolded
}

func (b *binder) fold(o *function.Overload, consts []*value.Value, result value.Type) plan.Expr {
	args := make([]value.Value, len(consts))
	for i, c := range consts {
		args[i] = *c
	}
	v := o.Eval(&b.ctx, args)
	if v.Type() != result && v.IsNull() {
		v = value.Null(result)
	}
	return &plan.Const{Value: v}
}

// convert makes a conversion explicit.
func (b *binder) convert(x plan.Expr, to value.Type, s token.Span) plan.Expr {
	if x.Type() == to || isBroken(x) {
		return x
	}
	if v, ok := constant(x); ok && to == value.Dynamic {
		return &plan.Const{Value: value.NewDynamic(v.Node())}
	}
	f, ok := function.Lookup(conversion(to))
	if !ok {
		b.errorf(s, "KS141", "", "a %s cannot be converted to %s", x.Type(), to)
		return broken()
	}
	o, _, result, err := f.Resolve([]value.Type{x.Type()})
	if err != nil {
		b.errorf(s, "KS141", "", "a %s cannot be converted to %s", x.Type(), to)
		return broken()
	}
	if v, ok := constant(x); ok && o.Eval != nil {
		return b.fold(o, []*value.Value{&v}, result)
	}
	return &plan.Call{Func: f, Overload: o, Args: []plan.Expr{x}, Typ: result}
}

// convertible reports that convert knows how to make one type of another.
func convertible(from, to value.Type) bool {
	if from == to {
		return true
	}
	f, ok := function.Lookup(conversion(to))
	if !ok {
		return false
	}
	_, _, _, err := f.Resolve([]value.Type{from})
	return err == nil
}

// wrapped makes a dynamic of a value as it is; todynamic would read a text as JSON.
func (b *binder) wrapped(x plan.Expr, s token.Span) plan.Expr {
	if _, ok := constant(x); ok {
		return b.convert(x, value.Dynamic, s)
	}
	f, ok := function.Lookup("pack_array")
	if !ok {
		panic("bind: BUG: no function pack_array")
	}
	list := b.apply(f, s, []plan.Expr{x}, nil)
	if isBroken(list) {
		return list
	}
	return &plan.Path{Base: list, Steps: []plan.Step{{Index: &plan.Const{Value: value.NewLong(0)}}}}
}

// conversion is the function that converts to a type.
func conversion(t value.Type) string { return "to" + t.String() }

// ingestionTime binds ingestion_time() to the hidden column of the table, null once it was projected away.
func (b *binder) ingestionTime(x *ast.Call, e env) plan.Expr {
	if len(x.Args) > 0 {
		b.errorf(x.Span, "KS119", "", "ingestion_time expects no arguments")
		return broken()
	}
	if e.row != nil {
		for _, name := range b.times {
			if i := find(e.row.cols, name); i >= 0 && e.row.cols[i].Type == value.DateTime {
				if b.outsideAggregate(x, e) {
					return broken()
				}
				return &plan.Col{Index: i, Typ: value.DateTime}
			}
		}
	}
	b.warn(x.Span, "GW053", "use it before project, summarize or distinct", "the time of ingestion is not known any more here: it is null")
	return &plan.Const{Value: value.Null(value.DateTime)}
}

// columnIfExists binds column_ifexists("name", default).
func (b *binder) columnIfExists(x *ast.Call, e env) plan.Expr {
	name, ok := b.constantName(x, 2, e)
	if !ok {
		return broken()
	}
	if e.row != nil {
		if i := find(e.row.cols, name); i >= 0 {
			if b.outsideAggregate(x, e) {
				return broken()
			}
			return &plan.Col{Index: i, Typ: e.row.cols[i].Type}
		}
	}
	otherwise := b.expr(x.Args[1], e)
	if e.row != nil && !isBroken(otherwise) {
		if i := openMark(e.row.cols); i >= 0 { // what the plan of an open table reads does not matter: it does not run
			return &plan.Col{Index: i, Typ: otherwise.Type()}
		}
	}
	return otherwise
}

// hasColumns reports whether an expression reads a column.
func hasColumns(x plan.Expr) bool {
	found := false
	plan.WalkExpr(x, func(x plan.Expr) bool {
		_, ok := x.(*plan.Col)
		found = found || ok
		return !found
	})
	return found
}
