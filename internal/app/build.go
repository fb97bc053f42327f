package app

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/glasswatch/glasswatch/internal/action"
	"github.com/glasswatch/glasswatch/internal/alert"
	"github.com/glasswatch/glasswatch/internal/api"
	"github.com/glasswatch/glasswatch/internal/channel"
	"github.com/glasswatch/glasswatch/internal/channel/all"
	"github.com/glasswatch/glasswatch/internal/config"
	"github.com/glasswatch/glasswatch/internal/rule"
	"github.com/glasswatch/glasswatch/internal/table"
)

// generation is everything that a reload exchanges.
type generation struct {
	cfg      *config.Config
	rules    *rule.Engine
	loaded   []rule.Rule // also those that are off
	language rule.Language
	actions  *action.Engine
	channels map[string]channel.Channel
	tokens   []api.Token
}

// build makes a generation from a configuration; nothing of it runs yet. On an error nothing is left open.
func (a *App) build(cfg *config.Config) (*generation, error) {
	g := &generation{cfg: cfg}
	if err := a.fill(g, cfg); err != nil {
		closeChannels(g.channels)
		return nil, err
	}
	return g, nil
}

func (a *App) fill(g *generation, cfg *config.Config) (err error) {
	if g.channels, err = a.channels(cfg); err != nil {
		return err
	}
	location, err := time.LoadLocation(cfg.TimeZone)
	if err != nil {
		return err
	}
	if location.String() == "UTC" {
		location = nil
	}
	if g.loaded, err = rules(cfg); err != nil {
		return err
	}
	g.actions, err = action.New(action.Options{Store: a.state, Channels: g.channels, Groups: groups(cfg), RuleGroups: ruleGroups(g.loaded), Declared: cfg.Declared(),
		BaseURL: cfg.Server.ExternalURL, Location: location, TenantID: firstTenant(cfg), Hooks: a.hooks(), Log: a.log})
	if err != nil {
		return err
	}
	if g.language, err = language(cfg.Queries); err != nil {
		return err
	}
	if g.rules, err = a.engine(g); err != nil {
		return err
	}
	g.tokens, err = tokens(cfg)
	return err
}

// engine makes the rule engine of a generation, with its rules and the drills that are declared now.
func (a *App) engine(g *generation) (*rule.Engine, error) {
	drills, err := a.drills(context.Background())
	if err != nil {
		return nil, err
	}
	e, err := rule.New(rule.Options{Catalog: a.catalog, Sink: &a.teller, Accounts: accounts(g.cfg.Tenants), Guarded: guarded(g.cfg.Tenants), Drills: drills,
		Language: g.language, Log: a.log})
	if err != nil {
		return nil, err
	}
	return e, e.Load(g.loaded)
}

// install puts a generation in place of the one before. What fires from now on goes to the new actions, which begin to
// send when the old ones have stopped: nothing is sent by both.
func (a *App) install(g *generation) {
	a.teller.exchange(g, func(err error) { a.fail(fmt.Errorf("actions: %w", err)) })
	a.judge.rules.Store(g.rules)
}

func (a *App) channels(cfg *config.Config) (map[string]channel.Channel, error) {
	made := map[string]channel.Channel{}
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(cfg.Channels)) {
		c := cfg.Channels[name]
		for _, kind := range all.Kinds() {
			if kind.Name != c.Kind {
				continue
			}
			ch, err := kind.New(c.Options, channel.Deps{Name: name, Log: a.log, Out: a.opt.Out, Version: a.opt.Version})
			if err != nil {
				errs = append(errs, fmt.Errorf("channel %s: %w", name, err))
				continue
			}
			made[name] = ch
		}
	}
	return made, errors.Join(errs...)
}

func closeChannels(list map[string]channel.Channel) {
	for _, ch := range list {
		if c, ok := ch.(channel.Closer); ok {
			_ = c.Close() // idle connections
		}
	}
}

func groups(cfg *config.Config) []action.Group {
	var list []action.Group
	for _, name := range slices.Sorted(maps.Keys(cfg.ActionGroups)) {
		g := action.Group{Name: name}
		for _, r := range cfg.ActionGroups[name].Receivers {
			g.Receivers = append(g.Receivers, action.Receiver{Name: r.Name, Channel: r.Channel, Recipient: r.Recipient})
		}
		list = append(list, g)
	}
	return list
}

// ruleGroups returns the action groups of each rule that runs, by its name.
func ruleGroups(rules []rule.Rule) map[string][]string {
	groups := map[string][]string{}
	for _, r := range rules {
		if r.On() {
			groups[r.Name] = r.ActionGroups
		}
	}
	return groups
}

func accounts(tenants []config.Tenant) []alert.Account {
	var list []alert.Account
	for _, t := range tenants {
		for _, acc := range t.Accounts {
			list = append(list, alert.Account(acc))
		}
	}
	return list
}

func guarded(tenants []config.Tenant) rule.Guarded {
	var all rule.Guarded
	for _, t := range tenants {
		all.Objects = append(all.Objects, t.Guarded.Objects...)
		all.Apps = append(all.Apps, t.Guarded.Apps...)
		all.Resources = append(all.Resources, t.Guarded.Resources...)
	}
	return all
}

func firstTenant(cfg *config.Config) string {
	if len(cfg.Tenants) == 0 {
		return ""
	}
	return cfg.Tenants[0].ID
}

func tokens(cfg *config.Config) ([]api.Token, error) {
	var list []api.Token
	var errs []error
	for _, t := range cfg.Server.Tokens {
		text, err := t.Secret.Resolve()
		if err != nil {
			errs = append(errs, fmt.Errorf("token %q: %w", t.Name, err))
			continue
		}
		list = append(list, api.NewToken(t.Name, text, t.Scopes))
	}
	return list, errors.Join(errs...)
}

// judge is ingest's Judge: the rules in force.
type judge struct{ rules atomic.Pointer[rule.Engine] }

func (j *judge) Judge(b *table.Batch) func(ctx context.Context) error { return j.rules.Load().Judge(b) }

// teller is the rules' Sink: the actions in force.
type teller struct {
	mu  sync.RWMutex
	g   *generation
	end func(context.Context) error
}

func (t *teller) Fire(ctx context.Context, alerts []alert.Alert) error {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.g.actions.Fire(ctx, alerts)
}

func (t *teller) current() *action.Engine {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.g.actions
}

func (t *teller) generation() *generation {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.g
}

// exchange stops the old actions and starts the new ones.
func (t *teller) exchange(g *generation, failed func(error)) {
	t.mu.Lock()
	old, end := t.g, t.end
	t.g = g
	t.mu.Unlock()
	if end != nil {
		_ = end(context.Background()) // it ends within its own grace
		closeChannels(old.channels)
	}
	t.end = goRun(g.actions.Run, failed)
}

// stop lets what is being sent end, and closes the channels.
func (t *teller) stop(ctx context.Context) error {
	err := t.end(ctx)
	closeChannels(t.g.channels)
	return err
}
