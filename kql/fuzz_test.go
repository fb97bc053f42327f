package kql_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/glasswatch/glasswatch/kql"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// FuzzCompile sends a query through lexer, parser and binder. It must come back soon, with an error that has a place,
// or with a plan that holds together and formats to a query with the same result.
func FuzzCompile(f *testing.F) {
	for _, q := range articleQueries {
		f.Add(q)
	}
	for i, a := range answers(f) {
		if i%5 == 0 {
			f.Add(a.Query)
		}
	}
	f.Add(typicalRule)
	tables := testCatalog(f)
	options := kql.Options{Catalog: tables, Now: time.Unix(1717243200, 0), Prelude: `let Watched = (x: string) { x has "a" };`}
	f.Fuzz(func(t *testing.T, query string) {
		start := time.Now()
		q, err := kql.Compile(query, options)
		if took := time.Since(start); took > 10*time.Second {
			t.Fatalf("took %v", took)
		}
		if err != nil {
			var ds kql.Diagnostics
			if !errors.As(err, &ds) || len(ds.Errors()) == 0 {
				t.Fatalf("%q: the error %v is not a Diagnostics with an Error", query, err)
			}
			ds.Render(query)
			return
		}
		if err := checkPlan(q.Plan); err != nil && !q.Open {
			t.Fatalf("%q: %v", query, err)
		}
		for _, c := range q.Plan.Columns() {
			if c.Hidden {
				t.Fatalf("%q: the hidden column %s is in the result", query, c.Name)
			}
		}
		text, err := kql.Format(query)
		if err != nil {
			t.Fatalf("%q compiles and does not format: %v", query, err)
		}
		again, err := kql.Compile(text, options)
		if err != nil {
			t.Fatalf("%q compiles, but not formatted as\n%s%v", query, text, err)
		}
		if columnText(q) != columnText(again) {
			t.Fatalf("%q formats as\n%s\nwith other columns", query, text)
		}
	})
}

// checkPlan checks what the back ends rely on: columns in range and of their type, a type on every expression, no
// column name twice.
func checkPlan(n plan.Node) error {
	names := map[string]bool{}
	for _, c := range n.Columns() {
		if c.Type == value.Invalid || names[c.Name] {
			return fmt.Errorf("%T: column %q of type %s is invalid or repeated", n, c.Name, c.Type)
		}
		names[c.Name] = true
	}
	switch n := n.(type) {
	case *plan.Filter:
		if n.Cond.Type() != value.Bool {
			return fmt.Errorf("condition of type %s", n.Cond.Type())
		}
		return errors.Join(checkPlan(n.Input), checkExpr(n.Cond, n.Input))
	case *plan.Project:
		if len(n.Cols) != len(n.Exprs) {
			return fmt.Errorf("%d columns, %d expressions", len(n.Cols), len(n.Exprs))
		}
		for i, x := range n.Exprs {
			if err := checkExpr(x, n.Input); err != nil || x.Type() != n.Cols[i].Type {
				return fmt.Errorf("column %s: %v, type %s, want %s", n.Cols[i].Name, err, x.Type(), n.Cols[i].Type)
			}
		}
		return checkPlan(n.Input)
	case *plan.Sort:
		for _, k := range n.Keys {
			if err := checkExpr(k.Expr, n.Input); err != nil {
				return err
			}
		}
		return checkPlan(n.Input)
	case *plan.Take:
		return checkPlan(n.Input)
	case *plan.Distinct:
		return checkPlan(n.Input)
	case *plan.Aggregate:
		return checkAggregate(n)
	case *plan.Union:
		return checkUnion(n)
	case *plan.Values:
		for _, r := range n.Rows {
			for i, v := range r {
				if v.Type() != n.Cols[i].Type {
					return fmt.Errorf("value of type %s in column of type %s", v.Type(), n.Cols[i].Type)
				}
			}
		}
	}
	return nil
}

func checkAggregate(n *plan.Aggregate) error {
	if len(n.Cols) != len(n.Keys)+len(n.Aggs) {
		return fmt.Errorf("%d columns, %d keys, %d aggregates", len(n.Cols), len(n.Keys), len(n.Aggs))
	}
	for i, k := range n.Keys {
		if err := checkExpr(k, n.Input); err != nil || k.Type() != n.Cols[i].Type {
			return fmt.Errorf("key %s: %v", n.Cols[i].Name, err)
		}
	}
	for i, a := range n.Aggs {
		if a.Type != n.Cols[len(n.Keys)+i].Type {
			return fmt.Errorf("aggregate %s of type %s", a.Agg.Name, a.Type)
		}
		for _, arg := range a.Args {
			if err := checkExpr(arg, n.Input); err != nil {
				return err
			}
		}
	}
	return checkPlan(n.Input)
}

func checkUnion(n *plan.Union) error {
	for _, in := range n.Inputs {
		cols := in.Columns()
		if len(cols) != len(n.Cols) {
			return fmt.Errorf("a leg of the union has %d columns, not %d", len(cols), len(n.Cols))
		}
		for i := range cols {
			if cols[i].Type != n.Cols[i].Type {
				return fmt.Errorf("column %s of a leg has type %s, not %s", n.Cols[i].Name, cols[i].Type, n.Cols[i].Type)
			}
		}
		if err := checkPlan(in); err != nil {
			return err
		}
	}
	return nil
}

func checkExpr(x plan.Expr, in plan.Node) error {
	if x.Type() == value.Invalid {
		return fmt.Errorf("%T has no type", x)
	}
	switch x := x.(type) {
	case *plan.Col:
		if cols := in.Columns(); x.Index < 0 || x.Index >= len(cols) || cols[x.Index].Type != x.Typ {
			return fmt.Errorf("column %d of type %s is not in the input", x.Index, x.Typ)
		}
	case *plan.Path:
		if x.Base.Type() != value.Dynamic {
			return fmt.Errorf("path into %s", x.Base.Type())
		}
		for _, s := range x.Steps {
			if s.Name != "" {
				continue
			}
			if t := s.Index.Type(); t != value.Long && t != value.String {
				return fmt.Errorf("index of type %s", t)
			}
			if err := checkExpr(s.Index, in); err != nil {
				return err
			}
		}
		return checkExpr(x.Base, in)
	case *plan.Call:
		for _, a := range x.Args {
			if err := checkExpr(a, in); err != nil {
				return err
			}
		}
	}
	return nil
}
