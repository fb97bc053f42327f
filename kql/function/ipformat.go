package function

import (
	"fmt"
	"math/bits"
	"net/netip"

	"github.com/glasswatch/glasswatch/kql/value"
)

// ipFormats write addresses under masks, and turn ranges into networks.
func ipFormats() []Func {
	ip, prefix := plainText("ip"), whole("prefix")
	return []Func{
		one("parse_ipv4_mask", "An IPv4 address under a mask of a number of bits, as a number; null for what is none.", Overload{Params: []Param{ip, prefix}, Returns: value.Long,
			Eval: func(_ *Context, a []value.Value) value.Value {
				addr, n, ok := maskedIPv4(a)
				if !ok {
					return value.Null(value.Long)
				}
				return value.NewLong(int64(mask(addr, n)))
			}}, example(`parse_ipv4_mask("127.0.0.1", 24)`, "2130706432"), example(`parse_ipv4_mask("192.1.168.2", 31)`, "3221334018"), exampleNull(`parse_ipv4_mask("x", 24)`)),
		one("format_ipv4", "An IPv4 address, given as text or number, under a mask of a number of bits; empty for what is none.", Overload{Params: []Param{{Name: "ip"}, optional(prefix)}, Returns: value.String, Eval: formatIPv4(false)},
			example(`format_ipv4("192.168.1.1", 24)`, "192.168.1.0"), example(`format_ipv4(3232236031)`, "192.168.1.255"), example(`format_ipv4("192.168.1.1", -1)`, "")),
		one("format_ipv4_mask", "An IPv4 address, given as text or number, under a mask of a number of bits and with that number behind; empty for what is none.", Overload{Params: []Param{{Name: "ip"}, optional(prefix)}, Returns: value.String, Eval: formatIPv4(true)},
			example(`format_ipv4_mask("192.168.1.1", 24)`, "192.168.1.0/24"), example(`format_ipv4_mask("192.168.1.1/24", 32)`, "192.168.1.0/24")),
		one("ipv4_netmask_suffix", "The number of bits of the mask that an IPv4 address carries, 32 without one; null for what is no address.", Overload{Params: []Param{ip}, Returns: value.Long,
			Eval: func(_ *Context, a []value.Value) value.Value {
				_, n, ok := parseIPv4(a[0].Text())
				if !ok {
					return value.Null(value.Long)
				}
				return value.NewLong(int64(n))
			}}, example(`ipv4_netmask_suffix("192.168.1.1/24")`, "24"), example(`ipv4_netmask_suffix("10.1.2.3")`, "32"), exampleNull(`ipv4_netmask_suffix("x")`)),
		one("ipv4_range_to_cidr_list", "The smallest list of networks that covers the IPv4 addresses between two, both included.", Overload{Params: []Param{plainText("start_ip"), plainText("end_ip")}, Returns: value.Dynamic, Eval: rangeToCIDRs},
			example(`ipv4_range_to_cidr_list("1.1.128.0", "1.1.140.255")`, `["1.1.128.0/21","1.1.136.0/22","1.1.140.0/24"]`), exampleNull(`ipv4_range_to_cidr_list("1.1.1.2", "1.1.1.1")`)),
		one("parse_ipv6_mask", "An IPv6 or IPv4 address in full form under a mask of a number of bits; empty for what is none.", Overload{Params: []Param{ip, prefix}, Returns: value.String, Eval: parseIPv6Mask},
			example(`parse_ipv6_mask("192.168.255.255", 120)`, "0000:0000:0000:0000:0000:ffff:c0a8:ff00"), example(`parse_ipv6_mask("fe80::85d:e82c:9446:7994/120", 124)`, "fe80:0000:0000:0000:085d:e82c:9446:7900")),
		one("ipv6_is_in_range", "Whether an IPv6 or IPv4 address lies in a range.", Overload{Params: []Param{ip, plainText("ip_range")}, Returns: value.Bool, Eval: ipv6InAny},
			example(`ipv6_is_in_range("a5e:f127:8a9d:146d:e102:b5d3:c755:abcd", "a5e:f127:8a9d:146d:e102:b5d3:c755:0000/112")`, "true"), example(`ipv6_is_in_range("::1", "::2")`, "false"), exampleNull(`ipv6_is_in_range("x", "::1")`)),
		{Name: "ipv6_is_in_any_range", Doc: "Whether an IPv6 or IPv4 address lies in one of the ranges, given one by one or as an array.", Overloads: []Overload{
			{Params: []Param{stringOrDynamic("ip"), {Name: "range", Types: just(value.String), Variadic: true}}, Returns: value.Bool, Eval: ipv6InAny},
			{Params: []Param{stringOrDynamic("ip"), array("ranges")}, Returns: value.Bool, Eval: ipv6InAny}},
			Examples: []Example{example(`ipv6_is_in_any_range("192.168.1.6", "10.0.0.0/8", "192.168.1.0/24")`, "true"), example(`ipv6_is_in_any_range("fe80::1", dynamic(["fd00::/8"]))`, "false")}},
	}
}

