package sql

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

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
	// whole is a real as a BIGINT where it is a whole number of at most 15 digits, else NULL.
	whole func(number string) string
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

// maxQuoted is the longest text in bytes that is written into a statement.
const maxQuoted = 256

// constant writes a text of a query: quoted, or as a parameter where it is long or a statement cannot hold it.
func (c *compiler) constant(text string) string {
	if len(text) > maxQuoted || !utf8.ValidString(text) || strings.IndexByte(text, 0) >= 0 {
		return c.param(text)
	}
	return quoteText(text)
}

// quoteText quotes a text without NUL in standard SQL, where only the quote itself is special.
func quoteText(s string) string {
	return "'" + strings.ReplaceAll(strings.ReplaceAll(s, "\x00", ""), "'", "''") + "'"
}

// literal writes v as text, so that the database plans with the value: a filter on a parameter is tested row by row, one
// on a constant also prunes.
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
	return c.constant(text) + "::" + t, nil
}

// bare takes the cast off a whole number or a quoted text: the database gives them the type of what they are compared with,
// and is done with them sooner.
func bare(literal string) string {
	text, cast, ok := strings.Cut(literal, "::")
	switch {
	case strings.HasPrefix(literal, "'"):
		return strings.TrimSuffix(literal, "::VARCHAR")
	case ok && (cast == "BIGINT" || cast == "INTEGER") && text != "NULL":
		return text
	}
	return ""
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
