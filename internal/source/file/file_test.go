package file

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"

	"github.com/glasswatch/glasswatch/internal/fault"
	"github.com/glasswatch/glasswatch/internal/source"
)

// sink keeps deliveries, and refuses bodies as told.
type sink struct {
	got  []source.Delivery
	fail func(source.Delivery) error
}

func (s *sink) Put(_ context.Context, d source.Delivery) (source.Receipt, error) {
	if s.fail != nil {
		if err := s.fail(d); err != nil {
			return source.Receipt{}, err
		}
	}
	d.Body = bytes.Clone(d.Body)
	s.got = append(s.got, d)
	return source.Receipt{Taken: bytes.Count(d.Body, []byte("{")), Refused: 1, Refusals: []source.Refusal{{Reason: "r"}}}, nil
}

func TestRun(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, data []byte) {
		t.Helper()
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	record := []byte(`{"category":"SignInLogs"}`)
	var gz bytes.Buffer
	z := gzip.NewWriter(&gz)
	_, _ = z.Write(record)
	_ = z.Close()
	enc, _ := zstd.NewWriter(nil)
	write("y=2026/m=01/d=01/h=00/m=00/PT1H.json", record)
	write("b.json.gz", gz.Bytes())
	write("c.ndjson.zst", enc.EncodeAll(record, nil))
	write("InteractiveSignIns_2026.csv", []byte("Date (UTC),a,b,c\n1,2,3,4\n"))
	write("readme.txt", []byte("no records"))
	write("z-cut.json.gz", gz.Bytes()[:20])
	write(".git/x.json", record)

	var told []Progress
	s, err := New(Options{Paths: []string{dir, "-"}, Stdin: bytes.NewReader(record), Progress: func(p Progress) { told = append(told, p) }})
	if err != nil {
		t.Fatal(err)
	}
	k := &sink{}
	if err := s.Run(t.Context(), k); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range k.got {
		got = append(got, d.Source+"|"+d.Table+"|"+string(d.Body[:4]))
	}
	want := []string{"import|SigninLogs|Date", `import||{"ca`, `import||{"ca`, `import||{"ca`, `import||{"ca`}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if s.Summary.Files != 5 || len(s.Summary.Failures) != 1 || len(s.Summary.Skipped) != 1 || s.Summary.Receipt.Taken != 4 || s.Summary.Receipt.Refused != 5 {
		t.Errorf("summary %+v", s.Summary)
	}
	if !strings.HasSuffix(s.Summary.Failures[0].File, "z-cut.json.gz") || fault.CodeOf(s.Summary.Failures[0].Err) != fault.Invalid {
		t.Errorf("failure %+v", s.Summary.Failures[0])
	}
	if last := told[len(told)-1]; last.Done != last.Total {
		t.Errorf("progress ends at %+v", last)
	}
}

func TestRunStopsWhenSinkIsGone(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a.json", "b.json", "c.json"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(`{"n":"`+name+`"}`), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f := func(code fault.Code, wantErr bool, failures int) {
		t.Helper()
		s, err := New(Options{Paths: []string{dir}, Compress: true})
		if err != nil {
			t.Fatal(err)
		}
		calls := 0
		err = s.Run(t.Context(), &sink{fail: func(d source.Delivery) error {
			calls++
			if d.Encoding != source.Zstd {
				t.Error("body is not compressed")
			}
			return fault.New(code, "no")
		}})
		if (err != nil) != wantErr || len(s.Summary.Failures) != failures {
			t.Errorf("%s: error %v, %d failures after %d calls", code, err, len(s.Summary.Failures), calls)
		}
		if err != nil && fault.CodeOf(err) != code {
			t.Errorf("code %s, want %s", fault.CodeOf(err), code)
		}
	}
	f(fault.Invalid, false, 3)
	f(fault.Denied, true, 0)
	f(fault.Unavailable, true, 0)
	if _, err := New(Options{Paths: []string{filepath.Join(dir, "none")}}); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("missing path: %v", err)
	}
	s, _ := New(Options{Paths: []string{dir}})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Run(ctx, &sink{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
