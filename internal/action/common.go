package action

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/glasswatch/glasswatch/internal/alert"
)

// The structs below are Azure Monitor's common alert schema for Log Alerts V2, field by field in Microsoft's order and with its odd
// types: threshold and targetResourceTypes are strings, metricValue is a real (learn.microsoft.com/azure/azure-monitor/alerts,
// alerts-common-schema). Rows are never embedded.
type commonAlert struct {
	SchemaID string     `json:"schemaId"`
	Data     commonData `json:"data"`
}

type commonData struct {
	Essentials       essentials        `json:"essentials"`
	AlertContext     alertContext      `json:"alertContext"`
	CustomProperties map[string]string `json:"customProperties"`
}

type essentials struct {
	AlertID             string   `json:"alertId"`
	AlertRule           string   `json:"alertRule"`
	AlertRuleID         string   `json:"alertRuleID"`
	TargetResourceType  string   `json:"targetResourceType"`
	TargetResourceGroup string   `json:"targetResourceGroup"`
	Severity            string   `json:"severity"`
	SignalType          string   `json:"signalType"`
	MonitorCondition    string   `json:"monitorCondition"`
	MonitoringService   string   `json:"monitoringService"`
	AlertTargetIDs      []string `json:"alertTargetIDs"`
	ConfigurationItems  []string `json:"configurationItems"`
	OriginAlertID       string   `json:"originAlertId"`
	FiredDateTime       string   `json:"firedDateTime"`
	ResolvedDateTime    string   `json:"resolvedDateTime,omitempty"`
	Description         string   `json:"description"`
	EssentialsVersion   string   `json:"essentialsVersion"`
	AlertContextVersion string   `json:"alertContextVersion"`
}

type alertContext struct {
	Properties    map[string]string `json:"properties"`
	ConditionType string            `json:"conditionType"`
	Condition     condition         `json:"condition"`
}

type condition struct {
	WindowSize      string      `json:"windowSize"`
	AllOf           []criterion `json:"allOf"`
	WindowStartTime string      `json:"windowStartTime"`
	WindowEndTime   string      `json:"windowEndTime"`
}

type criterion struct {
	SearchQuery             string         `json:"searchQuery"`
	MetricMeasureColumn     *string        `json:"metricMeasureColumn"`
	TargetResourceTypes     string         `json:"targetResourceTypes"`
	Operator                string         `json:"operator"`
	Threshold               string         `json:"threshold"`
	TimeAggregation         string         `json:"timeAggregation"`
	Dimensions              []dimension    `json:"dimensions"`
	MetricValue             json.Number    `json:"metricValue"`
	FailingPeriods          failingPeriods `json:"failingPeriods"`
	LinkToSearchResultsUI   string         `json:"linkToSearchResultsUI"`
	LinkToFilteredResultsUI string         `json:"linkToFilteredSearchResultsUI"`
	LinkToSearchResultsAPI  string         `json:"linkToSearchResultsAPI"`
	LinkToFilteredAPI       string         `json:"linkToFilteredSearchResultsAPI"`
}

type dimension struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type failingPeriods struct {
	NumberOfEvaluationPeriods int `json:"numberOfEvaluationPeriods"`
	MinFailingPeriodsToAlert  int `json:"minFailingPeriodsToAlert"`
}

// noTenant stands where Azure has a subscription and Glasswatch knows no tenant.
const noTenant = "00000000-0000-0000-0000-000000000000"

// common writes an alert in the common alert schema. The subscription in the ids is the tenant's id, the resource group is
// "glasswatch", and the window is the whole minutes from the sign-in to the receipt of its record.
func (r *renderer) common(a *alert.Alert) []byte {
	const group = "glasswatch"
	scope := "/subscriptions/" + first(r.tenantID, noTenant)
	start, end := window(a)
	search := r.baseURL + "/search?alert=" + url.QueryEscape(a.ID)
	api := fmt.Sprintf("%s/v1/workspaces/%s/query?query=%s&timespan=%s%%2f%s", r.baseURL, first(r.tenantID, noTenant),
		url.QueryEscape(a.Query), start.Format(time.RFC3339), end.Format(time.RFC3339))
	properties := a.Properties
	if properties == nil {
		properties = map[string]string{}
	}
	c := commonAlert{SchemaID: "azureMonitorCommonAlertSchema", Data: commonData{
		Essentials: essentials{
			AlertID:            scope + "/providers/Microsoft.AlertsManagement/alerts/" + a.ID,
			AlertRule:          a.Rule,
			AlertRuleID:        scope + "/resourceGroups/" + group + "/providers/microsoft.insights/scheduledqueryrules/" + a.Rule,
			TargetResourceType: "microsoft.operationalinsights/workspaces", TargetResourceGroup: group,
			Severity: a.Severity.String(), SignalType: "Log", MonitorCondition: "Fired", MonitoringService: "Log Alerts V2",
			AlertTargetIDs:     []string{scope + "/resourcegroups/" + group + "/providers/microsoft.operationalinsights/workspaces/" + group},
			ConfigurationItems: []string{group}, OriginAlertID: a.ID, FiredDateTime: ticks(a.FiredAt), Description: a.Description,
			EssentialsVersion: "1.0", AlertContextVersion: "1.0",
		},
		AlertContext: alertContext{Properties: properties, ConditionType: "LogQueryCriteria", Condition: condition{
			WindowSize: isoMinutes(end.Sub(start)),
			AllOf: []criterion{{
				SearchQuery: a.Query, TargetResourceTypes: "['Microsoft.OperationalInsights/workspaces']",
				Operator: "GreaterThan", Threshold: "0", TimeAggregation: "Count", Dimensions: dimensions(a),
				MetricValue: json.Number(fmt.Sprintf("%d.0", max(1, len(a.Rows)))), FailingPeriods: failingPeriods{1, 1},
				LinkToSearchResultsUI: search, LinkToFilteredResultsUI: search + "&filtered=true",
				LinkToSearchResultsAPI: api, LinkToFilteredAPI: api,
			}},
			WindowStartTime: start.Format(time.RFC3339), WindowEndTime: end.Format(time.RFC3339),
		}},
		CustomProperties: properties,
	}}
	if a.State == alert.Resolved || a.State == alert.Closed {
		c.Data.Essentials.MonitorCondition = "Resolved"
	}
	if a.ResolvedAt != nil {
		c.Data.Essentials.ResolvedDateTime = ticks(*a.ResolvedAt)
	}
	c.Data.AlertContext.Condition.windowed(a)
	return encode(c)
}

