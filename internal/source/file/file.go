// Package file is the source that reads records from files: exports of the portal, PT1H.json blobs, NDJSON, envelopes,
// Graph pages, plain or compressed. It cuts large files into bodies at record borders and hands them to the Sink, so a
// file of any size needs little memory. Reading the same file again is harmless: the Sink knows the records.
package file

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/glasswatch/glasswatch/internal/fault"
	"github.com/glasswatch/glasswatch/internal/source"
)

// Options say what to read.
type Options struct {
	Paths    []string  // files, folders, "-" for Stdin
	Stdin    io.Reader // may be nil without "-"
	Table    string    // table of the records, where neither they nor the file's name say it
	Body     int       // bytes of a body; 0: 4 MiB
	Compress bool      // bodies go out as zstd: worth it when the sink is not on this machine
	Progress func(Progress)
}

// Progress is how far the work is; given after every body.
type Progress struct {
	File        string
	Done, Total int64 // bytes of the files as they are on disk; Total 0: not known
}

// Failure is a file, or the rest of one, that could not be taken.
type Failure struct {
	File string
	Err  error
}

// Summary is what became of everything.
type Summary struct {
	Files    int
	Skipped  []string // files in folders whose names are of no known kind
	Receipt  source.Receipt
	Places   []string // for each of Receipt.Refusals, the file it stood in
	Failures []Failure
}

// Source reads files once. It is a source.Source.
type Source struct {
	Options
	files []entry
	total int64

	Summary Summary // complete when Run has returned
	done    int64
}

type entry struct {
	path string
	size int64
}

// New finds the files. A path that does not exist is an error.
func New(o Options) (*Source, error) {
	if o.Body == 0 {
		o.Body = 4 << 20
	}
	s := &Source{Options: o}
	for _, path := range o.Paths {
		if path == "-" {
			s.files = append(s.files, entry{path: path})
			continue
		}
		if err := s.find(path); err != nil {
			return nil, err
		}
	}
	for _, f := range s.files {
		s.total += f.size
	}
	return s, nil
}

// find adds a file, or the files below a folder in the order of their names, which for blobs is that of time.
func (s *Source) find(path string) error {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return fault.New(fault.NotFound, "there is no file or folder %s", path)
	}
	if err != nil {
		return fault.New(fault.Unavailable, "%w", err)
	}
	if !info.IsDir() {
		s.files = append(s.files, entry{path, info.Size()})
		return nil
	}
	return filepath.WalkDir(path, func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return fault.New(fault.Unavailable, "%w", err)
		case d.IsDir() && file != path && strings.HasPrefix(d.Name(), "."):
			return filepath.SkipDir
		case !d.Type().IsRegular():
			return nil
		case !known(file):
			s.Summary.Skipped = append(s.Summary.Skipped, file)
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return fault.New(fault.Unavailable, "%w", err)
		}
		s.files = append(s.files, entry{file, info.Size()})
		return nil
	})
}

// plainName returns the lower-case name without the ending of its compression.
func plainName(file string) string {
	name := strings.ToLower(filepath.Base(file))
	for _, ending := range []string{".gz", ".zst", ".zstd"} {
		name = strings.TrimSuffix(name, ending)
	}
	return name
}

func known(file string) bool {
	return slices.Contains([]string{".json", ".jsonl", ".ndjson", ".csv", ".log"}, filepath.Ext(plainName(file)))
}

// Run reads all files. A file that cannot be taken is a Failure and the others go on; an error ends the work: the sink
// is not reachable, or refuses us.
func (s *Source) Run(ctx context.Context, sink source.Sink) error {
	for _, f := range s.files {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		before := s.done
		err := s.file(ctx, f, sink)
		if s.done = before + f.size; f.path == "-" {
			s.done = before
		}
		var stop *stopError
		if errors.As(err, &stop) {
			return fmt.Errorf("%s: %w", f.path, stop.error)
		}
		if err != nil {
			s.Summary.Failures = append(s.Summary.Failures, Failure{f.path, err})
		} else {
			s.Summary.Files++
		}
		s.tell(f.path)
	}
	return nil
}

