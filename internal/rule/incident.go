package rule

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/glasswatch/glasswatch/internal/alert"
)

// IncidentConfiguration says which incident the alerts of a rule join, with the names of Sentinel's rules
// (learn.microsoft.com/azure/templates/microsoft.securityinsights/alertrules). Without it alerts of one account and session are
// one incident.
type IncidentConfiguration struct {
	CreateIncident *bool                  `yaml:"createIncident" json:"createIncident,omitempty" doc:"false: alerts are told, and join no incident."`
	Grouping       *GroupingConfiguration `yaml:"groupingConfiguration" json:"groupingConfiguration,omitempty" doc:"Which alerts of the rule are one incident; without it those of one account and session."`
}

// GroupingConfiguration says which alerts of a rule are one incident.
type GroupingConfiguration struct {
	Enabled              bool           `yaml:"enabled" json:"enabled,omitempty" doc:"false: every alert is an incident of its own."`
	LookbackDuration     Span           `yaml:"lookbackDuration" json:"lookbackDuration,omitempty" doc:"How far apart the alerts may be, 5m to 7d; 5h without it."`
	MatchingMethod       MatchingMethod `yaml:"matchingMethod" json:"matchingMethod,omitempty" enum:"AllEntities,AnyAlert,Selected" doc:"AllEntities, the default: the same values of all entities. AnyAlert: any alerts of the rule. Selected: the same values of what groupBy names."`
	GroupByEntities      []string       `yaml:"groupByEntities" json:"groupByEntities,omitempty" doc:"With Selected: entity types; their columns stand in customProperties, as entity.Account: AadUserId=UserId."`
	GroupByAlertDetails  []string       `yaml:"groupByAlertDetails" json:"groupByAlertDetails,omitempty" doc:"With Selected: DisplayName, Severity."`
	GroupByCustomDetails []string       `yaml:"groupByCustomDetails" json:"groupByCustomDetails,omitempty" doc:"With Selected: names of customProperties that hold a column, as detail.App: AppDisplayName."`
	ReopenClosedIncident bool           `yaml:"reopenClosedIncident" json:"reopenClosedIncident,omitempty" doc:"true: an alert opens its incident again when that is over. false: it opens another one."`
}

// MatchingMethod says what alerts of one incident share.
type MatchingMethod string

// The matching methods.
const (
	AllEntities MatchingMethod = "AllEntities"
	AnyAlert    MatchingMethod = "AnyAlert"
	Selected    MatchingMethod = "Selected"
)

// UnmarshalText reads a matching method, in any case.
func (m *MatchingMethod) UnmarshalText(b []byte) error {
	return word(m, "matchingMethod", b, AllEntities, AnyAlert, Selected)
}

// DefaultLookback is how far apart the alerts of one incident may be where the rule does not say it, as in Sentinel.
const DefaultLookback = Span(5 * time.Hour)

const (
	minLookback    = 5 * time.Minute
	maxLookback    = 7 * 24 * time.Hour
	entityProperty = "entity." // begins the properties that map an entity type to columns: Identifier=Column, ...
	detailProperty = "detail." // begins the properties that name a column
)

func (r Rule) validateIncident(report report) {
	const path = "incidentConfiguration.groupingConfiguration."
	g := r.Incident.Grouping
	if g == nil || !g.Enabled {
		return
	}
	if back := time.Duration(g.LookbackDuration); back != 0 && (back < minLookback || back > maxLookback) {
		report(path+"lookbackDuration", "", "lookbackDuration %s: want 5m to 7d", g.LookbackDuration)
	}
	if g.MatchingMethod != Selected {
		return
	}
	if len(g.GroupByEntities)+len(g.GroupByAlertDetails)+len(g.GroupByCustomDetails) == 0 {
		report(path+"matchingMethod", "add groupByEntities, groupByAlertDetails or groupByCustomDetails", "Selected selects nothing")
	}
	for i, name := range g.GroupByEntities {
		if r.Properties[entityProperty+name] == "" {
			report(fmt.Sprintf("%sgroupByEntities[%d]", path, i), "add customProperties: "+entityProperty+name+": Identifier=Column", "no column is mapped to the entity %s", name)
		}
	}
	for i, name := range g.GroupByAlertDetails {
		if !slices.Contains([]string{"DisplayName", "Severity"}, name) {
			report(fmt.Sprintf("%sgroupByAlertDetails[%d]", path, i), "", "alert detail %q: want DisplayName or Severity", name)
		}
	}
	for i, name := range g.GroupByCustomDetails {
		if r.Properties[detailProperty+name] == "" {
			report(fmt.Sprintf("%sgroupByCustomDetails[%d]", path, i), "add customProperties: "+detailProperty+name+": Column", "no column is mapped to the custom detail %s", name)
		}
	}
}

