package rule

import (
	"errors"
	"fmt"
	"strings"

	"github.com/glasswatch/glasswatch/internal/alert"
	"github.com/glasswatch/glasswatch/kql"
	"github.com/glasswatch/glasswatch/kql/eval"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// compiled is a rule ready to judge.
type compiled struct {
	Rule
	matcher  *eval.Matcher
	names    []string // of the result's columns
	severity int      // position of SeverityColumn in the result; -1 without one
	title    int      // position of TitleColumn; -1 without one
}

// Check compiles the rule and returns what there is to note about it. The error says everything that is wrong, with the
// line of the query and a caret where that helps.
func (e *Engine) Check(r Rule) (kql.Diagnostics, error) {
	c, notes, err := e.compile(r)
	_ = c
	return notes, err
}

func (e *Engine) compile(r Rule) (*compiled, kql.Diagnostics, error) {
	if err := r.validate(); err != nil {
		return nil, nil, fmt.Errorf("rule %q (%s): %w", r.Name, r.File, err)
	}
	q, err := kql.Compile(r.Query, kql.Options{Catalog: e.catalog, Prelude: e.prelude, LiveNow: true})
	if err != nil {
		var ds kql.Diagnostics
		if errors.As(err, &ds) {
			return nil, nil, fmt.Errorf("rule %q (%s): the query does not compile:\n%s", r.Name, r.File, strings.TrimRight(ds.Render(r.Query), "\n"))
		}
		return nil, nil, fmt.Errorf("rule %q (%s): %w", r.Name, r.File, err)
	}
	m, err := eval.NewMatcher(q.Plan)
	if err != nil {
		return nil, q.Notes, fmt.Errorf("rule %q (%s): cannot be judged a record at a time: %w", r.Name, r.File, err)
	}
	c := &compiled{Rule: r, matcher: m}
	for _, col := range m.Columns() {
		c.names = append(c.names, col.Name)
	}
	if c.severity, err = c.textColumn(m.Columns(), "severityColumn", r.SeverityColumn); err != nil {
		return nil, q.Notes, err
	}
	if c.title, err = c.textColumn(m.Columns(), "titleColumn", r.TitleColumn); err != nil {
		return nil, q.Notes, err
	}
	return c, q.Notes, nil
}

// textColumn returns the position of a column of the result that a key of the rule names; -1 for no name.
func (c *compiled) textColumn(cols []plan.Column, key, name string) (int, error) {
	if name == "" {
		return -1, nil
	}
	for i, col := range cols {
		if col.Name != name {
			continue
		}
		if col.Type != value.String {
			return -1, fmt.Errorf("rule %q (%s): %s %s is %s, want string", c.Name, c.File, key, name, col.Type)
		}
		return i, nil
	}
	return -1, fmt.Errorf("rule %q (%s): %s %s is not a column of the result; it has %s", c.Name, c.File, key, name, strings.Join(c.names, ", "))
}

// rank returns the severity of an output row. A text that is no severity counts as the rule's own: a rule must not
// become quieter by accident.
func (c *compiled) rank(row []value.Value) alert.Severity {
	if c.severity < 0 {
		return c.Severity
	}
	sev, err := alert.ParseSeverity(row[c.severity].Text())
	if err != nil {
		return c.Severity
	}
	return sev
}
