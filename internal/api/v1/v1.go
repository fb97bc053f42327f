// Package v1 holds the wire types of API version 1: what the server writes and its client reads. Names and meanings stay
// as they are for as long as the path says v1; fields may be added. It imports nothing of Glasswatch.
package v1

import (
	"encoding/json"
	"time"
)

// Problem is every error answer (RFC 9457, application/problem+json).
type Problem struct {
	Title       string       `json:"title" doc:"The status in words."`
	Status      int          `json:"status" doc:"HTTP status."`
	Code        string       `json:"code" doc:"Stable code: invalid, not_found, conflict, denied, unavailable, too_large, internal."`
	Detail      string       `json:"detail" doc:"What is wrong."`
	Next        string       `json:"next,omitempty" doc:"What can be done now."`
	Diagnostics []Diagnostic `json:"diagnostics,omitempty" doc:"Where a query is wrong."`
}

// Diagnostic is an error, a warning or a note about a query.
type Diagnostic struct {
	Severity string `json:"severity" enum:"error,warning,note"`
	Code     string `json:"code,omitempty"`
	Message  string `json:"message"`
	Hint     string `json:"hint,omitempty" doc:"Nearest name, or what to write instead."`
	Line     int    `json:"line" doc:"From 1."`
	Column   int    `json:"column" doc:"From 1, in characters."`
	Start    int    `json:"start" doc:"Byte offset in the query."`
	End      int    `json:"end" doc:"Byte offset after the last byte."`
}

// IngestResult says what became of the records of one body. All that it counts is durable.
type IngestResult struct {
	Taken    int       `json:"taken" doc:"New records, and new revisions of known ones."`
	Repeated int       `json:"repeated" doc:"Records that were here before."`
	Refused  int       `json:"refused" doc:"Malformed or unknown records; they are kept in the table DeadLetter."`
	Refusals []Refusal `json:"refusals,omitempty" doc:"The first refused records."`
}

// Refusal is one record that was not taken.
type Refusal struct {
	Index  int    `json:"index" doc:"Position of the record in the body, from 0."`
	Reason string `json:"reason"`
}

// QueryRequest asks for the result of a query.
type QueryRequest struct {
	Query      string            `json:"query" minLength:"1" maxLength:"1000000" doc:"KQL. Without a table name it reads SigninLogs."`
	MaxRows    int64             `json:"maxRows,omitempty" minimum:"0" doc:"At most this many rows; 0 is the server's limit."`
	Seconds    int               `json:"seconds,omitempty" minimum:"0" doc:"At most this long; 0 is the server's limit."`
	Parameters map[string]string `json:"parameters,omitempty" doc:"Values of declare query_parameters, by name, in the spelling of their types."`
}

// Column is a column of a result or a table.
type Column struct {
	Name   string `json:"name"`
	Type   string `json:"type" doc:"KQL type: string, long, datetime, dynamic, ..."`
	Hidden bool   `json:"hidden,omitempty" doc:"Usable by name, not part of all columns."`
}

// QueryResult is the answer to a query. Rows stream: what the head holds comes before them, the rest after.
// datetime is ISO 8601 text, timespan d.hh:mm:ss text, decimal text, dynamic inline JSON, null null; a real that JSON
// cannot say is text ("NaN").
type QueryResult struct {
	QueryHead
	Rows      [][]json.RawMessage `json:"rows"`
	Truncated bool                `json:"truncated,omitempty" doc:"A limit cut the rows off."`
	More      []QueryPart         `json:"more,omitempty" doc:"The results after the first, of a query with several expressions, fork or facet."`
	Error     *Problem            `json:"error,omitempty" doc:"The query broke off after the first rows."`
}

// QueryHead is what is known of a result before its rows.
type QueryHead struct {
	Name    string       `json:"name,omitempty" doc:"What the query calls the result."`
	Results int          `json:"results,omitempty" doc:"How many results the query has, when more than one."`
	Columns []Column     `json:"columns"`
	Notes   []Diagnostic `json:"notes,omitempty"`
}

// QueryPart is a result after the first.
type QueryPart struct {
	Name      string              `json:"name,omitempty" doc:"What the query calls the result."`
	Columns   []Column            `json:"columns"`
	Rows      [][]json.RawMessage `json:"rows"`
	Truncated bool                `json:"truncated,omitempty" doc:"A limit cut the rows off."`
}

// Table is a table and its columns.
type Table struct {
	Name      string   `json:"name"`
	Own       bool     `json:"own,omitempty" doc:"A table of Glasswatch itself."`
	Retention string   `json:"retention" doc:"How long records are kept, such as 90d; 0s is forever."`
	Columns   []Column `json:"columns"`
}

