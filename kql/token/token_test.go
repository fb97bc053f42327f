package token_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/glasswatch/glasswatch/kql/token"
)

func TestRender(t *testing.T) {
	f := func(query, at string, want ...string) {
		t.Helper()
		start := strings.Index(query, at)
		ds := token.Diagnostics{{Severity: token.Error, Code: "KS142", Message: "m", Hint: "h", Span: token.Span{Start: start, End: start + len(at)}}}
		got := strings.Split(strings.TrimSuffix(ds.Locate(query).Render(query), "\n"), "\n")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", query, diff)
		}
	}
	f("T | where Foo == 1", "Foo",
		"error KS142 at 1:11: m",
		"  T | where Foo == 1",
		"            ^~~",
		"  h")
	f("T\r\n| where Foo == 1\r\n| take 5", "Foo",
		"error KS142 at 2:9: m",
		"  | where Foo == 1",
		"          ^~~",
		"  h")
	f("\tT |\twhere Foo", "Foo", // a tab is shown as one blank
		"error KS142 at 1:12: m",
		"   T | where Foo",
		"             ^~~",
		"  h")
	f("print \"日本\", Foo", "Foo", // wide characters take two cells
		"error KS142 at 1:13: m",
		"  print \"日本\", Foo",
		"                ^~~",
		"  h")
	f("print \"e\u0301\u200b\", Foo", "Foo", // combining ones none
		"error KS142 at 1:14: m",
		"  print \"e\u0301\u200b\", Foo",
		"             ^~~",
		"  h")
	f("print 1, \xff\x1b[31m Foo", "Foo", // what is not text is not sent to the terminal
		"error KS142 at 1:17: m",
		"  print 1, \uFFFD\uFFFD[31m Foo",
		"                  ^~~",
		"  h")
	f(strings.Repeat("x", 300)+" Foo "+strings.Repeat("y", 300), "Foo",
		"error KS142 at 1:302: m",
		"  "+strings.Repeat("x", 79)+" Foo "+strings.Repeat("y", 76),
		"  "+strings.Repeat(" ", 80)+"^~~",
		"  h")
}

func TestLocate(t *testing.T) {
	text := "ab\nçd“e”\n\nf"
	ds := token.Diagnostics{
		{Message: "f", Span: token.Span{Start: strings.Index(text, "f"), End: len(text)}},
		{Message: "beyond", Span: token.Span{Start: 100, End: 200}},
		{Message: "e", Severity: token.Note, Span: token.Span{Start: strings.Index(text, "e"), End: strings.Index(text, "e")}},
		{Message: "a", Span: token.Span{End: 1}},
		{Message: "a", Span: token.Span{End: 1}}, // a repetition
	}
	var got []string
	for _, d := range ds.Locate(text) {
		got = append(got, d.String())
	}
	want := []string{"1:1: error : a", "2:4: note : e", "4:1: error : f", "4:2: error : beyond"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got, want := ds.Locate(text).Error(), "1:1: error : a (and 2 more)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := len(ds.Remarks()); got != 1 {
		t.Errorf("got %d remarks, want 1", got)
	}
}

func TestNearest(t *testing.T) {
	candidates := []string{"UserId", "UserPrincipalName", "IPAddress", "TimeGenerated", "Id", "AppId", "count"}
	f := func(name, want string) {
		t.Helper()
		if got := token.Nearest(name, candidates); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
	f("userid", "UserId")
	f("Userid", "UserId")
	f("UserIds", "UserId")
	f("UsreId", "UserId") // neighbours swapped
	f("IPAdress", "IPAddress")
	f("TimeGeneratd", "TimeGenerated")
	f("UserPrincipleName", "UserPrincipalName")
	f("cuont", "count")
	f("ID", "Id")
	f("Xy", "")
	f("Location", "")
	f(strings.Repeat("x", 1000), "")
	f("", "")
}
