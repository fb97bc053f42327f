package exchange

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/glasswatch/glasswatch/internal/alert"
	"github.com/glasswatch/glasswatch/internal/rule"
)

func TestExpressions(t *testing.T) {
	r := &reader{}
	tpl := &template{r: r, loops: map[string]int{"rules": 2}, lastLoop: "rules",
		parameters: object{"env": "prod", "list": []any{"a", "B"}, "nothing": "", "deep": "[toUpper(parameters('env'))]", "loop": "[parameters('loop')]"},
		variables:  object{"o": map[string]any{"Key": "v", "n": []any{map[string]any{"x": "y"}}}, "copy": []any{map[string]any{"name": "made", "count": json.Number("2"), "input": "[copyIndex('made', 1)]"}}}}
	for text, want := range map[string]string{
		`[concat('a', 'it''s', 1)]`:                                                   `"ait's1"`,
		`[concat(parameters('list'), createArray('c'))]`:                              `["a","B","c"]`,
		`[format('{0}-{1}-{{0}}', parameters('env'), 2)]`:                             `"prod-2-{0}"`,
		`[PARAMETERS('Deep')]`:                                                        `"PROD"`,
		`[variables('o').key]`:                                                        `"v"`,
		`[variables('o').n[0].x]`:                                                     `"y"`,
		`[variables('o')['Key']]`:                                                     `"v"`,
		`[coalesce(variables('o').?absent, null(), 'x')]`:                             `"x"`,
		`[variables('made')]`:                                                         `[1,2]`,
		`[copyIndex()]`:                                                               `2`,
		`[copyIndex('rules', 1)]`:                                                     `3`,
		`[if(equals(parameters('env'), 'PROD'), 'p', reference('x'))]`:                `"p"`,
		`[if(empty(parameters('nothing')), createArray(), 1)]`:                        `[]`,
		`[and(true(), not(false()), or(false(), contains(parameters('list'), 'b')))]`: `true`,
		`[last(split('a/b/c', '/'))]`:                                                 `"c"`,
		`[take('abcdef', 3)]`:                                                         `"abc"`,
		`[skip(parameters('list'), 1)]`:                                               `["B"]`,
		`[substring('abcdef', 2, 2)]`:                                                 `"cd"`,
		`[length(parameters('list'))]`:                                                `2`,
		`[add(mul(2, 3), mod(7, 4))]`:                                                 `9`,
		`[greaterOrEquals(2, 2)]`:                                                     `true`,
		`[union(createObject('a', 1), createObject('b', '2')).b]`:                     `"2"`,
		`[json('{"a":[1,2]}').a[1]]`:                                                  `2`,
		`[string(createObject('a', 'b'))]`:                                            `"{\"a\":\"b\"}"`,
		`[replace(toLower('A-B'), '-', '')]`:                                          `"ab"`,
		`[join(range(1, 3), ',')]`:                                                    `"1,2,3"`,
		`[first(items(createObject('k', 'v'))).key]`:                                  `"k"`,
		`[base64ToString(base64('q'))]`:                                               `"q"`,
		`[resourceId('Microsoft.Insights/actionGroups', 'ag')]`:                       `"/subscriptions/{subscriptionId}/resourceGroups/{resourceGroup}/providers/Microsoft.Insights/actionGroups/ag"`,
		`[concat('x-', uniqueString(resourceGroup().id))]`:                            `"x-{uniqueString}"`,
		`[resourceGroup().location]`:                                                  `"{location}"`,
		`[reference('x').properties.id]`:                                              `"{reference.properties.id}"`,
		`[parameters('absent')]`:                                                      `"{absent}"`,
		`[[not an expression]`:                                                        `"[not an expression]"`,
		`[div(1, 0)]`:                                                                 `"{div(1, 0)}"`,
		`[parameters('loop')]`:                                                        `"{parameters('loop')}"`,
		`[map(parameters('list'), lambda('x', 1))]`:                                   `"{map(parameters('list'), lambda('x', 1))}"`,
		`['a']]`: `"{'a']}"`,
	} {
		got, err := json.Marshal(tpl.compute(text))
		if err != nil || strings.ReplaceAll(strings.ReplaceAll(string(got), `\u003e`, ">"), `\u0026`, "&") != want {
			t.Errorf("%s: %s, want %s (%v)", text, got, want, err)
		}
	}
}

