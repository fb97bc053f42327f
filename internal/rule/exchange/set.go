package exchange

import (
	"encoding"
	"fmt"
	"strings"

	"github.com/glasswatch/glasswatch/internal/rule"
)

// setter fills in properties that are written as words; what is none of the words is noted, and the rule not taken.
type setter struct {
	r      *reader
	name   string
	failed bool
}

// text reads a word; "" leaves the default.
func (s *setter) text(into encoding.TextUnmarshaler, path, text string) {
	if text == "" {
		return
	}
	if err := into.UnmarshalText([]byte(text)); err != nil {
		s.failed = true
		s.r.note(s.name, path, "the rule was not taken: %v", err)
	}
}

// condition takes the condition of a scheduledQueryRule.
func (s *setter) condition(x *rule.Rule, c object) {
	const at = "properties.criteria.allOf[0]."
	if x.Threshold == 0 {
		s.text(&x.Operator, at+"operator", c.text("operator"))
		x.Threshold, _ = c.number("threshold")
	}
	s.text(&x.TimeAggregation, at+"timeAggregation", c.text("timeAggregation"))
	x.MetricMeasureColumn = c.text("metricMeasureColumn")
	for i, item := range c.list("dimensions") {
		m, _ := item.(map[string]any)
		d := rule.Dimension{Name: object(m).text("name"), Values: texts(object(m).list("values"))}
		s.text(&d.Operator, fmt.Sprintf("%sdimensions[%d].operator", at, i), object(m).text("operator"))
		x.Dimensions = append(x.Dimensions, d)
	}
	periods := c.object("failingPeriods")
	if n, ok := periods.number("numberOfEvaluationPeriods"); ok && n > 1 {
		x.FailingPeriods.Number = int(n)
	}
	if n, ok := periods.number("minFailingPeriodsToAlert"); ok && n > 1 {
		x.FailingPeriods.Min = int(n)
	}
}

// resolve takes how alerts end. A rule that is judged a record at a time has an alert for every record; being stateful
// means nothing to it.
func (s *setter) resolve(x *rule.Rule, p object) {
	if x.Mode != rule.Stream {
		x.AutoMitigate = p.truth("autoMitigate")
	}
	if c := p.object("resolveConfiguration"); len(c) > 0 {
		x.Resolve.AutoResolved = c.truth("autoResolved")
		s.text(&x.Resolve.TimeToResolve, "properties.resolveConfiguration.timeToResolve", c.text("timeToResolve"))
	}
}

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
	if metric := trigger.object("metricTrigger"); len(metric) > 0 {
		r.note(name, "properties.action.trigger.metricTrigger", "the rule was not taken: metric measurement counts breaches of AggregatedValue; write it as measure and failing periods")
		return
	}
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
