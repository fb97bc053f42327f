package function

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"strconv"
	"strings"

	"github.com/glasswatch/glasswatch/kql/value"
)

// regexes are the functions over regular expressions (RE2).
func regexes() []Func {
	pattern := constant(param("regex", value.String))
	return []Func{
		{Name: "extract", Doc: "The text that a group of a regular expression matched first; group 0 is the whole match.",
			Examples: []Example{example(`extract(@"x=(\d+)", 1, "a x=42")`, "42"), example(`extract(@"y=(\d+)", 1, "a x=42")`, "")},
			Overloads: []Overload{
				{Params: []Param{pattern, param("group", value.Long), plainText("text")}, Returns: value.String, Check: checkRegex(0), Eval: extract,
					SQLFunc: sqlFunc(extractSQL)},
			}},
		one("extract_all", "All matches of a regular expression, as an array of the group's texts, or of arrays where it has several groups; null without a match. A dynamic array chooses groups by number or name.",
			Overload{Params: []Param{pattern, plainText("text")}, Returns: value.Dynamic, Check: checkGroups(0), Eval: extractAll, SQLFunc: sqlFunc(extractAllSQL)},
			example(`extract_all(@"(\d)(\w)", "1a 2b")`, `[["1","a"],["2","b"]]`), example(`extract_all(@"(\d+)", "1 22")`, `["1","22"]`), exampleNull(`extract_all(@"(\d+)", "a")`)).
			with(Overload{Params: []Param{pattern, constant(param("groups", value.Dynamic)), plainText("text")}, Returns: value.Dynamic, Check: checkGroups(0), Eval: extractAll}),
		one("replace_regex", "Replaces every match of a regular expression; \\1 in the replacement is the first group, \\0 the whole match.",
			Overload{Params: []Param{plainText("text"), {Name: "regex", Types: just(value.String), Constant: true}, constant(plainText("replacement"))}, Returns: value.String, Check: checkRegex(1), SQLFunc: sqlFunc(replaceSQL),
				Eval: func(c *Context, a []value.Value) value.Value {
					return replaceRegex(c, a[0], a[1].Text(), a[2].Text())
				}},
			example(`replace_regex("Number is 7", @"is (\d+)", @"was: \1")`, "Number was: 7"), example(`replace_regex("a1b2", @"\d", "")`, "ab")),
		trimming("trim", "Cuts matches of a regular expression off both ends.", "^(?:%[1]s)+|(?:%[1]s)+$", example(`trim("--", "--https--")`, "https"), example(`trim(@"[^\w]+", "  a b. ")`, "a b")),
		trimming("trim_start", "Cuts matches of a regular expression off the beginning.", "^(?:%s)+", example(`trim_start("https://", "https://www")`, "www")),
		trimming("trim_end", "Cuts matches of a regular expression off the end.", "(?:%s)+$", example(`trim_end(@"\.com", "bing.com")`, "bing")),
	}
}

// with adds an overload.
func (f Func) with(o Overload) Func {
	f.Overloads = append(f.Overloads, o)
	return f
}

func extract(c *Context, a []value.Value) value.Value {
	re := c.Regexp(a[0].Text())
	group := a[1].Int()
	if re == nil || a[1].IsNull() || group < 0 || group > int64(re.NumSubexp()) {
		return str("")
	}
	at := re.FindStringSubmatchIndex(a[2].Text())
	if at == nil || at[2*group] < 0 {
		return str("")
	}
	return str(a[2].Text()[at[2*group]:at[2*group+1]])
}

// extractSQL needs a constant pattern and group, the group within the pattern's.
func extractSQL(args []SQLArg) (string, bool) {
	p, ok := args[0].constText()
	if !ok || !portableRegex(p) {
		return "", false
	}
	group, ok := args[1].constInt()
	if !ok || group < 0 || group > int64(regexp.MustCompile(p).NumSubexp()) {
		return "", false
	}
	quoted, ok := quote(p)
	return fill("coalesce(regexp_extract({0}, {1}, "+strconv.FormatInt(group, 10)+"), '')", args[2].SQL, quoted), ok
}

// checkGroups asks for 1 to 16 groups.
func checkGroups(i int) func(args []*value.Value) error {
	return func(args []*value.Value) error {
		if args[i] == nil {
			return nil
		}
		re, err := regexp.Compile(args[i].Text())
		if err != nil {
			return err
		}
		if n := re.NumSubexp(); n < 1 || n > 16 {
			return fmt.Errorf("extract_all needs a regular expression with 1 to 16 groups in parentheses, not %d", n)
		}
		return nil
	}
}

func extractAll(c *Context, a []value.Value) value.Value {
	re := c.Regexp(a[0].Text())
	if re == nil {
		return value.Null(value.Dynamic)
	}
	s := a[len(a)-1].Text()
	groups := allGroups(re)
	if len(a) == 3 {
		if chosen := chosenGroups(re, a[1]); len(chosen) > 0 {
			groups = chosen
		}
	}
	var out []any
	for _, match := range re.FindAllStringSubmatch(s, -1) {
		if len(groups) == 1 {
			out = append(out, match[groups[0]])
			continue
		}
		row := make([]any, len(groups))
		for i, g := range groups {
			row[i] = match[g]
		}
		out = append(out, row)
	}
	if out == nil {
		return value.Null(value.Dynamic)
	}
	return value.NewDynamic(out)
}

