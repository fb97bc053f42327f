package eval

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// kvParser computes the columns of a parse-kv, all at once when the first of them is asked for, once a row.
type kvParser struct {
	node       *plan.ParseKV
	of         fn
	re         *regexp.Regexp
	fields     map[string]int
	convert    []func(s *scope, text string) value.Value
	generation uint64
	found      []bool
	values     []value.Value
}

// parseKV is the columns of a parse-kv over e.
func (e *env) parseKV(n *plan.ParseKV) *env {
	k := &kvParser{node: n, of: e.compile(n.X), fields: map[string]int{}, found: make([]bool, len(n.Fields)), values: make([]value.Value, len(n.Fields))}
	if n.Regex != "" {
		k.re = regexp.MustCompile(n.Regex)
	}
	out := e.extended(len(n.Cols))
	for i, f := range n.Fields {
		k.fields[f.Key] = i
		k.convert = append(k.convert, fromText(f.Type))
		out.cols[f.Column] = column{base: -1, eval: func(s *scope) value.Value {
			k.row(s)
			return k.values[i]
		}}
	}
	return out
}

func (k *kvParser) row(s *scope) {
	if k.generation == s.generation {
		return
	}
	k.generation = s.generation
	for i, f := range k.node.Fields {
		k.found[i], k.values[i] = false, value.Null(f.Type)
	}
	text := k.of(s).Text()
	switch {
	case k.re != nil:
		for _, m := range k.re.FindAllStringSubmatch(text, -1) {
			k.pair(s, m[1], m[2])
		}
	case k.node.Pair != "":
		k.delimited(s, text)
	default:
		k.words(s, text)
	}
}

// pair takes the first value of a key that is asked for.
func (k *kvParser) pair(s *scope, key, text string) {
	if i, ok := k.fields[strings.TrimSpace(key)]; ok && !k.found[i] {
		k.found[i] = true
		k.values[i] = k.convert[i](s, strings.TrimSpace(text))
	}
}

// delimited reads key, delimiter, value, delimiter, and so on. A part without a key is passed over.
func (k *kvParser) delimited(s *scope, text string) {
	n := k.node
	for text != "" {
		key, rest, quoted := k.quoted(text)
		switch {
		case quoted:
			if rest = strings.TrimLeft(rest, " \t\r\n"); !strings.HasPrefix(rest, n.KV) {
				text = after(rest, n.Pair)
				continue
			}
			rest = rest[len(n.KV):]
		default:
			at := strings.Index(text, n.KV)
			if at < 0 {
				return
			}
			if strings.Contains(text[:at], n.Pair) { // what is before it is no pair
				text = after(text, n.Pair)
				continue
			}
			key, rest = text[:at], text[at+len(n.KV):]
		}
		k.pair(s, key, k.value(&rest))
		text = rest
	}
}

// value takes a value and the delimiter behind it from the text.
func (k *kvParser) value(text *string) string {
	if first, _ := utf8.DecodeRuneInString(k.node.Pair); unicode.IsSpace(first) && strings.HasPrefix(*text, k.node.Pair) {
		*text = after(*text, k.node.Pair)
		return ""
	}
	found, rest, quoted := k.quoted(*text)
	if quoted {
		*text = after(rest, k.node.Pair)
		return found
	}
	found, *text = k.bare(*text)
	return found
}

// after returns what follows the first delimiter, nothing without one.
func after(text, delimiter string) string {
	_, rest, _ := strings.Cut(text, delimiter)
	return rest
}

// bare reads a value without quotes: up to the next delimiter of pairs, or, greedy, to the last one before the next key.
func (k *kvParser) bare(text string) (found, rest string) {
	n := k.node
	if !n.Greedy {
		found, rest, _ = strings.Cut(text, n.Pair)
		return found, rest
	}
	for from := 0; ; {
		at := strings.Index(text[from:], n.KV)
		if at < 0 {
			return text, ""
		}
		if end := strings.LastIndex(text[:from+at], n.Pair); end >= 0 {
			return text[:end], text[end+len(n.Pair):]
		}
		from += at + len(n.KV)
	}
}

// quoted reads a text in quotes, blanks before it passed over; false where there is none, or no closing quote.
func (k *kvParser) quoted(text string) (inside, rest string, ok bool) {
	text = strings.TrimLeft(text, " \t\r\n")
	first, size := utf8.DecodeRuneInString(text)
	for _, q := range k.node.Quotes {
		if q.Open == first && size > 0 {
			return k.until(q.Close, text[size:])
		}
	}
	return "", text, false
}

func (k *kvParser) until(closing rune, text string) (inside, rest string, ok bool) {
	var out strings.Builder
	escaped := false
	for i, r := range text {
		switch {
		case escaped:
			escaped = false
			out.WriteRune(r)
		case strings.ContainsRune(k.node.Escapes, r):
			escaped = true
		case r == closing:
			return out.String(), text[i+utf8.RuneLen(r):], true
		default:
			out.WriteRune(r)
		}
	}
	return "", text, false
}

// words takes each key that is asked for with the word, or the text in quotes, that follows it.
func (k *kvParser) words(s *scope, text string) {
	key := ""
	for {
		word, rest, ok := k.word(text)
		if !ok {
			return
		}
		text = rest
		if key != "" {
			k.pair(s, key, word)
			key = ""
			continue
		}
		if _, wanted := k.fields[word]; wanted {
			key = word
		}
	}
}

// word returns the next run of letters and digits, or text in quotes.
func (k *kvParser) word(text string) (word, rest string, ok bool) {
	for text != "" {
		if inside, rest, ok := k.quoted(text); ok {
			return inside, rest, true
		}
		r, size := utf8.DecodeRuneInString(text)
		if isAlphanumeric(r) {
			break
		}
		text = text[size:]
	}
	end := strings.IndexFunc(text, func(r rune) bool { return !isAlphanumeric(r) })
	if end < 0 {
		end = len(text)
	}
	return text[:end], text[end:], text != ""
}

func isAlphanumeric(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
