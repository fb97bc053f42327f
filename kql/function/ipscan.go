package function

import (
	"strings"

	"github.com/glasswatch/glasswatch/kql/value"
)

// ipScans look for IPv4 addresses within a text. An address counts only where letters and digits do not touch it.
func ipScans() []Func {
	source := stringOrDynamic("source")
	single := func(name, doc string, valid func(string) bool, match func(found, wanted string) bool, examples ...Example) Func {
		return one(name, doc, Overload{Params: []Param{source, plainText("ip")}, Returns: value.Bool, Eval: scanIPv4(valid, match)}, examples...)
	}
	several := func(name, doc string, valid func(string) bool, match func(found, wanted string) bool, examples ...Example) Func {
		return Func{Name: name, Doc: doc, Examples: examples, Overloads: []Overload{
			{Params: []Param{source, {Name: "ip", Types: just(value.String), Variadic: true}}, Returns: value.Bool, Eval: scanIPv4(valid, match)},
			{Params: []Param{source, array("ips")}, Returns: value.Bool, Eval: scanIPv4(valid, match)},
		}}
	}
	same := func(found, wanted string) bool { return found == wanted }
	return []Func{
		single("has_ipv4", "Whether a text holds an IPv4 address.", isIPv4, same, example(`has_ipv4("05:04:54 127.0.0.1 GET /favicon.ico", "127.0.0.1")`, "true"), example(`has_ipv4("05:04:54127.0.0.1 GET", "127.0.0.1")`, "false"), example(`has_ipv4("127.0.0.256", "127.0.0.256")`, "false")),
		single("has_ipv4_prefix", "Whether a text holds an IPv4 address that begins with a prefix, which ends with a dot or is a whole address.", isIPv4Prefix, strings.HasPrefix, example(`has_ipv4_prefix("05:04:54 127.0.0.1 GET", "127.0.")`, "true"), example(`has_ipv4_prefix("05:04:54 127.0.0.1 GET", "127.0")`, "false")),
		several("has_any_ipv4", "Whether a text holds one of several IPv4 addresses, given one by one or as an array.", isIPv4, same, example(`has_any_ipv4("a 127.0.0.1 b", "127.0.0.2", "127.0.0.1")`, "true"), example(`has_any_ipv4("a 127.0.0.1 b", dynamic(["127.0.0.2"]))`, "false")),
		several("has_any_ipv4_prefix", "Whether a text holds an IPv4 address that begins with one of several prefixes, given one by one or as an array.", isIPv4Prefix, strings.HasPrefix, example(`has_any_ipv4_prefix("a 127.0.0.1 b", "192.168.", "127.0.")`, "true"), example(`has_any_ipv4_prefix("a 127.0.0.1 b", dynamic(["127.0"]))`, "false")),
	}
}

func isIPv4(s string) bool {
	_, bits, ok := parseIPv4(s)
	return ok && bits == 32 && strings.IndexByte(s, '/') < 0
}

// isIPv4Prefix takes 1 to 3 numbers that end with a dot, or a whole address.
func isIPv4Prefix(s string) bool {
	if rest, ok := strings.CutSuffix(s, "."); ok {
		return isIPv4(rest + strings.Repeat(".0", 3-strings.Count(rest, ".")))
	}
	return isIPv4(s)
}

func scanIPv4(valid func(string) bool, match func(found, wanted string) bool) func(*Context, []value.Value) value.Value {
	return func(_ *Context, a []value.Value) value.Value {
		var wanted []string
		eachItem(a[1:], func(item value.Value) bool {
			if s := item.ToText(); valid(s) {
				wanted = append(wanted, s)
			}
			return true
		}, func() {})
		if len(wanted) == 0 {
			return boolean(false)
		}
		for found := range ipv4sOf(a[0].Text()) {
			for _, w := range wanted {
				if match(found, w) {
					return boolean(true)
				}
			}
		}
		return boolean(false)
	}
}

// ipv4sOf yields the addresses in a text.
func ipv4sOf(s string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for i := 0; i < len(s); i++ {
			if s[i] < '0' || s[i] > '9' || i > 0 && isAlphanumeric(s[i-1]) {
				continue
			}
			end, dots := i, 0
			for end < len(s) && (s[end] >= '0' && s[end] <= '9' || s[end] == '.' && dots < 3) {
				if s[end] == '.' {
					dots++
				}
				end++
			}
			if dots == 3 && (end == len(s) || !isAlphanumeric(s[end])) && isIPv4(s[i:end]) && !yield(s[i:end]) {
				return
			}
		}
	}
}

// isAlphanumeric takes every byte beyond ASCII as part of a letter.
func isAlphanumeric(c byte) bool {
	return c >= 0x80 || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
}