// maskedIPv4 reads an address of text or number, and the shorter of its own prefix and that of the second argument.
func maskedIPv4(a []value.Value) (addr uint32, n int, ok bool) {
	n = 32
	switch a[0].Type() {
	case value.Int, value.Long:
		addr, ok = uint32(a[0].Int()), !a[0].IsNull() && a[0].Int() >= 0 && a[0].Int() <= 0xffffffff
	default:
		addr, n, ok = parseIPv4(a[0].ToText())
	}
	if len(a) > 1 {
		if a[1].IsNull() || a[1].Int() < 0 || a[1].Int() > 32 {
			return 0, 0, false
		}
		n = min(n, int(a[1].Int()))
	}
	return addr, n, ok
}

func formatIPv4(withMask bool) func(*Context, []value.Value) value.Value {
	return func(_ *Context, a []value.Value) value.Value {
		addr, n, ok := maskedIPv4(a)
		switch {
		case !ok:
			return str("")
		case withMask:
			return str(fmt.Sprintf("%s/%d", ipv4Text(mask(addr, n)), n))
		}
		return str(ipv4Text(mask(addr, n)))
	}
}

func ipv4Text(addr uint32) string {
	return netip.AddrFrom4([4]byte{byte(addr >> 24), byte(addr >> 16), byte(addr >> 8), byte(addr)}).String()
}

// rangeToCIDRs takes from the start the largest network that begins there and does not pass the end.
func rangeToCIDRs(_ *Context, a []value.Value) value.Value {
	first, _, ok := parseIPv4(a[0].Text())
	last, _, ok2 := parseIPv4(a[1].Text())
	if !ok || !ok2 || first > last {
		return value.Null(value.Dynamic)
	}
	out := []any{}
	for at, end := uint64(first), uint64(last)+1; at < end; {
		size := min(bits.TrailingZeros64(at|1<<32), bits.Len64(end-at)-1)
		out = append(out, fmt.Sprintf("%s/%d", ipv4Text(uint32(at)), 32-size))
		at += 1 << size
	}
	return value.NewDynamic(out)
}

func parseIPv6Mask(_ *Context, a []value.Value) value.Value {
	p, ok := parseIPv6(a[0].Text())
	if !ok || a[1].IsNull() || a[1].Int() < 0 || a[1].Int() > 128 {
		return str("")
	}
	masked, _ := p.Addr().Prefix(min(p.Bits(), int(a[1].Int())))
	return str(masked.Addr().StringExpanded())
}

// ipv6InAny is null where the address is none, or no range is one.
func ipv6InAny(_ *Context, a []value.Value) value.Value {
	ip, ok := parseIPv6(a[0].Text())
	if !ok {
		return value.Null(value.Bool)
	}
	valid, found := false, false
	eachItem(a[1:], func(item value.Value) bool {
		r, ok := parseIPv6(item.ToText())
		if !ok {
			return true
		}
		valid = true
		n := min(ip.Bits(), r.Bits())
		x, _ := ip.Addr().Prefix(n)
		y, _ := r.Addr().Prefix(n)
		found = x.Addr() == y.Addr()
		return !found
	}, func() {})
	if !valid {
		return value.Null(value.Bool)
	}
	return boolean(found)
}
