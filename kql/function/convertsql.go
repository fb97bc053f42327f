package function

import "github.com/glasswatch/glasswatch/kql/value"

// The templates of this file say the conversions of convert.go in DuckDB's SQL. A type without a template is declined.

// datetimeText is the text of an instant that is not null: {0} in ticks.
const datetimeText = "(strftime(make_timestamp({0} // 10 - 62135596800000000), '%Y-%m-%dT%H:%M:%S.%f') || ({0} % 10)::VARCHAR || 'Z')"

// timespanText is the text of a span that is not null. The longest span has no absolute value.
const timespanText = "((CASE WHEN {0} < 0 THEN '-' ELSE '' END) || (CASE WHEN {0} // 864000000000 <> 0 THEN abs({0} // 864000000000)::VARCHAR || '.' ELSE '' END)" +
	" || printf('%02d:%02d:%02d', abs({0} // 36000000000 % 24), abs({0} // 600000000 % 60), abs({0} // 10000000 % 60))" +
	" || (CASE WHEN {0} % 10000000 <> 0 THEN '.' || lpad(abs({0} % 10000000)::VARCHAR, 7, '0') ELSE '' END))"

// Patterns of the texts that read as numbers.
const (
	wholePattern = `'[ \t\r\n\v\f]*[+-]?[0-9]+[ \t\r\n\v\f]*'`
	realPattern  = `'[ \t\r\n\v\f]*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?[ \t\r\n\v\f]*'`
	blanks       = `' ' || chr(9) || chr(10) || chr(11) || chr(12) || chr(13)`

	hexPattern      = `'[ \t\r\n\v\f]*0[xX][0-9a-fA-F]{1,16}[ \t\r\n\v\f]*'`
	shortHexPattern = `'[ \t\r\n\v\f]*0[xX]0*[0-9a-fA-F]{1,8}[ \t\r\n\v\f]*'`
	hexUnsigned     = "try_cast(lower(trim({0}, " + blanks + ")) AS UBIGINT)"
	hexLong         = "(CASE WHEN " + hexUnsigned + " > 9223372036854775807 THEN (" + hexUnsigned + "::HUGEINT - 18446744073709551616)::BIGINT ELSE " + hexUnsigned + "::BIGINT END)"
)

func stringSQL(from value.Type) string {
	switch from {
	case value.String:
		return "{0}"
	case value.Bool:
		return "(CASE WHEN {0} THEN 'True' WHEN NOT {0} THEN 'False' ELSE '' END)"
	case value.Int, value.Long:
		return "coalesce(({0})::VARCHAR, '')"
	case value.GUID:
		return "coalesce({0}, '')"
	case value.Real:
		return "(CASE WHEN {0} IS NULL THEN '' WHEN isnan({0}) THEN 'NaN' WHEN isfinite({0}) THEN ({0})::VARCHAR WHEN {0} > 0 THEN 'Infinity' ELSE '-Infinity' END)"
	case value.Dynamic:
		return "coalesce({0} ->> '$', '')"
	case value.DateTime:
		return "coalesce(" + datetimeText + ", '')"
	case value.TimeSpan:
		return "coalesce(" + timespanText + ", '')"
	}
	return ""
}

func longSQL(from value.Type) string {
	switch from {
	case value.Dynamic:
		return dynamicSQL("BIGINT", longSQL)
	case value.Bool, value.Int:
		return "({0})::BIGINT"
	case value.Long, value.DateTime, value.TimeSpan:
		return "{0}"
	case value.String:
		return "(CASE WHEN regexp_full_match({0}, " + wholePattern + ") THEN try_cast(trim({0}, " + blanks + ") AS BIGINT)" +
			" WHEN regexp_full_match({0}, " + hexPattern + ") THEN " + hexLong + " END)"
	case value.Real:
		return "(CASE WHEN isnan({0}) THEN NULL WHEN {0} >= 9223372036854775807 THEN 9223372036854775807 WHEN {0} <= -9223372036854775808 THEN -9223372036854775808 ELSE trunc({0})::BIGINT END)"
	}
	return ""
}

