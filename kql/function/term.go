package function

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/glasswatch/glasswatch/kql/value"
)

// termOperators are has and its relatives. A term is a run of letters and digits; every other character, the
// underscore too, ends one. A boundary is asked for only at an end of the needle that is itself part of a term,
// so a needle of blanks and marks is searched as it is.
func termOperators() []Func {
	var out []Func
	for _, op := range []struct {
		name, doc     string
		before, after bool
		yes, no       string
	}{
		{"has", "holds the other as a whole term", true, true, `"a_North-America" %s "NORTH"`, `"errors" %s "error"`},
		{"hasprefix", "holds a term that begins with the other", true, false, `"North America" %s "ame"`, `"North America" %s "rica"`},
		{"hassuffix", "holds a term that ends with the other", false, true, `"North America" %s "RICA"`, `"North America" %s "nor"`},
	} {
		t := term{before: op.before, after: op.after, fold: true}
		out = append(out, t.operators(op.name, op.doc+", whatever the case of letters", op.yes, op.no)...)
		t.fold = false
		yes := strings.NewReplacer("NORTH", "North", "ame", "Ame", "RICA", "rica").Replace(op.yes)
		no := strings.NewReplacer(`"error"`, `"Errors"`).Replace(op.no)
		out = append(out, t.operators(op.name+"_cs", op.doc+", with the same case of letters", yes, no)...)
	}
	return append(out, hasList("has_any", false), hasList("has_all", true))
}

// term is the kind of a term match.
type term struct {
	before, after bool // a boundary is asked for there
	fold          bool // whatever the case
}

func (t term) operators(name, doc, yes, no string) []Func {
	positive := one(name, "Whether a string "+doc+".", Overload{Params: stringPair(), Returns: value.Bool, SQLFunc: sqlFunc(t.sql("")),
		Eval: func(_ *Context, a []value.Value) value.Value { return boolean(t.match(a[0].Text(), a[1].Text())) }},
		example(strings.Replace(yes, "%s", name, 1), "true"), example(strings.Replace(no, "%s", name, 1), "false"))
	negative := one("!"+name, "Whether it is not so that a string "+doc+".", Overload{Params: stringPair(), Returns: value.Bool, SQLFunc: sqlFunc(t.sql("NOT ")),
		Eval: func(_ *Context, a []value.Value) value.Value { return boolean(!t.match(a[0].Text(), a[1].Text())) }},
		example(strings.Replace(yes, "%s", "!"+name, 1), "false"), example(strings.Replace(no, "%s", "!"+name, 1), "true"))
	return []Func{positive, negative}
}

// HasTerm reports whether s has the needle as a whole term, whatever the case of letters.
func HasTerm(s, needle string) bool {
	return term{before: true, after: true, fold: true}.match(s, needle)
}

func (t term) match(s, needle string) bool {
	if needle == "" {
		return true
	}
	if t.fold && !(isASCII(needle) && isASCII(s)) {
		s, needle, t.fold = value.Fold(s), value.Fold(needle), false
	}
	first, _ := utf8.DecodeRuneInString(needle)
	last, _ := utf8.DecodeLastRuneInString(needle)
	before, after := t.before && isTerm(first), t.after && isTerm(last)
	for from := 0; ; from++ {
		i := t.index(s, needle, from)
		if i < 0 {
			return false
		}
		end := i + len(needle)
		left, _ := utf8.DecodeLastRuneInString(s[:i])
		right, _ := utf8.DecodeRuneInString(s[end:])
		if !(before && i > 0 && isTerm(left)) && !(after && end < len(s) && isTerm(right)) {
			return true
		}
		from = i
	}
}

func (t term) index(s, needle string, from int) int {
	if from > len(s) {
		return -1
	}
	if t.fold {
		return indexFold(s, needle, from)
	}
	if i := strings.Index(s[from:], needle); i >= 0 {
		return from + i
	}
	return -1
}

// isTerm reports whether a character is part of a term.
func isTerm(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
	}
	return unicode.IsLetter(r) || unicode.IsNumber(r)
}

// sql searches the needle, which must be a constant, behind a cheap test for the plain text.
func (t term) sql(prefix string) func(args []SQLArg) (string, bool) {
	return func(args []SQLArg) (string, bool) {
		needle, ok := args[1].constText()
		if !ok {
			return "", false
		}
		body, ok := t.test(args[0].SQL, needle)
		return "(" + prefix + body + ")", ok
	}
}

// test is the SQL of one needle.
func (t term) test(s, needle string) (string, bool) {
	if needle == "" {
		return "true", true
	}
	needle, plain, ok := t.plain(needle)
	if !ok {
		return "", false
	}
	s = t.folded(s)
	contains := "contains(" + s + ", " + plain + ")"
	pattern := t.pattern(needle)
	if pattern == regexp.QuoteMeta(needle) { // no boundary
		return contains, true
	}
	quoted, ok := quote(pattern)
	return "(" + contains + " AND regexp_matches(" + s + ", " + quoted + "))", ok
}

