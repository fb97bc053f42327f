package eval_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/glasswatch/glasswatch/kql"
	"github.com/glasswatch/glasswatch/kql/eval"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// catalog is a handful of tables.
type catalog map[string]*plan.Table

func (c catalog) Table(name string) *plan.Table { return c[name] }

func (c catalog) TableNames() []string {
	var names []string
	for name := range c {
		names = append(names, name)
	}
	return names
}

// record is a stored row of a table.
type record struct {
	table  *plan.Table
	values []value.Value
}

func (r *record) Value(i int) value.Value { return r.values[i] }

// signIns are four tables that differ as the real ones do: the status is a bag in some and text in others.
func signIns() catalog {
	c := catalog{}
	for i, name := range []string{"SigninLogs", "AADNonInteractiveUserSignInLogs", "AADServicePrincipalSignInLogs", "AADManagedIdentitySignInLogs"} {
		status := value.Dynamic
		if i == 1 {
			status = value.String
		}
		t := &plan.Table{Name: name, Time: 7, Columns: []plan.Column{
			{Name: "TimeGenerated", Type: value.DateTime}, {Name: "UserId", Type: value.String}, {Name: "UserPrincipalName", Type: value.String},
			{Name: "ResultType", Type: value.String}, {Name: "IPAddress", Type: value.String}, {Name: "Status", Type: status}, {Name: "AppDisplayName", Type: value.String},
			{Name: "_TimeReceived", Type: value.DateTime, Hidden: true},
		}}
		for j := range 60 {
			t.Columns = append(t.Columns, plan.Column{Name: fmt.Sprintf("%s_%d", name, j), Type: value.String})
		}
		c[name] = t
	}
	return c
}

func (c catalog) record(table string, set map[string]value.Value) *record {
	t := c[table]
	r := &record{table: t, values: make([]value.Value, len(t.Columns))}
	for i, col := range t.Columns {
		r.values[i] = value.Null(col.Type)
		if v, ok := set[col.Name]; ok {
			r.values[i] = v
		}
	}
	return r
}

func text(s string) value.Value { return value.NewString(s) }

