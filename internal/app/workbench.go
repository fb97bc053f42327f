package app

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/glasswatch/glasswatch/internal/config"
	"github.com/glasswatch/glasswatch/internal/fault"
	"github.com/glasswatch/glasswatch/internal/rule"
	"github.com/glasswatch/glasswatch/internal/table"
	"github.com/glasswatch/glasswatch/internal/table/duckdb"
	"github.com/glasswatch/glasswatch/kql"
	"github.com/glasswatch/glasswatch/kql/sql"
)

// Workbench compiles and runs queries without a server: on empty tables, or on the data folder of a server that is not
// running, which it does not change. It is safe for concurrent use.
type Workbench struct {
	catalog *table.Catalog
	prelude string
	store   *duckdb.Store // opened when the first query runs
	dir     string        // of the store; "" for empty tables
}

// WorkbenchOptions say on what a workbench works.
type WorkbenchOptions struct {
	// Data is a server's data folder; "" means empty tables with the columns that Microsoft publishes.
	Data string
	// Tenants are those whose accounts the queries know.
	Tenants []config.Tenant
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
	engine, err := rule.New(rule.Options{Catalog: catalog, Accounts: accounts(o.Tenants), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	return &Workbench{catalog: catalog, prelude: engine.Prelude(), dir: o.Data}, nil
}

// Compile compiles a query; the error is a kql.Diagnostics.
func (w *Workbench) Compile(query string) (*kql.Query, error) {
	o := kql.Options{Catalog: w.catalog, Prelude: w.prelude}
	if w.dir == "" { // queries of other places are checked
		o.Watchlists = kql.AnyWatchlist{}
	}
	return kql.Compile(query, o)
}

// Open opens the tables.
func (w *Workbench) Open() (err error) {
	o := duckdb.Options{Memory: 1 << 30, Queries: 16}
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

// Run runs a compiled query on one of Engines.
func (w *Workbench) Run(ctx context.Context, q *kql.Query, engine string, limits table.Limits) (table.Rows, error) {
	if q.Open { // Compile had no tables to ask
		var err error
		q, err = kql.Compile(q.Text, kql.Options{Catalog: w.catalog, Prelude: w.prelude, Discover: discover(ctx, w.store, limits)})
		if err != nil {
			return nil, err
		}
	}
	switch engine {
	case "duckdb":
		return w.store.QueryOn(ctx, duckdb.SQLFirst, q.Plan, limits)
	case "sql":
		return w.store.QueryOn(ctx, duckdb.SQLOnly, q.Plan, limits)
	case "eval":
		return w.store.QueryOn(ctx, duckdb.Interpreter, q.Plan, limits)
	}
	return nil, fault.New(fault.Invalid, "there is no engine %q", engine).WithNext("the engines are duckdb, sql and eval")
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
