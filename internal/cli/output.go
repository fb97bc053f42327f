package cli

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// format is how results are printed.
type format string

func (f *format) String() string {
	if *f == "" {
		return "table"
	}
	return string(*f)
}

func (f *format) Type() string { return "format" }

func (f *format) Set(text string) error {
	if !slices.Contains([]string{"table", "json", "jsonl", "csv"}, text) {
		return fmt.Errorf("%q is no output format: want table, json, jsonl or csv", text)
	}
	*f = format(text)
	return nil
}

// sampleRows is how many rows decide the widths of a table; later rows are printed as they come.
const sampleRows = 500

// widest is the widest cell of a table on a terminal.
const widest = 60

// results prints rows. JSON formats print the object, table and CSV the cells.
type results struct {
	cli     *cli
	columns []string
	csv     *csv.Writer
	held    [][]string
	widths  []int // set when the held rows are out
	count   int
	err     error
}

func (c *cli) results(columns ...string) *results {
	r := &results{cli: c, columns: columns}
	if c.output == "csv" {
		r.csv = csv.NewWriter(c.Out)
		r.err = r.csv.Write(columns)
	}
	return r
}

// add prints one row: object for JSON, cells for people.
func (r *results) add(object any, cells ...string) {
	if r.err != nil {
		return
	}
	r.count++
	switch r.cli.output {
	case "csv":
		if r.cli.out.width > 0 { // files get the data as it is
			for i := range cells {
				cells[i] = printable(cells[i])
			}
		}
		r.err = r.csv.Write(cells)
	case "json", "jsonl":
		text, err := json.Marshal(object)
		if err != nil {
			r.err = err
			return
		}
		r.err = r.json(text)
	default:
		for i := range cells {
			cells[i] = printable(cells[i])
		}
		if r.widths != nil {
			r.line(cells)
			return
		}
		if r.held = append(r.held, cells); len(r.held) == sampleRows {
			r.release()
		}
	}
}

func (r *results) json(text []byte) error {
	before, after := "", "\n"
	if r.cli.output == "json" {
		before, after = ",\n", ""
		if r.count == 1 {
			before = "[\n"
		}
	}
	_, err := io.WriteString(r.cli.Out, before+string(text)+after)
	return err
}

// end prints what is held, and the end of an array.
func (r *results) end() error {
	switch {
	case r.err != nil:
		return r.err
	case r.cli.output == "csv":
		r.csv.Flush()
		return r.csv.Error()
	case r.cli.output == "json" && r.count == 0:
		r.cli.printf("[]\n")
	case r.cli.output == "json":
		r.cli.printf("\n]\n")
	case r.cli.output != "jsonl" && r.widths == nil:
		r.release()
	}
	return r.err
}

// severalResults prints the results of one query. One result is printed as it is; several are told apart.
type severalResults struct {
	cli         *cli
	total, done int
}

// severalResults is for a query with that many results.
func (c *cli) severalResults(total int) *severalResults { return &severalResults{cli: c, total: total} }

// each prints the result at hand and those after it; next goes to the next one and returns io.EOF after the last.
func (s *severalResults) each(show, next func() error) error {
	for {
		if err := show(); err != nil {
			return err
		}
		switch err := next(); {
		case errors.Is(err, io.EOF):
			s.end()
			return nil
		case err != nil:
			return err
		}
	}
}

// begin starts the next result.
func (s *severalResults) begin(name string, columns []string) *results {
	s.done++
	if s.total > 1 {
		s.separate(name)
	}
	return s.cli.results(columns...)
}

func (s *severalResults) separate(name string) {
	switch s.cli.output {
	case "json":
		open := ",\n"
		if s.done == 1 {
			open = "[\n"
		}
		text, _ := json.Marshal(name) // a text always marshals
		s.cli.printf(`%s{"name":%s,"rows":`, open, text)
	case "jsonl":
	case "csv":
		if s.done > 1 {
			s.cli.printf("\n")
		}
	default:
		if s.done > 1 {
			s.cli.printf("\n")
		}
		if name == "" {
			name = fmt.Sprintf("result %d of %d", s.done, s.total)
		}
		s.cli.printf("%s\n", s.cli.out.bold(name+":"))
	}
}

// finish ends the result that begin started.
func (s *severalResults) finish(out *results) error {
	err := out.end()
	if s.total > 1 && s.cli.output == "json" {
		s.cli.printf("}")
	}
	return err
}

// end is called after the last result.
func (s *severalResults) end() {
	if s.total > 1 && s.cli.output == "json" {
		s.cli.printf("\n]\n")
	}
}

// release prints the head and the held rows of a table.
func (r *results) release() {
	r.widths = make([]int, len(r.columns))
	for i, column := range r.columns {
		r.widths[i] = utf8.RuneCountInString(column)
		for _, row := range r.held {
			r.widths[i] = max(r.widths[i], utf8.RuneCountInString(row[i]))
		}
		if r.cli.out.width > 0 && i < len(r.columns)-1 {
			r.widths[i] = min(r.widths[i], widest)
		}
	}
	head := make([]string, len(r.columns))
	for i, column := range r.columns {
		head[i] = r.cli.out.bold(pad(column, r.widths[i], i == len(r.columns)-1))
	}
	r.cli.printf("%s\n", strings.Join(head, "  "))
	for _, row := range r.held {
		r.line(row)
	}
	r.held = nil
}

func (r *results) line(cells []string) {
	parts := make([]string, len(cells))
	left := r.cli.out.width
	for i, cell := range cells {
		width := r.widths[i]
		final := i == len(cells)-1
		if r.cli.out.width > 0 {
			if final {
				width = min(width, max(left, 20))
			}
			cell = shorten(cell, width)
			left -= width + 2
		}
		text := pad(cell, width, final)
		if r.columns[i] == "SEVERITY" {
			text = r.cli.out.severity(text)
		}
		parts[i] = text
	}
	r.cli.printf("%s\n", strings.TrimRight(strings.Join(parts, "  "), " "))
}

// pad fills up with spaces; the last column needs none.
func pad(text string, width int, last bool) string {
	if n := utf8.RuneCountInString(text); n < width && !last {
		return text + strings.Repeat(" ", width-n)
	}
	return text
}

func shorten(text string, width int) string {
	if utf8.RuneCountInString(text) <= width {
		return text
	}
	return string([]rune(text)[:max(width-1, 0)]) + "…"
}
