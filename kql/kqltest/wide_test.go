package kqltest_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/glasswatch/glasswatch/kql"
	"github.com/glasswatch/glasswatch/kql/eval"
	"github.com/glasswatch/glasswatch/kql/kqltest"
	"github.com/glasswatch/glasswatch/kql/plan"
	kqlsql "github.com/glasswatch/glasswatch/kql/sql"
	"github.com/glasswatch/glasswatch/kql/value"
)

// TestWide runs operators that keep rows over a wide table, with room for the columns that are read and for few others.
func TestWide(t *testing.T) {
	const rows, width = 600, 60
	table := &kqltest.Table{Schema: &plan.Table{Name: "Wide", Time: -1, Columns: []plan.Column{{Name: "at", Type: value.DateTime}, {Name: "user", Type: value.String},
		{Name: "ip", Type: value.String}, {Name: "bag", Type: value.Dynamic}}}}
	for i := range width {
		table.Schema.Columns = append(table.Schema.Columns, plan.Column{Name: fmt.Sprintf("Text%02d", i), Type: value.String})
	}
	now, _ := value.Ticks(kqltest.Now)
	for k := range rows {
		row := []value.Value{value.NewDateTime(now - int64(k)*value.Minute), value.NewString(fmt.Sprintf("user%d", k%20)), value.NewString(fmt.Sprintf("10.0.%d.%d", k%9, k%200)),
			value.NewText(value.Dynamic, fmt.Sprintf(`{"n":%d}`, k))}
		for range width {
			row = append(row, value.NewString("text"))
		}
		table.Rows = append(table.Rows, row)
	}
	db, err := (duckDB{}).Open([]*kqltest.Table{table})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	const room = rows * 12 * 64 // twelve columns; a row has 64
	run := func(q string) error {
		c, err := kql.Compile(q, kql.Options{Catalog: kqltest.Catalog{table}, Now: kqltest.Now, Discover: func(n *plan.Evaluate) (*plan.Values, error) {
			p := kqlsql.NewPusher(n, kqlsql.DuckDB, db.(*database))
			return eval.Discover(t.Context(), &parts{p, db.(*database)}, eval.Options{Now: now, MaxBytes: room})(n)
		}})
		if err != nil {
			return err
		}
		p := kqlsql.NewPusher(c.Plan, kqlsql.DuckDB, db.(*database))
		r, err := eval.Run(t.Context(), p.Root, &parts{p, db.(*database)}, eval.Options{Now: now, MaxBytes: room})
		if err != nil {
			return err
		}
		got, err := kqltest.Collect(r)
		if err == nil && len(got.Rows) == 0 {
			return errors.New("no rows")
		}
		return err
	}
	for _, q := range []string{
		`evaluate ipv4_lookup((datatable(net: string, place: string)["10.0.3.0/24", "three"]), ip, net) | summarize count() by place`,
		`evaluate bag_unpack(bag) | summarize max(n)`,
		`evaluate bag_unpack(bag) : (*, n: long) | summarize max(n) by user`,
		`extend day = startofday(at) | evaluate pivot(user, count(), day) | count`,
		`evaluate sliding_window_counts(user, at, ago(1d), now(), 1d, 1h)`,
		`evaluate session_count(user, at, ago(1d), now(), 1h, 1d)`,
		`reduce by ip`,
		`sort by user asc | extend later = next(at) | where later - at < 1h | summarize count()`,
		`partition by user (sort by at asc | extend later = next(at) | summarize gap = max(later - at)) | summarize max(gap)`,
		`extend path = parse_path(user) | sort by tostring(path) asc | summarize take_any(user)`,
	} {
		if err := run("Wide | " + q); err != nil {
			t.Errorf("%s: %v", q, err)
		}
	}
	if err := run("Wide | evaluate autocluster()"); !errors.Is(err, eval.ErrTooLarge) {
		t.Errorf("a plugin that reads all columns has room for them: %v", err)
	}
}
