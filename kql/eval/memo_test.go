package eval_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/glasswatch/glasswatch/kql"
	"github.com/glasswatch/glasswatch/kql/eval"
	"github.com/glasswatch/glasswatch/kql/value"
)

// memoQueries have calls in common, some over columns of others, and operators that make rows of a record.
var memoQueries = []string{
	`SigninLogs | where tostring(Status.errorCode) == "50126"`,
	`SigninLogs | extend code = Status.errorCode | extend text = tostring(code) | where text == "50126" or text == "0"`,
	`SigninLogs | extend code = Status.failureReason | extend text = tostring(code) | where text startswith "r" | project text, UserId`,
	`SigninLogs | where strcat(tostring(Status.errorCode), tolower(UserPrincipalName)) endswith "x" | project strcat(tostring(Status.errorCode), tolower(UserPrincipalName))`,
	`SigninLogs | extend n = iff(UserId == "a", tolower(UserPrincipalName), "none") | where n != "none"`,
	`SigninLogs | parse AppDisplayName with a " " b | where tolower(b) == "one" | project tolower(b), tolower(a)`,
	`SigninLogs | mv-expand d = Status.details | extend t = tostring(d) | where t == "2" | project t, tolower(UserPrincipalName)`,
	`SigninLogs | mv-apply d = Status.details on (where tostring(d) != "2" | extend u = tolower(tostring(d))) | project u, tostring(Status.errorCode)`,
	`SigninLogs | extend low = tolower(UserPrincipalName) | mv-apply d = Status.details on (where tostring(d) != "2") | project low, d`,
	`SigninLogs | mv-apply d = Status.details on (summarize n = sum(tolong(d))) | where n > 2 | project n, tolower(UserPrincipalName)`,
	`union (SigninLogs | where tolower(UserPrincipalName) == "x"), (SigninLogs | where tostring(Status.errorCode) == "0") | project tolower(UserPrincipalName), strcat(tostring(Status.errorCode), UserId)`,
	`union SigninLogs, AADNonInteractiveUserSignInLogs | where tolower(UserPrincipalName) != "x" | project tolower(UserPrincipalName), tostring(Status_dynamic), tolower(Status_string)`,
	`AADNonInteractiveUserSignInLogs | where tolower(UserPrincipalName) == "y" | project tolower(UserPrincipalName), tolower(Status), tostring(parse_json(Status).errorCode)`,
}

func memoRecord(c catalog, r *rand.Rand) *record {
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	status := fmt.Sprintf(`{"errorCode":%s,"failureReason":%q,"details":[1,%s]}`, pick("0", "50126"), pick("red", "green"), pick("2", "3"))
	table, typ := "SigninLogs", value.Dynamic
	if r.IntN(3) == 0 {
		table, typ = "AADNonInteractiveUserSignInLogs", value.String
	}
	return c.record(table, map[string]value.Value{
		"UserId": text(pick("a", "b")), "UserPrincipalName": text(pick("X", "y", "Z")), "AppDisplayName": text(pick("App One", "app two")),
		"Status": value.NewText(typ, status),
	})
}

// TestMemo: matchers that share what they compute say what each says alone, whichever of them get a record.
func TestMemo(t *testing.T) {
	c := signIns()
	memo := eval.NewMemo()
	var alone, together []*eval.Matcher
	for _, q := range memoQueries {
		m, err := memo.NewMatcher(compile(t, c, q))
		if err != nil {
			t.Fatal(err)
		}
		alone, together = append(alone, matcher(t, c, q)), append(together, m)
	}
	memo.Done()
	r := rand.New(rand.NewPCG(1, 2))
	matched := map[string]bool{}
	for range 2000 {
		rec := memoRecord(c, r)
		memo.Next()
		for _, i := range r.Perm(len(memoQueries)) {
			if r.IntN(3) == 0 {
				continue
			}
			want, got := matches(alone[i], rec), matches(together[i], rec)
			if !slices.Equal(got, want) {
				t.Fatalf("%s\nof %v: %q, alone %q", memoQueries[i], rec.values, got, want)
			}
			if len(want) > 0 {
				matched[memoQueries[i]] = true
			}
		}
	}
	if len(matched) != len(memoQueries) {
		t.Errorf("only %d queries of %d matched", len(matched), len(memoQueries))
	}
}

// counted counts how often a column is read.
type counted struct {
	eval.Row
	reads map[int]int
}

func (c *counted) Value(i int) value.Value {
	c.reads[i]++
	return c.Row.Value(i)
}

// TestMemoComputesOnce: a call that several matchers have reads its column once a record, also where it is written in another way.
func TestMemoComputesOnce(t *testing.T) {
	c := signIns()
	rec := c.record("SigninLogs", map[string]value.Value{"UserPrincipalName": text("A")})
	memo := eval.NewMemo()
	var list []*eval.Matcher
	for _, q := range []string{
		`SigninLogs | where tolower(UserPrincipalName) == "b"`,
		`SigninLogs | extend name = UserPrincipalName | extend low = tolower(name) | where low == "c" or low == "d"`,
		`let f = (s: string) { tolower(s) }; SigninLogs | where f(UserPrincipalName) endswith "e"`,
	} {
		m, err := memo.NewMatcher(compile(t, c, q))
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, m)
	}
	row := &counted{rec, map[int]int{}}
	for n := 1; n <= 3; n++ {
		memo.Next()
		for _, m := range list {
			m.Match(rec.table, row, 0, func([]value.Value) { t.Error("matches") })
		}
		for i, reads := range row.reads {
			if reads != n {
				t.Errorf("column %d is read %d times in %d records", i, reads, n)
			}
		}
	}
	if n := testing.AllocsPerRun(100, func() {
		memo.Next()
		for _, m := range list {
			m.Match(rec.table, rec, 0, nil)
		}
	}); n != 1 { // "a", the text in lower case
		t.Errorf("%v allocations a record, want 1", n)
	}
}

// TestMemoKeepsApart: what is not a value of the record alone is computed by each.
func TestMemoKeepsApart(t *testing.T) {
	c := signIns()
	rec := c.record("SigninLogs", map[string]value.Value{"UserId": text("a")})
	memo := eval.NewMemo()
	f := func(query string) *eval.Matcher {
		t.Helper()
		q, err := kql.Compile(query, kql.Options{Catalog: c, LiveNow: true})
		if err != nil {
			t.Fatal(err)
		}
		m, err := memo.NewMatcher(q.Plan)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	value := func(m *eval.Matcher, now int64) (got string) {
		m.Match(rec.table, rec, now, func(out []value.Value) { got = out[0].ToText() })
		return got
	}
	const random, clock = `SigninLogs | project strcat(UserId, tostring(rand()))`, `SigninLogs | project strcat(UserId, tostring(now()))`
	memo.Next()
	if a, b := value(f(random), 0), value(f(random), 0); a == b {
		t.Errorf("rand() gives %s twice", a)
	}
	if a, b := value(f(clock), 0), value(f(clock), 1); a == b {
		t.Errorf("now() gives %s at two times", a)
	}
}
