package file

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// bodies cuts text and returns the bodies.
func bodies(text string, max int, csv bool) ([]string, error) {
	c := newCutter(strings.NewReader(text), max, csv)
	var list []string
	for {
		body, err := c.next()
		if errors.Is(err, io.EOF) {
			return list, nil
		}
		if err != nil {
			return list, err
		}
		list = append(list, string(body))
	}
}

// records returns the records of bodies in order, whatever the form: arrays, envelopes and pages opened.
func records(t *testing.T, list []string) []string {
	t.Helper()
	var out []string
	for _, body := range list {
		dec := json.NewDecoder(strings.NewReader(body))
		for {
			var v any
			if err := dec.Decode(&v); err == io.EOF {
				break
			} else if err != nil {
				t.Fatalf("body %q: %v", body, err)
			}
			if m, ok := v.(map[string]any); ok {
				for _, key := range []string{"records", "Records", "value"} {
					if l, ok := m[key].([]any); ok {
						v = l
					}
				}
			}
			l, ok := v.([]any)
			if !ok {
				l = []any{v}
			}
			for _, r := range l {
				text, _ := json.Marshal(r)
				out = append(out, string(text))
			}
		}
	}
	return out
}

// TestCut cuts every form at every size and expects the same records in the same order.
func TestCut(t *testing.T) {
	var want []string
	for i := range 40 {
		want = append(want, fmt.Sprintf(`{"a":%d,"q":"}]\"\\{[,","s":[{"value":[%d]}]}`, i, i))
	}
	indented := strings.NewReplacer("{", "{\n ", "}", "\n}", ",", ",\n ").Replace(`{"a":1,"b":{"c":2}}`)
	f := func(name, text string, want []string, smallest int) {
		t.Helper()
		for max := smallest; max < len(text)+20; max += 1 + max/7 {
			list, err := bodies(text, max, false)
			if err != nil {
				t.Fatalf("%s, %d: %v", name, max, err)
			}
			if d := cmp.Diff(want, records(t, list)); d != "" {
				t.Fatalf("%s, %d: -want +got\n%s", name, max, d)
			}
			if max < len(text)/4 && len(list) < 3 {
				t.Errorf("%s, %d: %d bodies for %d bytes", name, max, len(list), len(text))
			}
		}
	}
	f("NDJSON", strings.Join(want, "\n")+"\n", want, 120)
	f("array", "["+strings.Join(want, ",")+"]", want, 120)
	f("array, spaced", " [\n  "+strings.Join(want, " ,\r\n  ")+"\n]\n", want, 120)
	f("envelope", `{"records":[`+strings.Join(want, ",")+"]}", want, 120)
	f("page", `{"@odata.context":"https://graph/$metadata#auditLogs/signIns","value":[`+strings.Join(want, ",")+`],"@odata.nextLink":"x]}"}`, want, 160)
	f("envelopes", `{"records":[`+strings.Join(want[:20], ",")+"]}\n"+`{"Records":[`+strings.Join(want[20:30], ",")+"]}{\"records\":[]}\n"+strings.Join(want[30:], ""), append(want[:30:30], want[30:]...), 160)
	f("mark", "\xef\xbb\xbf["+strings.Join(want, ",")+"]", want, 120)
	f("indented", indented+"\n"+indented, []string{`{"a":1,"b":{"c":2}}`, `{"a":1,"b":{"c":2}}`}, 60)
	f("empty", " \n", nil, 20)
}

// TestCutKeepsContext checks that every body of a cut page says what it is a page of.
func TestCutKeepsContext(t *testing.T) {
	text := `{"@odata.context":"signIns","value":[` + strings.Repeat(`{"id":"0123456789"},`, 20) + `{"id":"x"}]}`
	list, err := bodies(text, 100, false)
	if err != nil || len(list) < 4 {
		t.Fatalf("%d bodies, %v", len(list), err)
	}
	for _, body := range list {
		if !strings.HasPrefix(body, `{"@odata.context":"signIns","value":[{`) || !json.Valid([]byte(body)) {
			t.Errorf("body %s", body)
		}
	}
}

func TestCutCSV(t *testing.T) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	rows := [][]string{{"Date (UTC)", "Request ID", "User", "Status"}}
	for i := range 50 {
		rows = append(rows, []string{"2026-01-01", fmt.Sprint(i), "a \"quoted\"\nname, with comma", "Success"})
	}
	if err := w.WriteAll(rows); err != nil {
		t.Fatal(err)
	}
	for _, max := range []int{120, 200, 1000, 100_000} {
		list, err := bodies("\xef\xbb\xbf"+b.String(), max, false)
		if err != nil {
			t.Fatal(err)
		}
		got := rows[:1:1]
		for _, body := range list {
			part, err := csv.NewReader(strings.NewReader(body)).ReadAll()
			if err != nil {
				t.Fatalf("%d: %v\n%s", max, err, body)
			}
			if d := cmp.Diff(rows[0], part[0]); d != "" {
				t.Fatalf("header %s", d)
			}
			got = append(got, part[1:]...)
		}
		if d := cmp.Diff(rows, got); d != "" {
			t.Errorf("%d: %s", max, d)
		}
	}
}

func TestCutTooLong(t *testing.T) {
	for _, text := range []string{`{"a":"` + strings.Repeat("x", 300) + `"}`, `[{"a":"` + strings.Repeat("x", 300) + `"}]`, "a,b,c,d\n\"" + strings.Repeat("x", 300)} {
		if list, err := bodies(text, 50, false); err == nil {
			t.Errorf("%.20s: got %d bodies and no error", text, len(list))
		}
	}
}

// FuzzCut checks that cutting ends, and neither loses nor makes records of what is valid JSON.
func FuzzCut(f *testing.F) {
	f.Add(`[{"a":1},{"b":2}]`, 8)
	f.Add(`{"records":[{"a":1}]}`, 8)
	f.Add(`{"a":1}{"b":2}`, 8)
	f.Add("a,b,c,d\n1,2,3,4", 8)
	f.Fuzz(func(t *testing.T, text string, max int) {
		if max < 1 || max > 1000 || len(text) > 10_000 {
			return
		}
		list, err := bodies(text, max, false)
		if err != nil || !json.Valid([]byte(text)) || !strings.HasPrefix(text, "[{") {
			return
		}
		if !utf8Same(text) {
			return
		}
		if d := cmp.Diff(records(t, []string{text}), records(t, list)); d != "" {
			t.Error(d)
		}
	})
}

// utf8Same reports whether decoding and encoding would not change the text's strings.
func utf8Same(text string) bool {
	return !strings.ContainsRune(text, '\uFFFD') && strings.ToValidUTF8(text, "") == text
}
