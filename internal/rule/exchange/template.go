package exchange

import (
	"fmt"
	"strings"
)

// maxDepth bounds nested templates and expressions.
const maxDepth = 20

// template is a deployment template: its expressions are computed as far as its own parameters and variables say.
type template struct {
	r          *reader
	parameters object
	variables  object
	depth      int
}

// template takes the resources of a deployment template, nested ones included.
func (r *reader) template(o object) { r.nested(o, nil, 0) }

func (r *reader) nested(o, given object, depth int) {
	if depth > maxDepth {
		r.note("", "resources", "templates are nested more than %d deep", maxDepth)
		return
	}
	t := &template{r: r, parameters: object{}, variables: o.object("variables"), depth: depth}
	for name, p := range o.object("parameters") {
		m, _ := p.(map[string]any)
		t.parameters[name] = object(m).value("defaultValue")
	}
	for name, p := range given {
		m, _ := p.(map[string]any)
		t.parameters[name] = object(m).value("value")
	}
	for _, item := range resources(o.value("resources")) {
		t.resource(item, "")
	}
}

// resources lists the resources of a template: an array, or with symbolic names an object.
func resources(v any) []any {
	switch v := v.(type) {
	case []any:
		return v
	case map[string]any:
		var list []any
		for _, name := range object(v).keys() {
			list = append(list, v[name])
		}
		return list
	}
	return nil
}

// resource takes a resource and its children.
func (t *template) resource(item any, parent string) {
	m, _ := item.(map[string]any)
	typ := strings.Trim(parent+"/"+object(m).text("type"), "/")
	if strings.EqualFold(typ, "Microsoft.Resources/deployments") {
		props := object(m).object("properties")
		given, _ := t.compute(map[string]any(props.object("parameters"))).(map[string]any)
		t.r.nested(props.object("template"), given, t.depth+1)
		return
	}
	if isRule(typ) {
		resolved, _ := t.compute(m).(map[string]any)
		resolved["type"] = typ
		t.r.resource(resolved)
	}
	for _, child := range resources(object(m).value("resources")) {
		t.resource(child, typ)
	}
}

// compute replaces the expressions in a value.
func (t *template) compute(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, x := range v {
			out[k] = t.compute(x)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			out[i] = t.compute(x)
		}
		return out
	case string:
		if rest, ok := strings.CutPrefix(v, "[["); ok {
			return "[" + rest
		}
		if strings.HasPrefix(v, "[") && strings.HasSuffix(v, "]") {
			return t.expression(v)
		}
	}
	return v
}

// expression computes "[...]". One that cannot be known without a deployment becomes "{its text}", and a note.
func (t *template) expression(text string) any {
	p := &expression{t: t, in: text[1 : len(text)-1]}
	v, err := p.parse(0)
	if p.space(); err == nil && p.at < len(p.in) {
		err = fmt.Errorf("%q is not understood", p.in[p.at:])
	}
	if err != nil {
		t.r.note("", text, "the expression is known only at deployment: %v", err)
		return "{" + p.in + "}"
	}
	return v
}

// expression is a template expression that is being computed.
type expression struct {
	t  *template
	in string
	at int
}

func (p *expression) space() {
	for p.at < len(p.in) && strings.IndexByte(" \t\r\n", p.in[p.at]) >= 0 {
		p.at++
	}
}

func (p *expression) accept(c byte) bool {
	if p.space(); p.at < len(p.in) && p.in[p.at] == c {
		p.at++
		return true
	}
	return false
}

// parse reads a text, a number, or a call with the properties and elements behind it.
func (p *expression) parse(depth int) (any, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("it is nested more than %d deep", maxDepth)
	}
	p.space()
	if p.at < len(p.in) && p.in[p.at] == '\'' {
		return p.quoted()
	}
	start := p.at
	for p.at < len(p.in) && (p.in[p.at] == '_' || p.in[p.at] == '-' || isAlnum(p.in[p.at])) {
		p.at++
	}
	word := p.in[start:p.at]
	if word == "" {
		return nil, fmt.Errorf("a value is expected at %q", p.in[p.at:])
	}
	if !p.accept('(') {
		return word, nil // a number
	}
	var args []any
	for !p.accept(')') {
		arg, err := p.parse(depth + 1)
		if err != nil {
			return nil, err
		}
		args = append(args, arg)
		if !p.accept(',') && !(p.at < len(p.in) && p.in[p.at] == ')') {
			return nil, fmt.Errorf("a ) is missing")
		}
	}
	v, err := p.t.call(word, args, depth)
	if err != nil {
		return nil, err
	}
	return p.path(v, depth)
}

// path reads .name and [index] behind a value.
func (p *expression) path(v any, depth int) (any, error) {
	for {
		switch {
		case p.accept('.'):
			start := p.at
			for p.at < len(p.in) && (p.in[p.at] == '_' || isAlnum(p.in[p.at])) {
				p.at++
			}
			m, ok := v.(map[string]any)
			if !ok {
				return nil, fmt.Errorf("it has no property %s", p.in[start:p.at])
			}
			v = object(m).value(p.in[start:p.at])
		case p.accept('['):
			i, err := p.parse(depth + 1)
			if err != nil {
				return nil, err
			}
			if !p.accept(']') {
				return nil, fmt.Errorf("a ] is missing")
			}
			if v, err = element(v, scalar(i)); err != nil {
				return nil, err
			}
		default:
			return v, nil
		}
	}
}

func element(v any, key string) (any, error) {
	switch v := v.(type) {
	case map[string]any:
		return object(v).value(key), nil
	case []any:
		var i int
		if _, err := fmt.Sscan(key, &i); err == nil && i >= 0 && i < len(v) {
			return v[i], nil
		}
	}
	return nil, fmt.Errorf("it has no element %s", key)
}

// quoted reads a text in single quotes; two of them stand for one.
func (p *expression) quoted() (string, error) {
	var b strings.Builder
	for p.at++; p.at < len(p.in); p.at++ {
		if p.in[p.at] != '\'' {
			b.WriteByte(p.in[p.at])
			continue
		}
		p.at++
		if p.at >= len(p.in) || p.in[p.at] != '\'' {
			return b.String(), nil
		}
		b.WriteByte('\'')
	}
	return "", fmt.Errorf("a quote is missing")
}

func isAlnum(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}
