package sql

import (
	"regexp"
	"strings"

	"github.com/glasswatch/glasswatch/kql/value"
)

// isSpelt compares the text of a promoted column with constant words by the JSON text that is stored: it is a word in
// quotes, or has an escape in it, and only then must be read. One function tells both, which the database computes once an
// entry of a dictionary.
func (c *compiler) isSpelt(x expr, words []expr, want bool) (expr, bool) {
	if x.spelt == "" {
		return expr{}, false
	}
	patterns, plain := make([]string, len(words)), make([]string, len(words))
	for i, w := range words {
		if !w.constant() || w.typ != value.String || !isWordText(w.konst.Text()) {
			return expr{}, false
		}
		patterns[i] = `"` + regexp.QuoteMeta(w.konst.Text()) + `"`
		plain[i] = w.sql
	}
	pattern := strings.Join(patterns, "|") + `|(?s:.*\\.*)`
	text := "regexp_full_match(" + x.spelt + ", " + c.param(pattern) + "::VARCHAR) AND (NOT contains(" + x.spelt + `, '\') OR ` + x.arg() + " IN (" + strings.Join(plain, ", ") + "))"
	if !want {
		return not(expr{sql: "coalesce(" + text + ", FALSE)"}), true
	}
	return expr{sql: text, nullable: true, binding: conjunction}, true
}

// isWordText reports whether s is the text of a JSON string only, and of no number, truth value, bag or array, and needs no
// escape as one.
func isWordText(s string) bool {
	if s == "" || s == "true" || s == "false" || s == "null" || strings.IndexByte("-0123456789{[", s[0]) >= 0 {
		return false
	}
	for i := range len(s) {
		if s[i] < ' ' || s[i] == '"' || s[i] == '\\' {
			return false
		}
	}
	return true
}
