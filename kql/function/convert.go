package function

import (
	"math"
	"strconv"
	"strings"

	"github.com/glasswatch/glasswatch/kql/value"
)

// conversions are tostring, tolong, ... A conversion that is not possible gives null, never an error. The binder inserts
// calls of them where the language converts silently.
func conversions() []Func {
	return []Func{
		conversion("tostring", value.String, "The value as text; the empty string for null.", stringSQL,
			example(`tostring(true)`, "True"), example(`tostring(1.5)`, "1.5"), example(`tostring(datetime(2020-01-02 03:04:05.6))`, "2020-01-02T03:04:05.6000000Z"),
			example(`tostring(1d)`, "1.00:00:00"), example(`tostring(dynamic({"a": 1}))`, `{"a":1}`), example(`tostring(dynamic("x"))`, "x"), example(`tostring(int(null))`, "")),
		conversion("tolong", value.Long, "The value as a whole number of 64 bits; ticks of 100 ns for spans and instants.", longSQL,
			example(`tolong("42")`, "42"), example(`tolong("0x10")`, "16"), exampleNull(`tolong("5.7")`), example(`tolong(-5.7)`, "-5"), example(`tolong(1d)`, "864000000000"), exampleNull(`tolong("a")`)),
		conversion("toint", value.Int, "The value as a whole number of 32 bits; a longer number keeps its low 32 bits.", intSQL,
			example(`toint("7")`, "7"), example(`toint(4294967297)`, "1"), exampleNull(`toint("9999999999")`)),
		conversion("toreal", value.Real, "The value as a real.", realSQL,
			example(`toreal("1e3")`, "1000"), exampleNull(`toreal("0x10")`), example(`toreal(5)`, "5")),
		conversion("todouble", value.Real, "The same as toreal.", realSQL, example(`todouble("123.4")`, "123.4")),
		conversion("tobool", value.Bool, "The value as a bool: true and false as text, or whether a number is not 0.", boolSQL,
			example(`tobool("TRUE")`, "true"), example(`tobool("2")`, "true"), exampleNull(`tobool("yes")`), example(`tobool(0.0)`, "false")),
		conversion("toboolean", value.Bool, "The same as tobool.", boolSQL, example(`toboolean("false")`, "false")),
		conversion("todatetime", value.DateTime, "The value as an instant; text in any form of a datetime literal.", datetimeSQL,
			example(`todatetime("2024-12-16 16:32:16.087554000")`, "2024-12-16T16:32:16.0875540Z"), example(`todatetime("12-02-2022")`, "2022-12-02T00:00:00.0000000Z"),
			example(`todatetime("2022-12-02T13:45:56+02:00")`, "2022-12-02T11:45:56.0000000Z"), exampleNull(`todatetime("x")`)),
		conversion("totimespan", value.TimeSpan, "The value as a span; text in any form of a timespan literal.", spanSQL,
			example(`totimespan("0.00:03:00")`, "00:03:00"), exampleNull(`totimespan("soon")`)),
		conversion("todecimal", value.Decimal, "The value as a decimal of 34 digits.", nil, example(`todecimal("123.45678")`, "123.45678"), exampleNull(`todecimal("x")`)),
		conversion("toguid", value.GUID, "The value as a guid, lower case with hyphens.", guidSQL,
			example(`toguid("0123456789ABcdef0123456789abcdef")`, "01234567-89ab-cdef-0123-456789abcdef"), exampleNull(`toguid("x")`)),
		one("gettype", "The name of the value's type; of a dynamic, of what it holds.", Overload{Params: []Param{{Name: "value"}}, Returns: value.String,
			Eval: func(_ *Context, a []value.Value) value.Value { return str(typeName(a[0])) }},
			example(`gettype(1)`, "long"), example(`gettype(dynamic([1]))`, "array"), example(`gettype(dynamic(1.5))`, "double"), example(`gettype(dynamic(null))`, "null")),
	}
}

