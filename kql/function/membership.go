package function

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/glasswatch/glasswatch/kql/value"
)

// memberships are in, !in, in~, !in~ and between, !between. The items of in are values, or dynamic arrays of them.
func memberships() []Func {
	return []Func{
		membership("in", "Whether a value is one of the items. Strings compare by case.", false, false,
			example(`"a" in ("a", "b")`, "true"), example(`2 in (dynamic([1, 2]))`, "true"), example(`"A" in ("a")`, "false"), example(`long(null) in (1)`, "false")),
		membership("!in", "Whether a value is none of the items. Strings compare by case.", false, true,
			example(`"a" !in ("b")`, "true"), example(`1 !in (1, 2)`, "false"), example(`long(null) !in (1)`, "true")),
		membership("in~", "Whether a string is one of the items, whatever the case of letters.", true, false,
			example(`"ADMIN" in~ ("admin", "root")`, "true"), example(`"a" in~ (dynamic(["B", "A"]))`, "true")),
		membership("!in~", "Whether a string is none of the items, whatever the case of letters.", true, true,
			example(`"ADMIN" !in~ ("admin")`, "false")),
		between("between", false, example(`5 between (1 .. 5)`, "true"), example(`datetime(2020-01-03) between (datetime(2020-01-01) .. 3d)`, "true"), exampleNull(`long(null) between (1 .. 2)`)),
		between("!between", true, example(`5 !between (1 .. 5)`, "false"), exampleNull(`long(null) !between (1 .. 2)`)),
	}
}

// eachItem calls f for every item of a list, the elements of dynamic arrays one by one, for as long as f returns true;
// empty where there is no item at all.
func eachItem(items []value.Value, f func(value.Value) bool, empty func()) {
	seen := false
	for _, item := range items {
		if list, ok := arrayOf(item); ok {
			for _, node := range list {
				seen = true
				if !f(value.NewDynamic(node)) {
					return
				}
			}
			continue
		}
		seen = true
		if !f(item) {
			return
		}
	}
	if !seen {
		empty()
	}
}

// arrayOf returns the elements of a dynamic array.
func arrayOf(v value.Value) ([]any, bool) {
	if v.Type() != value.Dynamic {
		return nil, false
	}
	list, ok := v.Tree().([]any)
	return list, ok
}

// constItems returns the items of a list that is constant, arrays flattened.
func constItems(args []SQLArg) ([]value.Value, bool) {
	var out []value.Value
	for _, a := range args {
		if a.Const == nil {
			return nil, false
		}
		if list, ok := arrayOf(*a.Const); ok {
			for _, node := range list {
				out = append(out, value.NewDynamic(node))
			}
			continue
		}
		out = append(out, *a.Const)
	}
	return out, true
}

func membership(name, doc string, fold, negated bool, examples ...Example) Func {
	f := Func{Name: name, Doc: doc, Examples: examples, resolve: resolveMembership}
	types := []value.Type{value.String}
	if !fold {
		types = comparableTypes()
	}
	for _, t := range types {
		m := members{of: t, fold: fold, negated: negated}
		f.Overloads = append(f.Overloads, Overload{
			Params: []Param{param("value", t), {Name: "items", Variadic: true}}, Returns: value.Bool,
			Eval: m.eval, SQLFunc: sqlFunc(m.sql)})
	}
	return f
}

// members is the test of one type.
type members struct {
	of            value.Type
	fold, negated bool
}

func (m members) eval(_ *Context, args []value.Value) value.Value {
	v := args[0]
	sawNull := false
	found := false
	eachItem(args[1:], func(item value.Value) bool {
		if m.of != value.String && item.IsNull() {
			sawNull = true
			return true
		}
		found = !(v.IsNull() && m.of != value.String) && m.equal(v, item)
		return !found
	}, func() {})
	if v.IsNull() && m.of != value.String && sawNull {
		return value.Null(value.Bool)
	}
	return boolean(found != m.negated)
}

