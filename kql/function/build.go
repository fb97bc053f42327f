package function

import (
	"strconv"
	"strings"

	"github.com/glasswatch/glasswatch/kql/value"
)

// duckdb is the dialect key of the templates in this package.
const duckdb = "duckdb"

// Groups of types that parameters accept.
func numbers() []value.Type          { return []value.Type{value.Int, value.Long, value.Real, value.Decimal} }
func integers() []value.Type         { return []value.Type{value.Long, value.Int} }
func just(t value.Type) []value.Type { return []value.Type{t} }

// sql makes the map of a template.
func sql(template string) map[string]string {
	if template == "" {
		return nil
	}
	return map[string]string{duckdb: template}
}

// sqlFunc makes the map of a generator.
func sqlFunc(f func(args []SQLArg) (string, bool)) map[string]func([]SQLArg) (string, bool) {
	return map[string]func([]SQLArg) (string, bool){duckdb: f}
}

// text is a parameter that takes any scalar as its text.
func text(name string) Param { return Param{Name: name, As: value.String} }

// param is a parameter of one type.
func param(name string, t value.Type) Param { return Param{Name: name, Types: just(t)} }

func optional(p Param) Param {
	p.Optional = true
	return p
}

func constant(p Param) Param {
	p.Constant = true
	return p
}

// example has a result that is not null.
func example(expr, want string) Example { return Example{Expr: expr, Want: want} }

// exampleNull has a null result.
func exampleNull(expr string) Example { return Example{Expr: expr, Null: true} }

// one makes a function of a single overload.
func one(name, doc string, o Overload, examples ...Example) Func {
	return Func{Name: name, Doc: doc, Examples: examples, Overloads: []Overload{o}}
}

// quote writes a SQL string literal; false for text with a NUL, which SQL cannot hold.
func quote(s string) (string, bool) {
	if strings.IndexByte(s, 0) >= 0 {
		return "", false
	}
	return "'" + strings.ReplaceAll(s, "'", "''") + "'", true
}

// fill replaces {0}, {1}, ... and {*} in a template by the arguments' texts.
func fill(template string, args ...string) string {
	pairs := make([]string, 0, 2*len(args)+2)
	for i, a := range args {
		pairs = append(pairs, "{"+strconv.Itoa(i)+"}", a)
	}
	pairs = append(pairs, "{*}", strings.Join(args, ", "))
	return strings.NewReplacer(pairs...).Replace(template)
}

// texts returns the arguments' SQL.
func texts(args []SQLArg) []string {
	out := make([]string, len(args))
	for i, a := range args {
		out[i] = a.SQL
	}
	return out
}

// constText returns the text of a constant string argument.
func (a SQLArg) constText() (string, bool) {
	if a.Const == nil || a.Const.Type() != value.String {
		return "", false
	}
	return a.Const.Text(), true
}

// constInt returns the number of a constant argument of a type that is held as an integer.
func (a SQLArg) constInt() (int64, bool) {
	if a.Const == nil || a.Const.IsNull() {
		return 0, false
	}
	switch a.Const.Type() {
	case value.Int, value.Long, value.DateTime, value.TimeSpan:
		return a.Const.Int(), true
	}
	return 0, false
}

// notNull reports whether the argument is a constant that is not null, or of a type that has no null.
func (a SQLArg) notNull() bool {
	return a.Type == value.String || a.Const != nil && !a.Const.IsNull()
}

// boolean makes a bool value; it is shorter than the constructor where many are made.
func boolean(b bool) value.Value { return value.NewBool(b) }

func str(s string) value.Value { return value.NewString(s) }

// anyNull reports whether an argument is null.
func anyNull(args []value.Value) bool {
	for _, a := range args {
		if a.IsNull() {
			return true
		}
	}
	return false
}

// real returns a number argument as a real.
func real_(v value.Value) float64 {
	switch v.Type() {
	case value.Real:
		return v.Real()
	case value.Decimal:
		d, _ := v.Decimal()
		return d.Real()
	}
	return float64(v.Int())
}
