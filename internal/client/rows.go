package client

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	v1 "github.com/glasswatch/glasswatch/internal/api/v1"
	"github.com/glasswatch/glasswatch/internal/fault"
)

// Rows are the results of a query as they stream in, one after another, for one goroutine.
type Rows struct {
	v1.QueryHead      // of the result at hand; Notes and Results are of the whole query
	Truncated    bool // known after the last row

	body io.ReadCloser
	dec  *json.Decoder
	done bool // the rows of the result at hand are read
	more bool // the decoder is within the list of further results
}

// Query starts a query. The caller closes the rows.
func (c *Client) Query(ctx context.Context, q v1.QueryRequest) (*Rows, error) {
	text, err := json.Marshal(q)
	if err != nil {
		return nil, fmt.Errorf("query: %w", err)
	}
	answer, err := c.send(ctx, http.MethodPost, "/api/v1/query", http.Header{"Content-Type": {"application/json"}}, bytes.NewReader(text)) //nolint:bodyclose // Rows.Close does
	if err != nil {
		return nil, err
	}
	r := &Rows{body: answer.Body, dec: json.NewDecoder(answer.Body)}
	if err := r.head(); err != nil {
		_ = r.Close()
		return nil, err
	}
	return r, nil
}

// Close gives up what was not read.
func (r *Rows) Close() error { return r.body.Close() }

// head reads up to the first row.
func (r *Rows) head() error {
	if err := r.expect(json.Delim('{')); err != nil {
		return err
	}
	for {
		key, err := r.dec.Token()
		if err != nil {
			return broken(err)
		}
		switch key {
		case "name":
			err = r.dec.Decode(&r.Name)
		case "results":
			err = r.dec.Decode(&r.Results)
		case "columns":
			err = r.dec.Decode(&r.Columns)
		case "notes":
			err = r.dec.Decode(&r.Notes)
		case "rows":
			return r.expect(json.Delim('['))
		default:
			var skip json.RawMessage
			err = r.dec.Decode(&skip)
		}
		if err != nil {
			return broken(err)
		}
	}
}

func (r *Rows) expect(want json.Delim) error {
	got, err := r.dec.Token()
	if err == nil && got != want {
		err = fmt.Errorf("found %v, want %v", got, want)
	}
	if err != nil {
		return broken(err)
	}
	return nil
}

// Next returns the next row of the result at hand, io.EOF after the last. A query that broke off gives its error.
func (r *Rows) Next() ([]json.RawMessage, error) {
	if r.done {
		return nil, io.EOF
	}
	if r.dec.More() {
		var row []json.RawMessage
		if err := r.dec.Decode(&row); err != nil {
			return nil, broken(err)
		}
		return row, nil
	}
	r.done = true
	if err := r.expect(json.Delim(']')); err != nil {
		return nil, err
	}
	return nil, r.tail()
}

// NextResult goes to the next result, when the rows of the one at hand are read; io.EOF after the last.
func (r *Rows) NextResult() error {
	switch {
	case !r.more:
		return io.EOF
	case r.dec.More():
		r.Name, r.Columns, r.Truncated, r.done = "", nil, false, false
		return r.head()
	}
	r.more = false
	if err := r.expect(json.Delim(']')); err != nil {
		return err
	}
	return r.tail()
}

// tail reads what follows the rows up to the next result or the end, and returns io.EOF.
func (r *Rows) tail() error {
	for r.dec.More() {
		key, err := r.dec.Token()
		if err != nil {
			return broken(err)
		}
		switch key {
		case "truncated":
			err = r.dec.Decode(&r.Truncated)
		case "more":
			if err := r.expect(json.Delim('[')); err != nil {
				return err
			}
			r.more = true
			return io.EOF
		case "error":
			p := &Problem{}
			if err = r.dec.Decode(&p.Problem); err == nil {
				return asFault(p)
			}
		default:
			var skip json.RawMessage
			err = r.dec.Decode(&skip)
		}
		if err != nil {
			return broken(err)
		}
	}
	// The closing brace says that the result is whole.
	if err := r.expect(json.Delim('}')); err != nil {
		return err
	}
	return io.EOF
}

func broken(err error) error {
	return fault.New(fault.Unavailable, "the answer broke off: %w", err).WithNext("run the query again")
}
