package bind

import (
	"strconv"

	"github.com/glasswatch/glasswatch/kql/ast"
	"github.com/glasswatch/glasswatch/kql/function"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/token"
	"github.com/glasswatch/glasswatch/kql/value"
)

// special binds the functions that ask for more than the values of their arguments: a type, the columns of the row, an
// option of the query. ok is false for all others.
func (b *binder) special(x *ast.Call, e env) (result plan.Expr, ok bool) {
	switch x.Name.Text {
	case "ingestion_time":
		return b.ingestionTime(x, e), true
	case "column_ifexists", "columnifexists":
		return b.columnIfExists(x, e), true
	case "iscolumnexists":
		return b.isColumnExists(x, e), true
	case "extract", "extract_json", "extractjson":
		if n := len(x.Args); n > 0 && isTypeOf(x.Args[n-1]) {
			return b.typed(x, e), true
		}
	case "__cast":
		if len(x.Args) == 2 && isTypeOf(x.Args[0]) {
			return b.convertTo(x.Args[0], b.expr(x.Args[1], e)), true
		}
	case "typeof":
		b.errorf(x.Span, "KS131", "", "a type is not a value; typeof() stands in extract, extract_json and mv-expand")
		return broken(), true
	case "pack_all":
		return b.packAll(x, e), true
	case "bag_pack_columns":
		return b.packColumns(x, e), true
	case "bin_auto":
		return b.binAuto(x, e), true
	case "estimate_data_size":
		if len(x.Args) == 1 && e.row != nil {
			if _, ok := x.Args[0].(*ast.Star); ok {
				return b.sizeOfAll(x, e), true
			}
		}
	case "column_names_of":
		return b.columnNamesOf(x, e), true
	}
	return nil, false
}

func isTypeOf(x ast.Expr) bool {
	call, ok := x.(*ast.Call)
	return ok && call.Name.Text == "typeof"
}

// typed binds f(..., typeof(T)) as a conversion of f(...).
func (b *binder) typed(x *ast.Call, e env) plan.Expr {
	n := len(x.Args) - 1
	inner := *x
	inner.Args = x.Args[:n]
	return b.convertTo(x.Args[n], b.call(&inner, e))
}

// convertTo converts a value to the type that typeof() names.
func (b *binder) convertTo(typeOf ast.Expr, from plan.Expr) plan.Expr {
	call := typeOf.(*ast.Call)
	if len(call.Args) == 1 {
		if name, ok := call.Args[0].(*ast.Name); ok {
			if to, ok := value.ParseType(name.Text); ok {
				return b.convert(from, to, call.Span)
			}
		}
	}
	b.errorf(call.Span, "KS131", "", "typeof() needs the name of a type, such as long")
	return broken()
}

// isColumnExists binds iscolumnexists("name").
func (b *binder) isColumnExists(x *ast.Call, e env) plan.Expr {
	name, ok := b.constantName(x, 1, e)
	if !ok {
		return broken()
	}
	found := e.row != nil && find(e.row.cols, name) >= 0
	return &plan.Const{Value: value.NewBool(found)}
}

// constantName returns the first argument of a call with a number of arguments, which must be a constant string.
func (b *binder) constantName(x *ast.Call, count int, e env) (string, bool) {
	if len(x.Args) != count {
		b.errorf(x.Span, "KS119", "", "%s expects %s, not %d", x.Name.Text, arguments(count), len(x.Args))
		return "", false
	}
	name, ok := constant(b.expr(x.Args[0], env{names: e.names}))
	if !ok || name.Type() != value.String {
		b.errorf(x.Args[0].Extent(), "KS120", "", "the name of the column must be a constant string")
		return "", false
	}
	return name.Text(), true
}

func arguments(n int) string {
	if n == 1 {
		return "1 argument"
	}
	return strconv.Itoa(n) + " arguments"
}

// outsideAggregate reports a call that reads columns of the row where summarize has groups of rows.
func (b *binder) outsideAggregate(x *ast.Call, e env) bool {
	if e.row == nil || e.row.aggs == nil {
		return false
	}
	name := x.Name.Text + "(...)"
	b.errorf(x.Span, "KS236", "write take_any("+name+")", "%s stands in no aggregation function", name)
	return true
}

