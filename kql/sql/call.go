package sql

import (
	"strconv"
	"strings"

	"github.com/glasswatch/glasswatch/kql/function"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// maxText bounds the SQL of one expression: templates use an argument several times, so nested calls multiply, and a database
// plans longer than the interpreter runs.
const maxText = 16 << 10

// call writes a scalar function by its entry in the catalogue.
func (c *compiler) call(e *plan.Call, in columns) (expr, error) {
	if out, ok, err := c.inArray(e, in); ok || err != nil {
		return out, err
	}
	if standsApart(e) && readsTable(e) { // try() takes no subquery
		return expr{}, c.unsupported("function %s of a value that a table gives", e.Func.Name)
	}
	args, err := c.exprs(e.Args, in)
	if err != nil {
		return expr{}, err
	}
	text, ok := c.apply(e.Overload.SQL, e.Overload.SQLFunc, args)
	if !ok {
		return expr{}, c.unsupported("function %s", e.Func.Name)
	}
	if len(text) > maxText {
		return expr{}, c.unsupported("an expression of %d bytes of SQL", len(text))
	}
	out := expr{sql: text, typ: e.Typ, nullable: nullable(e.Typ), binding: bindingOf(text), volatile: e.Func.Volatile}
	for _, a := range args {
		out.volatile = out.volatile || a.volatile
	}
	c.trace(&out, e.Func.Name, args)
	return c.prefilter(c.fromKept(out, e.Func.Name, args), e.Func.Name, args), nil
}

// trace remembers what a conversion of a dynamic value came from.
func (c *compiler) trace(out *expr, name string, args []expr) {
	var of origin
	if inner, ok := strings.CutSuffix(out.sql, ", '')"); ok && out.binding == atom {
		if inner, ok = strings.CutPrefix(inner, "coalesce("); ok && bindingOf(inner) == atom {
			of.orEmpty = inner
		}
	}
	if len(args) == 1 && args[0].typ == value.Dynamic {
		switch name {
		case "tostring":
			of.document = args[0].origin().document
			of.entire = of.document == args[0].sql
		case "toreal", "todouble", "tolong":
			of.text = c.text(args[0])
			of.number = of.text
		}
	}
	if of.orEmpty != "" || of.document != "" || of.text != "" {
		out.of = &of
	}
}

// apply fills in the template, or calls the function, that the catalogue has for the dialect.
func (c *compiler) apply(templates map[string]string, funcs map[string]func([]function.SQLArg) (string, bool), args []expr) (string, bool) {
	if f := funcs[c.dialect.Name]; f != nil {
		sqlArgs := make([]function.SQLArg, len(args))
		for i, a := range args {
			sqlArgs[i] = function.SQLArg{SQL: a.arg(), Type: a.typ, Const: a.konst}
		}
		return f(sqlArgs)
	}
	if template, ok := templates[c.dialect.Name]; ok {
		return c.fill(template, args)
	}
	return "", false
}

// fill replaces {0}, {1}, ... by the arguments and {*} by all of them. Where a template reads the text of a dynamic
// argument at the root and the argument is a path, both become one reading.
func (c *compiler) fill(template string, args []expr) (string, bool) {
	for i, a := range args {
		if a.typ != value.Dynamic {
			continue
		}
		n := strconv.Itoa(i)
		for _, read := range c.dialect.rootText {
			template = strings.ReplaceAll(template, strings.ReplaceAll(read, "{0}", "{"+n+"}"), "{"+n+"$}")
		}
	}
	var b strings.Builder
	for {
		head, rest, ok := strings.Cut(template, "{")
		b.WriteString(head)
		if !ok {
			return b.String(), true
		}
		name, tail, closed := strings.Cut(rest, "}")
		text, known := c.argument(name, args)
		switch {
		case !closed || !placeholder(name):
			b.WriteByte('{') // a brace of SQL's own
			template = rest
			continue
		case !known:
			return "", false
		}
		b.WriteString(text)
		template = tail
	}
}

func placeholder(name string) bool {
	_, err := strconv.ParseUint(strings.TrimSuffix(name, "$"), 10, 8)
	return name == "*" || err == nil
}

func (c *compiler) argument(name string, args []expr) (string, bool) {
	if name == "*" {
		texts := make([]string, len(args))
		for i, a := range args {
			texts[i] = a.arg()
		}
		return strings.Join(texts, ", "), true
	}
	number, unquoted := strings.CutSuffix(name, "$")
	i, err := strconv.Atoi(number)
	if err != nil || i >= len(args) {
		return "", false
	}
	if unquoted {
		return c.text(args[i]), true
	}
	return args[i].arg(), true
}

// bindingOf tells whether text can stand as an operand as it is: a name, a literal, a call, something in parentheses,
// each with casts behind it.
func bindingOf(text string) binding {
	i := 0
	for i < len(text) && (isWord(text[i]) || text[i] == '"' || text[i] == '\'') {
		if text[i] == '"' || text[i] == '\'' {
			i = skipQuoted(text, i)
			continue
		}
		i++
	}
	if i < len(text) && text[i] == '(' {
		if i = skipParens(text, i); i < 0 {
			return disjunction
		}
	}
	for strings.HasPrefix(text[i:], "::") {
		for i += 2; i < len(text) && isWord(text[i]); i++ {
		}
	}
	if i != len(text) {
		return disjunction
	}
	return atom
}

func isWord(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c == '_' || c == '.' || c == '$'
}

// skipQuoted returns the position behind the quoted text that starts at i.
func skipQuoted(s string, i int) int {
	end := strings.IndexByte(s[i+1:], s[i])
	if end < 0 {
		return len(s)
	}
	return i + 1 + end + 1
}

// skipParens returns the position behind the group that starts at i, or -1.
func skipParens(s string, i int) int {
	depth := 0
	for i < len(s) {
		switch s[i] {
		case '\'', '"':
			i = skipQuoted(s, i)
			continue
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i + 1
			}
		}
		i++
	}
	return -1
}

// constant reports whether e is a constant that is not null.
func (e expr) constant() bool { return e.konst != nil && !e.konst.IsNull() }

// emptyText reports whether e can be the empty string: false only for other constants.
func (e expr) emptyText() bool { return !e.constant() || e.typ != value.String || e.konst.Text() == "" }
