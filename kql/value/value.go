// Package value holds the scalar types and values of the Kusto query language.
//
// It is a leaf: it imports the standard library only. Every type has a null except string, whose missing value
// is the empty string. Instants are ticks of 100 ns since 0001-01-01T00:00:00Z, spans are ticks of 100 ns, as in .NET
// and in Kusto, so that neither precision nor range is lost.
package value

import (
	"math"
	"unsafe"
)

// Type is a scalar type of the language.
type Type uint8

// The scalar types. Invalid is the zero value and is the type of no expression that was bound without error.
const (
	Invalid Type = iota
	Bool
	Int
	Long
	Real
	Decimal
	DateTime
	TimeSpan
	String
	GUID
	Dynamic
)

var typeNames = [...]string{"invalid", "bool", "int", "long", "real", "decimal", "datetime", "timespan", "string", "guid", "dynamic"}

// String returns the name as the language spells it.
func (t Type) String() string {
	if int(t) < len(typeNames) {
		return typeNames[t]
	}
	return "invalid"
}

// ParseType reads a type name or one of its aliases (boolean, date, time, double, int32, int64, uuid, object, ...).
func ParseType(name string) (Type, bool) {
	switch name {
	case "bool", "boolean":
		return Bool, true
	case "int", "int32":
		return Int, true
	case "long", "int64":
		return Long, true
	case "real", "double":
		return Real, true
	case "decimal":
		return Decimal, true
	case "datetime", "date":
		return DateTime, true
	case "timespan", "time":
		return TimeSpan, true
	case "string":
		return String, true
	case "guid", "uuid", "uniqueid":
		return GUID, true
	case "dynamic", "object":
		return Dynamic, true
	}
	return Invalid, false
}

// Value is one scalar. The zero Value is a null of type Invalid. Values are immutable and may be copied and shared.
type Value struct {
	typ  Type
	set  bool   // false: null
	bits uint64 // bool, int, long, ticks, or the bits of a real
	text string // string; guid and decimal in canonical text; dynamic as JSON text while not yet parsed
	tree any    // dynamic, once parsed: bool, int64, float64, string, []any, *Bag, or a Value of another type
}

// Null returns the null of t; for String it is the empty string, which is not null.
func Null(t Type) Value {
	if t == String {
		return NewString("")
	}
	return Value{typ: t}
}

// NewBool returns a bool.
func NewBool(b bool) Value {
	v := Value{typ: Bool, set: true}
	if b {
		v.bits = 1
	}
	return v
}

// NewInt returns a 32-bit integer.
func NewInt(n int32) Value { return Value{typ: Int, set: true, bits: uint64(int64(n))} }

// NewLong returns a 64-bit integer.
func NewLong(n int64) Value { return Value{typ: Long, set: true, bits: uint64(n)} }

// NewReal returns a 64-bit floating point number.
func NewReal(f float64) Value { return Value{typ: Real, set: true, bits: math.Float64bits(f)} }

// NewDateTime returns an instant given in ticks of 100 ns since 0001-01-01T00:00:00Z.
func NewDateTime(ticks int64) Value { return Value{typ: DateTime, set: true, bits: uint64(ticks)} }

// NewTimeSpan returns a span given in ticks of 100 ns.
func NewTimeSpan(ticks int64) Value { return Value{typ: TimeSpan, set: true, bits: uint64(ticks)} }

// NewString returns a string.
func NewString(s string) Value { return Value{typ: String, set: true, text: s} }

// Type returns the type of v, also when v is null.
func (v Value) Type() Type { return v.typ }

// IsNull reports whether v is null. A string never is.
func (v Value) IsNull() bool { return !v.set }

// Bool returns the value of a bool; false when null.
func (v Value) Bool() bool { return v.bits != 0 && v.set }

// Int returns the value of an int, a long, or the ticks of a datetime or timespan; 0 when null.
func (v Value) Int() int64 { return int64(v.bits) }

// Real returns the value of a real; 0 when null.
func (v Value) Real() float64 { return math.Float64frombits(v.bits) }

// Text returns the text of a string, guid or decimal; "" when null.
func (v Value) Text() string { return v.text }

// Size is roughly the memory that v holds, in bytes.
func (v Value) Size() int {
	n := int(unsafe.Sizeof(v)) + len(v.text)
	if v.tree != nil {
		n += treeSize(v.tree)
	}
	return n
}

func treeSize(tree any) int {
	switch t := tree.(type) {
	case string:
		return 16 + len(t)
	case []any:
		n := 24
		for _, e := range t {
			n += 16 + treeSize(e)
		}
		return n
	case *Bag:
		n := 48
		for i, k := range t.keys {
			n += 32 + len(k) + treeSize(t.vals[i])
		}
		return n
	}
	return 8
}
