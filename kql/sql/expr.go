package sql

import (
	"slices"

	"github.com/glasswatch/glasswatch/kql/function"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// expr is an expression in SQL. What few expressions have is in their origin.
type expr struct {
	sql      string
	konst    *value.Value
	of       *origin // nil: nothing is known
	typ      value.Type
	nullable bool
	binding  binding
	simple   bool // a column or a constant: free to repeat
	volatile bool // must be computed once
}

// origin is what is known of where a value comes from, so that it can be read in a shorter way. It does not change once
// another expression can see it.
type origin struct {
	// promoted finds the columns that keep the value at steps below this dynamic value; nil: there are none.
	promoted func(steps []step) (Promoted, bool)
	// base and steps are set for a dynamic value read from a path, so that it can also be read as text.
	base  string
	steps []step
	// plain is the text of a dynamic value that is a string.
	plain string
	// kept are the columns of the promoted path that this dynamic value is at.
	kept *Promoted
	// document is the stored JSON text from which this text or dynamic value comes.
	document string
	entire   bool // the text is that of the document itself and not of a part
	// text is the text of the dynamic value that a number was converted from; number is that or, shorter, one that is the
	// same for all but null. whole is the column of the promoted path that this real was converted from.
	text, number, whole string
	// orEmpty is x where sql is coalesce(x, '').
	orEmpty string
}

// unknown is the origin of all expressions without one.
var unknown = &origin{}

func (e expr) origin() *origin {
	if e.of == nil {
		return unknown
	}
	return e.of
}

// binding says what must stand in parentheses.
type binding uint8

const (
	atom binding = iota
	comparison
	conjunction
	disjunction // and everything that is not known better
)

// in returns the text for use where only operators of a tighter binding than b may stand bare.
func (e expr) in(b binding) string {
	if e.binding >= b && e.binding != atom {
		return "(" + e.sql + ")"
	}
	return e.sql
}

// arg returns the text for use as an operand or argument.
func (e expr) arg() string { return e.in(comparison) }

// against returns the text for a comparison with other.
func (e expr) against(other expr) string {
	if e.konst != nil && other.konst == nil {
		if text := bare(e.sql); text != "" {
			return text
		}
	}
	return e.arg()
}

// opaque is e as a key of GROUP BY leaves it: only the whole expression may be used.
func (e expr) opaque() *expr {
	return &expr{sql: e.sql, typ: e.typ, nullable: e.nullable, binding: e.binding, simple: e.simple, volatile: e.volatile, konst: e.konst}
}

// expr writes e over the columns in; its value, null included, is exact.
func (c *compiler) expr(e plan.Expr, in columns) (expr, error) {
	switch e := e.(type) {
	case *plan.Const:
		text, err := c.literal(e.Value)
		return expr{sql: text, typ: e.Value.Type(), nullable: e.Value.IsNull(), simple: true, konst: &e.Value}, err
	case *plan.Col:
		return *in[e.Index], nil
	case *plan.Path:
		return c.path(e, in)
	case *plan.Call:
		if op, ok := operatorNamed(e.Func.Name); ok && op.handles(e) {
			return c.operator(op, e, in)
		}
		return c.call(e, in)
	case *plan.Subquery:
		return c.subquery(e)
	case *plan.InTable:
		return c.inTable(e, in, false)
	}
	return expr{}, c.unsupported("expression %T", e)
}

func (c *compiler) exprs(list []plan.Expr, in columns) ([]expr, error) {
	out := make([]expr, len(list))
	for i, e := range list {
		var err error
		if out[i], err = c.expr(e, in); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// path reads below a dynamic value: constant steps in one call, from a promoted column where there is one.
func (c *compiler) path(e *plan.Path, in columns) (expr, error) {
	base, found, err := c.urlPart(e, in)
	if found {
		e = &plan.Path{Steps: e.Steps[1:]}
	} else if err == nil {
		base, err = c.expr(e.Base, in)
	}
	if err != nil {
		return expr{}, err
	}
	for len(e.Steps) > 0 {
		steps, rest := constantSteps(e.Steps)
		if len(steps) > 0 {
			base = c.constantPath(base, steps)
			e = &plan.Path{Steps: rest}
			continue
		}
		index, err := c.expr(rest[0].Index, in)
		if err != nil {
			return expr{}, err
		}
		read := c.dialect.property
		if index.typ != value.String {
			read = c.dialect.element
		}
		base = expr{sql: read(base.arg(), index.arg()), typ: value.Dynamic, nullable: true, volatile: base.volatile || index.volatile}
		e = &plan.Path{Steps: rest[1:]}
	}
	return base, nil
}

// urlPart reads one part of what parse_url gives, without the others; false where e does not begin so.
func (c *compiler) urlPart(e *plan.Path, in columns) (out expr, found bool, err error) {
	call, ok := e.Base.(*plan.Call)
	if !ok || call.Func.Name != "parse_url" && call.Func.Name != "parseurl" {
		return expr{}, false, nil
	}
	steps, _ := constantSteps(e.Steps)
	if len(steps) == 0 || steps[0].isIndex {
		return expr{}, false, nil
	}
	url, err := c.expr(call.Args[0], in)
	if err != nil {
		return expr{}, false, err
	}
	text, ok := function.URLPartSQL(steps[0].name, url.arg())
	if !ok || len(text) > maxText {
		return expr{}, false, nil
	}
	out = expr{sql: "to_json(" + text + ")::VARCHAR", typ: value.Dynamic, volatile: url.volatile, of: &origin{plain: text}}
	return out, true, nil
}

func (c *compiler) constantPath(base expr, steps []step) expr {
	from := base.origin()
	below := (func([]step) (Promoted, bool))(nil)
	if promoted := from.promoted; promoted != nil {
		if p, ok := promoted(steps); ok {
			return keptValue(p)
		}
		above := steps
		below = func(more []step) (Promoted, bool) { return promoted(slices.Concat(above, more)) }
	}
	if from.steps != nil {
		base, steps = expr{sql: from.base, volatile: base.volatile}, slices.Concat(from.steps, steps)
	}
	return expr{
		sql: c.dialect.path(base.arg(), steps), typ: value.Dynamic, nullable: true, volatile: base.volatile,
		of: &origin{base: base.arg(), steps: steps, document: from.document, promoted: below},
	}
}

// text is a dynamic value as text, a string without its quotes; NULL for null.
func (c *compiler) text(e expr) string {
	from := e.origin()
	if from.kept != nil {
		return from.kept.textOrNull()
	}
	if from.plain != "" {
		return from.plain
	}
	if from.steps != nil {
		return c.dialect.unquoted(from.base, from.steps)
	}
	return c.dialect.unquoted(e.arg(), nil)
}

// constantSteps takes the leading constant steps off list.
func constantSteps(list []plan.Step) (steps []step, rest []plan.Step) {
	for i, s := range list {
		if s.Index == nil {
			steps = append(steps, step{name: s.Name})
			continue
		}
		k, ok := s.Index.(*plan.Const)
		if !ok || k.Value.IsNull() {
			return steps, list[i:]
		}
		switch k.Value.Type() {
		case value.String:
			steps = append(steps, step{name: k.Value.Text()})
		case value.Int, value.Long:
			steps = append(steps, step{index: k.Value.Int(), isIndex: true})
		default:
			return steps, list[i:]
		}
	}
	return steps, nil
}
