package function

import (
	"cmp"
	"net/netip"
	"strconv"
	"strings"

	"github.com/glasswatch/glasswatch/kql/value"
)

// networks are the functions over IP addresses. An address may carry a prefix length, /24; the shorter prefix of two
// addresses counts.
func networks() []Func {
	ip, other := plainText("ip"), plainText("range")
	prefix := optional(param("prefix", value.Long))
	return []Func{
		one("parse_ipv4", "An IPv4 address as a number; null for what is none.", Overload{Params: []Param{ip}, Returns: value.Long,
			SQLFunc: sqlFunc(func(args []SQLArg) (string, bool) { return fill(ipv4SQL, args[0].SQL), true }),
			Eval: func(_ *Context, a []value.Value) value.Value {
				addr, bits, ok := parseIPv4(a[0].Text())
				if !ok {
					return value.Null(value.Long)
				}
				return value.NewLong(int64(mask(addr, bits)))
			}}, example(`parse_ipv4("203.0.113.10")`, "3405803786"), example(`parse_ipv4("203.0.113.10/24")`, "3405803776"), exampleNull(`parse_ipv4("01.02.03.04")`)),
		one("ipv4_is_private", "Whether an IPv4 address is of a private network.", Overload{Params: []Param{ip}, Returns: value.Bool,
			Eval: func(_ *Context, a []value.Value) value.Value {
				return ipv4InAny(a[0].Text(), privateRanges())
			},
			SQLFunc: sqlFunc(func(args []SQLArg) (string, bool) {
				for _, r := range privateRanges() {
					v := str(r)
					args = append(args, SQLArg{Type: value.String, Const: &v})
				}
				return ipv4RangeSQL(args)
			})},
			example(`ipv4_is_private("192.168.2.1")`, "true"), example(`ipv4_is_private("208.1.2.3")`, "false"), exampleNull(`ipv4_is_private("x")`)),
		one("ipv4_is_in_range", "Whether an IPv4 address lies in a range.", Overload{Params: []Param{ip, other}, Returns: value.Bool, SQLFunc: sqlFunc(ipv4RangeSQL),
			Eval: func(_ *Context, a []value.Value) value.Value { return ipv4InAny(a[0].Text(), []string{a[1].Text()}) }},
			example(`ipv4_is_in_range("127.0.0.1", "127.0.0.1")`, "true"), example(`ipv4_is_in_range("192.168.1.6", "192.168.1.1/24")`, "true"), example(`ipv4_is_in_range("192.168.1.1", "192.168.2.1/24")`, "false")),
		one("ipv4_is_in_any_range", "Whether an IPv4 address lies in one of the ranges, given one by one or as an array.", Overload{Params: []Param{stringOrDynamic("ip"), {Name: "ranges", Types: []value.Type{value.String, value.Dynamic}, Variadic: true}}, Returns: value.Bool, SQLFunc: sqlFunc(ipv4RangeSQL),
			Eval: func(_ *Context, a []value.Value) value.Value {
				var ranges []string
				eachItem(a[1:], func(item value.Value) bool { ranges = append(ranges, item.ToText()); return true }, func() {})
				return ipv4InAny(a[0].Text(), ranges)
			}},
			example(`ipv4_is_in_any_range("192.168.1.6", "10.0.0.1/8", "192.168.1.1/24")`, "true"), example(`ipv4_is_in_any_range("1.1.1.1", dynamic(["127.0.0.1/8"]))`, "false")),
		one("ipv4_compare", "0 where two IPv4 addresses are equal under the shortest prefix, else -1 or 1.", Overload{Params: []Param{ip, other, prefix}, Returns: value.Long, Eval: compareIPv4},
			example(`ipv4_compare("192.168.1.1/24", "192.168.1.255")`, "0"), exampleNull(`ipv4_compare("x", "1.1.1.1")`)),
		one("ipv4_is_match", "Whether two IPv4 addresses are equal under the shortest prefix.", Overload{Params: []Param{ip, other, prefix}, Returns: value.Bool, Eval: isZero(compareIPv4)},
			example(`ipv4_is_match("192.168.1.1", "192.168.1.255", 24)`, "true")),
		one("ipv6_compare", "0 where two IPv6 or IPv4 addresses are equal under the shortest prefix, else -1 or 1.", Overload{Params: []Param{ip, other, prefix}, Returns: value.Long, Eval: compareIPv6},
			example(`ipv6_compare("fe80::85d:e82c:9446:7994/120", "fe80::85d:e82c:9446:7998")`, "0"), example(`ipv6_compare("192.168.1.1/24", "192.168.1.255")`, "0")),
		one("ipv6_is_match", "Whether two IPv6 or IPv4 addresses are equal under the shortest prefix.", Overload{Params: []Param{ip, other, prefix}, Returns: value.Bool, Eval: isZero(compareIPv6)},
			example(`ipv6_is_match("::1", "::1")`, "true")),
		one("parse_ipv6", "An IPv6 or IPv4 address in full form; empty for what is none.", Overload{Params: []Param{ip}, Returns: value.String,
			Eval: func(_ *Context, a []value.Value) value.Value {
				p, ok := parseIPv6(a[0].Text())
				if !ok {
					return str("")
				}
				return str(p.Masked().Addr().StringExpanded())
			}}, example(`parse_ipv6("192.168.255.255/24")`, "0000:0000:0000:0000:0000:ffff:c0a8:ff00"), example(`parse_ipv6("nope")`, "")),
	}
}

