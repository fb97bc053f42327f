package exchange

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"reflect"
	"strconv"
	"strings"
)

// valueFunction is a template function that depends on its arguments only.
type valueFunction struct {
	min, max int // number of arguments
	run      func(args []any) (any, error)
}

const many = 1000

// valueFunctions by their names in lower case.
var valueFunctions = map[string]valueFunction{
	"concat":         {0, many, concat},
	"format":         {1, many, format},
	"tolower":        {1, 1, ofText(strings.ToLower)},
	"toupper":        {1, 1, ofText(strings.ToUpper)},
	"trim":           {1, 1, ofText(strings.TrimSpace)},
	"base64":         {1, 1, ofText(func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) })},
	"uricomponent":   {1, 1, ofText(url.QueryEscape)},
	"base64tostring": {1, 1, fromBase64},
	"replace":        {3, 3, func(a []any) (any, error) { return strings.ReplaceAll(scalar(a[0]), scalar(a[1]), scalar(a[2])), nil }},
	"startswith": {2, 2, func(a []any) (any, error) {
		return strings.HasPrefix(strings.ToLower(scalar(a[0])), strings.ToLower(scalar(a[1]))), nil
	}},
	"endswith": {2, 2, func(a []any) (any, error) {
		return strings.HasSuffix(strings.ToLower(scalar(a[0])), strings.ToLower(scalar(a[1]))), nil
	}},
	"indexof": {2, 2, func(a []any) (any, error) {
		return float64(strings.Index(strings.ToLower(scalar(a[0])), strings.ToLower(scalar(a[1])))), nil
	}},
	"substring": {2, 3, substring},
	"split":     {2, 2, split},
	"join":      {2, 2, func(a []any) (any, error) { l, err := list(a[0]); return strings.Join(texts(l), scalar(a[1])), err }},

	"string":          {1, 1, jsonText},
	"json":            {1, 1, func(a []any) (any, error) { var v any; err := json.Unmarshal([]byte(scalar(a[0])), &v); return v, err }},
	"int":             {1, 1, func(a []any) (any, error) { return number(a[0]) }},
	"float":           {1, 1, func(a []any) (any, error) { return number(a[0]) }},
	"bool":            {1, 1, func(a []any) (any, error) { return isTrue(a[0]) || scalar(a[0]) == "1", nil }},
	"true":            {0, 0, func([]any) (any, error) { return true, nil }},
	"false":           {0, 0, func([]any) (any, error) { return false, nil }},
	"null":            {0, 0, func([]any) (any, error) { return nil, nil }},
	"equals":          {2, 2, func(a []any) (any, error) { return equal(a[0], a[1]), nil }},
	"not":             {1, 1, func(a []any) (any, error) { return !isTrue(a[0]), nil }},
	"less":            {2, 2, compare(func(x, y float64) any { return x < y })},
	"greater":         {2, 2, compare(func(x, y float64) any { return x > y })},
	"lessorequals":    {2, 2, compare(func(x, y float64) any { return x <= y })},
	"greaterorequals": {2, 2, compare(func(x, y float64) any { return x >= y })},
	"add":             {2, 2, compare(func(x, y float64) any { return x + y })},
	"sub":             {2, 2, compare(func(x, y float64) any { return x - y })},
	"mul":             {2, 2, compare(func(x, y float64) any { return x * y })},
	"div":             {2, 2, divide(func(x, y int64) int64 { return x / y })},
	"mod":             {2, 2, divide(func(x, y int64) int64 { return x % y })},

	"array": {1, 1, func(a []any) (any, error) {
		if l, ok := a[0].([]any); ok {
			return l, nil
		}
		return a, nil
	}},
	"createarray":  {0, many, func(a []any) (any, error) { return a, nil }},
	"createobject": {0, many, createObject},
	"union":        {1, many, union},
	"range":        {2, 2, numbers},
	"empty":        {1, 1, func(a []any) (any, error) { n, err := length(a[0]); return n == 0, err }},
	"length":       {1, 1, func(a []any) (any, error) { n, err := length(a[0]); return float64(n), err }},
	"first":        {1, 1, func(a []any) (any, error) { return part(a[0], 0, 1, true) }},
	"last":         {1, 1, func(a []any) (any, error) { n, _ := length(a[0]); return part(a[0], n-1, n, true) }},
	"take": {2, 2, func(a []any) (any, error) {
		n, err := number(a[1])
		if err != nil {
			return nil, err
		}
		return part(a[0], 0, int(n), false)
	}},
	"skip": {2, 2, func(a []any) (any, error) {
		n, err := number(a[1])
		if err != nil {
			return nil, err
		}
		return part(a[0], int(n), many*many, false)
	}},
	"contains": {2, 2, contains},
	"flatten":  {1, 1, flatten},
	"items":    {1, 1, items},
}

// ofText is a function of one text.
func ofText(f func(string) string) func([]any) (any, error) {
	return func(a []any) (any, error) { return f(scalar(a[0])), nil }
}

// isTrue reads a truth value, also one written as text.
func isTrue(v any) bool { return strings.EqualFold(scalar(v), "true") }

func number(v any) (float64, error) {
	f, err := strconv.ParseFloat(strings.TrimSpace(scalar(v)), 64)
	if err != nil {
		return 0, fmt.Errorf("%q is no number", scalar(v))
	}
	return f, nil
}

func list(v any) ([]any, error) {
	if l, ok := v.([]any); ok {
		return l, nil
	}
	return nil, fmt.Errorf("%q is no array", scalar(v))
}

// equal compares texts without regard to case, and other values by what they are.
func equal(x, y any) bool {
	if sx, sy := scalar(x), scalar(y); sx != "" || sy != "" {
		return strings.EqualFold(sx, sy)
	}
	return reflect.DeepEqual(x, y)
}

