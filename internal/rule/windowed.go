package rule

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/glasswatch/glasswatch/internal/alert"
	"github.com/glasswatch/glasswatch/kql"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// The columns that time windows are over.
const (
	eventTime   = "TimeGenerated"
	arrivalTime = "_TimeReceived"
)

// Columns that the measure of a window adds to its dimensions.
const (
	MeasureColumn    = "GlasswatchMeasure"
	SeveritiesColumn = "GlasswatchSeverities" // the values of severityColumn, as a JSON array
)

// Windowed is a rule that is run over windows of time, with all defaults filled in. Its queries are compiled anew for each
// window: now() is the end of the window, and no table is read outside it, so that a window gives the same answer whenever
// it is judged. It is immutable, but for its Relevance, and safe for concurrent use.
type Windowed struct {
	Rule
	Relevance *Relevance
	engine    *Engine
	// Discover runs plugins whose columns follow from the data, for whoever runs the measures; without it a query with one
	// compiles, but does not run. See kql.Options.
	Discover func(n *plan.Evaluate) (*plan.Values, error)

	live     plan.Node // the measure for all windows at once: now() is the end of one
	restrict string    // condition on the result's time, where the query reads further back than the window
}

// Axis is the time column that the windows are over.
func (w *Windowed) Axis() string {
	if w.Mode == NRT {
		return arrivalTime
	}
	return eventTime
}

// FiresOnSilence reports whether a window without a single record may meet the condition, so that every window must be
// judged.
func (w *Windowed) FiresOnSilence() bool {
	if w.Relevance.rows {
		return true
	}
	if w.TimeAggregation != Count || len(w.Dimensions) > 0 {
		return false
	}
	return w.Operator.Met(0, w.Threshold) || len(w.Relevance.Tables) == 0
}

// Reach is how far before its end a window's answer depends on records.
func (w *Windowed) Reach() time.Duration {
	return max(time.Duration(w.QueryTimeRange), time.Duration(w.WindowSize)*time.Duration(w.FailingPeriods.Number))
}

// Measure compiles the query for the window that ends at end: one row for every combination of dimensions, with the measure.
func (w *Windowed) Measure(end time.Time) (plan.Node, error) {
	return w.compile(w.measureText(w.since(end)), end)
}

// Sample compiles the query for the first rows of one combination of dimensions.
func (w *Windowed) Sample(end time.Time, dimensions []string, rows int) (plan.Node, error) {
	var b strings.Builder
	w.rows(&b, w.since(end))
	for i, d := range w.Dimensions {
		fmt.Fprintf(&b, "\n| where tostring(%s) == %s", column(d.Name), Quote(dimensions[i]))
	}
	fmt.Fprintf(&b, "\n| take %d", rows)
	return w.compile(b.String(), end)
}

func (w *Windowed) compile(text string, end time.Time) (plan.Node, error) {
	o := w.engine.KQL()
	o.Now, o.Discover = end, w.Discover
	o.Within = &kql.Period{Column: w.Axis(), From: end.Add(-time.Duration(w.QueryTimeRange)), To: end}
	q, err := kql.Compile(text, o)
	if err != nil {
		return nil, fmt.Errorf("rule %q: %w", w.Name, err)
	}
	return q.Plan, nil
}

// since is the start of a window, as a query says it.
func (w *Windowed) since(end time.Time) string {
	return instant(end.Add(-time.Duration(w.WindowSize)))
}

// rows writes the query whose rows the window that begins at since is about.
func (w *Windowed) rows(b *strings.Builder, since string) {
	b.WriteString(strings.TrimRight(w.Query, "; \t\r\n"))
	if w.restrict != "" {
		fmt.Fprintf(b, "\n| where %s >= %s", w.restrict, since)
	}
	for _, d := range w.Dimensions {
		if d.All() {
			continue
		}
		operator := "in"
		if d.Operator == Exclude {
			operator = "!in"
		}
		values := make([]string, len(d.Values))
		for i, v := range d.Values {
			values[i] = Quote(v)
		}
		fmt.Fprintf(b, "\n| where tostring(%s) %s (%s)", column(d.Name), operator, strings.Join(values, ", "))
	}
}

