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
	CreatedAt    time.Time        `json:"createdAt"`
	EndedAt      *time.Time       `json:"endedAt,omitempty"` // ended early
	EndedBy      string           `json:"endedBy,omitempty"`
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
	need := func(ok bool, format string, args ...any) {
		if !ok {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	need(strings.TrimSpace(p.Name) != "", "a processing rule needs a name")
	need(strings.TrimSpace(p.By) != "" && strings.TrimSpace(p.Reason) != "", "a processing rule needs its author and a reason")
	longest := longestAdding
	switch p.Action {
	case RemoveAllActionGroups:
		longest = longestSilence
		need(len(p.ActionGroups) == 0, "a rule that removes all action groups adds none")
	case AddActionGroups:
		need(len(p.ActionGroups) > 0, "say which action groups to add")
	default:
		need(false, "action %q: want RemoveAllActionGroups or AddActionGroups", p.Action)
	}
	need(!p.Schedule.Until.IsZero(), "a processing rule needs an end")
	need(p.Schedule.Until.After(p.Schedule.From), "it must end after it begins")
	need(p.Schedule.Until.Sub(p.Schedule.From) <= longest, "it lasts longer than %d days", int(longest.Hours()/24))
	for _, c := range p.Conditions {
		errs = append(errs, c.validate())
	}
	return errors.Join(append(errs, p.Schedule.validate())...)
}

func (c Condition) validate() error {
	switch {
	case fieldOf[c.Field] == nil:
		return fmt.Errorf("condition on %q: want one of %s", c.Field, strings.Join(ConditionFields(), ", "))
	case !slices.Contains([]string{"Equals", "NotEquals", "Contains", "DoesNotContain"}, c.Operator):
		return fmt.Errorf("condition on %s: operator %q: want Equals, NotEquals, Contains or DoesNotContain", c.Field, c.Operator)
	case len(c.Values) == 0:
		return fmt.Errorf("condition on %s: it has no values", c.Field)
	}
	return nil
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

// Text says what the rule is about, for people.
func (p *ProcessingRule) Text() string {
	parts := make([]string, len(p.Conditions))
	for i, c := range p.Conditions {
		parts[i] = fmt.Sprintf("%s %s %s", c.Field, c.Operator, strings.Join(c.Values, " or "))
	}
	if len(parts) == 0 {
		return "all alerts"
	}
	return "alerts with " + strings.Join(parts, " and ")
}
