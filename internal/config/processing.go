package config

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/glasswatch/glasswatch/internal/alert"
)

// ProcessingRule changes who is told of alerts, for a time. Names and meanings follow Azure Monitor's alert processing
// rules; author, reason and end are ours.
type ProcessingRule struct {
	Action       string      `yaml:"action" doc:"RemoveAllActionGroups: nobody is told. AddActionGroups: these groups are told too." required:"true" enum:"RemoveAllActionGroups,AddActionGroups"`
	ActionGroups []string    `yaml:"actionGroups" doc:"With AddActionGroups: which."`
	Conditions   []Condition `yaml:"conditions" doc:"What an alert must be like for the rule to hold: all of them; none: every alert."`
	Schedule     Schedule    `yaml:"schedule" doc:"When the rule holds." required:"true"`
	Author       string      `yaml:"author" doc:"Who answers for it." required:"true"`
	Reason       string      `yaml:"reason" doc:"Why; those who are silenced read it." required:"true"`
}

// Condition compares a field of an alert with values.
type Condition struct {
	Field    string   `yaml:"field" doc:"What of the alert is compared." required:"true" enum:"Account,AlertContext,AlertRuleId,AlertRuleName,Description,MonitorCondition,MonitorService,Severity,SignalType"`
	Operator string   `yaml:"operator" doc:"How, ignoring case." required:"true" enum:"Equals,NotEquals,Contains,DoesNotContain"`
	Values   []string `yaml:"values" doc:"One value that fits is enough." required:"true"`
}

// Schedule is when a processing rule holds.
type Schedule struct {
	From        Instant      `yaml:"from" doc:"When it begins to hold, such as 2026-12-01T08:00:00Z. Those who are silenced are told then." required:"true"`
	Until       Instant      `yaml:"until" doc:"When it ends: for a rule that silences at most 31 days later, for others 366." required:"true"`
	TimeZone    string       `yaml:"timeZone" doc:"Of the times of recurrences, such as Europe/Oslo; UTC without it."`
	Recurrences []Recurrence `yaml:"recurrences" doc:"The rule holds while one of them does; none: all the time."`
}

// Recurrence is a piece of a day that comes again.
type Recurrence struct {
	Type  string   `yaml:"type" doc:"Daily, Weekly or Monthly." required:"true" enum:"Daily,Weekly,Monthly"`
	Start string   `yaml:"start" doc:"Time of day, such as 22:00." required:"true"`
	End   string   `yaml:"end" doc:"Time of day, not in it; one that is not after the start lies on the next day." required:"true"`
	Days  []string `yaml:"days" doc:"Of Weekly: Monday to Sunday."`
	Dates []int    `yaml:"dates" doc:"Of Monthly: 1 to 31."`
}

// Declared returns the processing rules of the file, in the order of their names.
func (c *Config) Declared() []alert.ProcessingRule {
	var list []alert.ProcessingRule
	for _, name := range slices.Sorted(maps.Keys(c.ProcessingRules)) {
		list = append(list, c.ProcessingRules[name].rule(name, c.File()))
	}
	return list
}

func (r ProcessingRule) rule(name, file string) alert.ProcessingRule {
	p := alert.ProcessingRule{Name: name, Action: alert.ProcessingAction(r.Action), ActionGroups: r.ActionGroups, By: r.Author, Reason: r.Reason, Origin: file,
		Schedule: alert.Schedule{From: time.Time(r.Schedule.From), Until: time.Time(r.Schedule.Until), TimeZone: r.Schedule.TimeZone}}
	for _, c := range r.Conditions {
		p.Conditions = append(p.Conditions, alert.Condition(c))
	}
	for _, one := range r.Schedule.Recurrences {
		p.Schedule.Recurrences = append(p.Schedule.Recurrences, alert.Recurrence(one))
	}
	return p
}

func (v validator) processingRules() {
	for _, p := range v.cfg.Declared() {
		at := "processingRules." + p.Name
		p.Check(func(path, format string, args ...any) {
			v.problem(at+"."+path, "", format, args...)
		})
		v.groups(at+".actionGroups", p.ActionGroups)
		if !p.Schedule.Until.IsZero() && !p.Schedule.Until.After(time.Now()) {
			v.warn(at, "remove it, or give it another end", "processing rule %q is over since %s", p.Name, p.Schedule.Until.Format(time.RFC3339))
		}
	}
}

// Instant is a time with its offset, such as 2026-12-01T08:00:00Z, or a date alone: midnight UTC.
type Instant time.Time

// UnmarshalText reads an instant.
func (i *Instant) UnmarshalText(b []byte) error {
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, string(b)); err == nil {
			*i = Instant(t.UTC())
			return nil
		}
	}
	return fmt.Errorf("%q is no instant: write 2026-12-01T08:00:00Z, or with an offset 2026-12-01T08:00:00+01:00", string(b))
}

// MarshalText writes it with its offset.
func (i Instant) MarshalText() ([]byte, error) { return time.Time(i).MarshalText() }
