package exchange

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// object is a JSON or YAML object whose keys are found whatever their case: the spelling of ARM's keys varies.
type object map[string]any

func (o object) value(key string) any {
	if v, ok := o[key]; ok {
		return v
	}
	for k, v := range o {
		if strings.EqualFold(k, key) {
			return v
		}
	}
	return nil
}

func (o object) has(key string) bool { return o.value(key) != nil }

func (o object) object(key string) object {
	m, _ := o.value(key).(map[string]any)
	return m
}

func (o object) list(key string) []any {
	l, _ := o.value(key).([]any)
	return l
}

// text returns a scalar as text; "" for none.
func (o object) text(key string) string { return scalar(o.value(key)) }

func scalar(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case json.Number:
		return v.String()
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case map[string]any, []any:
		return ""
	}
	return fmt.Sprint(v)
}

// number reads a number, also one written as text.
func (o object) number(key string) (float64, bool) {
	f, err := strconv.ParseFloat(strings.TrimSpace(o.text(key)), 64)
	return f, err == nil
}

// truth reads a bool, also one written as text; nil when there is none.
func (o object) truth(key string) *bool {
	b, err := strconv.ParseBool(strings.ToLower(o.text(key)))
	if err != nil {
		return nil
	}
	return &b
}

// keys returns the keys, sorted.
func (o object) keys() []string { return slices.Sorted(maps.Keys(o)) }

// first returns the first text that is not empty.
func first(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// texts returns the scalars of a list.
func texts(list []any) []string {
	var out []string
	for _, v := range list {
		out = append(out, scalar(v))
	}
	return out
}

// lastSegment is what stands behind the last slash of a resource id.
func lastSegment(id string) string {
	id = strings.TrimRight(id, "/")
	return id[strings.LastIndexByte(id, '/')+1:]
}
