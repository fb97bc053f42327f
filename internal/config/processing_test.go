package config

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/glasswatch/glasswatch/internal/alert"
)

const silences = `
actionGroups: {ops: {receivers: [{channel: log}]}}
channels: {log: {kind: console}}
processingRules:
  nights:
    action: RemoveAllActionGroups
    conditions:
      - {field: Severity, operator: Equals, values: [Sev3, Sev4]}
    schedule:
      from: 2026-12-01
      until: 2026-12-20T08:00:00+01:00
      timeZone: Europe/Oslo
      recurrences:
        - {type: Weekly, start: "22:00", end: "06:00", days: [Sat, Sunday]}
    author: ann@contoso.com
    reason: nobody on duty
`

func TestProcessingRules(t *testing.T) {
	cfg, err := Parse([]byte(silences), "c.yaml", t.TempDir(), known())
	if err != nil {
		t.Fatal(err)
	}
	want := []alert.ProcessingRule{{Name: "nights", Action: alert.RemoveAllActionGroups, By: "ann@contoso.com", Reason: "nobody on duty", Origin: "c.yaml",
		Conditions: []alert.Condition{{Field: "Severity", Operator: "Equals", Values: []string{"Sev3", "Sev4"}}},
		Schedule: alert.Schedule{From: time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC), Until: time.Date(2026, 12, 20, 7, 0, 0, 0, time.UTC), TimeZone: "Europe/Oslo",
			Recurrences: []alert.Recurrence{{Type: "Weekly", Start: "22:00", End: "06:00", Days: []string{"Sat", "Sunday"}}}}}}
	if diff := cmp.Diff(want, cfg.Declared()); diff != "" {
		t.Error(diff)
	}
	if got, want := cfg.Declared()[0].Text(), "alerts with Severity Equals Sev3 or Sev4, weekly Sat, Sunday 22:00-06:00 (Europe/Oslo)"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// Each mistake has one problem, at its place.
func TestProcessingRuleProblems(t *testing.T) {
	f := func(old, now, place, want string) {
		t.Helper()
		if !strings.Contains(silences, old) {
			t.Fatalf("no %q", old)
		}
		_, err := Parse([]byte(strings.Replace(silences, old, now, 1)), "c.yaml", t.TempDir(), known())
		var list Problems
		if err != nil {
			list = problemsOf(t, err)
		}
		if len(list) != 1 || !strings.HasPrefix(list[0].Error(), "c.yaml:"+place+": ") || !strings.Contains(list[0].Error(), want) {
			t.Errorf("%s: %v", now, err)
		}
	}
	f("RemoveAllActionGroups", "Silence", "6:13", `"Silence" is not one of RemoveAllActionGroups, AddActionGroups`)
	f("RemoveAllActionGroups", "AddActionGroups", "5:3", "say which action groups to add")
	f("action: RemoveAllActionGroups", "action: AddActionGroups\n    actionGroups: [opps]", "7:20", `unknown action group "opps"`)
	f("field: Severity", "field: TargetResource", "8:17", `"TargetResource" is not one of`)
	f("operator: Equals", "operator: Is", "8:37", `"Is" is not one of`)
	f("values: [Sev3, Sev4]", "values: []", "8:53", "it has no values")
	f("from: 2026-12-01", "from: soon", "10:13", `"soon" is no instant: write 2026-12-01T08:00:00Z`)
	f("until: 2026-12-20T08:00:00+01:00", "until: 2027-12-20", "11:14", "longer than 31 days")
	f("until: 2026-12-20T08:00:00+01:00", "until: 2026-12-01", "11:14", "must end after it begins")
	f("      until: 2026-12-20T08:00:00+01:00\n", "", "9:5", `"until" is missing`)
	f("Europe/Oslo", "Europe/Olso", "12:17", "unknown time zone")
	f(`start: "22:00"`, `start: "25:00"`, "14:33", `"25:00" is no time of day`)
	f("days: [Sat, Sunday]", "days: [Sat, Sundae]", "14:68", `"Sundae" is no day of the week`)
	f("    author: ann@contoso.com\n", "", "5:3", `"author" is missing`)
	f("reason: nobody on duty", `reason: " "`, "16:13", "needs a reason")
}

func problemsOf(t *testing.T, err error) (list Problems) {
	t.Helper()
	for ; err != nil; err = unwrap(err) {
		if p, ok := err.(Problems); ok {
			return p
		}
	}
	t.Fatal("no problems")
	return nil
}

func unwrap(err error) error {
	if u, ok := err.(interface{ Unwrap() error }); ok {
		return u.Unwrap()
	}
	return nil
}

// What is over does not keep a server from starting.
func TestProcessingRuleIsOver(t *testing.T) {
	cfg, err := Parse([]byte(strings.NewReplacer("2026-12", "2020-12").Replace(silences)), "c.yaml", t.TempDir(), known())
	if err != nil || !strings.Contains(cfg.Warnings()[len(cfg.Warnings())-1].Error(), `"nights" is over since 2020-12-20`) {
		t.Errorf("%v", err)
	}
}

func TestConditionFieldsAreThoseOfAlerts(t *testing.T) {
	f, _ := fieldsOf(reflect.TypeFor[Condition]()).named("field")
	if diff := cmp.Diff(alert.ConditionFields(), f.enum); diff != "" {
		t.Error(diff)
	}
}