// windowed puts in what a scheduled rule measured.
func (c *condition) windowed(a *alert.Alert) {
	w := a.Window
	if w == nil {
		return
	}
	c.WindowSize, c.WindowStartTime, c.WindowEndTime = isoMinutes(w.End.Sub(w.Start)), w.Start.Format(time.RFC3339), w.End.Format(time.RFC3339)
	one := &c.AllOf[0]
	one.Operator, one.TimeAggregation = w.Operator, w.Aggregation
	one.Threshold, one.MetricValue = strconv.FormatFloat(w.Threshold, 'f', -1, 64), json.Number(decimal(w.Measure))
	one.FailingPeriods = failingPeriods{max(1, w.Periods), max(1, w.Failing)}
	if w.Column != "" {
		one.MetricMeasureColumn = &w.Column
	}
	one.Dimensions = []dimension{}
	for _, d := range w.Dimensions {
		one.Dimensions = append(one.Dimensions, dimension(d))
	}
}

// decimal writes a number with a decimal point, as Azure does.
func decimal(f float64) string {
	text := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(text, ".") {
		text += ".0"
	}
	return text
}

func dimensions(a *alert.Alert) []dimension {
	list := []dimension{}
	for _, d := range []dimension{{"UserPrincipalName", a.Account.UserPrincipalName}, {"UserId", a.Account.ObjectID}} {
		if d.Value != "" {
			list = append(list, d)
		}
	}
	return list
}

// window is whole minutes around sign-in and receipt.
func window(a *alert.Alert) (start, end time.Time) {
	start, end = a.SignedInAt, a.ReceivedAt
	if start.IsZero() {
		start = a.FiredAt
	}
	if end.Before(start) {
		end = start
	}
	start = start.UTC().Truncate(time.Minute)
	return start, end.UTC().Truncate(time.Minute).Add(time.Minute)
}

func isoMinutes(d time.Duration) string {
	minutes := int(d / time.Minute)
	if h := minutes / 60; h > 0 && minutes%60 == 0 {
		return fmt.Sprintf("PT%dH", h)
	} else if h > 0 {
		return fmt.Sprintf("PT%dH%dM", h, minutes%60)
	}
	return fmt.Sprintf("PT%dM", minutes)
}

// ticks writes an instant with seven digits, as Azure does.
func ticks(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.0000000Z") }

// encode is JSON as Azure writes it: <, > and & stay as they are.
func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic("action: BUG: " + err.Error()) // only strings, numbers and valid raw JSON go in
	}
	return bytes.TrimRight(b.Bytes(), "\n")
}

// FullSchema names the form of Message.Full.
const FullSchema = "glasswatch.alert/v1"

// fullAlert is the superset: the whole alert with record and rows, the notification, and links.
type fullAlert struct {
	Schema         string       `json:"schema"`
	NotificationID string       `json:"notificationId"`
	ActionGroup    string       `json:"actionGroup"`
	Receiver       string       `json:"receiver"`
	Test           bool         `json:"test"`
	Update         bool         `json:"update"`
	Links          links        `json:"links"`
	Alert          *alert.Alert `json:"alert"`
}

type links struct {
	Alert string `json:"alert,omitempty"`
	API   string `json:"api,omitempty"`
}

func (r *renderer) full(a *alert.Alert, n Notification) []byte {
	f := fullAlert{Schema: FullSchema, NotificationID: n.ID, ActionGroup: n.Group, Receiver: n.Receiver,
		Test: a.Rule == TestRule, Update: a.Revision > 0 && a.ResolvedAt == nil, Alert: a}
	if r.baseURL != "" {
		f.Links = links{Alert: alertLink(r.baseURL, a.ID), API: r.baseURL + "/api/v1/alerts/" + a.ID}
	}
	if !json.Valid(a.Record) { // an alert without a record
		whole := *a
		whole.Record = json.RawMessage("null")
		f.Alert = &whole
	}
	return encode(f)
}
