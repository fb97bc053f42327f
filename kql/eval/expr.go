package eval

import (
	"github.com/glasswatch/glasswatch/kql/function"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// scope is what a compiled expression reads: the row, and a number that changes with every row.
type scope struct {
	row        Row
	generation uint64
	fn         function.Context
}

// fn is a compiled expression.
type fn func(s *scope) value.Value

// column is a column as expressions see it: where it is a column of the row itself, base is its position.
type column struct {
	eval  fn
	base  int       // -1: computed
	src   plan.Expr // what computes it, over the columns of under
	under *env
	form  *form // of what is computed, for a memo; nil: it has none
}

// env is the columns that expressions refer to by position.
type env struct {
	cols []column
	r    *runner // nil in a matcher, whose expressions read no tables
	// shared are the calls that give several columns: each column reads the one call, which is computed once a row.
	shared map[*plan.Call]fn
	memo   *Memo // nil: there is none
}

// baseEnv is the columns of the row itself.
func baseEnv(n int) *env {
	if n <= len(baseColumns) {
		return &env{cols: baseColumns[:n:n]}
	}
	return &env{cols: newBaseColumns(n)}
}

// baseColumns are the columns of rows that are not very wide. All such rows share them, as there may be thousands of rules
// over one table; an env that changes its columns makes its own.
var baseColumns = newBaseColumns(256)

func newBaseColumns(n int) []column {
	cols := make([]column, n)
	for i := range cols {
		cols[i] = column{base: i, eval: func(s *scope) value.Value { return s.row.Value(i) }}
	}
	return cols
}

// project is the columns of a projection over e. A computed column is evaluated when it is first asked for, once a row.
func (e *env) project(exprs []plan.Expr) *env {
	out := &env{cols: make([]column, len(exprs)), r: e.r, memo: e.memo}
	for i, x := range exprs {
		if col, ok := x.(*plan.Col); ok {
			out.cols[i] = e.cols[col.Index]
			continue
		}
		eval := e.compile(x)
		if _, ok := x.(*plan.Const); !ok {
			eval = once(eval)
		}
		out.cols[i] = column{eval: eval, base: -1, src: x, under: e}
		if e.memo != nil {
			out.cols[i].form = e.memo.form(e, x)
		}
	}
	return out
}

// once remembers the value for the row.
func once(eval fn) fn {
	var v value.Value
	var generation uint64
	return func(s *scope) value.Value {
		if generation != s.generation {
			v, generation = eval(s), s.generation
		}
		return v
	}
}

// compile turns an expression into a closure.
func (e *env) compile(x plan.Expr) fn {
	switch x := x.(type) {
	case *plan.Const:
		v := x.Value
		if v.Type() == value.Dynamic {
			v = v.Parsed()
		}
		return func(*scope) value.Value { return v }
	case *plan.Col:
		return e.cols[x.Index].eval
	case *plan.Path:
		return e.compilePath(x)
	case *plan.Call:
		if len(x.Func.Columns) > 0 {
			return e.compileShared(x)
		}
		return e.memo.call(e, x)
	case *plan.Subquery:
		return e.subquery(x)
	case *plan.InTable:
		return e.inTable(x)
	case *plan.Along:
		return e.along(x)
	}
	panic("eval: BUG: expression of unknown kind")
}

func (e *env) compilePath(x *plan.Path) fn {
	eval := e.compile(x.Base)
	for _, step := range x.Steps {
		base := eval
		if step.Index == nil {
			name := step.Name
			eval = func(s *scope) value.Value { return base(s).Property(name) }
			continue
		}
		index := e.compile(step.Index)
		eval = func(s *scope) value.Value {
			i := index(s)
			switch {
			case i.Type() == value.String:
				return base(s).Property(i.Text())
			case i.IsNull():
				return value.Null(value.Dynamic)
			case i.Type() == value.Dynamic:
				return dynamicStep(base(s), i)
			}
			return base(s).Element(i.Int())
		}
	}
	return eval
}

// dynamicStep takes a step that is itself dynamic by what it holds.
func dynamicStep(base, i value.Value) value.Value {
	switch n := i.Tree().(type) {
	case string:
		return base.Property(n)
	case int64:
		return base.Element(n)
	}
	return value.Null(value.Dynamic)
}

func (e *env) compileCall(x *plan.Call) fn {
	switch x.Func.Name {
	case "and", "or":
		p := e.pred(x)
		return func(s *scope) value.Value { return p(s).value() }
	case "iff", "iif", "case":
		return e.compileCase(x.Args)
	case "coalesce":
		return e.compileCoalesce(x.Args)
	case "tolower":
		return compileToLower(e.compile(x.Args[0]))
	}
	args := make([]value.Value, len(x.Args))
	evals := make([]fn, len(x.Args))
	moving := 0 // arguments that are not constant
	for i, a := range x.Args {
		evals[i] = e.compile(a)
		if _, ok := a.(*plan.Const); ok {
			args[i] = evals[i](nil)
			evals[i] = nil
		} else {
			moving++
		}
	}
	eval := x.Overload.Eval
	if moving == 1 && evals[0] != nil {
		first := evals[0]
		return func(s *scope) value.Value {
			args[0] = first(s)
			return eval(&s.fn, args)
		}
	}
	return func(s *scope) value.Value {
		for i, f := range evals {
			if f != nil {
				args[i] = f(s)
			}
		}
		return eval(&s.fn, args)
	}
}

func (e *env) compileShared(x *plan.Call) fn {
	if f, ok := e.shared[x]; ok {
		return f
	}
	if e.shared == nil {
		e.shared = map[*plan.Call]fn{}
	}
	f := once(e.compileCall(x))
	e.shared[x] = f
	return f
}

// compileToLower keeps a text that is lower case already.
func compileToLower(arg fn) fn {
	return func(s *scope) value.Value {
		v := arg(s)
		if folded := value.Fold(v.Text()); folded != v.Text() {
			return value.NewString(folded)
		}
		return v
	}
}

// compileCase evaluates only the branch that is taken.
func (e *env) compileCase(args []plan.Expr) fn {
	var conds []pred
	var values []fn
	for i := 0; i+1 < len(args); i += 2 {
		conds = append(conds, e.pred(args[i]))
		values = append(values, e.compile(args[i+1]))
	}
	last := e.compile(args[len(args)-1])
	return func(s *scope) value.Value {
		for i, cond := range conds {
			if cond(s) == yes {
				return values[i](s)
			}
		}
		return last(s)
	}
}

// compileCoalesce stops at the first value that is there.
func (e *env) compileCoalesce(args []plan.Expr) fn {
	evals := make([]fn, len(args))
	for i, a := range args {
		evals[i] = e.compile(a)
	}
	return func(s *scope) value.Value {
		var v value.Value
		for _, f := range evals {
			if v = f(s); !v.IsNull() && (v.Type() != value.String || v.Text() != "") {
				return v
			}
		}
		return v
	}
}
