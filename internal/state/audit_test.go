package state_test

import (
	"database/sql"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/glasswatch/glasswatch/internal/audit"
	"github.com/glasswatch/glasswatch/internal/state"
)

func verifyTrail(t *testing.T, s *state.Store) []string {
	t.Helper()
	list, err := s.AuditTrail(t.Context(), 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	var v audit.Verifier
	var out []string
	for _, e := range list {
		if err := v.Next(e); err != nil {
			t.Error(err)
		}
		out = append(out, e.Action+" "+e.Subject)
	}
	return out
}

func TestAdopt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	s := open(t, path)
	var told [][]audit.Change
	var tellErr error
	adopt := func(now audit.Snapshot) error {
		return s.Adopt(t.Context(), now, "test", start, func(c []audit.Change, last int64) error {
			told = append(told, c)
			return tellErr
		})
	}
	for _, now := range []audit.Snapshot{{"a": "1", "b": "1"}, {"a": "1", "b": "1"}, {"a": "2", "c": "1"}} {
		if err := adopt(now); err != nil {
			t.Fatal(err)
		}
	}
	tellErr = errors.New("no disk")
	for range 2 { // what was not told is not adopted, and told again
		if err := adopt(audit.Snapshot{"a": "3", "c": "1"}); err == nil {
			t.Error("adopted without being told")
		}
	}
	tellErr = nil
	if err := adopt(audit.Snapshot{"a": "3", "c": "1"}); err != nil {
		t.Fatal(err)
	}
	a := []audit.Change{{Kind: "changed", Subject: "a"}}
	if diff := cmp.Diff([][]audit.Change{{{Kind: "changed", Subject: "a"}, {Kind: "removed", Subject: "b"}, {Kind: "added", Subject: "c"}}, a, a, a}, told); diff != "" {
		t.Error(diff)
	}
	want := []string{"configuration-added a", "configuration-added b", "configuration-changed a", "configuration-removed b", "configuration-added c", "configuration-changed a"}
	if diff := cmp.Diff(want, verifyTrail(t, s)); diff != "" {
		t.Error(diff)
	}
}

// The file itself refuses to change its trail; who goes round that breaks the chain.
func TestTrailIsOnlyAddedTo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	s := open(t, path)
	for _, who := range []string{"ann", "bob", "cid"} {
		if err := s.Audit(t.Context(), audit.Entry{At: start, Actor: who, Action: "x", Subject: "y"}); err != nil {
			t.Fatal(err)
		}
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, statement := range []string{`DELETE FROM audit WHERE sequence = 2`, `UPDATE audit SET actor = 'eve'`} {
		if _, err := db.ExecContext(t.Context(), statement); err == nil || !strings.Contains(err.Error(), "audit trail") {
			t.Errorf("%s: %v", statement, err)
		}
	}
	if _, err := db.ExecContext(t.Context(), `DROP TRIGGER audit_is_not_changed; UPDATE audit SET actor = 'eve' WHERE sequence = 2`); err != nil {
		t.Fatal(err)
	}
	list, err := s.AuditTrail(t.Context(), 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	var v audit.Verifier
	var broken error
	for _, e := range list {
		if broken == nil {
			broken = v.Next(e)
		}
	}
	if broken == nil || !strings.Contains(broken.Error(), "entry 2 was changed") {
		t.Errorf("broken: %v", broken)
	}
}
