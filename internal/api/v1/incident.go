package v1

import "time"

// Incident is what people work on: the alerts of one account and session.
type Incident struct {
	ID               string    `json:"id"`
	Severity         string    `json:"severity" enum:"Sev0,Sev1,Sev2,Sev3,Sev4" doc:"The worst of its alerts."`
	State            string    `json:"state" enum:"Fired,Acknowledged,Resolved,Closed,Expected" doc:"Expected: a declared drill explains it."`
	MonitorCondition string    `json:"monitorCondition" enum:"Fired,Resolved" doc:"Azure Monitor's word."`
	AlertState       string    `json:"alertState" enum:"New,Acknowledged,Closed" doc:"Azure Monitor's word."`
	Sentence         string    `json:"sentence" doc:"Of the alert with the highest proof."`
	Account          Account   `json:"account"`
	Outcome          Outcome   `json:"outcome" doc:"The highest proof."`
	OpenedAt         time.Time `json:"openedAt"`
	LastAt           time.Time `json:"lastAt" doc:"When its last alert fired."`
	ChangedAt        time.Time `json:"changedAt" doc:"When its state changed last."`
	By               string    `json:"by,omitempty" doc:"Who answered last."`
	Reason           string    `json:"reason,omitempty"`
	DrillID          string    `json:"drillId,omitempty"`
	AlertCount       int       `json:"alertCount"`
	Rules            []string  `json:"rules"`
	Addresses        []string  `json:"addresses,omitempty"`
	Apps             []string  `json:"apps,omitempty"`

	Alerts  []Alert      `json:"alerts,omitempty" doc:"In the answer about a single incident only."`
	History []Transition `json:"history,omitempty" doc:"In the answer about a single incident only."`
}

// IncidentList is a page of incidents, the one with the newest alert first.
type IncidentList struct {
	Incidents []Incident `json:"incidents"`
}

// Response is a person's answer to an incident.
type Response struct {
	Reason string `json:"reason,omitempty" maxLength:"4096" doc:"Needed for all but acknowledge."`
}

// Drill is an announced use of a guarded account.
type Drill struct {
	ID         string     `json:"id"`
	Account    string     `json:"account"`
	From       time.Time  `json:"from"`
	Until      time.Time  `json:"until"`
	By         string     `json:"by"`
	Reason     string     `json:"reason"`
	DeclaredAt time.Time  `json:"declaredAt"`
	EndedAt    *time.Time `json:"endedAt,omitempty"`
	EndedBy    string     `json:"endedBy,omitempty"`
}

// NewDrill declares a drill.
type NewDrill struct {
	Account string     `json:"account" minLength:"1" doc:"Object id or user principal name."`
	From    *time.Time `json:"from,omitempty" doc:"Now without it."`
	Until   time.Time  `json:"until" doc:"At most 24 hours after from."`
	Reason  string     `json:"reason" minLength:"1" maxLength:"4096"`
}

// DrillList is all drills that are not long over.
type DrillList struct {
	Drills []Drill `json:"drills"`
}
