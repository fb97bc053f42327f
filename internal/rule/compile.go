package rule

import (
	"errors"
	"fmt"
	"strings"

	"github.com/glasswatch/glasswatch/internal/alert"
	"github.com/glasswatch/glasswatch/kql"
	"github.com/glasswatch/glasswatch/kql/eval"
	"github.com/glasswatch/glasswatch/kql/value"
)

// compiled is a rule ready to judge.
type compiled struct {
	Rule
	matcher  *eval.Matcher
	names    []string // of the result's columns
	severity int      // position of SeverityColumn in the result; -1 without one
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
	c := &compiled{Rule: r, matcher: m, severity: -1}
	for i, col := range m.Columns() {
		c.names = append(c.names, col.Name)
		if col.Name != r.SeverityColumn {
			continue
		}
		if col.Type != value.String {
			return nil, q.Notes, fmt.Errorf("rule %q (%s): severityColumn %s is %s, want string", r.Name, r.File, col.Name, col.Type)
		}
		c.severity = i
	}
	if r.SeverityColumn != "" && c.severity < 0 {
		return nil, q.Notes, fmt.Errorf("rule %q (%s): severityColumn %s is not a column of the result; it has %s",
			r.Name, r.File, r.SeverityColumn, strings.Join(c.names, ", "))
	}
	return c, q.Notes, nil
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
