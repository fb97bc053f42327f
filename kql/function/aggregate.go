package function

import "github.com/glasswatch/glasswatch/kql/value"

// fold makes a simple accumulator of a function that takes each row and one that gives the result.
type fold[S any] struct {
	state  S
	add    func(s *S, c *Context, args []value.Value)
	result func(s *S) value.Value
}

func (f *fold[S]) Add(c *Context, args []value.Value) { f.add(&f.state, c, args) }
func (f *fold[S]) Result() value.Value                { return f.result(&f.state) }

// filtered is an aggregate whose last condition decides which rows count.
type filtered struct {
	inner Accumulator
	at    int // position of the condition
}

func (f *filtered) Add(c *Context, args []value.Value) {
	if args[f.at].Bool() {
		f.inner.Add(c, args)
	}
}

func (f *filtered) Result() value.Value { return f.inner.Result() }

// withCondition makes the ...if variant of an aggregate: the condition is the parameter after the first; of more
// parameters, those after it keep their order.
func withCondition(a Aggregate, name, doc, prefix string, examples ...Example) Aggregate {
	out := Aggregate{Name: name, Doc: doc, Prefix: prefix, Examples: examples}
	for _, o := range a.Overloads {
		if len(o.Params) == 0 {
			continue
		}
		inner := o
		params := append([]Param{o.Params[0], param("predicate", value.Bool)}, o.Params[1:]...)
		without := func(args []value.Type) []value.Type {
			return append(append([]value.Type{}, args[0]), args[2:]...)
		}
		variant := AggOverload{Params: params, Returns: o.Returns,
			New: func() Accumulator { return &filtered{inner: &shifted{inner: inner.New()}, at: 1} }}
		if o.Typed != nil {
			variant.Typed = func(args []value.Type) value.Type { return inner.Typed(without(args)) }
		}
		variant.SQLFunc = sqlFunc(func(args []SQLArg) (string, bool) {
			return inner.sql(append(append([]SQLArg{}, args[0]), args[2:]...), args[1].SQL)
		})
		out.Overloads = append(out.Overloads, variant)
	}
	return out
}

// shifted hides the condition from the inner aggregate.
type shifted struct {
	inner Accumulator
	args  []value.Value
}

func (s *shifted) Add(c *Context, args []value.Value) {
	s.args = append(append(s.args[:0], args[0]), args[2:]...)
	s.inner.Add(c, s.args)
}

func (s *shifted) Result() value.Value { return s.inner.Result() }

// filterMark stands in a template where the FILTER clause goes.
const filterMark = "{FILTER}"

// sql fills the overload's own template with a condition, "" for none.
func (o *AggOverload) sql(args []SQLArg, condition string) (string, bool) {
	if o.filtered == nil {
		return "", false
	}
	return o.filtered(args, condition)
}

// aggSQL completes an overload by a template with a FILTER mark. where is a condition of the template's own.
func aggSQL(o AggOverload, where string, template func(args []SQLArg) (string, bool)) AggOverload {
	o.filtered = func(args []SQLArg, condition string) (string, bool) {
		t, ok := template(args)
		if !ok {
			return "", false
		}
		clause := ""
		own := fill(where, texts(args)...)
		switch {
		case own != "" && condition != "":
			clause = " FILTER (WHERE " + own + " AND " + condition + ")"
		case own != "" || condition != "":
			clause = " FILTER (WHERE " + own + condition + ")"
		}
		return replaceFilter(fill(t, texts(args)...), clause), true
	}
	o.SQLFunc = sqlFunc(func(args []SQLArg) (string, bool) { return o.filtered(args, "") })
	return o
}
