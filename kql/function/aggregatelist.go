package function

import (
	"strconv"

	"github.com/glasswatch/glasswatch/kql/value"
)

// maxList is how many elements make_list and make_set keep where the query does not say.
const maxList = 1048576

// OrderMark stands in the SQL of an aggregate for the order of its input, ORDER BY included; nothing where that has none.
const OrderMark = "\x00order"

// lists are make_list, make_set and make_bag, nulls left out.
func lists() []Aggregate {
	params := []Param{{Name: "value"}, optional(constant(param("max_size", value.Long)))}
	list := Aggregate{Name: "make_list", Prefix: "list", Doc: "An array of the values, nulls left out, up to a number of them.",
		Overloads: []AggOverload{collect(params, false)}, Examples: []Example{example(`make_list(x)`, "[1,2,3]"), example(`make_list(x * 1s)`, `["00:00:01","00:00:02","00:00:03"]`)}}
	set := Aggregate{Name: "make_set", Prefix: "set", Doc: "An array of the distinct values, nulls left out, up to a number of them; of arrays, their elements.",
		Overloads: []AggOverload{collect(params, true)}, Examples: []Example{example(`make_set(x - x)`, "[0]"), example(`make_set(dynamic(["a", "a"]))`, `["a"]`)}}
	bag := Aggregate{Name: "make_bag", Prefix: "bag", Doc: "One bag of the bags; of a name that occurs twice any value stays.", Overloads: []AggOverload{{
		Params: []Param{param("bag", value.Dynamic), optional(constant(param("max_size", value.Long)))}, Returns: value.Dynamic, New: newBag}},
		Examples: []Example{example(`make_bag(bag_pack("a", x - x))`, `{"a":0}`)}}
	makeListOld, makeSetOld := list, set
	makeListOld.Name, makeListOld.Examples = "makelist", []Example{example(`makelist(x)`, "[1,2,3]")}
	makeSetOld.Name, makeSetOld.Examples = "makeset", []Example{example(`makeset(x - x)`, "[0]")}
	dictionary, withNulls := bag, list
	dictionary.Name, dictionary.Prefix, dictionary.Examples = "make_dictionary", "dictionary", []Example{example(`make_dictionary(bag_pack("a", x - x))`, `{"a":0}`)}
	withNulls.Name, withNulls.Overloads = "make_list_with_nulls", []AggOverload{listWithNulls()}
	withNulls.Doc, withNulls.Examples = "An array of all values, nulls among them.", []Example{example(`make_list_with_nulls(x)`, "[1,2,3,null]")}
	return []Aggregate{
		dictionary, withNulls, list, set, bag, makeListOld, makeSetOld,
		withCondition(list, "make_list_if", "An array of the values of the rows for which a condition is true.", "list", example(`make_list_if(x, x > 1)`, "[2,3]")),
		withCondition(set, "make_set_if", "An array of the distinct values of the rows for which a condition is true.", "set", example(`make_set_if(x, x == 2)`, "[2]")),
		withCondition(bag, "make_bag_if", "One bag of the bags of the rows for which a condition is true.", "bag", example(`make_bag_if(bag_pack("a", x), x == 1)`, `{"a":1}`)),
	}
}

// collection is the state of make_list and make_set.
type collection struct {
	nodes []any
	seen  map[string]struct{}
	key   []byte
	limit int64 // as the rows say
}

func collect(params []Param, distinct bool) AggOverload {
	o := AggOverload{Params: params, Returns: value.Dynamic, New: func() Accumulator {
		return &merging[collection]{fold[collection]{state: collection{nodes: []any{}, limit: maxList}, add: func(s *collection, _ *Context, a []value.Value) {
			if a[0].IsNull() {
				return
			}
			if len(a) > 1 && !a[1].IsNull() {
				s.limit = min(s.limit, a[1].Int())
			}
			if !distinct {
				s.add(a[0].Node())
				return
			}
			if list, ok := arrayOf(a[0]); ok {
				for _, node := range list {
					s.addOnce(node)
				}
				return
			}
			s.addOnce(a[0].Node())
		}, result: func(s *collection) value.Value { return value.NewDynamic(s.nodes) }}, func(s, other *collection) {
			s.limit = min(s.limit, other.limit)
			for _, node := range other.nodes {
				if distinct {
					s.addOnce(node)
				} else {
					s.add(node)
				}
			}
		}}
	}}
	return aggSQL(o, "{0} IS NOT NULL", func(args []SQLArg) (string, bool) {
		node, ok := nodeSQL(args[0])
		if !ok || distinct && args[0].Type == value.Dynamic {
			return "", false
		}
		limit := int64(maxList)
		if len(args) > 1 {
			n, isConst := args[1].constInt()
			if !isConst || n < 0 {
				return "", false
			}
			limit = min(limit, n)
		}
		if distinct {
			node = "DISTINCT " + node
		} else {
			node += OrderMark
		}
		return "('[' || coalesce(array_to_string((list(" + node + ")" + filterMark + ")[1:" + strconv.FormatInt(limit, 10) + "], ','), '') || ']')", true
	})
}

// listWithNulls keeps the nulls.
func listWithNulls() AggOverload {
	o := AggOverload{Params: []Param{{Name: "value"}}, Returns: value.Dynamic, New: func() Accumulator {
		return &fold[[]any]{state: []any{}, add: func(s *[]any, _ *Context, a []value.Value) {
			if len(*s) < maxList {
				*s = append(*s, a[0].Node())
			}
		}, result: func(s *[]any) value.Value { return value.NewDynamic(*s) }}
	}}
	return aggSQL(o, "", func(args []SQLArg) (string, bool) {
		node, ok := nodeSQL(args[0])
		return "('[' || coalesce(array_to_string((list(" + node + OrderMark + ")" + filterMark + ")[1:" + strconv.Itoa(maxList) + "], ','), '') || ']')", ok
	})
}

func (s *collection) add(node any) {
	if int64(len(s.nodes)) < s.limit {
		s.nodes = append(s.nodes, node)
	}
}

func (s *collection) addOnce(node any) {
	if node == nil || int64(len(s.nodes)) >= s.limit {
		return
	}
	s.key = value.NewDynamic(node).AppendKey(s.key[:0])
	if _, ok := s.seen[string(s.key)]; ok {
		return
	}
	if s.seen == nil {
		s.seen = map[string]struct{}{}
	}
	s.seen[string(s.key)] = struct{}{}
	s.nodes = append(s.nodes, node)
}

func newBag() Accumulator {
	return &fold[value.Bag]{add: func(out *value.Bag, _ *Context, a []value.Value) {
		b, ok := a[0].Tree().(*value.Bag)
		if !ok {
			return
		}
		for i := range b.Len() {
			key, node := b.At(i)
			if _, taken := out.Lookup(key); !taken {
				out.Set(key, node)
			}
		}
	}, result: func(out *value.Bag) value.Value { return value.NewDynamic(out) }}
}
