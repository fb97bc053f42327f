package kqltest_test

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/glasswatch/glasswatch/kql"
	"github.com/glasswatch/glasswatch/kql/ast"
	"github.com/glasswatch/glasswatch/kql/function"
	"github.com/glasswatch/glasswatch/kql/kqltest"
	"github.com/glasswatch/glasswatch/kql/parser"
	"github.com/glasswatch/glasswatch/kql/value"
)

// TestExamples runs the documented examples of every scalar function. The compiler folds constants, so each example is
// also run with its literals as columns of a table: all of them, and each one alone. Every form that compiles gives
// the same result on every back end that does not decline it.
func TestExamples(t *testing.T) {
	eval, _ := kqltest.Eval{}.Open(nil)
	duck, err := duckDB{}.Open(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer duck.Close()
	declined := 0
	for _, name := range function.Names() {
		f, _ := function.Lookup(name)
		if len(f.Examples) == 0 {
			t.Errorf("%s has no example", name)
		}
		onDuck := false
		for _, e := range f.Examples {
			for i, query := range forms(e.Expr, len(f.Columns) > 0) {
				q, err := kql.Compile(query, kql.Options{Now: kqltest.Now})
				if err != nil {
					if i == 0 {
						t.Errorf("%s: %s: %v", name, e.Expr, err)
					}
					continue // an argument that must be constant
				}
				runExample(t, eval, q, e)
				onDuck = runExample(t, duck, q, e) && i > 0 || onDuck
			}
		}
		if !onDuck {
			declined++
			t.Logf("%s runs on the interpreter only", name)
		}
	}
	t.Logf("%d functions, %d of them on the interpreter only", len(function.Names()), declined)
}

// runExample reports whether the back end ran the query.
func runExample(t *testing.T, db kqltest.Database, q *kql.Query, e function.Example) bool {
	t.Helper()
	ticks, _ := value.Ticks(kqltest.Now)
	r, err := db.Run(t.Context(), q.Plan, ticks)
	var d *kqltest.Declined
	switch {
	case errors.As(err, &d):
		return false
	case err != nil:
		t.Errorf("%s: %v", q.Text, err)
		return true
	case len(r.Rows) == 0:
		t.Errorf("%s: no row", q.Text)
	}
	for _, row := range r.Rows {
		wants := strings.Split(e.Want, " | ")
		if len(row) == 1 || e.Null {
			wants = []string{e.Want}
		}
		got, want, null := "", "", true
		for i, v := range row {
			text, isNull := v.Canonical()
			null = null && isNull
			got += kqltest.Normal(text, v.Type()) + " | "
			if i < len(wants) {
				want += kqltest.Normal(wants[i], v.Type()) + " | "
			}
		}
		if null != e.Null || !null && got != want {
			t.Errorf("%T: %s: got %q (null: %t), want %q (null: %t)", db, q.Text, got, null, e.Want, e.Null)
			break
		}
	}
	return true
}

// forms returns queries of one cell: the expression as it is, then with literals as columns.
func forms(expr string, several bool) []string {
	head := "print x = "
	if several {
		head = "print "
	}
	literals := literalsOf(head + expr)
	out := []string{head + expr}
	all := make([]int, len(literals))
	for i := range literals {
		all[i] = i
	}
	for i := range literals {
		out = append(out, withColumns(head, expr, literals, []int{i}))
	}
	if len(literals) > 1 {
		out = append(out, withColumns(head, expr, literals, all))
	}
	return out
}

// literal is a constant in the text of a query.
type literal struct {
	start, end int
	typ        value.Type
}

func literalsOf(query string) []literal {
	var out []literal
	var walk func(v reflect.Value)
	walk = func(v reflect.Value) {
		switch v.Kind() {
		case reflect.Interface, reflect.Pointer:
			if v.IsNil() {
				return
			}
			switch x := v.Interface().(type) {
			case *ast.Literal:
				out = append(out, literal{x.Start, x.End, x.Value.Type()})
				return
			case *ast.Dynamic:
				out = append(out, literal{x.Start, x.End, value.Dynamic})
				return
			}
			walk(v.Elem())
		case reflect.Slice:
			for i := range v.Len() {
				walk(v.Index(i))
			}
		case reflect.Struct:
			if v.Type() == reflect.TypeFor[value.Value]() {
				return
			}
			for i := range v.NumField() {
				walk(v.Field(i))
			}
		}
	}
	walk(reflect.ValueOf(parser.Parse(query).Query))
	slices.SortFunc(out, func(a, b literal) int { return a.start - b.start })
	return out
}

// withColumns replaces the chosen literals by columns of a table. It has two rows, because one row would be as good as
// constants.
func withColumns(head, expr string, literals []literal, chosen []int) string {
	text := head + expr
	var cols, cells []string
	for _, i := range slices.Backward(chosen) {
		l := literals[i]
		name := fmt.Sprintf("k%d", i)
		cols = append(cols, name+":"+l.typ.String())
		cells = append(cells, text[l.start:l.end])
		text = text[:l.start] + name + text[l.end:]
	}
	return "datatable(" + strings.Join(cols, ", ") + ") [" + strings.Join(append(cells, cells...), ", ") + "] | project " + strings.TrimPrefix(text, "print ")
}
