package function

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/glasswatch/glasswatch/kql/value"
)

// stringOperators are =~, contains, startswith, endswith and matches regex with their negations and case-sensitive
// forms (matches regex has neither). Their operands are texts, and a text is never null.
func stringOperators() []Func {
	var out []Func
	add := func(name, doc string, matches func(s, needle string) bool, template string, examples ...Example) {
		out = append(out, matcher(name, doc, matches, template, examples...))
	}
	add("=~", "Whether two strings are equal but for the case of letters.", value.EqualFold, "(lower({0}) = lower({1}))",
		example(`"ADMIN@contoso.com" =~ "Admin@Contoso.com"`, "true"), example(`"a" =~ "b"`, "false"))
	add("!~", "Whether two strings differ by more than the case of letters.", not(value.EqualFold), "(lower({0}) <> lower({1}))",
		example(`"A" !~ "a"`, "false"), example(`"a" !~ "b"`, "true"))
	for _, op := range []struct {
		name, doc string
		matches   func(s, needle string) bool
		sql       string
		yes, no   string
	}{
		{"contains", "contains the other anywhere", ContainsFold, "contains", `"FabriKam" %s "BRik"`, `"FabriKam" %s "xyz"`},
		{"startswith", "begins with the other", hasPrefixFold, "starts_with", `"FabriKam" %s "fab"`, `"FabriKam" %s "kam"`},
		{"endswith", "ends with the other", hasSuffixFold, "ends_with", `"FabriKam" %s "KAM"`, `"FabriKam" %s "fab"`},
	} {
		template := "(" + op.sql + "(lower({0}), lower({1})))"
		yes, no := fmt.Sprintf(op.yes, op.name), fmt.Sprintf(op.no, op.name)
		add(op.name, "Whether a string "+op.doc+", whatever the case of letters.", op.matches, template, example(yes, "true"), example(no, "false"))
		yes, no = fmt.Sprintf(op.yes, "!"+op.name), fmt.Sprintf(op.no, "!"+op.name)
		add("!"+op.name, "Whether it is not so that a string "+op.doc+", whatever the case of letters.", not(op.matches), "(NOT "+template+")", example(yes, "false"), example(no, "true"))
	}
	for _, op := range []struct {
		name, doc string
		matches   func(s, needle string) bool
		sql       string
		yes, no   string
	}{
		{"contains_cs", "contains the other anywhere", strings.Contains, "contains", `"FabriKam" %s "bri"`, `"FabriKam" %s "BRI"`},
		{"startswith_cs", "begins with the other", strings.HasPrefix, "starts_with", `"FabriKam" %s "Fab"`, `"FabriKam" %s "fab"`},
		{"endswith_cs", "ends with the other", strings.HasSuffix, "ends_with", `"FabriKam" %s "Kam"`, `"FabriKam" %s "kam"`},
	} {
		template := "(" + op.sql + "({0}, {1}))"
		yes, no := fmt.Sprintf(op.yes, op.name), fmt.Sprintf(op.no, op.name)
		add(op.name, "Whether a string "+op.doc+", with the same case of letters.", op.matches, template, example(yes, "true"), example(no, "false"))
		yes, no = fmt.Sprintf(op.yes, "!"+op.name), fmt.Sprintf(op.no, "!"+op.name)
		add("!"+op.name, "Whether it is not so that a string "+op.doc+", with the same case of letters.", not(op.matches), "(NOT "+template+")", example(yes, "false"), example(no, "true"))
	}
	return append(out, matchesRegex())
}

func not(matches func(s, needle string) bool) func(s, needle string) bool {
	return func(s, needle string) bool { return !matches(s, needle) }
}

// matcher is an operator over two strings.
func matcher(name, doc string, matches func(s, needle string) bool, template string, examples ...Example) Func {
	return one(name, doc, Overload{Params: stringPair(), Returns: value.Bool, SQL: sql(template),
		Eval: func(_ *Context, a []value.Value) value.Value { return boolean(matches(a[0].Text(), a[1].Text())) }}, examples...)
}

