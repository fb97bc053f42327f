package exchange

import (
	"fmt"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/glasswatch/glasswatch/internal/rule"
)

// Sentinel writes a rule in the form of Sentinel's repository.
func Sentinel(x rule.Rule, prelude string) ([]byte, []Note, error) {
	x = x.WithDefaults()
	var notes []Note
	severity := [...]string{"High", "High", "Medium", "Low", "Informational"}[min(max(int(x.Severity), 0), 4)]
	out := yaml.MapSlice{{Key: "name", Value: first(x.DisplayName, x.Name)}, {Key: "description", Value: x.Description}, {Key: "severity", Value: severity}}
	if x.Mode == rule.Stream || x.Mode == rule.NRT {
		out = append(out, yaml.MapItem{Key: "kind", Value: "NRT"})
	} else {
		operator, ok := map[rule.Operator]string{rule.GreaterThan: "gt", rule.LessThan: "lt", rule.Equals: "eq", rule.NotEquals: "ne"}[x.Operator]
		threshold := x.Threshold
		switch {
		case x.Operator == rule.GreaterThanOrEqual:
			operator, threshold = "gt", x.Threshold-1
		case x.Operator == rule.LessThanOrEqual:
			operator, threshold = "lt", x.Threshold+1
		case !ok:
			operator = "gt"
		}
		if x.TimeAggregation != rule.Count || len(x.Dimensions) > 0 || x.FailingPeriods.Number > 1 {
			notes = append(notes, Note{Rule: x.Name, Path: "timeAggregation", Text: "Sentinel counts rows only: write measure, dimensions and failing periods into the query"})
		}
		out = append(out, yaml.MapItem{Key: "kind", Value: "Scheduled"},
			yaml.MapItem{Key: "queryFrequency", Value: short(max(x.EvaluationFrequency, rule.Span(5*time.Minute)))},
			yaml.MapItem{Key: "queryPeriod", Value: short(max(x.QueryTimeRange, rule.Span(5*time.Minute)))},
			yaml.MapItem{Key: "triggerOperator", Value: operator}, yaml.MapItem{Key: "triggerThreshold", Value: threshold})
	}
	out = append(out, yaml.MapItem{Key: "query", Value: Uses(x.Query, prelude) + x.Query})
	if x.MuteActionsDuration != 0 {
		out = append(out, yaml.MapItem{Key: "suppressionEnabled", Value: true}, yaml.MapItem{Key: "suppressionDuration", Value: short(x.MuteActionsDuration)})
	}
	override := yaml.MapSlice{}
	if x.TitleColumn != "" {
		override = append(override, yaml.MapItem{Key: "alertDisplayNameFormat", Value: "{{" + x.TitleColumn + "}}"})
	}
	if x.SeverityColumn != "" {
		override = append(override, yaml.MapItem{Key: "alertSeverityColumnName", Value: x.SeverityColumn})
		notes = append(notes, Note{Rule: x.Name, Path: "severityColumn", Text: "Sentinel knows High, Medium, Low and Informational, not Sev0 to Sev4: map them at the end of the query"})
	}
	if len(override) > 0 {
		out = append(out, yaml.MapItem{Key: "alertDetailsOverride", Value: override})
	}
	out = append(out, sentinelDetails(x.Properties)...)
	out = append(append(out, sentinelIncident(x)...), yaml.MapItem{Key: "version", Value: "1.0.0"})
	text, err := yaml.MarshalWithOptions(out, yaml.UseLiteralStyleIfMultiline(true))
	return text, notes, err
}

// sentinelDetails writes the properties that describe a rule, as reading them made them.
func sentinelDetails(properties map[string]string) (out yaml.MapSlice) {
	if id := properties["templateId"]; id != "" {
		out = append(out, yaml.MapItem{Key: "id", Value: id})
	}
	for _, p := range []struct{ property, key string }{{"tactics", "tactics"}, {"techniques", "relevantTechniques"}} {
		if text := properties[p.property]; text != "" {
			out = append(out, yaml.MapItem{Key: p.key, Value: strings.Split(text, ", ")})
		}
	}
	return out
}

// short writes a span in one unit, as Sentinel has it: 5m, 1h, 14d.
func short(s rule.Span) string {
	d := time.Duration(s)
	switch {
	case d%(24*time.Hour) == 0:
		return fmt.Sprintf("%dd", d/(24*time.Hour))
	case d%time.Hour == 0:
		return fmt.Sprintf("%dh", d/time.Hour)
	}
	return fmt.Sprintf("%dm", d/time.Minute)
}
