package exchange

import (
	"strings"

	"github.com/glasswatch/glasswatch/internal/alert"
	"github.com/glasswatch/glasswatch/internal/rule"
)

// Resource types of rules, in lower case.
const (
	typeQueryRule = "microsoft.insights/scheduledqueryrules"
	typeActivity  = "microsoft.insights/activitylogalerts"
	typeSentinel  = "microsoft.securityinsights/alertrules"
	typeTemplate  = "microsoft.securityinsights/alertruletemplates" // a rule in Sentinel's gallery
)

// ruleType returns which of the types a resource's type is, extension resources of a workspace included; "" for none.
func ruleType(typ string) string {
	typ = strings.ToLower(typ)
	switch {
	case typ == typeQueryRule, typ == typeActivity:
		return typ
	case strings.HasSuffix(typ, "/providers/alertrules"), strings.HasSuffix(typ, typeSentinel):
		return typeSentinel
	case strings.HasSuffix(typ, "/providers/alertruletemplates"), strings.HasSuffix(typ, typeTemplate):
		return typeTemplate
	}
	return ""
}

func isRule(typ string) bool { return ruleType(typ) != "" }

// resource takes one resource, as in a template or as a GET returns it.
func (r *reader) resource(o object) {
	typ := ruleType(o.text("type"))
	if id := strings.ToLower(o.text("id")); typ == "" && !o.has("type") {
		switch {
		case strings.Contains(id, "/providers/"+typeQueryRule+"/"), o.object("properties").has("criteria"), o.object("properties").has("schedule"):
			typ = typeQueryRule
		case strings.Contains(id, "/providers/"+typeActivity+"/"), o.object("properties").has("condition"):
			typ = typeActivity
		case strings.Contains(id, "/providers/"+typeSentinel+"/"), o.object("properties").has("triggerOperator"), strings.EqualFold(o.text("kind"), "NRT"):
			typ = typeSentinel
		}
	}
	name := first(lastSegment(o.text("name")), lastSegment(o.text("id")), o.object("properties").text("displayName"))
	if display := o.object("properties").text("displayName"); strings.Contains(name, "{") && display != "" { // known at deployment only
		name = display
	}
	switch props := o.object("properties"); {
	case typ == typeSentinel, typ == typeTemplate:
		r.sentinelARM(name, typ == typeTemplate, o)
	case typ == typeActivity:
		r.activityAlert(name, o)
	case typ == typeQueryRule && props.has("source"):
		r.queryRuleV1(name, props)
	case typ == typeQueryRule:
		r.queryRule(name, o)
	default:
		r.note(name, "type", "%s is no alert rule on logs", first(o.text("type"), "a resource without a type"))
	}
}

// queryRule takes a scheduledQueryRule of API version 2020-05-01-preview or later.
func (r *reader) queryRule(name string, o object) {
	p := o.object("properties")
	x := rule.Rule{Name: name, DisplayName: p.text("displayName"), Description: p.text("description"), Enabled: off(p.truth("enabled"))}
	conditions := p.object("criteria").list("allOf")
	if len(conditions) == 0 {
		r.note(name, "properties.criteria.allOf", "the rule was not taken: it has no condition")
		return
	}
	if len(conditions) > 1 {
		r.note(name, "properties.criteria.allOf", "the rule was not taken: it has %d conditions that must all hold; write them as one query", len(conditions))
		return
	}
	m, _ := conditions[0].(map[string]any)
	c := object(m)
	x.Query = c.text("query")
	x.Mode = modeOf(x.Query)
	x.Severity = r.severity(name, p)
	set := setter{r: r, name: name}
	switch kind := o.text("kind"); {
	case strings.EqualFold(kind, "LogToMetric"):
		r.note(name, "kind", "the rule was not taken: LogToMetric makes metrics, not alerts")
		return
	case strings.EqualFold(kind, "SimpleLogAlert"):
		x.Mode = rule.Stream
		if n, ok := c.number("minRecurrenceCount"); ok && n > 1 {
			x.Mode, x.Operator, x.Threshold = rule.Scheduled, rule.GreaterThanOrEqual, n
			set.text(&x.WindowSize, "", "PT1M")
			set.text(&x.EvaluationFrequency, "", "PT1M")
		}
	case kind != "" && !strings.EqualFold(kind, "LogAlert"):
		r.note(name, "kind", "%s is not known and taken as LogAlert", kind)
	}
	if strings.EqualFold(c.text("criterionType"), "DynamicThresholdCriterion") || c.has("alertSensitivity") {
		r.note(name, "properties.criteria.allOf[0].criterionType", "the rule was not taken: dynamic thresholds are not supported; give an operator and a threshold")
		return
	}
	set.condition(&x, c)
	set.text(&x.WindowSize, "properties.windowSize", p.text("windowSize"))
	set.text(&x.EvaluationFrequency, "properties.evaluationFrequency", p.text("evaluationFrequency"))
	set.text(&x.QueryTimeRange, "properties.overrideQueryTimeRange", p.text("overrideQueryTimeRange"))
	set.text(&x.MuteActionsDuration, "properties.muteActionsDuration", p.text("muteActionsDuration"))
	set.resolve(&x, p)
	r.actions(&x, p.value("actions"))
	r.leftOut(name, o, p)
	x.QueryTimeRange = longEnough(x)
	if !set.failed {
		r.add(x)
	}
}

