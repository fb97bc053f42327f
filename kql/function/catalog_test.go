package function_test

import (
	"strings"
	"testing"

	"github.com/glasswatch/glasswatch/kql/function"
	"github.com/glasswatch/glasswatch/kql/value"
)

func TestEveryEntryIsComplete(t *testing.T) {
	for _, name := range function.Names() {
		f, _ := function.Lookup(name)
		check(t, name, f.Doc, f.Examples)
		if len(f.Overloads) == 0 {
			t.Errorf("%s has no overload", name)
		}
		for i, o := range f.Overloads {
			if o.Eval == nil {
				t.Errorf("%s: overload %d has no implementation", name, i)
			}
			if (o.Returns == value.Invalid) == (o.Typed == nil) {
				t.Errorf("%s: overload %d must have a result type or a rule for it", name, i)
			}
		}
	}
	for _, name := range function.AggregateNames() {
		a, _ := function.LookupAggregate(name)
		check(t, name, a.Doc, a.Examples)
		for i, o := range a.Overloads {
			if o.New == nil || (o.Returns == value.Invalid) == (o.Typed == nil) {
				t.Errorf("%s: overload %d is incomplete", name, i)
			}
		}
	}
}

func check(t *testing.T, name, doc string, examples []function.Example) {
	t.Helper()
	if !strings.HasSuffix(doc, ".") {
		t.Errorf("%s: documentation %q is no sentence", name, doc)
	}
	if len(examples) == 0 {
		t.Errorf("%s has no example", name)
	}
}

func TestResolve(t *testing.T) {
	const none = value.Invalid
	b, i, l, r, dec, dt, ts, s, g, d := value.Bool, value.Int, value.Long, value.Real, value.Decimal, value.DateTime, value.TimeSpan, value.String, value.GUID, value.Dynamic
	type types = []value.Type
	f := func(name string, args types, wantResult value.Type, wantConverted ...value.Type) {
		t.Helper()
		fn, ok := function.Lookup(name)
		if !ok {
			t.Fatalf("no function %s", name)
		}
		_, converted, result, err := fn.Resolve(args)
		if err != nil {
			t.Errorf("%s%v: %v", name, args, err)
			return
		}
		if result != wantResult {
			t.Errorf("%s%v gives %s, want %s", name, args, result, wantResult)
		}
		for k := range args {
			want := none
			if k < len(wantConverted) {
				want = wantConverted[k]
			}
			if converted[k] != want {
				t.Errorf("%s%v converts argument %d to %s, want %s", name, args, k, converted[k], want)
			}
		}
	}
	f("+", types{i, i}, l, l, l)
	f("+", types{l, r}, r, r)
	f("+", types{l, dec}, dec, dec)
	f("+", types{d, l}, l, l)
	f("+", types{dt, ts}, dt)
	f("+", types{d, d}, d)
	f("-", types{dt, dt}, ts)
	f("-", types{d, dt}, ts, dt)
	f("*", types{i, ts}, ts, l)
	f("/", types{ts, ts}, r)
	f("/", types{l, l}, l)
	f("%", types{ts, ts}, ts)
	f("neg", types{i}, i)
	f("neg", types{d}, d)
	f("==", types{s, l}, b, none, s)
	f("==", types{l, s}, b, none, l)
	f("==", types{d, s}, b, s)
	f("==", types{d, l}, b, r, r)
	f("==", types{dt, s}, b, none, dt)
	f("==", types{s, g}, b, g)
	f("==", types{i, l}, b, l)
	f("<", types{d, dt}, b, dt)
	f("in", types{s, l, l}, b, none, s, s)
	f("in", types{d, s}, b, s)
	f("in", types{d, l, l}, b, r, r, r)
	f("in", types{s, d}, b)
	f("in~", types{d, s}, b, s)
	f("has", types{d, s}, b, s)
	f("has_any", types{s, s, s}, b)
	f("has_any", types{s, d}, b)
	f("between", types{dt, dt, ts}, b)
	f("between", types{i, l, l}, b, l)
	f("bin", types{l, l}, l)
	f("bin", types{i, i}, l, l, l)
	f("bin", types{l, r}, r, r)
	f("bin", types{dt, ts}, dt)
	f("bin", types{d, ts}, dt, dt)
	f("iff", types{b, d, l}, l, none, l)
	f("iff", types{b, i, l}, l, none, l)
	f("case", types{b, s, b, d, s}, s, none, none, none, s)
	f("coalesce", types{l, i, l}, l, none, l)
	f("max_of", types{i, i}, i)
	f("tostring", types{d}, s)
	f("tolower", types{d}, s, s)
	f("strcat", types{s, l, ts}, s, none, s, s)
	f("strlen", types{d}, l, s)
	f("split", types{d, s}, d, s)
	f("ceiling", types{i}, i)
	f("round", types{i, l}, i)
	f("abs", types{i}, l, l)
	f("bag_pack", types{s, l, d, dt}, d, none, none, s)
	f("now", types{}, dt)
	f("isempty", types{dt}, b)

	e := func(name string, args types, want string) {
		t.Helper()
		fn, _ := function.Lookup(name)
		_, _, _, err := fn.Resolve(args)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s%v: error %v, want %q", name, args, err, want)
		}
	}
	e("<", types{s, s}, "use strcmp()")
	e("+", types{s, s}, "use strcat()")
	e("+", types{b, l}, "cannot compute bool + long")
	e("==", types{dt, l}, "cannot compare datetime == long")
	e("strlen", types{}, "strlen expects 1 argument, not 0")
	e("substring", types{s}, "substring expects 2 to 3 arguments, not 1")
	e("coalesce", types{s, l}, "needs values of one type, not string and long")
	f("iff", types{b, s, l}, value.Dynamic, none, value.Dynamic, value.Dynamic)
	e("case", types{b, s}, "in turn")
	e("coalesce", types{l}, "2 or more")
	e("ago", types{s}, "ago does not take (string); it takes (span: timespan)")
	e("floor", types{r}, "floor expects 2 arguments, not 1")
	e("between", types{s, s, s}, "cannot test string between")
}