// conversion makes one overload a source type.
func conversion(name string, to value.Type, doc string, template func(from value.Type) string, examples ...Example) Func {
	f := Func{Name: name, Doc: doc, Examples: examples}
	for _, from := range comparableTypes() {
		if to == value.GUID && from != value.String && from != value.Dynamic && from != value.GUID {
			continue
		}
		o := Overload{Params: []Param{param("value", from)}, Returns: to,
			Eval: func(_ *Context, a []value.Value) value.Value { return Convert(a[0], to) }}
		if template != nil {
			o.SQL = sql(template(from))
		}
		if t := o.SQL[duckdb]; strings.Contains(t, "{32}") { // counts in a pattern, which look like placeholders
			o.SQL, o.SQLFunc = nil, sqlFunc(func(args []SQLArg) (string, bool) { return fill(t, args[0].SQL), true })
		}
		f.Overloads = append(f.Overloads, o)
	}
	return f
}

// Conversion returns the function that converts to a type: tolong for value.Long.
func Conversion(to value.Type) *Func {
	name := map[value.Type]string{value.Bool: "tobool", value.Int: "toint", value.Long: "tolong", value.Real: "toreal", value.Decimal: "todecimal",
		value.DateTime: "todatetime", value.TimeSpan: "totimespan", value.String: "tostring", value.GUID: "toguid", value.Dynamic: "todynamic"}[to]
	f, _ := Lookup(name)
	return f
}

// Convert converts a value as the to... functions do; what cannot be converted is null.
func Convert(v value.Value, to value.Type) value.Value {
	if v.Type() == to {
		return v
	}
	switch to {
	case value.String:
		return str(v.ToText())
	case value.Dynamic:
		return toDynamic(v)
	}
	if v.IsNull() {
		return value.Null(to)
	}
	if v.Type() == value.Dynamic {
		return convertNode(v, to)
	}
	switch to {
	case value.Bool:
		return toBool(v)
	case value.Int, value.Long:
		return toInteger(v, to)
	case value.Real:
		return toReal(v)
	case value.Decimal:
		return toDecimal(v)
	case value.DateTime, value.TimeSpan:
		return toTicks(v, to)
	case value.GUID:
		if v.Type() == value.String {
			if g, ok := value.ParseGUID(v.Text()); ok {
				return value.NewText(value.GUID, g)
			}
		}
	}
	return value.Null(to)
}

// convertNode converts what a dynamic holds.
func convertNode(v value.Value, to value.Type) value.Value {
	n := v.Scalar()
	switch {
	case n.Type() == value.Dynamic: // an array or a bag
		return value.Null(to)
	case n.Type() == value.Decimal && to != value.Decimal: // a whole number beyond 64 bits
		n = value.NewReal(real_(n))
	}
	return Convert(n, to)
}

// toDynamic makes a dynamic of a scalar: text that is JSON is parsed, other text becomes a dynamic string.
func toDynamic(v value.Value) value.Value {
	if v.Type() != value.String {
		return value.NewDynamic(v.Node())
	}
	s := v.Text()
	if value.ValidJSON(s) {
		return value.NewText(value.Dynamic, s)
	}
	if trimSpace(s) == "" {
		return value.Null(value.Dynamic)
	}
	return value.NewDynamic(s)
}

func toBool(v value.Value) value.Value {
	switch v.Type() {
	case value.Int, value.Long:
		return boolean(v.Int() != 0)
	case value.Real:
		return boolean(v.Real() != 0)
	case value.Decimal:
		d, _ := v.Decimal()
		return boolean(d.Sign() != 0)
	case value.String:
		s := trimSpace(v.Text())
		switch {
		case strings.EqualFold(s, "true"):
			return boolean(true)
		case strings.EqualFold(s, "false"):
			return boolean(false)
		}
		if n, ok := parseDecimalInteger(s); ok {
			return boolean(n != 0)
		}
	}
	return value.Null(value.Bool)
}

