// Package api is the server's HTTP side: the push doors, API version 1 with its OpenAPI description, health, metrics,
// tokens and TLS. Handlers turn requests into calls of the interfaces below and errors into problem+json; the wire types
// are in api/v1. app puts the engines behind the interfaces.
package api

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"sync/atomic"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/glasswatch/glasswatch/internal/action"
	"github.com/glasswatch/glasswatch/internal/alert"
	v1 "github.com/glasswatch/glasswatch/internal/api/v1"
	"github.com/glasswatch/glasswatch/internal/config"
	"github.com/glasswatch/glasswatch/internal/source"
	"github.com/glasswatch/glasswatch/internal/source/push"
	"github.com/glasswatch/glasswatch/internal/table"
	"github.com/glasswatch/glasswatch/kql"
)

// Querier runs queries.
type Querier interface {
	// Query compiles and starts a query. An error with kql.Diagnostics in its chain is the query's fault.
	Query(ctx context.Context, text string, parameters map[string]string, limits table.Limits) (*table.Results, kql.Diagnostics, error)
}

// Alerts is the memory of what fired.
type Alerts interface {
	Alerts(ctx context.Context, f action.Filter) ([]alert.Alert, error)
	Show(ctx context.Context, id string) (action.Details, error)
	Acknowledge(ctx context.Context, id, by, comment string) (alert.Alert, error)
}

// Catalog lists what can be asked about and what judges.
type Catalog interface {
	Tables() []v1.Table
	HasTable(name string) bool
	Rules() []v1.Rule
}

// Tester sends a test message to everyone in an action group.
type Tester interface {
	TestGroup(ctx context.Context, group string) ([]v1.TestResult, error)
}

// Options are what the server needs.
type Options struct {
	Log        *slog.Logger
	Version    string
	Tokens     []Token
	Sink       source.Sink
	Querier    Querier
	Alerts     Alerts
	Incidents  Incidents
	Processing Processing
	Audit      Audit
	Replayer   Replayer
	Catalog    Catalog
	Tester     Tester
	Ready      func(ctx context.Context) error // nil: can serve
	Registry   *prometheus.Registry
	Limits     config.Limits
	Pages      http.Handler // what is served at other paths; may be nil
}

// API is the HTTP side. It is an http.Handler.
type API struct {
	Options
	tokens  atomic.Pointer[tokens]
	metrics metrics
	door    *push.Door
	huma    huma.API
	handler http.Handler
}

// New returns the handler of everything.
func New(o Options) *API {
	a := &API{Options: o, metrics: newMetrics(o.Registry)}
	a.SetTokens(o.Tokens)
	a.door = push.New(push.Options{
		Sink: a.metrics.count(o.Sink), MaxBody: int64(o.Limits.Body), InFlight: int64(o.Limits.InFlight),
		Answer: a.receipt, Fail: a.fail, HasTable: o.Catalog.HasTable,
	})
	a.metrics.gauge(o.Registry, a.door.InUse)
	mux := http.NewServeMux()
	a.huma = humago.New(mux, a.openAPI())
	a.operations()
	a.raw(mux)
	a.handler = a.outer(mux)
	return a
}

// SetTokens exchanges the tokens; requests under way go on.
func (a *API) SetTokens(list []Token) {
	t := tokens(slices.Clone(list))
	a.tokens.Store(&t)
}

func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.handler.ServeHTTP(w, r) }

// raw adds what is not described by types: the push doors, health and metrics.
func (a *API) raw(mux *http.ServeMux) {
	mux.Handle("POST "+ingestPath, a.authorize(config.Ingest, a.fail, a.door))
	mux.Handle("POST "+push.AzurePath, a.authorize(config.Ingest, azureDenied, push.Azure{Door: a.door}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { plain(w, http.StatusOK, "ok\n") })
	mux.HandleFunc("GET /readyz", a.ready)
	mux.Handle("GET /metrics", a.authorize(config.Read, a.fail, promhttp.HandlerFor(a.Registry, promhttp.HandlerOpts{})))
	mux.HandleFunc("/api/", a.notFound)
	if a.Pages != nil {
		mux.Handle("/", a.Pages)
	} else {
		mux.HandleFunc("/", a.notFound)
	}
}

func (a *API) ready(w http.ResponseWriter, r *http.Request) {
	if err := a.Ready(r.Context()); err != nil {
		a.Log.Warn("not ready", "error", err)
		plain(w, http.StatusServiceUnavailable, "not ready: "+err.Error()+"\n")
		return
	}
	plain(w, http.StatusOK, "ready\n")
}

func plain(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text))
}
