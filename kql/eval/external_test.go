package eval_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/glasswatch/glasswatch/kql/eval"
)

func TestExternalData(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	io.WriteString(z, "{\"name\": \"c\", \"n\": 3}\n")
	z.Close()
	files := map[string]string{"https://example.com/a.csv?sig=secret": "name,n\na,1\n", "https://example.com/b.csv": "name,n\nb,2\n", "https://example.com/c.json.gz": packed.String()}
	fetch := func(_ context.Context, uri string) (io.ReadCloser, error) {
		text, ok := files[uri]
		if !ok {
			return nil, errors.New("not found")
		}
		return io.NopCloser(strings.NewReader(text)), nil
	}
	f := func(query string, fetch eval.Fetch, want ...string) {
		t.Helper()
		got, err := run(t, compile(t, signIns(), query), nil, eval.Options{Fetch: fetch})
		if err != nil {
			got = []string{err.Error()}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", query, diff)
		}
	}
	const both = `externaldata(name: string, n: long) ["https://example.com/a.csv?sig=secret", "https://example.com/b.csv"] with (ignoreFirstRecord=true)`
	f(both, fetch, "a 1", "b 2")
	f(`let E = `+both+`; print x = "b" | where x in (E)`, fetch, "b")
	f(`externaldata(n: long, name: string) ["https://example.com/c.json.gz"]`, fetch, "3 c")
	f(both, nil, "externaldata: the configuration does not allow to read https://example.com")
	f(`externaldata(x: string) [h"https://user:pw@example.com/d.csv?sig=secret"]`, fetch, "externaldata: https://example.com: not found")
}
