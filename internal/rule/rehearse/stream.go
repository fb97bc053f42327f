package rehearse

import (
	"context"
	"fmt"
	"time"

	"github.com/glasswatch/glasswatch/internal/rule"
	"github.com/glasswatch/glasswatch/internal/rule/schedule"
	"github.com/glasswatch/glasswatch/kql"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// Stream judges the stored records of [from, to) a record at a time, each table in order of arrival, and calls f for what
// fires: once for a record, however many revisions of it there are.
func Stream(ctx context.Context, t *rule.Trial, store *schedule.Store, from, to time.Time, f func(rule.Verdict)) error {
	for _, table := range t.Tables() {
		q, err := t.Records(table, kql.Period{Column: "TimeGenerated", From: from, To: to})
		if err != nil {
			return err
		}
		told := map[string]bool{}
		err = store.Each(ctx, q, func(_ []plan.Column, row []value.Value) error {
			v, fired, err := t.Judge(table, row)
			if fired && !told[v.Key] {
				told[v.Key] = true
				f(v)
			}
			return err
		})
		if err != nil {
			return fmt.Errorf("rehearse rule on %s: %w", table.Name, err)
		}
	}
	return nil
}
