package value_test

import (
	"math"
	"strings"
	"testing"

	"github.com/glasswatch/glasswatch/kql/value"
)

func TestParseDateTime(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		ticks, ok := value.ParseDateTime(in)
		got := "null"
		if ok {
			got = string(value.AppendDateTime(nil, ticks))
		}
		if got != want {
			t.Errorf("ParseDateTime(%q) = %s, want %s", in, got, want)
		}
	}
	f("2022-12-02", "2022-12-02T00:00:00.0000000Z")
	f("2022-12-02 13:45:56", "2022-12-02T13:45:56.0000000Z")
	f("2022-12-02T13:45:56Z", "2022-12-02T13:45:56.0000000Z")
	f("2022-12-02T13:45Z", "2022-12-02T13:45:00.0000000Z")
	f("2022/12/02", "2022-12-02T00:00:00.0000000Z")
	f("12-02-2022", "2022-12-02T00:00:00.0000000Z")
	f("12/02/2022", "2022-12-02T00:00:00.0000000Z")
	f("12.02.2022", "2022-12-02T00:00:00.0000000Z")
	f("2 Dec 2022", "2022-12-02T00:00:00.0000000Z")
	f("Dec 2, 2022", "2022-12-02T00:00:00.0000000Z")
	f("Fri, 02 Dec 2022 13:45:56 GMT", "2022-12-02T13:45:56.0000000Z")
	f("20221202", "2022-12-02T00:00:00.0000000Z")
	f("12-02-2022 13:45:56", "2022-12-02T13:45:56.0000000Z")
	f("2/3/2022", "2022-02-03T00:00:00.0000000Z")
	for _, in := range []string{
		"Sat, 8 Nov 14 15:05:02 GMT", "Sat, 8 Nov 14 15:05:02", "8 Nov 14 15:05:02 GMT", "8 Nov 14 15:05:02", "Sat, 08 Nov 2014 15:05:02 GMT",
		"Saturday, 08-Nov-14 15:05:02 GMT", "Saturday, 08-Nov-14 15:05:02", "08-Nov-14 15:05:02 GMT", "08-Nov-14 15:05:02", "8-Nov-2014 3:05:02 PM",
		"November 8, 2014 3:05:02 PM", "Nov 8 2014 15:05:02Z", "saturday, november 8, 2014 15:05:02", "Sat Nov  8 15:05:02 2014", "Sat Nov 8 15:05:02 UTC 2014",
		"8 November 2014 16:05:02 +0100", "Sat, 8 Nov 2014 10:05:02 -0500",
	} {
		f(in, "2014-11-08T15:05:02.0000000Z")
	}
	for _, in := range []string{"Sat, 8 Nov 14 15:05", "Sat, 8 Nov 14 15:05 GMT", "8 Nov 14 15:05", "8 Nov 14 15:05 GMT", "08-Nov-14 15:05 GMT", "Saturday, 08-Nov-14 15:05"} {
		f(in, "2014-11-08T15:05:00.0000000Z")
	}
	f("8 Nov 49", "2049-11-08T00:00:00.0000000Z")
	f("8-Nov-50", "1950-11-08T00:00:00.0000000Z")
	for _, in := range []string{"31 Nov 2014", "8 Now 2014", "8-Nov 2014", "8Nov2014", "8 Nov 014", "8 Nov 20145", "Nov 8 15:05:02", "Nov 8, 2014 25:00", "Sat", "Saturday, ", "Sat, 8 Nov 14 15:05:02 EST", "March of 2014"} {
		f(in, "null")
	}
	f("2022-12-02T13:45:56+02:00", "2022-12-02T11:45:56.0000000Z")
	f("2022-12-02T13:45:56-05:00", "2022-12-02T18:45:56.0000000Z")
	f("2024-12-16 16:32:16.087554000", "2024-12-16T16:32:16.0875540Z")
	f("2024-12-16T16:32:16.12345678Z", "2024-12-16T16:32:16.1234567Z")
	f("4/19/2024 3:01:12 PM", "2024-04-19T15:01:12.0000000Z")
	f("4/19/2024 12:01:12 AM", "2024-04-19T00:01:12.0000000Z")
	f("4/19/2024 12:01:12 PM", "2024-04-19T12:01:12.0000000Z")
	f("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.0000000Z")
	f("9999-12-31T23:59:59.9999999Z", "9999-12-31T23:59:59.9999999Z")
	f("2024-02-29", "2024-02-29T00:00:00.0000000Z")
	f("2023-02-29", "null")
	f("not a date", "null")
	f("", "null")
	f("13-01-2022", "null")
	f("x12-02-2022", "null")
	f("2022-13-02", "null")
	f("2022-12-02T25:00:00", "null")
	f("2022-12-02T13:45:56+99:00", "null")
	f("12345", "null")
}

