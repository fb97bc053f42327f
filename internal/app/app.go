// Package app puts the parts together: it is the only place that knows all of them. New takes a configuration, Start
// opens the parts in the order in which they need one another, Stop closes them in reverse, Reload exchanges rules, accounts,
// action groups, channels and tokens while records keep coming. Several apps may run in one process.
package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/glasswatch/glasswatch/internal/action"
	"github.com/glasswatch/glasswatch/internal/api"
	"github.com/glasswatch/glasswatch/internal/config"
	"github.com/glasswatch/glasswatch/internal/fault"
	"github.com/glasswatch/glasswatch/internal/ingest"
	"github.com/glasswatch/glasswatch/internal/ingest/decode"
	"github.com/glasswatch/glasswatch/internal/rule/schedule"
	"github.com/glasswatch/glasswatch/internal/state"
	"github.com/glasswatch/glasswatch/internal/table"
	"github.com/glasswatch/glasswatch/internal/table/duckdb"
)

// Options are what an App needs beside the configuration.
type Options struct {
	Log      *slog.Logger // nil: discard
	Version  string
	Out      io.Writer            // where console channels write; nil: standard output
	Registry *prometheus.Registry // nil: one of its own
	Hooks    Hooks
}

// Hooks tell a watcher, such as the demo, what happens. Each may be nil; they must not block.
type Hooks struct {
	action.Hooks
	Received func(Received)
}

// Received is a body that was taken.
type Received struct {
	Source  string
	Taken   int
	Refused int
	At      time.Time
	Took    time.Duration // from its receipt until it was durable and judged
}

// App is one server.
type App struct {
	opt Options
	cfg *config.Config
	log *slog.Logger

	catalog  *table.Catalog
	state    *state.Store
	store    *duckdb.Store
	schedule *schedule.Scheduler
	ingest   *ingest.Ingest
	api      *api.API
	judge    judge
	teller   teller
	address  net.Addr

	reloading sync.Mutex
	closers   []closer
	failed    chan error
}

// closer is one step of the teardown.
type closer struct {
	name  string
	close func(ctx context.Context) error
}

// New returns an app that is not started. It reads nothing and opens nothing.
func New(cfg *config.Config, o Options) (*App, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Registry == nil {
		o.Registry = prometheus.NewRegistry()
	}
	catalog, err := table.NewCatalog()
	if err != nil {
		return nil, err
	}
	return &App{opt: o, cfg: cfg, log: o.Log, catalog: catalog, failed: make(chan error, 1)}, nil
}

// Start opens everything: state, rules, actions, store, ingest with its replay, and last the door. When a step fails,
// what is open is closed again. It returns when the server answers.
func (a *App) Start(ctx context.Context) error {
	steps := []struct {
		name string
		open func(ctx context.Context) error
	}{
		{"data folder", a.openFolder}, {"state", a.openState}, {"rules and actions", a.openActions}, {"tables", a.openStore}, {"scheduled rules", a.openSchedule},
		{"ingest", a.openIngest}, {"server", a.openServer},
	}
	for _, s := range steps {
		start := time.Now()
		if err := s.open(ctx); err != nil {
			stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
			defer cancel()
			return errors.Join(fmt.Errorf("start %s: %w", s.name, err), a.Stop(stop))
		}
		a.log.Debug("started", "part", s.name, "took", time.Since(start).Round(time.Millisecond))
	}
	return nil
}

// Stop closes what Start opened, in reverse order: the door first, so that what came in is finished. It may be called
// more than once.
func (a *App) Stop(ctx context.Context) error {
	var errs []error
	for i := len(a.closers) - 1; i >= 0; i-- {
		start := time.Now()
		if err := a.closers[i].close(ctx); err != nil {
			errs = append(errs, fmt.Errorf("stop %s: %w", a.closers[i].name, err))
		}
		a.log.Debug("stopped", "part", a.closers[i].name, "took", time.Since(start).Round(time.Millisecond))
	}
	a.closers = nil
	return errors.Join(errs...)
}

