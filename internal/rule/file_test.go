package rule

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/glasswatch/glasswatch/internal/alert"
	"github.com/glasswatch/glasswatch/internal/fault"
)

const full = `
name: many-failures
displayName: Many failures
severity: 1
mode: Scheduled
query: |
  SigninLogs
  | where ResultType == "50126"
timeAggregation: total
metricMeasureColumn: DurationMs
dimensions:
  - {name: IPAddress, operator: include, values: ["*"]}
  - {name: UserId, operator: Exclude, values: [a, b]}
operator: greaterthanorequal
threshold: 2.5
windowSize: PT1H30M
evaluationFrequency: 5m
overrideQueryTimeRange: P1DT2H
failingPeriods: {numberOfEvaluationPeriods: 4, minFailingPeriodsToAlert: 3}
autoMitigate: false
muteActionsDuration: 1d12h
allowedLateness: 90s
criterionType: StaticThresholdCriterion
customProperties: {team: red}
actionGroups: [ops]
tampering: true
`

func TestParseFull(t *testing.T) {
	got, err := Parse([]byte(full), "r.yaml")
	if err != nil {
		t.Fatal(err)
	}
	no := false
	want := Rule{Name: "many-failures", DisplayName: "Many failures", Severity: alert.Sev1, Mode: Scheduled, Query: "SigninLogs\n| where ResultType == \"50126\"\n",
		TimeAggregation: Total, MetricMeasureColumn: "DurationMs",
		Dimensions: []Dimension{{Name: "IPAddress", Operator: Include, Values: []string{"*"}}, {Name: "UserId", Operator: Exclude, Values: []string{"a", "b"}}},
		Operator:   GreaterThanOrEqual, Threshold: 2.5, WindowSize: Span(90 * time.Minute), EvaluationFrequency: Span(5 * time.Minute),
		QueryTimeRange: Span(26 * time.Hour), FailingPeriods: FailingPeriods{Number: 4, Min: 3}, AutoMitigate: &no,
		MuteActionsDuration: Span(36 * time.Hour), AllowedLateness: Span(90 * time.Second), CriterionType: StaticThreshold,
		Properties: map[string]string{"team": "red"}, ActionGroups: []string{"ops"}, Tampering: true, File: "r.yaml", QueryAt: Place{7, "  "}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// All problems of a file come at once, each at its place.
func TestParseProblems(t *testing.T) {
	f := func(text string, want ...string) {
		t.Helper()
		_, err := Parse([]byte(text), "r.yaml")
		var problems fault.Problems
		if !errors.As(err, &problems) || fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%s: error %v is no list of problems", text, err)
			return
		}
		var got []string
		for _, p := range problems {
			got = append(got, p.Error())
		}
		for i := range max(len(got), len(want)) {
			if i >= len(got) || i >= len(want) || !strings.HasPrefix(got[i], "r.yaml:"+want[i]) {
				t.Errorf("%s\ngot  %s\nwant %s", text, strings.Join(got, "\n     "), strings.Join(want, "\n     "))
				return
			}
		}
	}
	f("nam: a\nquery: SigninLogs\nthreshhold: 3\nseverity: 9\n", `1:1: unknown key "nam"`, `3:1: unknown key "threshhold"`, `4:11: severity "9"`)
	f("name: a\nquery: SigninLogs\noperator: GreaterOrLessThan\n", "3:11: dynamic thresholds are not supported")
	f("name: a\nquery: SigninLogs\ncriterionType: DynamicThresholdCriterion\n", "3:16: dynamic thresholds are not supported")
	f("name: a\nquery: SigninLogs\nmode: scheduled\nwindowSize: 5m\nevaluationFrequency: 1h\n", "5:22: evaluationFrequency 1h is longer than windowSize 5m")
	f("name: a\nquery: SigninLogs\nevaluationFrequency: 1s\n", "3:22: evaluationFrequency 1s: want 10s to 1d")
	f("name: a\nquery: SigninLogs\ntimeAggregation: Average\n", "3:18: timeAggregation Average needs a metricMeasureColumn")
	f("name: a\nquery: SigninLogs\ndimensions:\n  - name: X\n    values: ['*', b]\n  - {name: X, operator: Exclude}\n", "5:14: * stands for all", `6:12: dimension "X" is written twice`, `6:5: dimension "X" excludes nothing`)
	f("name: a\nquery: SigninLogs\nfailingPeriods: {numberOfEvaluationPeriods: 2, minFailingPeriodsToAlert: 3}\n", "3:74: minFailingPeriodsToAlert 3 is more")
	f("name: a\nquery: SigninLogs\nwindowSize: soon\n", `3:13: "soon" is no length of time`)
	f("name: a\nquery: SigninLogs\nmode: stream\nthreshold: 3\nmuteActionsDuration: 5m\n", "3:7: mode stream fires on every record", "5:22: mode stream tells of every record")
	f("- a\n- b\n", "1:1: a rule file holds keys and values")
}

func TestParseRendersCaret(t *testing.T) {
	_, err := Parse([]byte("name: a\nquery: SigninLogs\noperater: LessThan\n"), "r.yaml")
	var problems fault.Problems
	if !errors.As(err, &problems) {
		t.Fatal(err)
	}
	want := "error: r.yaml:3:1: unknown key \"operater\"\n  3 | operater: LessThan\n    | ^^^^^^^^\nhint: did you mean \"operator\"?\n"
	if diff := cmp.Diff(want, problems.Render()); diff != "" {
		t.Error(diff)
	}
}

func TestSpan(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		var s Span
		if err := s.UnmarshalText([]byte(text)); err != nil {
			t.Errorf("%s: %v", text, err)
		} else if s.String() != want {
			t.Errorf("%s: got %s, want %s", text, s, want)
		}
		var again Span
		if err := again.UnmarshalText([]byte(s.String())); err != nil || again != s {
			t.Errorf("%s: %s reads as %s, %v", text, s, again, err)
		}
	}
	f("5m", "5m")
	f("PT5M", "5m")
	f("pt1h", "1h")
	f("P2D", "2d")
	f("P1DT1H30M10S", "1d1h30m10s")
	f("1d12h", "1d12h")
	f("90s", "1m30s")
	f("0s", "0s")
	for _, bad := range []string{"", "P", "PT", "5", "d", "-5m", "five", "P1Y", "PT999999999999999H"} {
		var s Span
		if err := s.UnmarshalText([]byte(bad)); err == nil {
			t.Errorf("%q reads as %s", bad, s)
		}
	}
}
