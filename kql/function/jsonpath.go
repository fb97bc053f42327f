package function

import (
	"strconv"
	"strings"

	"github.com/glasswatch/glasswatch/kql/value"
)

// pathStep is a property or an element of a JSON path.
type pathStep struct {
	name  string
	index int64
	isKey bool
}

// parsePath reads $.a.b[0]['c d']; false for what is no path.
func parsePath(s string) ([]pathStep, bool) {
	rest, ok := strings.CutPrefix(s, "$")
	if !ok {
		return nil, false
	}
	var steps []pathStep
	for rest != "" {
		switch rest[0] {
		case '.':
			rest = rest[1:]
			end := strings.IndexAny(rest, ".[")
			if end < 0 {
				end = len(rest)
			}
			if end == 0 {
				return nil, false
			}
			steps = append(steps, pathStep{name: rest[:end], isKey: true})
			rest = rest[end:]
		case '[':
			step, n, ok := bracketStep(rest)
			if !ok {
				return nil, false
			}
			steps = append(steps, step)
			rest = rest[n:]
		default:
			return nil, false
		}
	}
	return steps, true
}

// bracketStep reads ['name'], ["name"] or [0] and returns its length.
func bracketStep(s string) (pathStep, int, bool) {
	if len(s) > 2 && (s[1] == '\'' || s[1] == '"') {
		end := strings.Index(s[2:], string(s[1])+"]")
		if end < 0 {
			return pathStep{}, 0, false
		}
		return pathStep{name: s[2 : 2+end], isKey: true}, end + 4, true
	}
	end := strings.IndexByte(s, ']')
	if end < 0 {
		return pathStep{}, 0, false
	}
	n, err := strconv.ParseInt(s[1:end], 10, 64)
	return pathStep{index: n}, end + 1, err == nil
}

// follow returns the node at a path.
func follow(node any, steps []pathStep) (any, bool) {
	for _, step := range steps {
		switch n := node.(type) {
		case *value.Bag:
			var ok bool
			if node, ok = n.Lookup(step.name); !ok || !step.isKey {
				return nil, false
			}
		case []any:
			i := step.index
			if i < 0 {
				i += int64(len(n))
			}
			if step.isKey || i < 0 || i >= int64(len(n)) {
				return nil, false
			}
			node = n[i]
		default:
			return nil, false
		}
	}
	return node, true
}

// keyPath is the way to a property: a JSON path of names, or the name itself.
func keyPath(key string) []string {
	if steps, ok := parsePath(key); ok && len(steps) > 0 {
		names := make([]string, len(steps))
		for i, step := range steps {
			if !step.isKey {
				return []string{key}
			}
			names[i] = step.name
		}
		return names
	}
	return []string{key}
}

// withoutKey copies a bag without the property at a path.
func withoutKey(b *value.Bag, path []string) *value.Bag {
	out := &value.Bag{}
	for i := range b.Len() {
		key, node := b.At(i)
		if key == path[0] {
			inner, ok := node.(*value.Bag)
			switch {
			case len(path) == 1:
				continue
			case ok:
				node = withoutKey(inner, path[1:])
			}
		}
		out.Set(key, node)
	}
	return out
}

// withKey copies a bag with the property at a path set; bags that are missing on the way are made.
func withKey(b *value.Bag, path []string, node any) *value.Bag {
	out := &value.Bag{}
	for i := range b.Len() {
		key, old := b.At(i)
		out.Set(key, old)
	}
	if len(path) > 1 {
		old, _ := out.Lookup(path[0])
		inner, ok := old.(*value.Bag)
		if !ok {
			inner = &value.Bag{}
		}
		node = withKey(inner, path[1:], node)
	}
	out.Set(path[0], node)
	return out
}
