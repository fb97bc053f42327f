package value

import (
	"bytes"
	"math"
	"strconv"
)

// Canonical returns the canonical text of v, in which results are written and compared: bool true or false, datetime
// yyyy-mm-ddThh:mm:ss.fffffffZ, timespan [-][d.]hh:mm:ss[.fffffff], dynamic as compact JSON. isNull is true for a null,
// which a string never is.
func (v Value) Canonical() (text string, isNull bool) {
	if !v.set {
		return "", v.typ != String
	}
	switch v.typ {
	case String, GUID, Decimal:
		return v.text, false
	}
	return string(v.AppendCanonical(nil)), false
}

// AppendCanonical appends the canonical text; nothing for a null.
func (v Value) AppendCanonical(dst []byte) []byte {
	if !v.set {
		return dst
	}
	switch v.typ {
	case Bool:
		return strconv.AppendBool(dst, v.bits != 0)
	case Int, Long:
		return strconv.AppendInt(dst, int64(v.bits), 10)
	case Real:
		return appendCanonicalReal(dst, v.Real())
	case DateTime:
		return AppendDateTime(dst, int64(v.bits))
	case TimeSpan:
		return AppendTimeSpan(dst, int64(v.bits))
	case Dynamic:
		return AppendJSON(dst, v.Tree())
	}
	return append(dst, v.text...)
}

// ToText returns the text of v as tostring() gives it: the canonical text, but True and False for a bool, reals with
// a decimal point, a dynamic string without its quotes, and the empty string for every null.
func (v Value) ToText() string {
	if !v.set {
		return ""
	}
	switch v.typ {
	case String, GUID, Decimal:
		return v.text
	case Bool:
		if v.bits != 0 {
			return "True"
		}
		return "False"
	case Real:
		return string(AppendReal(nil, v.Real()))
	case Dynamic:
		return v.DynamicText()
	}
	return string(v.AppendCanonical(nil))
}

// String returns the value as a reader of logs and tests wants it: type(text).
func (v Value) String() string {
	if !v.set && v.typ != String {
		return v.typ.String() + "(null)"
	}
	s, _ := v.Canonical()
	return v.typ.String() + "(" + s + ")"
}

// AppendReal appends a real as the shortest decimal text that reads back the same, always recognisable as a real: 1.0,
// 2.5, 1e+20, NaN, Infinity.
func AppendReal(dst []byte, f float64) []byte {
	start := len(dst)
	dst = appendCanonicalReal(dst, f)
	if !bytes.ContainsAny(dst[start:], ".eNI") {
		dst = append(dst, '.', '0')
	}
	return dst
}

func appendCanonicalReal(dst []byte, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return append(dst, "NaN"...)
	case math.IsInf(f, 1):
		return append(dst, "Infinity"...)
	case math.IsInf(f, -1):
		return append(dst, "-Infinity"...)
	}
	if a := math.Abs(f); a != 0 && (a < 1e-4 || a >= 1e16) {
		return strconv.AppendFloat(dst, f, 'e', -1, 64)
	}
	return strconv.AppendFloat(dst, f, 'f', -1, 64)
}
