package cli

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestResults(t *testing.T) {
	f := func(o format, width int, want string) {
		t.Helper()
		var b bytes.Buffer
		c := &cli{Streams: Streams{Out: &b}, out: style{width: width}, output: o}
		r := c.results("NAME", "WHAT")
		r.add(map[string]int{"a": 1}, "x", "one, \"two\"")
		r.add(map[string]int{"a": 2}, "longer", "evil \x1b[31m\nline \u202e")
		if err := r.end(); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, b.String()); d != "" {
			t.Errorf("%s: -want +got\n%s", o, d)
		}
	}
	f("", 0, "NAME    WHAT\nx       one, \"two\"\nlonger  evil \uFFFD[31m line \uFFFD\n")
	f("table", 28, "NAME    WHAT\nx       one, \"two\"\nlonger  evil \uFFFD[31m line \uFFFD\n")
	f("json", 0, "[\n{\"a\":1},\n{\"a\":2}\n]\n")
	f("jsonl", 0, "{\"a\":1}\n{\"a\":2}\n")
	f("csv", 80, "NAME,WHAT\nx,\"one, \"\"two\"\"\"\nlonger,evil \uFFFD[31m line \uFFFD\n")
	f("csv", 0, "NAME,WHAT\nx,\"one, \"\"two\"\"\"\nlonger,\"evil \x1b[31m\nline \u202e\"\n")
}

func TestResultsEmptyAndLong(t *testing.T) {
	var b bytes.Buffer
	c := &cli{Streams: Streams{Out: &b}, output: "json"}
	if err := c.results("A").end(); err != nil || b.String() != "[]\n" {
		t.Errorf("%q, %v", b.String(), err)
	}
	b.Reset()
	c = &cli{Streams: Streams{Out: &b}, out: style{width: 40}}
	r := c.results("A", "B")
	for range sampleRows + 10 {
		r.add(nil, "x", strings.Repeat("é", 100))
	}
	if err := r.end(); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(b.String()), "\n")
	if len(lines) != sampleRows+11 {
		t.Errorf("%d lines", len(lines))
	}
	for _, line := range lines {
		if n := len([]rune(line)); n > 40 {
			t.Fatalf("a line of %d characters on a terminal of 40", n)
		}
	}
}

func TestCellText(t *testing.T) {
	for in, want := range map[string]string{`null`: "", `"a\nb"`: "a\nb", `1.5`: "1.5", `{"a":[1]}`: `{"a":[1]}`, `true`: "true"} {
		if got := cellText(json.RawMessage(in)); got != want {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
}
