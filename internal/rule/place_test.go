package rule

import (
	"errors"
	"strings"
	"testing"

	"github.com/glasswatch/glasswatch/internal/fault"
)

// A mistake in a query is shown in the rule's file: its line there, the line itself, and a caret.
func TestQueryProblems(t *testing.T) {
	e := newFixture(t).engine
	f := func(text string, want ...string) {
		t.Helper()
		r, err := Parse([]byte(text), "r.yaml")
		if err != nil {
			t.Fatal(err)
		}
		err = e.Load([]Rule{r})
		var problems fault.Problems
		if !errors.As(err, &problems) {
			t.Fatalf("%s\nerror %v", text, err)
		}
		got := problems.Render()
		for _, w := range want {
			if !strings.Contains(got, w) {
				t.Errorf("%s\ngives\n%slacks %q", text, got, w)
			}
		}
	}
	f("name: a\nquery: |\n  SigninLogs\n  | where Foo == 1\n", "r.yaml:4:11:", "  4 |   | where Foo == 1\n    |           ^^^\n")
	f("# first\nname: a\n\nquery: SigninLogs | where Foo == 1\nseverity: 1\n", "r.yaml:4:27:", "  4 | query: SigninLogs | where Foo == 1\n    |                           ^^^\n")
	f("name: a\nquery: 'SigninLogs | where Foo == 1'\n", "r.yaml:2:28:")
	f("name: a\nquery: |-\n\n    SigninLogs\n\n    | where\n      Foo == 1\n", "r.yaml:7:7:")
	f("name: a\nquery: >\n  SigninLogs\n  | where Foo == 1\n", "r.yaml: ", "1:20") // folded: the place in the query
	f("name: a\nquery: \"SigninLogs \\n| where Foo == 1\"\n", "r.yaml: ", "2:9")
}

func TestQueryProblemsOfSeveralRules(t *testing.T) {
	e := newFixture(t).engine
	one, _ := Parse([]byte("name: a\nquery: SigninLogs | where Foo == 1\n"), "a.yaml")
	two, _ := Parse([]byte("name: b\nquery: SigninLogs | where Bar == 1 and Baz == 2\n"), "b.yaml")
	err := e.Load([]Rule{one, two, one})
	for _, want := range []string{"a.yaml:2:27", "b.yaml:2:27", "b.yaml:2:40", "defined twice"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v\nlacks %q", err, want)
		}
	}
}
