package state

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/glasswatch/glasswatch/internal/fault"
)

//go:embed migrations/*.sql
var scripts embed.FS

// migration is one numbered script: 0001_alerts.sql.
type migration struct {
	version int
	name    string
	sql     string
}

// migrations returns the scripts in order. A gap or a doubled number is a mistake in the build.
func migrations() ([]migration, error) {
	entries, err := scripts.ReadDir("migrations")
	if err != nil {
		return nil, err
	}
	var list []migration
	for _, e := range entries {
		number, _, _ := strings.Cut(e.Name(), "_")
		version, err := strconv.Atoi(number)
		if err != nil {
			return nil, fmt.Errorf("migration %s: no number", e.Name())
		}
		text, err := scripts.ReadFile("migrations/" + e.Name())
		if err != nil {
			return nil, err
		}
		list = append(list, migration{version, e.Name(), string(text)})
	}
	slices.SortFunc(list, func(a, b migration) int { return a.version - b.version })
	for i, m := range list {
		if m.version != i+1 {
			return nil, fmt.Errorf("migration %s: want number %d", m.name, i+1)
		}
	}
	return list, nil
}

// migrate brings the file to the latest version: each script and its version row in one transaction.
func migrate(ctx context.Context, db *sql.DB) error {
	list, err := migrations()
	if err != nil {
		return err
	}
	return apply(ctx, db, list)
}

func apply(ctx context.Context, db *sql.DB, list []migration) error {
	const table = `CREATE TABLE IF NOT EXISTS migrations (version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT`
	if _, err := db.ExecContext(ctx, table); err != nil {
		return err
	}
	var have int
	if err := db.QueryRowContext(ctx, `SELECT coalesce(max(version), 0) FROM migrations`).Scan(&have); err != nil {
		return err
	}
	if have > len(list) {
		return fault.New(fault.Conflict, "the file has version %d, this Glasswatch knows versions up to %d", have, len(list)).
			WithNext("run the newer Glasswatch that wrote it, or restore a backup made before the upgrade")
	}
	for _, m := range list[have:] {
		if err := applyOne(ctx, db, m); err != nil {
			return fmt.Errorf("migration %s: %w", m.name, err)
		}
	}
	return nil
}

func applyOne(ctx context.Context, db *sql.DB, m migration) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, m.sql); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	const row = `INSERT INTO migrations (version, name, applied_at) VALUES (?, ?, ?)`
	if _, err := tx.ExecContext(ctx, row, m.version, m.name, time.Now().UnixNano()); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}
