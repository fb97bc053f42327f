package alert

import (
	"encoding/json"
	"strings"
	"time"
)

// Window is what an alert of a scheduled rule is about: a window of time, one combination of dimensions, and the measure
// that met the condition.
type Window struct {
	Start       time.Time     `json:"start"`
	End         time.Time     `json:"end"` // not in it
	Dimensions  []Dimension   `json:"dimensions,omitempty"`
	Measure     float64       `json:"measure"`
	Aggregation string        `json:"timeAggregation"`
	Column      string        `json:"metricMeasureColumn,omitempty"`
	Operator    string        `json:"operator"`
	Threshold   float64       `json:"threshold"`
	Failing     int           `json:"failingPeriods"` // of Periods windows
	Periods     int           `json:"evaluationPeriods"`
	Mute        time.Duration `json:"mute,omitempty"` // no one is told so long after an alert of these dimensions was told
}

// Dimension is a column and its value.
type Dimension struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// DimensionKey is a combination of dimensions as text, the same whenever it is made.
func (w *Window) DimensionKey() string {
	if len(w.Dimensions) == 0 {
		return ""
	}
	text, _ := json.Marshal(w.Dimensions) // strings only
	return string(text)
}

// DimensionText is a combination of dimensions for people: "IPAddress 203.0.113.7, UserId x".
func (w *Window) DimensionText() string {
	parts := make([]string, len(w.Dimensions))
	for i, d := range w.Dimensions {
		parts[i] = d.Name + " " + d.Value
	}
	return strings.Join(parts, ", ")
}

// Resolution ends what an alert is about, because the condition is no longer met or never was.
type Resolution struct {
	Rule      string
	RecordKey string
	At        time.Time
	Comment   string
}