// Rule is an alert rule that is loaded.
type Rule struct {
	Name         string   `json:"name"`
	Description  string   `json:"description,omitempty"`
	Severity     string   `json:"severity"`
	Enabled      bool     `json:"enabled"`
	Mode         string   `json:"mode"`
	Query        string   `json:"query"`
	ActionGroups []string `json:"actionGroups,omitempty" doc:"None: all groups."`
	File         string   `json:"file" doc:"Where the rule was read; shipped: comes with Glasswatch."`
}

// Account is a guarded account.
type Account struct {
	ObjectID          string `json:"objectId,omitempty"`
	UserPrincipalName string `json:"userPrincipalName,omitempty"`
	DisplayName       string `json:"displayName,omitempty"`
}

// Outcome says what a sign-in proved.
type Outcome struct {
	Code    string `json:"code,omitempty"`
	Class   string `json:"class,omitempty"`
	Proof   string `json:"proof,omitempty" doc:"Y: first factor accepted, L: likely, N: not shown, ?: ambiguous."`
	Meaning string `json:"meaning,omitempty"`
}

// Alert is one finding. Record, rows and query are in the answer about a single alert only.
type Alert struct {
	ID             string     `json:"id"`
	Rule           string     `json:"rule"`
	Description    string     `json:"description,omitempty"`
	Severity       string     `json:"severity" enum:"Sev0,Sev1,Sev2,Sev3,Sev4"`
	State          string     `json:"state" enum:"Fired,Acknowledged,Resolved,Closed"`
	Sentence       string     `json:"sentence"`
	Account        Account    `json:"account"`
	Outcome        Outcome    `json:"outcome"`
	Table          string     `json:"table,omitempty"`
	Revision       int        `json:"revision,omitempty"`
	CorrelationID  string     `json:"correlationId,omitempty"`
	SignedInAt     time.Time  `json:"signedInAt"`
	ReceivedAt     time.Time  `json:"receivedAt"`
	FiredAt        time.Time  `json:"firedAt"`
	DeliveredAt    *time.Time `json:"deliveredAt,omitempty"`
	AcknowledgedAt *time.Time `json:"acknowledgedAt,omitempty"`
	AcknowledgedBy string     `json:"acknowledgedBy,omitempty"`
	Comment        string     `json:"comment,omitempty"`

	Record        json.RawMessage   `json:"record,omitempty"`
	Rows          []json.RawMessage `json:"rows,omitempty"`
	Query         string            `json:"query,omitempty"`
	ActionGroups  []string          `json:"actionGroups,omitempty"`
	History       []Transition      `json:"history,omitempty"`
	Notifications []Notification    `json:"notifications,omitempty"`
}

// Transition is one step of an alert's life.
type Transition struct {
	At      time.Time `json:"at"`
	Event   string    `json:"event"`
	From    string    `json:"from,omitempty"`
	To      string    `json:"to,omitempty"`
	By      string    `json:"by,omitempty" doc:"Who did it; nothing: Glasswatch itself."`
	Comment string    `json:"comment,omitempty"`
}

// Notification is one message owed to one receiver, and what became of it.
type Notification struct {
	Group       string     `json:"group"`
	Receiver    string     `json:"receiver,omitempty"`
	Channel     string     `json:"channel"`
	Recipient   string     `json:"recipient,omitempty"`
	State       string     `json:"state" enum:"pending,delivered,failed,expired"`
	Attempts    int        `json:"attempts"`
	CreatedAt   time.Time  `json:"createdAt"`
	DeliveredAt *time.Time `json:"deliveredAt,omitempty"`
	LastError   string     `json:"lastError,omitempty"`
	Reference   string     `json:"reference,omitempty"`
}

// Acknowledge says that a person has seen an alert.
type Acknowledge struct {
	Comment string `json:"comment,omitempty" maxLength:"4096"`
}

// AlertList is a page of alerts, the newest first.
type AlertList struct {
	Alerts []Alert `json:"alerts"`
}

// RuleList is all loaded rules.
type RuleList struct {
	Rules []Rule `json:"rules"`
}

// TableList is all tables.
type TableList struct {
	Tables []Table `json:"tables"`
}

// TestResult is what became of a test message to one receiver.
type TestResult struct {
	Receiver  string `json:"receiver,omitempty"`
	Channel   string `json:"channel"`
	Recipient string `json:"recipient,omitempty"`
	Delivered bool   `json:"delivered"`
	Reference string `json:"reference,omitempty"`
	Error     string `json:"error,omitempty"`
	Millis    int64  `json:"millis"`
}

// TestResults is the answer to a test of an action group.
type TestResults struct {
	Results []TestResult `json:"results"`
}

// Info is what the server says of itself.
type Info struct {
	Version string `json:"version"`
	Token   string `json:"token" doc:"Name of the token that asked."`
}
