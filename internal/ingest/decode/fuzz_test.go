package decode_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/glasswatch/glasswatch/internal/fault"
	"github.com/glasswatch/glasswatch/internal/sample"
	"github.com/glasswatch/glasswatch/internal/source"
	"github.com/glasswatch/glasswatch/internal/table"
	"github.com/glasswatch/glasswatch/kql/value"
	"github.com/google/go-cmp/cmp"
)

// validStream reports whether body is a sequence of JSON values for encoding/json, and how many elements they hold when
// arrays and wrappers are opened; exact is false when the body has things that are refused for other reasons than grammar.
func validStream(body []byte) bool {
	d := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))))
	for {
		var v any
		if err := d.Decode(&v); err != nil {
			return errors.Is(err, io.EOF)
		}
	}
}

func grammatical(reason string) bool {
	return strings.HasPrefix(reason, "offset ") && strings.Contains(reason, ", got ") && !strings.Contains(reason, "want a record, got") && !strings.Contains(reason, "deeper nesting")
}

// leftovers sets what a decoder knows of the record at hand, and is refused at last, for a category without a table.
var leftovers = source.Delivery{Source: "leftovers", ReceivedAt: received, Body: []byte(`{"records":[
	{"time":"2026-11-22T10:00:00Z","resourceId":"/tenants/t","category":"AuditLogs","operationName":"Update user","properties":{"x":1}},
	{"time":"2026-11-22T10:00:00Z","resourceId":"/tenants/t","category":"NoSuchCategory","operationName":"x","properties":{"x":1}}]}`)}

// checkBody holds for every body there is.
func checkBody(t *testing.T, del source.Delivery) {
	t.Helper()
	d := newDecoder(t)
	original := bytes.Clone(del.Body)
	var b table.Batch
	refusals, err := d.Decode(del, &b)
	dead := 0
	for i := range b.Rows {
		r := &b.Rows[i]
		if r.Schema.Name == table.DeadLetter {
			dead++
		}
		b.Text(r.Raw)
		for j, col := range r.Schema.Columns {
			if r.Cells[j] == table.Null || col.Type != value.String && col.Type != value.Dynamic {
				continue
			}
			text := b.Text(r.Cells[j]) // panics when out of bounds
			if col.Type == value.Dynamic && !json.Valid(text) {
				t.Fatalf("%s.%s is not JSON: %q", r.Schema.Name, col.Name, text)
			}
			if !utf8.Valid(text) {
				t.Fatalf("%s.%s is not UTF-8: %q", r.Schema.Name, col.Name, text)
			}
		}
		if out := b.AppendJSON(nil, r); !json.Valid(out) {
			t.Fatalf("row %d as JSON: %q", i, out)
		}
	}
	if dead != len(refusals) {
		t.Fatalf("%d rows of DeadLetter, %d refusals", dead, len(refusals))
	}
	if err != nil && (len(b.Rows) != 1 || dead != 1 || fault.CodeOf(err) == fault.Internal) {
		t.Fatalf("%v, %d rows", err, len(b.Rows))
	}
	if !bytes.Equal(original, del.Body) {
		t.Fatal("the body was changed")
	}
	again := table.Batch{}
	if _, err := d.Decode(leftovers, &table.Batch{}); err != nil { // what a record leaves behind must not show in the next one
		t.Fatal(err)
	}
	if _, err2 := d.Decode(del, &again); (err == nil) != (err2 == nil) {
		t.Fatalf("the same delivery gave another error: %v, %v", err, err2)
	} else if diff := cmp.Diff(columns(&b), columns(&again)); diff != "" {
		t.Fatalf("the same delivery gave other rows:\n%s", diff)
	}
	if del.CSV || del.Table != "" || del.Encoding != source.Identity {
		return
	}
	if valid := validStream(del.Body); valid && err == nil {
		for _, r := range refusals {
			if grammatical(r.Reason) {
				t.Fatalf("valid JSON was refused: %s", r.Reason)
			}
		}
	} else if !valid && len(refusals) == 0 {
		t.Fatal("broken JSON was taken without a refusal")
	}
}

func FuzzDecode(f *testing.F) {
	for _, dir := range []string{"synthetic", "panther/audit", "otrf"} {
		files, _ := filepath.Glob("testdata/" + dir + "/*.json")
		for _, name := range files {
			if body, err := os.ReadFile(name); err == nil {
				f.Add(body, uint8(0))
			}
		}
	}
	f.Add([]byte(`{"records":[{"category":"SignInLogs","time":"x","properties":{"a":1}},{"b"}]}`), uint8(0))
	f.Add([]byte(`[{"TimeGenerated":1,"Status":"{\"a\":1}"},{},5]`), uint8(1))
	f.Add([]byte("Date (UTC),Request ID,Location,\"a\"\"b\"\n1,2,\"x, y\",3\n\"open"), uint8(2))
	f.Add([]byte("\x1f\x8b\x08\x00"), uint8(3))
	f.Add([]byte(`{"tables":[{"columns":[{"name":"Type"}],"rows":[["AuditLogs"],[1,2],[]]}]}`), uint8(0))
	f.Add([]byte("{\"tables\":[{\"columns\":[{\"name\":\"Type\"},{\"name\":\"\xff\"}],\"rows\":[[\"AuditLogs\",\"\xfe\"]]},{\"columns\":[{\"name\":\"Type\"}],\"rows\":[[\"AuditLogs\"],[\"\xfe\"]]}]}"), uint8(0))
	f.Fuzz(func(t *testing.T, body []byte, how uint8) {
		del := source.Delivery{Source: "fuzz", Body: body, ReceivedAt: received}
		switch how % 5 {
		case 1:
			del.Table = "SigninLogs"
		case 2:
			del.CSV = true
		case 3:
			del.Encoding = source.Gzip
		case 4:
			del.Encoding = source.Zstd
		}
		checkBody(t, del)
	})
}

// TestMutated breaks an envelope in every place: the rest must come through, or be accounted for.
func TestMutated(t *testing.T) {
	body := sample.New(5, sample.Options{Users: 50, Mix: map[sample.Kind]int{sample.Audit: 1, sample.GraphActivity: 1}}).Envelope(4)
	for i := 0; i < len(body); i += 53 {
		for _, c := range []byte("\"{}],x\\\n") {
			broken := bytes.Clone(body)
			broken[i] = c
			del := source.Delivery{Source: "test", Body: broken, ReceivedAt: received}
			checkBody(t, del)
		}
	}
}

// TestGoodAmongBad: a break of any kind inside one record never costs another one, where brackets or keys show the end.
func TestGoodAmongBad(t *testing.T) {
	g := sample.New(6, sample.Options{Users: 50, Mix: map[sample.Kind]int{sample.Audit: 1}})
	a, bad, c := g.AppendRecord(nil), g.AppendRecord(nil), g.AppendRecord(nil)
	lost := 0
	for i := 1; i < len(bad)-1; i++ {
		broken := bytes.Clone(bad)
		broken[i] = '\x01'
		body := bytes.Join([][]byte{[]byte(`{"records":[`), a, []byte(`,`), broken, []byte(`,`), c, []byte(`]}`)}, nil)
		_, b, _ := rows(t, source.Delivery{Body: body})
		taken := 0
		for j := range b.Rows {
			if b.Rows[j].Schema.Name == "AuditLogs" {
				taken++
			}
		}
		if taken < 2 {
			lost++
			t.Logf("break at %d: %s", i, bad[max(0, i-20):i+20])
		}
	}
	if lost > 0 {
		t.Errorf("%d of %d breaks cost a good record", lost, len(bad)-2)
	}
}
