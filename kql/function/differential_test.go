package function_test

import (
	"database/sql"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	_ "github.com/duckdb/duckdb-go/v2"

	"github.com/glasswatch/glasswatch/kql/eval"
	"github.com/glasswatch/glasswatch/kql/function"
	"github.com/glasswatch/glasswatch/kql/plan"
	kqlsql "github.com/glasswatch/glasswatch/kql/sql"
	"github.com/glasswatch/glasswatch/kql/value"
)

// TestBackEndsAgree calls every overload with awkward values of its types, on the interpreter and on DuckDB: once with
// all arguments as columns, and with all but the first as constants, which is how queries have them. What has no SQL
// is declined and only counted.
func TestBackEndsAgree(t *testing.T) {
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	agreed, declined := 0, 0
	for _, name := range function.Names() {
		f, _ := function.Lookup(name)
		for i := range f.Overloads {
			for _, types := range signatures(&f.Overloads[i]) {
				o, converted, result, err := f.Resolve(types)
				if err != nil || o != &f.Overloads[i] || anyConversion(converted) {
					continue
				}
				if o.SQL == nil && o.SQLFunc == nil {
					declined++
					continue
				}
				call := &plan.Call{Func: f, Overload: o, Typ: result}
				ran := false
				for _, args := range tuples(name, o, types) {
					n := planOf(call, args)
					ok := compareBackEnds(t, db, n, args)
					ran = ran || ok
				}
				if ran {
					agreed++
				} else {
					declined++
				}
			}
		}
	}
	t.Logf("%d signatures agree, %d run on the interpreter only", agreed, declined)
}

func anyConversion(converted []value.Type) bool {
	for _, c := range converted {
		if c != value.Invalid {
			return true
		}
	}
	return false
}

// signatures lists argument types for an overload: with and without optional parameters, each accepted type in turn.
func signatures(o *function.Overload) [][]value.Type {
	var out [][]value.Type
	least := 0
	for _, p := range o.Params {
		if !p.Optional {
			least++
		}
	}
	for n := least; n <= len(o.Params); n++ {
		row := [][]value.Type{nil}
		for _, p := range o.Params[:n] {
			accepted := p.Types
			if p.As != value.Invalid {
				accepted = []value.Type{p.As}
			}
			if accepted == nil {
				accepted = []value.Type{value.Long, value.String, value.Real, value.DateTime, value.Dynamic, value.TimeSpan, value.Bool, value.GUID}
			}
			var next [][]value.Type
			for _, head := range row {
				for _, a := range accepted {
					next = append(next, append(head[:len(head):len(head)], a))
				}
			}
			row = next
		}
		out = append(out, row...)
	}
	if len(out) > 60 {
		out = out[:60]
	}
	return out
}

// tuple is the arguments of many calls: rows of values, and which arguments are constants, the same in all rows.
type tuple struct {
	rows     [][]value.Value
	constant []bool
}

func tuples(name string, o *function.Overload, types []value.Type) []tuple {
	var out []tuple
	pools := make([][]value.Value, len(types))
	for i, t := range types {
		p := &o.Params[min(i, len(o.Params)-1)]
		pools[i] = pool(name, i, p, t)
	}
	cartesian := func(pools [][]value.Value, limit int) [][]value.Value {
		rows := [][]value.Value{nil}
		for _, p := range pools {
			var next [][]value.Value
			for _, r := range rows {
				for _, v := range p {
					next = append(next, append(r[:len(r):len(r)], v))
				}
			}
			rows = next
		}
		if step := len(rows)/limit + 1; step > 1 {
			var some [][]value.Value
			for i := 0; i < len(rows); i += step {
				some = append(some, rows[i])
			}
			rows = some
		}
		return rows
	}
	if len(types) == 0 {
		return nil
	}
	constant := make([]bool, len(types))
	for i := range types {
		constant[i] = o.Params[min(i, len(o.Params)-1)].Constant
	}
	if !constant[0] {
		hasConstant := false
		for _, c := range constant {
			hasConstant = hasConstant || c
		}
		if !hasConstant {
			out = append(out, tuple{cartesian(pools, 200), make([]bool, len(types))})
		}
	}
	if len(types) == 1 {
		return out
	}
	// The varying argument is the last one that need not be constant, or the first.
	varying := slices.Index(constant, false)
	if varying < 0 {
		return out
	}
	others := append(append([][]value.Value{}, pools[:varying]...), pools[varying+1:]...)
	for _, fixed := range cartesian(others, 8) {
		tu := tuple{constant: make([]bool, len(types))}
		for i := range tu.constant {
			tu.constant[i] = i != varying
		}
		for _, v := range pools[varying] {
			r := append(append(append([]value.Value{}, fixed[:varying]...), v), fixed[varying:]...)
			tu.rows = append(tu.rows, r)
		}
		out = append(out, tu)
	}
	return out
}

