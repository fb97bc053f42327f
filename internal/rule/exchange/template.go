package exchange

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

const (
	maxDepth  = 20  // of nested templates and expressions
	maxCopies = 800 // of one copy loop: Azure's own limit
	maxCalls  = 200_000
	maxText   = 4 << 20 // of one value: Azure's limit of a whole template
)

// template is a deployment template: its expressions are computed as far as its parameters and variables say. What it
// does not know itself, the template around it may: templates within one are evaluated in its scope by default.
type template struct {
	r          *reader
	parent     *template
	parameters object
	variables  object
	depth      int
	loops      map[string]int // the index of each copy loop that is being run, by its name in lower case
	lastLoop   string
}

// template takes the resources of a deployment template.
func (r *reader) template(o object) { r.nested(o, nil, nil) }

// nested takes a template within another, with the parameters that are given to it.
func (r *reader) nested(o, given object, parent *template) {
	t := &template{r: r, parent: parent, parameters: object{}, variables: o.object("variables"), loops: map[string]int{}}
	if parent != nil {
		t.depth = parent.depth + 1
	}
	if t.depth > maxDepth {
		r.note("", "resources", "templates are nested more than %d deep", maxDepth)
		return
	}
	for name, p := range o.object("parameters") {
		m, _ := p.(map[string]any)
		if v := object(m).value("defaultValue"); v != nil {
			t.parameters[name] = v
		}
	}
	for name, p := range given {
		m, _ := p.(map[string]any)
		if v := object(m).value("value"); v != nil {
			t.parameters[name] = v
		}
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

// resource takes a resource and its children, once for every turn of its copy loop.
func (t *template) resource(item any, parent string) {
	m, _ := item.(map[string]any)
	o := object(m)
	loop := o.object("copy")
	if len(loop) == 0 {
		t.one(o, parent)
		return
	}
	t.each(scalar(t.compute(loop.value("name"))), t.compute(loop.value("count")), func() { t.one(o, parent) })
}

// each runs a copy loop.
func (t *template) each(name string, count any, turn func()) {
	n, err := strconv.Atoi(scalar(count))
	if err != nil {
		t.r.note("", "copy", "the loop %s runs %s times: known only at deployment", name, scalar(count))
		return
	}
	key, outer := strings.ToLower(name), t.lastLoop
	for i := range min(n, maxCopies) {
		if t.r.calls++; t.r.calls > maxCalls {
			break
		}
		t.loops[key], t.lastLoop = i, key
		turn()
	}
	delete(t.loops, key)
	t.lastLoop = outer
}

// one takes one resource by its type.
func (t *template) one(o object, parent string) {
	typ := strings.Trim(parent+"/"+o.text("type"), "/")
	if off := t.compute(o.value("condition")); strings.EqualFold(scalar(off), "false") {
		if isRule(typ) {
			t.r.note(lastSegment(scalar(t.compute(o.value("name")))), "condition", "the rule was not taken: its condition is false by default")
		}
		return
	}
	props := o.object("properties")
	switch low := strings.ToLower(typ); {
	case low == "microsoft.resources/deployments":
		given, _ := t.compute(map[string]any(props.object("parameters"))).(map[string]any)
		t.r.nested(props.object("template"), given, t)
	case strings.HasSuffix(low, "/contenttemplates"), low == "microsoft.resources/templatespecs/versions":
		t.r.nested(props.object("mainTemplate"), nil, t)
	case low == typePolicy:
		t.policy(props)
	case isRule(typ):
		resolved, _ := t.compute(map[string]any(o)).(map[string]any)
		resolved["type"] = typ
		t.r.resource(resolved)
	}
	for _, child := range resources(o.value("resources")) {
		t.resource(child, typ)
	}
}

// typePolicy is the type of a policy definition, in lower case: one may deploy rules (deployIfNotExists).
const typePolicy = "microsoft.authorization/policydefinitions"

// policy takes the rules that a policy deploys, with the policy's own parameters. In a template the policy's
// expressions are escaped.
func (t *template) policy(props object) {
	p := &template{r: t.r, parent: t, depth: t.depth + 1, parameters: object{}, loops: map[string]int{}}
	for name, v := range props.object("parameters") {
		m, _ := v.(map[string]any)
		p.parameters[name] = object(m).value("defaultValue")
	}
	deployment := props.object("policyRule").object("then").object("details").object("deployment").object("properties")
	plain, _ := unescape(map[string]any(deployment)).(map[string]any)
	given, _ := p.compute(map[string]any(object(plain).object("parameters"))).(map[string]any)
	t.r.nested(object(plain).object("template"), given, p)
}

// walk rebuilds a value with every text in it replaced.
func walk(v any, text func(string) any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, x := range v {
			out[k] = walk(x, text)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			out[i] = walk(x, text)
		}
		return out
	case string:
		return text(v)
	}
	return v
}

// unescape turns [[...] into the expression [...].
func unescape(v any) any {
	return walk(v, func(s string) any {
		if rest, ok := strings.CutPrefix(s, "[["); ok {
			return "[" + rest
		}
		return s
	})
}

// compute replaces the expressions in a value, and runs the copy loops of its properties.
func (t *template) compute(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, x := range v {
			if loops, ok := x.([]any); ok && strings.EqualFold(k, "copy") {
				t.properties(loops, out)
				continue
			}
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

// properties runs copy loops: each makes an array of its input.
func (t *template) properties(loops []any, out map[string]any) {
	for _, item := range loops {
		m, _ := item.(map[string]any)
		o := object(m)
		list := []any{}
		t.each(o.text("name"), t.compute(o.value("count")), func() { list = append(list, t.compute(o.value("input"))) })
		out[o.text("name")] = list
	}
}

// index returns where a copy loop is, counted from an offset; without a name it is the innermost.
func (t *template) index(args []any) (any, error) {
	name, offset := t.lastLoop, 0
	for _, a := range args {
		if n, err := strconv.Atoi(scalar(a)); err == nil {
			offset = n
		} else {
			name = strings.ToLower(scalar(a))
		}
	}
	for at := t; at != nil; at = at.parent {
		if i, ok := at.loops[name]; ok {
			return float64(i + offset), nil
		}
	}
	return nil, fmt.Errorf("there is no copy loop %q here", name)
}

// named returns a parameter or variable. Its own expressions are computed where it is used. A parameter without a value
// stands for itself.
func (t *template) named(kind, name string) (any, error) {
	for at := t; at != nil; at = at.parent {
		from := at.parameters
		if kind == "variables" {
			from = at.variables
		}
		v := from.value(name)
		if v == nil && kind == "variables" {
			v = at.looped(name)
		}
		if v == nil {
			continue
		}
		if t.r.computing = append(t.r.computing, kind+" "+name); len(t.r.computing) > 10*maxDepth {
			return nil, fmt.Errorf("%s %q refers to itself", strings.TrimSuffix(kind, "s"), name)
		}
		defer func() { t.r.computing = t.r.computing[:len(t.r.computing)-1] }()
		return at.compute(v), nil
	}
	if kind == "parameters" {
		t.r.missing(name)
		return unknown(name), nil
	}
	return nil, fmt.Errorf("there is no variable %q", name)
}

// looped is a variable that a copy loop makes.
func (t *template) looped(name string) any {
	for _, item := range t.variables.list("copy") {
		if m, _ := item.(map[string]any); strings.EqualFold(object(m).text("name"), name) {
			out := map[string]any{}
			t.properties([]any{m}, out)
			return out[object(m).text("name")]
		}
	}
	return nil
}

// missing notes a parameter that has no value, once.
func (r *reader) missing(name string) {
	path := "parameters." + name
	if !slices.ContainsFunc(r.out.Notes, func(n Note) bool { return n.Path == path }) {
		r.note("", path, "it has no default value: {%s} stands in its place", name)
	}
}
