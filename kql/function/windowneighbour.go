package function

import "github.com/glasswatch/glasswatch/kql/value"

// neighbours are prev and next.
func neighbours() []Window {
	params := []Param{{Name: "column"}, optional(constant(param("offset", value.Long))), optional(constant(Param{Name: "default_value"}))}
	defaults := []value.Value{value.NewLong(1), {}}
	return []Window{
		{Name: "prev", Doc: "The value of a column in the row before, or some rows before; where there is none, null or the default.",
			Params: params, Defaults: defaults, Column: true, New: func() WindowState { return &before{} }, SQL: sql("lag({0}, {1}, {2}) {over}"),
			Examples: []Example{example("prev(x)", "null,1,2,3"), example("prev(x, 2)", "null,null,1,2"), example("prev(x, 2, 0)", "0,0,1,2"), example("prev(x, 0)", "1,2,3,null")}},
		{Name: "next", Doc: "The value of a column in the row behind, or some rows behind; where there is none, null or the default.",
			Params: params, Defaults: defaults, Column: true, Ahead: true, New: func() WindowState { return &behind{} }, SQL: sql("lead({0}, {1}, {2}) {over}"),
			Examples: []Example{example("next(x)", "2,3,null,null"), example("next(x, 2)", "3,null,null,null"), example("next(x, 1, 0)", "2,3,null,0"), example("next(x, 9, 7)", "7,7,7,7")}},
	}
}

// before holds the last values, as many as the offset.
type before struct{ past []value.Value }

func (s *before) Row(_ *Context, a []value.Value) value.Value {
	s.past = append(s.past, a[0])
	offset := a[1].Int()
	if int64(len(s.past)) <= offset {
		return a[2]
	}
	out := s.past[0]
	s.past = s.past[1:]
	return out
}

func (*before) Results() []value.Value { return nil }

// behind collects all values.
type behind struct {
	values   []value.Value
	offset   int64
	fallback value.Value
}

func (s *behind) Row(_ *Context, a []value.Value) value.Value {
	s.values = append(s.values, a[0])
	s.offset, s.fallback = a[1].Int(), a[2]
	return value.Value{}
}

func (s *behind) Results() []value.Value {
	n := min(s.offset, int64(len(s.values)))
	out := append([]value.Value(nil), s.values[n:]...)
	for range n {
		out = append(out, s.fallback)
	}
	return out
}
