package exchange

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/glasswatch/glasswatch/internal/rule"
)

// YAML writes a rule as a file of ours; what has its default is left out.
func YAML(x rule.Rule) ([]byte, error) {
	var out yaml.MapSlice
	v := reflect.ValueOf(x)
	for i, field := range reflect.VisibleFields(v.Type()) {
		key := field.Tag.Get("yaml")
		if f := v.Field(i); key != "-" && (key == "severity" || !f.IsZero()) {
			out = append(out, yaml.MapItem{Key: key, Value: plain(f)})
		}
	}
	return yaml.MarshalWithOptions(out, yaml.UseLiteralStyleIfMultiline(true), yaml.IndentSequence(true))
}

// plain is a field without the parts of it that have their defaults.
func plain(f reflect.Value) any {
	switch {
	case f.Kind() == reflect.Pointer && f.Type().Elem().Kind() == reflect.Struct:
		return plain(f.Elem())
	case f.Kind() == reflect.Pointer:
		return f.Elem().Interface()
	case f.Kind() == reflect.String: // trailing spaces would keep the query from being a block of text
		lines := strings.Split(strings.TrimRight(f.String(), " \t\r\n"), "\n")
		for i := range lines {
			lines[i] = strings.ReplaceAll(strings.TrimRight(lines[i], " \t\r"), "\t", "  ")
		}
		return strings.Join(lines, "\n")
	case f.Kind() == reflect.Slice && f.Type().Elem().Kind() == reflect.Struct:
		var list []any
		for i := range f.Len() {
			list = append(list, plain(f.Index(i)))
		}
		return list
	case f.Kind() != reflect.Struct:
		return f.Interface()
	}
	var out yaml.MapSlice
	for i := range f.NumField() {
		if part := f.Field(i); !part.IsZero() {
			out = append(out, yaml.MapItem{Key: f.Type().Field(i).Tag.Get("yaml"), Value: plain(part)})
		}
	}
	return out
}

// ARM writes rules as a deployment template of scheduledQueryRules. prelude holds the definitions that the queries may
// use; those that a query needs go before it. Scope and location are parameters.
func ARM(rules []rule.Rule, prelude string) ([]byte, []Note, error) {
	var notes []Note
	var list []any
	for _, x := range rules {
		list = append(list, armResource(x.WithDefaults(), prelude, func(path, format string, args ...any) {
			notes = append(notes, Note{Rule: x.Name, Path: path, Text: fmt.Sprintf(format, args...)})
		}))
	}
	doc := map[string]any{
		"$schema":        "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
		"contentVersion": "1.0.0.0",
		"parameters": map[string]any{
			"location":          map[string]any{"type": "string", "defaultValue": "[resourceGroup().location]"},
			"workspaceId":       map[string]any{"type": "string", "metadata": map[string]any{"description": "Resource id of the Log Analytics workspace"}},
			"actionGroupPrefix": map[string]any{"type": "string", "defaultValue": "[concat(resourceGroup().id, '/providers/Microsoft.Insights/actionGroups/')]"},
		},
		"resources": list,
	}
	text, err := json.MarshalIndent(doc, "", "  ")
	return append(text, '\n'), notes, err
}