// longEnough leaves out a range that the windows have anyway: Azure takes a shorter one, here it is a mistake.
func longEnough(x rule.Rule) rule.Span {
	if x.QueryTimeRange <= x.WindowSize {
		return 0
	}
	return x.QueryTimeRange
}

// off keeps false: true and nothing are the same.
func off(enabled *bool) *bool {
	if enabled != nil && *enabled {
		return nil
	}
	return enabled
}

func (r *reader) severity(name string, p object) alert.Severity {
	text := p.text("severity")
	if text == "" {
		r.note(name, "properties.severity", "there is none: taken as Sev3, Azure's default")
		return alert.Sev3
	}
	s, err := alert.ParseSeverity("Sev" + strings.TrimPrefix(strings.ToLower(text), "sev"))
	if err != nil {
		r.note(name, "properties.severity", "%q is not 0 to 4: taken as Sev0, the loudest", text)
		return alert.Sev0
	}
	return s
}

// actions takes the action groups by the last part of their ids, and the custom properties.
func (r *reader) actions(x *rule.Rule, v any) {
	var groups []any
	switch v := v.(type) {
	case []any: // 2020-05-01-preview: a list of objects
		for _, item := range v {
			m, _ := item.(map[string]any)
			groups = append(groups, object(m).value("actionGroupId"))
			r.properties(x, object(m).object("webHookProperties"))
		}
	case map[string]any:
		o := object(v)
		if groups = o.list("actionGroups"); groups == nil { // one, or a parameter that has no value
			groups = []any{o.text("actionGroups")}
		}
		r.properties(x, o.object("customProperties"))
		for _, key := range o.object("actionProperties").keys() {
			r.note(x.Name, "properties.actions.actionProperties."+key, "subjects follow from the template of the channel, not from the rule")
		}
	}
	for _, g := range groups {
		if m, ok := g.(map[string]any); ok {
			g = first(object(m).text("id"), object(m).text("actionGroupId"))
			r.properties(x, object(m).object("webhookProperties"))
		}
		if id := scalar(g); id != "" {
			x.ActionGroups = append(x.ActionGroups, lastSegment(id))
		}
	}
	if len(x.ActionGroups) > 0 {
		r.note(x.Name, "properties.actions.actionGroups", "the configuration must have: %s", strings.Join(x.ActionGroups, ", "))
	}
}

func (r *reader) properties(x *rule.Rule, o object) {
	for _, key := range o.keys() {
		if x.Properties == nil {
			x.Properties = map[string]string{}
		}
		x.Properties[key] = o.text(key)
	}
}

// leftOut names the settings that mean nothing here.
func (r *reader) leftOut(name string, o, p object) {
	why := map[string]string{
		"targetResourceTypes":                   "all records are in one place",
		"checkWorkspaceAlertsStorageConfigured": "alerts are kept in the data folder",
		"skipQueryValidation":                   "a query that does not compile is an error here",
	}
	if len(o.object("identity")) > 0 {
		r.note(name, "identity", "rules here need no permissions of their own")
	}
	for _, key := range p.keys() {
		for known, reason := range why {
			if b := p.truth(key); strings.EqualFold(key, known) && (b == nil || *b) && p.value(key) != nil {
				r.note(name, "properties."+known, "%s", reason)
			}
		}
	}
	if len(p.list("scopes")) > 1 {
		r.note(name, "properties.scopes", "%d scopes: all records are in one place", len(p.list("scopes")))
	}
	m, _ := p.object("criteria").list("allOf")[0].(map[string]any)
	if column := object(m).text("resourceIdColumn"); column != "" {
		r.note(name, "properties.criteria.allOf[0].resourceIdColumn", "the alert is not split by %s; make it a dimension for that", column)
	}
}
