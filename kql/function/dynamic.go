package function

import (
	"fmt"
	"strings"

	"github.com/glasswatch/glasswatch/kql/value"
)

// dynamics are the functions over property bags and the parsing of JSON.
func dynamics() []Func {
	parse := Func{Name: "parse_json", Doc: "JSON text as a dynamic value; text that is not JSON becomes a dynamic string, a dynamic stays as it is.",
		Overloads: []Overload{
			{Params: just1("json", value.String), Returns: value.Dynamic, SQL: sql(parseJSONSQL), Eval: func(_ *Context, a []value.Value) value.Value { return toDynamic(a[0]) }},
			{Params: just1("json", value.Dynamic), Returns: value.Dynamic, SQL: sql("{0}"), Eval: func(_ *Context, a []value.Value) value.Value { return a[0] }},
		},
		Examples: []Example{example(`parse_json('{"a":{"b":[1,2]}}').a.b[1]`, "2"), example(`parse_json("abc")`, `"abc"`), exampleNull(`parse_json("")`), exampleNull(`parse_json("null")`)}}
	todynamic, parsejson, toobject := parse, parse, parse
	todynamic.Name, todynamic.Examples = "todynamic", []Example{example(`todynamic("[1,2]")`, "[1,2]")}
	parsejson.Name, parsejson.Examples = "parsejson", []Example{example(`parsejson("1.5")`, "1.5")}
	toobject.Name, toobject.Examples = "toobject", []Example{example(`toobject("true")`, "true")}
	packBag := Func{Name: "bag_pack", Doc: "A property bag of names and values in turn.", resolve: resolvePack,
		Overloads: []Overload{{Params: []Param{text("key"), {Name: "value"}, {Name: "more", Optional: true, Variadic: true}}, Returns: value.Dynamic, Eval: pack, SQLFunc: sqlFunc(packSQL)}},
		Examples:  []Example{example(`bag_pack("Level", "Error", "Code", 5)`, `{"Level":"Error","Code":5}`), example(`bag_pack("a", long(null))`, `{"a":null}`)}}
	packOld, packDictionary := packBag, packBag
	packOld.Name, packOld.Examples = "pack", []Example{example(`pack("a", 1)`, `{"a":1}`)}
	packDictionary.Name, packDictionary.Examples = "pack_dictionary", []Example{example(`pack_dictionary("a", 1)`, `{"a":1}`)}
	bag := param("bag", value.Dynamic)
	return []Func{
		parse, todynamic, parsejson, toobject, packBag, packOld, packDictionary,
		one("bag_keys", "The names of a bag's properties, as an array.", Overload{Params: []Param{bag}, Returns: value.Dynamic,
			SQL: sql("(CASE WHEN json_type({0}) = 'OBJECT' THEN to_json(json_keys({0}))::VARCHAR END)"),
			Eval: func(_ *Context, a []value.Value) value.Value {
				b, ok := a[0].Tree().(*value.Bag)
				if !ok {
					return value.Null(value.Dynamic)
				}
				keys := make([]any, b.Len())
				for i := range keys {
					keys[i], _ = b.At(i)
				}
				return value.NewDynamic(keys)
			}}, example(`bag_keys(dynamic({"a": 1, "b": {"c": 2}}))`, `["a","b"]`), exampleNull(`bag_keys(dynamic([1]))`)),
		one("bag_has_key", "Whether a bag has a property; a key that begins with $. is a path.", Overload{Params: []Param{bag, plainText("key")}, Returns: value.Bool, SQLFunc: sqlFunc(bagHasKeySQL),
			Eval: func(_ *Context, a []value.Value) value.Value {
				b, ok := a[0].Tree().(*value.Bag)
				if !ok {
					return value.Null(value.Bool)
				}
				_, found := b.Lookup(a[1].Text())
				if steps, ok := parsePath(a[1].Text()); ok && !found {
					_, found = follow(b, steps)
				}
				return boolean(found)
			}}, example(`bag_has_key(dynamic({"a": null}), "a")`, "true"), example(`bag_has_key(dynamic({"a": {"b": 1}}), "$.a.b")`, "true"), example(`bag_has_key(dynamic({}), "a")`, "false")),
		one("bag_merge", "One bag of several; of a name that occurs twice the first value stays.", Overload{Params: []Param{bag, {Name: "more", Types: just(value.Dynamic), Variadic: true}}, Returns: value.Dynamic, Eval: bagMerge},
			example(`bag_merge(dynamic({"a": 1}), dynamic({"a": 2, "b": 3}))`, `{"a":1,"b":3}`)),
		one("bag_remove_keys", "A bag without the properties that an array names; a name such as $.a.b is a path to one of an inner bag.", Overload{Params: []Param{bag, param("keys", value.Dynamic)}, Returns: value.Dynamic, Eval: bagRemoveKeys},
			example(`bag_remove_keys(dynamic({"a": 1, "b": 2}), dynamic(["a"]))`, `{"b":2}`), example(`bag_remove_keys(dynamic({"a": {"b": 1, "c": 2}}), dynamic(["$.a.b"]))`, `{"a":{"c":2}}`)),
	}
}

func just1(name string, t value.Type) []Param { return []Param{param(name, t)} }

