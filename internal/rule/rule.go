// Package rule is stage 4 of 7: it judges records. Stream rules are KQL queries that can be decided a record at a time;
// they are compiled once, indexed over all rules, and run on every batch before it is stored. Scheduled rules count or
// measure over windows of time; internal/rule/schedule runs them. What rules find becomes alerts (stage 5) that a Sink
// makes durable. The package reads batches of table (stage 3) and knows nothing of channels.
package rule

import (
	"fmt"
	"path"
	"strings"
	"time"

	"github.com/glasswatch/glasswatch/content"
	"github.com/glasswatch/glasswatch/internal/alert"
)

// Rule is one alert rule as its file says it. Names and meanings follow Azure Monitor's scheduledQueryRules
// (learn.microsoft.com/azure/templates/microsoft.insights/scheduledqueryrules); zero values are its defaults.
type Rule struct {
	Name           string                `yaml:"name" json:"name" required:"true" doc:"Name of the rule, unique over all rules."`
	DisplayName    string                `yaml:"displayName" json:"displayName,omitempty" doc:"Name for people."`
	Description    string                `yaml:"description" json:"description,omitempty" doc:"What it means when the rule fires."`
	Severity       alert.Severity        `yaml:"severity" json:"severity" doc:"Sev0 (worst) to Sev4."`
	Enabled        *bool                 `yaml:"enabled" json:"enabled,omitempty" doc:"false: the rule does not run."` // nil: yes
	Mode           Mode                  `yaml:"mode" json:"mode,omitempty" enum:"stream,scheduled,nrt" doc:"stream: every record is judged on arrival. scheduled: windows over event time. nrt: windows over time of arrival. Without it: stream where the query allows it, else scheduled."`
	Query          string                `yaml:"query" json:"query" required:"true" doc:"KQL."`
	SeverityColumn string                `yaml:"severityColumn" json:"severityColumn,omitempty" doc:"Column of the result that holds Sev0 to Sev4; it comes before severity."`
	TitleColumn    string                `yaml:"titleColumn" json:"titleColumn,omitempty" doc:"Column of the result that holds the alert's sentence."`
	ActionGroups   []string              `yaml:"actionGroups" json:"actionGroups,omitempty" doc:"Who is told; none: all groups."`
	Properties     map[string]string     `yaml:"customProperties" json:"customProperties,omitempty" doc:"Keys and values that go with every alert."`
	Incident       IncidentConfiguration `yaml:"incidentConfiguration" json:"incidentConfiguration,omitzero" doc:"Which incident the rule's alerts join; without it that of their account and session."`
	Tampering      bool                  `yaml:"tampering" json:"tampering,omitempty" doc:"The rule watches tampering with the guard itself: no processing rule can silence it."`

	TimeAggregation     Aggregation    `yaml:"timeAggregation" json:"timeAggregation,omitempty" enum:"Count,Average,Minimum,Maximum,Total" doc:"Count of the rows, or Average, Minimum, Maximum, Total of metricMeasureColumn."`
	MetricMeasureColumn string         `yaml:"metricMeasureColumn" json:"metricMeasureColumn,omitempty" doc:"Numeric column of the result that timeAggregation reads."`
	Dimensions          []Dimension    `yaml:"dimensions" json:"dimensions,omitempty" doc:"Columns of the result; every combination of their values has its own measure and its own alert."`
	Operator            Operator       `yaml:"operator" json:"operator,omitempty" enum:"GreaterThan,GreaterThanOrEqual,LessThan,LessThanOrEqual,Equals,NotEquals" doc:"How the measure is compared with the threshold; GreaterThan without it."`
	Threshold           float64        `yaml:"threshold" json:"threshold,omitempty" doc:"What the measure is compared with; 0 without it."`
	WindowSize          Span           `yaml:"windowSize" json:"windowSize,omitempty" doc:"Length of a window, such as 5m or PT5M; 5m without it."`
	EvaluationFrequency Span           `yaml:"evaluationFrequency" json:"evaluationFrequency,omitempty" doc:"How often a window ends, 10s to 1d; windowSize without it, at most an hour."`
	QueryTimeRange      Span           `yaml:"overrideQueryTimeRange" json:"overrideQueryTimeRange,omitempty" doc:"How far back the query may read; windowSize times numberOfEvaluationPeriods without it."`
	FailingPeriods      FailingPeriods `yaml:"failingPeriods" json:"failingPeriods,omitzero" doc:"How many of the last windows must meet the condition."`
	AutoMitigate        *bool          `yaml:"autoMitigate" json:"autoMitigate,omitempty" doc:"true, the default: windows that follow one another have one alert, which resolves itself. false: every window has its own."`
	Resolve             Resolve        `yaml:"resolveConfiguration" json:"resolveConfiguration,omitzero" doc:"When an alert resolves itself."`
	MuteActionsDuration Span           `yaml:"muteActionsDuration" json:"muteActionsDuration,omitempty" doc:"After an alert was told, further ones of the same dimensions are kept but not told for so long."`
	AllowedLateness     Span           `yaml:"allowedLateness" json:"allowedLateness,omitempty" doc:"How late a record may come and still have its windows judged again; 48h without it."`
	CriterionType       Criterion      `yaml:"criterionType" json:"criterionType,omitempty" enum:"StaticThresholdCriterion" doc:"StaticThresholdCriterion, the only kind."`

	File    string `yaml:"-" json:"file"` // where it was read, for messages; "shipped:..." for content/rules
	QueryAt Place  `yaml:"-" json:"-"`    // in File
}