func armResource(x rule.Rule, prelude string, note func(path, format string, args ...any)) map[string]any {
	if x.Mode == rule.Stream || x.Mode == rule.NRT {
		note("mode", "Azure Monitor has no rule that is judged on arrival: written as one that is evaluated every %s", x.EvaluationFrequency)
	}
	if x.EvaluationFrequency < rule.Span(time.Minute) {
		note("evaluationFrequency", "written as PT1M, the shortest in Azure")
		x.EvaluationFrequency = rule.Span(time.Minute)
	}
	if x.Operator == rule.NotEquals {
		note("operator", "Azure Monitor has no NotEquals: written as GreaterThan %v; write the comparison into the query where less counts too", x.Threshold)
		x.Operator = rule.GreaterThan
	}
	for key, column := range map[string]string{"severityColumn": x.SeverityColumn, "titleColumn": x.TitleColumn} {
		if column != "" {
			note(key, "Azure Monitor takes no %s from the result", strings.TrimSuffix(key, "Column"))
		}
	}
	if x.Incident != (rule.IncidentConfiguration{}) {
		note("incidentConfiguration", "Azure Monitor has no incidents")
	}
	condition := map[string]any{
		"query": Uses(x.Query, prelude) + x.Query, "timeAggregation": x.TimeAggregation, "operator": x.Operator, "threshold": x.Threshold,
		"failingPeriods": map[string]any{"numberOfEvaluationPeriods": x.FailingPeriods.Number, "minFailingPeriodsToAlert": x.FailingPeriods.Min},
	}
	if x.MetricMeasureColumn != "" {
		condition["metricMeasureColumn"] = x.MetricMeasureColumn
	}
	var dimensions []any
	for _, d := range x.Dimensions {
		values, operator := d.Values, d.Operator
		if d.All() {
			values, operator = []string{"*"}, rule.Include
		}
		dimensions = append(dimensions, map[string]any{"name": d.Name, "operator": operator, "values": values})
	}
	if dimensions != nil {
		condition["dimensions"] = dimensions
	}
	properties := map[string]any{
		"displayName": first(x.DisplayName, x.Name), "description": x.Description, "severity": int(x.Severity), "enabled": x.On(),
		"scopes": []string{"[parameters('workspaceId')]"}, "evaluationFrequency": iso(x.EvaluationFrequency), "windowSize": iso(x.WindowSize),
		"criteria": map[string]any{"allOf": []any{condition}}, "autoMitigate": x.Mode != rule.Stream && x.Stateful(),
		"actions": map[string]any{"actionGroups": groupIDs(x.ActionGroups), "customProperties": orEmpty(x.Properties)},
	}
	if x.QueryTimeRange > x.WindowSize {
		properties["overrideQueryTimeRange"] = iso(x.QueryTimeRange)
	}
	if x.MuteActionsDuration != 0 {
		properties["muteActionsDuration"] = iso(x.MuteActionsDuration)
	}
	return map[string]any{"type": "Microsoft.Insights/scheduledQueryRules", "apiVersion": "2023-12-01", "name": x.Name,
		"location": "[parameters('location')]", "kind": "LogAlert", "properties": properties}
}

func orEmpty(m map[string]string) map[string]string {
	if m == nil {
		return map[string]string{}
	}
	return m
}

func groupIDs(names []string) []string {
	ids := []string{}
	for _, name := range names {
		ids = append(ids, "[concat(parameters('actionGroupPrefix'), '"+strings.ReplaceAll(name, "'", "''")+"')]")
	}
	return ids
}

// iso writes a span as Azure does: PT5M, PT1H, P1D.
func iso(s rule.Span) string {
	d := time.Duration(s)
	var b strings.Builder
	b.WriteByte('P')
	if days := d / (24 * time.Hour); days > 0 {
		fmt.Fprintf(&b, "%dD", days)
		d -= days * 24 * time.Hour
	}
	if d == 0 {
		return b.String()
	}
	b.WriteByte('T')
	for _, unit := range []struct {
		size   time.Duration
		letter byte
	}{{time.Hour, 'H'}, {time.Minute, 'M'}, {time.Second, 'S'}} {
		if n := d / unit.size; n > 0 {
			fmt.Fprintf(&b, "%d%c", n, unit.letter)
			d -= n * unit.size
		}
	}
	return b.String()
}

var letAt = regexp.MustCompile(`(?m)^let (\w+) =`)

// Uses returns the definitions of the prelude that a query uses, with those that these use, in their order.
func Uses(query, prelude string) string {
	starts := letAt.FindAllStringSubmatchIndex(prelude, -1)
	names, texts := make([]string, len(starts)), make([]string, len(starts))
	for i, at := range starts {
		end := len(prelude)
		if i+1 < len(starts) {
			end = starts[i+1][0]
		}
		names[i], texts[i] = prelude[at[2]:at[3]], prelude[at[0]:end]
	}
	out := ""
	for i := len(names) - 1; i >= 0; i-- { // a definition uses earlier ones only
		if regexp.MustCompile(`\b` + names[i] + `\b`).MatchString(query + out) {
			out = texts[i] + out
		}
	}
	return out
}
