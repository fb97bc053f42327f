package decode

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"
)

// seeds are documents on both sides of the grammar.
var seeds = []string{
	`null`, `true`, `tru`, `nulls`, `0`, `-0`, `01`, `-`, `1.`, `.5`, `1.5e`, `1e+`, `1E-7`, `-12.50e+10`, `""`, `"`, `"\"`, `"\\"`, `"\u12"`, `"\u12g4"`,
	`"\ud83d\ude00"`, `"\ud800"`, `"\udc00\ud800"`, `"\ud800\u0041"`, `"\/\b\f\n\r\t"`, "\"\x1f\"", "\"\x7f\"", "\"\xff\"", `{}`, `{ }`, `{"a":1}`, `{"a":1,}`, `{,}`, `{"a"}`,
	`{"a":}`, `{1:2}`, `{"a":1 "b":2}`, `[]`, `[ ]`, `[1,]`, `[,1]`, `[1 2]`, `[[],{},[{}]]`, `[}`, `{]`, `[{"a":[1,{"b":null}]},"x" , -3 ]`, " \t\r\n[1]\n ", "\v[1]", `[1]x`,
	`{"a":"` + strings.Repeat("x", 63) + `"}`, `{"a":"` + strings.Repeat("y", 64) + `","b":"` + strings.Repeat(`\n`, 70) + `"}`, "", " ", `{"a":"\u0000"}`, "[\"\xe2\x80\xa8\"]",
}

// check compares the scanner with encoding/json on one document.
func check(t *testing.T, text []byte) {
	t.Helper()
	var s scanner
	ascii := s.index(text)
	if wantASCII := !bytes.ContainsFunc(text, func(r rune) bool { return r >= utf8.RuneSelf }); ascii != wantASCII {
		t.Errorf("%q: ASCII is %v, want %v", text, ascii, wantASCII)
	}
	end := s.value(s.space(0))
	if end < 0 && s.want == "no deeper nesting" {
		return
	}
	got := end >= 0 && s.space(end) == len(text)
	if want := json.Valid(text); got != want {
		t.Fatalf("%q: accepted %v, want %v (at %d, want %s)", text, got, want, s.bad, s.want)
	}
	if !got || !utf8.Valid(text) {
		return
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, text); err != nil {
		t.Fatal(err)
	}
	if small := appendMinified(nil, text); !bytes.Equal(small, compact.Bytes()) {
		t.Errorf("%q: minified %q, want %q", text, small, compact.Bytes())
	}
	trimmed := bytes.TrimSpace(text)
	if trimmed[0] == '"' {
		var want string
		if err := json.Unmarshal(trimmed, &want); err != nil {
			t.Fatal(err)
		}
		if text := appendUnescaped(nil, trimmed[1:len(trimmed)-1]); string(text) != want {
			t.Errorf("%q: unescaped %q, want %q", trimmed, text, want)
		}
	}
	if trimmed[0] == '{' {
		checkMembers(t, trimmed)
	}
}

// checkMembers compares the members of an object with what encoding/json makes of it.
func checkMembers(t *testing.T, text []byte) {
	var want map[string]json.RawMessage
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	s := scanner{shape: newShape(newKeys(nil))}
	for range 2 { // the second time with expected keys
		s.index(text)
		end, list := s.members(0, nil, nil)
		if end != len(text) {
			t.Fatalf("%q: members end at %d: %s", text, end, s.want)
		}
		got := map[string]string{}
		for i := range list {
			m := &list[i]
			raw := m.val
			if m.kind == kindString {
				raw = quoted(raw)
			}
			got[string(appendUnescaped(nil, s.text(m.key)))] = string(s.text(raw))
		}
		if len(got) != len(want) {
			t.Fatalf("%q: members %q, want %q", text, got, want)
		}
		for key, value := range want {
			if got[key] != string(value) {
				t.Errorf("%q: member %q is %q, want %q", text, key, got[key], value)
			}
		}
	}
}

