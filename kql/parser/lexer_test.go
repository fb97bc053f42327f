package parser

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/glasswatch/glasswatch/kql/token"
)

func TestLexText(t *testing.T) {
	f := func(src string, want ...string) {
		t.Helper()
		l := lex(src, nil)
		var got []string
		for _, tok := range l.tokens {
			if tok.Kind == token.EOF {
				break
			}
			text := tok.Text
			if tok.Kind == token.String {
				text = fmt.Sprintf("%q", text)
			}
			if tok.Kind == token.Typed {
				text += "<" + tok.Inner + ">"
			}
			got = append(got, text)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", src, diff)
		}
		if errs := l.diags.Errors(); len(errs) > 0 {
			t.Errorf("%q: %v", src, errs)
		}
	}
	// strings
	f(`"a\"b\\c\n\t" 'it''s'`, `"a\"b\\c\n\t"`, `"it"`, `"s"`)
	f(`@"a\b""c" @'d\''' h"x" H'y' h@"z\"`, `"a\\b\"c"`, `"d\\'"`, `"x"`, `"y"`, `"z\\"`)
	f("```a\n\"b\"``` ~~~c``d~~~ h```e```", `"a\n\"b\""`, "\"c``d\"", `"e"`)
	f(`"\u00e9\x41\U0001F600\101"`, `"éA😀A"`)
	f(`“a” ‘b’ „c“ "he said “hi”"`, `"a"`, `"b"`, `"c"`, `"he said “hi”"`)
	f(`"a” == x`, `"a"`, "==", "x")
	f(`@“a\b”`, `"a\\b"`)
	// numbers
	f("1 0x1F 1.5 1. 1e3 1.5e-3 1..3", "1", "0x1F", "1.5", "1.", "1e3", "1.5e-3", "1", "..", "3")
	f("1d 1.5h 90min 10ms 2days 3ticks 100nanoseconds", "1d", "1.5h", "90min", "10ms", "2days", "3ticks", "100nanoseconds")
	f("3abc 1_000 a.5", "3abc", "1_000", "a", ".", "5")
	// typed literals
	f(`datetime(2024-01-01 10:00) long( 5 ) time (1d) guid(null) datetimes(1)`, "datetime<2024-01-01 10:00>", "long< 5 >", "time<1d>", "guid<null>", "datetimes", "(", "1", ")")
	// names and word operators
	f("Straße $left _x x1 ['a b']", "Straße", "$left", "_x", "x1", "[", `"a b"`, "]")
	f("a !in~ (b) and c !has d or e in~ (f)", "a", "!in~", "(", "b", ")", "and", "c", "!has", "d", "or", "e", "in~", "(", "f", ")")
	f("a=~b a!~b a<>b a!=b a=>b a<=b", "a", "=~", "b", "a", "!~", "b", "a", "<>", "b", "a", "!=", "b", "a", "=>", "b", "a", "<=", "b")
	// characters that stand for others
	f("a\u00a0b\u200bc\ufeff d\u2009e", "a", "bc", "d", "e")
	f("project–away a — b − c", "project", "-", "away", "a", "-", "b", "-", "c")
	f("\ufeffa // comment “x”\r\nb", "a", "b")
	f("a // comment\rb // comment\r\rc //", "a", "b", "c")
	f("1d\u200b 1.5\u200bh 3a\u200bb", "1d", "1.5h", "3ab")
}

func TestLexNotes(t *testing.T) {
	f := func(src string, want ...string) {
		t.Helper()
		var got []string
		for _, d := range lex(src, nil).diags.Locate(src) {
			got = append(got, fmt.Sprintf("%d:%d %s %s", d.Line, d.Column, d.Severity, d.Message))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", src, diff)
		}
	}
	f("a “b” “c”", `1:3 note curly quotes were read as "`)
	f("a\u00a0b\u00a0c", "1:2 note a special space (U+00A0) was read as a space")
	f("a\u200bb – 1", "1:2 note a zero-width character (U+200B) was left out", "1:5 note – (U+2013) was read as a minus")
	f("“a\u00a0–\u200b”", `1:1 note curly quotes were read as "`) // what is inside a string stays
	f(`x == "abc`, `1:6 error this string has no closing "`)
	f("x # y", "1:3 error unexpected character '#'")
	f("a && b", "1:3 error && is not an operator of this language")
	f(`"a\q"`, `1:3 error \q is not an escape of a string`)
	f("a \xff\xfe b", "1:3 error invalid byte 0xFF")
}

func TestLexIsLinear(t *testing.T) {
	for _, piece := range []string{"\"", "“", "@\"", "```", "//", "long(", "!", "\xff", "\\", "'a”"} {
		src := strings.Repeat(piece, 20000)
		if l := lex(src, nil); l.tokens[len(l.tokens)-1].Kind != token.EOF {
			t.Errorf("%q: no end", piece)
		}
	}
}
