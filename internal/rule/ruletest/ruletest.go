// Package ruletest runs tests of rules: records that must and must not fire, in *.test.yaml beside a rule. The records
// take the way of real ones, through the decoder and the engine; nothing is sent.
package ruletest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/glasswatch/glasswatch/internal/alert"
	"github.com/glasswatch/glasswatch/internal/ingest/decode"
	"github.com/glasswatch/glasswatch/internal/rule"
	"github.com/glasswatch/glasswatch/internal/rule/rehearse"
	"github.com/glasswatch/glasswatch/internal/rule/schedule"
	"github.com/glasswatch/glasswatch/internal/source"
	"github.com/glasswatch/glasswatch/internal/table"
)

// File is a *.test.yaml file.
type File struct {
	Rule     string         `yaml:"rule"`     // rule file, relative to the test file
	Accounts []Account      `yaml:"accounts"` // the break-glass accounts of these tests
	Guarded  Guarded        `yaml:"guarded"`  // what protects them
	Drills   []Drill        `yaml:"drills"`   // declared uses of them
	Base     map[string]any `yaml:"base"`     // a record in the Event Hub shape that every record below is merged into
	Tests    []Test         `yaml:"tests"`
}

// Account is one break-glass account.
type Account struct {
	ObjectID          string `yaml:"objectId"`
	UserPrincipalName string `yaml:"userPrincipalName"`
}

// Guarded is what protects the accounts, as in the configuration.
type Guarded struct {
	Objects   []string `yaml:"objects"`
	Apps      []string `yaml:"apps"`
	Resources []string `yaml:"resources"`
}

// Drill is a declared use of an account.
type Drill struct {
	Account string    `yaml:"account"` // object id or user principal name
	From    time.Time `yaml:"from"`
	Until   time.Time `yaml:"until"`
}

// Test is one case: these records, in this order, fire exactly these alerts.
//
// A scheduled rule is judged over every window that the records are in. From and Until, where given, are the stretch of
// time instead, for rules that fire on silence.
type Test struct {
	Name    string           `yaml:"name"`
	From    *time.Time       `yaml:"from"`
	Until   *time.Time       `yaml:"until"`
	Records []map[string]any `yaml:"records"`
	Alerts  []Want           `yaml:"alerts"`
}

// Want is an expected alert; a field that is empty is not compared.
type Want struct {
	Severity *alert.Severity `yaml:"severity"`
	Account  string          `yaml:"account"`  // user principal name or object id
	Class    string          `yaml:"class"`    // outcome class
	Sentence string          `yaml:"sentence"` // a part of it
}

// Result is what became of one test; Problems is empty when it passed.
type Result struct {
	Name     string   `json:"name"`
	Problems []string `json:"problems,omitempty"`
}

// ReadFile reads a file by the path that a test file or the caller names.
type ReadFile func(path string) ([]byte, error)

// Run runs all tests of a file. The error says why it could not run at all.
func Run(path string, read ReadFile) ([]Result, error) {
	data, err := read(path)
	if err != nil {
		return nil, fmt.Errorf("read rule test: %w", err)
	}
	var f File
	if err := yaml.NewDecoder(bytes.NewReader(data), yaml.Strict()).Decode(&f); err != nil {
		return nil, fmt.Errorf("rule test %s: %w", path, err)
	}
	if len(f.Tests) == 0 {
		return nil, fmt.Errorf("rule test %s: there are no tests in it", path)
	}
	ruleFile := filepath.ToSlash(filepath.Join(filepath.Dir(path), f.Rule))
	data, err = read(ruleFile)
	if err != nil {
		return nil, fmt.Errorf("rule test %s: read rule: %w", path, err)
	}
	r, err := rule.Parse(data, ruleFile)
	if err != nil {
		return nil, err
	}
	var results []Result
	for _, test := range f.Tests {
		got, err := f.fire(r, test)
		if err != nil {
			return nil, fmt.Errorf("rule test %s: %q: %w", path, test.Name, err)
		}
		results = append(results, Result{Name: test.Name, Problems: compare(got, test.Alerts)})
	}
	return results, nil
}

