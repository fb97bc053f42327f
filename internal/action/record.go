package action

import (
	"encoding/json"
	"strings"
)

// record reads the columns of an alert's record, which is JSON with Azure Monitor's column names.
type record map[string]json.RawMessage

func parseRecord(raw json.RawMessage) record {
	var r record
	_ = json.Unmarshal(raw, &r) // a record that is no object has no columns; the alert is told all the same
	return r
}

// text returns a column as text: a string without its quotes, anything else as JSON.
func (r record) text(column string) string { return plain(r[column]) }

func plain(raw json.RawMessage) string {
	if len(raw) == 0 || string(raw) == "null" {
		return ""
	}
	if raw[0] == '"' {
		var s string
		_ = json.Unmarshal(raw, &s)
		return s
	}
	return string(raw)
}

// into reads a dynamic column; a string that holds JSON, as the non-interactive tables have it, is read too.
func (r record) into(column string, v any) {
	raw := r[column]
	if len(raw) > 0 && raw[0] == '"' {
		raw = json.RawMessage(plain(raw))
	}
	if len(raw) > 0 {
		_ = json.Unmarshal(raw, v) // what has another form has nothing to show
	}
}

// texts returns all columns as text, for templates.
func (r record) texts() map[string]string {
	m := make(map[string]string, len(r))
	for name, raw := range r {
		m[name] = plain(raw)
	}
	return m
}

func first(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// join joins the texts that are not empty.
func join(sep string, texts ...string) string {
	var have []string
	for _, t := range texts {
		if t != "" {
			have = append(have, t)
		}
	}
	return strings.Join(have, sep)
}
