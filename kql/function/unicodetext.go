package function

import (
	"strings"
	"unicode/utf8"

	"github.com/glasswatch/glasswatch/kql/value"
)

// unicodes are functions over the code points and the bytes of a text.
func unicodes() []Func {
	from := one("unicode_codepoints_from_string", "The code points of a text, as an array of numbers.", Overload{Params: []Param{text("value")}, Returns: value.Dynamic,
		Eval: func(_ *Context, a []value.Value) value.Value {
			list := []any{}
			for _, r := range a[0].Text() {
				list = append(list, int64(r))
			}
			return value.NewDynamic(list)
		}}, example(`unicode_codepoints_from_string("Kusto")`, "[75,117,115,116,111]"))
	to := one("unicode_codepoints_to_string", "The text of code points, given one by one or in arrays; empty where a number is no code point.",
		Overload{Params: []Param{{Name: "value", Types: []value.Type{value.Long, value.Int, value.Dynamic}, Variadic: true}}, Returns: value.String, Eval: fromCodepoints},
		example(`unicode_codepoints_to_string(75, 117, 115, 116, 111)`, "Kusto"), example(`unicode_codepoints_to_string(dynamic([75, 117]), 115)`, "Kus"), example(`unicode_codepoints_to_string(-1)`, ""))
	ascii := func(s string) bool {
		return strings.IndexFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }) < 0
	}
	return []Func{
		from, alias(from, "to_utf8", example(`to_utf8("a")`, "[97]")),
		to, alias(to, "make_string", example(`make_string(75, 117)`, "Ku")),
		one("string_size", "The number of bytes of a text in UTF-8.", Overload{Params: []Param{stringOrDynamic("string")}, Returns: value.Long, SQL: sql("octet_length(encode({0}))"),
			Eval: func(_ *Context, a []value.Value) value.Value { return value.NewLong(int64(len(a[0].Text()))) }},
			example(`string_size("hello")`, "5"), example(`string_size("⒦⒰⒮⒯⒪")`, "15")),
		one("isascii", "Whether a text has ASCII characters only.", Overload{Params: []Param{text("value")}, Returns: value.Bool, SQL: sql("(octet_length(encode({0})) = length({0}))"),
			Eval: func(_ *Context, a []value.Value) value.Value { return boolean(ascii(a[0].Text())) }},
			example(`isascii("some string")`, "true"), example(`isascii("Grüße")`, "false")),
		one("isutf8", "Whether a text is valid UTF-8.", Overload{Params: []Param{text("value")}, Returns: value.Bool,
			Eval: func(_ *Context, a []value.Value) value.Value { return boolean(utf8.ValidString(a[0].Text())) }},
			example(`isutf8("some string")`, "true")),
	}
}

func fromCodepoints(_ *Context, a []value.Value) value.Value {
	var b strings.Builder
	add := func(n int64) bool {
		if n < 0 || n > utf8.MaxRune || !utf8.ValidRune(rune(n)) {
			return false
		}
		b.WriteRune(rune(n))
		return true
	}
	for _, v := range a {
		list, isArray := arrayOf(v)
		switch {
		case isArray:
			for _, node := range list {
				if n, ok := node.(int64); !ok || !add(n) {
					return str("")
				}
			}
		case v.Type() == value.Dynamic:
			if n := v.Scalar(); n.Type() != value.Long || !add(n.Int()) {
				return str("")
			}
		case v.IsNull() || !add(v.Int()):
			return str("")
		}
	}
	return str(b.String())
}
