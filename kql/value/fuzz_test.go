package value_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/glasswatch/glasswatch/kql/value"
)

func FuzzParseDateTime(f *testing.F) {
	for _, s := range []string{"2024-12-16T16:32:16.0875540Z", "12/02/2022 3:04:05 PM", "Fri, 02 Dec 2022 13:45:56 GMT", "2022-12-02T13:45:56+02:00", "20221202", "Sat Nov  8 15:05:02 UTC 2014", "08-Nov-14 3:05 PM"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		ticks, ok := value.ParseDateTime(s)
		if !ok {
			return
		}
		if ticks < 0 || ticks > value.MaxTicks {
			t.Fatalf("%q gives %d ticks, outside the years 1 to 9999", s, ticks)
		}
		again, ok := value.ParseDateTime(string(value.AppendDateTime(nil, ticks)))
		if !ok || again != ticks {
			t.Fatalf("%q: %d is written as %s, which reads as %d", s, ticks, value.AppendDateTime(nil, ticks), again)
		}
		if want, err := time.Parse(time.RFC3339Nano, s); err == nil {
			if n, ok := value.Ticks(want); ok && n != ticks {
				t.Fatalf("%q: %d ticks, package time says %d", s, ticks, n)
			}
		}
	})
}

func FuzzParseTimeSpan(f *testing.F) {
	for _, s := range []string{"1.02:03:04.5", "-3d", "1.5h", "00:01"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		ticks, ok := value.ParseTimeSpan(s)
		if !ok {
			return
		}
		again, ok := value.ParseTimeSpan(string(value.AppendTimeSpan(nil, ticks)))
		if !ok || again != ticks {
			t.Fatalf("%q: %d is written as %s, which reads as %d, %t", s, ticks, value.AppendTimeSpan(nil, ticks), again, ok)
		}
	})
}

func FuzzParseJSON(f *testing.F) {
	for _, s := range []string{`{"a":[1,2.5,"x\u00e9\ud83d\ude00",null,true]}`, `[]`, `"\\"`, ` 1e5 `, `{"a":{"b":{}}}`,
		`[{"a":"x\"y\\z\n","b":-1,"c":true}]`, `{"a":-0}`, `{"a":"\/"}`, `{"a": 1}`, `{"a":"\u0041"}`, `{"a":1.0}`, `[1234567890123456789]`, "[\"\xff\"]", `["\u0001"]`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		v, ok := value.ParseJSON(s)
		if ok != value.ValidJSON(s) {
			t.Fatalf("%q: ParseJSON %t, ValidJSON %t", s, ok, !ok)
		}
		if ok != json.Valid([]byte(s)) && len(s) < 500 {
			t.Fatalf("%q: ParseJSON %t, encoding/json %t", s, ok, !ok)
		}
		if !ok {
			return
		}
		text := string(value.AppendJSON(nil, v.Tree()))
		again, ok := value.ParseJSON(text)
		if !ok || string(value.AppendJSON(nil, again.Tree())) != text {
			t.Fatalf("%q is written as %q, which does not read back", s, text)
		}
		if got, want := value.NewText(value.Dynamic, s).DynamicText(), v.DynamicText(); got != want {
			t.Fatalf("%q: text %q unparsed, %q parsed", s, got, want)
		}
	})
}
