package eval

import (
	"regexp"
	"strings"

	"github.com/glasswatch/glasswatch/kql/function"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// parser computes the columns of a parse, all at once when the first of them is asked for, once a row.
type parser struct {
	node       *plan.Parse
	of         fn
	re         *regexp.Regexp
	convert    []func(s *scope, text string) value.Value
	generation uint64
	matched    bool
	values     []value.Value
}

// parse is the columns of a parse over e; conds gets the condition of parse-where.
func (e *env) parse(n *plan.Parse, conds []pred) (*env, []pred) {
	p := &parser{node: n, of: e.compile(n.X), re: regexp.MustCompile(n.Regex), values: make([]value.Value, len(n.Fields))}
	out := e.extended(len(n.Cols))
	for i, f := range n.Fields {
		p.convert = append(p.convert, fromText(f.Type))
		out.cols[f.Column] = column{base: -1, eval: func(s *scope) value.Value {
			p.row(s)
			return p.values[i]
		}}
	}
	if n.Where {
		conds = append(conds, func(s *scope) tri {
			p.row(s)
			return triOf(p.matched)
		})
	}
	return out, conds
}

// extended is the columns of e and room for more.
func (e *env) extended(n int) *env {
	out := &env{cols: make([]column, n), r: e.r, memo: e.memo}
	copy(out.cols, e.cols)
	return out
}

// row parses the present row unless it did so already.
func (p *parser) row(s *scope) {
	if p.generation == s.generation {
		return
	}
	p.generation = s.generation
	if p.matched = p.match(s); p.matched {
		return
	}
	for i, f := range p.node.Fields {
		p.values[i] = value.Null(f.Type)
	}
}

func (p *parser) match(s *scope) bool {
	text := p.of(s).Text()
	if !inOrder(text, p.node.Texts) {
		return false
	}
	at := p.re.FindStringSubmatchIndex(text)
	if at == nil {
		return false
	}
	for i := range p.values {
		found := ""
		if from := at[2*i+2]; from >= 0 {
			found = text[from:at[2*i+3]]
		}
		if p.values[i] = p.convert[i](s, found); p.values[i].IsNull() && p.node.Kind != plan.ParseRelaxed {
			return false
		}
	}
	return true
}

// inOrder tells at low cost that texts cannot match: all parts must occur one after the other.
func inOrder(text string, parts []string) bool {
	for _, part := range parts {
		i := strings.Index(text, part)
		if i < 0 {
			return false
		}
		text = text[i+len(part):]
	}
	return true
}

// fromText is the conversion of a text to a type; what does not convert is null.
func fromText(t value.Type) func(s *scope, text string) value.Value {
	if t == value.String {
		return func(_ *scope, text string) value.Value { return value.NewString(text) }
	}
	f, ok := function.Lookup("to" + t.String())
	if !ok {
		panic("eval: BUG: no conversion to " + t.String())
	}
	o, _, _, err := f.Resolve([]value.Type{value.String})
	if err != nil {
		panic("eval: BUG: " + err.Error())
	}
	args := make([]value.Value, 1)
	return func(s *scope, text string) value.Value {
		args[0] = value.NewString(text)
		v := o.Eval(&s.fn, args)
		if v.IsNull() {
			return value.Null(t)
		}
		return v
	}
}
