package decode_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/glasswatch/glasswatch/internal/ingest/decode"
	"github.com/glasswatch/glasswatch/internal/source"
	"github.com/glasswatch/glasswatch/internal/table"
	"github.com/glasswatch/glasswatch/kql/value"
	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "write the golden files anew")

var received = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

var shared = sync.OnceValues(func() (*decode.Decoder, error) {
	c, err := table.NewCatalog()
	if err != nil {
		return nil, err
	}
	return decode.New(c, decode.Options{}), nil
})

func newDecoder(t testing.TB) *decode.Decoder {
	t.Helper()
	d, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// render prints every column of every row that is not empty, a line each, and the refusals.
func render(b *table.Batch, refusals []source.Refusal, err error) string {
	var out strings.Builder
	for i := range b.Rows {
		r := &b.Rows[i]
		fmt.Fprintf(&out, "%s\n", r.Schema.Name)
		for j, col := range r.Schema.Columns {
			if col.Name == table.ItemID {
				continue
			}
			if text := show(b, r, j); text != "" {
				fmt.Fprintf(&out, "  %s = %s\n", col.Name, text)
			}
		}
	}
	for _, r := range refusals {
		fmt.Fprintf(&out, "refused %d: %s\n", r.Index, r.Reason)
	}
	if err != nil {
		fmt.Fprintf(&out, "error: %v\n", err)
	}
	return out.String()
}

// show is a column's value for a reader; "" for null and for the empty string.
func show(b *table.Batch, r *table.Row, column int) string {
	c := r.Cells[column]
	if c == table.Null {
		return ""
	}
	switch r.Schema.Columns[column].Type {
	case value.String:
		if len(b.Text(c)) == 0 {
			return ""
		}
		return fmt.Sprintf("%q", b.Text(c))
	case value.Dynamic:
		return string(b.Text(c))
	case value.DateTime:
		return value.Time(int64(c)).Format(time.RFC3339Nano)
	case value.Bool:
		return fmt.Sprint(c == 1)
	case value.Int:
		return fmt.Sprint(int32(c))
	case value.Real:
		return fmt.Sprint(b.Value(r, column, true).Real())
	}
	return fmt.Sprint(int64(c))
}

// TestGolden compares every column of every sample record. testdata/golden was checked by eye against the mapping.
func TestGolden(t *testing.T) {
	d := newDecoder(t)
	for _, dir := range []string{"synthetic", "panther/signin", "panther/audit", "panther/activity", "otrf"} {
		files, err := filepath.Glob(filepath.Join("testdata", dir, "*.json"))
		if err != nil || len(files) == 0 {
			t.Fatal(dir, err)
		}
		var got txtar.Archive
		for _, name := range files {
			body, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			var b table.Batch
			refusals, err := d.Decode(source.Delivery{Source: "test", Body: body, ReceivedAt: received}, &b)
			got.Files = append(got.Files, txtar.File{Name: filepath.Base(name), Data: []byte(render(&b, refusals, err))})
		}
		golden := filepath.Join("testdata", "golden", strings.ReplaceAll(dir, "/", "-")+".txtar")
		if *update {
			if err := os.WriteFile(golden, txtar.Format(&got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(want, txtar.Format(&got)) {
			t.Errorf("%s (-want +got):\n%s", dir, cmp.Diff(string(want), string(txtar.Format(&got))))
		}
	}
}
