package rule

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/glasswatch/glasswatch/internal/alert"
	"github.com/glasswatch/glasswatch/internal/table"
	"github.com/glasswatch/glasswatch/kql"
	"github.com/glasswatch/glasswatch/kql/eval"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// Trial judges records that are in the store with a rule of mode stream, as they were judged, or would have been, when they
// came. It belongs to one goroutine.
type Trial struct {
	rule    *compiled
	engine  *Engine
	columns map[*plan.Table][]bool // that the verdict depends on
}

// Trial makes ready a rule that is judged a record at a time; it is an error for others.
func (e *Engine) Trial(r Rule) (*Trial, error) {
	q, err := e.query(r)
	if err != nil {
		return nil, err
	}
	c, err := e.finish(r, q.Plan, eval.NewMatcher)
	if err != nil {
		return nil, fmt.Errorf("rule %q (%s): %w", r.Name, r.File, err)
	}
	if c.matcher == nil {
		return nil, fmt.Errorf("rule %q is not judged a record at a time: %s", r.Name, c.why)
	}
	want := make([]bool, len(c.columns))
	for _, i := range append([]int{c.severity, c.title}, c.dimension...) {
		if i >= 0 {
			want[i] = true
		}
	}
	return &Trial{rule: c, engine: e, columns: columnsRead(q.Plan, want)}, nil
}

// columnsRead are the columns of each table, by position, that the wanted columns of a plan's result depend on.
func columnsRead(n plan.Node, want []bool) map[*plan.Table][]bool {
	out := map[*plan.Table][]bool{}
	for n, need := range plan.NeedsOf(n, want) {
		scan, ok := n.(*plan.Scan)
		if !ok {
			continue
		}
		if out[scan.Table] == nil {
			out[scan.Table] = make([]bool, len(need))
		}
		for i, needed := range need {
			out[scan.Table][i] = out[scan.Table][i] || needed
		}
	}
	return out
}

// Tables are those whose records are judged with the rule.
func (t *Trial) Tables() []*plan.Table {
	return slices.DeleteFunc(slices.Clone(t.rule.matcher.Tables()), func(p *plan.Table) bool {
		return !slices.ContainsFunc(p.Columns, func(c plan.Column) bool { return c.Name == table.ItemID })
	})
}

// Records compiles the query for the records of a table that the rule may fire on, in the order in which they came. Judge
// takes its rows.
func (t *Trial) Records(from *plan.Table, within kql.Period) (plan.Node, error) {
	var b strings.Builder
	b.WriteString(from.Name)
	if conds, ok := t.rule.matcher.Conditions(from); ok && len(conds) > 0 && indexable(from, conds) {
		b.WriteString("\n| where " + anyOf(from, conds))
	}
	fmt.Fprintf(&b, "\n| sort by %s asc\n| project %s, %s, %s", table.TimeReceived, table.TimeReceived, table.ItemID, eventTime)
	for i, c := range from.Columns {
		if t.columns[from][i] {
			fmt.Fprintf(&b, ", C%d = %s", i, column(c.Name))
		}
	}
	q, err := kql.Compile(b.String(), kql.Options{Catalog: t.engine.catalog, Within: &within})
	if err != nil {
		return nil, fmt.Errorf("rule %q: read %s: %w", t.rule.Name, from.Name, err)
	}
	return q.Plan, nil
}

// anyOf says in the query language that one of the conditions holds, in any case of letters.
func anyOf(from *plan.Table, conds []eval.Condition) string {
	values := make([][]string, len(from.Columns))
	for _, c := range conds {
		values[c.Column] = append(values[c.Column], Quote(c.Value))
	}
	var tests []string
	for i, list := range values {
		if len(list) > 0 {
			tests = append(tests, fmt.Sprintf("%s in~ (%s)", column(from.Columns[i].Name), strings.Join(list, ", ")))
		}
	}
	return strings.Join(tests, " or ")
}

// Verdict is what a rule says about a record that it fires on.
type Verdict struct {
	Key      string // of the record: the same for all its revisions
	At       time.Time
	Severity alert.Severity
	Title    string // "" where the rule names none
}

// The places of the columns of Records.
const (
	trialReceived = iota
	trialItem
	trialTime
	trialFirst // of those that the rule reads
)

// Judge judges a row of Records with the clock of its arrival. It returns false where the rule does not fire, and an error
// where it fails on the record.
func (t *Trial) Judge(from *plan.Table, row []value.Value) (v Verdict, fired bool, err error) {
	item := row[trialItem].Text()
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("rule %q failed on record %s of %s: %v", t.rule.Name, item, from.Name, p)
		}
	}()
	v.Severity, v.Title = t.rule.judge(from, newTrialRow(t.columns[from], row), row[trialReceived].Int(), func([]value.Value) { fired = true })
	at := row[trialTime]
	if at.IsNull() {
		at = row[trialReceived]
	}
	v.Key, v.At = strings.Clone(item[:len(item)/2]), value.Time(at.Int())
	return v, fired, nil
}

// trialRow is a row of Records as the interpreter reads it, a value for each column of the table.
type trialRow []value.Value

func newTrialRow(columns []bool, row []value.Value) trialRow {
	out, next := make(trialRow, len(columns)), trialFirst
	for i, read := range columns {
		if read {
			out[i] = row[next]
			next++
		}
	}
	return out
}

// Value is column i of the table; the zero value where nothing depends on it.
func (r trialRow) Value(i int) value.Value { return r[i] }