func TestChecks(t *testing.T) {
	f := func(name string, types []value.Type, args []*value.Value, want string) {
		t.Helper()
		fn, _ := function.Lookup(name)
		o, _, _, err := fn.Resolve(types)
		if err != nil || o.Check == nil {
			t.Fatalf("%s: no check, %v", name, err)
		}
		got := ""
		if err := o.Check(args); err != nil {
			got = err.Error()
		}
		if got != want && (want == "" || !strings.Contains(got, want)) {
			t.Errorf("%s: error %q, want %q", name, got, want)
		}
	}
	text := func(s string) *value.Value { v := value.NewString(s); return &v }
	s, l, dt := value.String, value.Long, value.DateTime
	f("matches regex", []value.Type{s, s}, []*value.Value{nil, text("a(")}, "missing closing )")
	f("matches regex", []value.Type{s, s}, []*value.Value{nil, text("a()")}, "")
	f("extract_all", []value.Type{s, s}, []*value.Value{text("a"), nil}, "1 to 16 groups")
	f("datetime_diff", []value.Type{s, dt, dt}, []*value.Value{text("fortnight"), nil, nil}, `"fortnight"`)
	f("datetime_part", []value.Type{s, dt}, []*value.Value{text("week"), nil}, `"week"`)
	f("datetime_add", []value.Type{s, l, dt}, []*value.Value{text("Week"), nil, nil}, "")
	f("format_datetime", []value.Type{dt, s}, []*value.Value{nil, text("yyyy-MM-dd Q")}, `'Q'`)
	f("countof", []value.Type{s, s, s}, []*value.Value{nil, nil, text("fuzzy")}, "normal and regex")
}

func TestTerms(t *testing.T) {
	f := func(op, s, needle string, want bool) {
		t.Helper()
		fn, _ := function.Lookup(op)
		got := fn.Overloads[0].Eval(&function.Context{}, []value.Value{value.NewString(s), value.NewString(needle)}).Bool()
		if got != want {
			t.Errorf("%q %s %q is %t", s, op, needle, got)
		}
		no, _ := function.Lookup("!" + op)
		if no.Overloads[0].Eval(&function.Context{}, []value.Value{value.NewString(s), value.NewString(needle)}).Bool() == want {
			t.Errorf("%q !%s %q is %t too", s, op, needle, want)
		}
	}
	f("has", "a_b", "a", true)
	f("has", "a-b", "A", true)
	f("has", "ab", "a", false)
	f("has", "a1", "a", false)
	f("has", "éa", "a", false)
	f("has", "xa a", "a", true)
	f("has", "x a-b y", "a-b", true)
	f("has", "x ab y", "a-b", false)
	f("has", "b .b-", " ", true)
	f("has", "anything", "", true)
	f("has", "a b", "a ", true)
	f("has", "xa b", "a ", false)
	f("has", "x a-b y", " a", true)
	f("has", "ÄRGER im Büro", "ärger", true)
	f("has", "ein ÄRGERNIS", "ärger", false)
	f("has_cs", "Error", "error", false)
	f("hasprefix", "x-error", "err", true)
	f("hasprefix", "err or", "r o", false)
	f("hasprefix", "xa b", "a ", false)
	f("hassuffix", "an errorlog", "or", false)
	f("hassuffix", "x ab y", " a", false)
	f("hassuffix", "xa b", "a ", true)
	f("hassuffix_cs", "the error", "ROR", false)
	f("contains", "İx", "x", true)
	f("startswith", "Ärger", "ÄRG", true)
	f("endswith", "STRAẞE", "aße", true)
}