// fewNeedles is how many needles are looked for as plain text before the regular expression.
const fewNeedles = 8

// testAny is the SQL of several needles, one of which must be there: one regular expression for all, because a database
// takes longer to prepare the letters of the world for each than to search.
func (t term) testAny(s string, needles []string) (string, bool) {
	if len(needles) == 1 {
		return t.test(s, needles[0])
	}
	s = t.folded(s)
	contains, patterns := make([]string, len(needles)), make([]string, len(needles))
	for i, needle := range needles {
		if needle == "" {
			return "true", true
		}
		folded, plain, ok := t.plain(needle)
		if !ok {
			return "", false
		}
		contains[i], patterns[i] = "contains("+s+", "+plain+")", t.pattern(folded)
	}
	slices.Sort(patterns)
	quoted, ok := quote(alternatives(slices.Compact(patterns)))
	test := "regexp_matches(" + s + ", " + quoted + ")"
	if len(needles) <= fewNeedles {
		test = "((" + strings.Join(contains, " OR ") + ") AND " + test + ")"
	}
	return test, ok
}

// alternatives joins sorted patterns, the boundaries that they begin and end with written once.
func alternatives(patterns []string) string {
	var parts []string
	for _, before := range []string{boundaryBefore, ""} {
		for _, after := range []string{boundaryAfter, ""} {
			var inner, rest []string
			for _, p := range patterns {
				core, ok := strings.CutPrefix(p, before)
				core, ok2 := strings.CutSuffix(core, after)
				if ok && ok2 {
					inner = append(inner, core)
				} else {
					rest = append(rest, p)
				}
			}
			if patterns = rest; len(inner) > 0 {
				parts = append(parts, before+"(?:"+strings.Join(inner, "|")+")"+after)
			}
		}
	}
	return strings.Join(parts, "|")
}

// plain is the needle in the case that is searched, as it is and as a literal. SQL's lower is not the language's for letters
// beyond ASCII.
func (t term) plain(needle string) (folded, literal string, ok bool) {
	if !isASCII(needle) || strings.ContainsAny(needle, "\n\r\x00") {
		return "", "", false
	}
	if t.fold {
		needle = value.Fold(needle)
	}
	literal, ok = quote(needle)
	return needle, literal, ok
}

func (t term) folded(s string) string {
	if t.fold {
		return "lower(" + s + ")"
	}
	return s
}

// The ends of a term in a regular expression.
const (
	boundaryBefore = `(?:^|[^\pL\pN])`
	boundaryAfter  = `(?:$|[^\pL\pN])`
)

// pattern is the regular expression of a needle that is ASCII.
func (t term) pattern(needle string) string {
	pattern := regexp.QuoteMeta(needle)
	if t.before && isTerm(rune(needle[0])) {
		pattern = boundaryBefore + pattern
	}
	if t.after && isTerm(rune(needle[len(needle)-1])) {
		pattern += boundaryAfter
	}
	return pattern
}

// hasList is has_any and has_all: the items are strings, or one dynamic array of them. A null item counts as the
// empty string, which every text has.
func hasList(name string, all bool) Func {
	word, yes, no := "any", `"error in disk" has_any ("net", "DISK")`, `"errors" has_any ("error")`
	if all {
		word, yes, no = "all", `"error in disk" has_all ("disk", "Error")`, `"error in disk" has_all ("disk", "net")`
	}
	t := term{before: true, after: true, fold: true}
	params := []Param{stringPair()[0], {Name: "items", Types: []value.Type{value.String, value.Dynamic, value.Long, value.Int}, Variadic: true}}
	return one(name, "Whether a string has "+word+" of the terms, whatever the case of letters.",
		Overload{Params: params, Returns: value.Bool,
			Eval: func(_ *Context, a []value.Value) value.Value {
				s := a[0].Text()
				found := false
				eachItem(a[1:], func(item value.Value) bool {
					found = t.match(s, item.ToText())
					return found == all
				}, func() { found = all })
				return boolean(found)
			},
			SQLFunc: sqlFunc(func(args []SQLArg) (string, bool) { return t.listSQL(args, all) })},
		example(yes, "true"), example(no, "false"), example(`"a b" `+name+` (dynamic(["B", "b"]))`, "true"))
}

// listSQL needs constant items.
func (t term) listSQL(args []SQLArg, all bool) (string, bool) {
	items, ok := constItems(args[1:])
	if !ok {
		return "", false
	}
	needles := make([]string, len(items))
	for i, item := range items {
		needles[i] = item.ToText()
	}
	switch {
	case len(needles) == 0 && all:
		return "true", true
	case len(needles) == 0:
		return "false", true
	case !all:
		return t.testAny(args[0].SQL, needles)
	}
	parts := make([]string, len(needles))
	for i, needle := range needles {
		if parts[i], ok = t.test(args[0].SQL, needle); !ok {
			return "", false
		}
	}
	return "(" + strings.Join(parts, " AND ") + ")", true
}
