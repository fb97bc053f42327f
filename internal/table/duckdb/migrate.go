package duckdb

import (
	"context"
	"fmt"

	"github.com/glasswatch/glasswatch/internal/fault"
)

// product marks the files as ours.
const product = "glasswatch events"

// migration takes a file from the version that is its index to the next. Both files have the same version.
type migration struct {
	about string
	run   func(c *conn, db string) error
}

// migrations are the steps from an empty file, version 0, to the present version. Tables and columns of the catalog are
// not made here: create adds what is missing, whatever the version.
func migrations() []migration {
	return []migration{
		{"bookkeeping", func(c *conn, db string) error {
			for _, statement := range []string{
				"CREATE SCHEMA " + db + ".rows",
				"CREATE TABLE " + db + ".main.\"~about\" (product VARCHAR, version INTEGER)",
				"INSERT INTO " + db + ".main.\"~about\" VALUES (" + quoteText(product) + ", 0)",
				"CREATE TABLE " + db + ".main.\"~position\" (segment UBIGINT, frame_end BIGINT, next_rows BIGINT)",
				"INSERT INTO " + db + ".main.\"~position\" VALUES (0, 0, 0)",
				"CREATE TABLE " + db + ".main.\"~border\" (name VARCHAR, moved BIGINT)",
			} {
				if err := c.exec(statement); err != nil {
					return err
				}
			}
			return nil
		}},
		{"promoted paths as text, kind and number", promoteTexts},
	}
}

// migrate brings both files to the present version, each step in one transaction with the new version's number, or
// refuses files that are foreign or newer.
func (s *Store) migrate(c *conn) error {
	for _, db := range []string{fresh, closed} {
		version, err := s.version(c, db)
		if err != nil {
			return err
		}
		if latest := len(s.opt.steps); version > latest {
			return fault.New(fault.Conflict, "%s has version %d of the data format, this program knows up to %d", s.file(db), version, latest).
				WithNext("start the newer version of glasswatch that wrote it, or restore a backup made before the upgrade")
		}
		for ; version < len(s.opt.steps); version++ {
			step := s.opt.steps[version]
			err := transaction(c, func() error {
				if err := step.run(c, db); err != nil {
					return err
				}
				return c.exec(fmt.Sprintf("UPDATE %s.main.\"~about\" SET version = %d", db, version+1))
			})
			if err != nil {
				return fmt.Errorf("migrate %s to version %d (%s): %w", s.file(db), version+1, step.about, err)
			}
		}
	}
	return nil
}

// version reads a file's version, 0 for an empty one.
func (s *Store) version(c *conn, db string) (int, error) {
	foreign := fault.New(fault.Conflict, "%s is a database, but not of glasswatch", s.file(db)).
		WithNext("name another data folder, or move the file away")
	tables, ours := 0, false
	err := c.query(context.Background(), "SELECT table_name FROM duckdb_tables() WHERE database_name = ?", []any{db}, func(r chunkRow) error {
		tables++
		ours = ours || r.text(0) == "~about"
		return nil
	})
	if err != nil {
		return 0, err
	}
	if tables == 0 {
		return 0, nil
	}
	if !ours {
		return 0, foreign
	}
	version, name := 0, ""
	err = c.one("SELECT version, product FROM "+db+".main.\"~about\"", func(r chunkRow) {
		version, name = int(r.int(0)), r.text(1)
	})
	if err == nil && name != product {
		return 0, foreign
	}
	return version, err
}
