package sql

import (
	"math"
	"strconv"
	"strings"

	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// operator is a logical operator or comparison. These are written here and not by templates, because a condition
// needs less than a value: where only "true" counts, NULL may stand for false, and the bare comparison of a column is
// what the database can prune row groups with.
type operator struct {
	// value writes the exact value.
	value func(c *compiler, args []expr) expr
	// is writes what is true exactly when the operator yields want, and false or NULL otherwise.
	is       func(c *compiler, args []expr, want bool) expr
	equality bool
	// logic: the operands of and, or, not are conditions themselves.
	logic func(c *compiler, args []plan.Expr, in columns, want bool) (expr, error)
}

// operatorNamed returns the operator that the language writes so.
func operatorNamed(name string) (operator, bool) {
	switch name {
	case "==":
		return operator{value: valueEqual, is: isEqual, equality: true}, true
	case "!=":
		return operator{value: valueNotEqual, is: negated(isEqual), equality: true}, true
	case "=~":
		return operator{value: folded(valueEqual), is: foldedIs(isEqual)}, true
	case "!~":
		return operator{value: folded(valueNotEqual), is: foldedIs(negated(isEqual))}, true
	case "<", "<=", ">", ">=":
		return orderings[name], true
	case "in":
		return operator{value: valueIn, is: isIn}, true
	case "!in":
		return operator{value: valueNotIn, is: negated(isIn)}, true
	case "in~":
		return operator{value: folded(valueIn), is: foldedIs(isIn)}, true
	case "!in~":
		return operator{value: folded(valueNotIn), is: foldedIs(negated(isIn))}, true
	case "between":
		return operator{value: between(" BETWEEN "), is: betweenIs(" BETWEEN ", " NOT BETWEEN ")}, true
	case "!between":
		return operator{value: between(" NOT BETWEEN "), is: betweenIs(" NOT BETWEEN ", " BETWEEN ")}, true
	case "and":
		return operator{value: joined(" AND ", conjunction), logic: andOr(true)}, true
	case "or":
		return operator{value: joined(" OR ", disjunction), logic: andOr(false)}, true
	case "not":
		return operator{value: func(_ *compiler, args []expr) expr { return not(args[0]) }, logic: isNot}, true
	}
	return operator{}, false
}

// handles reports whether the operator is written here. The catalogue has what compares otherwise than bit by bit:
// dynamic and decimal values, operands of different types, and reals, which may be NaN; equality with a real constant
// is no such case.
func (o operator) handles(e *plan.Call) bool {
	for _, a := range e.Args {
		switch t := a.Type(); {
		case t == value.Dynamic, t == value.Decimal, t != e.Args[0].Type():
			return false
		case t == value.Real:
			if !(o.equality && len(e.Args) == 2 && (isRealNumber(e.Args[0]) || isRealNumber(e.Args[1]))) {
				return false
			}
		}
	}
	return true
}

func isRealNumber(e plan.Expr) bool {
	c, ok := e.(*plan.Const)
	return ok && !c.Value.IsNull() && !math.IsNaN(c.Value.Real())
}

func (c *compiler) operator(op operator, e *plan.Call, in columns) (expr, error) {
	var found []expr
	terms := e.Args
	if e.Func.Name == "or" {
		var err error
		if found, terms, err = c.anyColumn(terms, in); err != nil {
			return expr{}, err
		}
	}
	args, err := c.exprs(terms, in)
	if err != nil {
		return expr{}, err
	}
	args = append(found, args...)
	out := op.value(c, args)
	out.typ = value.Bool
	for _, a := range args {
		out.volatile = out.volatile || a.volatile
	}
	return out, nil
}

// is writes a condition that is true exactly when e yields want.
func (c *compiler) is(e plan.Expr, in columns, want bool) (expr, error) {
	if t, ok := e.(*plan.InTable); ok && want {
		return c.inTable(t, in, true)
	}
	if call, ok := e.(*plan.Call); ok {
		op, ok := operatorNamed(call.Func.Name)
		switch {
		case !ok || !op.handles(call):
		case op.logic != nil:
			return op.logic(c, call.Args, in, want)
		default:
			args, err := c.exprs(call.Args, in)
			if err != nil {
				return expr{}, err
			}
			return op.is(c, args, want), nil
		}
	}
	v, err := c.expr(e, in)
	if err != nil || want {
		return v, err
	}
	return not(v), nil
}

func isNot(c *compiler, args []plan.Expr, in columns, want bool) (expr, error) {
	return c.is(args[0], in, !want)
}

func not(v expr) expr {
	return expr{sql: "NOT " + v.arg(), nullable: v.nullable, binding: comparison}
}

func binary(a expr, op string, b expr) expr {
	return expr{sql: a.against(b) + op + b.against(a), nullable: a.nullable || b.nullable, binding: comparison}
}

func negated(is func(*compiler, []expr, bool) expr) func(*compiler, []expr, bool) expr {
	return func(c *compiler, args []expr, want bool) expr { return is(c, args, !want) }
}

// isEqual: a comparison with one null operand is false, of two nulls is null.
func isEqual(c *compiler, args []expr, want bool) expr {
	a, b := dropEmpty(args[0], args[1]), dropEmpty(args[1], args[0])
	if e, ok := c.isNumber(a, b, want); ok {
		return e
	}
	if e, ok := c.isNumber(b, a, want); ok {
		return e
	}
	switch {
	case want:
		return binary(a, " = ", b)
	case a.nullable || b.nullable:
		return expr{sql: a.against(b) + " IS DISTINCT FROM " + b.against(a), binding: comparison}
	}
	return binary(a, " <> ", b)
}

// isNumber compares a dynamic value with a whole number by its text, and converts only what is spelt otherwise.
func (c *compiler) isNumber(a, b expr, want bool) (expr, bool) {
	n, ok := b.wholeNumber()
	from := a.origin()
	if from.number == "" || !ok {
		return expr{}, false
	}
	if from.whole != "" {
		return isEqual(c, []expr{{sql: from.whole, typ: value.Long, nullable: true}, {sql: strconv.FormatInt(n, 10)}}, want), true
	}
	otherwise := a.arg()
	if a.typ == value.Real && n != 0 && n != 1 { // true and false count as 1 and 0
		otherwise = c.dialect.realText(from.text)
	}
	text := from.number + " = " + quoteText(strconv.FormatInt(n, 10)) + " OR (NOT " + c.dialect.matches(from.number, plainWhole) +
		" AND " + otherwise + " = " + b.arg() + ")"
	if !want {
		return not(expr{sql: "coalesce(" + text + ", FALSE)"}), true
	}
	return expr{sql: text, nullable: true, binding: disjunction}, true
}

// wholeNumber returns the value of a constant that is a whole number of at most 15 digits.
func (e expr) wholeNumber() (int64, bool) {
	if !e.constant() {
		return 0, false
	}
	n := e.konst.Int()
	if e.typ == value.Real {
		f := e.konst.Real()
		if n = int64(f); float64(n) != f {
			return 0, false
		}
	}
	return n, n > -1e15 && n < 1e15 && (e.typ == value.Real || e.typ == value.Long)
}

// dropEmpty takes coalesce(x, ”) as x where it is compared with a text that is not empty.
func dropEmpty(a, other expr) expr {
	if bare := a.origin().orEmpty; bare != "" && !other.emptyText() {
		return expr{sql: bare, typ: a.typ, nullable: true}
	}
	return a
}

func valueEqual(_ *compiler, args []expr) expr {
	a, b := args[0], args[1]
	switch {
	case !a.nullable && !b.nullable:
		return binary(a, " = ", b)
	case !a.nullable || !b.nullable:
		return expr{sql: "coalesce(" + a.against(b) + " = " + b.against(a) + ", FALSE)"}
	}
	return nullIfBothNull(a, b, " IS NOT DISTINCT FROM ")
}

func valueNotEqual(_ *compiler, args []expr) expr {
	a, b := args[0], args[1]
	switch {
	case !a.nullable && !b.nullable:
		return binary(a, " <> ", b)
	case !a.nullable || !b.nullable:
		return expr{sql: a.against(b) + " IS DISTINCT FROM " + b.against(a), binding: comparison}
	}
	return nullIfBothNull(a, b, " IS DISTINCT FROM ")
}

func nullIfBothNull(a, b expr, op string) expr {
	text := "CASE WHEN " + a.arg() + " IS NOT NULL OR " + b.arg() + " IS NOT NULL THEN " + a.arg() + op + b.arg() + " END"
	return expr{sql: "(" + text + ")", nullable: true}
}

var orderings = map[string]operator{"<": ordering(" < ", " >= "), "<=": ordering(" <= ", " > "), ">": ordering(" > ", " <= "), ">=": ordering(" >= ", " < ")}

func ordering(op, opposite string) operator {
	return operator{
		value: func(_ *compiler, args []expr) expr { return binary(args[0], op, args[1]) },
		is: func(_ *compiler, args []expr, want bool) expr {
			if want {
				return binary(args[0], op, args[1])
			}
			return binary(args[0], opposite, args[1])
		},
	}
}

// isIn: null is in no list, unless that has a null too: then the result is null.
func isIn(c *compiler, args []expr, want bool) expr {
	if len(args) == 2 {
		return isEqual(c, args, want)
	}
	x, list := args[0], args[1:]
	if want {
		return expr{sql: x.arg() + " IN (" + against(x, list) + ")", nullable: x.nullable, binding: comparison}
	}
	if anyNullable(list) {
		return not(valueIn(c, args))
	}
	out := expr{sql: x.arg() + " NOT IN (" + against(x, list) + ")", binding: comparison}
	if x.nullable {
		return expr{sql: x.arg() + " IS NULL OR " + out.sql, binding: disjunction}
	}
	return out
}

func valueIn(c *compiler, args []expr) expr {
	if len(args) == 2 {
		return valueEqual(c, args)
	}
	x, list := args[0], args[1:]
	in := expr{sql: x.arg() + " IN (" + against(x, list) + ")", binding: comparison}
	if !anyNullable(args) {
		return in
	}
	in = expr{sql: "coalesce(" + in.sql + ", FALSE)"}
	if !x.nullable || !anyNullable(list) {
		return in
	}
	var nulls []string
	for _, e := range list {
		if e.nullable {
			nulls = append(nulls, e.arg()+" IS NULL")
		}
	}
	return expr{sql: "(CASE WHEN NOT (" + x.arg() + " IS NULL AND (" + strings.Join(nulls, " OR ") + ")) THEN " + in.sql + " END)", nullable: true}
}

func valueNotIn(c *compiler, args []expr) expr { return not(valueIn(c, args)) }

func anyNullable(list []expr) bool {
	for _, e := range list {
		if e.nullable {
			return true
		}
	}
	return false
}

// against writes a list that x is compared with.
func against(x expr, list []expr) string {
	out := make([]string, len(list))
	for i, e := range list {
		out[i] = e.against(x)
	}
	return strings.Join(out, ", ")
}

func folded(f func(*compiler, []expr) expr) func(*compiler, []expr) expr {
	return func(c *compiler, args []expr) expr { return f(c, lower(args)) }
}

func foldedIs(f func(*compiler, []expr, bool) expr) func(*compiler, []expr, bool) expr {
	return func(c *compiler, args []expr, want bool) expr { return f(c, lower(args), want) }
}

func lower(args []expr) []expr {
	out := make([]expr, len(args))
	for i, a := range args {
		out[i] = expr{sql: "lower(" + a.sql + ")", typ: a.typ, nullable: a.nullable, konst: a.konst}
		if bare := a.origin().orEmpty; bare != "" {
			out[i].of = &origin{orEmpty: "lower(" + bare + ")"}
		}
	}
	return out
}

func between(op string) func(*compiler, []expr) expr {
	return func(_ *compiler, args []expr) expr {
		x, low, high := args[0], args[1], args[2]
		return expr{
			sql:      x.arg() + op + low.against(x) + " AND " + high.against(x),
			nullable: x.nullable || low.nullable || high.nullable, binding: comparison,
		}
	}
}

func betweenIs(op, opposite string) func(*compiler, []expr, bool) expr {
	return func(c *compiler, args []expr, want bool) expr {
		if want {
			return between(op)(c, args)
		}
		return between(opposite)(c, args)
	}
}

func joined(op string, b binding) func(*compiler, []expr) expr {
	return func(_ *compiler, args []expr) expr { return join(args, op, b) }
}

func join(args []expr, op string, b binding) expr {
	parts := make([]string, len(args))
	out := expr{binding: b}
	for i, a := range args {
		if parts[i] = a.in(conjunction); a.binding == b && b == disjunction {
			parts[i] = a.sql // OR inside OR
		}
		out.nullable = out.nullable || a.nullable
	}
	out.sql = strings.Join(parts, op)
	return out
}

// andOr writes a conjunction (or, where the wanted result is false, De Morgan's disjunction) of conditions.
func andOr(and bool) func(*compiler, []plan.Expr, columns, bool) (expr, error) {
	return func(c *compiler, args []plan.Expr, in columns, want bool) (expr, error) {
		var parts []expr
		if !and {
			var err error
			if parts, args, err = c.anyColumn(args, in); err != nil {
				return expr{}, err
			}
			for i := range parts {
				if !want {
					parts[i] = not(parts[i])
				}
			}
		}
		for _, a := range args {
			part, err := c.is(a, in, want)
			if err != nil {
				return expr{}, err
			}
			parts = append(parts, part)
		}
		if and == want {
			return join(parts, " AND ", conjunction), nil
		}
		return join(parts, " OR ", disjunction), nil
	}
}
