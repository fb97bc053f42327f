package kql

import (
	"github.com/glasswatch/glasswatch/kql/ast"
	"github.com/glasswatch/glasswatch/kql/parser"
)

// Prelude is let statements that were read once, for many queries. It is immutable and safe for concurrent use.
type Prelude struct{ query *ast.Query }

// ReadPrelude reads let statements for Options.Read. The error is a Diagnostics.
func ReadPrelude(text string) (*Prelude, error) {
	r := parser.ParseOwn(text)
	if errs := r.Diagnostics.Errors(); len(errs) > 0 {
		return nil, preludeError(errs.Locate(text))
	}
	return &Prelude{r.Query}, nil
}

// prelude returns the let statements of the options, nil without any.
func (o Options) prelude() (*ast.Query, error) {
	switch {
	case o.Read != nil:
		return o.Read.query, nil
	case o.Prelude == "":
		return nil, nil
	}
	p, err := ReadPrelude(o.Prelude)
	if err != nil {
		return nil, err
	}
	return p.query, nil
}
