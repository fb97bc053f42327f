package function

import "github.com/glasswatch/glasswatch/kql/value"

// running are the functions that carry a value from row to row: row_number, row_cumsum, row_window_session.
func running() []Window {
	return []Window{
		{Name: "row_number", Doc: "The number of the row, counted from 1 or from a number given; counted anew from each row for which restart is true.",
			Params: []Param{optional(param("start", value.Long)), restart()}, Defaults: []value.Value{value.NewLong(1), boolean(false)}, Returns: value.Long,
			Examples: []Example{example("row_number()", "1,2,3,4"), example("row_number(0)", "0,1,2,3"), example("row_number(1, x == 3)", "1,2,1,2")},
			New:      rowNumber, SQLFunc: unrestarted("({0} + row_number() {over} - 1)", 1)},
		{Name: "row_cumsum", Doc: "The sum of the values up to the row, begun anew with each row for which restart is true. A null adds nothing.",
			Params: []Param{{Name: "term", Types: append(numbers(), value.TimeSpan)}, restart()}, Defaults: []value.Value{boolean(false)},
			Examples: []Example{example("row_cumsum(x)", "1,3,6,6"), example("row_cumsum(x, x == 3)", "1,3,3,3"), example("row_cumsum(x * 0.5)", "0.5,1.5,3,3")},
			New:      rowCumSum},
		{Name: "row_window_session", Doc: "The first time of the session that the row belongs to. A session ends with a row that is at least the first distance " +
			"from its beginning, at least the second from the row before it, or for which restart is true, and after a null.",
			Params:   []Param{param("expr", value.DateTime), param("maxDistanceFromFirst", value.TimeSpan), param("maxDistanceBetweenNeighbors", value.TimeSpan), restart()},
			Defaults: []value.Value{boolean(false)}, Returns: value.DateTime,
			Examples: []Example{
				example("row_window_session(datetime(2026-01-01) + x * 1m, 1h, 5m)", "2026-01-01T00:01:00.0000000Z,2026-01-01T00:01:00.0000000Z,2026-01-01T00:01:00.0000000Z,null"),
				example("row_window_session(datetime(2026-01-01) + x * 1m, 2m, 5m)", "2026-01-01T00:01:00.0000000Z,2026-01-01T00:01:00.0000000Z,2026-01-01T00:03:00.0000000Z,null"),
				example("row_window_session(datetime(2026-01-01) + x * 1m, 1h, 5m, x == 2)", "2026-01-01T00:01:00.0000000Z,2026-01-01T00:02:00.0000000Z,2026-01-01T00:02:00.0000000Z,null"),
			}, New: rowWindowSession},
	}
}

// unrestarted is the SQL of a function whose argument at is false for all rows.
func unrestarted(template string, at int) map[string]func([]SQLArg) (string, bool) {
	return sqlFunc(func(args []SQLArg) (string, bool) {
		c := args[at].Const
		return fill(template, texts(args)...), c != nil && !c.IsNull() && !c.Bool()
	})
}

func rowNumber() WindowState {
	n := int64(0)
	return forward(func(_ *Context, a []value.Value) value.Value {
		if a[1].Bool() {
			n = 0
		}
		n++
		if a[0].IsNull() {
			return value.Null(value.Long)
		}
		return value.NewLong(a[0].Int() + n - 1)
	})
}

func rowCumSum() WindowState {
	var sum value.Value
	return forward(func(_ *Context, a []value.Value) value.Value {
		if sum.IsNull() || a[1].Bool() {
			sum = zero(a[0].Type())
		}
		if !a[0].IsNull() {
			sum = plus(sum, a[0])
		}
		return sum
	})
}

// zero is the sum of nothing.
func zero(t value.Type) value.Value {
	switch t {
	case value.Int:
		return value.NewInt(0)
	case value.Real:
		return value.NewReal(0)
	case value.Decimal:
		return value.NewDecimal(value.DecimalOfInt(0))
	case value.TimeSpan:
		return value.NewTimeSpan(0)
	}
	return value.NewLong(0)
}

// plus adds two values of the same type; integers wrap.
func plus(a, b value.Value) value.Value {
	switch a.Type() {
	case value.Int:
		return value.NewInt(int32(a.Int()) + int32(b.Int()))
	case value.Real:
		return value.NewReal(a.Real() + b.Real())
	case value.Decimal:
		x, _ := a.Decimal()
		y, _ := b.Decimal()
		return value.NewDecimal(x.Add(y))
	case value.TimeSpan:
		return value.NewTimeSpan(a.Int() + b.Int())
	}
	return value.NewLong(a.Int() + b.Int())
}

func rowWindowSession() WindowState {
	first, last := value.Null(value.DateTime), value.Null(value.DateTime)
	return forward(func(_ *Context, a []value.Value) value.Value {
		if a[0].IsNull() {
			first, last = a[0], a[0]
			return a[0]
		}
		begins := first.IsNull() || a[3].Bool() || reaches(a[0], first, a[1]) || reaches(a[0], last, a[2])
		if begins {
			first = a[0]
		}
		last = a[0]
		return first
	})
}

// reaches reports whether at is no less than distance after from.
func reaches(at, from, distance value.Value) bool {
	return !distance.IsNull() && at.Int()-from.Int() >= distance.Int()
}
