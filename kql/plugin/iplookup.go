package plugin

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/glasswatch/glasswatch/kql/function"
	"github.com/glasswatch/glasswatch/kql/value"
)

// ipv4Lookup: https://learn.microsoft.com/kusto/query/ipv4-lookup-plugin
func ipv4Lookup() Plugin {
	p := ipLookup("ipv4_lookup", "IPv4", parseIPv4)
	p.Params = []Param{{Name: "LookupTable", Kind: Table}, {Name: "SourceIPv4Key", Kind: Reference, Types: text()},
		{Name: "IPv4LookupKey", Kind: LookupReference, Types: text()}, {Name: "ExtraKey", Kind: CommonReference, Types: notDynamic(), Repeated: true},
		{Name: "return_unmatched", Types: []value.Type{value.Bool}, Optional: true}}
	p.Layout = func(args []Shape) []string {
		out := []string{"LookupTable", "SourceIPv4Key", "IPv4LookupKey"}
		for i := len(out); i < len(args); i++ {
			if i == len(args)-1 && (args[i].Name == "return_unmatched" || args[i].Constant && args[i].Type == value.Bool) {
				out = append(out, "return_unmatched")
			} else {
				out = append(out, "ExtraKey")
			}
		}
		return out[:min(len(out), len(args))]
	}
	networks := `let nets = datatable(net: string, name: string)["10.0.0.0/8", "inside", "10.1.0.0/16", "lab"]; `
	p.Examples = []Example{
		{networks + `datatable(ip: string)["10.1.2.3", "10.9.9.9", "8.8.8.8"] | evaluate ipv4_lookup(nets, ip, net)`,
			"ip: string|net: string|name: string\n10.1.2.3|10.0.0.0/8|inside\n10.1.2.3|10.1.0.0/16|lab\n10.9.9.9|10.0.0.0/8|inside"},
		{networks + `datatable(ip: string)["10.9.9.9", "8.8.8.8"] | evaluate ipv4_lookup(nets, ip, net, return_unmatched = true)`,
			"ip: string|net: string|name: string\n10.9.9.9|10.0.0.0/8|inside\n8.8.8.8||"},
		{networks + `datatable(ip: string, name: string)["10.1.2.3", "lab", "10.1.2.3", "x"] | evaluate ipv4_lookup(nets, ip, net, name)`,
			"ip: string|name: string|net: string\n10.1.2.3|lab|10.1.0.0/16"},
	}
	return p
}

// ipv6Lookup: https://learn.microsoft.com/kusto/query/ipv6-lookup-plugin
func ipv6Lookup() Plugin {
	p := ipLookup("ipv6_lookup", "IPv6", parseIPv6)
	p.Params = []Param{{Name: "LookupTable", Kind: Table}, {Name: "SourceIPv6Key", Kind: Reference, Types: text()},
		{Name: "IPv6LookupKey", Kind: LookupReference, Types: text()}, {Name: "return_unmatched", Types: []value.Type{value.Bool}, Optional: true}}
	p.Examples = []Example{
		{`let nets = datatable(net: string, name: string)["2001:db8::/32", "docs"]; datatable(ip: string)["2001:db8:1::5", "fe80::1"] | evaluate ipv6_lookup(nets, ip, net, true)`,
			"ip: string|net: string|name: string\n2001:db8:1::5|2001:db8::/32|docs\nfe80::1||"},
	}
	return p
}

func text() []value.Type { return []value.Type{value.String} }

// ipLookup is what the two have in common.
func ipLookup(name, version string, parse func(string) (netip.Prefix, bool)) Plugin {
	return Plugin{
		Name: name,
		Doc: "Joins the rows with those of a table whose " + version + " network holds the address, under the shorter prefix where both have one. " +
			"Rows without a match are dropped, unless return_unmatched is true.",
		Schema: func(c *Call) ([]Column, bool, error) { return c.lookupColumns(), false, nil },
		Each: func(_ *function.Context, c *Call, tables map[int][][]value.Value) EachRow {
			l := newLookup(tables[c.position("LookupTable")], c.Arg(version+"LookupKey").Lookup, parse)
			return c.lookup(l, c.Arg("Source"+version+"Key").Column, parse)
		},
	}
}

