package alert

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// ProcessingAction is what a processing rule does, in Azure Monitor's words.
type ProcessingAction string

// The actions. Suppression comes before added groups, and a suppressed alert is never told later.
const (
	RemoveAllActionGroups ProcessingAction = "RemoveAllActionGroups"
	AddActionGroups       ProcessingAction = "AddActionGroups"
)

// ProcessingRule changes who is told of alerts, for a time. It needs an author, a reason and an end; one that silences is
// announced to those it silences, and never holds for loud alerts.
type ProcessingRule struct {
	ID           string           `json:"id"`
	Name         string           `json:"name"`
	Action       ProcessingAction `json:"action"`
	ActionGroups []string         `json:"actionGroups,omitempty"` // to add
	Conditions   []Condition      `json:"conditions,omitempty"`   // all must hold; none: every alert
	Schedule     Schedule         `json:"schedule"`
	By           string           `json:"by"`
	Reason       string           `json:"reason"`
	CreatedAt    time.Time        `json:"createdAt,omitzero"`
	EndedAt      *time.Time       `json:"endedAt,omitempty"` // ended early
	EndedBy      string           `json:"endedBy,omitempty"`
	Origin       string           `json:"origin,omitempty"` // the configuration file that declares it; "": it was asked for
}

// Condition compares a field of an alert with values, ignoring case; one value that fits is enough.
type Condition struct {
	Field    string   `json:"field"`
	Operator string   `json:"operator"` // Equals, NotEquals, Contains, DoesNotContain
	Values   []string `json:"values"`
}

const (
	longestSilence = 31 * 24 * time.Hour
	longestAdding  = 366 * 24 * time.Hour
)

// fieldOf reads the fields that conditions know. Names are Azure Monitor's; Account is ours.
var fieldOf = map[string]func(*Alert) []string{
	"Severity":         func(a *Alert) []string { return []string{a.Severity.String()} },
	"MonitorCondition": func(a *Alert) []string { return []string{a.State.MonitorCondition()} },
	"MonitorService":   func(*Alert) []string { return []string{"Log Alerts V2"} },
	"SignalType":       func(*Alert) []string { return []string{"Log"} },
	"AlertRuleId":      func(a *Alert) []string { return []string{a.Rule} },
	"AlertRuleName":    func(a *Alert) []string { return []string{a.Rule} },
	"Description":      func(a *Alert) []string { return []string{a.Description} },
	"AlertContext":     func(a *Alert) []string { return []string{a.Sentence, string(a.Record), a.Query} },
	"Account":          func(a *Alert) []string { return []string{a.Account.UserPrincipalName, a.Account.ObjectID} },
}

// ConditionFields lists the fields that conditions know.
func ConditionFields() []string {
	var names []string
	for name := range fieldOf {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Validate reports everything that is wrong.
func (p *ProcessingRule) Validate() error {
	var errs []error
	p.Check(func(_, format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) })
	return errors.Join(errs...)
}

// Check reports everything that is wrong, each with the path of the value: name, author, reason, action, actionGroups,
// conditions[0].field, schedule.until, schedule.recurrences[0].start, ...
func (p *ProcessingRule) Check(report func(path, format string, args ...any)) {
	for _, text := range []struct{ path, value, what string }{{"name", p.Name, "a name"}, {"author", p.By, "an author"}, {"reason", p.Reason, "a reason"}} {
		if strings.TrimSpace(text.value) == "" {
			report(text.path, "a processing rule needs %s", text.what)
		}
	}
	longest := longestAdding
	switch {
	case p.Action == RemoveAllActionGroups:
		longest = longestSilence
		if len(p.ActionGroups) > 0 {
			report("actionGroups", "a rule that removes all action groups adds none")
		}
	case p.Action != AddActionGroups:
		report("action", "action %q: want RemoveAllActionGroups or AddActionGroups", p.Action)
	case len(p.ActionGroups) == 0:
		report("actionGroups", "say which action groups to add")
	}
	for i, c := range p.Conditions {
		c.check(func(name, format string, args ...any) {
			report(fmt.Sprintf("conditions[%d].%s", i, name), format, args...)
		})
	}
	p.Schedule.check(longest, func(name, format string, args ...any) { report("schedule."+name, format, args...) })
}

func (c Condition) check(report func(name, format string, args ...any)) {
	if fieldOf[c.Field] == nil {
		report("field", "condition on %q: want one of %s", c.Field, strings.Join(ConditionFields(), ", "))
	}
	if !slices.Contains([]string{"Equals", "NotEquals", "Contains", "DoesNotContain"}, c.Operator) {
		report("operator", "condition on %s: operator %q: want Equals, NotEquals, Contains or DoesNotContain", c.Field, c.Operator)
	}
	if len(c.Values) == 0 {
		report("values", "condition on %s: it has no values", c.Field)
	}
}

// Holds reports whether the rule changes who is told of an alert at an instant. Nothing silences a loud alert.
func (p *ProcessingRule) Holds(a *Alert, at time.Time) bool {
	if a.Loud && p.Action == RemoveAllActionGroups || p.EndedAt != nil && !at.Before(*p.EndedAt) || !p.Schedule.Holds(at) {
		return false
	}
	for _, c := range p.Conditions {
		if !c.holds(fieldOf[c.Field](a)) {
			return false
		}
	}
	return true
}

// End ends the rule before its time.
func (p *ProcessingRule) End(by string, at time.Time) error {
	if p.EndedAt != nil || !at.Before(p.Schedule.Until) {
		return fmt.Errorf("processing rule %s is over", p.ID)
	}
	p.EndedAt, p.EndedBy = &at, by
	return nil
}

// MayHold reports whether the rule can hold for alerts of the alert rule with that name.
func (p *ProcessingRule) MayHold(rule string) bool {
	for _, c := range p.Conditions {
		if (c.Field == "AlertRuleName" || c.Field == "AlertRuleId") && !c.holds([]string{rule}) {
			return false
		}
	}
	return true
}

func (c Condition) holds(texts []string) bool {
	any := false
	for _, text := range texts {
		for _, v := range c.Values {
			switch c.Operator {
			case "Equals", "NotEquals":
				any = any || strings.EqualFold(text, v)
			default:
				any = any || strings.Contains(strings.ToLower(text), strings.ToLower(v))
			}
		}
	}
	return any == (c.Operator == "Equals" || c.Operator == "Contains")
}

// Text says what the rule is about and at which times of day, for people.
func (p *ProcessingRule) Text() string {
	text := p.about()
	for i, r := range p.Schedule.Recurrences {
		text += []string{", ", " and "}[min(i, 1)] + r.text()
	}
	if len(p.Schedule.Recurrences) > 0 && p.Schedule.TimeZone != "" {
		text += " (" + p.Schedule.TimeZone + ")"
	}
	return text
}

func (p *ProcessingRule) about() string {
	parts := make([]string, len(p.Conditions))
	for i, c := range p.Conditions {
		parts[i] = fmt.Sprintf("%s %s %s", c.Field, c.Operator, strings.Join(c.Values, " or "))
	}
	if len(parts) == 0 {
		return "all alerts"
	}
	return "alerts with " + strings.Join(parts, " and ")
}
