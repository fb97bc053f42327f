package eval

import (
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/glasswatch/glasswatch/kql/external"
	"github.com/glasswatch/glasswatch/kql/plan"
)

// Fetch opens what lies at an address of externaldata. It decides which addresses are allowed.
type Fetch func(ctx context.Context, uri string) (io.ReadCloser, error)

// maxExternal bounds one file of externaldata, decompressed.
const maxExternal = 256 << 20

// externalRows are the rows of one file after the other.
type externalRows struct {
	r    *runner
	n    *plan.External
	file int // the file to be opened next
	body io.Closer
	rows external.Reader
	row  list
}

func (r *runner) openExternal(n *plan.External) (*stage, error) {
	if r.fetch == nil && len(n.URIs) > 0 {
		return nil, fmt.Errorf("externaldata: the configuration does not allow to read %s", host(n.URIs[0]))
	}
	return r.stage(&externalRows{r: r, n: n}, len(n.Cols)), nil
}

// host is the part of an address that may be shown: what comes behind may hold a signature.
func host(uri string) string {
	scheme, rest, ok := strings.Cut(uri, "://")
	if !ok {
		return "the address"
	}
	if i := strings.IndexAny(rest, "/?;"); i >= 0 {
		rest = rest[:i]
	}
	if i := strings.LastIndexByte(rest, '@'); i >= 0 {
		rest = rest[i+1:]
	}
	return scheme + "://" + rest
}

func (e *externalRows) next() (Row, error) {
	for {
		if err := e.r.alive(); err != nil {
			return nil, err
		}
		if e.rows == nil {
			if e.file == len(e.n.URIs) {
				return nil, io.EOF
			}
			if err := e.open(e.n.URIs[e.file]); err != nil {
				return nil, fmt.Errorf("externaldata: %s: %w", host(e.n.URIs[e.file]), err)
			}
			e.file++
		}
		row, err := e.rows.Next()
		if err == nil {
			e.row = row
			return &e.row, nil
		}
		if end := e.close(); err == io.EOF {
			err = end
		}
		if err != nil {
			return nil, fmt.Errorf("externaldata: %s: %w", host(e.n.URIs[e.file-1]), err)
		}
	}
}

func (e *externalRows) open(uri string) error {
	body, err := e.r.fetch(e.r.ctx, uri)
	if err != nil {
		return err
	}
	e.body = body
	var text io.Reader = body
	path, _, _ := strings.Cut(uri, "?")
	if path, _, _ = strings.Cut(path, ";"); strings.HasSuffix(path, ".gz") {
		if text, err = gzip.NewReader(body); err != nil {
			return err
		}
	}
	e.rows, err = external.NewReader(text, e.n, min(maxExternal, e.r.bytes))
	return err
}

func (e *externalRows) close() error {
	if e.body == nil {
		return nil
	}
	err := e.body.Close()
	e.body, e.rows = nil, nil
	return err
}
