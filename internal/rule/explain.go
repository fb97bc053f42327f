package rule

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/glasswatch/glasswatch/internal/table"
	"github.com/glasswatch/glasswatch/kql"
	"github.com/glasswatch/glasswatch/kql/eval"
	"github.com/glasswatch/glasswatch/kql/plan"
)

// Explanation says how a rule will be run, and why. Sentences are for people, the rest for machines.
type Explanation struct {
	Rule      string   `json:"rule"`
	File      string   `json:"file"`
	Enabled   bool     `json:"enabled"`
	Mode      Mode     `json:"mode"`
	Why       string   `json:"why"`
	Tables    []string `json:"tables"`
	Looks     []string `json:"looks"`           // which records are looked at, a line for each table
	Condition string   `json:"condition"`       // when it fires
	Alerts    string   `json:"alerts"`          // what is one alert
	Incident  string   `json:"incident"`        // which alerts are one incident
	Late      string   `json:"late"`            // what becomes of late records
	Notes     []string `json:"notes,omitempty"` // what is in the rule and does nothing, or is probably not meant

	Window    Span `json:"window,omitempty"`
	Frequency Span `json:"frequency,omitempty"`
	Reach     Span `json:"reach,omitempty"`
	Lateness  Span `json:"allowedLateness,omitempty"`
}

// Explain compiles a rule and says how it will be run.
func (e *Engine) Explain(r Rule) (Explanation, kql.Diagnostics, error) {
	c, notes, err := e.compile(r, eval.NewMatcher)
	if err != nil {
		return Explanation{}, notes, err
	}
	x := Explanation{Rule: c.Name, File: c.File, Enabled: c.On(), Mode: c.Mode, Why: c.why}
	if c.windowed != nil {
		c.windowed.explain(&x)
	} else {
		c.explain(&x)
	}
	x.Incident = c.Incident.explain()
	e.explainTables(c, &x)
	for _, n := range notes {
		x.Notes = append(x.Notes, fmt.Sprintf("query line %d: %s", n.Line, n.Message))
	}
	return x, notes, nil
}

func (c *compiled) explain(x *Explanation) {
	x.Condition = "every record that the query lets through fires"
	x.Alerts = "one alert for each record; a later copy of the record updates its alert, and tells again only when its outcome is worse"
	x.Late = "records are judged when they arrive, however late; event time never decides whether one is looked at"
	if c.WindowSize != 0 || c.EvaluationFrequency != 0 || c.QueryTimeRange != 0 {
		x.Notes = append(x.Notes, "windowSize, evaluationFrequency and overrideQueryTimeRange are not used: nothing waits for a window")
	}
	if c.AutoMitigate != nil || c.Resolve != (Resolve{}) {
		x.Notes = append(x.Notes, "autoMitigate and resolveConfiguration are not used: what happened does not resolve itself")
	}
	if c.MuteActionsDuration != 0 {
		x.Notes = append(x.Notes, "muteActionsDuration is not used: every record is told")
	}
	if c.AllowedLateness != 0 {
		x.Notes = append(x.Notes, "allowedLateness is not used: there is no limit")
	}
}

func (w *Windowed) explain(x *Explanation) {
	x.Window, x.Frequency, x.Lateness, x.Reach = w.WindowSize, w.EvaluationFrequency, w.AllowedLateness, Span(w.Reach())
	x.Condition = w.condition()
	by := "one alert for each window"
	if len(w.Dimensions) > 0 {
		var names []string
		for _, d := range w.Dimensions {
			names = append(names, d.Name)
		}
		by += " and combination of " + strings.Join(names, ", ")
	}
	if w.Stateful() {
		by += fmt.Sprintf("; windows that meet the condition within %s of one another share it, and it resolves itself %s after the last", w.Resolve.TimeToResolve, w.Resolve.TimeToResolve)
	}
	if w.MuteActionsDuration > 0 {
		by += fmt.Sprintf("; after one is told, further ones are kept but not told for %s", w.MuteActionsDuration)
	}
	x.Alerts = by
	x.Late = fmt.Sprintf("windows are over %s; a record that comes up to %s late has its windows judged again, so that the order of arrival does not matter", w.Axis(), w.AllowedLateness)
	if w.FiresOnSilence() {
		x.Late += "; every window is judged, also those without records, and an alert that a late record disproves is withdrawn"
	}
	if w.Operator.Met(1, w.Threshold) && w.oneRow() {
		x.Notes = append(x.Notes, "the query always returns exactly one row, so that counting rows always meets the condition; use timeAggregation Total or Maximum with metricMeasureColumn")
	}
}

