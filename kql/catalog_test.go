package kql_test

import (
	"encoding/json"
	"os"
	"slices"
	"sync"
	"testing"

	"github.com/glasswatch/glasswatch/kql"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// catalog is a catalog of tables for tests: those of Log Analytics, with the product's hidden columns.
type catalog map[string]*plan.Table

func (c catalog) Table(name string) *plan.Table { return c[name] }

func (c catalog) TableNames() []string {
	var names []string
	for name := range c {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// readTables reads testdata/oracle/tables.json once.
var readTables = sync.OnceValues(func() (catalog, error) {
	raw, err := os.ReadFile("testdata/oracle/tables.json")
	if err != nil {
		return nil, err
	}
	var file struct{ Tables map[string][][2]string }
	if err := json.Unmarshal(raw, &file); err != nil {
		return nil, err
	}
	c := catalog{}
	for name, columns := range file.Tables {
		t := &plan.Table{Name: name, Time: len(columns)}
		for _, col := range columns {
			typ, _ := value.ParseType(col[1])
			t.Columns = append(t.Columns, plan.Column{Name: col[0], Type: typ})
		}
		t.Columns = append(t.Columns,
			plan.Column{Name: "_TimeReceived", Type: value.DateTime, Hidden: true},
			plan.Column{Name: "_ItemId", Type: value.String, Hidden: true},
			plan.Column{Name: "_Unmapped", Type: value.Dynamic, Hidden: true})
		c[name] = t
	}
	return c, nil
})

func testCatalog(t testing.TB) catalog {
	t.Helper()
	c, err := readTables()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// options are those of a workspace: its tables and functions.
func options(tables catalog) kql.Options {
	return kql.Options{Catalog: tables, Watchlists: kql.AnyWatchlist{}}
}
