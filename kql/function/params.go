package function

import "github.com/glasswatch/glasswatch/kql/value"

// Kinds of parameters that many functions share.

// plainText takes a string only (a dynamic is read as its text).
func plainText(name string) Param { return param(name, value.String) }

// stringOrDynamic takes a string, or a dynamic as its text.
func stringOrDynamic(name string) Param {
	return Param{Name: name, Types: []value.Type{value.String, value.Dynamic}, As: value.String}
}

// number takes any number as a real.
func number(name string) Param { return Param{Name: name, Types: numbers(), As: value.Real} }

// whole takes a long or an int.
func whole(name string) Param { return param(name, value.Long) }

// array takes a dynamic.
func array(name string) Param { return param(name, value.Dynamic) }

// scalars are all types but dynamic.
func scalars() []value.Type {
	return []value.Type{value.String, value.Bool, value.Int, value.Long, value.Real, value.Decimal, value.DateTime, value.TimeSpan, value.GUID}
}

func variadic(p Param) Param {
	p.Variadic = true
	return p
}

// longArg returns argument i, or absent where it is missing or null.
func longArg(a []value.Value, i int, absent int64) int64 {
	if i >= len(a) || a[i].IsNull() {
		return absent
	}
	return a[i].Int()
}

// alias is an entry for another name of a function.
func alias(f Func, name string, examples ...Example) Func {
	f.Name, f.Doc, f.Examples = name, "The same as "+f.Name+".", examples
	return f
}