// equal compares the value with an item, which is of the same type or an element of a dynamic array.
func (m members) equal(v, item value.Value) bool {
	if item.Type() == value.Dynamic && m.of != value.Dynamic {
		item = Convert(item, m.of)
	}
	switch {
	case m.fold:
		return value.EqualFold(v.Text(), item.Text())
	case m.of == value.String:
		return v.Text() == item.Text()
	}
	return !item.IsNull() && value.Compare(v, item) == 0
}

// sql writes an IN list of constants, or of columns where no null is possible.
func (m members) sql(args []SQLArg) (string, bool) {
	if m.of == value.Decimal || m.of == value.Dynamic {
		return "", false
	}
	left := args[0].SQL
	if m.fold {
		left = "lower(" + left + ")"
	}
	if len(args) == 2 && args[1].Const == nil && args[1].Type == value.Dynamic && m.of == value.String {
		in := "list_contains(" + ItemTextsSQL(args[1].SQL, m.fold) + ", " + left + ")"
		if m.negated {
			in = "(NOT " + in + ")"
		}
		return in, true
	}
	list, ok := m.list(args[1:])
	if !ok {
		return "", false
	}
	if len(list) == 0 {
		return fmt.Sprint(m.negated), true
	}
	in := left + " IN (" + strings.Join(list, ", ") + ")"
	if m.of != value.String {
		in = "coalesce(" + in + ", false)"
	}
	if m.negated {
		return "(NOT " + in + ")", true
	}
	return "(" + in + ")", true
}

func (m members) list(args []SQLArg) ([]string, bool) {
	var out []string
	for _, a := range args {
		if a.Const == nil {
			if m.of != value.String || a.Type != value.String {
				return nil, false
			}
			s := a.SQL
			if m.fold {
				s = "lower(" + s + ")"
			}
			out = append(out, s)
			continue
		}
		items, _ := constItems([]SQLArg{a})
		for _, item := range items {
			item = Convert(item, m.of)
			if m.fold {
				item = str(value.Fold(item.Text()))
			}
			s, ok := literal(item)
			if !ok || item.IsNull() && m.of != value.String {
				return nil, false
			}
			out = append(out, s)
		}
	}
	return out, true
}

// literal writes a constant as SQL; false for what SQL cannot hold exactly.
func literal(v value.Value) (string, bool) {
	if v.IsNull() && v.Type() != value.String {
		return "NULL", true
	}
	switch v.Type() {
	case value.String, value.GUID:
		return quote(v.Text())
	case value.Bool:
		return fmt.Sprint(v.Bool()), true
	case value.Int, value.Long, value.DateTime, value.TimeSpan:
		return fmt.Sprintf("%d::BIGINT", v.Int()), true
	case value.Real:
		s, _ := v.Canonical()
		return "'" + s + "'::DOUBLE", true
	}
	return "", false
}

// resolveMembership takes the overload of the value's type; a dynamic value takes the type of the items.
func resolveMembership(f *Func, args []value.Type) (*Overload, []value.Type, value.Type, error) {
	if len(args) < 2 {
		return nil, nil, value.Invalid, fmt.Errorf("%s needs at least one item", f.Name)
	}
	of := args[0]
	if of == value.Dynamic {
		of = value.String
		for _, t := range args[1:] {
			if t != value.Dynamic {
				of = fromDynamic(t)
				break
			}
		}
	}
	for _, t := range args[1:] {
		if isNumber(of) && isNumber(t) {
			of = max(of, t)
		}
	}
	to := make([]value.Type, len(args))
	to[0] = of
	for i, t := range args[1:] {
		if to[i+1] = t; t == value.Dynamic || t == of {
			continue
		}
		if _, same, ok := unify(of, t); !ok || same != of {
			if of != value.String {
				return nil, nil, value.Invalid, fmt.Errorf("%s cannot compare %s with %s", f.Name, args[0], t)
			}
		}
		to[i+1] = of
	}
	for i := range f.Overloads {
		if o := &f.Overloads[i]; o.Params[0].Types[0] == of {
			return o, changed(args, to), value.Bool, nil
		}
	}
	return nil, nil, value.Invalid, fmt.Errorf("%s needs strings, not %s", f.Name, args[0])
}

