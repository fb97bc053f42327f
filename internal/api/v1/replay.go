package v1

import "time"

// ReplayRequest asks what a rule would have fired.
type ReplayRequest struct {
	Rule  string `json:"rule,omitempty" doc:"Name of a loaded rule; or give its text."`
	Text  string `json:"text,omitempty" maxLength:"1000000" doc:"A rule file."`
	Hours int    `json:"hours" minimum:"1" maximum:"9600" doc:"How far back."`
}

// Replay is what a rule would have fired in a stretch of time.
type Replay struct {
	Rule    string        `json:"rule"`
	Mode    string        `json:"mode"`
	From    time.Time     `json:"from"`
	To      time.Time     `json:"to"`
	Total   int64         `json:"total"`
	Counts  []ReplayCount `json:"counts" doc:"Those parts of the time in which something fired."`
	Samples []ReplayAlert `json:"samples" doc:"The first of what fired."`
}

// ReplayCount is how often the rule would have fired in a part of the time.
type ReplayCount struct {
	At     time.Time `json:"at" doc:"Beginning of the part: an hour, or from three days on a day."`
	Alerts int64     `json:"alerts"`
}

// ReplayAlert is one alert that would have been told.
type ReplayAlert struct {
	At       time.Time `json:"at"`
	Severity string    `json:"severity"`
	Sentence string    `json:"sentence"`
}
