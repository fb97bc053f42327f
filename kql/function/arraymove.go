package function

import (
	"slices"

	"github.com/glasswatch/glasswatch/kql/value"
)

// arrayMoves are the functions that rotate, shift, split and pair arrays, and those that make them.
func arrayMoves() []Func {
	move := func(name, doc string, f func(list []any, n int64, fill any) []any, withFill bool, examples ...Example) Func {
		params := []Param{array("array"), whole("count")}
		if withFill {
			params = append(params, optional(Param{Name: "default_value"}))
		}
		return one(name, doc, Overload{Params: params, Returns: value.Dynamic, Eval: func(_ *Context, a []value.Value) value.Value {
			list, ok := arrayOf(a[0])
			if !ok || a[1].IsNull() {
				return value.Null(value.Dynamic)
			}
			var filler any
			if len(a) > 2 {
				filler = a[2].Node()
			}
			return value.NewDynamic(f(list, a[1].Int(), filler))
		}}, examples...)
	}
	iff := one("array_iff", "Chooses element by element from two arrays or values as a third array holds true or a number other than 0; what is neither gives null.",
		Overload{Params: []Param{array("condition_array"), {Name: "when_true"}, {Name: "when_false"}}, Returns: value.Dynamic, Eval: arrayIff},
		example(`array_iff(dynamic([true, false, true]), dynamic([1, 2, 3]), dynamic([4, 5, 6]))`, "[1,5,3]"), example(`array_iff(dynamic([1, 0, "x"]), "yes", "no")`, `["yes","no",null]`))
	return []Func{
		move("array_rotate_left", "The elements moved to the left by a number of places; those that fall off come back at the end.", func(list []any, n int64, _ any) []any { return rotated(list, n) }, false,
			example(`array_rotate_left(dynamic([1, 2, 3, 4, 5]), 2)`, "[3,4,5,1,2]"), example(`array_rotate_left(dynamic([1, 2, 3]), -1)`, "[3,1,2]")),
		move("array_rotate_right", "The elements moved to the right by a number of places; those that fall off come back at the beginning.", func(list []any, n int64, _ any) []any { return rotated(list, -n) }, false,
			example(`array_rotate_right(dynamic([1, 2, 3, 4, 5]), 2)`, "[4,5,1,2,3]")),
		move("array_shift_left", "The elements moved to the left by a number of places; a default, or null, fills the gap.", shiftedArray, true,
			example(`array_shift_left(dynamic([1, 2, 3, 4, 5]), 2)`, "[3,4,5,null,null]"), example(`array_shift_left(dynamic([1, 2, 3]), -1, 0)`, "[0,1,2]")),
		move("array_shift_right", "The elements moved to the right by a number of places; a default, or null, fills the gap.", func(list []any, n int64, filler any) []any { return shiftedArray(list, -n, filler) }, true,
			example(`array_shift_right(dynamic([1, 2, 3, 4, 5]), 2)`, "[null,null,1,2,3]"), example(`array_shift_right(dynamic([1, 2, 3]), 1, "x")`, `["x",1,2]`)),
		one("array_split", "Cuts an array at one or several positions into an array of arrays; a negative position counts from the end.",
			Overload{Params: []Param{array("array"), {Name: "index", Types: []value.Type{value.Long, value.Int, value.Dynamic}}}, Returns: value.Dynamic, Eval: arraySplit},
			example(`array_split(dynamic([1, 2, 3, 4, 5]), 2)`, "[[1,2],[3,4,5]]"), example(`array_split(dynamic([1, 2, 3, 4, 5]), dynamic([1, 3]))`, "[[1],[2,3],[4,5]]"), example(`array_split(dynamic([1, 2, 3]), -1)`, "[[1,2],[3]]")),
		iff, alias(iff, "array_iif", example(`array_iif(dynamic([true, false]), 1, 2)`, "[1,2]")),
		one("zip", "An array of the first elements of all arrays, of the second, and so on; a shorter array is filled with nulls.",
			Overload{Params: []Param{array("array"), variadic(array("more"))}, Returns: value.Dynamic, Eval: zip},
			example(`zip(dynamic([1, 3, 5]), dynamic([2, 4, 6]))`, "[[1,2],[3,4],[5,6]]"), example(`zip(dynamic(["a", "b"]), dynamic([1]))`, `[["a",1],["b",null]]`)),
		one("repeat", "An array of a value repeated; null for a negative count.", Overload{Params: []Param{{Name: "value"}, whole("count")}, Returns: value.Dynamic, Eval: repeat},
			example(`repeat(1, 3)`, "[1,1,1]"), example(`repeat("x", 0)`, "[]"), exampleNull(`repeat(1, -1)`)),
	}
}

