package rule

import (
	"strings"
	"testing"
	"time"

	"github.com/glasswatch/glasswatch/internal/alert"
)

func TestMode(t *testing.T) {
	f := newFixture(t)
	mode := func(r Rule, want Mode, why string) {
		t.Helper()
		r.Name = "r"
		x, _, err := f.engine.Explain(r)
		if err != nil {
			t.Errorf("%s: %v", r.Query, err)
		} else if x.Mode != want || !strings.Contains(x.Why, why) {
			t.Errorf("%s: mode %s, because %s; want %s, because %s", r.Query, x.Mode, x.Why, want, why)
		}
	}
	one := `SigninLogs | where UserId == "x"`
	mode(Rule{Query: one}, Stream, "a record at a time")
	mode(Rule{Query: one, WindowSize: Span(time.Hour), Operator: GreaterThanOrEqual, Threshold: 1}, Stream, "one record meets")
	mode(Rule{Query: one, Threshold: 5}, Scheduled, "one record is not enough")
	mode(Rule{Query: one, Operator: LessThan, Threshold: 1}, Scheduled, "one record is not enough")
	mode(Rule{Query: one, TimeAggregation: Maximum, MetricMeasureColumn: "DurationMs"}, Scheduled, "one record is not enough")
	mode(Rule{Query: one + "| summarize count() by IPAddress"}, Scheduled, "summarize cannot be decided")
	mode(Rule{Query: one, Mode: Scheduled}, Scheduled, "the rule says so")
	mode(Rule{Query: one, Mode: NRT}, Stream, "a record at a time")
	mode(Rule{Query: one + "| summarize count() by IPAddress", Mode: NRT}, NRT, "summarize cannot be decided")
}

func TestExplain(t *testing.T) {
	f := newFixture(t, alert.Account{ObjectID: bgID, UserPrincipalName: bgUPN})
	explain := func(r Rule) string {
		t.Helper()
		r.Name = "r"
		x, _, err := f.engine.Explain(r)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(append(append([]string{x.Condition, x.Alerts, x.Late}, x.Looks...), x.Notes...), "\n")
	}
	has := func(text string, parts ...string) {
		t.Helper()
		for _, p := range parts {
			if !strings.Contains(text, p) {
				t.Errorf("%q is not in:\n%s", p, text)
			}
		}
	}
	has(explain(Rule{Query: `SigninLogs | where UserId in~ (BreakGlassAccounts)`, WindowSize: Span(time.Minute)}),
		"every record that the query lets through fires", "SigninLogs: through the index, 2 values of UserId", "windowSize, evaluationFrequency")
	has(explain(Rule{Query: `SigninLogs | where ResultType == "50126" and TimeGenerated > ago(1h) | summarize n = count() by IPAddress, bin(TimeGenerated, 1m)`,
		TimeAggregation: Total, MetricMeasureColumn: "n", Threshold: 5, Dimensions: []Dimension{{Name: "IPAddress"}}, WindowSize: Span(time.Hour), EvaluationFrequency: Span(5 * time.Minute)}),
		"more than 5 as the total of n in a window of 1h, every 5m", "combination of IPAddress", "1 values of ResultType", "up to 2d late", "resolves itself 15m")
	has(explain(Rule{Query: `SigninLogs | take 10`, Operator: LessThan, Threshold: 1, Mode: Scheduled}), "every window is judged", "every record may change the answer")
	has(explain(Rule{Query: `SigninLogs | count`}), "always returns exactly one row")
}

func TestWindowedRefuses(t *testing.T) {
	f := newFixture(t)
	no := func(want string, r Rule) {
		t.Helper()
		r.Name = "r"
		if _, err := f.engine.Check(r); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: error %v, want %q", r, err, want)
		}
	}
	no("not a column of the result", Rule{Query: "SigninLogs | summarize count() by UserId", Dimensions: []Dimension{{Name: "IPAddress"}}})
	no("want a string or a number", Rule{Query: "SigninLogs", Mode: Scheduled, Dimensions: []Dimension{{Name: "Status"}}})
	no("want a number", Rule{Query: "SigninLogs", TimeAggregation: Average, MetricMeasureColumn: "UserId"})
	no("severityColumn", Rule{Query: "SigninLogs", Threshold: 3, SeverityColumn: "Nope"})
}