// parseJSONSQL keeps to strict JSON: DuckDB also reads a comma before a bracket, NaN and the infinities, which is
// looked for only where such letters occur at all.
const parseJSONSQL = `(CASE WHEN trim({0}, ` + blanks + `) = '' THEN NULL WHEN json_valid({0}) AND NOT (regexp_matches({0}, ',\s*[\]}]|[nN][aA][nN]|[iI][nN][fF]')` +
	` AND regexp_matches(regexp_replace({0}, '"(?:[^"\\]|\\.)*"', '""', 'g'), ',\s*[\]}]|[nN][aA][nN]|[iI][nN][fF]'))` +
	` THEN nullif(json({0})::VARCHAR, 'null') ELSE to_json({0})::VARCHAR END)`

// resolvePack asks for pairs.
func resolvePack(f *Func, args []value.Type) (*Overload, []value.Type, value.Type, error) {
	if len(args) == 0 || len(args)%2 != 0 {
		return nil, nil, value.Invalid, fmt.Errorf("%s expects names and values in turn", f.Name)
	}
	converted := make([]value.Type, len(args))
	for i := 0; i < len(args); i += 2 {
		switch args[i] {
		case value.String:
		case value.Dynamic:
			converted[i] = value.String
		default:
			return nil, nil, value.Invalid, fmt.Errorf("%s needs a string as the name of a value, not %s", f.Name, args[i])
		}
	}
	return &f.Overloads[0], converted, value.Dynamic, nil
}

func pack(_ *Context, a []value.Value) value.Value {
	bag := &value.Bag{}
	for i := 0; i+1 < len(a); i += 2 {
		bag.Set(a[i].Text(), a[i+1].Node())
	}
	return value.NewDynamic(bag)
}

// packSQL needs constant names, each once, where there are several.
func packSQL(args []SQLArg) (string, bool) {
	if len(args) == 2 && args[0].Const == nil {
		node, ok := nodeSQL(args[1])
		return "('{' || to_json(" + args[0].SQL + ")::VARCHAR || ':' || " + node + " || '}')", ok
	}
	parts := make([]string, 0, len(args)/2)
	seen := map[string]bool{}
	for i := 0; i+1 < len(args); i += 2 {
		key, ok := args[i].constText()
		if !ok || seen[key] {
			return "", false
		}
		seen[key] = true
		name, ok := quote(string(value.AppendJSONString(nil, key)) + ":")
		if !ok {
			return "", false
		}
		node, ok := nodeSQL(args[i+1])
		if !ok {
			return "", false
		}
		parts = append(parts, name+" || "+node)
	}
	return "('{' || " + strings.Join(parts, " || ',' || ") + " || '}')", true
}

// nodeSQL writes a value as JSON text inside an array or a bag.
func nodeSQL(a SQLArg) (string, bool) {
	switch a.Type {
	case value.String:
		return "to_json(" + a.SQL + ")::VARCHAR", true
	case value.Bool, value.Int, value.Long:
		return "coalesce((" + a.SQL + ")::VARCHAR, 'null')", true
	case value.Real:
		return fill(`(CASE WHEN {0} IS NULL THEN 'null' WHEN isnan({0}) THEN '"NaN"' WHEN isfinite({0}) THEN to_json({0})::VARCHAR WHEN {0} > 0 THEN '"Infinity"' ELSE '"-Infinity"' END)`, a.SQL), true
	case value.Dynamic:
		return "coalesce(" + a.SQL + ", 'null')", true
	case value.GUID:
		return fill(`coalesce('"' || {0} || '"', 'null')`, a.SQL), true
	case value.DateTime:
		return fill(`coalesce('"' || `+datetimeText+` || '"', 'null')`, a.SQL), true
	case value.TimeSpan:
		return fill(`coalesce('"' || `+timespanText+` || '"', 'null')`, a.SQL), true
	}
	return "", false
}

// bagHasKeySQL needs a constant name that is no path.
func bagHasKeySQL(args []SQLArg) (string, bool) {
	key, ok := args[1].constText()
	if _, isPath := parsePath(key); !ok || isPath {
		return "", false
	}
	return fill("(CASE WHEN json_type({0}) = 'OBJECT' THEN list_contains(json_keys({0}), {1}) END)", texts(args)...), true
}

func bagMerge(_ *Context, a []value.Value) value.Value {
	out := &value.Bag{}
	found := false
	for _, v := range a {
		b, ok := v.Tree().(*value.Bag)
		if !ok {
			continue
		}
		found = true
		for i := range b.Len() {
			key, node := b.At(i)
			if _, taken := out.Lookup(key); !taken {
				out.Set(key, node)
			}
		}
	}
	if !found {
		return value.Null(value.Dynamic)
	}
	return value.NewDynamic(out)
}

func bagRemoveKeys(_ *Context, a []value.Value) value.Value {
	b, ok := a[0].Tree().(*value.Bag)
	if !ok {
		return value.Null(value.Dynamic)
	}
	list, _ := arrayOf(a[1])
	for _, node := range list {
		b = withoutKey(b, keyPath(value.NewDynamic(node).DynamicText()))
	}
	return value.NewDynamic(b)
}
