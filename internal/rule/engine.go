package rule

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/glasswatch/glasswatch/internal/alert"
	"github.com/glasswatch/glasswatch/internal/fault"
	"github.com/glasswatch/glasswatch/internal/table"
	"github.com/glasswatch/glasswatch/kql"
	"github.com/glasswatch/glasswatch/kql/eval"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// Sink makes alerts and the notifications they owe durable. It returns nil only then. Alerts that it has already are
// not made again: (rule, record key) is an alert's identity, the record hash tells a new revision.
type Sink interface {
	Fire(ctx context.Context, alerts []alert.Alert) error
}

// Catalog is what the engine asks of the tables.
type Catalog interface {
	kql.Catalog
	Schemas() []*table.Schema
}

// Options are what an Engine needs.
type Options struct {
	Catalog  Catalog
	Sink     Sink
	Accounts []alert.Account // the break-glass accounts
	Guarded  Guarded         // what protects them
	Drills   []alert.Drill   // declared uses of them
	Language Language
	Groups   []string // action groups of rules that name none
	Log      *slog.Logger
}

// Language is what is added to the query language.
type Language struct {
	Functions  map[string]string // stored functions, as kql.Options has them
	Watchlists kql.Watchlists
}

// Engine judges batches with the rules loaded last. It is ingest's Judge.
type Engine struct {
	catalog  Catalog
	sink     Sink
	accounts accounts
	groups   []string
	outcomes outcomes
	language Language
	prelude  string
	read     *kql.Prelude // the same, read
	log      *slog.Logger
	loaded   atomic.Pointer[set]
}

// set is one generation of loaded rules.
type set struct {
	all      []*compiled // also those that are off
	rules    []*compiled // judged a record at a time
	windowed []*Windowed
	indexes  map[*table.Schema]*index
	memo     *eval.Memo // of the matchers of rules
}

// New returns an engine without rules.
func New(o Options) (*Engine, error) {
	out, err := loadOutcomes()
	if err != nil {
		return nil, err
	}
	ops, err := loadOperations()
	if err != nil {
		return nil, err
	}
	e := &Engine{catalog: o.Catalog, sink: o.Sink, accounts: newAccounts(o.Accounts), groups: o.Groups,
		outcomes: out, language: o.Language, log: o.Log}
	watched, err := ops.kql()
	if err != nil {
		return nil, err
	}
	e.prelude = e.accounts.kql() + o.Guarded.kql(o.Accounts) + out.kql() + watched + drills(o.Drills).kql(e.accounts)
	if e.read, err = kql.ReadPrelude(e.prelude); err != nil {
		return nil, err
	}
	e.loaded.Store(&set{})
	return e, nil
}

// Prelude returns the product's constants and functions for queries: BreakGlassAccounts, BreakGlassNames, BreakGlassAccountTable, BreakGlassAccount,
// GuardedObjects, GuardedApps, GuardedResources, SignInClass, SignInProof, SignInSeverity, WatchedName, WatchedTopic, WatchedSeverity, InDeclaredDrill.
func (e *Engine) Prelude() string { return e.prelude }

// KQL returns the options with which queries are compiled: the tables, the prelude, read once, and what is added.
func (e *Engine) KQL() kql.Options {
	return kql.Options{Catalog: e.catalog, Read: e.read, Functions: e.language.Functions, Watchlists: e.language.Watchlists}
}

// Load compiles the rules that are enabled and, when all of them compile, puts them in place of those loaded
// before. On an error, which names everything that is wrong, nothing changes.
func (e *Engine) Load(rules []Rule) error {
	next := &set{indexes: map[*table.Schema]*index{}, memo: eval.NewMemo()}
	files := map[string]string{}
	var problems fault.Problems
	for _, r := range rules {
		if first, ok := files[r.Name]; ok {
			problems = append(problems, problemsOf(r, fmt.Errorf("rule %q is defined twice: %s and %s", r.Name, first, r.File))...)
			continue
		}
		files[r.Name] = r.File
		c, notes, err := e.compile(r, next.memo.NewMatcher)
		if err != nil {
			problems = append(problems, problemsOf(r, err)...)
			continue
		}
		for _, n := range notes {
			e.log.Warn("rule query", "rule", r.Name, "line", n.Line, "column", n.Column, "note", n.Message)
		}
		next.all = append(next.all, c)
		switch {
		case !r.On():
		case c.windowed != nil:
			next.windowed = append(next.windowed, c.windowed)
		default:
			next.rules = append(next.rules, c)
		}
	}
	if len(problems) > 0 {
		return &fault.Error{Code: fault.Invalid, Err: problems}
	}
	next.memo.Done()
	matchers := make([]*eval.Matcher, len(next.rules))
	for i, c := range next.rules {
		matchers[i] = c.matcher
	}
	for _, s := range e.catalog.Schemas() {
		if ix := newIndex(s.Plan, matchers); len(ix.always)+len(ix.columns) > 0 {
			next.indexes[s] = ix
		}
	}
	e.loaded.Store(next)
	return nil
}

