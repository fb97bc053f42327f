package sql

import (
	"strings"

	"github.com/glasswatch/glasswatch/kql/value"
)

// isSpelt compares the text of a promoted column with constant words by the JSON text that is stored: it is the word in
// quotes, or has an escape in it, and only then must be read.
func (c *compiler) isSpelt(x expr, words []expr, want bool) (expr, bool) {
	if x.spelt == "" {
		return expr{}, false
	}
	quoted, plain := make([]string, len(words)), make([]string, len(words))
	for i, w := range words {
		if !w.constant() || w.typ != value.String || !isWordText(w.konst.Text()) {
			return expr{}, false
		}
		quoted[i] = c.param(`"`+w.konst.Text()+`"`) + "::VARCHAR"
		plain[i] = w.sql
	}
	text := x.spelt + among(quoted) + " OR (contains(" + x.spelt + `, '\') AND ` + x.arg() + among(plain) + ")"
	if !want {
		return not(expr{sql: "coalesce(" + text + ", FALSE)"}), true
	}
	return expr{sql: text, nullable: true, binding: disjunction}, true
}

func among(list []string) string {
	if len(list) == 1 {
		return " = " + list[0]
	}
	return " IN (" + strings.Join(list, ", ") + ")"
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