func TestParseTimeSpan(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		ticks, ok := value.ParseTimeSpan(in)
		got := "null"
		if ok {
			got = string(value.AppendTimeSpan(nil, ticks))
		}
		if got != want {
			t.Errorf("ParseTimeSpan(%q) = %s, want %s", in, got, want)
		}
	}
	f("1d", "1.00:00:00")
	f("2", "2.00:00:00")
	f("1.02:03:04.5", "1.02:03:04.5000000")
	f("-1.00:00:00", "-1.00:00:00")
	f("0.00:03:00", "00:03:00")
	f("00:01", "00:01:00")
	f("1.5h", "01:30:00")
	f("90min", "01:30:00")
	f("100ms", "00:00:00.1000000")
	f("1tick", "00:00:00.0000001")
	f("00:01:00 junk", "null")
	f("25:00:00", "null")
	f("", "null")
	f("abc", "null")
}

func TestParseGUID(t *testing.T) {
	f := func(in, want string, wantOK bool) {
		t.Helper()
		if got, ok := value.ParseGUID(in); got != want || ok != wantOK {
			t.Errorf("ParseGUID(%q) = %q, %t, want %q, %t", in, got, ok, want, wantOK)
		}
	}
	f("01234567-89ab-cdef-0123-456789abcdef", "01234567-89ab-cdef-0123-456789abcdef", true)
	f("0123456789ABCDEF0123456789abcdef", "01234567-89ab-cdef-0123-456789abcdef", true)
	f("0123456789ab-cdef-0123-456789abcdef", "01234567-89ab-cdef-0123-456789abcdef", true)
	f("{01234567-89ab-cdef-0123-456789abcdef}", "01234567-89ab-cdef-0123-456789abcdef", true)
	f("a string that is not a guid", "", false)
	f("01234567-89ab-cdef-0123-456789abcde", "", false)
	f("01234567-89ab-cdef-0123-456789abcdeff", "", false)
}

