package function

import (
	"slices"
	"strings"

	"github.com/glasswatch/glasswatch/kql/value"
)

// arrays are the functions over dynamic arrays.
func arrays() []Func {
	array := param("array", value.Dynamic)
	more := Param{Name: "more", Types: just(value.Dynamic), Variadic: true}
	return []Func{
		one("array_length", "The number of elements; null for what is no array.", Overload{Params: []Param{array}, Returns: value.Long,
			SQL: sql("(CASE WHEN json_type({0}) = 'ARRAY' THEN json_array_length({0})::BIGINT END)"),
			Eval: func(_ *Context, a []value.Value) value.Value {
				list, ok := arrayOf(a[0])
				if !ok {
					return value.Null(value.Long)
				}
				return value.NewLong(int64(len(list)))
			}}, example(`array_length(dynamic([1, 2, 3]))`, "3"), exampleNull(`array_length(dynamic({"a": 1}))`)),
		one("pack_array", "An array of its arguments.", Overload{Params: []Param{{Name: "value"}, {Name: "more", Optional: true, Variadic: true}}, Returns: value.Dynamic, SQLFunc: sqlFunc(packArraySQL),
			Eval: func(_ *Context, a []value.Value) value.Value {
				list := make([]any, len(a))
				for i, v := range a {
					list[i] = v.Node()
				}
				return value.NewDynamic(list)
			}}, example(`pack_array(1, "a", 2 * 1s)`, `[1,"a","00:00:02"]`)),
		one("array_concat", "One array of the elements of several.", Overload{Params: []Param{array, optional(more)}, Returns: value.Dynamic, Eval: arrayConcat, SQLFunc: sqlFunc(arrayConcatSQL)},
			example(`array_concat(dynamic([1, 2]), dynamic([3]))`, "[1,2,3]")),
		one("array_slice", "The elements between two positions, both included; a negative position counts from the end.", Overload{Params: []Param{array, param("start", value.Long), param("end", value.Long)}, Returns: value.Dynamic, Eval: arraySlice, SQLFunc: sqlFunc(arraySliceSQL)},
			example(`array_slice(dynamic([1, 2, 3, 4]), 1, 2)`, "[2,3]"), example(`array_slice(dynamic([1, 2, 3, 4, 5]), -3, -2)`, "[3,4]")),
		one("array_reverse", "The elements in the opposite order.", Overload{Params: []Param{array}, Returns: value.Dynamic, SQL: sql(fill(arrayTextSQL, "list_reverse("+elementsSQL+")")),
			Eval: mapArray(func(list []any) []any { slices.Reverse(list); return list })}, example(`array_reverse(dynamic(["a", "b"]))`, `["b","a"]`)),
		one("array_sum", "The sum of the elements; null where one is no number.", Overload{Params: []Param{array}, Returns: value.Real, Eval: arraySum}, example(`array_sum(dynamic([1, 2, 3.5]))`, "6.5")),
		one("array_index_of", "The position of a value in an array, from 0; -1 without one. Optionally from a start, within a length, and of the n-th occurrence.",
			Overload{Params: []Param{array, {Name: "value"}, optional(param("start", value.Long)), optional(param("length", value.Long)), optional(param("occurrence", value.Long))}, Returns: value.Long, Eval: arrayIndexOf},
			example(`array_index_of(dynamic(["a", "b"]), "b")`, "1"), example(`array_index_of(dynamic(["a", "b"]), "z")`, "-1"), example(`array_index_of(dynamic([1, 2, 1]), 1, 1)`, "2")),
		one("set_has_element", "Whether an array holds a value.", Overload{Params: []Param{array, {Name: "value"}}, Returns: value.Bool,
			SQLFunc: sqlFunc(func(args []SQLArg) (string, bool) {
				return fill("(CASE WHEN json_type({0}) = 'ARRAY' THEN list_contains(json_extract({0}, '$[*]')::VARCHAR[], to_json({1})::VARCHAR) END)", texts(args)...), args[1].Type == value.String
			}),
			Eval: func(_ *Context, a []value.Value) value.Value {
				list, ok := arrayOf(a[0])
				if !ok {
					return value.Null(value.Bool)
				}
				return boolean(slices.ContainsFunc(list, sameNode(a[1].Node())))
			}}, example(`set_has_element(dynamic(["this", "is"]), "is")`, "true"), example(`set_has_element(dynamic([1]), "1")`, "false")),
		one("set_union", "The distinct elements of all arrays.", Overload{Params: []Param{array, more}, Returns: value.Dynamic, Eval: setUnion}, example(`set_union(dynamic([1, 2]), dynamic([2, 3]))`, "[1,2,3]"), example(`set_union(dynamic([1, -0.0, "1"]), dynamic([1.0, 0, {"a": 1}, {"a": 1}]))`, `[1,-0.0,"1",{"a":1}]`)),
		one("set_intersect", "The distinct elements that are in all arrays.", Overload{Params: []Param{array, more}, Returns: value.Dynamic, Eval: setFilter(true)}, example(`set_intersect(dynamic([1, 2, 3]), dynamic([2, 3, 4]))`, "[2,3]")),
		one("set_difference", "The distinct elements of the first array that are in none of the others.", Overload{Params: []Param{array, more}, Returns: value.Dynamic, Eval: setFilter(false)}, example(`set_difference(dynamic([1, 2, 3]), dynamic([2]))`, "[1,3]")),
		one("strcat_array", "The elements of an array as one text with a delimiter.", Overload{Params: []Param{array, text("delimiter")}, Returns: value.String, SQLFunc: sqlFunc(strcatArraySQL),
			Eval: func(_ *Context, a []value.Value) value.Value {
				list, _ := arrayOf(a[0])
				parts := make([]string, len(list))
				for i, node := range list {
					parts[i] = value.NewDynamic(node).DynamicText()
				}
				return str(strings.Join(parts, a[1].Text()))
			}}, example(`strcat_array(dynamic([1, "a"]), "->")`, "1->a")),
	}
}

