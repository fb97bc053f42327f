package duckdb

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	bind "github.com/duckdb/duckdb-go-bindings"

	"github.com/glasswatch/glasswatch/internal/fault"
	"github.com/glasswatch/glasswatch/internal/table"
	"github.com/glasswatch/glasswatch/kql/sql"
)

// mode is what a store may do with its files.
type mode uint8

const (
	readWrite mode = iota
	readOnly       // the files stay as they are
	inMemory       // there are no files
)

// views is the database that holds the views where the files cannot be written.
const views = "memory"

// OpenMemory makes an empty store of the catalog's tables in memory.
func OpenMemory(catalog *table.Catalog, o Options) (*Store, error) {
	o.mode = inMemory
	return openStore("", catalog, o, nil)
}

// OpenReadOnly opens the store in dir for queries only, and changes nothing there. It is refused while a server uses the
// folder.
func OpenReadOnly(dir string, catalog *table.Catalog, o Options) (*Store, error) {
	o.mode = readOnly
	lock, err := shareFolder(dir)
	if err != nil {
		return nil, err
	}
	return openStore(dir, catalog, o, lock)
}

// shareFolder takes the folder together with other readers.
func shareFolder(dir string) (*os.File, error) {
	f, err := os.Open(filepath.Join(dir, "lock"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.New(fault.NotFound, "there is no event store in %s", dir).WithNext("name the folder that a server's dataDir names")
	}
	if err != nil {
		return nil, fault.New(fault.Denied, "open the event store: %w", err).WithNext("run this as the server's user")
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		return nil, fault.New(fault.Conflict, "a server uses the event store in %s", dir).
			WithNext("ask the server (glasswatch query), or stop it first")
	}
	return f, nil
}

// source is how a database is attached.
func (s *Store) source(db string, group int) string {
	switch s.opt.mode {
	case readOnly:
		return fmt.Sprintf("ATTACH %s AS %s (READ_ONLY)", quoteText(s.file(db)), db)
	case inMemory:
		return "ATTACH ':memory:' AS " + db
	}
	blocks := ", BLOCK_SIZE 131072"
	if info, err := os.Stat(s.file(db)); err == nil && info.Size() > 0 {
		blocks = "" // a file keeps the size that it was made with
	}
	return fmt.Sprintf("ATTACH %s AS %s (STORAGE_VERSION 'v1.5.0', ROW_GROUP_SIZE %d%s)", quoteText(s.file(db)), db, group, blocks)
}

// show makes the views of a store that is only read. Tables and columns that its files do not have are empty.
func (s *Store) show(c *conn) error {
	for _, db := range []string{fresh, closed} {
		version, err := s.version(c, db)
		if err != nil {
			return err
		}
		if latest := len(s.opt.steps); version != latest {
			return fault.New(fault.Conflict, "%s has version %d of the data format, this program reads version %d", s.file(db), version, latest).
				WithNext("start a server of this version on the folder once: it brings the files up to date")
		}
	}
	have, err := columnsOfFiles(c)
	if err != nil {
		return err
	}
	return transaction(c, func() error {
		for _, l := range s.order {
			moved, err := border(c, l)
			if err != nil {
				return err
			}
			text := "CREATE VIEW " + l.view() + " AS " + l.side(fresh, have[fresh+"."+l.schema.Name]) + " UNION ALL " + l.side(closed, have[closed+"."+l.schema.Name])
			if have[closed+"."+l.schema.Name] != nil {
				text += fmt.Sprintf(" WHERE %s <= %d", sql.QuoteName(moveColumn), moved)
			}
			if err := c.exec(text); err != nil {
				return fmt.Errorf("table %s: %w", l.schema.Name, err)
			}
		}
		return nil
	})
}

// columnsOfFiles returns the columns of each stored table, "fresh.SigninLogs".
func columnsOfFiles(c *conn) (map[string]map[string]bool, error) {
	have := map[string]map[string]bool{}
	err := c.query(context.Background(), "SELECT database_name || '.' || table_name, column_name FROM duckdb_columns() WHERE schema_name = 'rows'", nil, func(r chunkRow) error {
		name := r.text(0)
		if have[name] == nil {
			have[name] = map[string]bool{}
		}
		have[name][r.text(1)] = true
		return nil
	})
	return have, err
}

// side selects the view's columns out of one file.
func (l *layout) side(db string, have map[string]bool) string {
	var list []string
	for i := range l.columns {
		col := &l.columns[i]
		text := sql.QuoteName(col.name)
		switch {
		case have[col.name]:
		case nullable(col) || col.kind == bind.TypeUHugeInt:
			text = "NULL::" + sqlType(col.kind) + " AS " + text
		default:
			text = "'' AS " + text
		}
		list = append(list, text)
	}
	if l.records {
		id := "''"
		if have[keyColumn] {
			id = itemID
		}
		list = append(list, id+" AS "+sql.QuoteName(table.ItemID))
	}
	if have == nil {
		return "SELECT " + strings.Join(list, ", ") + " WHERE false"
	}
	return "SELECT " + strings.Join(list, ", ") + " FROM " + l.stored(db)
}
