package decode

import (
	"bytes"
	"math"
	"strconv"
	"unsafe"

	"github.com/glasswatch/glasswatch/internal/table"
	"github.com/glasswatch/glasswatch/kql/value"
)

// convert returns m's value as a cell of a column of type t; ok is false when it cannot be said in that type. Null and,
// in columns that are not text, the empty string give Null.
func (w *work) convert(t value.Type, m *member) (c table.Cell, ok bool) {
	if m.kind == kindNull {
		return table.Null, true
	}
	switch t {
	case value.String, value.GUID:
		return w.textCell(m), true
	case value.Dynamic:
		return w.dynamicCell(m), true
	}
	text := w.b.Text(w.textCell(m))
	if m.kind == kindString {
		text = bytes.TrimSpace(text)
		if len(text) == 0 {
			return table.Null, true
		}
	}
	switch t {
	case value.DateTime:
		ticks, ok := parseTime(text)
		return table.Cell(ticks), ok && m.kind == kindString
	case value.Long, value.Int:
		n, ok := parseLong(text)
		if m.kind == kindBool || t == value.Int && n != int64(int32(n)) {
			ok = false
		}
		return table.Cell(n), ok
	case value.Real:
		f, err := strconv.ParseFloat(alias(text), 64)
		return table.Cell(math.Float64bits(f)), err == nil && m.kind != kindBool
	case value.Bool:
		return parseBool(text)
	}
	return table.Null, false
}

// textCell returns text as it is, and the JSON text of everything else.
func (w *work) textCell(m *member) table.Cell {
	switch {
	case m.kind == kindString && m.escaped:
		return w.unescape(m.val)
	case m.kind == kindNull:
		return table.Null
	case m.spaced:
		return w.minify(m.val)
	}
	return m.val
}

// dynamicCell returns JSON text. A string that holds an object or an array is taken as that: exports and query answers
// of Log Analytics write dynamic columns so. An empty string is null there.
func (w *work) dynamicCell(m *member) table.Cell {
	switch {
	case m.kind == kindNull:
		return table.Null
	case m.kind != kindString:
		return w.textCell(m)
	case uint32(m.val) == 0:
		return table.Null
	}
	if first := w.b.Text(m.val)[0]; first == '{' || first == '[' || first <= ' ' || first == '\\' {
		mark := len(w.b.Arena)
		c := m.val
		if m.escaped {
			c = w.unescape(c)
		}
		if c, ok := w.asJSON(c); ok {
			return c
		}
		w.b.Arena = w.b.Arena[:mark]
	}
	return quoted(m.val)
}

// asJSON reports whether the text at c is one JSON object or array, and returns it without white space.
func (w *work) asJSON(c table.Cell) (table.Cell, bool) {
	s := &w.side
	s.index(w.b.Text(c))
	s.spaced = false
	i := s.space(0)
	if i == len(s.src) || s.src[i] != '{' && s.src[i] != '[' {
		return 0, false
	}
	end := s.nested(i)
	if end < 0 || s.space(end) != len(s.src) {
		return 0, false
	}
	if s.spaced || i > 0 || end < len(s.src) {
		return w.minify(c), true
	}
	return c, true
}

// quoted widens the span of a string to its quotes.
func quoted(c table.Cell) table.Cell { return c - 1<<32 + 2 }

// parseLong reads an integer; a number with decimals counts when these are zero.
func parseLong(b []byte) (int64, bool) {
	if len(b) > 0 && len(b) <= 18 && allDigits(b) {
		var n int64
		for _, c := range b {
			n = n*10 + int64(c-'0')
		}
		return n, true
	}
	if n, err := strconv.ParseInt(alias(b), 10, 64); err == nil {
		return n, true
	}
	f, err := strconv.ParseFloat(alias(b), 64)
	if err != nil || f != math.Trunc(f) || math.Abs(f) >= 1<<53 {
		return 0, false
	}
	return int64(f), true
}

func parseBool(b []byte) (table.Cell, bool) {
	switch {
	case foldEqual(b, "true"), string(b) == "1":
		return 1, true
	case foldEqual(b, "false"), string(b) == "0":
		return 0, true
	}
	return table.Null, false
}

// alias is b as a string, without a copy, for calls that do not keep it.
func alias(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