// A template with loops, a condition, a gallery of Sentinel, a policy that deploys a rule, and what they inherit.
func TestTemplateForms(t *testing.T) {
	got, err := Read([]byte(`{
	"parameters": {"rules": {"type": "array", "defaultValue": [{"n": "one", "q": "SigninLogs"}, {"n": "two", "q": "AuditLogs"}]}, "optional": {"type": "bool", "defaultValue": false}},
	"variables": {"content": {"id": "gallery-rule"}},
	"resources": [
	 {"copy": {"name": "each", "count": "[length(parameters('rules'))]"}, "type": "Microsoft.Insights/scheduledQueryRules", "name": "[parameters('rules')[copyIndex()].n]",
	  "properties": {"severity": 1, "windowSize": "PT5M", "evaluationFrequency": "PT5M", "actions": {"actionGroups": "[parameters('groupId')]"}, "criteria": {
	   "copy": [{"name": "allOf", "count": 1, "input": {"query": "[parameters('rules')[copyIndex('each')].q]", "threshold": "[copyIndex('allOf')]", "operator": "GreaterThan", "timeAggregation": "Count"}}]}}},
	 {"condition": "[parameters('optional')]", "type": "Microsoft.Insights/scheduledQueryRules", "name": "off", "properties": {}},
	 {"type": "Microsoft.OperationalInsights/workspaces/providers/contentTemplates", "name": "x", "properties": {"mainTemplate": {"resources": [
	  {"type": "Microsoft.SecurityInsights/AlertRuleTemplates", "name": "[variables('content').id]", "kind": "NRT", "properties": {"severity": "Low", "enabled": false, "query": "AuditLogs"}}]}}},
	 {"type": "Microsoft.Authorization/policyDefinitions", "name": "p", "properties": {"parameters": {"severity": {"defaultValue": "2"}}, "policyRule": {"then": {"details": {"deployment": {"properties": {
	  "parameters": {"severity": {"value": "[[parameters('severity')]"}}, "template": {"parameters": {"severity": {"type": "string"}}, "resources": [
	   {"type": "Microsoft.Insights/scheduledQueryRules", "name": "of-policy", "properties": {"severity": "[[parameters('severity')]", "criteria": {"allOf": [{"query": "AzureActivity"}]}}}]}}}}}}}}
	]}`), "f")
	if err != nil {
		t.Fatal(err)
	}
	type short struct {
		name, query string
		severity    alert.Severity
		on          bool
		groups      []string
	}
	var rules []short
	for _, x := range got.Rules {
		rules = append(rules, short{x.Name, x.Query, x.Severity, x.On(), x.ActionGroups})
	}
	want := []short{{"one", "SigninLogs", alert.Sev1, true, []string{"{groupId}"}}, {"two", "AuditLogs", alert.Sev1, true, []string{"{groupId}"}},
		{"gallery-rule", "AuditLogs", alert.Sev3, true, nil}, {"of-policy", "AzureActivity", alert.Sev2, true, nil}}
	if !reflect.DeepEqual(rules, want) {
		t.Errorf("%v, want %v", rules, want)
	}
	var notes []string
	for _, n := range got.Notes {
		notes = append(notes, n.String())
	}
	for _, want := range []string{"off: condition: the rule was not taken", "parameters.groupId: it has no default value"} {
		if !strings.Contains(strings.Join(notes, "\n"), want) {
			t.Errorf("no note %q in %v", want, notes)
		}
	}
}

// A loop without end, and templates within each other, end.
func TestTemplateBounds(t *testing.T) {
	r := &reader{}
	tpl := &template{r: r, loops: map[string]int{}, variables: object{"a": "[concat(variables('a'), variables('a'))]", "v0": "text"}}
	tpl.compute("[variables('a')]")
	for i := range 60 { // 2^60 texts
		tpl.variables[fmt.Sprint("v", i+1)] = fmt.Sprintf("[concat(variables('v%d'), variables('v%[1]d'))]", i)
	}
	tpl.compute("[variables('v60')]")
	r.calls = 0
	n := 0
	tpl.each("l", "1000000000", func() { n++ })
	if n != maxCopies {
		t.Errorf("%d turns", n)
	}
}

