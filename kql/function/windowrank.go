package function

import "github.com/glasswatch/glasswatch/kql/value"

// ranks are row_rank_dense and row_rank_min, over a table that is sorted by the term.
func ranks() []Window {
	rank := func(name, doc string, dense bool, examples ...Example) Window {
		return Window{Name: name, Doc: doc, Params: []Param{{Name: "term", Types: sortable}, restart()}, Defaults: []value.Value{boolean(false)},
			Returns: value.Long, Examples: examples, New: func() WindowState { return rowRank(dense) }}
	}
	return []Window{
		rank("row_rank_dense", "The number of different terms up to the row: equal terms that follow each other have one rank, and the next term has the next.", true,
			example("row_rank_dense(x)", "1,2,3,4"), example("row_rank_dense(x >= 2)", "1,2,2,3"), example("row_rank_dense(x >= 2, x == 3)", "1,2,1,2")),
		rank("row_rank_min", "The number of the first of the rows with the same term that follow each other: equal terms have one rank, and leave a gap behind them.", false,
			example("row_rank_min(x)", "1,2,3,4"), example("row_rank_min(x >= 2)", "1,2,2,4"), example("row_rank_min(x, x == 3)", "1,2,1,2")),
	}
}

// sortable are all types but dynamic.
var sortable = []value.Type{value.Bool, value.Int, value.Long, value.Real, value.Decimal, value.DateTime, value.TimeSpan, value.String, value.GUID}

func rowRank(dense bool) WindowState {
	rank, row := int64(0), int64(0)
	var last, key []byte
	return forward(func(_ *Context, a []value.Value) value.Value {
		key = a[0].AppendKey(key[:0])
		if a[1].Bool() {
			rank, row = 0, 0
		}
		row++
		switch same := rank > 0 && string(key) == string(last); {
		case same:
		case dense:
			rank++
		default:
			rank = row
		}
		last = append(last[:0], key...)
		return value.NewLong(rank)
	})
}