func TestGrammar(t *testing.T) {
	for _, text := range seeds {
		check(t, []byte(text))
		check(t, []byte("["+text+"]"))
		check(t, []byte(`{"k":`+text+`,"`+strings.Repeat("k", len(text)%40)+`":[`+text+`]}`))
	}
}

// TestGrammarMutated changes valid documents by a byte, everywhere.
func TestGrammarMutated(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	base := []byte(`{"a":[1,-2.5e3,true,null,{"b\n":"\u00e9 é"}],"cc":{"d":[],"e":{}},"long key that goes on":"` + strings.Repeat("z", 70) + `"}`)
	const alphabet = "{}[]:,\"\\ \n01-.eEtfnu/x\x00\x1f\x80"
	for i := range base {
		for range 20 {
			text := bytes.Clone(base)
			text[i] = alphabet[r.IntN(len(alphabet))]
			check(t, text)
			check(t, append(text[:i:i], base[i+1:]...)) // without the byte
		}
	}
}

func FuzzGrammar(f *testing.F) {
	for _, text := range seeds {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) { check(t, text) })
}

func TestStops(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for n := range 300 {
		text := make([]byte, n)
		for i := range text {
			text[i] = byte(r.Uint32())
			if r.IntN(3) > 0 {
				text[i] = 'a' + text[i]%26
			}
		}
		var s scanner
		s.index(text)
		next := n
		for i := n; i >= 0; i-- {
			if i < n && (text[i] < ' ' || text[i] == '"' || text[i] == '\\') {
				next = i
			}
			if got := s.stop(i); got != next {
				t.Fatalf("%q: the stop from %d is %d, want %d", text, i, got, next)
			}
		}
		blocks := n / 64
		if blocks == 0 {
			continue
		}
		fast, plain := make([]uint64, blocks), make([]uint64, blocks)
		high, plainHigh := stops64(&text[0], blocks, &fast[0]), stops64Go(&text[0], blocks, &plain[0])
		if (high == 0) != (plainHigh == 0) {
			t.Fatalf("%q: high %x and %x", text, high, plainHigh)
		}
		for i := range fast {
			if fast[i] != plain[i] {
				t.Fatalf("%q: block %d: %x and %x", text, i, fast[i], plain[i])
			}
		}
	}
}

// TestHashKept: keys and hashes are on disk, so what a text hashes to never changes.
func TestHashKept(t *testing.T) {
	f := func(n int, want uint64) {
		t.Helper()
		if got := hash([]byte(strings.Repeat("glasswatch", 100)[:n]), 42); got != want {
			t.Errorf("%d bytes: %#x, want %#x", n, got, want)
		}
	}
	f(3, 0x72d5f91949035b10)
	f(7, 0x6ca4c2b292768962)
	f(12, 0xb6e2299bb2a86641)
	f(36, 0x55269b220f0c9055)
	f(100, 0x1dfe7e289bf67c72)
	f(600, 0x790ceb6f0cf85e11)
	seen := map[uint64]int{}
	for n := range 700 {
		h := hash([]byte(strings.Repeat("x", n)), 7)
		if other, ok := seen[h]; ok {
			t.Errorf("%d and %d bytes hash alike", n, other)
		}
		seen[h] = n
	}
}

func TestShapeIsBounded(t *testing.T) {
	s := scanner{shape: newShape(newKeys([]field{{name: "userId"}}))}
	for i := range 3 * maxKnown {
		text := []byte(`{"key` + itoa(i) + `":1,"USERID":2,"userId":3}`)
		s.index(text)
		end, list := s.members(0, nil, nil)
		if end != len(text) || list[0].id != 0 || list[1].id != 1 || list[2].id != 1 {
			t.Fatalf("round %d: %v", i, list)
		}
	}
	if len(s.shape.known) != maxKnown {
		t.Errorf("%d known keys, want %d", len(s.shape.known), maxKnown)
	}
}