func TestActivityLogAlert(t *testing.T) {
	read(t, `{"resources":[{"type":"microsoft.insights/activityLogAlerts","apiVersion":"2020-10-01","name":"workspace-deleted","location":"global","properties":{
		"description":"d","enabled":true,"scopes":["/subscriptions/1f2a3b4c-0000-0000-0000-000000000001"],
		"condition":{"allOf":[{"field":"category","equals":"Administrative"},{"field":"operationName","equals":"Microsoft.OperationalInsights/workspaces/delete"},
		 {"anyOf":[{"field":"status","containsAny":["Succeeded","Failed"]},{"field":"properties.cause","equals":"it's"}]},
		 {"field":"resourceType","equals":"Microsoft.OperationalInsights/workspaces"},{"field":"properties.impactedServices[*].ServiceName","containsAny":["Azure Monitor"]}]},
		"actions":{"actionGroups":[{"actionGroupId":"/subscriptions/s/resourceGroups/r/providers/Microsoft.Insights/actionGroups/ag","webhookProperties":{"k":"v"}}]}}},
		{"type":"Microsoft.Insights/activityLogAlerts","name":"odd","properties":{"condition":{"allOf":[{"field":"nope","equals":"x"}]}}}]}`,
		[]rule.Rule{{Name: "workspace-deleted", Description: "d", Severity: alert.Sev4, ActionGroups: []string{"ag"}, Properties: map[string]string{"k": "v"}, Query: `AzureActivity
| where SubscriptionId =~ "1f2a3b4c-0000-0000-0000-000000000001"
| where CategoryValue in~ ("Administrative")
| where OperationNameValue in~ ("Microsoft.OperationalInsights/workspaces/delete")
| where (ActivityStatusValue in~ ("Succeeded", "Success", "Failed", "Failure") or tostring(parse_json(Properties)["cause"]) in~ ("it's"))
| where (_ResourceId contains "/providers/Microsoft.OperationalInsights/workspaces/")
| where Properties has_any ("Azure Monitor")`}},
		"workspace-deleted: severity", "workspace-deleted: properties.actions.actionGroups", "odd: properties.condition.allOf[0]: the rule was not taken: the field nope")
}

func TestMetricMeasurement(t *testing.T) {
	text := func(kind string) string {
		return `{"name":"m","type":"Microsoft.Insights/scheduledQueryRules","properties":{"enabled":"true","source":{"query":"SigninLogs | summarize AggregatedValue = count() by bin(TimeGenerated, 5m), AppId"},
		"schedule":{"frequencyInMinutes":5,"timeWindowInMinutes":30},"action":{"severity":"3","trigger":{"thresholdOperator":"GreaterThan","threshold":10,
		"metricTrigger":{"thresholdOperator":"GreaterThan","threshold":2,"metricTriggerType":"` + kind + `","metricColumn":"AppId"}}}}}`
	}
	x := rule.Rule{Name: "m", Severity: alert.Sev3, Query: "SigninLogs | summarize AggregatedValue = count() by bin(TimeGenerated, 5m), AppId\n| where AggregatedValue > 10",
		Operator: rule.GreaterThan, Threshold: 2, EvaluationFrequency: span(5 * time.Minute), WindowSize: span(30 * time.Minute), AutoMitigate: truth(false),
		Dimensions: []rule.Dimension{{Name: "AppId"}}}
	read(t, text("Total"), []rule.Rule{x})
	x.Query = "SigninLogs | summarize AggregatedValue = count() by bin(TimeGenerated, 5m), AppId\n| sort by ['AppId'] asc, TimeGenerated asc\n" +
		"| extend Breaches = row_cumsum(toint(AggregatedValue > 10), not(AggregatedValue > 10) or ['AppId'] != prev(['AppId']))"
	x.TimeAggregation, x.MetricMeasureColumn = rule.Maximum, "Breaches"
	read(t, text("Consecutive"), []rule.Rule{x})
}
