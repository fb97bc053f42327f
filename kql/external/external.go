// Package external reads the files of externaldata: rows of separated values, of JSON, or of plain text, in the columns
// that the query declares. It fetches nothing; kql/eval hands it what a file holds.
package external

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/glasswatch/glasswatch/kql/function"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// ErrTooLarge reports a file beyond the limit.
var ErrTooLarge = errors.New("the file is too large")

// maxLine bounds a line of text or JSON.
const maxLine = 4 << 20

// Reader yields rows; io.EOF ends them.
type Reader interface {
	Next() ([]value.Value, error)
}

// NewReader reads a file of up to limit bytes in one of the formats of plan.External.
func NewReader(r io.Reader, n *plan.External, limit int64) (Reader, error) {
	r = &limited{r: r, left: limit}
	switch n.Format {
	case "csv":
		return separated(r, n, ','), nil
	case "tsv":
		return separated(r, n, '\t'), nil
	case "psv":
		return separated(r, n, '|'), nil
	case "scsv":
		return separated(r, n, ';'), nil
	case "sohsv":
		return separated(r, n, '\x01'), nil
	case "json", "multijson":
		return &objects{cols: n.Cols, dec: json.NewDecoder(r), skip: n.IgnoreFirst}, nil
	case "txt":
		lines := bufio.NewScanner(r)
		lines.Buffer(nil, maxLine)
		return &texts{cols: n.Cols, lines: lines, skip: n.IgnoreFirst}, nil
	case "raw":
		return &raw{cols: n.Cols, r: r}, nil
	}
	return nil, fmt.Errorf("the format %q is not supported", n.Format)
}

// limited fails, unlike io.LimitReader, where there is more.
type limited struct {
	r    io.Reader
	left int64
}

func (l *limited) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	if l.left -= int64(n); l.left < 0 {
		return 0, ErrTooLarge
	}
	return n, err
}

// fields are rows of separated values.
type fields struct {
	cols []plan.Column
	csv  *csv.Reader
	skip bool
}

func separated(r io.Reader, n *plan.External, comma rune) Reader {
	c := csv.NewReader(r)
	c.Comma, c.LazyQuotes, c.FieldsPerRecord, c.ReuseRecord = comma, true, -1, true
	return &fields{cols: n.Cols, csv: c, skip: n.IgnoreFirst}
}

func (f *fields) Next() ([]value.Value, error) {
	record, err := f.csv.Read()
	if err == nil && f.skip {
		f.skip = false
		record, err = f.csv.Read()
	}
	if err != nil {
		return nil, err
	}
	row := make([]value.Value, len(f.cols))
	for i, c := range f.cols {
		if i < len(record) {
			row[i] = fromText(record[i], c.Type)
		} else {
			row[i] = value.Null(c.Type)
		}
	}
	return row, nil
}

// fromText reads a field; what is not of the type is null.
func fromText(text string, t value.Type) value.Value {
	switch {
	case t == value.String:
		return value.NewString(text)
	case text == "":
		return value.Null(t)
	case t == value.Dynamic:
		if v, ok := value.ParseJSON(text); ok {
			return v
		}
		return value.NewDynamic(text)
	}
	return function.Convert(value.NewString(text), t)
}

// objects are JSON objects, one after the other or in arrays; a column is the property with its name.
type objects struct {
	cols    []plan.Column
	dec     *json.Decoder
	pending []any
	skip    bool
}

func (o *objects) Next() ([]value.Value, error) {
	for len(o.pending) == 0 {
		var text json.RawMessage
		if err := o.dec.Decode(&text); err != nil {
			return nil, err
		}
		v, ok := value.ParseJSON(string(text))
		if !ok {
			return nil, errors.New("a record is not valid JSON")
		}
		if list, ok := v.Tree().([]any); ok {
			o.pending = list
		} else {
			o.pending = []any{v.Tree()}
		}
		if o.skip && len(o.pending) > 0 {
			o.skip = false
			o.pending = o.pending[1:]
		}
	}
	record := o.pending[0]
	o.pending = o.pending[1:]
	bag, ok := record.(*value.Bag)
	if !ok {
		return nil, errors.New("a record is no JSON object")
	}
	row := make([]value.Value, len(o.cols))
	for i, c := range o.cols {
		node, _ := bag.Lookup(c.Name)
		row[i] = value.NewDynamic(node)
		if c.Type != value.Dynamic {
			row[i] = function.Convert(row[i], c.Type)
		}
	}
	return row, nil
}

// texts are lines, each the value of the first column.
type texts struct {
	cols  []plan.Column
	lines *bufio.Scanner
	skip  bool
}

func (t *texts) Next() ([]value.Value, error) {
	for t.lines.Scan() {
		if t.skip {
			t.skip = false
			continue
		}
		return firstColumn(t.cols, t.lines.Text()), nil
	}
	if err := t.lines.Err(); err != nil {
		return nil, err
	}
	return nil, io.EOF
}

// raw is the whole file as the value of the first column.
type raw struct {
	cols []plan.Column
	r    io.Reader
	done bool
}

func (r *raw) Next() ([]value.Value, error) {
	if r.done {
		return nil, io.EOF
	}
	r.done = true
	text, err := io.ReadAll(r.r)
	if err != nil {
		return nil, err
	}
	return firstColumn(r.cols, string(text)), nil
}

func firstColumn(cols []plan.Column, text string) []value.Value {
	row := make([]value.Value, len(cols))
	for i, c := range cols {
		if i == 0 {
			row[i] = fromText(text, c.Type)
		} else {
			row[i] = value.Null(c.Type)
		}
	}
	return row
}
