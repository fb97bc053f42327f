package eval

import (
	"github.com/glasswatch/glasswatch/kql/function"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
	"math"
)

// expander makes rows of one row's arrays and bags. It is a Row itself: the present one, whose other columns are read
// from below when they are asked for.
type expander struct {
	env   *env   // below
	scope *scope // below
	items []expandItem
	slot  []int // a column's item, -1 for one of the input, -2 for the index
	limit int64
	bags  bool

	elements [][]any // of each item, for the present row of the input
	at       int64
	count    int64
}

type expandItem struct {
	of  fn
	typ value.Type
}

func newExpander(n *plan.Expand, e *env, s *scope) *expander {
	x := &expander{env: e, scope: s, limit: n.Limit, bags: n.Bags, slot: make([]int, len(n.Cols)), elements: make([][]any, len(n.Items))}
	for i := range x.slot {
		x.slot[i] = -1
	}
	for i, item := range n.Items {
		x.items = append(x.items, expandItem{of: e.compile(item.X), typ: item.Type})
		x.slot[item.Column] = i
	}
	if n.Index >= 0 {
		x.slot[n.Index] = -2
	}
	return x
}

// columns is what expressions above see: the columns of the row that is handed through lead to those below.
func (x *expander) columns(n *plan.Expand) *env {
	out := &env{cols: newBaseColumns(len(n.Cols))}
	out.r = x.env.r
	for i := range out.cols {
		out.cols[i].base = -1
		if x.slot[i] == -1 {
			out.cols[i].src, out.cols[i].under = &plan.Col{Index: i, Typ: n.Cols[i].Type}, x.env
		}
	}
	return out
}

// start takes the present row below; it has as many rows as its longest item.
func (x *expander) start() {
	x.at, x.count = -1, 0
	for i, item := range x.items {
		x.elements[i] = elementsOf(item.of(x.scope), x.bags)
		x.count = max(x.count, int64(len(x.elements[i])))
	}
	if x.limit >= 0 {
		x.count = min(x.count, x.limit)
	}
}

// more moves to the next row.
func (x *expander) more() bool {
	if x.at+1 >= x.count {
		return false
	}
	x.at++
	return true
}

// Value implements Row.
func (x *expander) Value(i int) value.Value {
	switch s := x.slot[i]; s {
	case -1:
		return x.env.cols[i].eval(x.scope)
	case -2:
		return value.NewLong(x.at)
	default:
		var node any
		if x.at < int64(len(x.elements[s])) {
			node = x.elements[s][x.at]
		}
		return Element(node, x.items[s].typ)
	}
}

// elementsOf returns what a value expands to: the elements of an array; a bag's properties, each a bag of its own or
// with pairs an array of key and value; anything else, null too, is one element.
func elementsOf(v value.Value, pairs bool) []any {
	switch tree := v.Tree().(type) {
	case []any:
		return tree
	case *value.Bag:
		out := make([]any, tree.Len())
		for i := range out {
			key, node := tree.At(i)
			if pairs {
				out[i] = []any{key, node}
				continue
			}
			bag := &value.Bag{}
			bag.Set(key, node)
			out[i] = bag
		}
		return out
	default:
		return []any{tree}
	}
}

// Element is an element of an array as mv-expand gives it to typeof(t): a number, a bool or a text as it is, a text also
// as the instant, span or guid that it spells; anything as a text; null where it is of another kind.
func Element(node any, t value.Type) value.Value {
	v := value.NewDynamic(node)
	switch t {
	case value.Dynamic:
		return v
	case value.String:
		return value.NewString(v.DynamicText())
	}
	s := v.Scalar()
	ok := false
	switch s.Type() {
	case value.Bool:
		ok = t == value.Bool
	case value.Int, value.Long, value.Decimal:
		ok = isNumber(t)
	case value.Real: // JSON has no NaN and no infinity: in an array they are texts
		ok = isNumber(t) && !math.IsNaN(s.Real()) && !math.IsInf(s.Real(), 0)
	case value.String:
		ok = t == value.DateTime || t == value.TimeSpan || t == value.GUID || t == value.Decimal
	default:
		ok = s.Type() == t
	}
	if !ok {
		return value.Null(t)
	}
	return function.Convert(v, t)
}

func isNumber(t value.Type) bool { return t >= value.Int && t <= value.Decimal }

// expandRows are the rows of mv-expand.
type expandRows struct {
	r  *runner
	s  *stage
	x  *expander
	on bool // a row below is being expanded
}

func newExpand(r *runner, s *stage, n *plan.Expand) rows {
	below := *s
	return &expandRows{r: r, s: &below, x: newExpander(n, below.env, below.scope)}
}

func (e *expandRows) next() (Row, error) {
	for {
		if e.on && e.x.more() {
			if err := e.r.alive(); err != nil {
				return nil, err
			}
			return e.x, nil
		}
		if err := e.s.advance(); err != nil {
			return nil, err
		}
		e.x.start()
		e.on = true
	}
}

func (e *expandRows) close() error { return e.s.in.close() }