func between(name string, negated bool, examples ...Example) Func {
	f := Func{Name: name, Doc: "Whether a value lies in a range, both ends included. A span as the end of a range of instants counts from its beginning.", Examples: examples, resolve: resolveBetween}
	if negated {
		f.Doc = "Whether a value lies outside a range, both ends excluded. A span as the end of a range of instants counts from its beginning."
	}
	prefix := ""
	if negated {
		prefix = "NOT "
	}
	for _, t := range []value.Type{value.Long, value.Real, value.Decimal, value.DateTime, value.TimeSpan} {
		o := Overload{Params: []Param{param("value", t), param("low", t), param("high", t)}, Returns: value.Bool, SQL: sql("(" + prefix + "{0} BETWEEN {1} AND {2})"),
			Eval: func(_ *Context, a []value.Value) value.Value { return within(a[0], a[1], a[2], negated) }}
		switch t {
		case value.Decimal:
			o.SQL = nil
		case value.Real:
			const notBelow = "(CASE WHEN isnan(%[1]s) IS NOT NULL AND isnan(%[2]s) IS NOT NULL THEN %[1]s >= %[2]s AND NOT isnan(%[1]s) AND NOT isnan(%[2]s) END)"
			o.SQL = sql("(" + prefix + "(" + fmt.Sprintf(notBelow, "{0}", "{1}") + " AND " + fmt.Sprintf(notBelow, "{2}", "{0}") + "))")
		}
		f.Overloads = append(f.Overloads, o)
	}
	f.Overloads = append(f.Overloads, Overload{
		Params:  []Param{param("value", value.DateTime), param("low", value.DateTime), param("high", value.TimeSpan)},
		Returns: value.Bool, SQLFunc: sqlFunc(func(args []SQLArg) (string, bool) {
			return fill("("+prefix+"{0} BETWEEN {1} AND "+spanSum(args[1].SQL, args[2])+")", texts(args)...), true
		}),
		Eval: func(_ *Context, a []value.Value) value.Value {
			high := value.Null(value.DateTime)
			if !a[1].IsNull() && !a[2].IsNull() {
				n, ok := addChecked(a[1].Int(), a[2].Int())
				if !ok {
					n = math.MaxInt64
				}
				high = value.NewDateTime(n)
			}
			return within(a[0], a[1], high, negated)
		}})
	return f
}

// within is v >= low and v <= high: null where that is, false where one end decides or a number is NaN.
func within(v, low, high value.Value, negated bool) value.Value {
	above, known := notBelow(v, low)
	below, known2 := notBelow(high, v)
	switch {
	case known && !above, known2 && !below:
		return boolean(negated)
	case !known || !known2:
		return value.Null(value.Bool)
	}
	return boolean(!negated)
}

// notBelow is a >= b; known is false beside a null.
func notBelow(a, b value.Value) (holds, known bool) {
	if a.IsNull() || b.IsNull() {
		return false, false
	}
	return !isNaN(a) && !isNaN(b) && value.Compare(a, b) >= 0, true
}

func resolveBetween(f *Func, args []value.Type) (*Overload, []value.Type, value.Type, error) {
	if len(args) != 3 {
		return nil, nil, value.Invalid, fmt.Errorf("%s expects a value and the two ends of a range", f.Name)
	}
	if args[0] == value.DateTime && args[1] == value.DateTime && args[2] == value.TimeSpan {
		return &f.Overloads[len(f.Overloads)-1], make([]value.Type, 3), value.Bool, nil
	}
	of, ok := common(args)
	if of == value.Int {
		of = value.Long
	}
	dynamics := slices.Contains(args, value.Dynamic)
	mixed := (args[1] == value.Dynamic) != (args[2] == value.Dynamic)
	if ok && !mixed && !(dynamics && (of == value.DateTime || of == value.TimeSpan)) {
		for i := range f.Overloads[:len(f.Overloads)-1] {
			if o := &f.Overloads[i]; o.Params[0].Types[0] == of {
				return o, changed(args, []value.Type{of, of, of}), value.Bool, nil
			}
		}
	}
	return nil, nil, value.Invalid, fmt.Errorf("cannot test %s %s (%s .. %s)", args[0], f.Name, args[1], args[2])
}
