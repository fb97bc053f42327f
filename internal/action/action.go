// Package action is stage 6 of 7: from an alert to people. It makes an alert and the notifications it owes durable in
// one transaction, starts their delivery at once, and retries each until it is delivered, refused for good or expired,
// whatever happens to the others. rule (stage 4) fires; channel (stage 7) delivers; the Store remembers.
package action

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/glasswatch/glasswatch/internal/alert"
	"github.com/glasswatch/glasswatch/internal/channel"
	"github.com/glasswatch/glasswatch/internal/fault"
)

// Log keys.
const (
	logAlert        = "alert"
	logNotification = "notification"
	logChannel      = "channel"
	logReceiver     = "receiver"
	logGroup        = "group"
	logSilence      = "processingRule"
	logError        = "error"
)

// Options are what an Engine needs. Store, Channels and Groups are required.
type Options struct {
	Store        Store
	Channels     map[string]channel.Channel // by the name that receivers use
	Groups       []Group
	SystemGroups []string               // groups told of Glasswatch's own troubles; empty: all
	RuleGroups   map[string][]string    // action groups of each alert rule, none meaning all: whom a silence concerns
	Declared     []alert.ProcessingRule // processing rules of the configuration
	Templates    Templates
	BaseURL      string         // of the server, for links; "": no links
	Location     *time.Location // of the second time in messages; nil: UTC only
	TenantID     string         // for the ids of the common alert schema; may be ""
	Policy       Policy         // zero fields take the defaults of DefaultPolicy
	Hooks        Hooks
	Log          *slog.Logger     // nil: discard
	Now          func() time.Time // nil: time.Now
}

// Policy says how long and how often delivery is tried.
type Policy struct {
	AttemptTimeout time.Duration // of one attempt
	FirstRetry     time.Duration // delay after the first failure; it doubles with each further one
	MaxRetry       time.Duration // longest delay between attempts, and longest Retry-After that is believed without limit
	Expire         time.Duration // a notification that is older is given up
	Late           time.Duration // a notification that is undelivered for so long raises an alert
	Workers        int           // attempts under way at once, per channel
	LaneWorkers    int           // attempts under way at once to one recipient
	Grace          time.Duration // attempts under way have so long to end when the engine stops
}

// DefaultPolicy returns the defaults.
func DefaultPolicy() Policy {
	return Policy{
		AttemptTimeout: 30 * time.Second,
		FirstRetry:     time.Second,
		MaxRetry:       5 * time.Minute,
		Expire:         72 * time.Hour,
		Late:           5 * time.Minute,
		Workers:        64,
		LaneWorkers:    4,
		Grace:          5 * time.Second,
	}
}

func (p Policy) withDefaults() Policy {
	d := DefaultPolicy()
	for _, f := range []struct{ v, d *time.Duration }{
		{&p.AttemptTimeout, &d.AttemptTimeout}, {&p.FirstRetry, &d.FirstRetry}, {&p.MaxRetry, &d.MaxRetry},
		{&p.Expire, &d.Expire}, {&p.Late, &d.Late}, {&p.Grace, &d.Grace},
	} {
		if *f.v <= 0 {
			*f.v = *f.d
		}
	}
	if p.Workers <= 0 {
		p.Workers = d.Workers
	}
	if p.LaneWorkers <= 0 {
		p.LaneWorkers = d.LaneWorkers
	}
	return p
}

// Hooks tell metrics what happens. Each may be nil; they are called from many goroutines and must not block.
type Hooks struct {
	Fired     func(rule string, s alert.Severity, c Change)
	Attempted func(channel, outcome string, took time.Duration)
	Delivered func(channel string, sinceFired, sinceReceived time.Duration)
	Pending   func(count int) // notifications owed now
}

// Engine is the running stage. Fire may be called before Run: what is owed is then sent when Run starts.
type Engine struct {
	store    Store
	channels map[string]channel.Channel
	router   *router
	rules    map[string][]string // action groups of alert rules
	declared *declared
	renderer *renderer
	policy   Policy
	hooks    Hooks
	log      *slog.Logger
	now      func() time.Time
	dispatch *dispatcher

	// starting is held for reading by Fire, for writing while Run takes over what is owed: a notification is
	// either in what Run reads from the store, or handed over by Fire.
	starting sync.RWMutex
}

// New checks the options, all problems at once, and returns an engine that does not run yet.
func New(o Options) (*Engine, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	router, err := newRouter(o.Groups, o.SystemGroups, o.Channels)
	renderer, errTemplates := newRenderer(o)
	declared, errDeclared := newDeclared(o.Declared, router)
	if err := errors.Join(err, errTemplates, errDeclared); err != nil {
		return nil, fault.New(fault.Invalid, "%w", err)
	}
	e := &Engine{store: o.Store, channels: o.Channels, router: router, rules: o.RuleGroups, declared: declared, renderer: renderer, policy: o.Policy.withDefaults(),
		hooks: o.Hooks, log: o.Log, now: o.Now}
	e.dispatch = newDispatcher(e)
	return e, nil
}

// Run sends what is owed until ctx ends, and then lets attempts under way end. It returns an error only when what is
// owed cannot be read.
func (e *Engine) Run(ctx context.Context) error {
	if ctx.Err() != nil {
		return nil
	}
	e.starting.Lock()
	pending, err := e.store.Pending(context.WithoutCancel(ctx))
	if err != nil {
		e.starting.Unlock()
		return fmt.Errorf("read what is owed: %w", err)
	}
	e.dispatch.start()
	e.starting.Unlock()
	for _, n := range pending {
		// A start often follows a repair: try at once, unless the other side asked for a longer rest.
		if now := e.now(); n.NextAt.Sub(now) <= e.policy.MaxRetry {
			n.NextAt = now
		}
		e.dispatch.add(&job{n: n})
	}
	e.announceDeclared(ctx) // until ctx ends
	e.dispatch.stop(e.policy.Grace)
	return nil
}
