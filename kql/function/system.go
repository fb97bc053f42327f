package function

import (
	"errors"
	"math/rand/v2"

	"github.com/glasswatch/glasswatch/kql/value"
)

// systems are random values, assertions, sizes, and what tells where a query runs.
func systems() []Func {
	random := one("rand", "A random real from 0 up to but not including 1; with a number n, a random whole number from 0 to n - 1.", Overload{Params: []Param{optional(whole("number"))}, Returns: value.Real,
		Eval: func(_ *Context, a []value.Value) value.Value {
			if len(a) == 0 || a[0].Int() <= 0 {
				return value.NewReal(rand.Float64())
			}
			return value.NewReal(float64(rand.Int64N(a[0].Int())))
		}}, example(`rand() < 1`, "true"), example(`rand(1)`, "0"))
	random.Volatile = true
	guid := one("new_guid", "A new random guid.", Overload{Returns: value.GUID, Eval: func(*Context, []value.Value) value.Value {
		return newGUID(rand.Uint64(), rand.Uint64())
	}}, example(`strlen(tostring(new_guid()))`, "36"))
	guid.Volatile = true
	constantText := func(name, doc, is string) Func {
		return one(name, doc, Overload{Returns: value.String, SQL: sql("'" + is + "'"), Eval: func(*Context, []value.Value) value.Value { return str(is) }}, example(name+"()", is))
	}
	extent := one("extent_id", "The id of the data shard of a row, which is all zeros here: rows have none.", Overload{Returns: value.GUID, SQL: sql("'00000000-0000-0000-0000-000000000000'"),
		Eval: func(*Context, []value.Value) value.Value { return newGUIDText("00000000-0000-0000-0000-000000000000") }}, example(`extent_id()`, "00000000-0000-0000-0000-000000000000"))
	return []Func{
		random, guid,
		constantText("current_cluster_endpoint", "The name of the service that runs the query.", "glasswatch"),
		constantText("current_database", "The name of the database that the query reads.", "glasswatch"),
		extent, alias(extent, "extentid", example(`extentid()`, "00000000-0000-0000-0000-000000000000")),
		one("extent_tags", "The tags of the data shard of a row, which is null here: rows have none.", Overload{Returns: value.Dynamic, Eval: func(*Context, []value.Value) value.Value { return value.Null(value.Dynamic) }}, exampleNull(`extent_tags()`)),
		one("assert", "True, or an error with the message where the condition, which must be constant, is not true.", Overload{Params: []Param{constant(param("predicate", value.Bool)), constant(plainText("message"))}, Returns: value.Bool,
			SQL:  sql("true"),
			Eval: func(_ *Context, a []value.Value) value.Value { return a[0] },
			Check: func(args []*value.Value) error {
				if args[0] == nil || args[1] == nil || args[0].Bool() {
					return nil
				}
				return errors.New("assert: " + args[1].Text())
			}}, example(`assert(1 < 2, "1 must be less than 2")`, "true")),
		one("estimate_data_size", "The approximate size of columns in bytes, by their types and values; * stands for all columns.", Overload{Params: []Param{{Name: "column"}, {Name: "more", Optional: true, Variadic: true}}, Returns: value.Long, Eval: estimateSize},
			example(`estimate_data_size(1, "1234567890")`, "18"), example(`estimate_data_size(true)`, "1")),
	}
}

// newGUID is a guid of version 4.
func newGUID(high, low uint64) value.Value {
	const digits = "0123456789abcdef"
	high = high&^0xf000 | 0x4000
	low = low&^(3<<62) | 2<<62
	b := make([]byte, 0, 36)
	for i := range 32 {
		if i == 8 || i == 12 || i == 16 || i == 20 {
			b = append(b, '-')
		}
		word := high
		if i >= 16 {
			word = low
		}
		b = append(b, digits[word>>(60-4*(i%16))&15])
	}
	return newGUIDText(string(b))
}

func newGUIDText(s string) value.Value { return value.NewText(value.GUID, s) }

func estimateSize(_ *Context, a []value.Value) value.Value {
	n := 0
	for _, v := range a {
		switch v.Type() {
		case value.Bool:
			n++
		case value.Int:
			n += 4
		case value.GUID, value.Decimal:
			n += 16
		case value.String:
			n += len(v.Text())
		case value.Dynamic:
			n += len(value.AppendJSON(nil, v.Tree()))
		default:
			n += 8
		}
	}
	return value.NewLong(int64(n))
}