func rotated(list []any, n int64) []any {
	if len(list) == 0 {
		return list
	}
	k, _ := remainder(n, int64(len(list)))
	return slices.Concat(list[k:], list[:k])
}

// shiftedArray moves to the left; to the right for a negative n.
func shiftedArray(list []any, n int64, filler any) []any {
	out := make([]any, len(list))
	for i := range out {
		if from := int64(i) + n; (from >= int64(i)) == (n >= 0) && from >= 0 && from < int64(len(list)) {
			out[i] = list[from]
		} else {
			out[i] = filler
		}
	}
	return out
}

func arraySplit(_ *Context, a []value.Value) value.Value {
	list, ok := arrayOf(a[0])
	if !ok || a[1].IsNull() {
		return value.Null(value.Dynamic)
	}
	positions, isArray := arrayOf(a[1])
	if !isArray {
		positions = []any{a[1].Node()}
	}
	length, from := int64(len(list)), int64(0)
	out := make([]any, 0, len(positions)+1)
	for _, node := range positions {
		at, ok := node.(int64)
		if !ok {
			return value.Null(value.Dynamic)
		}
		if at < 0 {
			at += length
		}
		at = max(from, min(at, length))
		out = append(out, slices.Clone(list[from:at]))
		from = at
	}
	return value.NewDynamic(append(out, slices.Clone(list[from:])))
}

func arrayIff(_ *Context, a []value.Value) value.Value {
	conditions, ok := arrayOf(a[0])
	if !ok {
		return value.Null(value.Dynamic)
	}
	pick := func(v value.Value) func(i int) any {
		list, isArray := arrayOf(v)
		node := v.Node()
		return func(i int) any {
			switch {
			case !isArray:
				return node
			case i < len(list):
				return list[i]
			}
			return nil
		}
	}
	yes, no := pick(a[1]), pick(a[2])
	out := make([]any, len(conditions))
	for i, node := range conditions {
		truth, isBool := node.(bool)
		if f, isNumber := nodeReal(node); isNumber {
			truth, isBool = f != 0, true
		}
		switch {
		case !isBool:
		case truth:
			out[i] = yes(i)
		default:
			out[i] = no(i)
		}
	}
	return value.NewDynamic(out)
}

func zip(_ *Context, a []value.Value) value.Value {
	lists := make([][]any, len(a))
	n := 0
	for i, v := range a {
		list, ok := arrayOf(v)
		if !ok && !v.IsNull() {
			return value.Null(value.Dynamic)
		}
		lists[i] = list
		n = max(n, len(list))
	}
	out := make([]any, n)
	for i := range out {
		row := make([]any, len(lists))
		for j, list := range lists {
			if i < len(list) {
				row[j] = list[i]
			}
		}
		out[i] = row
	}
	return value.NewDynamic(out)
}

// maxElements is the language's bound of arrays that functions make.
const maxElements = 1 << 20

func repeat(_ *Context, a []value.Value) value.Value {
	n := a[1].Int()
	if a[1].IsNull() || n < 0 {
		return value.Null(value.Dynamic)
	}
	return value.NewDynamic(slices.Repeat([]any{a[0].Node()}, int(min(n, maxElements))))
}