// measured says what is compared with the threshold: "rows", "as the average of DurationMs".
func (w *Windowed) measured() string {
	switch {
	case w.TimeAggregation != Count:
		return "as the " + strings.ToLower(string(w.TimeAggregation)) + " of " + w.MetricMeasureColumn
	case w.MetricMeasureColumn != "":
		return "values of " + w.MetricMeasureColumn
	}
	return "rows"
}

// condition says when the rule fires: "more than 5 rows in 5m".
func (w *Windowed) condition() string {
	text := fmt.Sprintf("%s %v %s in a window of %s, every %s", w.Operator.Text(), w.Threshold, w.measured(), w.WindowSize, w.EvaluationFrequency)
	if p := w.FailingPeriods; p.Number > 1 {
		text += fmt.Sprintf(", in %d of %d windows in a row", p.Min, p.Number)
	}
	return text
}

// oneRow reports whether the query counts rows of its own, without groups.
func (w *Windowed) oneRow() bool {
	if w.TimeAggregation != Count || len(w.Dimensions) > 0 {
		return false
	}
	o := w.engine.KQL()
	o.Now = time.Now()
	q, err := kql.Compile(w.Query, o)
	if err != nil {
		return false
	}
	n := q.Plan
	for {
		p, ok := n.(*plan.Project)
		if !ok {
			break
		}
		n = p.Input
	}
	a, ok := n.(*plan.Aggregate)
	return ok && len(a.Keys) == 0
}

// explainTables says which records are looked at.
func (e *Engine) explainTables(c *compiled, x *Explanation) {
	for _, s := range e.catalog.Schemas() {
		if text := c.looks(s); text != "" {
			x.Tables = append(x.Tables, s.Name)
			x.Looks = append(x.Looks, s.Name+": "+text)
		}
	}
}

// looks says which records of a table the rule looks at; "" for none.
func (c *compiled) looks(s *table.Schema) string {
	if c.matcher != nil {
		if !reads(c.matcher, s.Plan) {
			return ""
		}
		if conditions, ok := c.matcher.Conditions(s.Plan); ok && indexable(s.Plan, conditions) {
			return fmt.Sprintf("through the index, %s", indexed(s, conditions))
		}
		return "every record, for no equality narrows them"
	}
	r := c.windowed.Relevance
	for _, t := range r.whole {
		if t == s.Plan {
			return "every record may change the answer"
		}
	}
	for _, m := range r.matchers {
		if !reads(m, s.Plan) {
			continue
		}
		if conditions, ok := m.Conditions(s.Plan); ok && indexable(s.Plan, conditions) {
			return fmt.Sprintf("windows are judged when a record matches the query's filters, found through the index, %s", indexed(s, conditions))
		}
		return "windows are judged when a record matches the query's filters, every record is tried"
	}
	return ""
}

// indexed says how many values of which columns are looked up.
func indexed(s *table.Schema, conditions []eval.Condition) string {
	counts := map[string]int{}
	for _, c := range conditions {
		counts[s.Columns[c.Column].Name]++
	}
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		parts = append(parts, fmt.Sprintf("%d values of %s", counts[name], name))
	}
	if len(parts) == 0 {
		return "which no record passes"
	}
	return strings.Join(parts, ", ")
}
