package kql

import (
	"slices"
	"strings"

	"github.com/glasswatch/glasswatch/kql/ast"
	"github.com/glasswatch/glasswatch/kql/parser"
)

// functions are stored functions by name.
type functions map[string]string

// FunctionNames lists them.
func (f functions) FunctionNames() []string {
	names := make([]string, 0, len(f))
	for name := range f {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Function reads a function, nil when there is none.
func (f functions) Function(name string) (*ast.Func, error) {
	text, ok := f[name]
	if !ok {
		return nil, nil
	}
	if fn, errs := readFunction(text); fn != nil {
		return fn, nil
	} else if begins(text, "(") || begins(text, "{") || begins(text, "view") {
		return nil, errs
	}
	fn, errs := readFunction("() {" + text + "\n}")
	if fn == nil {
		return nil, errs
	}
	return fn, nil
}

func begins(text, with string) bool { return strings.HasPrefix(strings.TrimSpace(text), with) }

// readFunction reads a function literal; nil with what is wrong when it is none.
func readFunction(text string) (*ast.Func, error) {
	if begins(text, "{") {
		text = "()" + text
	}
	const head = "let f = "
	r := parser.Parse(head + text + "\n; print 0")
	if errs := r.Diagnostics.Errors().Locate(head + text); len(errs) > 0 {
		return nil, errs[:1]
	}
	if len(r.Query.Stmts) == 2 {
		if l, ok := r.Query.Stmts[0].(*ast.Let); ok {
			if fn, ok := l.Value.(*ast.Func); ok {
				return fn, nil
			}
		}
	}
	return nil, Diagnostics{{Severity: Error, Code: "KS005", Message: "it is no function"}}
}
