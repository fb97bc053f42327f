package exchange

import (
	"maps"
	"regexp"
	"strings"
	"time"

	"github.com/glasswatch/glasswatch/internal/alert"
	"github.com/glasswatch/glasswatch/internal/rule"
)

// sentinelYAML takes a rule in the form of Sentinel's repository, or one of ours.
func (r *reader) sentinelYAML(o object) {
	if _, err := alert.ParseSeverity(o.text("severity")); err == nil {
		r.note(o.text("name"), "", "it is a rule file of Glasswatch already: put it into a folder of rules.directories")
		return
	}
	r.sentinel(o.text("name"), o.text("name"), o.text("kind"), o)
}

// sentinelARM takes an alertRules resource, or one of the gallery: these are disabled until a rule is made of them, which
// taking them is.
func (r *reader) sentinelARM(name string, gallery bool, o object) {
	p := maps.Clone(o.object("properties"))
	if gallery {
		maps.DeleteFunc(p, func(key string, _ any) bool { return strings.EqualFold(key, "enabled") })
	}
	r.sentinel(first(p.text("displayName"), name), p.text("displayName"), o.text("kind"), p)
}

// sentinel takes what both forms share; the keys of YAML are those of ARM.
func (r *reader) sentinel(name, display, kind string, p object) {
	s := setter{r: r, name: name}
	x := rule.Rule{Name: name, DisplayName: display, Description: strings.Trim(strings.TrimSpace(p.text("description")), `'"`),
		Query: p.text("query"), Enabled: off(p.truth("enabled")), Severity: r.sentinelSeverity(name, p.text("severity"))}
	switch strings.ToLower(kind) {
	case "nrt":
		x.Mode = rule.NRT
	case "", "scheduled":
		s.text(&x.EvaluationFrequency, "queryFrequency", duration(p.text("queryFrequency")))
		s.text(&x.QueryTimeRange, "queryPeriod", duration(p.text("queryPeriod")))
		s.text(&x.Operator, "triggerOperator", sentinelOperator(p.text("triggerOperator")))
		x.Threshold, _ = p.number("triggerThreshold")
		r.sentinelWindow(&x)
	default:
		r.note(name, "kind", "the rule was not taken: %s has no query", kind)
		return
	}
	no := false
	x.AutoMitigate = &no // Sentinel makes an alert of every run
	if truth := p.truth("suppressionEnabled"); truth != nil && *truth {
		s.text(&x.MuteActionsDuration, "suppressionDuration", duration(p.text("suppressionDuration")))
	}
	r.overrides(&x, p.object("alertDetailsOverride"))
	r.details(&x, p)
	if strings.EqualFold(p.object("eventGroupingSettings").text("aggregationKind"), "AlertPerResult") {
		r.note(name, "eventGroupingSettings", "one alert a window holds all rows; split it by dimensions for one alert each")
	}
	r.incidents(&x, p.object("incidentConfiguration"))
	if p.has("sentinelEntitiesMappings") {
		r.note(name, "sentinelEntitiesMappings", "entities that other alerts have are not taken over")
	}
	if !s.failed {
		r.add(x)
	}
}

// day is the longest evaluation frequency.
const day = rule.Span(24 * time.Hour)

// sentinelWindow chooses the windows. Where one row is enough, they follow one another and each row is looked at once,
// though the query reads the whole period; where rows are counted, a window is the whole period.
func (r *reader) sentinelWindow(x *rule.Rule) {
	x.Mode = modeOf(x.Query)
	if x.EvaluationFrequency > day {
		r.note(x.Name, "queryFrequency", "%s is taken as once a day", x.EvaluationFrequency)
		x.EvaluationFrequency = day
	}
	x.WindowSize = x.QueryTimeRange
	if (x.Operator == "" || x.Operator == rule.GreaterThan) && x.Threshold == 0 && x.EvaluationFrequency != 0 {
		x.WindowSize = x.EvaluationFrequency
	}
	x.WindowSize = max(x.WindowSize, x.EvaluationFrequency)
	x.QueryTimeRange = max(x.QueryTimeRange, x.WindowSize)
}

var asksForTime = regexp.MustCompile(`\b(ago|now)\s*\(`)

// modeOf is scheduled for a query that asks what time it is: judged on arrival, it would pass over a record that comes
// late. Others are judged on arrival where they can be.
func modeOf(query string) rule.Mode {
	if asksForTime.MatchString(query) {
		return rule.Scheduled
	}
	return rule.Auto
}

