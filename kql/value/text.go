package value

import "unsafe"

// jsonNull reports whether JSON text is the null, with or without blanks around it.
func jsonNull(s string) bool {
	if len(s) == 4 {
		return s == "null"
	}
	i := skipSpace(s, 0)
	return len(s) > 4 && i+4 <= len(s) && s[i:i+4] == "null" && skipSpace(s, i+4) == len(s)
}

// NewText returns a value of a type that is kept as text: string, guid (canonical text) or dynamic (valid JSON). The
// JSON null, and no text at all, give the null dynamic.
func NewText(t Type, s string) Value {
	if t == Dynamic && (s == "" || jsonNull(s)) {
		return Value{typ: Dynamic}
	}
	return Value{typ: t, set: true, text: s}
}

// AliasText is NewText without a copy: the caller keeps b unchanged for as long as the value is used.
func AliasText(t Type, b []byte) Value { return NewText(t, unsafe.String(unsafe.SliceData(b), len(b))) }