// grouping says which incident an alert of the rule joins; nil: that of its account and session.
func (r *Rule) grouping(a *alert.Alert) *alert.Grouping {
	c := r.Incident
	switch {
	case c.CreateIncident != nil && !*c.CreateIncident:
		return &alert.Grouping{Never: true}
	case c.Grouping == nil:
		return nil
	case !c.Grouping.Enabled:
		return &alert.Grouping{}
	}
	within := c.Grouping.LookbackDuration
	if within == 0 {
		within = DefaultLookback
	}
	text, _ := json.Marshal(r.shared(a)) // texts only
	sum := sha256.Sum256(text)
	return &alert.Grouping{Key: r.Name + "/" + hex.EncodeToString(sum[:12]), Within: time.Duration(within), Reopen: c.Grouping.ReopenClosedIncident}
}

// shared is what alerts of one incident have in common.
func (r *Rule) shared(a *alert.Alert) []string {
	g := r.Incident.Grouping
	var columns []string
	for _, name := range slices.Sorted(maps.Keys(r.Properties)) {
		entity, isEntity := strings.CutPrefix(name, entityProperty)
		detail, isDetail := strings.CutPrefix(name, detailProperty)
		if isEntity && (g.MatchingMethod == "" || g.MatchingMethod == AllEntities || g.MatchingMethod == Selected && slices.Contains(g.GroupByEntities, entity)) {
			columns = append(columns, mapped(r.Properties[name])...)
		}
		if isDetail && g.MatchingMethod == Selected && slices.Contains(g.GroupByCustomDetails, detail) {
			columns = append(columns, r.Properties[name])
		}
	}
	var out []string
	if g.MatchingMethod == Selected && slices.Contains(g.GroupByAlertDetails, "Severity") {
		out = append(out, a.Severity.String())
	}
	if g.MatchingMethod == Selected && slices.Contains(g.GroupByAlertDetails, "DisplayName") && r.TitleColumn != "" {
		out = append(out, a.Sentence)
	}
	for _, column := range columns {
		out = append(out, column+"="+strings.Join(valuesOf(a.Rows, column), "\n"))
	}
	return out
}

// mapped returns the columns of "FullName=UserPrincipalName, AadUserId=UserId".
func mapped(fields string) (columns []string) {
	for field := range strings.SplitSeq(fields, ",") {
		if _, column, ok := strings.Cut(field, "="); ok {
			columns = append(columns, strings.TrimSpace(column))
		}
	}
	return columns
}

// valuesOf returns the different values that the rows have in a column, in lower case and sorted.
func valuesOf(rows []json.RawMessage, column string) []string {
	var values []string
	for _, row := range rows {
		var cells map[string]json.RawMessage
		_ = json.Unmarshal(row, &cells) // a row that is no object has no columns
		values = append(values, strings.ToLower(string(cells[column])))
	}
	slices.Sort(values)
	return slices.Compact(values)
}

// explain says which alerts are one incident.
func (c IncidentConfiguration) explain() string {
	g := c.Grouping
	switch {
	case c.CreateIncident != nil && !*c.CreateIncident:
		return "none: createIncident is false"
	case g == nil:
		return "alerts of one account and session are one"
	case !g.Enabled:
		return "every alert is one of its own"
	}
	back := g.LookbackDuration
	if back == 0 {
		back = DefaultLookback
	}
	what := "the same values of all entities"
	switch g.MatchingMethod {
	case AnyAlert:
		what = "any values"
	case Selected:
		what = "the same " + strings.Join(slices.Concat(g.GroupByEntities, g.GroupByAlertDetails, g.GroupByCustomDetails), ", ")
	}
	over := "one that is over stays so, and the next alert opens another"
	if g.ReopenClosedIncident {
		over = "one that is over is opened again"
	}
	return fmt.Sprintf("alerts of the rule with %s, within %s of one another, are one; %s", what, back, over)
}
