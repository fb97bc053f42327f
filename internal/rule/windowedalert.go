package rule

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/glasswatch/glasswatch/internal/alert"
)

// Finding is one combination of dimensions of a window that met a rule's condition.
type Finding struct {
	Dimensions []string // values, in the order of the rule's dimensions
	Measure    float64
	Severity   alert.Severity
	Failing    int               // of the last windows
	Rows       []json.RawMessage // the first of them
}

// Window says what the finding is in the window that ends at end.
func (w *Windowed) Window(end time.Time, f Finding) *alert.Window {
	out := &alert.Window{Start: end.Add(-time.Duration(w.WindowSize)).UTC(), End: end.UTC(), Measure: f.Measure, Aggregation: string(w.TimeAggregation),
		Column: w.MetricMeasureColumn, Operator: string(w.Operator), Threshold: w.Threshold, Failing: f.Failing,
		Periods: w.FailingPeriods.Number, Mute: time.Duration(w.MuteActionsDuration)}
	for i, d := range w.Dimensions {
		out.Dimensions = append(out.Dimensions, alert.Dimension{Name: d.Name, Value: f.Dimensions[i]})
	}
	return out
}

// Key identifies the alert of a window and a combination of dimensions.
func (w *Windowed) Key(end time.Time, dimensions string) string {
	key := "window/" + end.UTC().Format("2006-01-02T15:04:05Z")
	if dimensions != "" {
		sum := sha256.Sum256([]byte(dimensions))
		key += "/" + hex.EncodeToString(sum[:12])
	}
	return key
}

// Alert makes the alert of a finding. Its record key is that of the window; the caller may put another in its place.
func (w *Windowed) Alert(end time.Time, f Finding, now time.Time) alert.Alert {
	win := w.Window(end, f)
	a := w.blank(now)
	a.Window, a.Severity, a.Outcome.Rank = win, f.Severity, f.Severity
	a.RecordKey = w.Key(end, win.DimensionKey())
	a.RecordHash = a.RecordKey
	a.Rows, a.SignedInAt = f.Rows, end.UTC()
	if len(f.Rows) > 0 {
		a.Record = f.Rows[0]
	}
	facts := w.facts(win, a.Record)
	a.Account = w.engine.accountOf(facts)
	a.CorrelationID = facts["CorrelationId"]
	if a.Sentence = facts[w.TitleColumn]; a.Sentence == "" {
		a.Sentence = w.sentence(win)
	}
	a.Grouping = w.grouping(&a)
	return a
}

// Failure makes the alert about a rule whose query fails. One an hour is enough: the key holds the hour.
func (w *Windowed) Failure(end time.Time, cause error, now time.Time) alert.Alert {
	a := w.blank(now)
	a.Rule, a.Severity, a.Loud, a.Outcome.Rank = "rule-failed", alert.Sev1, true, alert.Sev1
	a.Description = fmt.Sprintf("Rule %q could not judge a window. It stays on and tries again.", w.Name)
	a.Sentence = fmt.Sprintf("rule %q failed on the window that ends at %s: %v", w.Name, end.UTC().Format("2006-01-02 15:04:05 UTC"), cause)
	a.RecordKey = w.Name + "/" + now.UTC().Format("2006-01-02T15")
	a.RecordHash, a.SignedInAt = a.RecordKey, end.UTC()
	return a
}

func (w *Windowed) blank(now time.Time) alert.Alert {
	a := alert.Alert{ID: uuid.NewString(), Rule: w.Name, Description: w.Description, State: alert.Fired, ReceivedAt: now.UTC(), FiredAt: now.UTC(),
		Loud: w.Tampering, Query: w.Query, ActionGroups: w.engine.groupsOf(&w.Rule), Properties: w.Properties, Record: json.RawMessage("{}")}
	if len(w.Relevance.Tables) > 0 {
		a.Table = w.Relevance.Tables[0].Name
	}
	return a
}

// facts are the texts of a row, with those of the dimensions above them.
func (w *Windowed) facts(win *alert.Window, row json.RawMessage) map[string]string {
	var values map[string]any
	_ = json.Unmarshal(row, &values) // a row that is no object has nothing to show
	facts := map[string]string{}
	for name, v := range values {
		if text, ok := v.(string); ok {
			facts[name] = text
		}
	}
	for _, d := range win.Dimensions {
		facts[d.Name] = d.Value
	}
	delete(facts, "")
	return facts
}

// sentence says what was measured: `more than 5 rows: 12 from 10:00 to 10:05 UTC, IPAddress 203.0.113.7`.
func (w *Windowed) sentence(win *alert.Window) string {
	layout := "15:04:05"
	if win.Start.Second() == 0 && win.End.Second() == 0 {
		layout = "15:04"
	}
	text := fmt.Sprintf("%s: %s %s, %s %s, from %s to %s UTC", first(w.DisplayName, w.Name), number(win.Measure), w.measured(), w.Operator.Text(), number(win.Threshold),
		win.Start.Format("2006-01-02 "+layout), win.End.Format(layout))
	if d := win.DimensionText(); d != "" {
		text += ", " + d
	}
	if win.Periods > 1 {
		text += fmt.Sprintf(", in %d of %d windows", win.Failing, win.Periods)
	}
	return text
}

func number(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

// accountOf returns the guarded account that the facts name, or else the one they name.
func (e *Engine) accountOf(facts map[string]string) alert.Account {
	id, upn := facts["UserId"], facts["UserPrincipalName"]
	if acc, ok := e.accounts.find(id, upn, facts["ServicePrincipalId"], facts["Caller"]); ok {
		return acc
	}
	return alert.Account{ObjectID: id, UserPrincipalName: upn, DisplayName: facts["UserDisplayName"]}
}

// Fingerprint changes when what the rule finds may change.
func (w *Windowed) Fingerprint() string {
	text, _ := json.Marshal([]any{w.Query, w.Mode, w.TimeAggregation, w.MetricMeasureColumn, w.Dimensions, w.Operator, w.Threshold,
		w.WindowSize, w.EvaluationFrequency, w.QueryTimeRange, w.FailingPeriods})
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}
