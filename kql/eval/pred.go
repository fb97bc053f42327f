package eval

import (
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// tri is a bool with null.
type tri uint8

const (
	no tri = iota
	yes
	null
)

func (t tri) value() value.Value {
	if t == null {
		return value.Null(value.Bool)
	}
	return value.NewBool(t == yes)
}

func triOf(b bool) tri {
	if b {
		return yes
	}
	return no
}

// pred is a compiled condition.
type pred func(s *scope) tri

// pred compiles a condition; the comparisons of texts with constants, which most rules consist of, directly.
func (e *env) pred(x plan.Expr) pred {
	call, ok := x.(*plan.Call)
	if !ok {
		return general(e.compile(x))
	}
	switch call.Func.Name {
	case "and":
		return and(e.pred(call.Args[0]), e.pred(call.Args[1]))
	case "or":
		return or(e.pred(call.Args[0]), e.pred(call.Args[1]))
	case "not":
		p := e.pred(call.Args[0])
		return func(s *scope) tri {
			switch p(s) {
			case yes:
				return no
			case no:
				return yes
			}
			return null
		}
	}
	if t, ok := textTestOf(call); ok {
		return t.compile(e)
	}
	if p, ok := e.hasAnyOf(call); ok {
		return p
	}
	return general(e.compileCall(call))
}

func general(eval fn) pred {
	return func(s *scope) tri {
		v := eval(s)
		if v.IsNull() {
			return null
		}
		return triOf(v.Bool())
	}
}

func and(p, q pred) pred {
	return func(s *scope) tri {
		a := p(s)
		if a == no {
			return no
		}
		if b := q(s); b != yes {
			return b
		}
		return a
	}
}

func or(p, q pred) pred {
	return func(s *scope) tri {
		a := p(s)
		if a == yes {
			return yes
		}
		if b := q(s); b != no {
			return b
		}
		return a
	}
}

// textTest is a comparison of a text with constants: == =~ in in~ and their negations.
type textTest struct {
	of            plan.Expr
	items         []string // folded where fold is set
	fold, negated bool
}

// textTestOf recognises such a comparison, the constant on either side.
func textTestOf(call *plan.Call) (textTest, bool) {
	t := textTest{}
	switch call.Func.Name {
	case "==", "in":
	case "=~", "in~":
		t.fold = true
	case "!=", "!in":
		t.negated = true
	case "!~", "!in~":
		t.fold, t.negated = true, true
	default:
		return t, false
	}
	left, right := call.Args[0], call.Args[1:]
	if _, ok := left.(*plan.Const); ok && len(right) == 1 && call.Func.Name[0] != 'i' && call.Func.Name[:2] != "!i" {
		left, right = right[0], call.Args[:1]
	}
	if left.Type() != value.String {
		return t, false
	}
	t.of = left
	for _, a := range right {
		c, ok := a.(*plan.Const)
		if !ok {
			return t, false
		}
		t.add(c.Value)
	}
	return t, true
}

// add takes a constant, or the elements of a constant array.
func (t *textTest) add(v value.Value) {
	if v.Type() == value.Dynamic {
		if list, ok := v.Tree().([]any); ok {
			for _, node := range list {
				t.add(value.NewString(value.NewDynamic(node).DynamicText()))
			}
			return
		}
	}
	s := v.ToText()
	if t.fold {
		s = value.Fold(s)
	}
	t.items = append(t.items, s)
}

// fewItems is up to how many constants are compared one after the other.
const fewItems = 6

func (t textTest) compile(e *env) pred {
	of := e.compile(t.of)
	found, missing := triOf(!t.negated), triOf(t.negated)
	if len(t.items) > fewItems {
		return t.compileSet(of, found, missing)
	}
	items := t.items
	if t.fold {
		return func(s *scope) tri {
			text := of(s)
			for _, item := range items {
				if value.EqualFold(text.Text(), item) {
					return found
				}
			}
			return missing
		}
	}
	return func(s *scope) tri {
		text := of(s)
		for _, item := range items {
			if text.Text() == item {
				return found
			}
		}
		return missing
	}
}

func (t textTest) compileSet(of fn, found, missing tri) pred {
	set := make(map[string]struct{}, len(t.items))
	for _, item := range t.items {
		set[item] = struct{}{}
	}
	if !t.fold {
		return func(s *scope) tri {
			if _, ok := set[of(s).Text()]; ok {
				return found
			}
			return missing
		}
	}
	var folded []byte
	return func(s *scope) tri {
		folded = value.AppendFold(folded[:0], of(s).Text())
		if _, ok := set[string(folded)]; ok {
			return found
		}
		return missing
	}
}