func compile(t testing.TB, c kql.Catalog, query string) plan.Node {
	t.Helper()
	q, err := kql.Compile(query, kql.Options{Catalog: c, Now: time.Date(2024, 5, 17, 12, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return q.Plan
}

func matcher(t testing.TB, c kql.Catalog, query string) *eval.Matcher {
	t.Helper()
	m, err := eval.NewMatcher(compile(t, c, query))
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return m
}

const breakGlass = `union SigninLogs, AADNonInteractiveUserSignInLogs, AADServicePrincipalSignInLogs, AADManagedIdentitySignInLogs
| where UserId in~ ("11111111-1111-1111-1111-111111111111", "22222222-2222-2222-2222-222222222222")
    or UserPrincipalName in~ ("bg-north@contoso.com", "bg-south@contoso.com")
| extend Outcome = case(ResultType == "0", "accepted", ResultType in ("50053", "50057"), "blocked", "refused")
| project TimeGenerated, UserPrincipalName, IPAddress, Outcome, Code = Status_dynamic.errorCode`

func matches(m *eval.Matcher, r *record) []string {
	var out []string
	m.Match(r.table, r, 0, func(row []value.Value) {
		texts := make([]string, len(row))
		for i, v := range row {
			texts[i] = v.ToText()
		}
		out = append(out, strings.Join(texts, "|"))
	})
	return out
}

func TestMatch(t *testing.T) {
	c := signIns()
	m := matcher(t, c, breakGlass)
	f := func(r *record, want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, matches(m, r)); diff != "" {
			t.Error(diff)
		}
	}
	at := value.NewDateTime(638515008000000000)
	f(c.record("SigninLogs", map[string]value.Value{"TimeGenerated": at, "UserPrincipalName": text("BG-North@Contoso.com"), "IPAddress": text("203.0.113.7"), "ResultType": text("50126"), "Status": value.NewText(value.Dynamic, `{"errorCode":50126}`)}),
		"2024-05-17T00:00:00.0000000Z|BG-North@Contoso.com|203.0.113.7|refused|50126")
	f(c.record("AADNonInteractiveUserSignInLogs", map[string]value.Value{"UserId": text("22222222-2222-2222-2222-222222222222"), "ResultType": text("0"), "Status": text(`{"errorCode":0}`)}), "|||accepted|")
	f(c.record("SigninLogs", map[string]value.Value{"UserPrincipalName": text("someone@contoso.com")}))
	f(c.record("SigninLogs", nil))
	if got, want := len(m.Tables()), 4; got != want {
		t.Errorf("%d tables, want %d", got, want)
	}
}

func TestMatchExpanded(t *testing.T) {
	c := signIns()
	f := func(query, status string, want ...string) {
		t.Helper()
		m := matcher(t, c, query)
		r := c.record("SigninLogs", map[string]value.Value{"UserId": text("a"), "Status": value.NewText(value.Dynamic, status)})
		for range 2 { // a matcher is used again
			if diff := cmp.Diff(want, matches(m, r)); diff != "" {
				t.Errorf("%s: %s", query, diff)
			}
		}
	}
	const parts = `[{"id": 1, "kind": "User"}, {"id": 2, "kind": "Role"}, {"id": 3, "kind": "User"}]`
	f(`SigninLogs | where UserId == "a" | mv-expand part = Status | where part.kind =~ "user" | project UserId, part.id`, parts, "a|1", "a|3")
	f(`SigninLogs | mv-expand part = Status | where UserId == "b" | project part`, parts)
	f(`SigninLogs | mv-expand with_itemindex=i part = Status limit 2 | project i, kind = tostring(part.kind) | where kind startswith "R"`, parts, "1|Role")
	f(`SigninLogs | mv-expand Status | project Status`, `[]`)
	f(`SigninLogs | mv-expand a = Status | mv-expand b = a to typeof(long) | where b > 1 | project b`, `[[1, 2], [], [3]]`, "2", "3")
	f(`SigninLogs | mv-apply part = Status on (where part.kind == "User" | project id = tolong(part.id)) | where id > 1 | project UserId, id`, parts, "a|3")
	f(`SigninLogs | mv-apply part = Status on (summarize n = countif(part.kind == "User"), ids = make_list(part.id)) | where n > 1 | project n, ids`, parts, "2|[1,2,3]")
	f(`SigninLogs | mv-apply part = Status on (summarize n = countif(part.kind == "User")) | where n > 2 | project n`, parts)
	f(`let Watched = datatable(id: string) ["a", "b"]; SigninLogs | where UserId in (Watched) and UserId in (dynamic(["a"])) | project UserId`, parts, "a")
	f(`let M = materialize(SigninLogs | where UserId == "a"); M | project UserId`, parts, "a")

	m := matcher(t, c, `SigninLogs | mv-expand part = Status | where UserId == "x" and part.kind == "User" | project-rename who = UserId | where who in ("x", "y")`)
	got, ok := m.Conditions(c["SigninLogs"])
	if diff := cmp.Diff([]eval.Condition{{Column: 1, Value: "x"}}, got); diff != "" || !ok {
		t.Errorf("indexable: %v, %s", ok, diff)
	}
}

func TestMatchAllocatesNothing(t *testing.T) {
	c := signIns()
	r := c.record("SigninLogs", map[string]value.Value{"UserId": text("99999999-1111-1111-1111-111111111111"), "UserPrincipalName": text("someone@contoso.com"), "Status": value.NewText(value.Dynamic, `{"errorCode":50126}`), "AppDisplayName": text("Azure Portal")})
	for _, query := range []string{
		breakGlass,
		`SigninLogs | extend u = tolower(UserPrincipalName) | where u == "a@b" or u in ("c", "d")`,
		`SigninLogs | where Status.errorCode == 53003 and AppDisplayName has "portal"`,
		`SigninLogs | where AppDisplayName contains "graph" or AppDisplayName startswith "x" or AppDisplayName matches regex "^Office"`,
		`SigninLogs | where UserPrincipalName in~ ("1", "2", "3", "4", "5", "6", "7", "8", "9")`,
		`SigninLogs | where TimeGenerated > ago(1h) and isempty(UserId)`,
	} {
		m := matcher(t, c, query)
		emit := func([]value.Value) { t.Errorf("%s: matches", query) }
		if n := testing.AllocsPerRun(100, func() { m.Match(r.table, r, 0, emit) }); n != 0 {
			t.Errorf("%s: %v allocations, want 0", query, n)
		}
	}
}

func TestConditions(t *testing.T) {
	c := signIns()
	f := func(query string, want ...eval.Condition) {
		t.Helper()
		got, ok := matcher(t, c, query).Conditions(c["SigninLogs"])
		if !ok {
			t.Errorf("%s: not indexable", query)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", query, diff)
		}
	}
	const id, upn, result = 1, 2, 3
	f(breakGlass, eval.Condition{Column: id, Value: "11111111-1111-1111-1111-111111111111", Fold: true}, eval.Condition{Column: id, Value: "22222222-2222-2222-2222-222222222222", Fold: true},
		eval.Condition{Column: upn, Value: "bg-north@contoso.com", Fold: true}, eval.Condition{Column: upn, Value: "bg-south@contoso.com", Fold: true})
	f(`SigninLogs | where UserId == "A"`, eval.Condition{Column: id, Value: "A"})
	f(`SigninLogs | where "A" =~ UserId`, eval.Condition{Column: id, Value: "a", Fold: true})
	f(`SigninLogs | where UserId in ("a", "b", "c") | where ResultType == "0"`, eval.Condition{Column: result, Value: "0"})
	f(`SigninLogs | where UserId in ("a", "b") and ResultType == "0" and TimeGenerated > ago(1d)`, eval.Condition{Column: result, Value: "0"})
	f(`SigninLogs | project-rename Who = UserPrincipalName | extend w = tolower(Who) | where w == "A"`, eval.Condition{Column: upn, Value: "a", Fold: true})
	f(`SigninLogs | where tolower(UserPrincipalName) in (dynamic(["x", "y"]))`, eval.Condition{Column: upn, Value: "x", Fold: true}, eval.Condition{Column: upn, Value: "y", Fold: true})
	f(`SigninLogs | extend hit = UserId == "a" | where hit`, eval.Condition{Column: id, Value: "a"})
	f(`union (SigninLogs | where UserId == "a"), (SigninLogs | where UserId == "b")`, eval.Condition{Column: id, Value: "a"}, eval.Condition{Column: id, Value: "b"})
	f(`AADManagedIdentitySignInLogs | where UserId == "a"`)

	no := func(query string) {
		t.Helper()
		if got, ok := matcher(t, c, query).Conditions(c["SigninLogs"]); ok {
			t.Errorf("%s: %v", query, got)
		}
	}
	no(`SigninLogs`)
	no(`SigninLogs | where UserId != "a"`)
	no(`SigninLogs | where not(UserId == "a")`)
	no(`SigninLogs | where UserId == "a" or IPAddress startswith "10."`)
	no(`SigninLogs | where UserId == UserPrincipalName`)
	no(`SigninLogs | where Status.errorCode == "a"`)
	no(`union (SigninLogs | where UserId == "a"), SigninLogs`)
	no(`SigninLogs | where toupper(UserId) == "A"`)
	no(`SigninLogs | extend UserId = strcat(UserId, "x") | where UserId == "ax"`)
}

func TestMatcherRefuses(t *testing.T) {
	c := signIns()
	f := func(query, want string) {
		t.Helper()
		_, err := eval.NewMatcher(compile(t, c, query))
		if err == nil || !strings.HasPrefix(err.Error(), want+" cannot be decided one record at a time") {
			t.Errorf("%s: error %v, want %q", query, err, want)
		}
	}
	f("SigninLogs | sort by TimeGenerated", "sort")
	f("SigninLogs | top 5 by TimeGenerated", "top")
	f("SigninLogs | take 5", "take")
	f("SigninLogs | distinct UserId", "distinct")
	f("SigninLogs | summarize count() by UserId | where count_ > 5", "summarize")
	f("SigninLogs | count", "summarize")
	f("print 1", "print")
	f("datatable(a: long)[1]", "datatable")
	f("union SigninLogs, (AADNonInteractiveUserSignInLogs | take 1)", "take")
	f("SigninLogs | join kind=inner AADManagedIdentitySignInLogs on UserId", "join")
	f("SigninLogs | where UserId in (AADManagedIdentitySignInLogs | project UserId)", "a table inside an expression (toscalar, in)")
	f("SigninLogs | extend n = toscalar(SigninLogs | count)", "a table inside an expression (toscalar, in)")
	f("SigninLogs | mv-expand Status | summarize count()", "summarize")
	f("SigninLogs | mv-apply x = Status on (join kind=inner AADManagedIdentitySignInLogs on UserId)", "a table inside of mv-apply")
	f("SigninLogs | mv-apply x = Status on (where x.id == 1) | take 1", "take")
}

// TestIndexAgrees checks that a record that matches satisfies one of the conditions.
func TestIndexAgrees(t *testing.T) {
	c := signIns()
	names := []string{"a", "A", "b", "ä", "Ä", "", "x"}
	for _, query := range []string{
		`SigninLogs | where UserId =~ "Ä" or UserPrincipalName == "a"`,
		`SigninLogs | where UserId in ("a", "") and UserPrincipalName !in ("b")`,
		`SigninLogs | extend u = tolower(UserId) | where u in ("a", "b", "ä") or (u == "" and UserPrincipalName in~ ("X"))`,
	} {
		m := matcher(t, c, query)
		conditions, ok := m.Conditions(c["SigninLogs"])
		if !ok {
			t.Fatalf("%s is not indexable", query)
		}
		for _, id := range names {
			for _, upn := range names {
				r := c.record("SigninLogs", map[string]value.Value{"UserId": text(id), "UserPrincipalName": text(upn)})
				if len(matches(m, r)) > 0 && !holds(conditions, r) {
					t.Errorf("%s: the record %q %q matches without any of %v", query, id, upn, conditions)
				}
			}
		}
	}
}

func holds(conditions []eval.Condition, r *record) bool {
	for _, c := range conditions {
		s := r.Value(c.Column).Text()
		if c.Fold {
			s = value.Fold(s)
		}
		if s == c.Value {
			return true
		}
	}
	return false
}

func BenchmarkMatch(b *testing.B) {
	c := signIns()
	m := matcher(b, c, breakGlass)
	miss := c.record("SigninLogs", map[string]value.Value{"UserId": text("99999999-1111-1111-1111-111111111111"), "UserPrincipalName": text("some.user@contoso.com")})
	hit := c.record("SigninLogs", map[string]value.Value{"UserId": text("11111111-1111-1111-1111-111111111111"), "UserPrincipalName": text("bg-north@contoso.com"), "ResultType": text("0"), "Status": value.NewText(value.Dynamic, `{"errorCode":0,"additionalDetails":"x"}`)})
	for name, r := range map[string]*record{"miss": miss, "hit": hit} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				m.Match(r.table, r, 0, func([]value.Value) { n++ })
			}
		})
	}
}

// TestMatchSeesTheClock checks that a plan compiled for later takes now() from the caller.
func TestMatchSeesTheClock(t *testing.T) {
	c := signIns()
	q, err := kql.Compile("SigninLogs | where TimeGenerated > ago(1h) | project TimeGenerated", kql.Options{Catalog: c, LiveNow: true})
	if err != nil {
		t.Fatal(err)
	}
	m, err := eval.NewMatcher(q.Plan)
	if err != nil {
		t.Fatal(err)
	}
	at := int64(638515008000000000)
	r := c.record("SigninLogs", map[string]value.Value{"TimeGenerated": value.NewDateTime(at)})
	for late, want := range map[int64]int{value.Minute: 1, 2 * value.Hour: 0} {
		got := 0
		m.Match(r.table, r, at+late, func([]value.Value) { got++ })
		if got != want {
			t.Errorf("%d ticks later: %d matches, want %d", late, got, want)
		}
	}
}
