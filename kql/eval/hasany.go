package eval

import (
	"unicode"
	"unicode/utf8"

	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// manyTerms is from how many constants on has_any looks its terms up instead of searching for each.
const manyTerms = 16

// hasAny is has_any with many constants. A constant can match only where its first term, a run of letters and digits,
// is a whole term of the text; so the terms of the text are looked up, and few constants are left to search for. The cost
// does not grow with their number.
type hasAny struct {
	text    fn
	whole   pred // the plain way, for what is null
	test    func(s *scope, text, item value.Value) bool
	byTerm  map[string][]value.Value // first term, folded -> constants
	without []value.Value            // that have no term: always searched for
}

// constantItems returns the items of constants, arrays taken apart.
func constantItems(args []plan.Expr) (list []any, ok bool) {
	for _, a := range args {
		c, ok := a.(*plan.Const)
		if !ok {
			return nil, false
		}
		if items, array := c.Value.Tree().([]any); array {
			list = append(list, items...)
		} else {
			list = append(list, c.Value.Node())
		}
	}
	return list, true
}

// hasAnyOf recognises has_any over constant strings.
func (e *env) hasAnyOf(call *plan.Call) (pred, bool) {
	if call.Func.Name != "has_any" || len(call.Args) < 2 {
		return nil, false
	}
	if t := call.Args[0].Type(); t != value.String && t != value.Dynamic {
		return nil, false
	}
	list, ok := constantItems(call.Args[1:])
	if !ok || len(list) < manyTerms {
		return nil, false
	}
	h := &hasAny{text: e.compile(call.Args[0]), whole: general(e.compileCall(call)), byTerm: map[string][]value.Value{}}
	h.test = func(s *scope, text, item value.Value) bool {
		return call.Overload.Eval(&s.fn, []value.Value{text, item}).Bool()
	}
	for _, node := range list {
		item, ok := node.(string)
		if !ok {
			return nil, false
		}
		if first, _ := nextTerm(value.Fold(item)); first == "" {
			h.without = append(h.without, value.NewString(item))
		} else {
			h.byTerm[first] = append(h.byTerm[first], value.NewString(item))
		}
	}
	return h.pred, true
}

func (h *hasAny) pred(s *scope) tri {
	text := h.text(s)
	if text.IsNull() {
		return h.whole(s)
	}
	for _, item := range h.without {
		if h.test(s, text, item) {
			return yes
		}
	}
	for term, rest := nextTerm(value.Fold(text.Text())); term != ""; term, rest = nextTerm(rest) {
		for _, item := range h.byTerm[term] {
			if h.test(s, text, item) {
				return yes
			}
		}
	}
	return no
}

// nextTerm returns the first run of letters and digits, and what follows it; "" where there is none.
func nextTerm(s string) (term, rest string) {
	start := -1
	for i := 0; i < len(s); {
		r, n := rune(s[i]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRuneInString(s[i:])
		}
		part := r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsNumber(r))
		switch {
		case part && start < 0:
			start = i
		case !part && start >= 0:
			return s[start:i], s[i:]
		}
		i += n
	}
	if start < 0 {
		return "", ""
	}
	return s[start:], ""
}
