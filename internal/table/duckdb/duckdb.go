// Package duckdb is the embedded store: tables in two DuckDB files of one data folder.
//
// Fresh rows lie in fresh.duckdb, in row groups of 20,480, so that a commit writes whole row groups past the
// write-ahead log. Rows of closed days are moved, off-peak, to closed.duckdb, whose larger row groups are smaller on
// disk and faster to scan. A view for each table shows both. All writing to fresh.duckdb goes through one goroutine on
// one thread of the operating system; queries run beside it on connections of their own, on snapshots.
package duckdb

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	bind "github.com/duckdb/duckdb-go-bindings"

	"github.com/glasswatch/glasswatch/internal/fault"
	"github.com/glasswatch/glasswatch/internal/table"
	"github.com/glasswatch/glasswatch/kql/eval"
	"github.com/glasswatch/glasswatch/kql/sql"
)

// The names under which the two files are attached.
const (
	fresh  = "fresh"
	closed = "closed"
)

// Options of a store. Zero fields mean the defaults.
type Options struct {
	Memory  int64        // bytes that the engine may hold; 160 MB. What is larger goes to disk
	Threads int          // of a query; 2
	Queries int          // that may run at once; more wait; 4
	Limits  table.Limits // of a query that names none: a minute, 500,000 rows, 256 MB
	Clock   func() time.Time
	Logger  *slog.Logger

	// Retention is how long each table's rows are kept, by when they arrived; "" is for tables not named. 0 keeps them for ever.
	Retention map[string]time.Duration
	// Fetch reads the addresses of externaldata; nil: none may be read.
	Fetch eval.Fetch
	// Quiet tells when moving closed days may run: from and to are hours of the day, local time; equal means always.
	QuietFrom, QuietTo int

	mode                     mode
	rowGroup, closedRowGroup int // for tests
	steps                    []migration
}

// Store is an open store. Its methods may be called from any goroutine.
type Store struct {
	dir     string
	opt     Options
	lock    *os.File
	db      bind.Database
	layouts map[string]*layout
	order   []*layout
	names   names
	catalog *table.Catalog

	writer *writer
	slots  chan struct{} // one for each query under way
	upkeep sync.Mutex    // held by whoever moves or deletes rows
	ending context.Context
	end    context.CancelFunc

	dbMu     sync.RWMutex // held for reading by whoever has a connection, for writing to open the files anew
	epochMu  sync.Mutex
	epoch    context.Context
	endEpoch context.CancelFunc // interrupts all readers

	healthMu sync.Mutex
}

var _ table.Store = (*Store)(nil)

// Open opens or makes the store of the catalog's tables in dir.
func Open(dir string, catalog *table.Catalog, o Options) (*Store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make data folder: %w", err)
	}
	lock, err := lockFolder(dir)
	if err != nil {
		return nil, err
	}
	return openStore(dir, catalog, o, lock)
}

// openStore opens a store; lock holds its folder, and is nil for one in memory.
func openStore(dir string, catalog *table.Catalog, o Options, lock *os.File) (*Store, error) {
	o = o.withDefaults()
	s := &Store{dir: dir, opt: o, lock: lock, catalog: catalog, layouts: map[string]*layout{}, names: names{}, slots: make(chan struct{}, o.Queries)}
	s.ending, s.end = context.WithCancel(context.Background())
	s.epoch, s.endEpoch = context.WithCancel(s.ending)
	for _, schema := range catalog.Schemas() {
		l := newLayout(schema)
		if o.mode == readOnly {
			l.shownIn = views
		}
		s.layouts[schema.Name], s.names[schema.Plan] = l, l
		s.order = append(s.order, l)
	}
	if err := s.open(); err != nil {
		if s.db.Ptr != nil {
			bind.Close(&s.db)
		}
		_ = s.unlock()
		return nil, err
	}
	return s, nil
}

func (s *Store) unlock() error {
	if s.lock == nil {
		return nil
	}
	return s.lock.Close()
}