func (r *reader) sentinelSeverity(name, text string) alert.Severity {
	switch strings.ToLower(text) {
	case "high":
		return alert.Sev1
	case "medium":
		return alert.Sev2
	case "low":
		return alert.Sev3
	case "informational":
		return alert.Sev4
	}
	r.note(name, "severity", "%q is none of High, Medium, Low, Informational: taken as Sev1", text)
	return alert.Sev1
}

func sentinelOperator(text string) string {
	switch strings.ToLower(text) {
	case "gt":
		return string(rule.GreaterThan)
	case "lt":
		return string(rule.LessThan)
	case "eq":
		return string(rule.Equals)
	case "ne":
		return string(rule.NotEquals)
	}
	return text // GreaterThan, LessThan, Equal, NotEqual
}

// duration reads .NET's hh:mm:ss and d.hh:mm:ss as well as 5m and PT1H.
func duration(text string) string {
	days, clock := "0", text
	if d, rest, ok := strings.Cut(text, "."); ok && strings.Contains(rest, ":") {
		days, clock = d, rest
	}
	parts := strings.Split(clock, ":")
	if len(parts) != 3 {
		return text
	}
	return days + "d" + parts[0] + "h" + parts[1] + "m" + parts[2] + "s"
}

// The columns that an imported query gets for what Sentinel formats itself.
const (
	titleColumn    = "AlertTitle"
	severityColumn = "AlertSeverity"
)

// overrides takes the columns that give title and severity.
func (r *reader) overrides(x *rule.Rule, o object) {
	if format := o.text("alertDisplayNameFormat"); format == "{{"+titleColumn+"}}" && strings.Contains(x.Query, titleColumn) {
		x.TitleColumn = titleColumn // one of ours comes back
	} else if format != "" {
		x.Query = strings.TrimRight(x.Query, " \t\r\n;") + "\n| extend " + titleColumn + " = " + formatKQL(format)
		x.TitleColumn = titleColumn
	}
	if column := o.text("alertSeverityColumnName"); column == severityColumn && strings.Contains(x.Query, column) {
		x.SeverityColumn = column
	} else if column != "" {
		const words = `X =~ "high", "Sev1", X =~ "medium", "Sev2", X =~ "low", "Sev3", X =~ "informational", "Sev4", `
		x.Query = strings.TrimRight(x.Query, " \t\r\n;") + "\n| extend " + severityColumn + " = case(" + strings.ReplaceAll(words, "X", columnText(column)) +
			rule.Quote(x.Severity.String()) + ")"
		x.SeverityColumn = severityColumn
	}
	for _, key := range []string{"alertDescriptionFormat", "alertTacticsColumnName", "alertDynamicProperties"} {
		if o.text(key) != "" || len(o.list(key)) > 0 {
			r.note(x.Name, "alertDetailsOverride."+key, "the columns of the rows are in the alert as they are")
		}
	}
}

// formatKQL writes "User {{Account}} did it" as a KQL expression.
func formatKQL(format string) string {
	var parts []string
	for {
		before, rest, ok := strings.Cut(format, "{{")
		column, after, closed := strings.Cut(rest, "}}")
		if !ok || !closed {
			break
		}
		if before != "" {
			parts = append(parts, rule.Quote(before))
		}
		parts = append(parts, columnText(strings.TrimSpace(column)))
		format = after
	}
	if format != "" {
		parts = append(parts, rule.Quote(format))
	}
	return `strcat("", ` + strings.Join(parts, ", ") + ")"
}

// columnText is the text of a column in KQL. Sentinel leaves the place empty where the result has no such column.
func columnText(column string) string {
	return "tostring(column_ifexists(" + rule.Quote(column) + `, ""))`
}

// details keeps what describes a rule, and which columns hold its entities, as properties of the alert.
func (r *reader) details(x *rule.Rule, p object) {
	set := func(key, text string) {
		if text != "" {
			if x.Properties == nil {
				x.Properties = map[string]string{}
			}
			x.Properties[key] = text
		}
	}
	set("tactics", strings.Join(texts(p.list("tactics")), ", "))
	set("techniques", strings.Join(texts(append(p.list("relevantTechniques"), p.list("techniques")...)), ", "))
	set("templateId", p.text("id"))
	for _, item := range p.list("entityMappings") {
		m, _ := item.(map[string]any)
		var fields []string
		for _, f := range object(m).list("fieldMappings") {
			fm, _ := f.(map[string]any)
			fields = append(fields, object(fm).text("identifier")+"="+object(fm).text("columnName"))
		}
		key := "entity." + object(m).text("entityType")
		if have := x.Properties[key]; have != "" {
			fields = append([]string{have}, fields...)
		}
		set(key, strings.Join(fields, ", "))
	}
	for _, key := range p.object("customDetails").keys() {
		set("detail."+key, p.object("customDetails").text(key))
	}
}