// Rules returns the enabled rules, in the order in which they were loaded.
func (e *Engine) Rules() []Rule {
	return slices.DeleteFunc(e.All(), func(r Rule) bool { return !r.On() })
}

// All returns the rules, also those that are off, in the order in which they were loaded, with the mode in which they run.
func (e *Engine) All() []Rule {
	var rules []Rule
	for _, c := range e.loaded.Load().all {
		rules = append(rules, c.Rule)
	}
	return rules
}

// Windowed returns the enabled rules that are run over windows of time.
func (e *Engine) Windowed() []*Windowed { return e.loaded.Load().windowed }

// Judge runs every rule on every new or revised row. It returns nil when nothing fired; otherwise a function that makes the
// alerts durable. Calls must not overlap; the batch is not used after Judge returns. The clock of a rule (now(), ago()) is the
// batch's time of receipt, so that a replay judges as the first time did.
func (e *Engine) Judge(b *table.Batch) func(context.Context) error {
	s := e.loaded.Load()
	if len(s.indexes) == 0 {
		return nil
	}
	now, _ := value.Ticks(b.ReceivedAt)
	var found []alert.Alert
	var buf [16]int32
	view := &rowView{batch: b}
	var schema *table.Schema
	var ix *index
	for i := range b.Rows {
		r := &b.Rows[i]
		if r.State == table.Repeated {
			continue
		}
		if r.Schema != schema {
			schema, ix = r.Schema, s.indexes[r.Schema]
		}
		if ix == nil {
			continue
		}
		s.memo.Next()
		for _, n := range ix.candidates(b, r, buf[:0]) {
			view.row = r
			if a, ok := e.apply(s.rules[n], b, r, view, now); ok {
				found = append(found, a)
			}
		}
	}
	if len(found) == 0 {
		return nil
	}
	return func(ctx context.Context) error { return e.sink.Fire(ctx, found) }
}

// apply runs one rule on one row. A rule that panics is itself an alert and keeps running.
func (e *Engine) apply(c *compiled, b *table.Batch, r *table.Row, view *rowView, now int64) (a alert.Alert, fired bool) {
	defer func() {
		if p := recover(); p != nil {
			e.log.Error("rule failed", "rule", c.Name, "panic", fmt.Sprint(p))
			a, fired = e.failure(c, b, r, p), true
		}
	}()
	var rows [][]byte
	severity, title := c.judge(r.Schema.Plan, view, now, func(out []value.Value) { rows = append(rows, AppendRow(nil, c.columns, out)) })
	if len(rows) == 0 {
		return alert.Alert{}, false
	}
	a = e.alert(c, b, r, severity, rows)
	if title != "" {
		a.Sentence = title
	}
	a.Grouping = c.grouping(&a)
	return a, true
}

// judge runs the rule on one record and calls f for each row that fires. It returns the worst severity among them, and its title.
func (c *compiled) judge(t *plan.Table, record eval.Row, now int64, f func(out []value.Value)) (severity alert.Severity, title string) {
	severity = alert.Sev4
	c.matcher.Match(t, record, now, func(out []value.Value) {
		if !c.admits(out) {
			return
		}
		f(out)
		rank := c.rank(out)
		if c.title >= 0 && out[c.title].Text() != "" && (title == "" || rank < severity) {
			title = strings.Clone(out[c.title].Text())
		}
		severity = min(severity, rank)
	})
	return severity, title
}

// rowView shows a row of a batch to a matcher. Values alias the batch.
type rowView struct {
	batch *table.Batch
	row   *table.Row
}

// Value returns column i.
func (v *rowView) Value(i int) value.Value { return v.batch.Value(v.row, i, false) }

// groupsOf returns the action groups an alert of the rule goes to.
func (e *Engine) groupsOf(r *Rule) []string {
	if len(r.ActionGroups) > 0 {
		return slices.Clone(r.ActionGroups)
	}
	return slices.Clone(e.groups)
}