func TestDynamic(t *testing.T) {
	doc := value.NewText(value.Dynamic, `{"a": {"b": [10, "x\"y", null, 2.0]}, "é\n": true, "n": null}`)
	f := func(got value.Value, want string) {
		t.Helper()
		if got.String() != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	for _, d := range []value.Value{doc, doc.Parsed()} {
		b := d.Property("a").Property("b")
		f(b, `dynamic([10,"x\"y",null,2.0])`)
		f(b.Element(0), "dynamic(10)")
		f(b.Element(1), `dynamic("x\"y")`)
		f(b.Element(-1), "dynamic(2.0)")
		f(b.Element(2), "dynamic(null)")
		f(b.Element(4), "dynamic(null)")
		f(d.Property("n"), "dynamic(null)")
		f(d.Property("missing"), "dynamic(null)")
		f(d.Property("é\n"), "dynamic(true)")
		if got, want := b.Element(1).DynamicText(), `x"y`; got != want {
			t.Errorf("text %q, want %q", got, want)
		}
	}
	for document, want := range map[string]string{"true \n": "true", " 5": "5", `"a\u001f" `: "a\x1f", `["\u001f"]`: `["\u001F"]`} {
		if got := value.NewText(value.Dynamic, document).DynamicText(); got != want {
			t.Errorf("the text of %q is %q, want %q", document, got, want)
		}
	}
	for _, bad := range []string{"", "{", `{"a"}`, "[1,]", "01", "1.", `"\x"`, "nul", "{}x", `"` + "\n" + `"`, strings.Repeat("[", 600)} {
		if _, ok := value.ParseJSON(bad); ok || value.ValidJSON(bad) {
			t.Errorf("%q was accepted", bad)
		}
	}
}

func TestPathDoesNotAllocate(t *testing.T) {
	doc := value.NewText(value.Dynamic, `{"additionalDetails":"x","errorCode":50126,"failureReason":"Error"}`)
	if n := testing.AllocsPerRun(100, func() { _ = doc.Property("errorCode").DynamicText() }); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}

func TestText(t *testing.T) {
	f := func(v value.Value, canonical, text string) {
		t.Helper()
		got, _ := v.Canonical()
		if got != canonical || v.ToText() != text {
			t.Errorf("%s: canonical %q, text %q, want %q, %q", v, got, v.ToText(), canonical, text)
		}
	}
	f(value.NewBool(true), "true", "True")
	f(value.NewReal(4), "4", "4.0")
	f(value.NewReal(1.5), "1.5", "1.5")
	f(value.NewReal(1e20), "1e+20", "1e+20")
	f(value.NewReal(math.NaN()), "NaN", "NaN")
	f(value.NewReal(math.Inf(-1)), "-Infinity", "-Infinity")
	f(value.NewTimeSpan(-2*value.Hour), "-02:00:00", "-02:00:00")
	f(value.NewDateTime(value.UnixEpoch), "1970-01-01T00:00:00.0000000Z", "1970-01-01T00:00:00.0000000Z")
	f(value.NewText(value.Dynamic, `"x"`), `"x"`, "x")
	f(value.NewText(value.Dynamic, `[ 1, {"a" : "b"} ]`), `[1,{"a":"b"}]`, `[1,{"a":"b"}]`)
	f(value.Null(value.Long), "", "")
	if _, isNull := value.Null(value.String).Canonical(); isNull {
		t.Error("a string is never null")
	}
	if _, isNull := value.NewText(value.Dynamic, " null ").Canonical(); !isNull {
		t.Error("the JSON null is null")
	}
}

func TestCompareAndKey(t *testing.T) {
	ordered := [][]value.Value{
		{value.Null(value.Long), value.NewLong(-1), value.NewLong(0), value.NewLong(7)},
		{value.Null(value.Real), value.NewReal(math.NaN()), value.NewReal(math.Inf(-1)), value.NewReal(0), value.NewReal(1)},
		{value.NewString(""), value.NewString("A"), value.NewString("B"), value.NewString("a"), value.NewString("é")},
		{value.Null(value.Dynamic), value.NewDynamic(false), value.NewDynamic(int64(1)), value.NewDynamic(1.5), value.NewDynamic("a"), value.NewDynamic([]any{})},
		{value.NewLong(1), value.NewReal(1.5), value.NewLong(2)},
	}
	for _, list := range ordered {
		for i, a := range list {
			for j, b := range list {
				if got, want := sign(value.Compare(a, b)), sign(i-j); got != want {
					t.Errorf("Compare(%s, %s) = %d, want %d", a, b, got, want)
				}
				if got := value.Equal(a, b); got != (i == j) {
					t.Errorf("Equal(%s, %s) = %t", a, b, got)
				}
				if a.Type() == b.Type() && (string(a.AppendKey(nil)) == string(b.AppendKey(nil))) != (i == j) {
					t.Errorf("keys of %s and %s", a, b)
				}
			}
		}
	}
}

func sign(n int) int {
	switch {
	case n < 0:
		return -1
	case n > 0:
		return 1
	}
	return 0
}

func TestFold(t *testing.T) {
	f := func(a, b string, want bool) {
		t.Helper()
		if got := value.EqualFold(a, b); got != want {
			t.Errorf("EqualFold(%q, %q) = %t", a, b, got)
		}
		if got := value.Fold(a) == value.Fold(b); got != want {
			t.Errorf("Fold(%q) == Fold(%q) is %t", a, b, got)
		}
		if got, want := string(value.AppendFold(nil, a)), value.Fold(a); got != want {
			t.Errorf("AppendFold(%q) = %q, want %q", a, got, want)
		}
	}
	f("Bg-North@Contoso.COM", "bg-north@contoso.com", true)
	f("a", "b", false)
	f("ab", "a", false)
	f("ÄÖÜ", "äöü", true)
	f("ſ", "s", false)
	f("K", "k", true) // the Kelvin sign
	f("[", "{", false)
	f("@", "`", false)
}

func TestDecimal(t *testing.T) {
	d := func(s string) value.Dec {
		t.Helper()
		v, ok := value.ParseDecimal(s)
		if !ok {
			t.Fatalf("ParseDecimal(%q)", s)
		}
		return v
	}
	f := func(got value.Dec, want string) {
		t.Helper()
		if got.String() != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	f(d("123.45678"), "123.45678")
	f(d("-0.10"), "-0.1")
	f(d("1e3"), "1000")
	f(d("12345678901234567890123456789012345"), "12345678901234567890123456789012340")
	f(d("0.1").Add(d("0.2")), "0.3")
	f(d("7").Sub(d("7.5")), "-0.5")
	f(d("1.5").Mul(d("2")), "3")
	third, _ := d("1").Quo(d("3"))
	f(third, "0.3333333333333333333333333333333333")
	if _, ok := d("1").Quo(d("0")); ok {
		t.Error("division by zero")
	}
	if n, ok := d("-2.9").Int(); n != -2 || !ok {
		t.Errorf("Int of -2.9 is %d, %t", n, ok)
	}
	for _, bad := range []string{"", ".", "-", "1.2.3", "0x1", "1e", "--1", "1-1"} {
		if v, ok := value.ParseDecimal(bad); ok {
			t.Errorf("ParseDecimal(%q) = %s", bad, v)
		}
	}
}
