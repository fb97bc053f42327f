package memory_test

import (
	"encoding/json"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/glasswatch/glasswatch/kql/memory"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

type base struct{ ID int64 }

type everything struct {
	base
	Name   string `kql:"DisplayName"`
	Age    int32
	Score  float64
	On     bool
	At     time.Time
	Took   time.Duration
	Tags   []string
	Extra  map[string]any
	Raw    json.RawMessage
	IP     netip.Addr
	Maybe  *int
	Secret string `kql:"-"`
}

func sample() []everything {
	seven := 7
	return []everything{
		{base: base{1}, Name: "Ann", Age: 41, Score: 1.5, On: true, At: time.Date(2026, 11, 20, 1, 2, 3, 400, time.UTC), Took: 90 * time.Second, Tags: []string{"a", "b"},
			Extra: map[string]any{"k": 1.5}, Raw: json.RawMessage(`{"x":[1]}`), IP: netip.MustParseAddr("10.0.0.1"), Maybe: &seven},
		{base: base{2}, Name: "Bob"},
	}
}

func TestTypes(t *testing.T) {
	db := memory.New()
	if err := db.Add("T", sample()); err != nil {
		t.Fatal(err)
	}
	r, err := db.Query(t.Context(), `T | getschema | project ColumnName, ColumnType`)
	if err == nil { // the columns, where the language has getschema
		var got []string
		for _, row := range r.Rows {
			got = append(got, row[0].Text()+":"+row[1].Text())
		}
		want := "ID:long DisplayName:string Age:int Score:real On:bool At:datetime Took:timespan Tags:dynamic Extra:dynamic Raw:dynamic IP:string Maybe:long"
		if text := strings.Join(got, " "); text != want {
			t.Errorf("got  %s\nwant %s", text, want)
		}
	}
	r, err = db.Query(t.Context(), `T | where ID == 1 and Age > 40 and Tags[1] == "b" and Raw.x[0] == 1 and Took > 1m and ipv4_is_in_range(IP, "10.0.0.0/8")`)
	if err != nil || len(r.Rows) != 1 {
		t.Fatalf("%v, %v", r, err)
	}
	r, err = db.Query(t.Context(), `T | where isnull(At) and isnull(Maybe) and not(On)`)
	if err != nil || len(r.Rows) != 1 {
		t.Fatalf("%v, %v", r, err)
	}
}

func TestDecode(t *testing.T) {
	db := memory.New()
	if err := db.Add("T", sample()); err != nil {
		t.Fatal(err)
	}
	r, err := db.Query(t.Context(), "T | sort by ID asc")
	if err != nil {
		t.Fatal(err)
	}
	var got []everything
	if err := r.Decode(&got); err != nil {
		t.Fatal(err)
	}
	want := sample()
	want[0].At = want[0].At.Truncate(100 * time.Nanosecond)
	opt := cmp.Options{cmp.AllowUnexported(everything{}, base{}), cmp.Comparer(func(a, b netip.Addr) bool { return a == b })}
	if diff := cmp.Diff(want, got, opt); diff != "" {
		t.Error(diff)
	}
	var anything []struct {
		ID any
		At any
	}
	if err := r.Decode(&anything); err != nil || anything[0].ID != int64(1) || anything[1].At != nil {
		t.Errorf("%v, %v", anything, err)
	}
	f := func(into any, want string) {
		t.Helper()
		if err := r.Decode(into); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	f(got, "pointer to a slice")
	f(&[]struct{ Nope string }{}, "no column Nope")
	f(&[]struct{ DisplayName int }{}, "a string does not go into a int")
}

func TestAddErrors(t *testing.T) {
	f := func(rows any, want string) {
		t.Helper()
		if err := memory.New().Add("T", rows); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%T: got %v, want %q", rows, err, want)
		}
	}
	f(5, "slice of structs")
	f([]int{1}, "a row is a struct")
	f([]struct{ x int }{{1}}, "no exported fields")
	f([]struct{ N uint64 }{{1 << 63}}, "too large")
	f([]*base{nil}, "row 0 is nil")
	f([]struct {
		A int
		B int `kql:"A"`
	}{}, "two fields")
	err := memory.New().AddRows("T", []plan.Column{{Name: "a", Type: value.Long}}, [][]value.Value{{value.NewString("x")}})
	if err == nil || !strings.Contains(err.Error(), "column a is a long") {
		t.Error(err)
	}
}
