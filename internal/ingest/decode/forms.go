package decode

import "bytes"

// sequence reads the values of the body: one document, or one a line (NDJSON, PT1H.json blobs, envelopes one a line).
func (w *work) sequence() error {
	src := w.b.Body
	for i := w.s.space(0); i < len(src); i = w.s.space(i) {
		if w.tooMany() {
			return w.errTooMany()
		}
		start := i
		switch src[i] {
		case '{':
			i = w.document(i)
		case '[':
			i = w.array(i)
		default:
			if i = w.s.value(i); i >= 0 {
				w.refuse(start, i, w.at(start, "want a record, got a bare value"), "")
			}
		}
		if i == tooMany {
			return w.errTooMany()
		}
		if i < 0 {
			i = w.nextLine(start)
		}
	}
	return nil
}

// Ends that say something else.
const (
	tooMany = -2 // the body has more records than it may have
	wrapped = -3 // the object is no record but has some
)

func (w *work) at(offset int, what string) string {
	w.s.bad, w.s.want = offset, what
	return "offset " + itoa(offset) + ": " + what
}

// nextLine refuses the text from start up to the next line that begins with a record, and returns that line's offset.
// Lines that are indented belong to the broken document.
func (w *work) nextLine(start int) int {
	src, reason := w.b.Body, w.broken()
	for i := start; ; {
		n := bytes.IndexByte(src[i:], '\n')
		if n < 0 {
			w.refuse(start, len(src), reason, "")
			return len(src)
		}
		i += n + 1
		if i == len(src) || src[i] == '{' || src[i] == '[' && i > w.s.bad {
			w.refuse(start, i, reason, "")
			return i
		}
	}
}

// document reads the object at i: a wrapper of records, or one record.
func (w *work) document(i int) int {
	if end, ok := w.wrapper(i, false); ok {
		return end
	}
	end := w.record(i)
	if end == wrapped {
		end, _ = w.wrapper(i, true)
		return end
	}
	if end == -1 {
		// A wrapper whose records come late would fail as a record at the first bad one.
		bad, want := w.s.bad, w.s.want
		if end, ok := w.wrapper(i, true); ok {
			return end
		}
		w.s.bad, w.s.want = bad, want
	}
	return end
}

// wrapper reads {"records":[...]}, a Graph or ARM page {"value":[...]} and a query answer {"tables":[...]}. Without far it
// gives up at the first key that no wrapper begins with.
func (w *work) wrapper(i int, far bool) (end int, ok bool) {
	s := &w.s
	src := s.src
	i = s.space(i + 1)
	for i < len(src) && src[i] == '"' {
		keyEnd := s.quote(i + 1)
		if keyEnd < 0 {
			return 0, false
		}
		key := src[i+1 : keyEnd]
		i = s.space(keyEnd + 1)
		if i >= len(src) || src[i] != ':' {
			return 0, false
		}
		i = s.space(i + 1)
		if i >= len(src) {
			return 0, false
		}
		if src[i] == '[' {
			read := w.array
			switch {
			case foldEqual(key, "records"), foldEqual(key, "value"):
			case foldEqual(key, "tables"):
				read = w.tables
			default:
				read = nil
			}
			if read != nil {
				w.shapely = true
				if i = read(i); i < 0 {
					return i, true
				}
				return w.wrapperEnd(i), true
			}
		}
		if !far && !(len(key) > 0 && key[0] == '@') && !foldEqual(key, "nextlink") && !foldEqual(key, "count") {
			return 0, false
		}
		from := i
		if i = s.value(i); i < 0 {
			return 0, false
		}
		if foldEqual(key, "@odata.context") {
			w.context = string(src[from:i])
		}
		if i = s.space(i); i < len(src) && src[i] == ',' {
			i = s.space(i + 1)
		}
	}
	return 0, false
}

// wrapperEnd reads the members after the records.
func (w *work) wrapperEnd(i int) int {
	s := &w.s
	for {
		i = s.space(i)
		if i < len(s.src) && s.src[i] == '}' {
			return i + 1
		}
		if i == len(s.src) && w.cut {
			return i
		}
		if i >= len(s.src) || s.src[i] != ',' {
			return w.tail(i, s.fail(i, "',' or '}' after the records"))
		}
		i = s.space(i + 1)
		if i >= len(s.src) || s.src[i] != '"' {
			return w.tail(i, s.fail(i, "a key in quotes"))
		}
		end := s.quote(i + 1)
		if end < 0 {
			return w.tail(i, end)
		}
		i = s.space(end + 1)
		if i >= len(s.src) || s.src[i] != ':' {
			return w.tail(i, s.fail(i, "':' after a key"))
		}
		i = s.space(i + 1)
		if end = s.value(i); end < 0 {
			return w.tail(i, end)
		}
		i = end
	}
}

// tail refuses what follows the records of a broken wrapper, up to the next line with a record.
func (w *work) tail(i, _ int) int {
	if i >= len(w.s.src) {
		w.refuse(len(w.s.src), len(w.s.src), w.broken(), "")
		return len(w.s.src)
	}
	return w.nextLine(i)
}

// array reads the records of the array at i and returns its end. A bad record is refused and skipped.
func (w *work) array(i int) int {
	s := &w.s
	src := s.src
	i = s.space(i + 1)
	w.shapely = true
	if i < len(src) && src[i] == ']' {
		return i + 1
	}
	for {
		if w.tooMany() {
			return tooMany
		}
		start := i
		switch {
		case i < len(src) && src[i] == '{':
			i = w.document(i)
		case i < len(src) && src[i] == ']':
			s.fail(i, "a record after ','")
			w.refuse(i, i, w.broken(), "")
			return i + 1
		default:
			if i = s.value(i); i >= 0 {
				w.refuse(start, i, w.at(start, "want a record, got another value"), "")
			}
		}
		if i == tooMany {
			return i
		}
		if i < 0 {
			reason := w.broken()
			i = w.resync(start)
			w.refuse(start, i, reason, "")
			if i == len(src) {
				w.cut = true
				return i
			}
		}
		if i = s.space(i); i < len(src) && src[i] == ']' {
			return i + 1
		}
		if i < len(src) && src[i] == ',' {
			i = s.space(i + 1)
			continue
		}
		s.fail(i, "',' or ']' after a record")
		start, reason := i, w.broken()
		if i < len(src) && src[i] != '{' { // else only the comma is missing
			i = w.resync(i)
		}
		w.refuse(start, i, reason, "")
		if i = s.space(i); i == len(src) {
			w.cut = true
			return i
		}
		if src[i] == ']' {
			return i + 1
		}
		if src[i] == ',' {
			i = s.space(i + 1)
		}
	}
}