// lookupColumns are the columns of the input and those of the table but the extra keys.
func (c *Call) lookupColumns() []Column {
	cols := append([]Column(nil), c.Input...)
	for _, i := range c.kept() {
		cols = append(cols, c.Arg("LookupTable").Table[i])
	}
	return uniqueNames(cols)
}

// kept are the columns of the lookup table that are in the result.
func (c *Call) kept() []int {
	var out []int
next:
	for i := range c.Arg("LookupTable").Table {
		for _, k := range c.All("ExtraKey") {
			if k.Lookup == i {
				continue next
			}
		}
		out = append(out, i)
	}
	return out
}

// lookup is a table by its networks: for each length of prefix the rows of each network.
type lookup struct {
	rows     [][]value.Value
	networks map[netip.Prefix][]int
	lengths  []int // that occur
	prefixes []netip.Prefix
}

func newLookup(rows [][]value.Value, key int, parse func(string) (netip.Prefix, bool)) *lookup {
	l := &lookup{rows: rows, networks: map[netip.Prefix][]int{}, prefixes: make([]netip.Prefix, len(rows))}
	seen := map[int]bool{}
	for i, row := range rows {
		p, ok := parse(row[key].Text())
		if !ok {
			continue
		}
		l.prefixes[i] = p
		l.networks[p] = append(l.networks[p], i)
		if !seen[p.Bits()] {
			seen[p.Bits()] = true
			l.lengths = append(l.lengths, p.Bits())
		}
	}
	return l
}

// find returns the positions of the rows that match p, in order.
func (l *lookup) find(p netip.Prefix) []int {
	var out []int
	for _, bits := range l.lengths {
		if bits <= p.Bits() {
			out = append(out, l.networks[netip.PrefixFrom(p.Addr(), bits).Masked()]...)
			continue
		}
		for i, q := range l.prefixes { // the address is itself a network, which holds smaller ones
			if q.IsValid() && q.Bits() == bits && p.Contains(q.Addr()) {
				out = append(out, i)
			}
		}
	}
	slices.Sort(out)
	return out
}

func (c *Call) lookup(l *lookup, source int, parse func(string) (netip.Prefix, bool)) EachRow {
	unmatched := false
	if v, ok := c.constant("return_unmatched"); ok {
		unmatched = v.Bool()
	}
	keep, extra, table := c.kept(), c.All("ExtraKey"), c.Arg("LookupTable").Table
	return func(row []value.Value, emit func([]value.Value)) {
		found := false
		add := func(cell func(i int) value.Value) {
			joined := append(make([]value.Value, 0, len(c.Input)+len(keep)), row[:len(c.Input)]...)
			for _, i := range keep {
				joined = append(joined, cell(i))
			}
			emit(joined)
		}
		if p, ok := parse(row[source].Text()); ok {
		match:
			for _, at := range l.find(p) {
				for _, k := range extra {
					if !value.Equal(row[k.Column], l.rows[at][k.Lookup]) {
						continue match
					}
				}
				found = true
				add(func(i int) value.Value { return l.rows[at][i] })
			}
		}
		if !found && unmatched {
			add(func(i int) value.Value { return value.Null(table[i].Type) })
		}
	}
}

// parseIPv4 reads an address with or without a prefix length.
func parseIPv4(s string) (netip.Prefix, bool) {
	p, ok := parsePrefix(s)
	return p, ok && p.Addr().Is4()
}

// parseIPv6 reads an IPv6 or IPv4 address; the latter counts as the IPv6 address that stands for it.
func parseIPv6(s string) (netip.Prefix, bool) {
	p, ok := parsePrefix(s)
	if ok && p.Addr().Is4() {
		return netip.PrefixFrom(netip.AddrFrom16(p.Addr().As16()), p.Bits()+96).Masked(), true
	}
	return p, ok
}

func parsePrefix(s string) (netip.Prefix, bool) {
	address, length, given := strings.Cut(strings.TrimSpace(s), "/")
	addr, err := netip.ParseAddr(address)
	if err != nil || addr.Zone() != "" {
		return netip.Prefix{}, false
	}
	bits := addr.BitLen()
	if given {
		n, err := strconv.Atoi(length)
		if err != nil || n < 0 || n > bits {
			return netip.Prefix{}, false
		}
		bits = n
	}
	return netip.PrefixFrom(addr, bits).Masked(), true
}