// planOf is a projection of the call over a table of the rows, with the row's number first.
func planOf(call *plan.Call, t tuple) plan.Node {
	in := &plan.Values{Cols: []plan.Column{{Name: "n", Type: value.Long}}}
	args := make([]plan.Expr, len(t.constant))
	for i := range args {
		v := t.rows[0][i]
		if t.constant[i] {
			args[i] = &plan.Const{Value: v}
			continue
		}
		args[i] = &plan.Col{Index: len(in.Cols), Typ: v.Type()}
		in.Cols = append(in.Cols, plan.Column{Name: fmt.Sprintf("a%d", i), Type: v.Type()})
	}
	for n, r := range t.rows {
		row := []value.Value{value.NewLong(int64(n))}
		for i, v := range r {
			if !t.constant[i] {
				row = append(row, v)
			}
		}
		in.Rows = append(in.Rows, row)
	}
	c := *call
	c.Args = args
	return &plan.Project{Input: in, Cols: []plan.Column{{Name: "n", Type: value.Long}, {Name: "x", Type: call.Typ}},
		Exprs: []plan.Expr{&plan.Col{Index: 0, Typ: value.Long}, &c}}
}

// noNames is for plans that read no table.
type noNames struct{}

func (noNames) Table(*plan.Table) string       { panic("no tables here") }
func (noNames) Column(*plan.Table, int) string { panic("no tables here") }
func (noNames) Path(*plan.Table, int, []string) (kqlsql.Promoted, bool) {
	return kqlsql.Promoted{}, false
}

