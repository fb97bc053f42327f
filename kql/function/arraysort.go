package function

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/glasswatch/glasswatch/kql/value"
)

// arraySorts are array_sort_asc and array_sort_desc. With several arrays the result is an array of arrays, all in the
// order of the first; one of another length becomes null.
func arraySorts() []Func {
	sorter := func(name, order string, direction int, examples ...Example) Func {
		return Func{Name: name, Doc: "The elements in " + order + " order, nulls last unless a last argument says false; further arrays follow the order of the first.",
			resolve: resolveArraySort, Examples: examples,
			Overloads: []Overload{{Params: []Param{array("array"), {Name: "more", Types: []value.Type{value.Dynamic, value.Bool}, Optional: true, Variadic: true}}, Returns: value.Dynamic, Eval: arraySort(direction)}}}
	}
	return []Func{
		sorter("array_sort_asc", "ascending", 1, example(`array_sort_asc(dynamic([null, "blue", "yellow", "green"]))`, `["blue","green","yellow",null]`), example(`array_sort_asc(dynamic([2, null, 1]), false)`, "[null,1,2]"),
			example(`array_sort_asc(dynamic([2, 3, 1]), dynamic(["b", "c", "a"]))[1]`, `["a","b","c"]`)),
		sorter("array_sort_desc", "descending", -1, example(`array_sort_desc(dynamic([1, 3, null, 2]))`, "[3,2,1,null]"), exampleNull(`array_sort_desc(dynamic([1, 3]), dynamic(["a"]))[1]`)),
	}
}

// resolveArraySort takes arrays, and a bool at the end.
func resolveArraySort(f *Func, args []value.Type) (*Overload, []value.Type, value.Type, error) {
	if len(args) == 0 {
		return nil, nil, value.Invalid, fmt.Errorf("%s expects 1 or more arguments, not 0", f.Name)
	}
	for i, t := range args {
		if t != value.Dynamic && (t != value.Bool || i == 0 || i < len(args)-1) {
			return nil, nil, value.Invalid, fmt.Errorf("%s takes arrays, and a bool as the last argument, not %s", f.Name, t)
		}
	}
	return &f.Overloads[0], make([]value.Type, len(args)), value.Dynamic, nil
}

func arraySort(direction int) func(*Context, []value.Value) value.Value {
	return func(_ *Context, a []value.Value) value.Value {
		nullsLast := true
		if last := a[len(a)-1]; last.Type() == value.Bool {
			nullsLast, a = last.IsNull() || last.Bool(), a[:len(a)-1]
		}
		list, ok := arrayOf(a[0])
		if !ok {
			return value.Null(value.Dynamic)
		}
		order := sortedOrder(list, direction, nullsLast)
		if len(a) == 1 {
			return value.NewDynamic(picked(list, order))
		}
		out := make([]any, len(a))
		for i, v := range a {
			if other, ok := arrayOf(v); ok && len(other) == len(list) {
				out[i] = picked(other, order)
			}
		}
		return value.NewDynamic(out)
	}
}

// sortedOrder returns the positions of the elements in order. Elements of different kinds stand in the order numbers,
// strings, others, in both directions.
func sortedOrder(list []any, direction int, nullsLast bool) []int {
	order := make([]int, len(list))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int {
		a, b := list[i], list[j]
		switch {
		case a == nil || b == nil:
			if (a == nil) == (b == nil) {
				return 0
			}
			return ternary((a == nil) == nullsLast, 1, -1)
		case sortRank(a) != sortRank(b):
			return cmp.Compare(sortRank(a), sortRank(b))
		}
		return direction * value.Compare(value.NewDynamic(a), value.NewDynamic(b))
	})
	return order
}

// sortRank is the place of a kind among the kinds.
func sortRank(node any) int {
	switch node.(type) {
	case int64, float64:
		return 0
	case string:
		return 1
	}
	return 2
}

func picked(list []any, order []int) []any {
	out := make([]any, len(order))
	for i, at := range order {
		out[i] = list[at]
	}
	return out
}

func ternary[T any](condition bool, yes, no T) T {
	if condition {
		return yes
	}
	return no
}
