package app

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/glasswatch/glasswatch/internal/config"
	"github.com/glasswatch/glasswatch/internal/fault"
	"github.com/glasswatch/glasswatch/internal/table"
	"github.com/glasswatch/glasswatch/internal/table/duckdb"
	"github.com/glasswatch/glasswatch/kql"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/sql"
)

// Workbench compiles and runs queries without a server: on empty tables, or on the data folder of a server that is not
// running, which it does not change. It is safe for concurrent use.
type Workbench struct {
	catalog  *table.Catalog
	language kql.Options
	hosts    []string      // that externaldata may read from
	store    *duckdb.Store // opened when the first query runs
	dir      string        // of the store; "" for empty tables
}

// WorkbenchOptions say on what a workbench works.
type WorkbenchOptions struct {
	// Data is a server's data folder; "" means empty tables with the columns that Microsoft publishes.
	Data string
	// Config names the accounts, functions, lists and hosts that queries know; nil: none.
	Config *config.Config
}

// Engines are what can run a query: the store's way (SQL, and the interpreter for what SQL cannot say), SQL alone, the
// interpreter alone.
var Engines = []string{"duckdb", "sql", "eval"}

// NewWorkbench returns a workbench; Open must be called before Run and Statement.
func NewWorkbench(o WorkbenchOptions) (*Workbench, error) {
	catalog, err := table.NewPublishedCatalog()
	if o.Data != "" {
		catalog, err = table.NewCatalog()
	}
	if err != nil {
		return nil, err
	}
	engine, err := engineOf(o.Config, catalog, nil)
	if err != nil {
		return nil, err
	}
	w := &Workbench{catalog: catalog, language: engine.KQL(), dir: o.Data}
	if o.Config != nil {
		w.hosts = o.Config.Queries.ExternalHosts
	}
	if l := w.language.Watchlists; l == nil || len(l.WatchlistAliases()) == 0 { // queries of other places are checked
		w.language.Watchlists = kql.AnyWatchlist{}
	}
	return w, nil
}

// Compile compiles a query without running any of it; the error is a kql.Diagnostics.
func (w *Workbench) Compile(query string) (*kql.Query, error) { return kql.Compile(query, w.language) }

// Open opens the tables.
func (w *Workbench) Open() (err error) {
	o := duckdb.Options{Memory: 1 << 30, Queries: 16, Fetch: fetcher(w.hosts, http.DefaultClient)}
	if w.dir == "" {
		w.store, err = duckdb.OpenMemory(w.catalog, o)
		return err
	}
	dir := w.dir
	if _, err := os.Stat(filepath.Join(dir, "tables")); err == nil { // the folder that dataDir names holds the store's
		dir = filepath.Join(dir, "tables")
	}
	w.store, err = duckdb.OpenReadOnly(dir, w.catalog, o)
	return err
}

// engine is the store with one of Engines as its way to run a query.
type engine struct {
	*duckdb.Store
	way duckdb.Engine
}

// Query runs a query on the engine.
func (e engine) Query(ctx context.Context, q plan.Node, limits table.Limits) (table.Rows, error) {
	return e.QueryOn(ctx, e.way, q, limits)
}

func (w *Workbench) engine(name string) (engine, error) {
	switch name {
	case "duckdb":
		return engine{w.store, duckdb.SQLFirst}, nil
	case "sql":
		return engine{w.store, duckdb.SQLOnly}, nil
	case "eval":
		return engine{w.store, duckdb.Interpreter}, nil
	}
	return engine{}, fault.New(fault.Invalid, "there is no engine %q", name).WithNext("the engines are duckdb, sql and eval")
}

// Run compiles a query and runs it on one of Engines. The error is a kql.Diagnostics where the query is wrong. Of several
// results it is the one that a rule would take.
func (w *Workbench) Run(ctx context.Context, query, on string, limits table.Limits) (table.Rows, kql.Diagnostics, error) {
	return w.run(ctx, query, on, limits, time.Time{})
}

// run is Run at an instant; the zero time is the present.
func (w *Workbench) run(ctx context.Context, query, on string, limits table.Limits, now time.Time) (table.Rows, kql.Diagnostics, error) {
	e, q, err := w.prepare(ctx, query, on, limits, now)
	if err != nil {
		return nil, nil, err
	}
	rows, err := e.Query(ctx, q.Plan, limits)
	return rows, q.Notes, err
}

// RunAll is Run with all results of the query.
func (w *Workbench) RunAll(ctx context.Context, query, on string, limits table.Limits) (*table.Results, kql.Diagnostics, error) {
	e, q, err := w.prepare(ctx, query, on, limits, time.Time{})
	if err != nil {
		return nil, nil, err
	}
	results, err := table.Run(ctx, e, q.Parts, limits)
	return results, q.Notes, err
}

// prepare compiles a query for an engine.
func (w *Workbench) prepare(ctx context.Context, query, on string, limits table.Limits, now time.Time) (engine, *kql.Query, error) {
	e, err := w.engine(on)
	if err != nil {
		return engine{}, nil, err
	}
	o := w.language
	o.Now = now
	if o.Discover = table.Discover(ctx, e, limits); e.way == duckdb.SQLOnly { // no plugin has SQL
		o.Discover = table.Discover(ctx, w.store, limits)
	}
	q, err := kql.Compile(query, o)
	if err != nil {
		return engine{}, nil, err
	}
	if q.Open {
		return engine{}, nil, fault.New(fault.Invalid, "the query uses columns of a table of which nothing is known here in a way that needs their types")
	}
	return e, q, nil
}

// Statement is the SQL that a query becomes; the error says what SQL cannot say.
func (w *Workbench) Statement(q *kql.Query) (sql.Statement, error) { return w.store.Statement(q.Plan) }

// Close closes the tables.
func (w *Workbench) Close() error {
	if w.store == nil {
		return nil
	}
	return w.store.Close()
}

// DefaultQueryTime is how long a query on a workbench may take where nothing else is said.
const DefaultQueryTime = 30 * time.Second
