package function

import (
	"strings"
	"unicode/utf8"
)

// punycodes convert between text and Punycode (RFC 3492). What cannot be converted gives the empty text.
func punycodes() []Func {
	domain := func(f func(label string) (string, bool)) func(string) string {
		return func(s string) string {
			labels := strings.Split(strings.NewReplacer("。", ".", "．", ".", "｡", ".").Replace(s), ".")
			for i, label := range labels {
				var ok bool
				if labels[i], ok = f(label); !ok {
					return ""
				}
			}
			return strings.Join(labels, ".")
		}
	}
	whole := func(f func(string) (string, bool)) func(string) string {
		return func(s string) string {
			out, ok := f(s)
			if !ok {
				return ""
			}
			return out
		}
	}
	return []Func{
		stringTo("punycode_from_string", "The text in Punycode, without the prefix xn--.", whole(encodePunycode), example(`punycode_from_string("académie-française")`, "acadmie-franaise-npb1a"), example(`punycode_from_string("艺术")`, "cqv902d")),
		stringTo("punycode_to_string", "The text that Punycode without the prefix xn-- stands for.", whole(decodePunycode), example(`punycode_to_string("acadmie-franaise-npb1a")`, "académie-française"), example(`punycode_to_string("!")`, "")),
		stringTo("punycode_domain_from_string", "A domain name with its xn-- labels decoded.", domain(func(label string) (string, bool) {
			if rest, ok := strings.CutPrefix(label, "xn--"); ok {
				return decodePunycode(rest)
			}
			return label, true
		}), example(`punycode_domain_from_string("xn--bcher-kva.ch")`, "bücher.ch")),
		stringTo("punycode_domain_to_string", "A domain name with the labels that are not ASCII encoded as xn--.", domain(func(label string) (string, bool) {
			if strings.IndexFunc(label, func(r rune) bool { return r >= utf8.RuneSelf }) < 0 {
				return label, true
			}
			s, ok := encodePunycode(label)
			return "xn--" + s, ok
		}), example(`punycode_domain_to_string("bücher.ch")`, "xn--bcher-kva.ch")),
	}
}

// The parameters of RFC 3492, section 5.
const (
	punyBase     = 36
	punyMin      = 1
	punyMax      = 26
	punySkew     = 38
	punyDamp     = 700
	punyBias     = 72
	punyFirst    = 128
	punyOverflow = 1 << 30
)

func punyAdapt(delta, points int, first bool) int {
	if first {
		delta /= punyDamp
	} else {
		delta /= 2
	}
	delta += delta / points
	k := 0
	for ; delta > (punyBase-punyMin)*punyMax/2; k += punyBase {
		delta /= punyBase - punyMin
	}
	return k + (punyBase-punyMin+1)*delta/(delta+punySkew)
}

func punyThreshold(k, bias int) int { return max(punyMin, min(punyMax, k-bias)) }

func punyDigit(d int) byte {
	if d < 26 {
		return byte('a' + d)
	}
	return byte('0' + d - 26)
}

func encodePunycode(s string) (string, bool) {
	runes := []rune(s)
	var out []byte
	for _, r := range runes {
		if r < punyFirst {
			out = append(out, byte(r))
		}
	}
	basic := len(out)
	if basic > 0 {
		out = append(out, '-')
	}
	n, delta, bias := rune(punyFirst), 0, punyBias
	for done := basic; done < len(runes); n++ {
		next := rune(utf8.MaxRune)
		for _, r := range runes {
			if r >= n && r < next {
				next = r
			}
		}
		delta += int(next-n) * (done + 1)
		if delta > punyOverflow {
			return "", false
		}
		n = next
		for _, r := range runes {
			if r < n {
				delta++
			}
			if r != n {
				continue
			}
			q := delta
			for k := punyBase; ; k += punyBase {
				t := punyThreshold(k, bias)
				if q < t {
					break
				}
				out = append(out, punyDigit(t+(q-t)%(punyBase-t)))
				q = (q - t) / (punyBase - t)
			}
			out = append(out, punyDigit(q))
			bias = punyAdapt(delta, done+1, done == basic)
			delta = 0
			done++
		}
		delta++
	}
	return string(out), true
}

func decodePunycode(s string) (string, bool) {
	var runes []rune
	if i := strings.LastIndexByte(s, '-'); i >= 0 {
		runes, s = []rune(s[:i]), s[i+1:]
	}
	n, at, bias := punyFirst, 0, punyBias
	for s != "" {
		start, weight := at, 1
		for k := punyBase; ; k += punyBase {
			if s == "" {
				return "", false
			}
			d, ok := punyValue(s[0])
			s = s[1:]
			if at += d * weight; !ok || at > punyOverflow {
				return "", false
			}
			t := punyThreshold(k, bias)
			if d < t {
				break
			}
			if weight *= punyBase - t; weight > punyOverflow {
				return "", false
			}
		}
		points := len(runes) + 1
		bias = punyAdapt(at-start, points, start == 0)
		n += at / points
		at %= points
		if n > utf8.MaxRune {
			return "", false
		}
		runes = append(runes[:at], append([]rune{rune(n)}, runes[at:]...)...)
		at++
	}
	return string(runes), true
}

func punyValue(c byte) (int, bool) {
	switch {
	case c >= '0' && c <= '9':
		return int(c-'0') + 26, true
	case c|0x20 >= 'a' && c|0x20 <= 'z':
		return int(c|0x20) - 'a', true
	}
	return 0, false
}
