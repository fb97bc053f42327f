package function

import (
	"fmt"

	"github.com/glasswatch/glasswatch/kql/value"
)

// columnPacks are pack_all and bag_pack_columns. The binder adds what they leave unsaid: the names of the columns.
func columnPacks() []Func {
	rest := []Param{{Name: "name", As: value.String}, {Name: "value", Variadic: true}}
	return []Func{
		{Name: "pack_all", Doc: "A bag of all columns of the row; with true, without those that are null or empty.", resolve: resolvePackAll,
			Overloads: []Overload{{Params: append([]Param{{Name: "ignore_null_empty", As: value.Bool}}, rest...), Returns: value.Dynamic, Eval: packAll,
				SQLFunc: sqlFunc(func(args []SQLArg) (string, bool) {
					if args[0].Const == nil || args[0].Const.Bool() || len(args) == 1 {
						return "", false
					}
					return packSQL(args[1:])
				})}},
			Examples: []Example{example(`pack_all()`, "{}")}},
		{Name: "bag_pack_columns", Doc: "A bag of columns under their names.", resolve: resolvePack,
			Overloads: []Overload{{Params: rest, Returns: value.Dynamic, Eval: pack, SQLFunc: sqlFunc(packSQL)}},
			Examples:  []Example{example(`bag_pack_columns(1 + 1)`, `{"Column1":2}`)}},
	}
}

// resolvePackAll takes a bool, then names and values in turn.
func resolvePackAll(f *Func, args []value.Type) (*Overload, []value.Type, value.Type, error) {
	if len(args)%2 == 0 {
		return nil, nil, value.Invalid, fmt.Errorf("%s expects whether to leave out empty values", f.Name)
	}
	return &f.Overloads[0], make([]value.Type, len(args)), value.Dynamic, nil
}

func packAll(_ *Context, a []value.Value) value.Value {
	bag := &value.Bag{}
	for i := 1; i+1 < len(a); i += 2 {
		if !a[0].Bool() || !isEmpty(a[i+1]) {
			bag.Set(a[i].Text(), a[i+1].Node())
		}
	}
	return value.NewDynamic(bag)
}
