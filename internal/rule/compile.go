package rule

import (
	"errors"
	"fmt"
	"strings"

	"github.com/glasswatch/glasswatch/internal/alert"
	"github.com/glasswatch/glasswatch/internal/fault"
	"github.com/glasswatch/glasswatch/kql"
	"github.com/glasswatch/glasswatch/kql/eval"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// compiled is a rule ready to run: with a matcher, a record at a time, or windowed.
type compiled struct {
	Rule               // Mode is never Auto
	why       string   // the reason for Mode
	columns   []string // of the result
	severity  int      // position of SeverityColumn in the result; -1 without one
	title     int      // position of TitleColumn; -1 without one
	matcher   *eval.Matcher
	dimension []int // positions of the dimensions in the result, for the matcher
	windowed  *Windowed
}

// Check compiles the rule and returns what there is to note about it. The error says everything that is wrong, with the
// line of the query and a caret where that helps.
func (e *Engine) Check(r Rule) (kql.Diagnostics, error) {
	_, notes, err := e.compile(r, eval.NewMatcher)
	return notes, err
}

// newMatcher makes the matcher of a rule: eval.NewMatcher, or that of a memo which rules share.
type newMatcher func(plan.Node) (*eval.Matcher, error)

func (e *Engine) compile(r Rule, matcher newMatcher) (*compiled, kql.Diagnostics, error) {
	q, err := e.query(r)
	if err != nil {
		return nil, nil, err
	}
	c, err := e.finish(r, q.Plan, matcher)
	if err != nil {
		return nil, q.Notes, fmt.Errorf("rule %q (%s): %w", r.Name, r.File, err)
	}
	return c, q.Notes, nil
}

// query compiles the query of a rule as it stands; now() is when the plan runs.
func (e *Engine) query(r Rule) (*kql.Query, error) {
	if err := r.Validate(); err != nil {
		return nil, fmt.Errorf("rule %q (%s): %w", r.Name, r.File, err)
	}
	o := e.KQL()
	o.LiveNow = true
	q, err := kql.Compile(r.Query, o)
	if err != nil {
		var ds kql.Diagnostics
		if errors.As(err, &ds) && r.QueryAt.Line > 0 {
			return nil, &fault.Error{Code: fault.Invalid, Err: r.problems(ds)}
		}
		if errors.As(err, &ds) {
			return nil, fmt.Errorf("rule %q (%s): the query does not compile:\n%s", r.Name, r.File, strings.TrimRight(ds.Render(r.Query), "\n"))
		}
		return nil, fmt.Errorf("rule %q (%s): %w", r.Name, r.File, err)
	}
	return q, nil
}

// finish decides how the rule is run, and makes it ready.
func (e *Engine) finish(r Rule, p plan.Node, matcher newMatcher) (*compiled, error) {
	c := &compiled{Rule: r, why: "the rule says so"}
	var err error
	if r.Mode != Scheduled {
		c.matcher, err = matcher(p)
	}
	switch {
	case r.Mode == Stream && err != nil:
		return nil, fmt.Errorf("cannot be judged a record at a time: %w", err)
	case r.Mode == Stream || r.Mode == Scheduled:
	case err != nil:
		c.Mode, c.why = or(r.Mode, Scheduled), fmt.Sprint(err)
	case !r.perRecord():
		c.Mode, c.why = or(r.Mode, Scheduled), "one record is not enough to meet the condition"
	default:
		c.Mode, c.why = Stream, "the query can be decided a record at a time, and one record meets the condition"
	}
	for _, col := range p.Columns() {
		c.columns = append(c.columns, col.Name)
	}
	if c.severity, err = c.position("severityColumn", r.SeverityColumn, p.Columns()); err != nil {
		return nil, err
	}
	if c.title, err = c.position("titleColumn", r.TitleColumn, p.Columns()); err != nil {
		return nil, err
	}
	if c.Mode != Stream {
		c.matcher = nil
		c.windowed, err = e.windowed(c.Rule, p)
		return c, err
	}
	for _, d := range r.Dimensions {
		at, err := c.position("dimension", d.Name, nil)
		if err != nil {
			return nil, err
		}
		c.dimension = append(c.dimension, at)
	}
	return c, nil
}

func or(m, other Mode) Mode {
	if m == Auto {
		return other
	}
	return m
}

// position finds a column of the result by name; -1 for no name. With text set it must be a string, or of a type that is
// known at run time only.
func (c *compiled) position(what, name string, text []plan.Column) (int, error) {
	if name == "" {
		return -1, nil
	}
	for i, col := range c.columns {
		if col != name {
			continue
		}
		if text != nil && text[i].Type != value.String && text[i].Type != value.Invalid {
			return -1, fmt.Errorf("%s %s is %s, want string", what, name, text[i].Type)
		}
		return i, nil
	}
	return -1, fmt.Errorf("%s %s is not a column of the result; it has %s", what, name, strings.Join(c.columns, ", "))
}

// admits reports whether the dimensions let an output row of the matcher through.
func (c *compiled) admits(row []value.Value) bool {
	for i, d := range c.Dimensions {
		if !d.admits(row[c.dimension[i]].ToText()) {
			return false
		}
	}
	return true
}

func (d Dimension) admits(text string) bool {
	if d.All() {
		return true
	}
	for _, v := range d.Values {
		if v == text {
			return d.Operator != Exclude
		}
	}
	return d.Operator == Exclude
}

// rank returns the severity of an output row. A text that is no severity counts as the rule's own: a rule must not
// become quieter by accident.
func (c *compiled) rank(row []value.Value) alert.Severity {
	if c.severity < 0 {
		return c.Severity
	}
	return ParseSeverity(row[c.severity].Text(), c.Severity)
}

// ParseSeverity reads a severity out of a result; what is none counts as the rule's own.
func ParseSeverity(text string, own alert.Severity) alert.Severity {
	sev, err := alert.ParseSeverity(text)
	if err != nil {
		return own
	}
	return sev
}
