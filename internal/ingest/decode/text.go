package decode

import (
	"unicode/utf16"
	"unicode/utf8"

	"github.com/glasswatch/glasswatch/internal/table"
)

// unescape copies the string text at c, which is valid and has a backslash, into the Arena without its escapes. A lone
// surrogate becomes U+FFFD, as in encoding/json.
func (w *work) unescape(c table.Cell) table.Cell {
	src := w.b.Text(c)
	from := len(w.b.Arena)
	w.b.Arena = appendUnescaped(w.b.Arena, src)
	return table.ArenaCell(from, len(w.b.Arena)-from)
}

func appendUnescaped(dst, src []byte) []byte {
	for i := 0; i < len(src); {
		if c := src[i]; c != '\\' {
			end := i + 1
			for end < len(src) && src[end] != '\\' {
				end++
			}
			dst = append(dst, src[i:end]...)
			i = end
			continue
		}
		switch c := src[i+1]; c {
		case 'b':
			dst = append(dst, '\b')
		case 'f':
			dst = append(dst, '\f')
		case 'n':
			dst = append(dst, '\n')
		case 'r':
			dst = append(dst, '\r')
		case 't':
			dst = append(dst, '\t')
		case 'u':
			r := hexRune(src[i+2:])
			i += 6
			if utf16.IsSurrogate(r) {
				pair := utf8.RuneError
				if i+6 <= len(src) && src[i] == '\\' && src[i+1] == 'u' {
					pair = utf16.DecodeRune(r, hexRune(src[i+2:]))
				}
				if r = pair; pair != utf8.RuneError {
					i += 6
				}
			}
			dst = utf8.AppendRune(dst, r)
			continue
		default: // quote, backslash, slash
			dst = append(dst, c)
		}
		i += 2
	}
	return dst
}

func hexRune(b []byte) rune {
	var r rune
	for _, c := range b[:4] {
		r = r<<4 | rune(hexDigit[c])
	}
	return r
}

// minify copies valid JSON into the Arena without the white space between its tokens.
func (w *work) minify(c table.Cell) table.Cell {
	src := w.b.Text(c)
	from := len(w.b.Arena)
	w.b.Arena = appendMinified(w.b.Arena, src)
	return table.ArenaCell(from, len(w.b.Arena)-from)
}

func appendMinified(dst, src []byte) []byte {
	start := 0
	for i := 0; i < len(src); {
		switch src[i] {
		case '"':
			for i++; src[i] != '"'; i++ {
				if src[i] == '\\' {
					i++
				}
			}
			i++
		case ' ', '\n', '\r', '\t':
			dst = append(dst, src[start:i]...)
			for i < len(src) && src[i] <= ' ' {
				i++
			}
			start = i
		default:
			i++
		}
	}
	return append(dst, src[start:]...)
}
