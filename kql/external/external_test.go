package external_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/glasswatch/glasswatch/kql/external"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

func read(text string, n *plan.External, limit int64) ([]string, error) {
	r, err := external.NewReader(strings.NewReader(text), n, limit)
	if err != nil {
		return nil, err
	}
	var out []string
	for {
		row, err := r.Next()
		if err != nil {
			return out, err
		}
		cells := make([]string, len(row))
		for i, v := range row {
			text, null := v.Canonical()
			if cells[i] = text; null {
				cells[i] = "null"
			}
		}
		out = append(out, strings.Join(cells, "|"))
	}
}

func TestFormats(t *testing.T) {
	cols := []plan.Column{{Name: "s", Type: value.String}, {Name: "n", Type: value.Long}, {Name: "d", Type: value.Dynamic}, {Name: "t", Type: value.DateTime}}
	f := func(format string, ignoreFirst bool, text string, want ...string) {
		t.Helper()
		got, err := read(text, &plan.External{Cols: cols, Format: format, IgnoreFirst: ignoreFirst}, 1<<20)
		if err != io.EOF {
			t.Errorf("%s: %v", format, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", format, diff)
		}
	}
	f("csv", false, "a,1,\"{\"\"x\"\": [1]}\",2026-01-02\n\"b, c\",x,text\n", `a|1|{"x":[1]}|2026-01-02T00:00:00.0000000Z`, `b, c|null|"text"|null`)
	f("csv", true, "s,n\r\na,1\r\n,,,,more\r\n", "a|1|null|null", "|null|null|null")
	f("csv", true, "")
	f("tsv", false, "a b\t5\n", "a b|5|null|null")
	f("psv", false, "a|5\n", "a|5|null|null")
	f("scsv", false, "a;5\n", "a|5|null|null")
	f("sohsv", false, "a\x015\n", "a|5|null|null")
	f("json", false, "{\"s\": \"a\", \"n\": 1, \"d\": {\"x\": 1}, \"t\": \"2026-01-02\"}\n{\"n\": \"2\", \"other\": 1}\n", `a|1|{"x":1}|2026-01-02T00:00:00.0000000Z`, "|2|null|null")
	f("multijson", false, "[\n{\"n\": 1},\n{\"n\": 2}]", "|1|null|null", "|2|null|null")
	f("txt", true, "first\na, b\n\n", "a, b|null|null|null", "|null|null|null")
	f("raw", false, "a\nb", "a\nb|null|null|null")
}

func TestRefused(t *testing.T) {
	cols := []plan.Column{{Name: "s", Type: value.String}}
	if _, err := read(strings.Repeat("x", 100), &plan.External{Cols: cols, Format: "raw"}, 99); !errors.Is(err, external.ErrTooLarge) {
		t.Errorf("a file beyond the limit: %v", err)
	}
	if _, err := read(strings.Repeat("x", 100), &plan.External{Cols: cols, Format: "raw"}, 100); err != io.EOF {
		t.Errorf("a file at the limit: %v", err)
	}
	if _, err := read("", &plan.External{Cols: cols, Format: "parquet"}, 100); err == nil || err == io.EOF {
		t.Errorf("an unknown format: %v", err)
	}
	if _, err := read("[1]", &plan.External{Cols: cols, Format: "json"}, 100); err == nil || err == io.EOF {
		t.Errorf("a number as a record: %v", err)
	}
	if _, err := read("{", &plan.External{Cols: cols, Format: "json"}, 100); err == nil || err == io.EOF {
		t.Errorf("half a record: %v", err)
	}
}