// measureText is the query and the measure over it, as Azure Monitor appends it.
func (w *Windowed) measureText(since string) string {
	var b strings.Builder
	w.rows(&b, since)
	fmt.Fprintf(&b, "\n| summarize %s = todouble(%s)", MeasureColumn, w.aggregate())
	if w.SeverityColumn != "" {
		fmt.Fprintf(&b, ", %s = make_set(%s, 5)", SeveritiesColumn, column(w.SeverityColumn))
	}
	for i, d := range w.Dimensions {
		before := ", "
		if i == 0 {
			before = " by "
		}
		fmt.Fprintf(&b, "%s%s = tostring(%s)", before, column(d.Name), column(d.Name))
	}
	if w.onlyMet() {
		fmt.Fprintf(&b, "\n| where %s %s real(%s)", MeasureColumn, w.Operator.Symbol(), number(w.Threshold))
	}
	return b.String()
}

// onlyMet reports whether combinations that do not meet the condition may be left out of a window's answer, so that a
// thousand addresses below the threshold cost nothing. They may not where a combination counts as 0 for being absent.
func (w *Windowed) onlyMet() bool {
	return len(w.Dimensions) > 0 && (w.FailingPeriods.Number == 1 || w.TimeAggregation != Count || !w.Operator.Met(0, w.Threshold))
}

// Worst is the worst of the severities that a JSON array holds. A text that is none counts as the rule's own.
func (w *Windowed) Worst(severities string) alert.Severity {
	var texts []string
	if json.Unmarshal([]byte(severities), &texts) != nil || len(texts) == 0 {
		return w.Severity
	}
	worst := alert.Sev4
	for _, text := range texts {
		worst = min(worst, ParseSeverity(text, w.Severity))
	}
	return worst
}

func (w *Windowed) aggregate() string {
	c := column(w.MetricMeasureColumn)
	switch w.TimeAggregation {
	case Average:
		return "avg(" + c + ")"
	case Minimum:
		return "min(" + c + ")"
	case Maximum:
		return "max(" + c + ")"
	case Total:
		return "sum(" + c + ")"
	}
	if w.MetricMeasureColumn != "" {
		return "countif(isnotnull(" + c + "))"
	}
	return "count()"
}

func column(name string) string {
	return "['" + escapeColumn.Replace(name) + "']"
}

var escapeColumn = strings.NewReplacer(`\`, `\\`, `'`, `\'`)

// windowed makes a rule that is run over windows. The plan is that of the query as it stands.
func (e *Engine) windowed(r Rule, p plan.Node) (*Windowed, error) {
	w := &Windowed{Rule: r.WithDefaults(), engine: e, Relevance: newRelevance(p)}
	if w.QueryTimeRange > w.WindowSize && w.keepsAxis(p.Columns()) {
		w.restrict = w.Axis()
	}
	if err := w.checkColumns(p.Columns()); err != nil {
		return nil, err
	}
	o := e.KQL()
	o.LiveNow = true
	q, err := kql.Compile(w.measureText(fmt.Sprintf("ago(%ds)", int64(time.Duration(w.WindowSize).Seconds()))), o)
	if err != nil {
		return nil, fmt.Errorf("the condition cannot be put on the query's result: rule %q: %w", w.Name, err)
	}
	w.live = q.Plan
	return w, nil
}

// keepsAxis reports whether the rows of the query's result still have the time that windows are over. That of arrival is
// hidden, so that only the compiler knows.
func (w *Windowed) keepsAxis(cols []plan.Column) bool {
	if w.Mode == NRT {
		_, err := kql.Compile(strings.TrimRight(w.Query, "; \t\r\n")+"\n| where "+arrivalTime+" >= datetime(2000-01-01)", w.engine.KQL())
		return err == nil
	}
	return slices.ContainsFunc(cols, func(c plan.Column) bool { return c.Name == eventTime && c.Type == value.DateTime })
}

// checkColumns finds the columns that measure and dimensions name in the query's result.
func (w *Windowed) checkColumns(cols []plan.Column) error {
	types := map[string]value.Type{}
	var names []string
	for _, c := range cols {
		types[c.Name] = c.Type
		names = append(names, c.Name)
	}
	need := func(what, name string, fits func(value.Type) bool, want string) error {
		t, ok := types[name]
		if !ok {
			return fmt.Errorf("%s %q is not a column of the result; it has %s", what, name, strings.Join(names, ", "))
		}
		if !fits(t) {
			return fmt.Errorf("%s %s is a %s, want %s", what, name, t, want)
		}
		return nil
	}
	for _, d := range w.Dimensions {
		if err := need("dimension", d.Name, func(t value.Type) bool { return t != value.Dynamic }, "a string or a number"); err != nil {
			return err
		}
	}
	if w.MetricMeasureColumn == "" {
		return nil
	}
	return need("metricMeasureColumn", w.MetricMeasureColumn, func(t value.Type) bool {
		return t == value.Int || t == value.Long || t == value.Real || t == value.Decimal
	}, "a number")
}
