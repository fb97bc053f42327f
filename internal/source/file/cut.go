package file

import (
	"bufio"
	"bytes"
	"io"
	"strings"

	"github.com/glasswatch/glasswatch/internal/fault"
)

// cutter cuts a stream into bodies of at most max bytes (an envelope's head and tail come on top), between records. It
// looks at brackets and quotes only: whether the records are any good is the decoder's to say.
type cutter struct {
	r   *bufio.Reader
	max int
	csv bool

	started        bool
	header         []byte // CSV: the first line
	prefix, suffix []byte // inside an array: what makes the elements a body again
	array          bool
	tail           tail // behind the array
}

func newCutter(r io.Reader, max int, csv bool) *cutter {
	return &cutter{r: bufio.NewReaderSize(r, max+1), max: max, csv: csv}
}

// next returns the next body, its own copy; io.EOF after the last.
func (c *cutter) next() ([]byte, error) {
	for {
		head, err := c.r.Peek(c.max + 1)
		if err != nil && err != io.EOF {
			return nil, fault.New(fault.Invalid, "read: %w", err).WithNext("the file may be damaged or cut off")
		}
		last := err == io.EOF
		if len(head) == 0 {
			return nil, io.EOF
		}
		if !c.started {
			c.start(head)
			continue
		}
		body, used, err := c.cut(head, last)
		if err != nil {
			return nil, err
		}
		body = bytes.Clone(body)
		if _, err := c.r.Discard(used); err != nil {
			return nil, fault.New(fault.Internal, "read: %w", err)
		}
		if len(bytes.TrimSpace(body)) > 0 {
			return body, nil
		}
	}
}

// start drops a byte order mark, and recognises CSV whose name does not tell.
func (c *cutter) start(head []byte) {
	c.started = true
	if bytes.HasPrefix(head, []byte("\xef\xbb\xbf")) {
		_, _ = c.r.Discard(3) // it was just peeked
		head = head[3:]
	}
	text := bytes.TrimLeft(head, " \t\r\n")
	line, _, _ := bytes.Cut(text, []byte("\n"))
	if len(text) > 0 && !strings.ContainsRune("{[", rune(text[0])) && bytes.Count(line, []byte(",")) >= 3 {
		c.csv = true
	}
}

// cut returns a body made of the beginning of head, and how many bytes of head that used.
func (c *cutter) cut(head []byte, last bool) (body []byte, used int, err error) {
	switch {
	case c.csv:
		return c.cutCSV(head, last)
	case c.tail.depth > 0:
		return nil, c.tail.skip(head), nil
	case c.array:
		return c.cutArray(head, last)
	case last:
		return head, len(head), nil
	}
	s := scan(head, 0)
	if s.values > 0 {
		return head[:s.end], s.end, nil
	}
	if s.array == 0 {
		return nil, 0, c.tooLong()
	}
	c.array = true
	c.prefix = bytes.Clone(head[:s.array])
	c.suffix = bytes.Repeat([]byte("]"), 1)
	if s.inObject {
		c.suffix = append(c.suffix, '}')
	}
	return nil, s.array, nil
}

// cutArray takes whole elements and makes a body of them with the array's head and tail.
func (c *cutter) cutArray(head []byte, last bool) (body []byte, used int, err error) {
	s := scan(head, ']')
	switch {
	case s.values == 0 && !s.closed && !last:
		return nil, 0, c.tooLong()
	case s.values == 0 && !s.closed:
		s.end = len(head) // cut off in the middle of a record: let the decoder say so
	}
	elements := bytes.Trim(head[:s.end], ", \t\r\n")
	used = s.end
	if s.closed {
		c.array = false
		used += bytes.IndexByte(head[s.end:], ']') + 1
		if len(c.suffix) == 2 {
			c.tail.depth = 1
		}
	}
	if len(elements) == 0 {
		return nil, used, nil
	}
	body = append(append(bytes.Clone(c.prefix), elements...), c.suffix...)
	return body, used, nil
}

func (c *cutter) cutCSV(head []byte, last bool) (body []byte, used int, err error) {
	end, quoted, first := 0, false, 0
	for i, b := range head {
		switch {
		case b == '"':
			quoted = !quoted
		case b == '\n' && !quoted:
			if end = i + 1; first == 0 {
				first = end
			}
		}
	}
	if last {
		end = len(head)
	}
	if end == 0 {
		return nil, 0, c.tooLong()
	}
	if c.header == nil {
		c.header = bytes.Clone(head[:first])
		return head[:end], end, nil
	}
	return append(bytes.Clone(c.header), head[:end]...), end, nil
}

func (c *cutter) tooLong() error {
	return fault.New(fault.Invalid, "a record is longer than %d bytes", c.max).WithNext("is this a log export? the forms are listed in: glasswatch import --help")
}

// scanned is what scan found.
type scanned struct {
	values   int  // whole values
	end      int  // after the last whole value
	closed   bool // the closing bracket was met; it stands at the first one after end
	array    int  // no whole value: after the bracket of the first value's list of records; 0: there is none
	inObject bool // that list is a property
}

// scan walks over values that commas or white space divide, up to the end of b or a closing bracket.
func scan(b []byte, closing byte) (s scanned) {
	depth, quoted, quote := 0, false, 0
	var key []byte // of an object at depth 1: the last string
	for i := 0; i < len(b); i++ {
		ch := b[i]
		if quoted {
			if ch == '\\' {
				i++
			} else if ch == '"' {
				if quoted = false; depth == 1 {
					key = b[quote:i]
				}
			}
			continue
		}
		switch ch {
		case '"':
			quoted, quote = true, i+1
		case '{', '[':
			if s.values == 0 && s.array == 0 && ch == '[' && (depth == 0 && closing == 0 || depth == 1 && b[first(b)] == '{' && list(key)) {
				s.array, s.inObject = i+1, depth == 1
			}
			depth++
		case '}', ']':
			if depth == 0 {
				s.closed = ch == closing
				return s
			}
			if depth--; depth == 0 {
				s.values, s.end = s.values+1, i+1
			}
		}
	}
	return s
}

// first returns where the first character that is no white space stands.
func first(b []byte) int { return len(b) - len(bytes.TrimLeft(b, " \t\r\n")) }

// list reports whether a property of that name holds the records of an envelope or a Graph page.
func list(key []byte) bool {
	return bytes.EqualFold(key, []byte("records")) || bytes.EqualFold(key, []byte("value"))
}

// tail is the way from the end of an envelope's records to the end of the envelope: a next link, a count.
type tail struct {
	depth           int // 0: not there
	quoted, escaped bool
}

// skip returns how many bytes of b belong to the tail.
func (t *tail) skip(b []byte) int {
	for i, ch := range b {
		switch {
		case t.escaped:
			t.escaped = false
		case t.quoted && ch == '\\':
			t.escaped = true
		case ch == '"':
			t.quoted = !t.quoted
		case t.quoted:
		case ch == '{' || ch == '[':
			t.depth++
		case ch == '}' || ch == ']':
			if t.depth--; t.depth == 0 {
				return i + 1
			}
		}
	}
	return len(b)
}