// compare is a function of two numbers.
func compare(f func(x, y float64) any) func([]any) (any, error) {
	return func(a []any) (any, error) {
		x, err := number(a[0])
		if err != nil {
			return nil, err
		}
		y, err := number(a[1])
		if err != nil {
			return nil, err
		}
		return f(x, y), nil
	}
}

// divide is a function of two whole numbers, of which the second is not 0.
func divide(f func(x, y int64) int64) func([]any) (any, error) {
	return func(a []any) (any, error) {
		x, err := number(a[0])
		if err != nil {
			return nil, err
		}
		y, err := number(a[1])
		if err != nil || int64(y) == 0 {
			return nil, fmt.Errorf("division by %s", scalar(a[1]))
		}
		return float64(f(int64(x), int64(y))), nil
	}
}

// concat joins texts, or arrays.
func concat(args []any) (any, error) {
	if len(args) > 0 {
		if _, ok := args[0].([]any); ok {
			return flatten([]any{args})
		}
	}
	return strings.Join(texts(args), ""), nil
}

func format(args []any) (any, error) {
	parts := texts(args)
	var pairs []string
	for i, p := range parts[1:] {
		pairs = append(pairs, "{"+strconv.Itoa(i)+"}", p)
	}
	pairs = append(pairs, "{{", "{", "}}", "}")
	return strings.NewReplacer(pairs...).Replace(parts[0]), nil
}

func fromBase64(args []any) (any, error) {
	text, err := base64.StdEncoding.DecodeString(scalar(args[0]))
	return string(text), err
}

func substring(args []any) (any, error) {
	from, err := number(args[1])
	if err != nil {
		return nil, err
	}
	n := float64(many * many)
	if len(args) == 3 {
		if n, err = number(args[2]); err != nil {
			return nil, err
		}
	}
	return part(scalar(args[0]), int(from), int(from+n), false)
}

func split(args []any) (any, error) {
	by := []string{scalar(args[1])}
	if l, ok := args[1].([]any); ok {
		by = texts(l)
	}
	text := scalar(args[0])
	for _, b := range by[min(1, len(by)):] {
		text = strings.ReplaceAll(text, b, by[0])
	}
	out := []any{}
	for _, s := range strings.Split(text, append(by, "")[0]) {
		out = append(out, s)
	}
	return out, nil
}

// jsonText writes a value as JSON; a text stays as it is.
func jsonText(args []any) (any, error) {
	switch args[0].(type) {
	case map[string]any, []any:
		text, err := json.Marshal(args[0])
		return string(text), err
	}
	return scalar(args[0]), nil
}

func createObject(args []any) (any, error) {
	if len(args)%2 == 1 {
		return nil, fmt.Errorf("createObject() needs keys and values in pairs")
	}
	out := map[string]any{}
	for i := 0; i < len(args); i += 2 {
		out[scalar(args[i])] = args[i+1]
	}
	return out, nil
}

// union joins objects, the later ones first, or arrays without repeats.
func union(args []any) (any, error) {
	if _, ok := args[0].(map[string]any); !ok {
		all, err := flatten([]any{args})
		if err != nil {
			return nil, err
		}
		var out []any
		for _, v := range all.([]any) {
			if !has(out, v) {
				out = append(out, v)
			}
		}
		return out, nil
	}
	out := map[string]any{}
	for _, a := range args {
		m, ok := a.(map[string]any)
		if !ok {
			return nil, fmt.Errorf("union() of an object and %q", scalar(a))
		}
		maps.Copy(out, m)
	}
	return out, nil
}

func has(l []any, v any) bool {
	for _, x := range l {
		if equal(x, v) {
			return true
		}
	}
	return false
}

func numbers(args []any) (any, error) {
	from, err := number(args[0])
	if err != nil {
		return nil, err
	}
	n, err := number(args[1])
	if err != nil || n < 0 || n > maxCopies {
		return nil, fmt.Errorf("range() of %s numbers", scalar(args[1]))
	}
	out := []any{}
	for i := range int(n) {
		out = append(out, from+float64(i))
	}
	return out, nil
}

func length(v any) (int, error) {
	switch v := v.(type) {
	case nil:
		return 0, nil
	case unknown:
		return 0, fmt.Errorf("%s has no value here", v)
	case []any:
		return len(v), nil
	case map[string]any:
		return len(v), nil
	}
	return len([]rune(scalar(v))), nil
}

// part is a part of a text or an array, or one element of it.
func part(v any, from, to int, one bool) (any, error) {
	n, err := length(v)
	if err != nil {
		return nil, err
	}
	from = min(max(from, 0), n)
	to = min(max(to, from), n)
	if l, ok := v.([]any); ok {
		if one && from < to {
			return l[from], nil
		} else if one {
			return nil, nil
		}
		return l[from:to], nil
	}
	return string([]rune(scalar(v))[from:to]), nil
}

func contains(args []any) (any, error) {
	switch in := args[0].(type) {
	case []any:
		return has(in, args[1]), nil
	case map[string]any:
		return object(in).has(scalar(args[1])), nil
	}
	return strings.Contains(scalar(args[0]), scalar(args[1])), nil
}

func flatten(args []any) (any, error) {
	lists, err := list(args[0])
	out := []any{}
	for _, l := range lists {
		inner, err := list(l)
		if err != nil {
			return nil, err
		}
		out = append(out, inner...)
	}
	return out, err
}

func items(args []any) (any, error) {
	m, ok := args[0].(map[string]any)
	if !ok {
		return nil, fmt.Errorf("items() of no object")
	}
	out := []any{}
	for _, key := range object(m).keys() {
		out = append(out, map[string]any{"key": key, "value": m[key]})
	}
	return out, nil
}
