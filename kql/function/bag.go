package function

import (
	"maps"
	"slices"

	"github.com/glasswatch/glasswatch/kql/value"
)

// bags are the functions that change bags, list their paths, and read JSON by a path.
func bags() []Func {
	extractJSON := one("extract_json", "The text at a JSON path ($.a.b[0]) of a JSON text, empty where there is none; with a type, converted to it.",
		Overload{Params: []Param{plainText("jsonPath"), plainText("jsonText")}, Returns: value.String, Eval: extractJSON},
		example(`extract_json("$.name", '{"name": "John", "age": 30}')`, "John"), example(`extract_json("$.a[1].b", '{"a": [1, {"b": true}]}')`, "true"), example(`extract_json("$.x", "{}")`, ""), example(`extract_json("$.age", '{"age": 30}', typeof(long))`, "30"))
	return []Func{
		extractJSON, alias(extractJSON, "extractjson", example(`extractjson("$.a", '{"a": 1}')`, "1")),
		one("bag_set_key", "A bag with a property set; a key such as $.a.b names one of an inner bag.", Overload{Params: []Param{array("bag"), constant(plainText("key")), {Name: "value"}}, Returns: value.Dynamic,
			Eval: func(_ *Context, a []value.Value) value.Value {
				b, ok := a[0].Tree().(*value.Bag)
				if !ok {
					return value.Null(value.Dynamic)
				}
				return value.NewDynamic(withKey(b, keyPath(a[1].Text()), a[2].Node()))
			}}, example(`bag_set_key(dynamic({"a": 1}), "b", 2)`, `{"a":1,"b":2}`), example(`bag_set_key(dynamic({"a": {"b": 1, "c": 2}}), "$.a.b", "x")`, `{"a":{"b":"x","c":2}}`)),
		one("bag_zip", "A bag of keys and values from two arrays; keys that are no strings are left out, values that are missing are null.", Overload{Params: []Param{array("keys"), array("values")}, Returns: value.Dynamic, Eval: bagZip},
			example(`bag_zip(dynamic(["a", "b"]), dynamic([1, 2]))`, `{"a":1,"b":2}`), example(`bag_zip(dynamic(["a", 8, "b"]), dynamic([1]))`, `{"a":1,"b":null}`)),
		one("treepath", "All paths of a dynamic, as an array of texts; of an array only the first element's.", Overload{Params: []Param{array("object")}, Returns: value.Dynamic,
			Eval: func(_ *Context, a []value.Value) value.Value {
				if a[0].IsNull() {
					return a[0]
				}
				return value.NewDynamic(treePaths([]any{}, "", a[0].Tree()))
			}}, example(`treepath(dynamic({"a": "b", "c": 123}))`, `["['a']","['c']"]`), example(`treepath(dynamic({"a": [1, {"x": 2}], "b": {"c": 3}}))`, `["['a']","['a'][0]","['a'][0]['x']","['b']","['b']['c']"]`)),
		one("dynamic_to_json", "The JSON text of a dynamic with the keys of bags sorted, so that equal values have equal texts.", Overload{Params: []Param{{Name: "dynamic"}}, Returns: value.String,
			Eval: func(_ *Context, a []value.Value) value.Value {
				if a[0].Type() != value.Dynamic || a[0].IsNull() {
					return str(a[0].ToText())
				}
				return str(string(value.AppendJSON(nil, sortedNode(a[0].Tree()))))
			}}, example(`dynamic_to_json(dynamic({"b": [1, {"d": 2, "c": 3}], "a": 4}))`, `{"a":4,"b":[1,{"c":3,"d":2}]}`), example(`dynamic_to_json(1.5)`, "1.5")),
	}
}

func extractJSON(_ *Context, a []value.Value) value.Value {
	steps, ok := parsePath(a[0].Text())
	v, ok2 := value.ParseJSON(a[1].Text())
	if !ok || !ok2 {
		return str("")
	}
	node, ok := follow(v.Tree(), steps)
	if !ok {
		return str("")
	}
	return str(value.NewDynamic(node).DynamicText())
}

func bagZip(_ *Context, a []value.Value) value.Value {
	keys, ok := arrayOf(a[0])
	if !ok {
		return value.Null(value.Dynamic)
	}
	values, _ := arrayOf(a[1])
	out := &value.Bag{}
	for i, node := range keys {
		key, ok := node.(string)
		if _, taken := out.Lookup(key); !ok || taken {
			continue
		}
		var v any
		if i < len(values) {
			v = values[i]
		}
		out.Set(key, v)
	}
	return value.NewDynamic(out)
}

// treePaths appends the paths of what node holds. An inner array stands for itself and its first bag.
func treePaths(out []any, path string, node any) []any {
	switch n := node.(type) {
	case *value.Bag:
		for i := range n.Len() {
			key, inner := n.At(i)
			at := path + "['" + key + "']"
			out = treePaths(append(out, at), at, inner)
		}
	case []any:
		if len(n) == 0 {
			return out
		}
		at := path + "[0]"
		out = append(out, at)
		seen := map[string]bool{}
		for _, inner := range n {
			for _, p := range treePaths(nil, at, inner) {
				if text := p.(string); !seen[text] {
					seen[text] = true
					out = append(out, p)
				}
			}
		}
	}
	return out
}

// sortedNode is a tree whose bags have their keys in order.
func sortedNode(node any) any {
	switch n := node.(type) {
	case []any:
		out := make([]any, len(n))
		for i, inner := range n {
			out[i] = sortedNode(inner)
		}
		return out
	case *value.Bag:
		all := map[string]any{}
		for i := range n.Len() {
			key, inner := n.At(i)
			if _, taken := all[key]; !taken {
				all[key] = sortedNode(inner)
			}
		}
		out := &value.Bag{}
		for _, key := range slices.Sorted(maps.Keys(all)) {
			out.Set(key, all[key])
		}
		return out
	}
	return node
}
