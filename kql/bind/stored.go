package bind

import (
	"github.com/glasswatch/glasswatch/kql/ast"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/token"
	"github.com/glasswatch/glasswatch/kql/value"
)

// Functions are those that are stored beside the tables. They are read at their first use.
type Functions interface {
	// Function returns the function with the name, nil when there is none. The error says what is wrong with its text.
	Function(name string) (*ast.Func, error)
	FunctionNames() []string
}

// storedScope is the outermost scope: the stored functions, which see each other.
func (b *binder) storedScope() *scope {
	s := &scope{}
	if b.Functions == nil {
		return s
	}
	s.stored = func(name string) *entry {
		f, err := b.Functions.Function(name)
		switch {
		case err != nil:
			b.errorf(token.Span{}, "GW045", "", "the stored function %s cannot be read: %s", name, err)
			return &entry{broken: true}
		case f == nil:
			return nil
		}
		return &entry{fn: f, closure: s, prelude: true}
	}
	s.storedNames = b.Functions.FunctionNames
	return s
}

// declareParameters enters declare query_parameters: the values given, else the defaults.
func (b *binder) declareParameters(d *ast.Declare, e env) bool {
	ok := true
	for _, p := range d.Params {
		x := b.parameter(p, e)
		if x == nil || isBroken(x) {
			ok = false
			e.names.set(p.Name.Text, &entry{broken: true})
			continue
		}
		e.names.set(p.Name.Text, &entry{expr: x, size: 1})
	}
	return ok
}

// parameter is the constant that a query parameter stands for.
func (b *binder) parameter(p *ast.Param, e env) plan.Expr {
	if p.Type == nil {
		b.errorf(p.Span, "KS160", "", "a query parameter is a value, not a table")
		return nil
	}
	typ, ok := value.ParseType(p.Type.Text)
	if !ok {
		b.errorf(p.Type.Span, "KS160", "", "%q is not a type", p.Type.Text)
		return nil
	}
	given, ok := b.Parameters[p.Name.Text]
	if !ok {
		return b.parameterDefault(p, typ, e)
	}
	x := b.parameterValue(given, typ, p.Span)
	if v, isConst := constant(x); isConst && v.IsNull() && !given.IsNull() && typ != value.String {
		b.errorf(p.Name.Span, "GW044", "", "the value of the parameter %s, %q, is not a %s", p.Name.Text, given.ToText(), typ)
		return nil
	}
	return x
}

// parameterValue converts a given value to the declared type; a text is read as the type spells it.
func (b *binder) parameterValue(given value.Value, typ value.Type, s token.Span) plan.Expr {
	if typ == value.Dynamic && given.Type() == value.String {
		if v, ok := value.ParseJSON(given.Text()); ok {
			return &plan.Const{Value: v}
		}
	}
	return b.convert(&plan.Const{Value: given}, typ, s)
}

func (b *binder) parameterDefault(p *ast.Param, typ value.Type, e env) plan.Expr {
	if p.Default == nil {
		b.errorf(p.Name.Span, "GW044", "give it with the query, or a default: "+p.Name.Text+": "+p.Type.Text+" = ...", "the parameter %s has no value", p.Name.Text)
		return nil
	}
	x := b.convert(b.expr(p.Default, env{names: e.names}), typ, p.Default.Extent())
	if _, ok := constant(x); !ok && !isBroken(x) {
		b.errorf(p.Default.Extent(), "KS120", "", "the default of a parameter must be a constant")
		return nil
	}
	return x
}

// setOption honours the options of a request that change its result, and says that the others have no effect.
func (b *binder) setOption(s *ast.Set, e env) {
	switch s.Name.Text {
	case "query_now", "querynow":
		if v, ok := b.setting(s, value.DateTime, e); ok {
			b.ctx.Now, b.Now, b.LiveNow = v.Int(), v.Int(), false
		}
	case "query_bin_auto_size", "query_bin_auto_at": // read by bin_auto
		if b.options == nil {
			b.options = map[string]ast.Expr{}
		}
		b.options[s.Name.Text] = s.Value
	case "query_take_max_records":
		if v, ok := b.setting(s, value.Long, e); ok {
			b.most = &v
		}
	case "query_datetimescope_from", "query_datetimescope_to", "query_datetimescope_column":
		b.errorf(s.Name.Span, "GW020", "filter the tables by their time", "set %s is not supported", s.Name.Text)
	case "notruncation", "truncationmaxrecords", "truncationmaxsize", "truncation_max_records", "truncation_max_size", "servertimeout", "norequesttimeout",
		"maxmemoryconsumptionperiterator", "max_memory_consumption_per_query_per_node", "maxoutputcolumns", "querytrace", "query_language",
		"query_results_cache_max_age", "query_force_row_level_security", "materialized_view_shuffle",
		"best_effort", "deferpartialqueryfailures", "request_description", "request_app_name", "request_user", "query_results_progressive_enabled":
		b.note(s.Span, "GW040", "", "set %s has no effect here", s.Name.Text)
	default:
		b.note(s.Span, "GW040", "", "the option %s is not known here and has no effect", s.Name.Text)
	}
}

// setting is the constant of a set statement.
func (b *binder) setting(s *ast.Set, typ value.Type, e env) (value.Value, bool) {
	if s.Value == nil {
		b.errorf(s.Span, "KS006", "write set "+s.Name.Text+" = ...", "set %s needs a value", s.Name.Text)
		return value.Value{}, false
	}
	x := b.convert(b.expr(s.Value, env{names: e.names}), typ, s.Value.Extent())
	v, ok := constant(x)
	if !isBroken(x) && (!ok || v.IsNull() || typ == value.Long && v.Int() < 0) {
		b.errorf(s.Value.Extent(), "KS120", "", "set %s needs a constant %s", s.Name.Text, typ)
		ok = false
	}
	return v, ok
}

// remote binds a table of database("d") or workspace("w"): all tables are in one place here.
func (b *binder) remote(x *ast.Member) plan.Node {
	call, _ := x.X.(*ast.Call)
	if call == nil {
		if inner, ok := x.X.(*ast.Member); ok {
			call, _ = inner.X.(*ast.Call)
		}
	}
	if !isRemote(x) {
		what := "a path"
		if call != nil {
			what = call.Name.Text + "()"
		}
		b.errorf(x.Span, "GW020", "name the table alone: all tables are in one place", "%s is not supported as the place of a table", what)
		return nil
	}
	names := env{names: b.root}
	b.note(call.Span, "GW062", "", "all tables are in one place: %s is not looked at", ast.Text(call))
	switch sel := x.Selector.(type) {
	case *ast.Name:
		return b.source(sel, names)
	case *ast.Call:
		return b.tableCall(sel, names)
	}
	b.errorf(x.Selector.Extent(), "KS107", "", "the name of a table is expected")
	return nil
}

// isRemote reports database("d").Table or workspace("w").Table.
func isRemote(x *ast.Member) bool {
	call, ok := x.X.(*ast.Call)
	return ok && (call.Name.Text == "database" || call.Name.Text == "workspace") && len(call.Args) <= 1
}
