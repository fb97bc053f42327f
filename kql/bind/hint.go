package bind

import (
	"github.com/glasswatch/glasswatch/kql/value"
)

// foreignFunctions are functions of other languages and what does the same here.
var foreignFunctions = map[string]string{
	"if": "iff", "ifelse": "iff", "ifnull": "coalesce", "nvl": "coalesce", "concat": "strcat", "concat_ws": "strcat_delim",
	"len": "strlen", "length": "strlen", "lower": "tolower", "upper": "toupper", "substr": "substring", "mid": "substring",
	"instr": "indexof", "charindex": "indexof", "getdate": "now", "current_timestamp": "now", "datediff": "datetime_diff",
	"dateadd": "datetime_add", "date_diff": "datetime_diff", "date_add": "datetime_add", "date_format": "format_datetime",
	"strftime": "format_datetime", "to_string": "tostring", "str": "tostring", "to_int": "toint", "parseint": "toint",
	"regexp_replace": "replace_regex", "regexp_extract": "extract", "rex": "extract", "mvcount": "array_length",
	"size": "array_length", "array_agg": "make_list", "group_concat": "make_list", "string_agg": "make_list",
	"count_distinct_exact": "count_distinct", "uniq": "dcount", "dc": "dcount", "values": "make_set", "first": "arg_min",
	"last": "arg_max", "median": "percentile", "stddev": "stdev", "avgerage": "avg", "mean": "avg", "cast": "tostring",
	"convert": "tostring", "contains": "has", "exists": "isnotempty", "date": "todatetime", "timestamp": "todatetime", "json": "parse_json",
}

// functionHint says what a function that does not exist was probably meant to be. Of names that are equally near, those
// that are good at the place come first in candidates.
func functionHint(name string, candidates []string) string {
	if here := foreignFunctions[name]; here != "" {
		return "use " + here
	}
	return didYouMean(name, candidates)
}

// mismatchHint says what was probably meant by operands or arguments that do not fit.
func mismatchHint(name string, types []value.Type) string {
	has := func(t value.Type) bool {
		for _, have := range types {
			if have == t {
				return true
			}
		}
		return false
	}
	number := has(value.Long) || has(value.Real) || has(value.Int)
	switch name {
	case "ago":
		if len(types) == 1 {
			return "write a time span, such as ago(1d) or ago(30m)"
		}
	case "+", "-":
		if has(value.DateTime) && number {
			return "write the number as a time span, such as 1d or 30m"
		}
		if has(value.DateTime) && has(value.String) {
			return "convert the string: totimespan(...) or todatetime(...)"
		}
	case "<", ">", "<=", ">=", "==", "!=":
		if has(value.DateTime) && number {
			return "write a point in time as datetime(2024-01-31), or use ago(1d)"
		}
		if has(value.TimeSpan) && number {
			return "write the number as a time span, such as 1d or 30m"
		}
		if has(value.Bool) && number {
			return "write true or false"
		}
	}
	return ""
}
