package rule

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/glasswatch/glasswatch/internal/alert"
	"github.com/glasswatch/glasswatch/internal/ingest/decode"
	"github.com/glasswatch/glasswatch/internal/source"
	"github.com/glasswatch/glasswatch/internal/table"
)

const (
	bgID  = "5b3ea3bb-c628-498b-9bc8-cfba1ebbcf86"
	bgUPN = "lantern-01@contoso.onmicrosoft.com"
)

type fakeSink struct{ alerts []alert.Alert }

func (f *fakeSink) Fire(_ context.Context, alerts []alert.Alert) error {
	f.alerts = append(f.alerts, alerts...)
	return nil
}

type fixture struct {
	t       testing.TB
	engine  *Engine
	sink    *fakeSink
	catalog *table.Catalog
	decoder *decode.Decoder
}

func newFixture(t testing.TB, accounts ...alert.Account) *fixture {
	t.Helper()
	catalog, err := table.NewCatalog()
	if err != nil {
		t.Fatal(err)
	}
	f := &fixture{t: t, sink: &fakeSink{}, catalog: catalog, decoder: decode.New(catalog, decode.Options{})}
	f.engine, err = New(Options{Catalog: catalog, Sink: f.sink, Accounts: accounts, Groups: []string{"everybody"},
		Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func (f *fixture) load(rules ...Rule) {
	f.t.Helper()
	if err := f.engine.Load(rules); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) batch(records ...string) *table.Batch {
	f.t.Helper()
	b := &table.Batch{}
	refused, err := f.decoder.Decode(source.Delivery{Source: "test", Body: []byte(`{"records":[` + strings.Join(records, ",") + `]}`),
		ReceivedAt: time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)}, b)
	if err != nil || len(refused) > 0 {
		f.t.Fatal(err, refused)
	}
	return b
}

// judge lets the engine judge the records and returns what fired.
func (f *fixture) judge(b *table.Batch) []alert.Alert {
	f.t.Helper()
	f.sink.alerts = nil
	if commit := f.engine.Judge(b); commit != nil {
		if err := commit(context.Background()); err != nil {
			f.t.Fatal(err)
		}
	}
	return f.sink.alerts
}

func signIn(id, userID, upn, code string) string {
	return fmt.Sprintf(`{"time":"2026-11-22T09:59:00Z","category":"SignInLogs","operationName":"Sign-in activity","resultType":%q,
		"properties":{"id":%q,"createdDateTime":"2026-11-22T09:58:00Z","userId":%q,"userPrincipalName":%q,"appDisplayName":"Azure Portal",
		"ipAddress":"203.0.113.7","correlationId":"c-1","status":{"errorCode":%s}}}`, code, id, userID, upn, code)
}

func TestShippedRuleFires(t *testing.T) {
	f := newFixture(t, alert.Account{ObjectID: bgID, UserPrincipalName: bgUPN, DisplayName: "Lantern 01"})
	rules, err := Shipped()
	if err != nil {
		t.Fatal(err)
	}
	f.load(rules...)
	got := f.judge(f.batch(signIn("1", "someone", "someone@contoso.example", "0"), signIn("2", strings.ToUpper(bgID), "x@y", "0")))
	if len(got) != 1 {
		t.Fatalf("%d alerts, want 1", len(got))
	}
	a := got[0]
	want := alert.Alert{
		ID: a.ID, Rule: "break-glass-sign-in", Description: a.Description, Severity: alert.Sev0, State: alert.Fired,
		Sentence: bgUPN + " signed in to Azure Portal from 203.0.113.7: sign-in succeeded",
		Account:  alert.Account{ObjectID: bgID, UserPrincipalName: bgUPN, DisplayName: "Lantern 01"},
		Outcome:  alert.Outcome{Code: "0", Class: "SUCCESS", Proof: "Y", Meaning: "sign-in succeeded", Rank: alert.Sev0},
		Table:    "SigninLogs", RecordKey: a.RecordKey, RecordHash: a.RecordHash, CorrelationID: "c-1",
		SignedInAt: time.Date(2026, 11, 22, 9, 58, 0, 0, time.UTC), ReceivedAt: time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC),
		FiredAt: a.FiredAt, Record: a.Record, Rows: a.Rows, Query: a.Query, ActionGroups: []string{"everybody"},
	}
	if diff := cmp.Diff(want, a); diff != "" {
		t.Error(diff)
	}
	var record, row map[string]any
	if err := json.Unmarshal(a.Record, &record); err != nil || record["UserPrincipalName"] != "x@y" {
		t.Errorf("record %s: %v", a.Record, err)
	}
	if err := json.Unmarshal(a.Rows[0], &row); err != nil || row["Severity"] != "Sev0" || row["ResultType"] != "0" {
		t.Errorf("row %s: %v", a.Rows[0], err)
	}
}

func TestRepeatedRowsAreNotJudged(t *testing.T) {
	f := newFixture(t, alert.Account{ObjectID: bgID})
	rules, _ := Shipped()
	f.load(rules...)
	b := f.batch(signIn("1", bgID, "", "0"), signIn("2", bgID, "", "0"))
	b.Rows[0].State = table.Repeated
	b.Rows[1].State = table.Revision
	if got := f.judge(b); len(got) != 1 || !strings.HasSuffix(got[0].RecordKey, hexOf(b.Rows[1].Key)) {
		t.Errorf("%d alerts, want the revision's only", len(got))
	}
}

func TestLoadKeepsTheOldSetOnError(t *testing.T) {
	f := newFixture(t)
	good := Rule{Name: "good", Query: `SigninLogs | where UserId == "x"`, File: "good.yaml"}
	f.load(good)
	bad := func(want string, r ...Rule) {
		t.Helper()
		err := f.engine.Load(r)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
		if got := f.engine.Rules(); len(got) != 1 || got[0].Name != "good" {
			t.Errorf("rules are %v after a failed load", got)
		}
	}
	bad("twice", good, good)
	bad("UserIdd", Rule{Name: "typo", Query: `SigninLogs | where UserIdd == "x"`})
	bad("a record at a time", Rule{Name: "agg", Mode: Stream, Query: `SigninLogs | summarize count() by UserId`})
	bad("severityColumn", Rule{Name: "sev", Query: `SigninLogs | project UserId`, SeverityColumn: "Severity"})
	bad("severityColumn", Rule{Name: "sev", Query: `SigninLogs`, SeverityColumn: "DurationMs"})
	bad("measure", Rule{Name: "m", Mode: Stream, Threshold: 3, Query: `SigninLogs`})
	bad("dimension", Rule{Name: "d", Mode: Scheduled, Query: `SigninLogs`, Dimensions: []Dimension{{Name: "Nope"}}})
	bad("name", Rule{Query: `SigninLogs`})
	bad("query is missing", Rule{Name: "q"})
	// All problems come at once.
	err := f.engine.Load([]Rule{{Name: "one", Query: "Nope"}, {Name: "two", Query: "SigninLogs | where"}})
	if err == nil || !strings.Contains(err.Error(), "one") || !strings.Contains(err.Error(), "two") {
		t.Errorf("error %v, want both rules in it", err)
	}
}

func TestDisabledRuleIsCheckedAndNotRun(t *testing.T) {
	f := newFixture(t)
	off := false
	f.load(Rule{Name: "off", Enabled: &off, Query: "SigninLogs"})
	if got := f.judge(f.batch(signIn("1", "u", "", "0"))); len(got) != 0 {
		t.Errorf("%d alerts from a disabled rule", len(got))
	}
	if err := f.engine.Load([]Rule{{Name: "off", Enabled: &off, Query: "Nope"}}); err == nil {
		t.Error("a disabled rule that does not compile was loaded")
	}
}

func TestRuleThatFailsIsAnAlert(t *testing.T) {
	f := newFixture(t)
	f.load(Rule{Name: "broken", Severity: alert.Sev3, Query: "SigninLogs", ActionGroups: []string{"soc"}})
	f.engine.loaded.Load().rules[0].matcher = nil // makes it panic
	got := f.judge(f.batch(signIn("1", "u", "", "0"), signIn("2", "u", "", "0")))
	if len(got) != 2 || got[0].Rule != "rule-failed" || got[0].Severity != alert.Sev1 || got[0].RecordKey != got[1].RecordKey {
		t.Fatalf("alerts %+v", got)
	}
	if !strings.Contains(got[0].Sentence, `"broken"`) || got[0].ActionGroups[0] != "soc" {
		t.Errorf("sentence %q, groups %v", got[0].Sentence, got[0].ActionGroups)
	}
	if len(f.engine.Rules()) != 1 {
		t.Error("the rule was switched off")
	}
}

func TestSeverityThatIsNoneIsTheRules(t *testing.T) {
	f := newFixture(t)
	f.load(Rule{Name: "r", Severity: alert.Sev1, SeverityColumn: "S", Query: `SigninLogs | extend S = "nonsense"`})
	if got := f.judge(f.batch(signIn("1", "u", "", "0"))); len(got) != 1 || got[0].Severity != alert.Sev1 {
		t.Errorf("alerts %+v", got)
	}
}

func TestFoundingRules(t *testing.T) {
	f := newFixture(t)
	f.load(
		Rule{Name: "first", Query: "| project UserId\n| where UserId == “" + bgID + "”"},
		Rule{Name: "second", Query: "| where UserId == “" + bgID + "”\n| where ResultType in (0, 50140, 50055, 50072)"},
	)
	fired := func(want string, records ...string) {
		t.Helper()
		var names []string
		for _, a := range f.judge(f.batch(records...)) {
			names = append(names, a.Rule)
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("fired %q, want %q", got, want)
		}
	}
	fired("first second", signIn("1", bgID, bgUPN, "50140"))
	fired("first", signIn("2", bgID, bgUPN, "50126"))
	fired("", signIn("3", "other", bgUPN, "0"))
}

// TestIndexAgreesWithEvaluation compares the index with running every rule on every row.
func TestIndexAgreesWithEvaluation(t *testing.T) {
	f := newFixture(t)
	queries := []string{
		`SigninLogs | where UserId == "u1"`,
		`SigninLogs | where UserId =~ "U2" or UserPrincipalName in~ ("A@B", "c@d")`,
		`SigninLogs | where UserId in ("u1", "u3") and ResultType != "0"`,
		`SigninLogs | where ResultType == "50126"`,
		`SigninLogs | where not(UserId == "u1")`,
		`SigninLogs | where UserId != "u2"`,
		`SigninLogs | where tolower(UserPrincipalName) == "a@b"`,
		`union SigninLogs, AADNonInteractiveUserSignInLogs | where UserId =~ "u4" | extend X = strcat(UserId, "!")`,
		`SigninLogs | extend U = UserId | where U == "u5"`,
		`SigninLogs | where UserId == "" `,
		`SigninLogs | where UserPrincipalName =~ "ÄÖ@b"`,
		`SigninLogs | where UserPrincipalName startswith "a"`,
	}
	var rules []Rule
	for i, q := range queries {
		rules = append(rules, Rule{Name: fmt.Sprint("r", i), Query: q})
	}
	f.load(rules...)
	var records []string
	for i, user := range []string{"u1", "U1", "u2", "U2", "u3", "u4", "u5", ""} {
		for j, upn := range []string{"a@b", "A@B", "C@D", "äö@b", ""} {
			for k, code := range []string{"0", "50126"} {
				records = append(records, signIn(fmt.Sprint(i, j, k), user, upn, code))
			}
		}
	}
	b := f.batch(records...)
	got := fires(f.judge(b))
	s := *f.engine.loaded.Load()
	for schema := range s.indexes {
		all := &index{}
		for n, c := range s.rules {
			if reads(c.matcher, schema.Plan) {
				all.always = append(all.always, int32(n))
			}
		}
		s.indexes[schema] = all
	}
	want := fires(f.judge(b))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("with the index (+) other rules fire than without (-):\n%s", diff)
	}
	if len(want) < 100 {
		t.Errorf("only %d alerts: the test does not test", len(want))
	}
}

func fires(alerts []alert.Alert) map[string]bool {
	set := map[string]bool{}
	for _, a := range alerts {
		set[a.Rule+" "+a.RecordKey] = true
	}
	return set
}

func TestClockOfARuleIsTheTimeOfReceipt(t *testing.T) {
	f := newFixture(t)
	f.load(Rule{Name: "recent", Query: `SigninLogs | where CreatedDateTime > ago(5m)`})
	b := f.batch(signIn("1", "u", "", "0")) // created two minutes before its receipt, at a fixed date
	if got := f.judge(b); len(got) != 1 {
		t.Errorf("%d alerts, want 1", len(got))
	}
	b.ReceivedAt = b.ReceivedAt.Add(10 * time.Minute)
	if got := f.judge(b); len(got) != 0 {
		t.Errorf("%d alerts of a record that was old when it came, want 0", len(got))
	}
}
