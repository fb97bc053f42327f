package sql

import (
	"math"
	"strconv"
	"strings"

	"github.com/glasswatch/glasswatch/kql/value"
)

// Dialect is how one database spells what every plan needs. Functions have their SQL in the catalogue, under the
// dialect's name.
type Dialect struct {
	Name  string // key of the templates in kql/function
	types map[value.Type]string
	// path reads the value at a JSON path of a text: JSON text, NULL where there is none or where it is JSON's null.
	path func(base string, steps []step) string
	// unquoted reads the value at a JSON path as text, a string without its quotes; NULL as path.
	unquoted func(base string, steps []step) string
	// rootText lists how the templates of the catalogue read the text of a dynamic argument {0}.
	rootText []string
	// matches tests a whole text against a regular expression of our own.
	matches func(text, pattern string) string
	// realText reads a text as a real, as toreal does.
	realText func(text string) string
	// elements is the list of the JSON texts of what a dynamic value expands to: an array's elements, a bag's properties,
	// each a bag of its own or with pairs an array of key and value, or the value itself.
	elements func(base string, pairs bool) string
	// kindOf names the kind of a JSON text: 'BOOLEAN', 'BIGINT', 'UBIGINT', 'DOUBLE', 'VARCHAR', ...
	kindOf func(base string) string
	// groups reads the groups of a regular expression as columns of one value, named g0, g1, ...; all empty without a match.
	groups func(text, pattern string, n int) string
	// property and element read one step that is known only when the query runs.
	property func(base, key string) string
	element  func(base, index string) string
}

// step is a constant step of a path.
type step struct {
	name    string
	index   int64
	isIndex bool
}

// QuoteName quotes an identifier in standard SQL.
func QuoteName(name string) string {
	return `"` + strings.ReplaceAll(strings.ReplaceAll(name, "\x00", ""), `"`, `""`) + `"`
}

// quoteText quotes a text that is part of the statement's shape, such as a JSON path. Values are bound instead.
func quoteText(s string) string {
	return "'" + strings.ReplaceAll(strings.ReplaceAll(s, "\x00", ""), "'", "''") + "'"
}

// literal writes v: numbers, instants and truth values as text, so that the database sees constants of the right
// type; everything else as a parameter.
func (c *compiler) literal(v value.Value) (string, error) {
	t, ok := c.dialect.types[v.Type()]
	if !ok {
		return "", c.unsupported("type %s", v.Type())
	}
	if v.IsNull() {
		return "NULL::" + t, nil
	}
	switch v.Type() {
	case value.Bool:
		return strings.ToUpper(strconv.FormatBool(v.Bool())), nil
	case value.Int, value.Long, value.DateTime, value.TimeSpan:
		return signed(strconv.FormatInt(v.Int(), 10)) + "::" + t, nil
	case value.Real:
		return realLiteral(v.Real()) + "::" + t, nil
	}
	text, _ := v.Canonical()
	return c.param(text) + "::" + t, nil
}

func realLiteral(f float64) string {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return quoteText(strconv.FormatFloat(f, 'g', -1, 64))
	}
	return signed(strconv.FormatFloat(f, 'e', -1, 64))
}

func signed(number string) string {
	if number[0] == '-' {
		return "(" + number + ")"
	}
	return number
}
