package ast

import (
	"math"
	"strconv"
	"strings"

	"github.com/glasswatch/glasswatch/kql/value"
)

// Text prints an expression on one line (but for string literals that span lines).
func Text(x Expr) string {
	var w writer
	w.expr(x)
	return w.String()
}

type writer struct{ strings.Builder }

func (w *writer) expr(x Expr) {
	switch x := x.(type) {
	case *Name:
		w.WriteString(name(x))
	case *Literal:
		w.WriteString(literal(x))
	case *Dynamic:
		w.WriteString("dynamic(")
		w.expr(x.X)
		w.WriteByte(')')
	case *Array:
		w.WriteByte('[')
		w.list(x.Elems, ", ")
		w.WriteByte(']')
	case *Bag:
		w.bag(x)
	case *Unary:
		w.WriteString(x.Op)
		w.expr(x.X)
	case *Binary:
		w.binary(x)
	case *In:
		w.expr(x.X)
		w.WriteString(" " + x.Op + " (")
		w.list(x.List, ", ")
		w.WriteByte(')')
	case *Between:
		w.expr(x.X)
		w.WriteString(" " + x.Op + " (")
		w.expr(x.Low)
		w.WriteString(" .. ")
		w.expr(x.High)
		w.WriteByte(')')
	default:
		w.rest(x)
	}
}

func (w *writer) rest(x Expr) {
	switch x := x.(type) {
	case *Call:
		w.WriteString(x.Name.Text + "(")
		w.list(x.Args, ", ")
		w.WriteByte(')')
	case *Member:
		w.expr(x.X)
		w.WriteByte('.')
		w.expr(x.Selector)
	case *Index:
		w.expr(x.X)
		w.WriteByte('[')
		w.expr(x.I)
		w.WriteByte(']')
	case *Paren:
		w.WriteByte('(')
		w.expr(x.X)
		w.WriteByte(')')
	case *Star:
		w.WriteByte('*')
	case *Pattern:
		w.WriteString(x.Text)
	case *Named:
		w.named(x)
	case *Ordered:
		w.expr(x.X)
		if x.Order != "" {
			w.WriteString(" " + x.Order)
		}
		if x.Nulls != "" {
			w.WriteString(" nulls " + x.Nulls)
		}
	case *Pipe:
		w.pipe(x)
	case *Datatable:
		w.WriteString("datatable(" + columnList(x.Columns) + ")[")
		w.list(x.Values, ", ")
		w.WriteByte(']')
	case *External:
		w.external(x)
	case *Func:
		w.WriteString(signature(x) + " { ")
		for _, s := range x.Body.Stmts {
			p := printer{}
			p.stmt(s, "")
			w.WriteString(p.String() + "; ")
		}
		w.WriteByte('}')
	}
}

// binary prints a chain of operators without recursion on the left: it may be thousands long.
func (w *writer) binary(x *Binary) {
	var chain []*Binary
	var left Expr = x
	for {
		b, ok := left.(*Binary)
		if !ok {
			break
		}
		chain = append(chain, b)
		left = b.X
	}
	w.expr(left)
	for i := len(chain) - 1; i >= 0; i-- {
		w.WriteString(" " + chain[i].Op + " ")
		w.expr(chain[i].Y)
	}
}

func (w *writer) list(xs []Expr, separator string) {
	for i, x := range xs {
		if i > 0 {
			w.WriteString(separator)
		}
		w.expr(x)
	}
}

func (w *writer) bag(x *Bag) {
	w.WriteByte('{')
	for i, key := range x.Keys {
		if i > 0 {
			w.WriteString(", ")
		}
		w.WriteString(quote(key) + ": ")
		w.expr(x.Values[i])
	}
	w.WriteByte('}')
}

func (w *writer) named(x *Named) {
	names := make([]string, len(x.Names))
	for i, n := range x.Names {
		names[i] = name(n)
		if x.Tuple {
			names[i] = n.Text
		}
	}
	text := strings.Join(names, ", ")
	if x.Tuple {
		text = "(" + text + ")"
	}
	w.WriteString(text + " = ")
	w.expr(x.X)
}

func (w *writer) pipe(x *Pipe) {
	if x.Source != nil {
		w.expr(x.Source)
	}
	for i, op := range x.Ops {
		switch {
		case i > 0 || x.Source != nil:
			w.WriteString(" | ")
		case x.Bare:
			w.WriteString("| ")
		}
		w.WriteString(opText(op, ", "))
	}
}

func columnList(cols []*Column) string {
	parts := make([]string, len(cols))
	for i, c := range cols {
		parts[i] = name(c.Name) + ": " + c.Type.Text
	}
	return strings.Join(parts, ", ")
}

// opText prints a step with separator between the elements of its list.
func opText(op Operator, separator string) string {
	var w writer
	list := func(keyword string, xs []Expr) {
		w.WriteString(keyword)
		if len(xs) > 0 {
			w.WriteString(firstSeparator(separator))
		}
		w.list(xs, separator)
	}
	switch op := op.(type) {
	case *Where:
		w.WriteString("where ")
		w.expr(op.Cond)
	case *Extend:
		list("extend", op.Exprs)
	case *Project:
		list("project", op.Exprs)
	case *ProjectAway:
		list("project-away", op.Exprs)
	case *ProjectKeep:
		list("project-keep", op.Exprs)
	case *ProjectRename:
		list("project-rename", op.Exprs)
	case *ProjectReorder:
		list("project-reorder", op.Exprs)
	case *Print:
		list("print", op.Exprs)
	case *Distinct:
		list("distinct"+options(op.Options), op.Exprs)
	case *Union:
		list("union"+options(op.Options), op.Tables)
	case *Summarize:
		list("summarize"+options(op.Options), op.Aggs)
		if len(op.Keys) > 0 {
			list(strings.TrimSuffix(firstSeparator(separator), indent)+"by", op.Keys)
		}
	default:
		w.shortOp(op)
	}
	return w.String()
}