func (o Options) withDefaults() Options {
	set := func(p *int, n int) {
		if *p <= 0 {
			*p = n
		}
	}
	set(&o.Threads, 2)
	set(&o.Queries, 4)
	set(&o.rowGroup, 20480)
	set(&o.closedRowGroup, 122880)
	if o.Memory <= 0 {
		o.Memory = 160 << 20
	}
	if o.Limits.Time <= 0 {
		o.Limits.Time = time.Minute
	}
	if o.Limits.Rows <= 0 {
		o.Limits.Rows = 500_000
	}
	if o.Limits.Bytes <= 0 {
		o.Limits.Bytes = 256 << 20
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.steps == nil {
		o.steps = migrations()
	}
	return o
}

func (s *Store) open() error {
	if err := s.openFiles(); err != nil {
		return err
	}
	var err error
	s.writer, err = startWriter(s)
	return err
}

func (s *Store) openFiles() error {
	var cfg bind.Config
	bind.CreateConfig(&cfg)
	defer bind.DestroyConfig(&cfg)
	for name, v := range map[string]string{
		"threads": strconv.Itoa(s.opt.Threads), "memory_limit": fmt.Sprintf("%dB", s.opt.Memory),
		"autoinstall_known_extensions": "false", "autoload_known_extensions": "false", "allow_community_extensions": "false",
	} {
		if bind.SetConfig(cfg, name, v) != bind.StateSuccess {
			return fmt.Errorf("duckdb: setting %s is not known", name)
		}
	}
	var text string
	if bind.OpenExt(":memory:", &s.db, cfg, &text) != bind.StateSuccess {
		return errors.New("duckdb: " + text)
	}
	c, err := connect(s.db)
	if err != nil {
		return err
	}
	defer c.close()
	if err := s.attach(c); err != nil {
		return err
	}
	if s.opt.mode == readOnly {
		return s.show(c)
	}
	if err := s.migrate(c); err != nil {
		return err
	}
	if err := s.create(c); err != nil {
		return err
	}
	return s.finishMoves(c)
}

func (s *Store) attach(c *conn) error {
	temp := "" // nothing is written to disk
	if s.opt.mode == readWrite {
		temp = filepath.Join(s.dir, "tmp")
		if err := os.RemoveAll(temp); err != nil {
			return fmt.Errorf("empty folder of temporary data: %w", err)
		}
	}
	for db, group := range map[string]int{fresh: s.opt.rowGroup, closed: s.opt.closedRowGroup} {
		err := c.exec(s.source(db, group))
		if err != nil {
			return fault.New(fault.Conflict, "open %s: %w", s.file(db), err).
				WithNext("the file is damaged, in use, or not of this product: restore it from a backup, or move it away to begin an empty store")
		}
	}
	for _, statement := range []string{
		"SET checkpoint_threshold = '256MB'",
		"SET temp_directory = " + quoteText(temp),
		"SET preserve_insertion_order = true",
		"SET enable_external_access = false",
		"SET lock_configuration = true",
	} {
		if err := c.exec(statement); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) file(db string) string { return filepath.Join(s.dir, db+".duckdb") }

func quoteText(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// create makes what is missing: tables and columns of this version's catalog, views. Nothing is ever dropped.
func (s *Store) create(c *conn) error {
	for _, db := range []string{fresh, closed} {
		err := transaction(c, func() error {
			for _, l := range s.order {
				if err := s.createIn(c, l, db); err != nil {
					return fmt.Errorf("table %s: %w", l.schema.Name, err)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return transaction(c, func() error {
		for _, l := range s.order {
			moved, err := border(c, l)
			if err != nil {
				return err
			}
			if err := c.exec(l.createView(moved)); err != nil {
				return fmt.Errorf("table %s: %w", l.schema.Name, err)
			}
		}
		return nil
	})
}

func (s *Store) createIn(c *conn, l *layout, db string) error {
	if err := c.exec(l.createTable(db)); err != nil {
		return err
	}
	have := map[string]string{}
	err := c.query(context.Background(), "SELECT column_name, data_type FROM duckdb_columns() WHERE database_name = ? AND schema_name = 'rows' AND table_name = ?",
		[]any{db, l.schema.Name}, func(r chunkRow) error {
			have[r.text(0)] = r.text(1)
			return nil
		})
	if err != nil {
		return err
	}
	for i := range l.columns {
		col := &l.columns[i]
		kind, ok := have[col.name]
		if !ok {
			err = addColumn(c, l, col, db)
		} else if kind != sqlType(col.kind) {
			err = fault.New(fault.Conflict, "column %s is stored as %s, this version needs %s", col.name, kind, sqlType(col.kind)).
				WithNext("start the version that wrote the data folder %s, or name another folder", s.dir)
		}
		if err != nil {
			return err
		}
	}
	if err := s.foreignColumns(have, l, db); err != nil || db == closed {
		return err
	}
	return l.order(c)
}

// addColumn adds a column that the catalog has got since the table was made, filled with what rows without it have.
func addColumn(c *conn, l *layout, col *column, db string) error {
	text := fmt.Sprintf("ALTER TABLE %s ADD COLUMN %s %s", l.stored(db), sql.QuoteName(col.name), sqlType(col.kind))
	if !nullable(col) {
		text += " DEFAULT ''"
	}
	if err := c.exec(text); err != nil || !col.isPromoted() {
		return err
	}
	p := l.promoted[col.path]
	return fillPromoted(c, l.stored(db), col, l.names[p.Column], p.Steps...)
}

// order puts the layout's columns in the order in which the fresh table has them, which the appender goes by: columns
// that were added later are at the end.
func (l *layout) order(c *conn) error {
	place := map[string]int64{}
	err := c.query(context.Background(), "SELECT column_name, column_index FROM duckdb_columns() WHERE database_name = ? AND schema_name = 'rows' AND table_name = ?",
		[]any{fresh, l.schema.Name}, func(r chunkRow) error {
			place[r.text(0)] = r.int(1)
			return nil
		})
	slices.SortStableFunc(l.columns, func(a, b column) int { return int(place[a.name] - place[b.name]) })
	return err
}

// foreignColumns refuses columns that this version does not know: filling them with nothing would lose what they mean.
func (s *Store) foreignColumns(have map[string]string, l *layout, db string) error {
	for _, col := range l.columns {
		delete(have, col.name)
	}
	delete(have, moveColumn)
	if len(have) == 0 {
		return nil
	}
	return fault.New(fault.Conflict, "%s has columns in table %s that this version does not know: %v", s.file(db), l.schema.Name, slices.Sorted(maps.Keys(have))).
		WithNext("start the version that wrote the data folder %s, or a newer one", s.dir)
}

// transaction runs f between BEGIN and COMMIT.
func transaction(c *conn, f func() error) error {
	if err := c.exec("BEGIN"); err != nil {
		return err
	}
	if err := f(); err != nil {
		_ = c.exec("ROLLBACK")
		return err
	}
	if err := c.exec("COMMIT"); err != nil {
		_ = c.exec("ROLLBACK")
		return err
	}
	return nil
}

// Close ends queries, drops rows that were staged and not committed, writes a checkpoint and closes the files.
func (s *Store) Close() error {
	s.end()
	s.upkeep.Lock()
	defer s.upkeep.Unlock()
	err := s.writer.stop()
	s.dbMu.Lock() // waits for the readers, whom the end of the epoch interrupts
	defer s.dbMu.Unlock()
	bind.Close(&s.db) // checkpoints
	return errors.Join(err, s.unlock())
}