// parseIPv4 reads an address with an optional prefix length, which is 32 without.
func parseIPv4(s string) (addr uint32, bits int, ok bool) {
	s, length, hasPrefix := strings.Cut(strings.Trim(s, " "), "/")
	bits = 32
	if hasPrefix {
		n, err := strconv.ParseUint(length, 10, 8)
		if err != nil || n > 32 {
			return 0, 0, false
		}
		bits = int(n)
	}
	a, err := netip.ParseAddr(s)
	if err != nil || !a.Is4() {
		return 0, 0, false
	}
	b := a.As4()
	return uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3]), bits, true
}

func mask(addr uint32, bits int) uint32 { return addr &^ uint32(uint64(0xffffffff)>>bits) }

func privateRanges() []string { return []string{"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"} }

// ipv4InAny is null where the address is none; a range that is none holds nothing.
func ipv4InAny(ip string, ranges []string) value.Value {
	addr, bits, ok := parseIPv4(ip)
	if !ok {
		return value.Null(value.Bool)
	}
	valid := false
	for _, r := range ranges {
		base, length, ok := parseIPv4(r)
		if !ok {
			continue
		}
		valid = true
		if n := min(bits, length); mask(addr, n) == mask(base, n) {
			return boolean(true)
		}
	}
	if !valid {
		return value.Null(value.Bool)
	}
	return boolean(false)
}

func compareIPv4(_ *Context, a []value.Value) value.Value {
	x, n, ok := parseIPv4(a[0].Text())
	y, m, ok2 := parseIPv4(a[1].Text())
	bits := min(n, m)
	if len(a) > 2 {
		if a[2].IsNull() || a[2].Int() < 0 || a[2].Int() > 32 {
			return value.Null(value.Long)
		}
		bits = min(bits, int(a[2].Int()))
	}
	if !ok || !ok2 {
		return value.Null(value.Long)
	}
	return value.NewLong(int64(cmp.Compare(mask(x, bits), mask(y, bits))))
}

// isZero is whether a comparison gives 0.
func isZero(compare func(*Context, []value.Value) value.Value) func(*Context, []value.Value) value.Value {
	return func(c *Context, a []value.Value) value.Value {
		v := compare(c, a)
		if v.IsNull() {
			return value.Null(value.Bool)
		}
		return boolean(v.Int() == 0)
	}
}

// parseIPv6 reads an address of either kind as one of 128 bits; of an address with dots the prefix counts from
// its IPv4 part.
func parseIPv6(s string) (netip.Prefix, bool) {
	s, length, hasPrefix := strings.Cut(strings.Trim(s, " "), "/")
	a, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Prefix{}, false
	}
	dotted := strings.IndexByte(s, '.') >= 0
	a = netip.AddrFrom16(a.WithZone("").As16())
	if b := a.As16(); dotted && [12]byte(b[:12]) == [12]byte{} { // ::1.2.3.4 is the IPv4 address
		b[10], b[11] = 0xff, 0xff
		a = netip.AddrFrom16(b)
	}
	bits := 128
	if hasPrefix {
		n, err := strconv.ParseUint(length, 10, 8)
		if err != nil || dotted && n > 32 || n > 128 {
			return netip.Prefix{}, false
		}
		if bits = int(n); dotted {
			bits += 96
		}
	}
	return netip.PrefixFrom(a, bits), true
}

