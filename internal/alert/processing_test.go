package alert

import (
	"strings"
	"testing"
	"time"
)

func rule(p ProcessingRule) *ProcessingRule {
	p.Name, p.By, p.Reason = "quiet", "ann", "maintenance"
	if p.Action == "" {
		p.Action = RemoveAllActionGroups
	}
	if p.Schedule.Until.IsZero() {
		p.Schedule.From, p.Schedule.Until = noon, noon.Add(7*24*time.Hour)
	}
	return &p
}

func TestConditions(t *testing.T) {
	a := signIn(0, "203.0.113.7", "Portal", Sev2)
	f := func(want bool, conditions ...Condition) {
		t.Helper()
		p := rule(ProcessingRule{Conditions: conditions})
		if err := p.Validate(); err != nil {
			t.Fatal(err)
		}
		if got := p.Holds(a, noon); got != want {
			t.Errorf("%s: %v", p.Text(), got)
		}
	}
	f(true)
	f(true, Condition{"Severity", "Equals", []string{"Sev3", "sev2"}})
	f(false, Condition{"Severity", "NotEquals", []string{"Sev3", "sev2"}})
	f(true, Condition{"AlertRuleName", "Contains", []string{"SIGN"}}, Condition{"Account", "Equals", []string{"bg@contoso.com"}})
	f(false, Condition{"AlertRuleName", "Contains", []string{"SIGN"}}, Condition{"Account", "Equals", []string{"other"}})
	f(true, Condition{"AlertContext", "Contains", []string{"203.0.113.7"}})
	f(false, Condition{"AlertContext", "DoesNotContain", []string{"203.0.113.7"}})
	f(true, Condition{"MonitorCondition", "Equals", []string{"Fired"}})
}

// What watches tampering cannot be silenced; groups can be added to it.
func TestLoud(t *testing.T) {
	a := signIn(0, "", "", Sev2)
	a.Loud = true
	if rule(ProcessingRule{}).Holds(a, noon) {
		t.Error("a loud alert is silenced")
	}
	if !rule(ProcessingRule{Action: AddActionGroups, ActionGroups: []string{"more"}}).Holds(a, noon) {
		t.Error("no group is added to a loud alert")
	}
}

func TestSchedule(t *testing.T) {
	a := signIn(0, "", "", Sev2)
	f := func(s Schedule, at string, want bool) {
		t.Helper()
		s.From, s.Until = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC)
		p := rule(ProcessingRule{Schedule: s})
		if err := p.Validate(); err != nil {
			t.Fatal(err)
		}
		instant, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Holds(a, instant); got != want {
			t.Errorf("%+v at %s: %v", s, at, got)
		}
	}
	f(Schedule{}, "2026-10-31T23:59:59Z", false)
	f(Schedule{}, "2026-11-01T00:00:00Z", true)
	f(Schedule{}, "2026-11-30T00:00:00Z", false)
	night := Schedule{TimeZone: "Europe/Oslo", Recurrences: []Recurrence{{Type: "Daily", Start: "22:00", End: "06:00"}}}
	f(night, "2026-11-10T20:59:59Z", false) // 21:59:59 in Oslo
	f(night, "2026-11-10T21:00:00Z", true)
	f(night, "2026-11-11T04:59:59Z", true)
	f(night, "2026-11-11T05:00:00Z", false)
	weekend := Schedule{Recurrences: []Recurrence{{Type: "Weekly", Start: "20:00", End: "04:00", Days: []string{"Fri", "saturday"}}}}
	f(weekend, "2026-11-13T20:00:00Z", true) // Friday
	f(weekend, "2026-11-15T03:00:00Z", true) // Sunday, begun on Saturday
	f(weekend, "2026-11-15T20:00:00Z", false)
	f(weekend, "2026-11-13T03:00:00Z", false)
	month := Schedule{Recurrences: []Recurrence{{Type: "Monthly", Start: "00:00", End: "01:00", Dates: []int{15}}}}
	f(month, "2026-11-15T00:30:00Z", true)
	f(month, "2026-11-16T00:30:00Z", false)
}

func TestProcessingRefuses(t *testing.T) {
	no := func(want string, p *ProcessingRule) {
		t.Helper()
		if err := p.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	nobody := rule(ProcessingRule{})
	nobody.By = ""
	no("author", nobody)
	endless := rule(ProcessingRule{})
	endless.Schedule.Until = time.Time{}
	no("needs an end", endless)
	long := rule(ProcessingRule{Schedule: Schedule{From: noon, Until: noon.Add(32 * 24 * time.Hour)}})
	no("longer than 31 days", long)
	no("want one of", rule(ProcessingRule{Conditions: []Condition{{"TargetResource", "Equals", []string{"x"}}}}))
	no("operator", rule(ProcessingRule{Conditions: []Condition{{"Severity", "Is", []string{"x"}}}}))
	no("time zone", rule(ProcessingRule{Schedule: Schedule{From: noon, Until: noon.Add(time.Hour), TimeZone: "Mars"}}))
	no("time of day", rule(ProcessingRule{Schedule: Schedule{From: noon, Until: noon.Add(time.Hour), Recurrences: []Recurrence{{Type: "Daily", Start: "25:00", End: "01:00"}}}}))
	no("days", rule(ProcessingRule{Schedule: Schedule{From: noon, Until: noon.Add(time.Hour), Recurrences: []Recurrence{{Type: "Weekly", Start: "22:00", End: "01:00"}}}}))
	no("say which action groups", rule(ProcessingRule{Action: AddActionGroups}))
}
