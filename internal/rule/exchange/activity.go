package exchange

import (
	"fmt"
	"strings"

	"github.com/glasswatch/glasswatch/internal/alert"
	"github.com/glasswatch/glasswatch/internal/rule"
)

// activityColumns are the columns of AzureActivity that hold the fields of an activity log alert
// (learn.microsoft.com/azure/azure-monitor/alerts/alerts-create-activity-log-alert-rule), by names in lower case.
var activityColumns = map[string]string{
	"category":          "CategoryValue",
	"operationname":     "OperationNameValue",
	"level":             "Level",
	"status":            "ActivityStatusValue",
	"substatus":         "ActivitySubstatusValue",
	"caller":            "Caller",
	"resourcegroup":     "ResourceGroup",
	"resourcegroupname": "ResourceGroup",
	"resourceid":        "_ResourceId",
	"resourceprovider":  "ResourceProviderValue",
	"subscriptionid":    "SubscriptionId",
	"correlationid":     "CorrelationId",
}

// activityWords are the other spellings of a value in the table: exports of the log write Success for Succeeded.
var activityWords = map[string][]string{
	"succeeded": {"Success"}, "failed": {"Failure"}, "started": {"Start"}, "accepted": {"Accept"},
}

// activityAlert takes an activity log alert: a condition on records of AzureActivity, one alert for each.
func (r *reader) activityAlert(name string, o object) {
	p := o.object("properties")
	conditions := p.object("condition").list("allOf")
	if len(conditions) == 0 {
		r.note(name, "properties.condition.allOf", "the rule was not taken: it has no condition")
		return
	}
	lines := []string{"AzureActivity"}
	if scope := activityScope(p.list("scopes")); scope != "" {
		lines = append(lines, "| where "+scope)
	}
	for i, item := range conditions {
		where, err := activityCondition(item)
		if err != nil {
			r.note(name, fmt.Sprintf("properties.condition.allOf[%d]", i), "the rule was not taken: %v", err)
			return
		}
		lines = append(lines, "| where "+where)
	}
	x := rule.Rule{Name: name, DisplayName: p.text("displayName"), Description: p.text("description"), Enabled: off(p.truth("enabled")),
		Severity: alert.Sev4, Query: strings.Join(lines, "\n")}
	r.note(name, "severity", "activity log alerts have none: taken as Sev4, as in Azure's alerts")
	r.actions(&x, p.value("actions"))
	r.add(x)
}

// activityScope limits the records to subscriptions, groups or resources; "" for those that only a deployment knows.
func activityScope(scopes []any) string {
	var parts []string
	for _, s := range texts(scopes) {
		if strings.Contains(s, "{") {
			return ""
		}
		s = strings.Trim(s, "/")
		if _, id, ok := strings.Cut(strings.ToLower(s), "subscriptions/"); ok && !strings.Contains(id, "/") {
			parts = append(parts, "SubscriptionId =~ "+rule.Quote(id))
		} else {
			parts = append(parts, "_ResourceId startswith "+rule.Quote("/"+s))
		}
	}
	return strings.Join(parts, " or ")
}

// activityCondition writes a condition, or several of which one must hold, in KQL.
func activityCondition(item any) (string, error) {
	m, _ := item.(map[string]any)
	o := object(m)
	for key, word := range map[string]string{"anyOf": " or ", "allOf": " and "} {
		var parts []string
		for _, inner := range o.list(key) {
			part, err := activityCondition(inner)
			if err != nil {
				return "", err
			}
			parts = append(parts, part)
		}
		if parts != nil {
			return "(" + strings.Join(parts, word) + ")", nil
		}
	}
	values := texts(o.list("containsAny"))
	if eq := o.text("equals"); eq != "" {
		values = []string{eq}
	}
	if len(values) == 0 {
		return "", fmt.Errorf("the field %s has neither equals nor containsAny", o.text("field"))
	}
	return activityField(o.text("field"), values)
}

// activityField writes that a field has one of the values.
func activityField(field string, values []string) (string, error) {
	low := strings.ToLower(field)
	if column, ok := activityColumns[low]; ok {
		return column + " in~ (" + quoteAll(values) + ")", nil
	}
	if low == "resourcetype" {
		var parts []string
		for _, v := range values {
			parts = append(parts, "_ResourceId contains "+rule.Quote("/providers/"+v+"/"))
		}
		return "(" + strings.Join(parts, " or ") + ")", nil
	}
	property, ok := strings.CutPrefix(low, "properties.")
	if !ok {
		return "", fmt.Errorf("the field %s is not one of activity log alerts", field)
	}
	if strings.Contains(property, "[*]") { // an element of a list: its text is looked for in the whole
		return "Properties has_any (" + quoteAll(values) + ")", nil
	}
	path := ""
	for _, step := range strings.Split(field[len("properties."):], ".") {
		path += "[" + rule.Quote(step) + "]"
	}
	return "tostring(parse_json(Properties)" + path + ") in~ (" + quoteAll(values) + ")", nil
}

// quoteAll writes values as KQL texts, with the other spellings that the table has for them.
func quoteAll(values []string) string {
	var out []string
	for _, v := range values {
		out = append(out, rule.Quote(v))
		for _, other := range activityWords[strings.ToLower(v)] {
			out = append(out, rule.Quote(other))
		}
	}
	return strings.Join(out, ", ")
}
