package value

import (
	"bytes"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// NewDynamic returns a dynamic value of a parsed tree: nil (the null), bool, int64, float64, string, []any, *Bag, or a
// Value of a type that JSON does not know. The tree must not be changed afterwards.
func NewDynamic(tree any) Value {
	switch t := tree.(type) {
	case nil:
		return Value{typ: Dynamic}
	case Value:
		if t.IsNull() {
			return Value{typ: Dynamic}
		}
	}
	return Value{typ: Dynamic, set: true, tree: tree}
}

// Node returns v as a node of a dynamic tree, as pack_array and make_list hold it: numbers, bools and strings as
// they are, instants, spans, guids, decimals, NaN and the infinities as their text, null as nil.
func (v Value) Node() any {
	if !v.set {
		return nil
	}
	switch v.typ {
	case Bool:
		return v.bits != 0
	case Int, Long:
		return int64(v.bits)
	case Real:
		if f := v.Real(); !math.IsNaN(f) && !math.IsInf(f, 0) {
			return f
		} // JSON has no such numbers: the text stands for them
	case String:
		return v.text
	case Dynamic:
		return v.Tree()
	}
	s, _ := v.Canonical()
	return s
}

// Tree returns the parsed form of a dynamic value, nil for null. Text that has not been parsed yet is parsed anew on
// each call, because values are immutable; keep the result.
func (v Value) Tree() any {
	if !v.set || v.typ != Dynamic {
		return nil
	}
	if v.tree != nil {
		return v.tree
	}
	tree, ok := parseTree(v.text)
	if !ok {
		return v.text
	}
	return tree
}

// Parsed returns the same dynamic value in parsed form, so that further reading does not parse again.
func (v Value) Parsed() Value {
	if v.typ != Dynamic || v.tree != nil || !v.set {
		return v
	}
	return NewDynamic(v.Tree())
}

// Property returns a property of a bag; the null where v is no bag or has no such property. Text that is not parsed
// is scanned, not parsed, and the result shares its memory.
func (v Value) Property(name string) Value {
	if v.tree == nil {
		text, ok := scanProperty(v.text, name)
		if !ok {
			return Value{typ: Dynamic}
		}
		return NewText(Dynamic, text)
	}
	if bag, ok := v.tree.(*Bag); ok {
		node, _ := bag.Lookup(name)
		return NewDynamic(node)
	}
	return Value{typ: Dynamic}
}

// Element returns an element of an array, a negative index counting from the end; the null where there is none.
func (v Value) Element(i int64) Value {
	if v.tree == nil && i >= 0 {
		text, ok := scanElement(v.text, i)
		if !ok {
			return Value{typ: Dynamic}
		}
		return NewText(Dynamic, text)
	}
	list, ok := v.Tree().([]any)
	if !ok {
		return Value{typ: Dynamic}
	}
	if i < 0 {
		i += int64(len(list))
	}
	if i < 0 || i >= int64(len(list)) {
		return Value{typ: Dynamic}
	}
	return NewDynamic(list[i])
}

// Scalar returns what a dynamic holds as a value of its own type: bool, long, real, string, decimal. An array, a bag and
// the null stay dynamic. Text that is not parsed yet is read without allocating, but for a string with escapes.
func (v Value) Scalar() Value {
	if !v.set || v.typ != Dynamic {
		return v
	}
	if v.tree == nil {
		return scanScalar(v)
	}
	switch n := v.tree.(type) {
	case bool:
		return NewBool(n)
	case int64:
		return NewLong(n)
	case float64:
		return NewReal(n)
	case string:
		return NewString(n)
	case Value:
		return n
	}
	return v
}

// scanScalar reads the scalar that is the whole text.
func scanScalar(v Value) Value {
	s := strings.Trim(v.text, " \t\r\n")
	switch {
	case s == "":
		return Value{typ: Dynamic}
	case s == "true":
		return NewBool(true)
	case s == "false":
		return NewBool(false)
	case s[0] == '"':
		if end, ok := skipString(s, 0); ok && end == len(s) {
			return NewString(unescape(s[1 : end-1]))
		}
	case isPlainInteger(s):
		n, _ := strconv.ParseInt(s, 10, 64)
		return NewLong(n)
	case s[0] == '[' || s[0] == '{':
		return v
	}
	return v.Parsed().Scalar()
}

// DynamicText returns the text of a dynamic value as string operators see it: a string without its quotes, anything
// else as compact JSON, null as the empty string. A string without escapes, and JSON that is written so already, is
// returned without a copy.
func (v Value) DynamicText() string {
	if !v.set {
		return ""
	}
	if v.tree == nil {
		s := v.text
		if n := len(s); n >= 2 && s[0] == '"' {
			if end, ok := skipString(s, 0); ok && end == n {
				return unescape(s[1 : n-1])
			}
		}
		if s == "true" || s == "false" || isPlainInteger(s) {
			return s
		}
		if len(s) > 0 && (s[0] == '{' || s[0] == '[') && ValidJSON(s) && isCompact(s) {
			return s
		}
	}
	switch t := v.Tree().(type) {
	case string:
		return t
	case Value:
		s, _ := t.Canonical()
		return s
	case nil:
		return ""
	case float64:
		if math.IsNaN(t) || math.IsInf(t, 0) { // a string in JSON
			return string(AppendReal(nil, t))
		}
	}
	return string(AppendJSON(nil, v.Tree()))
}

// isPlainInteger reports whether s is digits that need no rewriting.
func isPlainInteger(s string) bool {
	if len(s) == 0 || len(s) > 18 {
		return false
	}
	return skipDigits(s, 0) == len(s)
}

// AppendJSON appends a tree as compact JSON. Reals keep a decimal point; NaN and the infinities become strings.
func AppendJSON(dst []byte, tree any) []byte {
	switch t := tree.(type) {
	case nil:
		return append(dst, "null"...)
	case bool:
		return strconv.AppendBool(dst, t)
	case int64:
		return strconv.AppendInt(dst, t, 10)
	case float64:
		if math.IsNaN(t) || math.IsInf(t, 0) {
			dst = append(dst, '"')
			dst = AppendReal(dst, t)
			return append(dst, '"')
		}
		return appendJSONReal(dst, t)
	case string:
		return AppendJSONString(dst, t)
	case []any:
		dst = append(dst, '[')
		for i, e := range t {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = AppendJSON(dst, e)
		}
		return append(dst, ']')
	case *Bag:
		dst = append(dst, '{')
		for i, k := range t.keys {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = AppendJSONString(dst, k)
			dst = append(dst, ':')
			dst = AppendJSON(dst, t.vals[i])
		}
		return append(dst, '}')
	case Value:
		switch t.typ {
		case Dynamic:
			return AppendJSON(dst, t.Tree())
		case Decimal:
			return append(dst, t.text...)
		}
		return AppendJSON(dst, t.Node())
	}
	panic("value: BUG: node of unknown type in a dynamic tree")
}

// appendJSONReal writes as JavaScript does, but keeps the decimal point of a whole number: 1.0, 1e21, 1e-7.
func appendJSONReal(dst []byte, f float64) []byte {
	if a := math.Abs(f); a != 0 && (a < 1e-6 || a >= 1e21) {
		start := len(dst)
		dst = strconv.AppendFloat(dst, f, 'e', -1, 64)
		i := start + bytes.IndexByte(dst[start:], 'e') + 1
		if dst[i] == '+' {
			return append(dst[:i], dst[i+1:]...)
		}
		if dst[i+1] == '0' { // e-07
			return append(dst[:i+1], dst[i+2:]...)
		}
		return dst
	}
	start := len(dst)
	dst = strconv.AppendFloat(dst, f, 'f', -1, 64)
	if bytes.IndexByte(dst[start:], '.') < 0 {
		dst = append(dst, '.', '0')
	}
	return dst
}

// AppendJSONString appends a JSON string literal; control characters without a short form as DuckDB writes them.
func AppendJSONString(dst []byte, s string) []byte {
	const hex = "0123456789ABCDEF"
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && n == 1 {
				dst = append(dst, s[start:i]...)
				dst = append(dst, "\ufffd"...)
				start = i + 1
			}
			i += n
			continue
		}
		if c >= 0x20 && c != '"' && c != '\\' {
			i++
			continue
		}
		dst = append(dst, s[start:i]...)
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		case '\b':
			dst = append(dst, '\\', 'b')
		case '\f':
			dst = append(dst, '\\', 'f')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
		i++
		start = i
	}
	dst = append(dst, s[start:]...)
	return append(dst, '"')
}
