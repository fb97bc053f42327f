package function

import (
	"math/bits"

	"github.com/glasswatch/glasswatch/kql/value"
)

// bitFunctions are the functions over the bits of whole numbers.
func bitFunctions() []Func {
	pair := func(name, doc, template string, f func(a, b int64) (int64, bool), examples ...Example) Func {
		return one(name, doc, Overload{Params: []Param{whole("a"), whole("b")}, Returns: value.Long, SQL: sql(template), Eval: longs("", f).Eval}, examples...)
	}
	return []Func{
		pair("binary_and", "The bits that both numbers have.", "({0} & {1})", func(a, b int64) (int64, bool) { return a & b, true }, example(`binary_and(12, 10)`, "8")),
		pair("binary_or", "The bits that one of the numbers has.", "({0} | {1})", func(a, b int64) (int64, bool) { return a | b, true }, example(`binary_or(12, 10)`, "14")),
		pair("binary_xor", "The bits that exactly one of the numbers has.", "xor({0}, {1})", func(a, b int64) (int64, bool) { return a ^ b, true }, example(`binary_xor(12, 10)`, "6")),
		pair("binary_shift_left", "The bits moved to the left by a number of places, modulo 64.", "", func(a, b int64) (int64, bool) { return a << (uint64(b) & 63), b >= 0 },
			example(`binary_shift_left(1, 4)`, "16"), example(`binary_shift_left(1, 65)`, "2"), exampleNull(`binary_shift_left(1, -1)`)),
		pair("binary_shift_right", "The bits moved to the right by a number of places, modulo 64; the sign stays.", "", func(a, b int64) (int64, bool) { return a >> (uint64(b) & 63), b >= 0 },
			example(`binary_shift_right(16, 4)`, "1"), example(`binary_shift_right(1, 2)`, "0"), exampleNull(`binary_shift_right(1, -1)`)),
		one("binary_not", "All bits inverted.", Overload{Params: []Param{whole("value")}, Returns: value.Long, SQL: sql("(-1 - {0})"), Eval: mapLong(func(n int64) int64 { return ^n })},
			example(`binary_not(100)`, "-101"), exampleNull(`binary_not(long(null))`)),
		one("bitset_count_ones", "The number of bits that are set.", Overload{Params: []Param{whole("value")}, Returns: value.Long, SQL: sql("bit_count({0})::BIGINT"), Eval: mapLong(func(n int64) int64 { return int64(bits.OnesCount64(uint64(n))) })},
			example(`bitset_count_ones(42)`, "3"), example(`bitset_count_ones(-1)`, "64")),
	}
}

// mapLong maps a whole number; null stays null.
func mapLong(f func(int64) int64) func(*Context, []value.Value) value.Value {
	return func(_ *Context, a []value.Value) value.Value {
		if a[0].IsNull() {
			return value.Null(value.Long)
		}
		return value.NewLong(f(a[0].Int()))
	}
}
