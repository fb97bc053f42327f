package function

import (
	"slices"

	"github.com/glasswatch/glasswatch/kql/value"
)

// schema is what values at one place have been: the names of scalar types, and the schemas of properties, those of array
// elements under `indexer`.
type schema struct {
	scalars    []string
	containers bool
	names      []string
	properties map[string]*schema
}

// indexer is the name under which the elements of arrays stand.
const indexer = "`indexer`"

func (s *schema) add(node any) {
	switch n := node.(type) {
	case nil:
	case []any:
		s.containers = true
		elements := s.property(indexer)
		for _, e := range n {
			elements.add(e)
		}
	case *value.Bag:
		s.containers = true
		for i := range n.Len() {
			name, inner := n.At(i)
			s.property(name).add(inner)
		}
	default:
		if name := scalarName(node); !slices.Contains(s.scalars, name) {
			s.scalars = append(s.scalars, name)
		}
	}
}

func (s *schema) property(name string) *schema {
	if s.properties == nil {
		s.properties = map[string]*schema{}
	}
	if s.properties[name] == nil {
		s.properties[name] = &schema{}
		s.names = append(s.names, name)
	}
	return s.properties[name]
}

// scalarName names the type of a scalar node as the schema does.
func scalarName(node any) string {
	switch n := node.(type) {
	case bool:
		return "bool"
	case int64:
		return "long"
	case float64:
		return "double"
	case value.Value:
		return n.Type().String()
	}
	return "string"
}

// node is the schema itself: a name, a bag, or an array of these where there are several; nil of nulls only.
func (s *schema) node() any {
	var all []any
	for _, name := range s.scalars {
		all = append(all, name)
	}
	if s.containers {
		bag := &value.Bag{}
		for _, name := range s.names {
			bag.Set(name, s.properties[name].node())
		}
		all = append(all, bag)
	}
	switch len(all) {
	case 0:
		return nil
	case 1:
		return all[0]
	}
	return all
}

// schemas is buildschema.
func schemas() []Aggregate {
	return []Aggregate{{Name: "buildschema", Prefix: "schema", Doc: "The types that dynamic values have, by property; elements of arrays stand under `indexer`.",
		Overloads: []AggOverload{{Params: just1("value", value.Dynamic), Returns: value.Dynamic, New: func() Accumulator {
			return &fold[schema]{add: func(s *schema, _ *Context, a []value.Value) { s.add(a[0].Tree()) },
				result: func(s *schema) value.Value { return value.NewDynamic(s.node()) }}
		}}}, Examples: []Example{example(`buildschema(dynamic({"a": 1, "b": [1, "x"]}))`, "{\"a\":\"long\",\"b\":{\"`indexer`\":[\"long\",\"string\"]}}"), exampleNull(`buildschema(dynamic(null))`)}}}
}