// Failed gives an error when a part ends that should run on. The caller then stops the app.
func (a *App) Failed() <-chan error { return a.failed }

// Address is where the server listens.
func (a *App) Address() net.Addr { return a.address }

func (a *App) onStop(name string, close func(ctx context.Context) error) {
	a.closers = append(a.closers, closer{name, close})
}

// run starts a part that runs until it is stopped, and registers its end.
func (a *App) run(name string, f func(ctx context.Context) error) {
	stop := goRun(f, func(err error) { a.fail(fmt.Errorf("%s: %w", name, err)) })
	a.onStop(name, stop)
}

// goRun runs f in a goroutine. stop ends its context and waits for it.
func goRun(f func(ctx context.Context) error, failed func(error)) (stop func(context.Context) error) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := f(ctx); err != nil && ctx.Err() == nil {
			failed(err)
		}
	}()
	return func(wait context.Context) error {
		cancel()
		select {
		case <-done:
			return nil
		case <-wait.Done():
			return wait.Err()
		}
	}
}

func (a *App) fail(err error) {
	select {
	case a.failed <- err:
	default: // the first one counts
	}
}

func (a *App) openFolder(context.Context) error {
	if err := os.MkdirAll(a.cfg.DataDir, 0o700); err != nil {
		return fault.New(fault.Unavailable, "%w", err).WithNext("make the folder of dataDir, and give it to the server's user")
	}
	unlock, err := lock(filepath.Join(a.cfg.DataDir, "lock"))
	if err != nil {
		return err
	}
	a.onStop("data folder", func(context.Context) error { return unlock() })
	return nil
}

func (a *App) openState(ctx context.Context) error {
	opened, err := state.Open(ctx, state.Options{Path: filepath.Join(a.cfg.DataDir, "state.db"), Log: a.log})
	if err != nil {
		return err
	}
	a.state = opened
	a.onStop("state", func(context.Context) error { return opened.Close() })
	return nil
}

// openActions makes the judge and those it tells, from the configuration.
func (a *App) openActions(ctx context.Context) error {
	next, err := a.build(a.cfg)
	if err != nil {
		return err
	}
	a.install(next)
	a.onStop("actions", a.teller.stop)
	return a.adopt(ctx, next, a.cfg, "start of the server")
}

func (a *App) openStore(context.Context) error {
	opened, err := duckdb.Open(filepath.Join(a.cfg.DataDir, "tables"), a.catalog, duckdb.Options{
		Limits: table.Limits{Time: time.Duration(a.cfg.Limits.QueryTime), Rows: a.cfg.Limits.QueryRows + 1},
		Logger: a.log, Retention: retention(a.cfg.Tables), Fetch: fetcher(a.cfg.Queries.ExternalHosts, http.DefaultClient),
	})
	if err != nil {
		return err
	}
	a.store = opened
	a.onStop("tables", func(context.Context) error { return opened.Close() })
	a.run("upkeep of tables", opened.Run)
	return nil
}

// retention returns how long rows are kept, by table; "" is for the tables that are not named.
func retention(t config.Tables) map[string]time.Duration {
	r := map[string]time.Duration{"": time.Duration(t.Retention)}
	for name, one := range t.PerTable {
		r[name] = time.Duration(one.Retention)
	}
	return r
}

func (a *App) openIngest(context.Context) error {
	opened, err := ingest.Open(ingest.Options{
		Dir: filepath.Join(a.cfg.DataDir, "log"), Store: tracked{a.store, a.schedule.Tracker()}, Judge: &a.judge, Logger: a.log,
		Decoder: decode.New(a.catalog, decode.Options{MaxBody: int(a.cfg.Limits.Decompressed)}),
		MaxBody: int(a.cfg.Limits.Body), InFlight: int64(a.cfg.Limits.InFlight),
	})
	if err != nil {
		return err
	}
	a.ingest = opened
	a.onStop("ingest", func(context.Context) error { return opened.Close() })
	a.run("way to the tables", opened.Run)
	a.run("scheduled rules", a.schedule.Run)
	a.run("heartbeat", a.heartbeat)
	return nil
}
