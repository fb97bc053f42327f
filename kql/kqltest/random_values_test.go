package kqltest_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/glasswatch/glasswatch/kql"
	"github.com/glasswatch/glasswatch/kql/kqltest"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// usual are constants that meet: queries compare with them and tables hold them.
var usual = map[value.Type][]string{
	value.Bool: {"true", "false", "bool(null)"},
	value.Int:  {"int(0)", "int(1)", "int(-7)", "int(42)", "int(2)", "int(null)"},
	value.Long: {"0", "1", "2", "-3", "10", "1000000", "7", "-8", "long(null)"},
	value.Real: {"0.0", "1.5", "-2.25", "1e6", "0.1", "-0.5", "real(nan)", "real(null)"},
	value.DateTime: {"datetime(2026-11-20)", "datetime(2026-11-20T07:16:41.5530192Z)", "datetime(1999-12-31 23:59:59)",
		"datetime(2026-11-22T11:59:59.9999999Z)", "now()", "datetime(null)"},
	value.TimeSpan: {"1h", "1d", "-1d", "90m", "0s", "1tick", "7d", "timespan(null)"},
	value.GUID:     {"guid(74be27de-1e4e-49d9-b579-fe0b331d3642)", "guid(74be27de-1e4e-49d9-b579-fe0b331d3643)", "guid(null)"},
	value.String:   {`""`, `"a"`, `"alpha"`, `"ALPHA beta"`, `"it's"`, `"x_y-z"`, `"5"`, `"äÖ"`, `"%"`, `" "`, `","`, `"2026-11-20"`, `"a,b,,c"`, `"-17"`, `"100%"`},
	value.Dynamic: {`dynamic({"a": 1})`, `dynamic([1, "x", null])`, `dynamic("alpha")`, "dynamic(5)", "dynamic(null)", `dynamic({"a": {"b": [true]}})`,
		`dynamic({"a": 1, "o": {"x": "y"}})`, `dynamic({"a": {"b": [true, 2.5]}, "x y": 3})`, "dynamic([])", `dynamic({"a": "5"})`, "dynamic(true)"},
}

// corners are the ends of the types, and values that one library reads, orders or writes in another way than the next.
var corners = map[value.Type][]string{
	value.Bool: {"true", "false"},
	value.Int:  {"int(2147483647)", "int(-2147483648)"},
	value.Long: {"9223372036854775807", "long(-9223372036854775808)", "9007199254740993", "4294967296", "253402300800", "-62135596801", "100000000000000000"},
	value.Real: {"real(+inf)", "real(-inf)", "1e308", "5e-324", "-0.0", "9.3e18", "1e15", "0.30000000000000004", "123456789.125", "1e-7", "1e21", "2.5", "-1e18"},
	value.DateTime: {"datetime(0001-01-01)", "datetime(9999-12-31T23:59:59.9999999Z)", "datetime(1969-12-31T23:59:59.9999999Z)", "datetime(2000-02-29)",
		"datetime(1970-01-01)", "datetime(2024-12-31T23:00:00Z)", "datetime(0004-02-29)"},
	value.TimeSpan: {"timespan(10675199.02:48:05.4775807)", "timespan(-10675199.02:48:05.4775808)", "36500d", "timespan(400.23:59:59.9999999)", "-1tick"},
	value.GUID:     {"guid(00000000-0000-0000-0000-000000000000)", "guid(FFFFFFFF-0000-1111-2222-ABCDEFABCDEF)"},
	value.String: {`"😀 x"`, "\"e\u0301\"", `"İI"`, `"ßSS"`, `"ΣΑΣ ς"`, `"\n"`, `"a\"b\\c"`, `"\t x "`, "\"\u212a k\"", `"０１"`, `"null"`, `"1e5"`, `"0x1F"`, `"-0"`,
		`"9223372036854775808"`, `"nan"`, `"True"`, `"{\"a\": 1}"`, `"[1, 2.50, \"\u00e4\"]"`, `"c:\\a\\b.txt"`, `"10.0.0.1"`, `"2001:db8::1"`, `"YWJj"`, `"%C3%A4+b"`,
		`"12:34:56"`, `"1.02:03:04"`, `"74BE27DE1E4E49D9B579FE0B331D3642"`, `"a.b*c("`, `"alpha alpha-beta ALPHABET"`, `"a=1,b=x"`, `"https://u@h.example:81/p?q=1#f"`,
		`"2026-11-20T07:16:41+02:00"`, `"12/31/1999 1:02 PM"`, `"1.5"`, `" 5 "`, `"\u0001"`, `"a\u00a0b"`},
	value.Dynamic: {`dynamic({"a": {"b": [1, {"c": null}]}, "": 0, "ä": "ö"})`, "dynamic([[1, [2, [3]]], {}])", "dynamic(9223372036854775807)", "dynamic(1.5e300)",
		"dynamic([1.0, -0.0, 1e20])", `dynamic("2026-11-20")`, `dynamic({"a": null})`, `dynamic({"a": "x\"y"})`, "dynamic(false)", `dynamic([{"a": 1}, {"a": "x"}, null, [1, 2]])`,
		`dynamic("")`, `dynamic("5")`, "dynamic({})", `dynamic(["b", "a", "b", "A"])`, "dynamic([3, 1, 2])", `dynamic("1h")`, "dynamic(-0.5)"},
}

