package sql

import (
	"regexp"
	"strings"

	"github.com/glasswatch/glasswatch/kql/value"
)

// prefilter puts a cheap test of the stored JSON text before a search in a dynamic value: text that is nowhere in the
// document is in no value of it. So most documents are not parsed. The search itself stays as it is, but for contains in an
// entire document without escapes: between blanks and marks that were not searched for, its text is that of its value.
func (c *compiler) prefilter(search expr, name string, args []expr) expr {
	positive := strings.TrimPrefix(name, "!")
	if !searches(positive) || len(args) != 2 || args[0].origin().document == "" || !args[1].constant() || !verbatim(args[1].konst.Text()) {
		return search
	}
	of := args[0].origin()
	document, needle, yes, no := of.document, args[1].konst.Text(), "TRUE", "FALSE"
	if positive != name {
		yes, no = no, yes
	}
	if !strings.HasSuffix(name, "_cs") {
		document, needle = "lower("+document+")", value.Fold(needle)
	}
	found := "contains(" + document + ", " + c.constant(needle) + "::VARCHAR)"
	// A document with a backslash may spell any character as an escape.
	escapes := "contains(" + of.document + `, '\')`
	// CASE, and not AND, because that keeps the order in which the tests are made.
	if of.entire && strings.HasPrefix(positive, "contains") && strings.TrimSpace(needle) == needle {
		search.sql = "(CASE WHEN " + escapes + " THEN " + search.sql + " WHEN " + found + " THEN " + yes + " ELSE " + no + " END)"
	} else {
		search.sql = "(CASE WHEN " + found + " OR " + escapes + " THEN " + search.sql + " ELSE " + no + " END)"
	}
	search.nullable, search.binding = false, atom
	return search
}

// searches reports whether an operator is true only for a text that holds its right side.
func searches(name string) bool {
	switch strings.TrimSuffix(name, "_cs") {
	case "contains", "has", "hasprefix", "hassuffix", "startswith", "endswith":
		return true
	}
	return false
}

// verbatim reports whether s, wherever it is in the text of a JSON document's value, stands so in the document too: it has
// no mark that JSON writes as an escape or between values, and it cannot be part of a number, because numbers are written
// anew when a value is read. A colon stands behind a key's quote, so one with another character before it is in a text.
func verbatim(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.IndexByte(" _.@/+-", c) >= 0, c == ':' && i > 0:
		default:
			return false
		}
	}
	return s != "" && !inNumber.MatchString(s)
}

// inNumber matches the parts of JSON's numbers.
var inNumber = regexp.MustCompile(`^[-+]?[0-9]*\.?[0-9]*([eE][-+]?[0-9]*)?$`)
