package rule

import (
	"fmt"
	"strings"
	"time"
)

// report notes a problem at a path of the rule's file, with the next step.
type report func(path, next, format string, args ...any)

const (
	minFrequency = 10 * time.Second
	maxFrequency = 24 * time.Hour
	maxRange     = 100 * 24 * time.Hour // of a query; Azure Monitor allows 2 days, Sentinel 14; rules on silence need 90
	maxLateness  = 14 * 24 * time.Hour
)

// validate reports everything that the rule's own fields show to be wrong.
func (r Rule) validate(report report) {
	r.validateText(report)
	r.validateMeasure(report)
	r.validateDimensions(report)
	r.validatePeriods(report)
	r.validateTimes(report)
	r.validateIncident(report)
	if r.Mode == Stream {
		r.validateStream(report)
	}
}

func (r Rule) validateText(report report) {
	if r.Name == "" {
		report("name", "give the rule a name", "name is missing")
	} else if strings.ContainsAny(r.Name, `#<>%&:\?/{}*`) || len(r.Name) > 260 {
		report("name", "", `name %q: want 1 to 260 characters without # < > %% & : \ ? / { } *`, r.Name)
	}
	if strings.TrimSpace(r.Query) == "" {
		report("query", "write the KQL below query: |", "query is missing")
	}
	if len(r.Description) > 4096 {
		report("description", "", "description has %d characters, at most 4096 are allowed", len(r.Description))
	}
}

func (r Rule) validateMeasure(report report) {
	needs := r.TimeAggregation != "" && r.TimeAggregation != Count
	if needs && r.MetricMeasureColumn == "" {
		report("timeAggregation", "add metricMeasureColumn: COLUMN", "timeAggregation %s needs a metricMeasureColumn", r.TimeAggregation)
	}
	if r.MetricMeasureColumn != "" && r.TimeAggregation == "" {
		report("metricMeasureColumn", "add timeAggregation: Average, Minimum, Maximum, Total or Count", "metricMeasureColumn needs a timeAggregation")
	}
}

func (r Rule) validateDimensions(report report) {
	seen := map[string]bool{}
	for i, d := range r.Dimensions {
		path := fmt.Sprintf("dimensions[%d]", i)
		if d.Name == "" {
			report(path, "name a column of the result", "dimension %d has no name", i+1)
		}
		if seen[d.Name] {
			report(path+".name", "put all values into one dimension", "dimension %q is written twice", d.Name)
		}
		seen[d.Name] = true
		if d.Operator == Exclude && len(d.Values) == 0 {
			report(path, "add values", "dimension %q excludes nothing", d.Name)
		}
		for j, v := range d.Values {
			if v == "*" && (len(d.Values) > 1 || d.Operator == Exclude) {
				report(fmt.Sprintf("%s.values[%d]", path, j), "", "* stands for all values, alone and with Include")
			}
		}
	}
}

func (r Rule) validatePeriods(report report) {
	n, m := r.FailingPeriods.Number, r.FailingPeriods.Min
	switch {
	case n < 0 || m < 0:
		report("failingPeriods", "", "periods are counted from 1")
	case m > max(1, n):
		report("failingPeriods.minFailingPeriodsToAlert", "", "minFailingPeriodsToAlert %d is more than numberOfEvaluationPeriods %d", m, max(1, n))
	case n > 100:
		report("failingPeriods.numberOfEvaluationPeriods", "", "numberOfEvaluationPeriods %d: at most 100", n)
	}
}

func (r Rule) validateTimes(report report) {
	full := r.WithDefaults()
	frequency, window := time.Duration(full.EvaluationFrequency), time.Duration(full.WindowSize)
	if frequency < minFrequency || frequency > maxFrequency {
		report("evaluationFrequency", "", "evaluationFrequency %s: want 10s to 1d", full.EvaluationFrequency)
	}
	if frequency%time.Second != 0 || window%time.Second != 0 {
		report("windowSize", "", "windowSize and evaluationFrequency are whole seconds")
	}
	if frequency > window {
		report("evaluationFrequency", "make windowSize at least as long", "evaluationFrequency %s is longer than windowSize %s: records between two windows would never be looked at",
			full.EvaluationFrequency, full.WindowSize)
	}
	if r.QueryTimeRange != 0 && r.QueryTimeRange < full.WindowSize {
		report("overrideQueryTimeRange", "", "overrideQueryTimeRange %s is shorter than windowSize %s", r.QueryTimeRange, full.WindowSize)
	}
	if time.Duration(full.QueryTimeRange) > maxRange {
		report("overrideQueryTimeRange", "", "the query reads %s back, at most 100d are allowed", full.QueryTimeRange)
	}
	if time.Duration(full.AllowedLateness) > maxLateness {
		report("allowedLateness", "", "allowedLateness %s: at most 14d", full.AllowedLateness)
	}
	if full.Mode == NRT && full.WindowSize != full.EvaluationFrequency {
		report("windowSize", "leave windowSize out", "windows of mode nrt follow each other: windowSize %s is not evaluationFrequency %s", full.WindowSize, full.EvaluationFrequency)
	}
}

// validateStream reports what a rule that is judged a record at a time cannot have.
func (r Rule) validateStream(report report) {
	const next = "use mode: scheduled"
	if !r.perRecord() {
		report("mode", next, "mode stream fires on every record that the query lets through; it has no measure, threshold or failing periods")
	}
	if r.MuteActionsDuration != 0 {
		report("muteActionsDuration", "leave it out: alerts of one account are joined in an incident", "mode stream tells of every record, it is not muted")
	}
}