// extractAllSQL needs a constant pattern that matches no empty text: between letters, libraries find that differently.
func extractAllSQL(args []SQLArg) (string, bool) {
	p, ok := args[0].constText()
	if !ok || !portableRegex(p) || matchesEmpty(p) {
		return "", false
	}
	quoted, ok := quote(p)
	n := regexp.MustCompile(p).NumSubexp()
	if n == 1 {
		return fill("nullif(to_json(list_transform(regexp_extract_all({0}, {1}, 1), lambda x: coalesce(x, '')))::VARCHAR, '[]')", args[1].SQL, quoted), ok
	}
	lists, texts := make([]string, n), make([]string, n)
	for i := range n {
		lists[i] = fmt.Sprintf("regexp_extract_all(s, %s, %d)", quoted, i+1)
		texts[i] = fmt.Sprintf("coalesce(x[%d], '')", i+1)
	}
	return "list_transform([" + args[1].SQL + "], lambda s: nullif(to_json(list_transform(list_zip(" + strings.Join(lists, ", ") +
		"), lambda x: [" + strings.Join(texts, ", ") + "]))::VARCHAR, '[]'))[1]", ok
}

// matchesEmpty reports whether a regular expression can match a text without characters.
func matchesEmpty(pattern string) bool {
	re, err := syntax.Parse(pattern, syntax.Perl)
	return err != nil || shortest(re) == 0
}

// shortest is the least number of characters that re matches, at most 1.
func shortest(re *syntax.Regexp) int {
	switch re.Op {
	case syntax.OpLiteral, syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return 1
	case syntax.OpCapture, syntax.OpPlus:
		return shortest(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			return shortest(re.Sub[0])
		}
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			if shortest(sub) > 0 {
				return 1
			}
		}
	case syntax.OpAlternate:
		for _, sub := range re.Sub {
			if shortest(sub) == 0 {
				return 0
			}
		}
		return 1
	}
	return 0
}

func allGroups(re *regexp.Regexp) []int {
	out := make([]int, re.NumSubexp())
	for i := range out {
		out[i] = i + 1
	}
	return out
}

// chosenGroups resolves numbers and names; those that do not exist are left out.
func chosenGroups(re *regexp.Regexp, v value.Value) []int {
	list, _ := arrayOf(v)
	var out []int
	for _, node := range list {
		g := -1
		switch n := node.(type) {
		case int64:
			g = int(n)
		case string:
			g = re.SubexpIndex(n)
		}
		if g >= 1 && g <= re.NumSubexp() {
			out = append(out, g)
		}
	}
	return out
}

// replaceSQL needs a constant pattern and a constant replacement that names only groups which the pattern has.
func replaceSQL(args []SQLArg) (string, bool) {
	p, ok := args[1].constText()
	to, ok2 := args[2].constText()
	if !ok || !ok2 || !portableRegex(p) {
		return "", false
	}
	groups := regexp.MustCompile(p).NumSubexp()
	for i := 0; i < len(to); i++ {
		if to[i] != '\\' {
			continue
		}
		if i++; i == len(to) || to[i] < '0' || int(to[i]-'0') > groups {
			return "", false
		}
	}
	pattern, ok := quote(p)
	replacement, ok2 := quote(to)
	return "regexp_replace(" + args[0].SQL + ", " + pattern + ", " + replacement + ", 'g')", ok && ok2
}

func replaceRegex(c *Context, source value.Value, pattern, to string) value.Value {
	re := c.Regexp(pattern)
	if re == nil {
		return source
	}
	return str(re.ReplaceAllString(source.Text(), goTemplate(to)))
}

// goTemplate turns \1 into ${1} and keeps dollars as they are.
func goTemplate(s string) string {
	if strings.IndexByte(s, '\\') < 0 && strings.IndexByte(s, '$') < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '$':
			b.WriteString("$$")
		case c == '\\' && i+1 < len(s) && s[i+1] >= '0' && s[i+1] <= '9':
			i++
			b.WriteString("${" + string(s[i]) + "}")
		case c == '\\' && i+1 < len(s) && s[i+1] == '\\':
			i++
			b.WriteByte('\\')
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

func trimming(name, doc, form string, examples ...Example) Func {
	return one(name, doc, Overload{Params: []Param{constant(param("regex", value.String)), plainText("text")}, Returns: value.String, Check: checkRegex(0),
		SQLFunc: sqlFunc(func(args []SQLArg) (string, bool) {
			p, ok := args[0].constText()
			if !ok || !portableRegex(p) {
				return "", false
			}
			quoted, ok := quote(fmt.Sprintf(form, p))
			return "regexp_replace(" + args[1].SQL + ", " + quoted + ", '', 'g')", ok
		}),
		Eval: func(c *Context, a []value.Value) value.Value {
			re := c.Regexp(fmt.Sprintf(form, a[0].Text()))
			if re == nil {
				return a[1]
			}
			return str(re.ReplaceAllString(a[1].Text(), ""))
		}}, examples...)
}
