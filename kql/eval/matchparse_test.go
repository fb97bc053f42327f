package eval_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/glasswatch/glasswatch/kql/eval"
	"github.com/glasswatch/glasswatch/kql/value"
)

func TestMatchParse(t *testing.T) {
	c := signIns()
	f := func(query, agent string, want ...string) {
		t.Helper()
		m := matcher(t, c, "SigninLogs | "+query)
		r := c.record("SigninLogs", map[string]value.Value{"AppDisplayName": text(agent), "UserId": text("u")})
		for range 2 { // the second record is another generation of the same matcher
			if diff := cmp.Diff(want, matches(m, r)); diff != "" {
				t.Errorf("%s over %q\n%s", query, agent, diff)
			}
		}
	}
	f(`parse AppDisplayName with * "code=" Code:long ";" Rest | where Code > 3 | project Code, Rest`, "x code=7;more", "7|more")
	f(`parse AppDisplayName with * "code=" Code:long ";" Rest | where Code > 3 | project Code, Rest`, "x code=2;more")
	f(`parse AppDisplayName with * "code=" Code:long ";" Rest | project UserId, Code, Rest`, "none", "u||")
	f(`parse-where AppDisplayName with * "code=" Code:long ";" * | project Code`, "none")
	f(`parse-where kind=regex flags=i AppDisplayName with "(X|Y) CODE=" Code:long ".*" | project Code`, "y code=12!", "12")
	f(`parse-kv AppDisplayName as (a: long, b: string) with (pair_delimiter=";", kv_delimiter="=") | where a == 1 | project b`, "b=q; a=1", "q")
	f(`serialize | parse AppDisplayName with UserId " " Last | project UserId, Last`, "one two", "one|two")
}

// TestMatchParseConditions checks that a column that parse makes is no column of the record, whatever its name.
func TestMatchParseConditions(t *testing.T) {
	c := signIns()
	m := matcher(t, c, `SigninLogs | where ResultType == "0" | parse AppDisplayName with * "id=" UserId | where UserId == "x"`)
	got, ok := m.Conditions(c["SigninLogs"])
	want := []eval.Condition{{Column: 3, Value: "0"}}
	if diff := cmp.Diff(want, got); !ok || diff != "" {
		t.Error(diff)
	}
}