func compareIPv6(_ *Context, a []value.Value) value.Value {
	x, ok := parseIPv6(a[0].Text())
	y, ok2 := parseIPv6(a[1].Text())
	if !ok || !ok2 {
		return value.Null(value.Long)
	}
	bits := min(x.Bits(), y.Bits())
	if len(a) > 2 {
		n := a[2].Int()
		if a[2].IsNull() || n < 0 || n > 128 {
			return value.Null(value.Long)
		}
		if x.Addr().Is4In6() && y.Addr().Is4In6() && n <= 32 {
			n += 96
		}
		bits = min(bits, int(n))
	}
	p, _ := x.Addr().Prefix(bits)
	q, _ := y.Addr().Prefix(bits)
	return value.NewLong(int64(p.Addr().Compare(q.Addr())))
}

// The forms of an address: bare, which is what tables hold, and with blanks or a prefix.
const (
	ipv4Bare   = `((25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])\.){3}(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])`
	ipv4Prefix = ` *` + ipv4Bare + `(/0*(3[0-2]|[12]?[0-9]))? *`
)

// ipv4Number is the number of a bare address, ipv4Bits the length of the prefix of one that may have one.
const (
	ipv4Number = "list_reduce(try_cast(string_split({0}, '.') AS BIGINT[]), lambda a, b: a * 256 + b)"
	ipv4Bits   = "coalesce(try_cast(nullif(split_part(trim({0}), '/', 2), '') AS INTEGER), 32)"
	ipv4Other  = "list_reduce(try_cast(string_split(split_part(trim({0}), '/', 1), '.') AS BIGINT[]), lambda a, b: a * 256 + b)"
)

// ipv4SQL is the number of an address with an optional prefix, null for what is none.
const ipv4SQL = "(CASE WHEN regexp_full_match({0}, '" + ipv4Bare + "') THEN " + ipv4Number +
	" WHEN regexp_full_match({0}, '" + ipv4Prefix + "') THEN " + ipv4Other + " & (4294967296 - (1::BIGINT << (32 - " + ipv4Bits + "))) END)"

// ipv4RangeSQL needs constant ranges. An address that carries a shorter prefix than the range is compared under its own. The
// number is computed once for all ranges: the only element of a list.
func ipv4RangeSQL(args []SQLArg) (string, bool) {
	items, ok := constItems(args[1:])
	if !ok || len(items) == 0 {
		return "", false
	}
	const mask32 = "(4294967296 - (1::BIGINT << (32 - x.bits)))"
	var bare, prefixed []string
	for _, item := range items {
		base, length, ok := parseIPv4(item.ToText())
		if !ok {
			return "", false
		}
		low := uint64(mask(base, length))
		within := " BETWEEN " + strconv.FormatUint(low, 10) + " AND " + strconv.FormatUint(low+uint64(1)<<(32-length)-1, 10)
		bare = append(bare, "x"+within)
		prefixed = append(prefixed, "(CASE WHEN x.bits >= "+strconv.Itoa(length)+" THEN x.n & "+mask32+within+
			" ELSE x.n & "+mask32+" = "+strconv.FormatUint(uint64(base), 10)+" & "+mask32+" END)")
	}
	return fill("(CASE WHEN regexp_full_match({0}, '"+ipv4Bare+"') THEN list_transform(["+ipv4Number+"], lambda x: "+strings.Join(bare, " OR ")+")[1]"+
		" WHEN regexp_full_match({0}, '"+ipv4Prefix+"') THEN list_transform([{'n': "+ipv4Other+", 'bits': "+ipv4Bits+"}], lambda x: "+strings.Join(prefixed, " OR ")+")[1] END)",
		args[0].SQL), true
}
