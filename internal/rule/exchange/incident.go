package exchange

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/glasswatch/glasswatch/internal/fault"
	"github.com/glasswatch/glasswatch/internal/rule"
)

// incidents takes which alerts of a rule are one incident. Properties must hold the mapped columns already. What cannot be
// applied is named, and alerts of one account and session are one incident.
func (r *reader) incidents(x *rule.Rule, o object) {
	if len(o) == 0 {
		return
	}
	s := setter{r: &reader{}, name: x.Name}
	c := rule.IncidentConfiguration{CreateIncident: off(o.truth("createIncident"))}
	if g := o.object("groupingConfiguration"); len(g) > 0 {
		c.Grouping = &rule.GroupingConfiguration{Enabled: yes(g.truth("enabled")), ReopenClosedIncident: yes(g.truth("reopenClosedIncident")),
			GroupByEntities: texts(g.list("groupByEntities")), GroupByAlertDetails: texts(g.list("groupByAlertDetails")), GroupByCustomDetails: texts(g.list("groupByCustomDetails"))}
		s.text(&c.Grouping.LookbackDuration, "lookbackDuration", duration(g.text("lookbackDuration")))
		s.text(&c.Grouping.MatchingMethod, "matchingMethod", g.text("matchingMethod"))
	}
	const path, instead = "incidentConfiguration", "%s is not applied: %s; alerts of one account and session are one incident"
	for _, n := range s.r.out.Notes {
		r.note(x.Name, path, instead, n.Path, strings.TrimPrefix(n.Text, "the rule was not taken: "))
	}
	if s.failed {
		return
	}
	for _, p := range incidentProblems(*x, c) {
		r.note(x.Name, path, instead, "groupingConfiguration", p.Message)
		return
	}
	x.Incident = c
}

// incidentProblems are the problems that a rule has only with the configuration.
func incidentProblems(x rule.Rule, c rule.IncidentConfiguration) fault.Problems {
	x.Incident = rule.IncidentConfiguration{}
	var before, after fault.Problems
	_ = errors.As(x.Validate(), &before) // nil has none
	x.Incident = c
	_ = errors.As(x.Validate(), &after)
	return slices.DeleteFunc(after, func(p fault.Problem) bool {
		return slices.ContainsFunc(before, func(b fault.Problem) bool { return b.Message == p.Message })
	})
}

func yes(truth *bool) bool { return truth != nil && *truth }

// sentinelIncident writes the entities, details and grouping of a rule in the form of Sentinel's repository.
func sentinelIncident(x rule.Rule) (out yaml.MapSlice) {
	if entities := entityMappings(x.Properties); len(entities) > 0 {
		out = append(out, yaml.MapItem{Key: "entityMappings", Value: entities})
	}
	var details yaml.MapSlice
	for _, key := range slices.Sorted(maps.Keys(x.Properties)) {
		if name, ok := strings.CutPrefix(key, "detail."); ok {
			details = append(details, yaml.MapItem{Key: name, Value: x.Properties[key]})
		}
	}
	if details != nil {
		out = append(out, yaml.MapItem{Key: "customDetails", Value: details})
	}
	c, g := x.Incident, x.Incident.Grouping
	if c == (rule.IncidentConfiguration{}) {
		return out
	}
	incident := yaml.MapSlice{{Key: "createIncident", Value: c.CreateIncident == nil || *c.CreateIncident}}
	if g != nil {
		back, method := g.LookbackDuration, g.MatchingMethod
		if back == 0 {
			back = rule.DefaultLookback
		}
		if method == "" {
			method = rule.AllEntities
		}
		incident = append(incident, yaml.MapItem{Key: "groupingConfiguration", Value: yaml.MapSlice{
			{Key: "enabled", Value: g.Enabled}, {Key: "reopenClosedIncident", Value: g.ReopenClosedIncident}, {Key: "lookbackDuration", Value: short(back)},
			{Key: "matchingMethod", Value: string(method)}, {Key: "groupByEntities", Value: orNone(g.GroupByEntities)},
			{Key: "groupByAlertDetails", Value: orNone(g.GroupByAlertDetails)}, {Key: "groupByCustomDetails", Value: orNone(g.GroupByCustomDetails)},
		}})
	}
	return append(out, yaml.MapItem{Key: "incidentConfiguration", Value: incident})
}

// entityMappings reads properties such as entity.Account: FullName=UserPrincipalName, AadUserId=UserId.
func entityMappings(properties map[string]string) (list []yaml.MapSlice) {
	for _, key := range slices.Sorted(maps.Keys(properties)) {
		entity, ok := strings.CutPrefix(key, "entity.")
		if !ok {
			continue
		}
		var fields []yaml.MapSlice
		for field := range strings.SplitSeq(properties[key], ", ") {
			identifier, column, _ := strings.Cut(field, "=")
			fields = append(fields, yaml.MapSlice{{Key: "identifier", Value: identifier}, {Key: "columnName", Value: column}})
		}
		list = append(list, yaml.MapSlice{{Key: "entityType", Value: entity}, {Key: "fieldMappings", Value: fields}})
	}
	return list
}

func orNone(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}
