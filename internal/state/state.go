// Package state is the small durable state: alerts, their history, the outbox and the delivery log, in one SQLite file.
// It sits above the engines and implements action.Store. Every change goes through one writer that lets all who wait
// share a transaction; readers have connections of their own and never wait for it.
package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"modernc.org/sqlite"

	"github.com/glasswatch/glasswatch/internal/alert"
	"github.com/glasswatch/glasswatch/internal/fault"
)

const (
	readers        = 4
	readDeadline   = 10 * time.Second
	checkpointAt   = 8 // transactions
	checkpointTick = 250 * time.Millisecond
	walSize        = 1 << 20 // what the write-ahead log is given at the start
)

// Options are what a Store needs.
type Options struct {
	Path string       // of the database file; its folder must exist
	Log  *slog.Logger // nil: discard
	Now  func() time.Time
}

// Store is an open state file. It is safe for concurrent use; one process has a file open at a time.
type Store struct {
	path   string
	log    *slog.Logger
	now    func() time.Time
	reads  *sql.DB
	writes *sql.DB
	writer *writer
	stop   chan struct{}
	wait   sync.WaitGroup

	processingMu sync.Mutex
	processing   atomic.Pointer[[]alert.ProcessingRule] // nil: to be read
}

// Open opens or makes the file, and brings an older one up to date. A file of a newer Glasswatch is refused.
func Open(ctx context.Context, o Options) (*Store, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Store{path: o.Path, log: o.Log, now: o.Now, stop: make(chan struct{})}
	if err := s.open(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open state %s: %w", o.Path, err), s.closeDatabases())
	}
	s.wait.Add(2)
	go func() { defer s.wait.Done(); s.writer.run() }()
	go func() { defer s.wait.Done(); s.checkpoints() }()
	return s, nil
}

func (s *Store) open(ctx context.Context) error {
	if err := secureFile(s.path); err != nil {
		return fault.New(fault.Unavailable, "%w", err).WithNext("check that the data folder exists and is writable")
	}
	// The log is checkpointed by checkpoints, so that no Fire waits for it.
	writes, err := database(s.path, "immediate", "wal_autocheckpoint(0)")
	if err != nil {
		return err
	}
	s.writes = writes
	s.writes.SetMaxOpenConns(2) // the writer's, and one for checkpoints
	if err := migrate(ctx, s.writes); err != nil {
		return err
	}
	if err := reserve(ctx, s.writes); err != nil {
		return err
	}
	if s.reads, err = database(s.path, "deferred", "query_only(1)"); err != nil {
		return err
	}
	s.reads.SetMaxOpenConns(readers)
	s.reads.SetMaxIdleConns(readers)
	conn, err := s.writes.Conn(ctx)
	if err != nil {
		return err
	}
	if s.writer, err = newWriter(ctx, conn, s.log); err != nil {
		return err
	}
	return s.writer.resume(ctx)
}

// database opens a pool. modernc's driver applies the pragmas to each connection.
func database(path, lock string, pragmas ...string) (*sql.DB, error) {
	layer, err := dataSync()
	if err != nil {
		return nil, err
	}
	q := url.Values{"_txlock": {lock}, "_dqs": {"0"},
		"_pragma": append([]string{"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)", "temp_store(MEMORY)", "cache_size(-16000)"}, pragmas...)}
	if layer != "" {
		q.Set("vfs", layer)
	}
	dsn := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: q.Encode()}
	c, err := sqlite.NewConnector(dsn.String())
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(c), nil
}

// secureFile makes the file, readable by its owner only, if it is not there.
func secureFile(path string) error {
	f, err := os.OpenFile(filepath.Clean(path), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// Close waits for changes under way and closes the file.
func (s *Store) Close() error {
	close(s.stop)
	s.writer.close()
	s.wait.Wait()
	return errors.Join(s.writer.release(), s.closeDatabases())
}

func (s *Store) closeDatabases() error {
	var errs []error
	for _, db := range []*sql.DB{s.reads, s.writes} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return errors.Join(errs...)
}

// checkpoints moves the write-ahead log into the file now and then, so that the log starts over before it outgrows what it
// was given. It does not hold up the writer.
func (s *Store) checkpoints() {
	tick := time.NewTicker(checkpointTick)
	defer tick.Stop()
	var done int64
	for {
		select {
		case <-s.stop:
			return
		case <-tick.C:
		}
		commits := s.writer.commits.Load()
		if commits-done < checkpointAt {
			continue
		}
		done = commits
		if _, err := s.writes.Exec("PRAGMA wal_checkpoint(PASSIVE)"); err != nil {
			s.log.Warn("checkpoint state", "error", err)
		}
	}
}

// reserve makes the write-ahead log as long as it will normally be. Writing over a file that is there syncs in a
// fraction of the time that a growing one takes, and people wait for that.
func reserve(ctx context.Context, db *sql.DB) error {
	for _, text := range []string{
		fmt.Sprintf("INSERT OR REPLACE INTO meta (key, value) VALUES ('reserve', hex(zeroblob(%d)))", walSize/2),
		"DELETE FROM meta WHERE key = 'reserve'",
		"PRAGMA wal_checkpoint(PASSIVE)",
	} {
		if _, err := db.ExecContext(ctx, text); err != nil {
			return fmt.Errorf("reserve write-ahead log: %w", err)
		}
	}
	return nil
}

// read runs f within the deadline of reads.
func (s *Store) read(ctx context.Context, f func(context.Context, *sql.DB) error) error {
	ctx, cancel := context.WithTimeout(ctx, readDeadline)
	defer cancel()
	return f(ctx, s.reads)
}