func intSQL(from value.Type) string {
	switch from {
	case value.Dynamic:
		return dynamicSQL("", intSQL)
	case value.Bool:
		return "({0})::INTEGER"
	case value.Int:
		return "{0}"
	case value.String:
		return "(CASE WHEN regexp_full_match({0}, " + wholePattern + ") OR regexp_full_match({0}, " + shortHexPattern + ") THEN try_cast(trim({0}, " + blanks + ") AS INTEGER) END)"
	case value.Long, value.DateTime, value.TimeSpan: // the low 32 bits, signed
		return "(((({0} & 4294967295) + 2147483648) & 4294967295) - 2147483648)::INTEGER"
	case value.Real:
		return "(CASE WHEN isnan({0}) THEN NULL WHEN {0} >= 2147483647 THEN 2147483647 WHEN {0} <= -2147483648 THEN -2147483648 ELSE trunc({0})::INTEGER END)"
	}
	return ""
}

func realSQL(from value.Type) string {
	switch from {
	case value.Dynamic:
		return dynamicSQL("DOUBLE", realSQL)
	case value.Bool:
		return "({0})::INTEGER::DOUBLE"
	case value.Int, value.Long, value.DateTime, value.TimeSpan:
		return "({0})::DOUBLE"
	case value.Real:
		return "{0}"
	case value.String:
		return "(CASE WHEN regexp_full_match({0}, " + realPattern + ") AND isfinite(try_cast(trim({0}, " + blanks + ") AS DOUBLE)) THEN try_cast(trim({0}, " + blanks + ") AS DOUBLE) END)"
	}
	return ""
}

func boolSQL(from value.Type) string {
	switch from {
	case value.Dynamic:
		return dynamicSQL("", boolSQL)
	case value.Bool:
		return "{0}"
	case value.Int, value.Long, value.Real:
		return "({0} <> 0)"
	case value.String:
		return "(CASE lower(trim({0}, " + blanks + ")) WHEN 'true' THEN true WHEN 'false' THEN false ELSE" +
			" (CASE WHEN regexp_full_match({0}, " + wholePattern + ") THEN try_cast(trim({0}, " + blanks + ") AS BIGINT) <> 0 END) END)"
	}
	return ""
}

func datetimeSQL(from value.Type) string {
	switch from {
	case value.DateTime:
		return "{0}"
	case value.Int, value.Long:
		return "(CASE WHEN {0} BETWEEN 0 AND 3155378975999999999 THEN {0}::BIGINT END)"
	}
	return ""
}

func spanSQL(from value.Type) string {
	switch from {
	case value.TimeSpan:
		return "{0}"
	case value.Int, value.Long:
		return "({0})::BIGINT"
	}
	return ""
}

// dynamicSQL converts what a dynamic holds. A whole number, the usual content, is read without asking for the kind of
// node; text, truth values and reals are converted as such.
func dynamicSQL(short string, to func(from value.Type) string) string {
	const node = "json_extract_string({0}, '$')"
	of := func(t value.Type, arg string) string { return fill(to(t), arg) }
	s := "(CASE WHEN {0} IS NULL THEN NULL"
	if short != "" {
		s += " WHEN regexp_full_match(" + node + ", '-?[0-9]{1,15}') THEN try_cast(" + node + " AS " + short + ")"
	}
	return s + " ELSE (CASE json_type({0}) WHEN 'VARCHAR' THEN " + of(value.String, node) +
		" WHEN 'BOOLEAN' THEN " + of(value.Bool, "("+node+" = 'true')") +
		" WHEN 'BIGINT' THEN " + of(value.Long, "try_cast("+node+" AS BIGINT)") +
		" WHEN 'UBIGINT' THEN coalesce(" + of(value.Long, "try_cast("+node+" AS BIGINT)") + ", " + of(value.Real, "try_cast("+node+" AS DOUBLE)") + ")" +
		" WHEN 'DOUBLE' THEN " + of(value.Real, "try_cast("+node+" AS DOUBLE)") + " END) END)"
}

func guidSQL(from value.Type) string {
	switch from {
	case value.GUID:
		return "{0}"
	case value.String:
		return `(CASE WHEN regexp_full_match(lower(replace({0}, '-', '')), '\s*([0-9a-f]{32}|\{[0-9a-f]{32}\}|\([0-9a-f]{32}\))\s*')` +
			` THEN regexp_replace(regexp_extract(lower(replace({0}, '-', '')), '[0-9a-f]{32}'), '(.{8})(.{4})(.{4})(.{4})(.{12})', '\1-\2-\3-\4-\5') END)`
	}
	return ""
}
