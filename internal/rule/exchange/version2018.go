package exchange

import (
	"fmt"
	"strings"

	"github.com/glasswatch/glasswatch/internal/rule"
)

// queryRuleV1 takes a rule of API version 2018-04-16.
func (r *reader) queryRuleV1(name string, p object) {
	s := setter{r: r, name: name}
	source, schedule, action := p.object("source"), p.object("schedule"), p.object("action")
	x := rule.Rule{Name: name, DisplayName: p.text("displayName"), Description: p.text("description"), Enabled: off(p.truth("enabled")),
		Query: source.text("query"), Mode: modeOf(source.text("query")), Severity: r.severity(name, action)}
	if !strings.Contains(strings.ToLower(action.text("odata.type")), "alertingaction") && action.text("odata.type") != "" {
		r.note(name, "properties.action", "the rule was not taken: %s makes metrics, not alerts", action.text("odata.type"))
		return
	}
	s.minutes(&x.EvaluationFrequency, "properties.schedule.frequencyInMinutes", schedule)
	s.minutes(&x.WindowSize, "properties.schedule.timeWindowInMinutes", schedule)
	s.minutes(&x.MuteActionsDuration, "properties.action.throttlingInMin", action)
	trigger := action.object("trigger")
	s.text(&x.Operator, "properties.action.trigger.thresholdOperator", trigger.text("thresholdOperator"))
	x.Threshold, _ = trigger.number("threshold")
	s.metric(&x, trigger.object("metricTrigger"))
	off := false
	x.AutoMitigate = &off
	if auto := p.truth("autoMitigate"); auto != nil {
		x.AutoMitigate = auto
	}
	groups := action.object("aznsAction")
	for _, id := range texts(groups.list("actionGroup")) {
		x.ActionGroups = append(x.ActionGroups, lastSegment(id))
	}
	if len(x.ActionGroups) > 0 {
		r.note(name, "properties.action.aznsAction.actionGroup", "the configuration must have: %s", strings.Join(x.ActionGroups, ", "))
	}
	for _, key := range []string{"emailSubject", "customWebhookPayload"} {
		if groups.text(key) != "" {
			r.note(name, "properties.action.aznsAction."+key, "subjects and payloads follow from the channel, not from the rule")
		}
	}
	if !s.failed {
		r.add(x)
	}
}

// minutes reads the number of minutes that the last part of path names.
func (s *setter) minutes(into *rule.Span, path string, o object) {
	if n, ok := o.number(path[strings.LastIndexByte(path, '.')+1:]); ok && n > 0 {
		s.text(into, path, fmt.Sprintf("%dm", int(n)))
	}
}

// metric takes a metric measurement: the query makes a row a bin and metricColumn, and what is counted is how many bins,
// or how many in a row, have an AggregatedValue beyond the threshold.
func (s *setter) metric(x *rule.Rule, m object) {
	if len(m) == 0 {
		return
	}
	const path = "properties.action.trigger.metricTrigger"
	beyond := fmt.Sprintf("AggregatedValue %s %v", x.Operator.Symbol(), x.Threshold)
	s.text(&x.Operator, path+".thresholdOperator", m.text("thresholdOperator"))
	x.Threshold, _ = m.number("threshold")
	query, column := strings.TrimRight(x.Query, " \t\r\n;"), m.text("metricColumn")
	if column != "" {
		x.Dimensions = []rule.Dimension{{Name: column}}
	}
	if strings.EqualFold(m.text("metricTriggerType"), "Total") {
		x.Query = query + "\n| where " + beyond
		return
	}
	order, restart := "TimeGenerated asc", "not("+beyond+")"
	if column != "" {
		order, restart = fmt.Sprintf("['%s'] asc, %s", column, order), fmt.Sprintf("%s or ['%s'] != prev(['%[2]s'])", restart, column)
	}
	x.Query = fmt.Sprintf("%s\n| sort by %s\n| extend Breaches = row_cumsum(toint(%s), %s)", query, order, beyond, restart)
	x.TimeAggregation, x.MetricMeasureColumn = rule.Maximum, "Breaches"
}
