package sql

import (
	"strconv"
	"strings"

	"github.com/glasswatch/glasswatch/kql/value"
)

// DuckDB is the dialect of DuckDB 1.5.
var DuckDB = Dialect{
	Name: "duckdb",
	types: map[value.Type]string{
		value.Bool: "BOOLEAN", value.Int: "INTEGER", value.Long: "BIGINT", value.Real: "DOUBLE",
		value.DateTime: "BIGINT", value.TimeSpan: "BIGINT",
		value.String: "VARCHAR", value.GUID: "VARCHAR", value.Dynamic: "VARCHAR",
	},
	path: func(base string, steps []step) string {
		base, path := duckPath(base, steps)
		return "nullif(json_extract(" + base + ", " + quoteText(path) + ")::VARCHAR, 'null')"
	},
	unquoted: func(base string, steps []step) string {
		base, path := duckPath(base, steps)
		return "json_extract_string(" + base + ", " + quoteText(path) + ")"
	},
	rootText: []string{"json_extract_string({0}, '$')", "{0} ->> '$'"},
	matches:  duckMatches,
	realText: func(text string) string {
		const number = `[ \t\r\n\v\f]*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?[ \t\r\n\v\f]*`
		return "(CASE WHEN " + duckMatches(text, number) + " THEN try_cast(" + text + " AS DOUBLE) END)"
	},
	whole: func(number string) string {
		return "list_transform([" + number + "], lambda n: CASE WHEN abs(n) < 1e15 AND n = trunc(n) THEN n::BIGINT END)[1]"
	},
	property: func(base, key string) string {
		key = "replace(replace(" + key + ", '~', '~0'), '/', '~1')"
		return "nullif(json_extract(CASE WHEN json_type(" + base + ") = 'OBJECT' THEN " + base + " END, '/' || " + key + ")::VARCHAR, 'null')"
	},
	elements: func(base string, pairs bool) string {
		one := "json_object"
		if pairs {
			one = "json_array"
		}
		properties := "list_zip(json_keys(" + base + "), json_extract(" + base + ", '$.*'))" // of a name that occurs twice, both
		array := "json_extract(" + base + ", '$[*]')::VARCHAR[]"
		return "(CASE WHEN starts_with(" + base + ", '[') THEN " + array + // most are, and need be read only once
			" ELSE (CASE json_type(" + base + ") WHEN 'ARRAY' THEN " + array +
			" WHEN 'OBJECT' THEN list_transform(" + properties + ", lambda p: " + one + "(p[1], p[2])::VARCHAR) ELSE [" + base + "] END) END)"
	},
	kindOf: func(base string) string { return "json_type(" + base + ")" },
	groups: func(text, pattern string, n int) string {
		names := make([]string, n)
		for i := range names {
			names[i] = "'g" + strconv.Itoa(i) + "'"
		}
		return "regexp_extract(" + text + ", " + pattern + ", [" + strings.Join(names, ", ") + "])"
	},
	element: func(base, index string) string {
		return "nullif(json_extract(" + base + ", '$[' || " + index + " || ']')::VARCHAR, 'null')"
	},
}

func duckMatches(text, pattern string) string {
	return "regexp_full_match(" + text + ", " + quoteText(pattern) + ")"
}

// duckPath writes steps as a path of DuckDB's JSON functions. A name that such a path cannot say ("*" is a wildcard
// even in quotes, the empty name is an error) is read by a JSON pointer, so base may come back as a call.
func duckPath(base string, steps []step) (newBase, path string) {
	var b strings.Builder
	b.WriteByte('$')
	for _, s := range steps {
		switch {
		case s.isIndex:
			b.WriteString("[" + strconv.FormatInt(s.index, 10) + "]")
		case plainName(s.name):
			b.WriteString("." + s.name)
		case s.name == "" || strings.Contains(s.name, "*"):
			base = "json_extract(json_extract(" + base + ", " + quoteText(b.String()) + "), " + quoteText(pointer(s.name)) + ")"
			b.Reset()
			b.WriteByte('$')
		default:
			b.WriteString(`."` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s.name) + `"`)
		}
	}
	return base, b.String()
}

func pointer(name string) string {
	return "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}

// plainName reports whether s needs no quotes in a JSON path.
func plainName(s string) bool {
	for i := range len(s) {
		c := s[i] | 0x20
		if !(c >= 'a' && c <= 'z' || s[i] == '_' || i > 0 && s[i] >= '0' && s[i] <= '9') {
			return false
		}
	}
	return s != ""
}
