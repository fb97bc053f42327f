package bind

import (
	"strconv"

	"github.com/glasswatch/glasswatch/kql/ast"
	"github.com/glasswatch/glasswatch/kql/function"
	"github.com/glasswatch/glasswatch/kql/value"
)

// resultName returns the column name that Kusto derives from an unnamed expression: a.b gives a_b, tostring(a.b) too,
// strlen(a) strlen_a. Without one ok is false, and the operator makes a name up.
func resultName(x ast.Expr) (name string, ok bool) {
	switch x := x.(type) {
	case *ast.Paren:
		return resultName(x.X)
	case *ast.Name:
		return x.Text, true
	case *ast.Ordered:
		return resultName(x.X)
	case *ast.Named:
		return x.Names[0].Text, true
	case *ast.Member:
		left, _ := resultName(x.X)
		right, ok := resultName(x.Selector)
		return joinNames(left, right), ok
	case *ast.Index:
		left, _ := resultName(x.X)
		right := indexName(x.I)
		return joinNames(left, right), left != "" || right != ""
	case *ast.Call:
		return callName(x, resultName)
	}
	return "", false
}

func joinNames(left, right string) string {
	if left == "" {
		return right
	}
	return left + "_" + right
}

// indexName names ["x"] and [0]; a computed index has no name.
func indexName(x ast.Expr) string {
	l, ok := x.(*ast.Literal)
	if !ok {
		return ""
	}
	switch {
	case l.Value.Type() == value.String:
		return l.Value.Text()
	case l.Value.Type() == value.Long && l.Value.Int() >= 0:
		return strconv.FormatInt(l.Value.Int(), 10)
	}
	return ""
}

// callName follows the naming kind of each function in Kusto's catalogue; argument names the arguments.
func callName(x *ast.Call, argument func(ast.Expr) (string, bool)) (string, bool) {
	first := func() (string, bool) {
		if len(x.Args) == 0 {
			return "", false
		}
		return argument(x.Args[0])
	}
	name := x.Name.Text
	switch name {
	case "strlen", "string_size", "percentile_tdigest", "dcount_hll":
		return prefixed(name, first)
	case "percentiles_array_tdigest":
		return prefixed("percentile_tdigest", first)
	case "gettype":
		return prefixed("type", first)
	case "treepath":
		return prefixed("tree", first)
	case "repeat":
		return prefixed("repeat", first)
	case "make_datetime", "make_timespan":
		if len(x.Args) == 1 {
			return first()
		}
		return "", false
	case "tdigest_merge", "merge_tdigest":
		return "tdigests_merge_result", true
	case "hll_merge":
		return "hll_merged_result", true
	case "ingestion_time":
		return "$IngestionTime", true
	case "column_ifexists", "columnifexists":
		return "", false
	}
	if keepsName(name) {
		return first()
	}
	return "", false
}

// prefixed joins a prefix with the name of the first argument, which may have none: strlen_.
func prefixed(prefix string, first func() (string, bool)) (string, bool) {
	name, _ := first()
	return prefix + "_" + name, true
}

// keepsName reports the functions whose result has the name of their first argument.
func keepsName(name string) bool {
	switch name {
	case "split", "tostring", "tohex", "todynamic", "toobject", "tolong", "toint", "toreal", "todouble", "todatetime", "totimespan",
		"totime", "tobool", "toboolean", "todecimal", "toguid", "parse_csv", "parsejson", "parse_json", "parse_xml",
		"format_datetime", "format_timespan", "startofday", "bin", "floor", "bin_at", "bin_auto", "binary_and", "binary_or",
		"binary_xor", "binary_not", "binary_shift_right", "binary_shift_left", "bitset_count_ones", "series_fir",
		"series_outliers", "series_iir", "series_fill_backward", "series_fill_forward", "series_fill_const",
		"series_fill_linear", "round", "ceiling", "pow", "sqrt", "log", "log2", "log10", "exp", "exp2", "exp10", "cos", "sin",
		"tan", "acos", "asin", "atan", "atan2", "abs", "rand", "gamma", "loggamma", "erf", "erfc", "format_bytes":
		return true
	}
	return false
}

// aggregateName names the column of an aggregate: count_, dcount_X, set_X; take_any(X) keeps X.
func aggregateName(a *function.Aggregate, x *ast.Call) (string, bool) {
	name, ok := "", false
	if len(x.Args) > 0 {
		name, ok = resultName(x.Args[0])
	}
	if a.Prefix == "" {
		return name, ok
	}
	return a.Prefix + "_" + name, true
}
