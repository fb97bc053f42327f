package exchange

import (
	"encoding"
	"fmt"

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