func packArraySQL(args []SQLArg) (string, bool) {
	parts := make([]string, len(args))
	for i, a := range args {
		var ok bool
		if parts[i], ok = nodeSQL(a); !ok {
			return "", false
		}
	}
	return "('[' || " + strings.Join(parts, " || ',' || ") + " || ']')", true
}

// mapArray changes a copy of the elements.
func mapArray(f func([]any) []any) func(*Context, []value.Value) value.Value {
	return func(_ *Context, a []value.Value) value.Value {
		list, ok := arrayOf(a[0])
		if !ok {
			return value.Null(value.Dynamic)
		}
		return value.NewDynamic(f(slices.Clone(list)))
	}
}

// sameNode tells the nodes that are equal to one.
func sameNode(a any) func(any) bool {
	v := value.NewDynamic(a)
	return func(b any) bool { return value.Compare(v, value.NewDynamic(b)) == 0 }
}

func arrayConcat(_ *Context, a []value.Value) value.Value {
	out := []any{}
	found := false
	for _, v := range a {
		if list, ok := arrayOf(v); ok {
			found = true
			out = append(out, list...)
		}
	}
	if !found {
		return value.Null(value.Dynamic)
	}
	return value.NewDynamic(out)
}

func arraySlice(_ *Context, a []value.Value) value.Value {
	list, ok := arrayOf(a[0])
	if !ok || a[1].IsNull() || a[2].IsNull() {
		return value.Null(value.Dynamic)
	}
	n := int64(len(list))
	start, end := a[1].Int(), a[2].Int()
	if start < 0 {
		start = max(0, start+n)
	}
	if end < 0 {
		end += n
	}
	end = min(end, n-1)
	if start > end {
		return value.NewDynamic([]any{})
	}
	return value.NewDynamic(slices.Clone(list[start : end+1]))
}

func arraySum(_ *Context, a []value.Value) value.Value {
	list, ok := arrayOf(a[0])
	if !ok {
		return value.Null(value.Real)
	}
	sum := 0.0
	for _, node := range list {
		f, ok := nodeReal(node)
		if !ok {
			return value.Null(value.Real)
		}
		sum += f
	}
	return value.NewReal(sum)
}

func arrayIndexOf(_ *Context, a []value.Value) value.Value {
	list, ok := arrayOf(a[0])
	if !ok {
		return value.Null(value.Long)
	}
	arg := func(i int, absent int64) int64 {
		if i >= len(a) || a[i].IsNull() {
			return absent
		}
		return a[i].Int()
	}
	n := int64(len(list))
	start, length, occurrence := arg(2, 0), arg(3, -1), arg(4, 1)
	if start < 0 {
		start = max(0, start+n)
	}
	end := n
	if length >= 0 && length < n-start {
		end = start + length
	}
	same := sameNode(a[1].Node())
	for i := start; i < end; i++ {
		if same(list[i]) {
			if occurrence--; occurrence == 0 {
				return value.NewLong(i)
			}
		}
	}
	return value.NewLong(-1)
}

func setUnion(_ *Context, a []value.Value) value.Value {
	out, seen := []any{}, map[string]bool{}
	for _, v := range a {
		list, ok := arrayOf(v)
		if !ok {
			return value.Null(value.Dynamic)
		}
		for _, node := range list {
			if key := setKey(node); !seen[key] {
				seen[key] = true
				out = append(out, node)
			}
		}
	}
	return value.NewDynamic(out)
}

// setFilter keeps the elements of the first array that are in all of the others, or in none.
func setFilter(inAll bool) func(*Context, []value.Value) value.Value {
	return func(_ *Context, a []value.Value) value.Value {
		list, ok := arrayOf(a[0])
		others := make([]map[string]bool, len(a)-1)
		for i, v := range a[1:] {
			other, isArray := arrayOf(v)
			ok, others[i] = ok && isArray, setOf(other)
		}
		if !ok {
			return value.Null(value.Dynamic)
		}
		out, seen := []any{}, map[string]bool{}
		for _, node := range list {
			key := setKey(node)
			unwanted := func(other map[string]bool) bool { return other[key] != inAll }
			if !seen[key] && !slices.ContainsFunc(others, unwanted) {
				seen[key] = true
				out = append(out, node)
			}
		}
		return value.NewDynamic(out)
	}
}

// setKey is what an element is compared by in sets: its JSON text, of a whole number without decimals, since 1 and 1.0 are one.
func setKey(node any) string {
	text := string(value.AppendJSON(nil, node))
	switch f, isReal := node.(float64); {
	case !isReal:
		return text
	case f == 0: // or -0.0
		return "0"
	}
	return strings.TrimSuffix(text, ".0")
}

// setOf has the keys of all elements.
func setOf(list []any) map[string]bool {
	out := make(map[string]bool, len(list))
	for _, node := range list {
		out[setKey(node)] = true
	}
	return out
}
