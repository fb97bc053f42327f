package exchange

import (
	"errors"
	"fmt"
	"strings"
)

// unknown is a value that is known only at deployment, by the name it goes by: it is written {name} where a text serves.
type unknown string

func (u unknown) String() string { return "{" + string(u) + "}" }

// expression computes "[...]". One that cannot be known without a deployment becomes "{its text}", and a note.
func (t *template) expression(text string) any {
	p := &expression{in: text[1 : len(text)-1]}
	read, err := p.parse(0)
	if p.space(); err == nil && p.at < len(p.in) {
		err = fmt.Errorf("%q is not understood", p.in[p.at:])
	}
	var v any
	if err == nil {
		v, err = read(t)
	}
	if err != nil {
		t.r.note("", text, "the expression is known only at deployment: %v", err)
		return "{" + p.in + "}"
	}
	if u, ok := v.(unknown); ok {
		return u.String()
	}
	return v
}

// computed is a parsed expression: what it gives in a template.
type computed func(t *template) (any, error)

// expression is a template expression that is being parsed.
type expression struct {
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

// word reads a name or a number.
func (p *expression) word() string {
	start := p.at
	for p.at < len(p.in) && (strings.IndexByte("_-$#", p.in[p.at]) >= 0 || isAlnum(p.in[p.at])) {
		p.at++
	}
	return p.in[start:p.at]
}

// parse reads a text, a number, or a call with the properties and elements behind it.
func (p *expression) parse(depth int) (computed, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("it is nested more than %d deep", maxDepth)
	}
	if p.space(); p.at < len(p.in) && p.in[p.at] == '\'' {
		s, err := p.quoted()
		return constant(s), err
	}
	word := p.word()
	if word == "" {
		return nil, fmt.Errorf("a value is expected at %q", p.in[p.at:])
	}
	if !p.accept('(') {
		return constant(word), nil // a number
	}
	var args []computed
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
	return p.path(call(word, args), depth)
}

func constant(v any) computed { return func(*template) (any, error) { return v, nil } }

// path reads .name and [index] behind a value; ? before them allows that there is none.
func (p *expression) path(of computed, depth int) (computed, error) {
	for {
		optional := p.at+1 < len(p.in) && p.in[p.at] == '?' && p.accept('?')
		before := of
		switch {
		case p.accept('.'):
			optional = p.accept('?') || optional
			of = step(before, constant(p.word()), optional)
		case p.accept('['):
			optional = p.accept('?') || optional
			i, err := p.parse(depth + 1)
			if err != nil {
				return nil, err
			}
			if !p.accept(']') {
				return nil, fmt.Errorf("a ] is missing")
			}
			of = step(before, i, optional)
		default:
			return of, nil
		}
	}
}

// step is a property or an element of a value.
func step(of, key computed, optional bool) computed {
	return func(t *template) (any, error) {
		v, err := of(t)
		if err != nil {
			return nil, err
		}
		k, err := key(t)
		if err != nil {
			return nil, err
		}
		v, err = element(v, scalar(k))
		if errors.Is(err, errNoElement) && optional {
			return nil, nil
		}
		return v, err
	}
}

// errNoElement says that a value has no such property or element.
var errNoElement = errors.New("there is no such element")

func element(v any, key string) (any, error) {
	switch v := v.(type) {
	case unknown:
		return unknown(string(v) + "." + key), nil
	case map[string]any:
		if x := object(v).value(key); x != nil {
			return x, nil
		}
	case []any:
		var i int
		if _, err := fmt.Sscan(key, &i); err == nil && i >= 0 && i < len(v) {
			return v[i], nil
		}
	}
	return nil, fmt.Errorf("%w: %s", errNoElement, key)
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
