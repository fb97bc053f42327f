package function

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/glasswatch/glasswatch/kql/value"
)

// strings_ are the functions over texts that need no regular expression. Positions and lengths count characters.
func strings_() []Func {
	return []Func{
		mapText("tolower", "The text in lower case.", value.Fold, "lower({0})", example(`tolower("Bg-ADMIN")`, "bg-admin")),
		mapText("toupper", "The text in upper case.", toUpper, upperSQL, example(`toupper("abc")`, "ABC")),
		mapText("reverse", "The characters in the opposite order.", reverseText, "", example(`reverse("Kusto")`, "otsuK"), example(`reverse(123)`, "321")),
		one("strlen", "The number of characters.", Overload{Params: []Param{stringOrDynamic("text")}, Returns: value.Long, SQL: sql("length({0})"),
			Eval: func(_ *Context, a []value.Value) value.Value {
				return value.NewLong(int64(utf8.RuneCountInString(a[0].Text())))
			}}, example(`strlen("abc")`, "3"), example(`strlen("Grüße")`, "5")),
		one("strcat", "Joins the texts of its arguments.", Overload{Params: []Param{{Name: "part", As: value.String, Variadic: true}}, Returns: value.String,
			SQLFunc: sqlFunc(func(args []SQLArg) (string, bool) { return "(" + strings.Join(texts(args), " || ") + ")", true }),
			Eval: func(_ *Context, a []value.Value) value.Value {
				var b strings.Builder
				for _, v := range a {
					b.WriteString(v.Text())
				}
				return str(b.String())
			}}, example(`strcat("a", 1, "-", true)`, "a1-True"), example(`strcat("x", int(null))`, "x")),
		one("strcat_delim", "Joins texts with a delimiter between them.", Overload{Params: []Param{text("delimiter"), text("first"), {Name: "part", As: value.String, Variadic: true}}, Returns: value.String,
			SQL: sql("concat_ws({*})"),
			Eval: func(_ *Context, a []value.Value) value.Value {
				parts := make([]string, len(a)-1)
				for i, v := range a[1:] {
					parts[i] = v.Text()
				}
				return str(strings.Join(parts, a[0].Text()))
			}}, example(`strcat_delim("-", "a", int(null), "b")`, "a--b")),
		one("strcmp", "-1, 0 or 1 as the first text sorts before, with or after the second.", Overload{Params: []Param{text("first"), text("second")}, Returns: value.Long,
			SQL: sql("(CASE WHEN {0} < {1} THEN -1::BIGINT WHEN {0} > {1} THEN 1::BIGINT ELSE 0::BIGINT END)"),
			Eval: func(_ *Context, a []value.Value) value.Value {
				return value.NewLong(int64(strings.Compare(a[0].Text(), a[1].Text())))
			}}, example(`strcmp("ABC", "abc")`, "-1"), example(`strcmp("abc", "abc")`, "0")),
		one("substring", "Part of a text: a start counted from 0, or back from the end when negative, and a length.",
			Overload{Params: []Param{text("text"), {Name: "start", Types: integers()}, {Name: "length", Types: integers(), Optional: true}}, Returns: value.String,
				Eval: substring, SQLFunc: sqlFunc(substringSQL)},
			example(`substring("abcdefg", 1, 3)`, "bcd"), example(`substring("abcdefg", -3)`, "efg"), example(`substring("abc", -10)`, ""), example(`substring("abc", 5)`, "")),
		one("indexof", "The position of a text in another, from 0; -1 without one. Optionally from a start, within a length, and of the n-th occurrence.",
			Overload{Params: []Param{text("text"), text("search"), optional(Param{Name: "start", Types: integers()}), optional(Param{Name: "length", Types: integers()}), optional(Param{Name: "occurrence", Types: integers()})},
				Returns: value.Long, Eval: indexOf,
				SQLFunc: sqlFunc(func(args []SQLArg) (string, bool) {
					return fill("(strpos({0}, {1}) - 1)", texts(args)...), len(args) == 2
				})},
			example(`indexof("abcdefg", "cde")`, "2"), example(`indexof("abc", "x")`, "-1"), example(`indexof("abcdefg", "cde", -5)`, "2"), example(`indexof("abcabc", "b", 0, -1, 2)`, "4")),
		one("split", "Cuts a text at a delimiter into an array of strings; with an index, an array of the part at that index.",
			Overload{Params: []Param{text("text"), plainText("delimiter"), optional(Param{Name: "index", Types: integers()})}, Returns: value.Dynamic, Eval: split,
				SQLFunc: sqlFunc(splitSQL)},
			example(`split("a/b/c", "/")`, `["a","b","c"]`), example(`split("a/b/c", "/", 1)`, `["b"]`), example(`split("", "/")`, `[""]`)),
		one("replace_string", "Replaces every occurrence of a text.", Overload{Params: []Param{plainText("text"), plainText("search"), plainText("replacement")}, Returns: value.String,
			SQL: sql("replace({0}, {1}, {2})"),
			Eval: func(_ *Context, a []value.Value) value.Value {
				if a[1].Text() == "" {
					return a[0]
				}
				return str(strings.ReplaceAll(a[0].Text(), a[1].Text(), a[2].Text()))
			}}, example(`replace_string("a-b-c", "-", "+")`, "a+b+c")),
		one("countof", "How often a text occurs in another, overlapping occurrences included; or how often a regular expression matches, with \"regex\" as the kind.",
			Overload{Params: []Param{plainText("text"), plainText("search"), optional(constant(param("kind", value.String)))}, Returns: value.Long, Eval: countOf, Check: checkCountKind},
			example(`countof("aaaa", "aa")`, "3"), example(`countof("aaaa", "aa", "regex")`, "2"), example(`countof("abc", "")`, "0")),
		one("strrep", "A text repeated, with an optional delimiter.", Overload{Params: []Param{text("text"), {Name: "times", Types: integers()}, optional(text("delimiter"))}, Returns: value.String, Eval: strrep},
			example(`strrep("ABC", 2)`, "ABCABC"), example(`strrep(123, 3, ".")`, "123.123.123")),
	}
}