// stopError ends the whole work: the next file would meet the same.
type stopError struct{ error }

func (e *stopError) Unwrap() error { return e.error }

func (s *Source) tell(file string) {
	if s.Progress != nil {
		s.Progress(Progress{File: file, Done: s.done, Total: s.total})
	}
}

func (s *Source) file(ctx context.Context, f entry, sink source.Sink) error {
	in := s.Stdin
	if f.path != "-" {
		opened, err := os.Open(f.path)
		if err != nil {
			return fault.New(fault.Unavailable, "%w", err)
		}
		defer func() { _ = opened.Close() }()
		in = opened
	}
	read := &counter{Reader: in, n: &s.done}
	plain, closeReader, err := decompress(read)
	if err != nil {
		return fault.New(fault.Invalid, "%w", err)
	}
	defer closeReader()
	c := newCutter(plain, s.Body, strings.HasSuffix(plainName(f.path), ".csv"))
	for {
		body, err := c.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := s.put(ctx, f, sink, body, c.csv); err != nil {
			return err
		}
		s.tell(f.path)
	}
}

func (s *Source) put(ctx context.Context, f entry, sink source.Sink, body []byte, csv bool) error {
	d := source.Delivery{Source: "import", Body: body, CSV: csv, Table: s.Table, ReceivedAt: time.Now().UTC()}
	if d.Table == "" {
		d.Table = tableOf(f.path)
	}
	if s.Compress {
		d.Body, d.Encoding = compress(body), source.Zstd
	}
	receipt, err := sink.Put(ctx, d)
	if err != nil {
		if code := fault.CodeOf(err); code == fault.Invalid || code == fault.TooLarge {
			return err // this body's fault; the next file may be good
		}
		return &stopError{err}
	}
	sum := &s.Summary.Receipt
	sum.Taken += receipt.Taken
	sum.Repeated += receipt.Repeated
	sum.Refused += receipt.Refused
	for _, r := range receipt.Refusals {
		if len(sum.Refusals) < 20 {
			sum.Refusals = append(sum.Refusals, r)
			s.Summary.Places = append(s.Summary.Places, f.path)
		}
	}
	return nil
}

// tableOf returns the table of the portal's exports, whose names say it and whose records do not always.
func tableOf(file string) string {
	name := plainName(file)
	for _, export := range []struct{ prefix, table string }{
		{"interactivesignins", "SigninLogs"},
		{"noninteractivesignins", "AADNonInteractiveUserSignInLogs"},
		{"applicationsignins", "AADServicePrincipalSignInLogs"},
		{"msisignins", "AADManagedIdentitySignInLogs"},
		{"auditlogs", "AuditLogs"},
	} {
		if strings.HasPrefix(name, export.prefix) {
			return export.table
		}
	}
	return ""
}

// counter counts what is read.
type counter struct {
	io.Reader
	n *int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	*c.n += int64(n)
	return n, err
}

// decompress recognises gzip and zstd by their first bytes.
func decompress(r io.Reader) (io.Reader, func(), error) {
	var first [4]byte
	n, err := io.ReadFull(r, first[:])
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return nil, nil, err
	}
	whole := io.MultiReader(strings.NewReader(string(first[:n])), r)
	switch {
	case n >= 2 && first[0] == 0x1f && first[1] == 0x8b:
		z, err := gzip.NewReader(whole)
		if err != nil {
			return nil, nil, fmt.Errorf("decompress: %w", err)
		}
		return z, func() { _ = z.Close() }, nil
	case n == 4 && string(first[:]) == "\x28\xb5\x2f\xfd":
		z, err := zstd.NewReader(whole, zstd.WithDecoderMaxMemory(256<<20))
		if err != nil {
			return nil, nil, fmt.Errorf("decompress: %w", err)
		}
		return z, z.Close, nil
	}
	return whole, func() {}, nil
}

func compress(body []byte) []byte {
	w, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
	if err != nil {
		panic("file: BUG: zstd options: " + err.Error())
	}
	defer func() { _ = w.Close() }()
	return w.EncodeAll(body, nil)
}

var _ source.Source = (*Source)(nil)