// received are documents as senders write them: blanks, escapes, numbers and repeated names that a value would not keep.
var received = []string{`{ "a" : "\u00e4\/" , "b":1.0}`, `{"a":1,"a":2}`, `[1e2, -0, 1E-2, 12345678901234567890]`, ` "x\ty" `, `{"A":1,"a":{"B":{"b":true}}}`, `[ ]`, `1.50`,
	`"😀"`, `"\ud83d\ude00"`, `{"a":[{"b":[{"c":[1]}]}]}`, `{"$a":1,"a.b":2,"a\"b":3,"*":4,"/~":5}`, `{"a": 5.0}`, `{"a": true}`, `{"a": []}`}

// randomTables are three tables with every type: one of 60 rows, a smaller one with one more column, and an empty one. Column k
// tells rows apart.
func randomTables(t testing.TB) []*kqltest.Table {
	cols := []plan.Column{{Name: "k", Type: value.Long}, {Name: "i", Type: value.Long}, {Name: "n", Type: value.Int}, {Name: "r", Type: value.Real},
		{Name: "s", Type: value.String}, {Name: "u", Type: value.String}, {Name: "b", Type: value.Bool}, {Name: "t", Type: value.DateTime},
		{Name: "p", Type: value.TimeSpan}, {Name: "d", Type: value.Dynamic}, {Name: "g", Type: value.GUID}}
	all := map[value.Type][2][]value.Value{}
	for _, typ := range scalarTypes() {
		all[typ] = [2][]value.Value{constants(t, usual[typ]), constants(t, corners[typ])}
	}
	r := rand.New(rand.NewPCG(5, 9))
	row := func(k int) []value.Value {
		out := []value.Value{value.NewLong(int64(k))}
		for _, c := range cols[1:] {
			list := all[c.Type][r.IntN(4)/3]
			v := list[r.IntN(len(list))]
			if c.Type == value.Dynamic && r.IntN(3) == 0 {
				v = value.NewText(value.Dynamic, received[r.IntN(len(received))])
			}
			out = append(out, v)
		}
		return out
	}
	tables := []*kqltest.Table{{Schema: &plan.Table{Name: "T", Columns: cols, Time: -1}},
		{Schema: &plan.Table{Name: "U", Columns: append(slices.Clone(cols), plan.Column{Name: "extra", Type: value.Long}), Time: -1}},
		{Schema: &plan.Table{Name: "Empty", Columns: cols, Time: -1}}}
	for k := range 60 {
		tables[0].Rows = append(tables[0].Rows, row(k))
	}
	for k := range 12 {
		tables[1].Rows = append(tables[1].Rows, append(row(k), value.NewLong(int64(k))))
	}
	return tables
}

// constants computes literals.
func constants(t testing.TB, literals []string) []value.Value {
	t.Helper()
	var parts []string
	for i, l := range literals {
		parts = append(parts, fmt.Sprintf("c%d = %s", i, l))
	}
	q, err := kql.Compile("print "+strings.Join(parts, ", "), kql.Options{Now: kqltest.Now})
	if err != nil {
		t.Fatal(err)
	}
	db, _ := kqltest.Eval{}.Open(nil)
	r, err := db.Run(context.Background(), q.Plan, 0)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range r.Rows[0] {
		if text, null := v.Canonical(); v.Type() == value.Dynamic && !null {
			r.Rows[0][i] = value.NewText(value.Dynamic, text)
		}
	}
	return r.Rows[0]
}

// words are constants of parameters that take none but certain texts, by the parameter's name.
var words = map[string][]string{
	"regex":       {`"a"`, `"[a-z]+"`, `"(l)(p)?"`, `"^"`, `"\\s*$"`, `"(?i)ALPHA|5"`, `"\\d{2,}"`, `"[^\\w]"`, `"\\p{Lu}"`, `"."`, `".*"`, `"x|"`, `"\\bа?"`, `"[äß😀]"`},
	"search":      {`"alpha"`, `"[0-9]+"`, `"A"`, `"-"`, `"5"`},
	"replacement": {`""`, `"<\\1>"`, `"\\0\\0"`, `"-"`, `"$1"`},
	"rewrite":     {`""`, `"<\\0>"`},
	"part":        {`"Year"`, `"quarter"`, `"Month"`, `"week_of_year"`, `"Day"`, `"DayOfYear"`, `"Hour"`, `"Minute"`, `"Second"`, `"Millisecond"`, `"Microsecond"`, `"Nanosecond"`},
	"period":      {`"year"`, `"quarter"`, `"month"`, `"week"`, `"day"`, `"hour"`, `"minute"`, `"second"`, `"millisecond"`, `"microsecond"`, `"nanosecond"`},
	"format":      {`"yyyy-MM-dd HH:mm:ss.fff"`, `"y M d h m s tt"`, `"dd.hh:mm:ss.FFF"`},
	"units":       {`"KB"`, `"MB"`}, "parser": {`"Windows"`}, "kind": {`"regex"`, `"normal"`},
	"timezone":  {`"Europe/Berlin"`, `"US/Pacific"`, `"Asia/Kolkata"`},
	"precision": {"0", "1", "-2", "5"},
	"range":     {`"10.0.0.0/8"`, `"192.168.1.1/32"`, `"0.0.0.0/0"`},
	"ranges":    {`"10.0.0.0/8"`, `"192.168.1.1"`, `"0.0.0.0/0"`},
}

// literal writes a constant of a type.
func (g *generator) literal(t value.Type) string {
	if t == value.Decimal {
		return pick(g, []string{"decimal(1.5)", "decimal(null)", "decimal(0)"})
	}
	if g.IntN(5) == 0 {
		return pick(g, corners[t])
	}
	return pick(g, usual[t])
}