// packAll binds pack_all(), a bag of all columns of the row, to pack_all(ignore, "name", column, ...).
func (b *binder) packAll(x *ast.Call, e env) plan.Expr {
	if len(x.Args) > 1 {
		b.errorf(x.Span, "KS119", "", "pack_all expects 0 to 1 arguments, not %d", len(x.Args))
		return broken()
	}
	if b.outsideAggregate(x, e) {
		return broken()
	}
	args, spans := []plan.Expr{&plan.Const{Value: value.NewBool(false)}}, []token.Span{x.Span}
	if len(x.Args) == 1 {
		args[0] = b.convert(b.expr(x.Args[0], e), value.Bool, x.Args[0].Extent())
	}
	if e.row != nil {
		for i, c := range e.row.cols {
			if !c.Hidden {
				args = append(args, &plan.Const{Value: value.NewString(c.Name)}, &plan.Col{Index: i, Typ: c.Type})
				spans = append(spans, x.Span, x.Span)
			}
		}
	}
	return b.pack("pack_all", x, args, spans)
}

// packColumns binds bag_pack_columns(a, b) to bag_pack_columns("a", a, "b", b).
func (b *binder) packColumns(x *ast.Call, e env) plan.Expr {
	if len(x.Args) == 0 {
		b.errorf(x.Span, "KS119", "", "bag_pack_columns expects 1 or more arguments, not 0")
		return broken()
	}
	var args []plan.Expr
	var spans []token.Span
	for i, arg := range x.Args {
		name, ok := resultName(arg)
		if !ok {
			name = "Column" + strconv.Itoa(i+1)
		}
		args = append(args, &plan.Const{Value: value.NewString(name)}, b.expr(arg, e))
		spans = append(spans, arg.Extent(), arg.Extent())
	}
	return b.pack("bag_pack_columns", x, args, spans)
}

func (b *binder) pack(name string, x *ast.Call, args []plan.Expr, spans []token.Span) plan.Expr {
	f, ok := function.Lookup(name)
	if !ok {
		panic("bind: BUG: " + name + " is not in the catalogue")
	}
	return b.apply(f, x.Span, args, spans)
}

// sizeOfAll binds estimate_data_size(*).
func (b *binder) sizeOfAll(x *ast.Call, e env) plan.Expr {
	if b.outsideAggregate(x, e) {
		return broken()
	}
	var args []plan.Expr
	var spans []token.Span
	for i, c := range e.row.cols {
		if !c.Hidden {
			args, spans = append(args, &plan.Col{Index: i, Typ: c.Type}), append(spans, x.Span)
		}
	}
	return b.pack("estimate_data_size", x, args, spans)
}

// binAuto binds bin_auto(x) to bin_at with the size and the fixed point that the query's options name.
func (b *binder) binAuto(x *ast.Call, e env) plan.Expr {
	if len(x.Args) != 1 {
		b.errorf(x.Span, "KS119", "", "bin_auto expects 1 argument, not %d", len(x.Args))
		return broken()
	}
	size, at := b.options["query_bin_auto_size"], b.options["query_bin_auto_at"]
	if size == nil {
		b.errorf(x.Span, "GW020", "begin the query with: set query_bin_auto_size=1h;", "bin_auto needs the option query_bin_auto_size")
		return broken()
	}
	args := []plan.Expr{b.expr(x.Args[0], e), b.expr(size, env{names: e.names})}
	spans := []token.Span{x.Args[0].Extent(), size.Extent()}
	name := "bin"
	if at != nil {
		name = "bin_at"
		args, spans = append(args, b.expr(at, env{names: e.names})), append(spans, at.Extent())
	}
	return b.pack(name, x, args, spans)
}

// columnNamesOf binds column_names_of(table).
func (b *binder) columnNamesOf(x *ast.Call, e env) plan.Expr {
	if len(x.Args) != 1 {
		b.errorf(x.Span, "KS119", "", "column_names_of expects 1 argument, not %d", len(x.Args))
		return broken()
	}
	n := b.table(x.Args[0], env{names: e.names})
	if n == nil {
		return broken()
	}
	names := []any{}
	for _, c := range n.Columns() {
		if !c.Hidden {
			names = append(names, c.Name)
		}
	}
	return &plan.Const{Value: value.NewDynamic(names)}
}
