package function

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/glasswatch/glasswatch/kql/value"
)

// textSearches find and replace by lists and by regular expressions.
func textSearches() []Func {
	return []Func{
		one("indexof_regex", "The position of the first match of a regular expression, from 0; -1 without one. Optionally from a start, within a length, and of the n-th match.",
			Overload{Params: []Param{text("string"), text("match"), optional(whole("start")), optional(whole("length")), optional(whole("occurrence"))}, Returns: value.Long, Check: checkRegex(1), Eval: indexOfRegex},
			example(`indexof_regex("abcabc", @"a.c")`, "0"), example(`indexof_regex("abcabcdefg", @"a.c", 0, 9, 2)`, "3"), example(`indexof_regex("ababaa", @"a.a", 0, -1, 2)`, "-1"), exampleNull(`indexof_regex("abc", "a", -1)`)),
		one("has_any_index", "The position in an array of the first item that the text has as a term; -1 without one.", Overload{Params: []Param{stringOrDynamic("source"), array("values")}, Returns: value.Long,
			Eval: func(_ *Context, a []value.Value) value.Value {
				list, _ := arrayOf(a[1])
				s := a[0].Text()
				for i, node := range list {
					if HasTerm(s, value.NewDynamic(node).DynamicText()) {
						return value.NewLong(int64(i))
					}
				}
				return value.NewLong(-1)
			}}, example(`has_any_index("this is an example", dynamic(["not", "example"]))`, "1"), example(`has_any_index("number 2", dynamic([1, 2]))`, "1"), example(`has_any_index("a", dynamic([]))`, "-1")),
		one("regex_quote", "A regular expression that matches the text and nothing else.", Overload{Params: []Param{text("string")}, Returns: value.String,
			Eval: func(_ *Context, a []value.Value) value.Value { return str(regexp.QuoteMeta(a[0].Text())) }}, example(`regex_quote("(so$me.Te^xt)")`, `\(so\$me\.Te\^xt\)`)),
		one("replace_strings", "Replaces every text of one array by that of another at the same position. What an earlier text replaced is not looked at again.",
			Overload{Params: []Param{plainText("text"), array("lookups"), array("rewrites")}, Returns: value.String, Eval: replaceStrings},
			example(`replace_strings("A magic trick", dynamic(["magic", "A"]), dynamic(["A", "The"]))`, "The A trick"), example(`replace_strings("This is", dynamic(["This", "is"]), dynamic(["This", "was"]))`, "This was")),
		one("translate", "Replaces each character of a list by the one at the same position of another, which its last character extends; without any the characters are cut.",
			Overload{Params: []Param{plainText("searchList"), plainText("replacementList"), plainText("source")}, Returns: value.String,
				Eval: func(_ *Context, a []value.Value) value.Value {
					return str(translate(a[0].Text(), a[1].Text(), a[2].Text()))
				}},
			example(`translate("krasp", "otsku", "spark")`, "kusto"), example(`translate("abc", "x", "abc")`, "xxx"), example(`translate("abc", "", "ab")`, "")),
	}
}

func indexOfRegex(c *Context, a []value.Value) value.Value {
	s, re := a[0].Text(), c.Regexp(a[1].Text())
	start, length, occurrence := longArg(a, 2, 0), longArg(a, 3, -1), longArg(a, 4, 1)
	if re == nil || start < 0 || length < -1 || occurrence < 1 {
		return value.Null(value.Long)
	}
	from := runeOffset(s, start)
	window := s[from:]
	if length >= 0 {
		window = window[:runeOffset(window, length)]
	}
	n := len(window) + 2
	if occurrence > int64(n) {
		return value.NewLong(-1)
	}
	matches := re.FindAllStringIndex(window, int(occurrence))
	if int64(len(matches)) < occurrence {
		return value.NewLong(-1)
	}
	return value.NewLong(start + int64(utf8.RuneCountInString(window[:matches[occurrence-1][0]])))
}

// replaceStrings takes the lookups one after the other and leaves alone what one before has replaced.
func replaceStrings(_ *Context, a []value.Value) value.Value {
	lookups, ok := arrayOf(a[1])
	rewrites, ok2 := arrayOf(a[2])
	if !ok || !ok2 || len(lookups) != len(rewrites) {
		return str("")
	}
	type piece struct {
		text string
		done bool
	}
	pieces := []piece{{text: a[0].Text()}}
	for i := range lookups {
		from, ok := lookups[i].(string)
		if !ok || from == "" {
			continue
		}
		to, ok := rewrites[i].(string)
		if !ok { // what is no text replaces nothing, and the text counts as looked at
			to = from
		}
		var next []piece
		for _, p := range pieces {
			if p.done {
				next = append(next, p)
				continue
			}
			for j, rest := range strings.Split(p.text, from) {
				if j > 0 {
					next = append(next, piece{to, true})
				}
				next = append(next, piece{text: rest})
			}
		}
		pieces = next
	}
	var b strings.Builder
	for _, p := range pieces {
		b.WriteString(p.text)
	}
	return str(b.String())
}

func translate(search, replacement, s string) string {
	to := []rune(replacement)
	mapping := map[rune]rune{}
	i := 0
	for _, r := range search {
		if _, taken := mapping[r]; !taken {
			mapping[r] = -1
			if len(to) > 0 {
				mapping[r] = to[min(i, len(to)-1)]
			}
		}
		i++
	}
	return strings.Map(func(r rune) rune {
		if m, ok := mapping[r]; ok {
			return m
		}
		return r
	}, s)
}
