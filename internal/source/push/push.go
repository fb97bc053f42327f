// Package push is the HTTP door for records: bodies as they come, compressed or not, go to the Sink, and the sender is
// answered when the Sink has taken them. Handler takes every form that the decoder knows; Azure speaks the Logs
// Ingestion API. Who may enter is decided before; a source (stage 1) that does not run by itself.
package push

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/glasswatch/glasswatch/internal/fault"
	"github.com/glasswatch/glasswatch/internal/source"
)

// Options are what the doors need.
type Options struct {
	Sink     source.Sink
	MaxBody  int64         // largest body as sent
	InFlight int64         // bytes of all bodies under way; beyond it senders are told to wait
	Timeout  time.Duration // for the Sink; 0: 30 s

	// Answer writes the receipt, Fail an error; both for Handler only.
	Answer func(http.ResponseWriter, *http.Request, source.Receipt)
	Fail   func(http.ResponseWriter, *http.Request, error)

	// HasTable reports whether the Logs Ingestion API may write to a table of that name.
	HasTable func(name string) bool
}

// ErrBusy says that too many bodies are under way; the sender should try again in a second.
var ErrBusy = errors.New("too many bodies are under way at once")

// Door holds what the handlers share: buffers, and the count of bytes under way.
type Door struct {
	Options
	buffers  sync.Pool // *[]byte
	underWay atomic.Int64
}

// New returns a door.
func New(o Options) *Door {
	if o.Timeout == 0 {
		o.Timeout = 30 * time.Second
	}
	return &Door{Options: o, buffers: sync.Pool{New: func() any { b := make([]byte, 0, 64<<10); return &b }}}
}

// InUse returns the bytes of bodies under way.
func (d *Door) InUse() int64 { return d.underWay.Load() }

// ServeHTTP takes a body of any form the decoder knows. The query parameters source and table may say where it comes
// from and which table it is for; text/csv says that it is the portal's CSV export.
func (d *Door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	delivery := source.Delivery{Source: name(query.Get("source"), "push"), Table: query.Get("table")}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err == nil && kind == "text/csv" {
		delivery.CSV = true
	}
	receipt, err := d.put(w, r, delivery)
	if err != nil {
		d.Fail(w, r, err)
		return
	}
	d.Answer(w, r, receipt)
}

// put reads the body and hands it to the sink. The buffer is used again when the sink has returned.
func (d *Door) put(w http.ResponseWriter, r *http.Request, delivery source.Delivery) (source.Receipt, error) {
	if delivery.Table != "" && !d.HasTable(delivery.Table) {
		return source.Receipt{}, fault.New(fault.NotFound, "there is no table %q", delivery.Table).
			WithNext("table names are case-sensitive; GET /api/v1/tables lists them")
	}
	encoding, err := encodingOf(r.Header.Get("Content-Encoding"))
	if err != nil {
		return source.Receipt{}, err
	}
	buffer := d.buffers.Get().(*[]byte)
	body, counted, err := d.read(w, r, (*buffer)[:0])
	defer func() {
		d.underWay.Add(-counted)
		if cap(body) <= 16<<20 { // larger ones are rare and would be kept for nothing
			*buffer = body
			d.buffers.Put(buffer)
		}
	}()
	if err != nil {
		return source.Receipt{}, err
	}
	delivery.Body, delivery.Encoding, delivery.ReceivedAt = body, sniff(encoding, body), time.Now().UTC()
	// What was received is finished even when the sender hangs up: it would send the same again.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), d.Timeout)
	defer cancel()
	return d.Sink.Put(ctx, delivery)
}

// read appends the body to buf. counted is what it added to underWay, also on an error.
func (d *Door) read(w http.ResponseWriter, r *http.Request, buf []byte) (body []byte, counted int64, err error) {
	size := r.ContentLength
	if size > d.MaxBody {
		return buf, 0, d.tooLarge()
	}
	if size > int64(cap(buf)) {
		buf = make([]byte, 0, size+1) // one more, so that the read that finds the end needs no growth
	}
	src := http.MaxBytesReader(w, r.Body, d.MaxBody)
	for {
		if len(buf) == cap(buf) {
			buf = append(buf, 0)[:len(buf)]
		}
		if want := max(size, int64(len(buf))); want > counted {
			grown := want - counted
			counted = want
			if d.underWay.Add(grown) > d.InFlight {
				return buf, counted, &fault.Error{Code: fault.Unavailable, Err: ErrBusy, Next: "send it again in a second"}
			}
		}
		n, err := src.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		var tooLarge *http.MaxBytesError
		switch {
		case err == io.EOF && len(buf) == 0:
			return buf, counted, fault.New(fault.Invalid, "the body is empty").WithNext("send records as JSON, NDJSON or CSV")
		case err == io.EOF:
			return buf, counted, nil
		case errors.As(err, &tooLarge):
			return buf, counted, d.tooLarge()
		case err != nil:
			return buf, counted, fault.New(fault.Invalid, "read body: %w", err).WithNext("send the body again")
		}
	}
}

func (d *Door) tooLarge() error {
	return fault.New(fault.TooLarge, "the body is larger than %d bytes", d.MaxBody).
		WithNext("send fewer records a body, or compress it; limits.body in the configuration sets the bound")
}

// encodingOf reads the header; "" and "identity" leave it to the bytes.
func encodingOf(header string) (source.Encoding, error) {
	switch strings.ToLower(strings.TrimSpace(header)) {
	case "", "identity":
		return source.Identity, nil
	case "gzip", "x-gzip":
		return source.Gzip, nil
	case "zstd":
		return source.Zstd, nil
	}
	return 0, fault.New(fault.Invalid, "content encoding %q is not known here", header).WithNext("use gzip, zstd, or none")
}

// sniff recognises compressed bodies that no header announces.
func sniff(said source.Encoding, body []byte) source.Encoding {
	switch {
	case said != source.Identity || len(body) < 4:
		return said
	case body[0] == 0x1f && body[1] == 0x8b:
		return source.Gzip
	case body[0] == 0x28 && body[1] == 0xb5 && body[2] == 0x2f && body[3] == 0xfd:
		return source.Zstd
	}
	return said
}

// name returns what the sender calls itself, when that is short and plain.
func name(said, otherwise string) string {
	if said == "" || len(said) > 40 {
		return otherwise
	}
	for _, r := range said {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' {
			return otherwise
		}
	}
	return said
}
