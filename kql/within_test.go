package kql_test

import (
	"testing"
	"time"

	"github.com/glasswatch/glasswatch/kql"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// periods is a catalog of one table with a time and one without.
type periods struct{ with, without *plan.Table }

func (c periods) Table(name string) *plan.Table {
	for _, t := range []*plan.Table{c.with, c.without} {
		if t.Name == name {
			return t
		}
	}
	return nil
}

func (c periods) TableNames() []string { return []string{c.with.Name, c.without.Name} }

// A period holds for every use of a table, in a let and in a union too, and cannot be widened by the query.
func TestWithin(t *testing.T) {
	c := periods{
		&plan.Table{Name: "Events", Time: 0, Columns: []plan.Column{{Name: "TimeGenerated", Type: value.DateTime}, {Name: "A", Type: value.String}}},
		&plan.Table{Name: "Names", Time: -1, Columns: []plan.Column{{Name: "A", Type: value.String}}},
	}
	at := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	f := func(query string, filters int) {
		t.Helper()
		q, err := kql.Compile(query, kql.Options{Catalog: c, Now: at, Within: &kql.Period{Column: "TimeGenerated", From: at.Add(-time.Hour), To: at}})
		if err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		got := 0
		plan.Walk(q.Plan, func(n plan.Node) bool {
			if filter, ok := n.(*plan.Filter); ok {
				if _, scan := filter.Input.(*plan.Scan); scan {
					got++
				}
			}
			return true
		})
		if got != filters {
			t.Errorf("%s: %d tables are restricted, want %d", query, got, filters)
		}
	}
	f("Events", 1)
	f("Names", 0)
	f("let E = Events; union E, Names, (Events | where TimeGenerated > ago(30d))", 2)
	f("Events | summarize count() by A", 1)
}