// mapText is a function from the text of any value to a text.
func mapText(name, doc string, f func(string) string, template string, examples ...Example) Func {
	return mapParam(text("text"), name, doc, f, template, examples...)
}

// mapString is a function from a string to a text.
func mapString(name, doc string, f func(string) string, template string, examples ...Example) Func {
	return mapParam(plainText("text"), name, doc, f, template, examples...)
}

// mapScalar is a function from the text of any value but a dynamic to a text.
func mapScalar(name, doc string, f func(string) string, template string, examples ...Example) Func {
	fn := mapParam(Param{Name: "source", Types: scalars(), As: value.String}, name, doc, f, template, examples...)
	fn.resolve = refuseDynamic
	return fn
}

func mapParam(p Param, name, doc string, f func(string) string, template string, examples ...Example) Func {
	return one(name, doc, Overload{Params: []Param{p}, Returns: value.String, SQL: sql(template),
		Eval: func(_ *Context, a []value.Value) value.Value {
			s := a[0].Text()
			if t := f(s); t != s {
				return str(t)
			}
			return str(s)
		}}, examples...)
}

// upperSQL keeps the sharp s, which DuckDB alone among all letters maps otherwise; U+E000 stands for it meanwhile.
const upperSQL = "replace(upper(replace({0}, 'ß', chr(57344))), chr(57344), 'ß')"

func toUpper(s string) string { return strings.Map(unicode.ToUpper, s) }

func reverseText(s string) string {
	runes := []rune(s)
	for i, j := 0, len(runes)-1; i < j; i, j = i+1, j-1 {
		runes[i], runes[j] = runes[j], runes[i]
	}
	return string(runes)
}

func substring(_ *Context, a []value.Value) value.Value {
	s := a[0].Text()
	if a[1].IsNull() || len(a) > 2 && a[2].IsNull() {
		return str("")
	}
	start, length := a[1].Int(), int64(len(s))
	if len(a) > 2 {
		length = a[2].Int()
	}
	if start < 0 {
		if start += int64(utf8.RuneCountInString(s)); start < 0 {
			return str("")
		}
	}
	from := runeOffset(s, start)
	if length <= 0 || from == len(s) {
		return str("")
	}
	return str(s[from : from+runeOffset(s[from:], length)])
}

// substringSQL needs a constant start and length. DuckDB counts characters too, from 1.
func substringSQL(args []SQLArg) (string, bool) {
	start, ok := args[1].constInt()
	if !ok || start > 1<<30 || start < -(1<<30) {
		return "", false
	}
	s, tail := args[0].SQL, ""
	if len(args) > 2 {
		length, ok := args[2].constInt()
		if !ok || length <= 0 || length > 1<<30 {
			return "''", ok && length <= 0
		}
		tail = fmt.Sprintf(", %d", length)
	}
	if start >= 0 {
		return fmt.Sprintf("substring(%s, %d%s)", s, start+1, tail), true
	}
	return fmt.Sprintf("(CASE WHEN length(%s) >= %d THEN substring(%s, length(%s) - %d%s) ELSE '' END)", s, -start, s, s, -start-1, tail), true
}

