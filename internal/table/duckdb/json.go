package duckdb

import (
	"bytes"
	"encoding/json"
)

// jsonAt returns the text of the value at a path of properties in valid JSON, nil where there is none and where it is
// null. Of equal names the last counts, as everywhere in the product.
func jsonAt(text []byte, steps []string) []byte {
	for _, step := range steps {
		if text = property(text, step); text == nil {
			return nil
		}
	}
	if len(text) == 4 && string(text) == "null" {
		return nil
	}
	return text
}

// property returns the value of a property of an object, nil when text is no object or has none of that name.
func property(text []byte, name string) []byte {
	i := space(text, 0)
	if i >= len(text) || text[i] != '{' {
		return nil
	}
	var found []byte
	for i = space(text, i+1); i < len(text) && text[i] == '"'; {
		end := skipString(text, i)
		if end-1 <= i {
			return nil
		}
		key := text[i+1 : end-1]
		i = space(text, space(text, end)+1) // over the colon
		end = skipValue(text, i)
		if sameName(key, name) {
			found = text[i:end]
		}
		i = space(text, end)
		if i >= len(text) || text[i] != ',' {
			break
		}
		i = space(text, i+1)
	}
	return found
}

func sameName(key []byte, name string) bool {
	if bytes.IndexByte(key, '\\') < 0 {
		return string(key) == name
	}
	var s string
	quoted := append(append([]byte{'"'}, key...), '"')
	return json.Unmarshal(quoted, &s) == nil && s == name
}

func space(text []byte, i int) int {
	for i < len(text) && (text[i] == ' ' || text[i] == '\t' || text[i] == '\n' || text[i] == '\r') {
		i++
	}
	return i
}

// skipString returns the index after the string that begins at i.
func skipString(text []byte, i int) int {
	for i++; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(text)
}

// skipValue returns the index after the value that begins at i.
func skipValue(text []byte, i int) int {
	depth := 0
	for i < len(text) {
		switch text[i] {
		case '"':
			i = skipString(text, i)
			if depth == 0 {
				return i
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return i
			}
			if depth--; depth == 0 {
				return i + 1
			}
		case ',', ' ', '\t', '\n', '\r':
			if depth == 0 {
				return i
			}
		}
		i++
	}
	return i
}
