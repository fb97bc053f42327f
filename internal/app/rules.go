package app

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/glasswatch/glasswatch/internal/alert"
	"github.com/glasswatch/glasswatch/internal/channel/all"
	"github.com/glasswatch/glasswatch/internal/config"
	"github.com/glasswatch/glasswatch/internal/fault"
	"github.com/glasswatch/glasswatch/internal/rule"
	"github.com/glasswatch/glasswatch/internal/table"
	"github.com/glasswatch/glasswatch/kql"
	"github.com/glasswatch/glasswatch/kql/function"
)

// Known is what a configuration may refer to.
func Known() config.Known {
	k := config.Known{Channels: all.Kinds(), Functions: append(function.Names(), function.AggregateNames()...)}
	if catalog, err := table.NewCatalog(); err == nil {
		k.Tables = catalog.TableNames()
	}
	if shipped, err := rule.Shipped(); err == nil {
		for _, r := range shipped {
			k.Rules = append(k.Rules, r.Name)
		}
	}
	return k
}

// rules returns the shipped rules and the user's own, changed as the configuration says.
func rules(cfg *config.Config) ([]rule.Rule, error) {
	list, err := rule.Shipped()
	if err != nil {
		return nil, err
	}
	var errs []error
	for _, dir := range cfg.Rules.Directories {
		own, err := directory(dir)
		list, errs = append(list, own...), append(errs, err)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, &fault.Error{Code: fault.Invalid, Err: err, Next: "glasswatch rule check FILE tells more"}
	}
	off := false
	for i := range list {
		if o, ok := cfg.Rules.Overrides[list[i].Name]; ok {
			if o.Severity != nil {
				list[i].Severity, list[i].SeverityColumn = *o.Severity, ""
			}
			if o.ActionGroups != nil {
				list[i].ActionGroups = o.ActionGroups
			}
		}
		if slices.Contains(cfg.Rules.Disabled, list[i].Name) {
			list[i].Enabled = &off
		}
	}
	return list, named(cfg, list)
}

// directory reads all rule files of a folder.
func directory(dir string) ([]rule.Rule, error) {
	var list []rule.Rule
	var errs []error
	dir, err := filepath.EvalSymlinks(dir) // a walk would end at a link, as if the folder were empty
	if err != nil {
		return nil, err
	}
	err = filepath.WalkDir(dir, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(file, ".yaml") || strings.HasSuffix(file, ".test.yaml") {
			return err
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		r, err := rule.Parse(text, file)
		if err != nil {
			errs = append(errs, err)
			return nil
		}
		list = append(list, r)
		return nil
	})
	return list, errors.Join(append(errs, err)...)
}