func toInteger(v value.Value, to value.Type) value.Value {
	n, ok := int64(0), true
	switch v.Type() {
	case value.Bool, value.Int, value.Long, value.DateTime, value.TimeSpan:
		n = v.Int()
	case value.Real:
		return realToInteger(v.Real(), to)
	case value.Decimal:
		d, _ := v.Decimal()
		n, ok = d.Int()
	case value.String:
		if n, ok = parseInteger(trimSpace(v.Text())); ok && to == value.Int {
			ok = n >= math.MinInt32 && n <= math.MaxInt32 && (n >= 0 || strings.IndexByte(v.Text(), 'x') < 0 && strings.IndexByte(v.Text(), 'X') < 0)
		}
	default:
		ok = false
	}
	switch {
	case !ok:
		return value.Null(to)
	case to == value.Int:
		return value.NewInt(int32(n))
	}
	return value.NewLong(n)
}

// realToInteger cuts towards zero and saturates.
func realToInteger(f float64, to value.Type) value.Value {
	if f != f {
		return value.Null(to)
	}
	if to == value.Int {
		return value.NewInt(int32(max(math.MinInt32, min(math.MaxInt32, math.Trunc(f)))))
	}
	switch {
	case f >= math.MaxInt64:
		return value.NewLong(math.MaxInt64)
	case f <= math.MinInt64:
		return value.NewLong(math.MinInt64)
	}
	return value.NewLong(int64(f))
}

// trimSpace cuts ASCII blanks, which is what conversions ignore.
func trimSpace(s string) string { return strings.Trim(s, " \t\r\n\v\f") }

// parseInteger reads [+-]digits or 0x and up to 16 hexadecimal digits.
func parseInteger(s string) (int64, bool) {
	if len(s) > 2 && s[0] == '0' && s[1]|0x20 == 'x' {
		if strings.ContainsAny(s, "_+-") {
			return 0, false
		}
		n, err := strconv.ParseUint(s[2:], 16, 64)
		return int64(n), err == nil
	}
	return parseDecimalInteger(s)
}

func parseDecimalInteger(s string) (int64, bool) {
	if strings.IndexByte(s, '_') >= 0 {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}

func toReal(v value.Value) value.Value {
	switch v.Type() {
	case value.Bool, value.Int, value.Long, value.DateTime, value.TimeSpan:
		return value.NewReal(float64(v.Int()))
	case value.Decimal:
		return value.NewReal(real_(v))
	case value.String:
		if f, ok := parseReal(trimSpace(v.Text())); ok {
			return value.NewReal(f)
		}
	}
	return value.Null(value.Real)
}

// parseReal reads a decimal number with an optional exponent; no hexadecimal, no names, no infinity by overflow.
func parseReal(s string) (float64, bool) {
	if strings.Trim(s, "0123456789+-.eE") != "" {
		return 0, false
	}
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil
}

func toDecimal(v value.Value) value.Value {
	var d value.Dec
	ok := true
	switch v.Type() {
	case value.Bool, value.Int, value.Long, value.DateTime, value.TimeSpan:
		d = value.DecimalOfInt(v.Int())
	case value.Real:
		d, ok = value.DecimalOfReal(v.Real())
	case value.String:
		d, ok = value.ParseDecimal(v.Text())
	default:
		ok = false
	}
	if !ok {
		return value.Null(value.Decimal)
	}
	return value.NewDecimal(d)
}

// toTicks makes an instant or a span of text, or of a number of ticks.
func toTicks(v value.Value, to value.Type) value.Value {
	n, ok := v.Int(), true
	switch v.Type() {
	case value.String:
		if to == value.DateTime {
			n, ok = value.ParseDateTime(v.Text())
		} else {
			n, ok = value.ParseTimeSpan(v.Text())
		}
	case value.Int, value.Long:
	case value.DateTime, value.TimeSpan:
		ok = false
	default:
		ok = false
	}
	return integerOf(to, n, ok)
}

func typeName(v value.Value) string {
	if v.Type() != value.Dynamic {
		return v.Type().String()
	}
	switch n := v.Tree().(type) {
	case nil:
		return "null"
	case bool:
		return "bool"
	case int64:
		return "long"
	case float64:
		return "double"
	case string:
		return "string"
	case []any:
		return "array"
	case value.Value:
		return n.Type().String()
	}
	return "dictionary"
}