// compareBackEnds reports whether DuckDB ran the plan.
func compareBackEnds(t *testing.T, db *sql.DB, n plan.Node, args tuple) bool {
	t.Helper()
	call := n.(*plan.Project).Exprs[1].(*plan.Call)
	if call.Overload.Check != nil {
		consts := make([]*value.Value, len(args.constant))
		for i, c := range args.constant {
			if c {
				consts[i] = &args.rows[0][i]
			}
		}
		if call.Overload.Check(consts) != nil {
			return false
		}
	}
	st, err := kqlsql.Compile(n, kqlsql.DuckDB, noNames{})
	if err != nil {
		return false
	}
	want := map[int64]value.Value{}
	r, err := eval.Run(t.Context(), n, nil, eval.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for {
		row, err := r.Next()
		if err == io.EOF {
			break
		}
		want[row[0].Int()] = row[1]
	}
	rows, err := db.Query(st.Text, st.Args...)
	if err != nil {
		report(t, "%s%v: %v\n%s", call.Func.Name, args.rows[0], err, st.Text)
		return true
	}
	defer rows.Close()
	seen := 0
	for rows.Next() {
		var i int64
		var x any
		if err := rows.Scan(&i, &x); err != nil {
			t.Fatal(err)
		}
		seen++
		if got := stored(x, call.Typ); !same(got, want[i]) {
			report(t, "%s%v: DuckDB gives %s, the interpreter %s (constants %v)\n%s", call.Func.Name, args.rows[i], got, want[i], args.constant, st.Text)
			return true
		}
	}
	if err := rows.Err(); err != nil {
		report(t, "%s%v: %v\n%s", call.Func.Name, args.rows[0], err, st.Text)
	} else if seen != len(args.rows) {
		t.Errorf("%s: %d rows, want %d", call.Func.Name, seen, len(args.rows))
	}
	return true
}

// report keeps the output readable; VERBOSE shows the statements.
func report(t *testing.T, format string, args ...any) {
	t.Helper()
	msg := fmt.Sprintf(format, args...)
	if os.Getenv("VERBOSE") == "" {
		msg, _, _ = strings.Cut(msg, "\n")
	}
	t.Error(msg)
}

// stored reads a value of DuckDB.
func stored(x any, typ value.Type) value.Value {
	switch x := x.(type) {
	case nil:
		return value.Null(value.Dynamic) // not a string: a string is never null
	case bool:
		return value.NewBool(x)
	case int32:
		return integer(int64(x), typ)
	case int64:
		return integer(x, typ)
	case float64:
		return value.NewReal(x)
	case string:
		return value.NewText(typ, x)
	}
	return value.NewString(fmt.Sprintf("%T %v", x, x))
}

func integer(n int64, typ value.Type) value.Value {
	switch typ {
	case value.Int:
		return value.NewInt(int32(n))
	case value.DateTime:
		return value.NewDateTime(n)
	case value.TimeSpan:
		return value.NewTimeSpan(n)
	}
	return value.NewLong(n)
}

func same(got, want value.Value) bool {
	if got.IsNull() || want.IsNull() {
		return got.IsNull() == want.IsNull()
	}
	if got.Type() == value.Real && want.Type() == value.Real {
		a, b := got.Real(), want.Real()
		return a == b || a != a && b != b || math.Abs(a-b) <= 1e-12*math.Abs(b)
	}
	return got.Type() == want.Type() && value.Equal(got, want)
}

// pool is awkward values of a type, with the null where it has one.
func pool(name string, i int, p *function.Param, t value.Type) []value.Value {
	texts := func(list ...string) []value.Value {
		out := make([]value.Value, len(list))
		for i, s := range list {
			out[i] = value.NewString(s)
		}
		return out
	}
	switch t {
	case value.Bool:
		return []value.Value{value.Null(t), value.NewBool(true), value.NewBool(false)}
	case value.Int:
		return []value.Value{value.Null(t), value.NewInt(0), value.NewInt(-3), value.NewInt(7), value.NewInt(math.MaxInt32)}
	case value.Long:
		out := []value.Value{value.Null(t), value.NewLong(0), value.NewLong(1), value.NewLong(-7), value.NewLong(5)}
		if name == "*" { // the store reports an overflow as an error
			return out
		}
		out = append(out, value.NewLong(4294967297), value.NewLong(-2147483649))
		if strings.HasPrefix(name, "to") || strings.Contains("== != < <= > >=", name) {
			out = append(out, value.NewLong(math.MaxInt64), value.NewLong(math.MinInt64))
		}
		return out
	case value.Real:
		out := []value.Value{value.Null(t), value.NewReal(math.NaN()), value.NewReal(math.Inf(1)), value.NewReal(math.Inf(-1))}
		for _, f := range []float64{0, 0.5, -2.5, 3, 1e16, -1e-5, 1e20, 1234.5678, 123456789012345680} {
			out = append(out, value.NewReal(f))
		}
		return out
	case value.Decimal:
		d, _ := value.ParseDecimal("1.5")
		return []value.Value{value.Null(t), value.NewDecimal(d)}
	case value.DateTime:
		out := []value.Value{value.Null(t)}
		for _, s := range []string{"0001-01-01", "1969-12-31T23:59:59.9999999Z", "1970-01-01", "2000-02-29T12:34:56.1234567Z", "2020-12-31T23:59:59.9999999Z", "2024-05-17T08:00:00Z", "2017-01-01T10:10:17Z", "9999-12-31T23:59:59.9999999Z"} {
			n, _ := value.ParseDateTime(s)
			out = append(out, value.NewDateTime(n))
		}
		return out
	case value.TimeSpan:
		out := []value.Value{value.Null(t)}
		for _, n := range []int64{0, 1, -1, value.Hour, 7 * value.Day, -25 * value.Hour, 3*value.Minute + 5*value.Second + 12345670, value.Day} {
			out = append(out, value.NewTimeSpan(n))
		}
		return out
	case value.GUID:
		return []value.Value{value.Null(t), value.NewText(t, "11111111-2222-3333-4444-555555555555"), value.NewText(t, "01234567-89ab-cdef-0123-456789abcdef")}
	case value.Dynamic:
		out := []value.Value{value.Null(t)}
		for _, s := range []string{`"x"`, `""`, `"a\"b\u00e9"`, `5`, `-1`, `5.5`, `2.0`, `true`, `[]`, `[1,"a",null,{"b":2}]`, `["a","A","x"]`, `{}`, `{"a":1,"b":{"c":[1]}}`, `"2024-05-17T08:00:00Z"`, `12345678901234567890`, `1e300`, `"7"`, `"True"`} {
			out = append(out, value.NewText(t, s))
		}
		return out
	}
	if p.Constant {
		switch p.Name {
		case "format":
			return texts("yyyy-MM-dd HH:mm:ss.fffffff", "y-M-d h:m:s tt", "yy/MM/dd [hh] t F", "yyyyyy MMM ddd HHH fff FFF", "T", "dd.HH:mm:ss FFFFFFFF ffffffff", "")
		case "period", "part":
			return texts("year", "quarter", "month", "week", "week_of_year", "day", "dayofyear", "hour", "minute", "second", "millisecond", "microsecond", "nanosecond", "DAY")
		case "kind":
			return texts("normal", "regex")
		case "regex", "search":
			if name == "extract_all" {
				return texts(`(a)`, `(\d+)-(\w)`, `(\w)(\d)?`, `^(\w+)`, `\b(\w)`, `(?i)(a)|(b)(c)`, `(.)$`, `(x*)`, `(\s+)`)
			}
			return texts(`a`, `^[A-Z]+`, `(\d+)-(\w)`, `\s+`, `.$`, `(?i)straße`, `x*`, `[^\w]+`)
		}
	}
	list := []string{"", "a", "A", "abc", "ABC def", "a_b", "x-abc.y", "Straße ÄÖÜ", "ſK", " 7 ", "-3", "+4", "0x1F", "0xFFFFFFFFFFFFFFFF", "5.7", "1e3", ".5", "5.", "1e999", "9999999999", "true", " FALSE ", "yes",
		"99999999999999999999", "{\"a\":[1, 2.50]}", "[1,]", "[NaN]", "\"information, ]\"", "null", " null ", "not json", "\"q\"", "'; drop", "a\nb", "tab\there", "10.1.2.3", "192.168.1.7/24", "172.16.0.300", "10.0.0.1/4",
		"{01234567-89AB-cdef-0123-456789abcdef}", "0123456789abcdef0123456789abcdef", "nope-01234567", "S3VzdG8=", "Zm9v\n", "a/b/c", "12-345", "%_", "日本語", "😀x", "İstanbul"}
	if p.Name == "replacement" {
		return texts("", "x", `[\1]`, `<\0>`, `\2-\1`, "$1", `a\\b`)
	}
	if strings.HasPrefix(name, "ipv4") && i > 0 {
		list = []string{"10.0.0.0/8", "192.168.1.1", "0.0.0.0/0", "x"}
	}
	if i > 0 && !strings.HasPrefix(name, "ipv4") {
		list = []string{"", "a", "A", "abc", "def", "_", " ", "-", "ß", "ä", "K", "b c", "7", "'", "%", "😀", "a.", "/", "$.a", "$.b.c"}
	}
	return texts(list...)
}