// Dimension splits the rows of a result by a column. Values are compared as text; none, or "*", is all of them, also
// those that are seen for the first time.
type Dimension struct {
	Name     string            `yaml:"name" json:"name" required:"true" doc:"Column of the result."`
	Operator DimensionOperator `yaml:"operator" json:"operator,omitempty" enum:"Include,Exclude" doc:"Include or Exclude the values."`
	Values   []string          `yaml:"values" json:"values,omitempty" doc:"Values, or * for all."`
}

// All reports whether the dimension takes every value.
func (d Dimension) All() bool {
	return d.Operator != Exclude && (len(d.Values) == 0 || len(d.Values) == 1 && d.Values[0] == "*")
}

// FailingPeriods says how many of the last Number windows must meet the condition. The zero value is 1 of 1.
type FailingPeriods struct {
	Number int `yaml:"numberOfEvaluationPeriods" json:"numberOfEvaluationPeriods,omitempty" doc:"How many windows are looked at."`
	Min    int `yaml:"minFailingPeriodsToAlert" json:"minFailingPeriodsToAlert,omitempty" doc:"How many of them must meet the condition."`
}

// Resolve says when an alert of consecutive windows resolves itself.
type Resolve struct {
	AutoResolved  *bool `yaml:"autoResolved" json:"autoResolved,omitempty" doc:"As autoMitigate."`
	TimeToResolve Span  `yaml:"timeToResolve" json:"timeToResolve,omitempty" doc:"How long the condition must not have been met."`
}

// On reports whether the rule is enabled.
func (r Rule) On() bool { return r.Enabled == nil || *r.Enabled }

// Stateful reports whether windows that follow one another share an alert.
func (r Rule) Stateful() bool {
	if r.Resolve.AutoResolved != nil {
		return *r.Resolve.AutoResolved
	}
	return r.AutoMitigate == nil || *r.AutoMitigate
}

// WithDefaults fills in what a scheduled rule leaves out.
func (r Rule) WithDefaults() Rule {
	set := func(s *Span, d time.Duration) {
		if *s == 0 {
			*s = Span(d)
		}
	}
	if r.TimeAggregation == "" {
		r.TimeAggregation = Count
	}
	if r.Operator == "" {
		r.Operator = GreaterThan
	}
	if r.Mode == NRT {
		set(&r.EvaluationFrequency, time.Minute)
		set(&r.WindowSize, time.Duration(r.EvaluationFrequency))
	}
	set(&r.WindowSize, 5*time.Minute)
	set(&r.EvaluationFrequency, min(time.Duration(r.WindowSize), time.Hour))
	r.FailingPeriods.Number = max(1, r.FailingPeriods.Number)
	r.FailingPeriods.Min = max(1, r.FailingPeriods.Min)
	set(&r.QueryTimeRange, time.Duration(r.WindowSize)*time.Duration(r.FailingPeriods.Number))
	set(&r.AllowedLateness, 48*time.Hour)
	set(&r.Resolve.TimeToResolve, timeToResolve(time.Duration(r.EvaluationFrequency)))
	return r
}

// timeToResolve is how long Azure Monitor waits by default before a stateful alert resolves
// (learn.microsoft.com/azure/azure-monitor/alerts/alerts-overview).
func timeToResolve(frequency time.Duration) time.Duration {
	switch {
	case frequency < 5*time.Minute:
		return max(10*time.Minute, 3*frequency)
	case frequency <= 15*time.Minute:
		return 3 * frequency
	case frequency < 11*time.Hour:
		return 2 * frequency
	}
	return frequency
}

// perRecord reports whether one matching row is enough to meet the rule's condition, so that records can be judged one
// by one.
func (r Rule) perRecord() bool {
	if r.TimeAggregation != "" && r.TimeAggregation != Count || r.FailingPeriods.Min > 1 {
		return false
	}
	return (r.Operator == "" || r.Operator == GreaterThan) && r.Threshold == 0 || r.Operator == GreaterThanOrEqual && r.Threshold == 1
}

// Shipped returns the rules that come with the binary.
func Shipped() ([]Rule, error) {
	entries, err := content.FS.ReadDir("rules")
	if err != nil {
		return nil, fmt.Errorf("read shipped rules: %w", err)
	}
	var rules []Rule
	for _, entry := range entries {
		if strings.HasSuffix(entry.Name(), ".test.yaml") {
			continue
		}
		data, err := content.FS.ReadFile(path.Join("rules", entry.Name()))
		if err != nil {
			return nil, fmt.Errorf("read shipped rule: %w", err)
		}
		r, err := Parse(data, "shipped:"+entry.Name())
		if err != nil {
			return nil, err
		}
		rules = append(rules, r)
	}
	return rules, nil
}
