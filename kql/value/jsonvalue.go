package value

import "math"

// AppendJSON appends v as it stands within a JSON document: null as null, bool and numbers plain, dynamic inline, a real
// that JSON cannot say and everything else as text in canonical form.
func (v Value) AppendJSON(dst []byte) []byte {
	if v.IsNull() {
		return append(dst, "null"...)
	}
	switch v.typ {
	case Bool, Int, Long, Dynamic:
		return v.AppendCanonical(dst)
	case Real:
		if f := v.Real(); !math.IsNaN(f) && !math.IsInf(f, 0) {
			return v.AppendCanonical(dst)
		}
	}
	text, _ := v.Canonical()
	return AppendJSONString(dst, text)
}
