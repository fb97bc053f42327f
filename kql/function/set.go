package function

import (
	"maps"

	"github.com/glasswatch/glasswatch/kql/value"
)

// sets compare arrays as sets.
func sets() []Func {
	return []Func{
		one("set_equals", "Whether two arrays have the same elements, order and repetition aside.", Overload{Params: []Param{array("set1"), array("set2")}, Returns: value.Bool,
			Eval: func(_ *Context, a []value.Value) value.Value {
				one, ok := arrayOf(a[0])
				two, ok2 := arrayOf(a[1])
				if !ok || !ok2 {
					return value.Null(value.Bool)
				}
				return boolean(maps.Equal(setOf(one), setOf(two)))
			}}, example(`set_equals(dynamic([1, 2, 3]), dynamic([3, 2, 1, 1]))`, "true"), example(`set_equals(dynamic([1]), dynamic([2]))`, "false")),
		one("jaccard_index", "The number of common elements of two sets divided by the number of all their elements; NaN for two empty sets.", Overload{Params: []Param{array("set1"), array("set2")}, Returns: value.Dynamic,
			Eval: func(_ *Context, a []value.Value) value.Value {
				one, ok := arrayOf(a[0])
				two, ok2 := arrayOf(a[1])
				if !ok || !ok2 {
					return value.Null(value.Dynamic)
				}
				left, right := setOf(one), setOf(two)
				common := 0
				for key := range left {
					if right[key] {
						common++
					}
				}
				return value.NewDynamic(float64(common) / float64(len(left)+len(right)-common))
			}}, example(`jaccard_index(dynamic([1, 2, 3]), dynamic([1, 2, 3, 4]))`, "0.75")),
	}
}
