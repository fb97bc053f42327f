package function

import (
	"slices"

	"github.com/glasswatch/glasswatch/kql/value"
)

// fold makes a simple accumulator of a function that takes each row and one that gives the result.
type fold[S any] struct {
	state  S
	add    func(s *S, c *Context, args []value.Value)
	result func(s *S) value.Value
}

func (f *fold[S]) Add(c *Context, args []value.Value) { f.add(&f.state, c, args) }
func (f *fold[S]) Result() value.Value                { return f.result(&f.state) }

// merging is a fold whose state can take over another one.
type merging[S any] struct {
	fold[S]
	merge func(s *S, other *S)
}

func (m *merging[S]) Merge(other Accumulator) { m.merge(&m.state, &other.(*merging[S]).state) }

func (m *merging[S]) Size() int {
	const state, element = 96, 64
	switch s := any(&m.state).(type) {
	case *map[string]struct{}:
		return state + element*len(*s)
	case *collection:
		return state + element*(len(s.nodes)+len(s.seen))
	}
	return state
}

// filtered is an aggregate whose condition, one of its arguments, decides which rows count; the inner aggregate does not
// see it.
type filtered struct {
	inner Accumulator
	at    int // position of the condition
	args  []value.Value
}

func (f *filtered) Add(c *Context, args []value.Value) {
	if args[f.at].Bool() {
		f.args = append(append(f.args[:0], args[:f.at]...), args[f.at+1:]...)
		f.inner.Add(c, f.args)
	}
}

func (f *filtered) Result() value.Value { return f.inner.Result() }

// filteredMerging is filtered over an aggregate that can be merged.
type filteredMerging struct{ filtered }

func (f *filteredMerging) Merge(other Accumulator) {
	f.inner.(Merger).Merge(other.(*filteredMerging).inner)
}

func (f *filteredMerging) Size() int { return f.inner.(Merger).Size() }

func newFiltered(inner Accumulator, at int) Accumulator {
	f := filtered{inner: inner, at: at}
	if _, ok := inner.(Merger); ok {
		return &filteredMerging{f}
	}
	return &f
}

// withCondition makes the ...if variant of an aggregate: the condition is the parameter after the first; of more
// parameters, those after it keep their order.
func withCondition(a Aggregate, name, doc, prefix string, examples ...Example) Aggregate {
	return withConditionAt(a, 1, name, doc, prefix, examples...)
}

// withConditionAt is withCondition with the condition at another position.
func withConditionAt(a Aggregate, at int, name, doc, prefix string, examples ...Example) Aggregate {
	out := Aggregate{Name: name, Doc: doc, Prefix: prefix, Examples: examples}
	for _, o := range a.Overloads {
		if len(o.Params) < at {
			continue
		}
		inner := o
		variant := AggOverload{Params: slices.Insert(slices.Clone(o.Params), at, param("predicate", value.Bool)), Returns: o.Returns,
			New: func() Accumulator { return newFiltered(inner.New(), at) }}
		if o.Typed != nil {
			variant.Typed = func(args []value.Type) value.Type { return inner.Typed(slices.Delete(slices.Clone(args), at, at+1)) }
		}
		variant.SQLFunc = sqlFunc(func(args []SQLArg) (string, bool) {
			return inner.sql(slices.Delete(slices.Clone(args), at, at+1), args[at].SQL)
		})
		out.Overloads = append(out.Overloads, variant)
	}
	return out
}

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