// named reports names of rules in the configuration that no rule has, and rules that name groups which do not exist.
func named(cfg *config.Config, list []rule.Rule) error {
	var names []string
	var problems config.Problems
	var errs []error
	for _, r := range list {
		names = append(names, r.Name)
		for _, g := range r.ActionGroups {
			if _, ok := cfg.ActionGroups[g]; !ok {
				errs = append(errs, fmt.Errorf("rule %q (%s): unknown action group %q", r.Name, r.File, g))
			}
		}
	}
	known := "rules: " + strings.Join(names, ", ")
	for i, name := range cfg.Rules.Disabled {
		if !slices.Contains(names, name) {
			problems = append(problems, cfg.Problem(fmt.Sprintf("rules.disabled[%d]", i), known, "unknown rule %q", name))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(cfg.Rules.Overrides)) {
		if !slices.Contains(names, name) {
			problems = append(problems, cfg.Problem("rules.overrides."+name, known, "unknown rule %q", name))
		}
	}
	if len(problems) > 0 {
		return &fault.Error{Code: fault.Invalid, Err: problems}
	}
	if err := errors.Join(errs...); err != nil {
		return &fault.Error{Code: fault.Invalid, Err: err, Next: "add the group to actionGroups, or change the rule"}
	}
	return nil
}

// Check checks what the configuration alone cannot: that all rules compile and all names of rules exist.
func Check(cfg *config.Config) error {
	list, err := rules(cfg)
	if err != nil {
		return err
	}
	checker, err := NewRuleChecker(cfg)
	if err != nil {
		return err
	}
	if err := checker.engine.Load(list); err != nil {
		return &fault.Error{Code: fault.Invalid, Err: err}
	}
	return nil
}

// RuleChecker checks rules without a server.
type RuleChecker struct{ engine *rule.Engine }

// NewRuleChecker returns a checker whose queries know what the configuration names; cfg may be nil.
func NewRuleChecker(cfg *config.Config) (*RuleChecker, error) { return newRuleChecker(cfg, false) }

// NewImportChecker returns a checker for rules that come from elsewhere: watchlists that the configuration does not have
// (yet) are taken as empty, with a warning.
func NewImportChecker(cfg *config.Config) (*RuleChecker, error) { return newRuleChecker(cfg, true) }

func newRuleChecker(cfg *config.Config, elsewhere bool) (*RuleChecker, error) {
	catalog, err := table.NewCatalog()
	if err != nil {
		return nil, err
	}
	o, err := engineOptions(cfg, catalog)
	if err != nil {
		return nil, err
	}
	if elsewhere || cfg == nil {
		o.Language.Watchlists = anyWatchlist{known: o.Language.Watchlists}
	}
	engine, err := rule.New(o)
	return &RuleChecker{engine}, err
}

// engineOf makes a rule engine that tells nobody; cfg may be nil.
func engineOf(cfg *config.Config, catalog *table.Catalog, drills []alert.Drill) (*rule.Engine, error) {
	o, err := engineOptions(cfg, catalog)
	if err != nil {
		return nil, err
	}
	o.Drills = drills
	return rule.New(o)
}

func engineOptions(cfg *config.Config, catalog *table.Catalog) (rule.Options, error) {
	o := rule.Options{Catalog: catalog, Log: slog.New(slog.DiscardHandler)}
	if cfg != nil {
		added, err := language(cfg.Queries)
		if err != nil {
			return o, err
		}
		o.Accounts, o.Guarded, o.Language = accounts(cfg.Tenants), guarded(cfg.Tenants), added
	}
	return o, nil
}

// Check reads and compiles a rule; notes are remarks about its query.
func (c *RuleChecker) Check(text []byte, file string) (rule.Rule, kql.Diagnostics, error) {
	r, err := rule.Parse(text, file)
	if err != nil {
		return r, nil, err
	}
	notes, err := c.engine.Check(r)
	return r, notes, err
}

// Explain says how a rule will be run: the rule of a file, or, where cfg is not nil and there is no such file, the rule of
// that name, shipped or the user's own.
func (c *RuleChecker) Explain(cfg *config.Config, fileOrName string) (rule.Explanation, error) {
	text, err := os.ReadFile(fileOrName)
	if err == nil {
		r, err := rule.Parse(text, fileOrName)
		if err != nil {
			return rule.Explanation{}, err
		}
		return c.ExplainRule(r)
	}
	list, err := rule.Shipped()
	if cfg != nil {
		list, err = rules(cfg)
	}
	if err != nil {
		return rule.Explanation{}, err
	}
	for _, r := range list {
		if r.Name == fileOrName {
			return c.ExplainRule(r)
		}
	}
	return rule.Explanation{}, fault.New(fault.NotFound, "there is no file and no rule %q", fileOrName).WithNext("glasswatch rule list shows the names")
}

// Prelude returns the definitions that queries of rules may use.
func (c *RuleChecker) Prelude() string { return c.engine.Prelude() }

// ExplainRule says how a rule will be run.
func (c *RuleChecker) ExplainRule(r rule.Rule) (rule.Explanation, error) {
	x, _, err := c.engine.Explain(r)
	if err != nil {
		return x, &fault.Error{Code: fault.Invalid, Err: err}
	}
	return x, nil
}
