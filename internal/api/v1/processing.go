package v1

import "time"

// ProcessingRule changes who is told of alerts, for a time.
type ProcessingRule struct {
	ID           string      `json:"id"`
	Name         string      `json:"name"`
	Action       string      `json:"action" enum:"RemoveAllActionGroups,AddActionGroups"`
	ActionGroups []string    `json:"actionGroups,omitempty"`
	Conditions   []Condition `json:"conditions,omitempty"`
	Schedule     Schedule    `json:"schedule"`
	By           string      `json:"by"`
	Reason       string      `json:"reason"`
	Origin       string      `json:"origin" doc:"api, or the configuration file that declares it: there it is changed and ended."`
	CreatedAt    time.Time   `json:"createdAt,omitzero" doc:"When it was asked for; none for one of the configuration."`
	EndedAt      *time.Time  `json:"endedAt,omitempty"`
	EndedBy      string      `json:"endedBy,omitempty"`
}

// NewProcessingRule declares a processing rule. Its author is the token's name.
type NewProcessingRule struct {
	Name         string      `json:"name" minLength:"1" maxLength:"260"`
	Action       string      `json:"action" enum:"RemoveAllActionGroups,AddActionGroups"`
	ActionGroups []string    `json:"actionGroups,omitempty" doc:"With AddActionGroups: which."`
	Conditions   []Condition `json:"conditions,omitempty" doc:"All must hold; none: every alert."`
	Schedule     Schedule    `json:"schedule"`
	Reason       string      `json:"reason" minLength:"1" maxLength:"4096"`
}

// Condition compares a field of an alert with values; one value that fits is enough.
type Condition struct {
	Field    string   `json:"field" doc:"Severity, MonitorCondition, MonitorService, SignalType, AlertRuleId, AlertRuleName, Description, AlertContext or Account."`
	Operator string   `json:"operator" enum:"Equals,NotEquals,Contains,DoesNotContain"`
	Values   []string `json:"values"`
}

// Schedule is when a processing rule holds.
type Schedule struct {
	From        time.Time    `json:"from,omitzero" doc:"Now without it."`
	Until       time.Time    `json:"until" doc:"A rule that silences lasts at most 31 days."`
	TimeZone    string       `json:"timeZone,omitempty" doc:"IANA name such as Europe/Oslo; UTC without it."`
	Recurrences []Recurrence `json:"recurrences,omitempty" doc:"The rule holds while one of them does; none: all the time."`
}

// Recurrence is a piece of a day that comes again.
type Recurrence struct {
	Type  string   `json:"type" enum:"Daily,Weekly,Monthly"`
	Start string   `json:"start" doc:"Time of day, such as 22:00."`
	End   string   `json:"end" doc:"Not in it; one that is not after the start lies on the next day."`
	Days  []string `json:"days,omitempty" doc:"Of Weekly: Monday to Sunday."`
	Dates []int    `json:"dates,omitempty" doc:"Of Monthly: 1 to 31."`
}

// ProcessingRuleList is all processing rules that are not long over.
type ProcessingRuleList struct {
	ProcessingRules []ProcessingRule `json:"processingRules"`
}