// runeOffset returns the byte position of the n-th character, or the end.
func runeOffset(s string, n int64) int {
	if n >= int64(len(s)) {
		return len(s)
	}
	for i := range s {
		if n == 0 {
			return i
		}
		n--
	}
	return len(s)
}

func indexOf(_ *Context, a []value.Value) value.Value {
	s, search := a[0].Text(), a[1].Text()
	arg := func(i int, absent int64) int64 {
		if i >= len(a) || a[i].IsNull() {
			return absent
		}
		return a[i].Int()
	}
	start, length, occurrence := arg(2, 0), arg(3, -1), arg(4, 1)
	if start < 0 {
		start = max(0, start+int64(utf8.RuneCountInString(s)))
	}
	if length < -1 || occurrence < 1 {
		return value.Null(value.Long)
	}
	if start > int64(utf8.RuneCountInString(s)) {
		return value.NewLong(-1)
	}
	at := runeOffset(s, start)
	for {
		window := s[at:]
		if length >= 0 { // of every search: the length counts again from behind the occurrence before
			window = window[:runeOffset(window, length)]
		}
		i := strings.Index(window, search)
		if i < 0 {
			return value.NewLong(-1)
		}
		at += i
		if occurrence--; occurrence == 0 {
			return value.NewLong(int64(utf8.RuneCountInString(s[:at])))
		}
		if at += max(1, len(search)); at > len(s) {
			return value.NewLong(-1)
		}
	}
}

func split(_ *Context, a []value.Value) value.Value {
	s, delimiter := a[0].Text(), a[1].Text()
	parts := []string{s}
	if delimiter != "" {
		parts = strings.Split(s, delimiter)
	}
	list := make([]any, 0, len(parts))
	if len(a) > 2 && !a[2].IsNull() {
		if i := a[2].Int(); i >= 0 && i < int64(len(parts)) {
			list = append(list, parts[i])
			return value.NewDynamic(list)
		}
		return value.Null(value.Dynamic)
	}
	for _, p := range parts {
		list = append(list, p)
	}
	return value.NewDynamic(list)
}

// splitSQL needs a constant delimiter and index.
func splitSQL(args []SQLArg) (string, bool) {
	if d, ok := args[1].constText(); !ok || d == "" {
		return "", false
	}
	if len(args) == 2 {
		return fill("to_json(string_split({0}, {1}))::VARCHAR", texts(args)...), true
	}
	i, ok := args[2].constInt()
	if !ok || i < 0 || i > 1<<30 {
		return "", false
	}
	return fill(fmt.Sprintf("nullif(to_json(string_split({0}, {1})[%d:%[1]d])::VARCHAR, '[]')", i+1), texts(args)...), true
}

func countOf(c *Context, a []value.Value) value.Value {
	s, search := a[0].Text(), a[1].Text()
	if len(a) > 2 && a[2].Text() == "regex" {
		re := c.Regexp(search)
		if re == nil {
			return value.Null(value.Long)
		}
		return value.NewLong(int64(len(re.FindAllStringIndex(s, -1))))
	}
	n := int64(0)
	if search == "" {
		return value.NewLong(0)
	}
	for {
		i := strings.Index(s, search)
		if i < 0 {
			return value.NewLong(n)
		}
		n++
		_, size := utf8.DecodeRuneInString(s[i:])
		s = s[i+size:]
	}
}

func checkCountKind(args []*value.Value) error {
	if len(args) < 3 || args[2] == nil {
		return nil
	}
	switch kind := args[2].Text(); kind {
	case "normal":
		return nil
	case "regex":
		return checkRegex(1)(args)
	default:
		return fmt.Errorf("countof knows the kinds normal and regex, not %q", kind)
	}
}

// maxRepeat is the language's bound of strrep.
const maxRepeat = 1024

func strrep(_ *Context, a []value.Value) value.Value {
	n := a[1].Int()
	if a[1].IsNull() || n < 0 {
		return str("")
	}
	n = min(n, maxRepeat)
	delimiter := ""
	if len(a) > 2 {
		delimiter = a[2].Text()
	}
	parts := make([]string, n)
	for i := range parts {
		parts[i] = a[0].Text()
	}
	return str(strings.Join(parts, delimiter))
}