// fire lets the rule judge the records of a test and returns the alerts.
func (f File) fire(r rule.Rule, test Test) ([]alert.Alert, error) {
	body, err := f.body(test)
	if err != nil {
		return nil, err
	}
	catalog, err := table.NewCatalog()
	if err != nil {
		return nil, err
	}
	var sink collector
	engine, err := rule.New(rule.Options{Catalog: catalog, Sink: &sink, Accounts: f.accounts(), Guarded: rule.Guarded(f.Guarded), Drills: f.drills(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	if err := engine.Load([]rule.Rule{r}); err != nil {
		return nil, err
	}
	var b table.Batch
	refused, err := decode.New(catalog, decode.Options{}).Decode(source.Delivery{Source: "test", Body: body, ReceivedAt: time.Now()}, &b)
	if err != nil {
		return nil, err
	}
	if len(refused) > 0 {
		return nil, fmt.Errorf("record %d: %s", refused[0].Index, refused[0].Reason)
	}
	if commit := engine.Judge(&b); commit != nil {
		if err := commit(context.Background()); err != nil {
			return nil, err
		}
	}
	windows, err := test.windows(engine.Windowed(), catalog, &b)
	return append(sink.alerts, windows...), err
}

// windows judges scheduled rules.
func (t Test) windows(rules []*rule.Windowed, catalog *table.Catalog, b *table.Batch) ([]alert.Alert, error) {
	from, until := span(b)
	for _, w := range rules {
		until = until.Add(w.Reach() + time.Duration(w.EvaluationFrequency))
		if w.Axis() == table.TimeReceived {
			from, until = b.ReceivedAt.Add(-time.Second), b.ReceivedAt.Add(w.Reach()+time.Duration(w.EvaluationFrequency))
		}
	}
	if t.From != nil {
		from = *t.From
	}
	if t.Until != nil {
		until = *t.Until
	}
	memory := store{b}
	return rehearse.Scheduled(context.Background(), rules, &schedule.Store{Querier: memory, Catalog: catalog}, catalog.Schemas(), from.Add(-time.Nanosecond), until)
}

func (f File) accounts() []alert.Account {
	var list []alert.Account
	for _, a := range f.Accounts {
		list = append(list, alert.Account{ObjectID: a.ObjectID, UserPrincipalName: a.UserPrincipalName})
	}
	return list
}

func (f File) drills() []alert.Drill {
	var list []alert.Drill
	for _, d := range f.Drills {
		list = append(list, alert.Drill{Account: d.Account, From: d.From, Until: d.Until})
	}
	return list
}

// body writes the records as an Event Hub envelope.
func (f File) body(test Test) ([]byte, error) {
	records := []map[string]any{}
	for _, r := range test.Records {
		records = append(records, merge(f.Base, r))
	}
	return json.Marshal(map[string]any{"records": records})
}

// merge lays over upon base: bags are merged, everything else is replaced, null removes.
func merge(base, over map[string]any) map[string]any {
	out := map[string]any{}
	for k, v := range base {
		out[k] = v
	}
	for k, v := range over {
		bag, isBag := v.(map[string]any)
		below, wasBag := out[k].(map[string]any)
		switch {
		case v == nil:
			delete(out, k)
		case isBag && wasBag:
			out[k] = merge(below, bag)
		default:
			out[k] = v
		}
	}
	return out
}

// compare says how the alerts differ from those wanted.
func compare(got []alert.Alert, want []Want) []string {
	var problems []string
	if len(got) != len(want) {
		var sentences []string
		for _, a := range got {
			sentences = append(sentences, "\n  "+a.Severity.String()+" "+a.Sentence)
		}
		return []string{fmt.Sprintf("%d alerts fired, want %d%s", len(got), len(want), strings.Join(sentences, ""))}
	}
	for i, w := range want {
		problems = append(problems, w.compare(i, got[i])...)
	}
	return problems
}

func (w Want) compare(i int, a alert.Alert) []string {
	var problems []string
	differ := func(what, got, want string) {
		problems = append(problems, fmt.Sprintf("alert %d: %s is %q, want %q", i+1, what, got, want))
	}
	if w.Severity != nil && *w.Severity != a.Severity {
		differ("severity", a.Severity.String(), w.Severity.String())
	}
	if w.Account != "" && !strings.EqualFold(w.Account, a.Account.UserPrincipalName) && !strings.EqualFold(w.Account, a.Account.ObjectID) {
		differ("account", a.Account.UserPrincipalName, w.Account)
	}
	if w.Class != "" && w.Class != a.Outcome.Class {
		differ("class", a.Outcome.Class, w.Class)
	}
	if !strings.Contains(a.Sentence, w.Sentence) {
		differ("sentence", a.Sentence, w.Sentence)
	}
	return problems
}

// collector keeps what fired.
type collector struct{ alerts []alert.Alert }

func (c *collector) Fire(_ context.Context, alerts []alert.Alert) error {
	c.alerts = append(c.alerts, alerts...)
	return nil
}