// stringPair accepts strings, and dynamic values as their text; guids too, which are kept as text in every back end.
func stringPair() []Param {
	accepted := []value.Type{value.String, value.Dynamic, value.GUID}
	return []Param{{Name: "text", Types: accepted, As: value.String}, {Name: "search", Types: accepted, As: value.String}}
}

func matchesRegex() Func {
	params := stringPair()
	params[1].Constant = true
	return one("matches regex", "Whether a regular expression (RE2) matches anywhere in the string.", Overload{Params: params, Returns: value.Bool, Check: checkRegex(1),
		SQLFunc: sqlFunc(regexSQL("regexp_matches({0}, {1})", 1)),
		Eval: func(c *Context, a []value.Value) value.Value {
			re := c.Regexp(a[1].Text())
			return boolean(re != nil && re.MatchString(a[0].Text()))
		}}, example(`"abc123" matches regex @"[a-z]+\d+$"`, "true"), example(`"FabriKam" matches regex "^fab"`, "false"))
}

// checkRegex refuses a malformed constant pattern in the argument at position i.
func checkRegex(i int) func(args []*value.Value) error {
	return func(args []*value.Value) error {
		if i >= len(args) || args[i] == nil {
			return nil
		}
		_, err := regexp.Compile(args[i].Text())
		return err
	}
}

// regexSQL fills a template where the pattern is a constant that means the same in Go and in the store.
func regexSQL(template string, pattern int) func(args []SQLArg) (string, bool) {
	return func(args []SQLArg) (string, bool) {
		p, ok := args[pattern].constText()
		if !ok || !portableRegex(p) {
			return "", false
		}
		quoted, ok := quote(p) // in the text, so that the store compiles it once
		parts := texts(args)
		parts[pattern] = quoted
		return fill(template, parts...), ok
	}
}

// portableRegex reports whether Go and RE2 read the pattern alike: it is valid, and spells no group name in the
// newer form, which older RE2 does not know. Case folding beyond ASCII differs in two letters and is left out.
func portableRegex(p string) bool {
	if strings.Contains(p, "(?<") || strings.Contains(p, `\C`) || !isASCII(p) {
		return false
	}
	_, err := regexp.Compile(p)
	return err == nil
}

// PortableRegex reports whether Go and the stores read a regular expression alike.
func PortableRegex(p string) bool { return strings.IndexByte(p, 0) < 0 && portableRegex(p) }

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// ContainsFold reports whether s contains needle but for the case of letters, without allocating for ASCII.
func ContainsFold(s, needle string) bool {
	return indexFold(s, needle, 0) >= 0
}

// indexFold returns the first position at or after from where needle, folded, begins in s; -1 without one.
func indexFold(s, needle string, from int) int {
	if needle == "" {
		return from
	}
	if !isASCII(needle) || !isASCII(s) {
		folded := value.Fold(s)
		if len(folded) != len(s) { // positions would shift; only whether it is there can be told
			if strings.Contains(folded, value.Fold(needle)) {
				return from
			}
			return -1
		}
		if i := strings.Index(folded[from:], value.Fold(needle)); i >= 0 {
			return from + i
		}
		return -1
	}
	first := needle[0] | 0x20
	for i := from; i+len(needle) <= len(s); i++ {
		if s[i]|0x20 == first && value.EqualFold(s[i:i+len(needle)], needle) {
			return i
		}
	}
	return -1
}

func hasPrefixFold(s, needle string) bool {
	if isASCII(needle) && isASCII(s[:min(len(s), len(needle))]) {
		return len(s) >= len(needle) && value.EqualFold(s[:len(needle)], needle)
	}
	return strings.HasPrefix(value.Fold(s), value.Fold(needle))
}

func hasSuffixFold(s, needle string) bool {
	if isASCII(needle) && isASCII(s[max(0, len(s)-len(needle)):]) {
		return len(s) >= len(needle) && value.EqualFold(s[len(s)-len(needle):], needle)
	}
	return strings.HasSuffix(value.Fold(s), value.Fold(needle))
}
