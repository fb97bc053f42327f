package value

import (
	"cmp"
	"encoding/binary"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Compare orders two values of one type as sort does: null before NaN before everything else, strings by their bytes.
// Numbers of different types compare by value. Dynamic values order by kind, then by value or text.
func Compare(a, b Value) int {
	if !a.set || !b.set {
		return boolInt(a.set) - boolInt(b.set)
	}
	if a.typ != b.typ {
		return compareMixed(a, b)
	}
	switch a.typ {
	case Bool:
		return cmp.Compare(a.bits, b.bits)
	case Int, Long, DateTime, TimeSpan:
		return cmp.Compare(int64(a.bits), int64(b.bits))
	case Real:
		return cmp.Compare(a.Real(), b.Real())
	case Decimal:
		x, _ := a.Decimal()
		y, _ := b.Decimal()
		return x.Cmp(y)
	case Dynamic:
		return compareNodes(a.Tree(), b.Tree())
	}
	return strings.Compare(a.text, b.text)
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// compareMixed compares values of different types: numbers by value, others by type.
func compareMixed(a, b Value) int {
	if a.typ >= Int && a.typ <= Decimal && b.typ >= Int && b.typ <= Decimal {
		switch {
		case a.typ <= Long && b.typ <= Long:
			return cmp.Compare(int64(a.bits), int64(b.bits))
		case a.typ == Decimal || b.typ == Decimal:
			return a.asDecimal().Cmp(b.asDecimal())
		}
		return cmp.Compare(a.asReal(), b.asReal())
	}
	return cmp.Compare(a.typ, b.typ)
}

func (v Value) asReal() float64 {
	if v.typ == Real {
		return v.Real()
	}
	return float64(int64(v.bits))
}

func (v Value) asDecimal() Dec {
	switch v.typ {
	case Decimal:
		d, _ := v.Decimal()
		return d
	case Real:
		d, _ := DecimalOfReal(v.Real())
		return d
	}
	return DecimalOfInt(int64(v.bits))
}

// nodeRank orders the kinds of dynamic nodes: null, bool, number, string, other scalars, array, bag.
func nodeRank(n any) int {
	switch n.(type) {
	case nil:
		return 0
	case bool:
		return 1
	case int64, float64:
		return 2
	case string:
		return 3
	case []any:
		return 5
	case *Bag:
		return 6
	}
	return 4
}

func compareNodes(a, b any) int {
	if c := nodeRank(a) - nodeRank(b); c != 0 {
		return c
	}
	switch x := a.(type) {
	case nil:
		return 0
	case bool:
		return boolInt(x) - boolInt(b.(bool))
	case int64, float64:
		return Compare(nodeNumber(a), nodeNumber(b))
	case string:
		return strings.Compare(x, b.(string))
	}
	return strings.Compare(string(AppendJSON(nil, a)), string(AppendJSON(nil, b)))
}

func nodeNumber(n any) Value {
	if i, ok := n.(int64); ok {
		return NewLong(i)
	}
	return NewReal(n.(float64))
}

// Equal reports whether two values are the same; two nulls of one type are, and so are two NaN. Numbers of
// different types are equal by value.
func Equal(a, b Value) bool {
	if a.typ == String && b.typ == String {
		return a.text == b.text
	}
	return Compare(a, b) == 0 && (a.typ == b.typ || a.set == b.set)
}

// AppendKey appends a binary key for grouping: two values of one type have equal keys exactly when Equal holds. The
// key ends itself, so keys of several columns can be joined.
func (v Value) AppendKey(dst []byte) []byte {
	if !v.set {
		return append(dst, 0)
	}
	dst = append(dst, 1)
	switch v.typ {
	case Bool, Int, Long, DateTime, TimeSpan:
		return binary.LittleEndian.AppendUint64(dst, v.bits)
	case Real:
		f := v.Real()
		switch {
		case f == 0:
			f = 0 // -0 groups with 0
		case f != f:
			f = math.NaN()
		}
		return binary.LittleEndian.AppendUint64(dst, math.Float64bits(f))
	case Dynamic:
		text := AppendJSON(nil, v.Tree())
		dst = binary.AppendUvarint(dst, uint64(len(text)))
		return append(dst, text...)
	}
	dst = binary.AppendUvarint(dst, uint64(len(v.text)))
	return append(dst, v.text...)
}

// Fold returns s in the form in which case-insensitive operators compare: every letter in its simple lower case. It
// returns s itself where nothing changes.
func Fold(s string) string {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c >= utf8.RuneSelf || c >= 'A' && c <= 'Z' {
			return strings.Map(unicode.ToLower, s)
		}
	}
	return s
}

// AppendFold appends Fold(s) without allocating where dst has room.
func AppendFold(dst []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= utf8.RuneSelf {
			for _, r := range s[i:] {
				dst = utf8.AppendRune(dst, unicode.ToLower(r))
			}
			return dst
		}
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		dst = append(dst, c)
	}
	return dst
}

// EqualFold reports whether Fold(a) == Fold(b), without allocating.
func EqualFold(a, b string) bool {
	if len(a) == len(b) {
		i := 0
		for ; i < len(a); i++ {
			x, y := a[i], b[i]
			if x|y >= utf8.RuneSelf {
				break
			}
			if x != y && lowerASCII(x) != lowerASCII(y) {
				return false
			}
		}
		if i == len(a) {
			return true
		}
		a, b = a[i:], b[i:]
	}
	for a != "" && b != "" {
		r, n := utf8.DecodeRuneInString(a)
		q, m := utf8.DecodeRuneInString(b)
		if r != q && unicode.ToLower(r) != unicode.ToLower(q) {
			return false
		}
		a, b = a[n:], b[m:]
	}
	return a == b
}

func lowerASCII(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}
