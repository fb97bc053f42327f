package decode

import (
	"bytes"
	"errors"
	"io"
	"unicode/utf8"

	"github.com/glasswatch/glasswatch/internal/fault"
	"github.com/glasswatch/glasswatch/internal/source"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// inflate sets the batch's Body, decompressed and without a byte order mark.
func (w *work) inflate() error {
	b, limit := w.b, w.d.options.MaxBody
	switch w.del.Encoding {
	case source.Identity:
		if len(w.del.Body) > limit {
			return tooLarge(limit)
		}
		b.Body = w.del.Body
	case source.Gzip:
		r, err := gzip.NewReader(bytes.NewReader(w.del.Body))
		if err != nil {
			return undecodable("gzip", err)
		}
		if err := w.readAll(r, "gzip"); err != nil {
			return err
		}
	case source.Zstd:
		r, err := zstd.NewReader(bytes.NewReader(w.del.Body), zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(uint64(limit)+1<<20),
			zstd.WithDecoderMaxWindow(max(uint64(limit), zstd.MinWindowSize)))
		if err != nil {
			return undecodable("zstd", err)
		}
		defer r.Close()
		if err := w.readAll(r, "zstd"); err != nil {
			return err
		}
	default:
		return fault.New(fault.Invalid, "encoding %d is unknown", w.del.Encoding)
	}
	b.Body = bytes.TrimPrefix(b.Body, []byte("\xef\xbb\xbf"))
	w.s.base = 0
	w.dirty = !w.s.index(b.Body) && !utf8.Valid(b.Body)
	return nil
}

// readAll reads into the batch's own buffer, up to one byte more than the limit.
func (w *work) readAll(r io.Reader, name string) error {
	limit := w.d.options.MaxBody
	buf := w.b.Buffer[:0]
	if cap(buf) == 0 {
		buf = make([]byte, 0, min(8*len(w.del.Body)+512, limit+1))
	}
	for {
		if len(buf) == cap(buf) {
			buf = append(buf, 0)[:len(buf)]
		}
		n, err := r.Read(buf[len(buf):min(cap(buf), limit+1)])
		buf = buf[:len(buf)+n]
		if len(buf) > limit {
			w.b.Buffer = buf[:0]
			return tooLarge(limit)
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			w.b.Buffer = buf[:0]
			if errors.Is(err, zstd.ErrDecoderSizeExceeded) || errors.Is(err, zstd.ErrWindowSizeExceeded) {
				return tooLarge(limit)
			}
			return undecodable(name, err)
		}
	}
	w.b.Buffer, w.b.Body = buf, buf
	return nil
}

func tooLarge(limit int) error {
	return fault.New(fault.TooLarge, "the decompressed body exceeds %d bytes", limit).WithNext("send smaller bodies")
}

func undecodable(name string, err error) error {
	return fault.New(fault.Invalid, "%s body: %w", name, err).WithNext("check that Content-Encoding says how the body is compressed")
}