// firstSeparator is what stands before the first element: a blank, or a line break where the separator has one.
func firstSeparator(separator string) string {
	if strings.HasPrefix(separator, ",\n") {
		return separator[1:]
	}
	return " "
}

func (w *writer) shortOp(op Operator) {
	switch op := op.(type) {
	case *Take:
		w.WriteString("take ")
		w.expr(op.N)
	case *Sort:
		w.WriteString("sort" + options(op.Options) + " by ")
		w.list(op.Keys, ", ")
	case *Top:
		w.WriteString("top" + options(op.Options) + " ")
		w.expr(op.N)
		w.WriteString(" by ")
		w.expr(op.Key)
	case *Count:
		w.WriteString("count")
		if op.As != nil {
			w.WriteString(" as " + name(op.As))
		}
	case *As:
		w.WriteString("as" + options(op.Options) + " " + name(op.Name))
	case *Render:
		w.WriteString("render " + name(op.Kind))
		props := optionList(op.Props, ", ")
		switch {
		case op.With:
			w.WriteString(" with (" + props + ")")
		case props != "":
			w.WriteString(" " + props)
		}
	case *Unsupported:
		w.WriteString(op.Text)
	default:
		w.tabularOp(op)
	}
}

func options(os []*Option) string {
	if len(os) == 0 {
		return ""
	}
	return " " + optionList(os, " ")
}

func optionList(os []*Option, separator string) string {
	parts := make([]string, len(os))
	for i, o := range os {
		parts[i] = o.Name + "=" + Text(o.Value)
	}
	return strings.Join(parts, separator)
}

// Name prints an identifier, in brackets where it would be read as something else.
func name(n *Name) string {
	if plainName(n.Text) {
		return n.Text
	}
	return "['" + strings.TrimSuffix(strings.TrimPrefix(quote(n.Text), `"`), `"`) + "']"
}

func plainName(s string) bool {
	if s == "" {
		return false
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c == '$' && i == 0 && len(s) > 1
		if !letter && (i == 0 || c < '0' || c > '9') || c >= '0' && c <= '9' && i == 1 && s[0] == '$' {
			return false
		}
	}
	switch s {
	case "and", "or", "in", "between", "contains", "startswith", "endswith", "has", "by", "true", "false", "not", "is", "matches",
		"print", "union", "search", "find", "evaluate", "externaldata", "external_data", "range", "flags", "let", "set", "declare",
		"alias", "restrict", "view", "dynamic", "datatable", "nulls", "asc", "desc", "granny", "as", "with", "hint",
		"kind", "withsource", "with_source", "isfuzzy", "bagexpansion", "with_itemindex", "Threshold",
		"bool", "boolean", "int", "long", "real", "double", "decimal", "datetime", "date", "timespan", "time", "guid", "uniqueid",
		"like", "notlike", "like_cs", "notlike_cs", "containscs", "notcontains", "notcontainscs", "has_any", "has_all",
		"has_cs", "hasprefix", "hasprefix_cs", "hassuffix", "hassuffix_cs", "contains_cs", "startswith_cs", "endswith_cs":
		return false
	}
	return !isFold(s, "select") && !isFold(s, "and") && !isFold(s, "or") && !isFold(s, "not")
}

func isFold(s, word string) bool { return len(s) == len(word) && strings.EqualFold(s, word) }

// literal prints a constant so that it is read back as the same value of the same type.
func literal(x *Literal) string {
	v := x.Value
	if x.Raw != "" {
		return x.Raw
	}
	if v.IsNull() {
		if v.Type() == value.Dynamic {
			return "null"
		}
		return v.Type().String() + "(null)"
	}
	switch v.Type() {
	case value.Bool:
		return strconv.FormatBool(v.Bool())
	case value.Long:
		return strconv.FormatInt(v.Int(), 10)
	case value.Int:
		return "int(" + strconv.FormatInt(v.Int(), 10) + ")"
	case value.Real:
		return realText(v.Real())
	case value.DateTime:
		return "datetime(" + string(value.AppendDateTime(nil, v.Int())) + ")"
	case value.TimeSpan:
		return "timespan(" + string(value.AppendTimeSpan(nil, v.Int())) + ")"
	case value.String:
		return quote(v.Text())
	}
	return v.Type().String() + "(" + v.Text() + ")"
}

func realText(f float64) string {
	switch {
	case math.IsNaN(f):
		return "real(nan)"
	case math.IsInf(f, 1):
		return "real(+inf)"
	case math.IsInf(f, -1):
		return "real(-inf)"
	}
	s := strconv.FormatFloat(f, 'g', -1, 64)
	if !strings.ContainsAny(s, ".e") {
		s += ".0"
	}
	return s
}

// quote prints a string literal.
func quote(s string) string {
	b := make([]byte, 0, len(s)+2)
	b = append(b, '"')
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case '"', '\\', '\'': // either quote, so that a name in [' '] can use it too
			b = append(b, '\\', c)
		case '\n':
			b = append(b, '\\', 'n')
		case '\r':
			b = append(b, '\\', 'r')
		case '\t':
			b = append(b, '\\', 't')
		default:
			if c < 0x20 || c == 0x7F {
				b = append(b, '\\', 'u', '0', '0', "0123456789abcdef"[c>>4], "0123456789abcdef"[c&15])
				continue
			}
			b = append(b, c)
		}
	}
	return string(append(b, '"'))
}
