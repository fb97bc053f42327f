package table

import (
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/glasswatch/glasswatch/kql/value"
)

// AppendJSON appends r as a JSON object: every column that is not null and not an empty string, by name, hidden ones
// included. Dynamic columns are embedded as they are; datetimes have seven decimals and Z, as Log Analytics writes them.
func (b *Batch) AppendJSON(dst []byte, r *Row) []byte {
	dst = append(dst, '{')
	first := true
	for i, col := range r.Schema.Columns {
		c := r.Cells[i]
		if c == Null || (isText(col.Type) && uint32(c) == 0) {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = AppendQuoted(dst, []byte(col.Name))
		dst = append(dst, ':')
		dst = b.appendCell(dst, col.Type, c)
	}
	return append(dst, '}')
}

func isText(t value.Type) bool {
	return t == value.String || t == value.GUID || t == value.Dynamic || t == value.Decimal
}

func (b *Batch) appendCell(dst []byte, t value.Type, c Cell) []byte {
	switch t {
	case value.Bool:
		return strconv.AppendBool(dst, c == 1)
	case value.Int:
		return strconv.AppendInt(dst, int64(int32(c)), 10)
	case value.Long:
		return strconv.AppendInt(dst, int64(c), 10)
	case value.Real:
		return appendReal(dst, math.Float64frombits(uint64(c)))
	case value.DateTime:
		dst = append(dst, '"')
		dst = value.Time(int64(c)).AppendFormat(dst, "2006-01-02T15:04:05.0000000Z")
		return append(dst, '"')
	case value.TimeSpan:
		return strconv.AppendInt(dst, int64(c), 10)
	case value.Dynamic:
		return append(dst, b.Text(c)...)
	}
	return AppendQuoted(dst, b.Text(c))
}

// appendReal writes what JSON has no number for as a string, as Kusto does.
func appendReal(dst []byte, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return append(dst, `"NaN"`...)
	case math.IsInf(f, 1):
		return append(dst, `"Infinity"`...)
	case math.IsInf(f, -1):
		return append(dst, `"-Infinity"`...)
	}
	return strconv.AppendFloat(dst, f, 'g', -1, 64)
}

// AppendQuoted appends text as a JSON string. Bytes that are not UTF-8 become U+FFFD.
func AppendQuoted(dst, text []byte) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(text); {
		c := text[i]
		if c >= ' ' && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRune(text[i:])
			if r != utf8.RuneError || n > 1 {
				i += n
				continue
			}
			dst = append(append(dst, text[start:i]...), "\ufffd"...)
			i++
			start = i
			continue
		}
		dst = append(dst, text[start:i]...)
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
		i++
		start = i
	}
	return append(append(dst, text[start:]...), '"')
}
