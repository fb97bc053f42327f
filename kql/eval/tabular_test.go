package eval_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/glasswatch/glasswatch/kql/eval"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// counting is a store that counts scans by table, and fails for tables that it is told to.
type counting struct {
	store
	scans map[string]int
	fails string
}

func (c *counting) Scan(ctx context.Context, t *plan.Table) (eval.Iterator, error) {
	c.scans[t.Name]++
	if t.Name == c.fails {
		return nil, errors.New("disk on fire")
	}
	return c.store.Scan(ctx, t)
}

func newCounting(c catalog) *counting {
	src := &counting{scans: map[string]int{}}
	src.records = map[string][]*record{}
	for i := range 4 {
		id := text(fmt.Sprint(i % 3))
		src.records["SigninLogs"] = append(src.records["SigninLogs"], c.record("SigninLogs", map[string]value.Value{"UserId": id, "Status": value.NewText(value.Dynamic, `[1,2,3]`)}))
		src.records["AADManagedIdentitySignInLogs"] = append(src.records["AADManagedIdentitySignInLogs"], c.record("AADManagedIdentitySignInLogs", map[string]value.Value{"UserId": id}))
	}
	return src
}

const other = "AADManagedIdentitySignInLogs"

// TestTablesAreReadOnce counts how often tables are scanned that a query asks for several times.
func TestTablesAreReadOnce(t *testing.T) {
	c := signIns()
	f := func(query string, scans int, want ...string) {
		t.Helper()
		src := newCounting(c)
		got, err := run(t, compile(t, c, query), src, eval.Options{})
		if err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", query, diff)
		}
		if src.scans[other] != scans {
			t.Errorf("%s: %d scans, want %d", query, src.scans[other], scans)
		}
		if src.open != 0 {
			t.Errorf("%s: %d scans were left open", query, src.open)
		}
	}
	f(`let M = materialize(`+other+` | project UserId); union M, M, (M | take 1) | count`, 1, "9")
	f(`let M = `+other+` | project UserId; union M, M | count`, 2, "8")
	f(`let n = toscalar(`+other+` | count); SigninLogs | where n == 4 | extend m = n | count`, 1, "4")
	f(`SigninLogs | where UserId in (`+other+` | where UserId != "0" | project UserId) | count`, 1, "2")
	f(`SigninLogs | mv-apply x = Status to typeof(long) on (where x > toscalar(`+other+` | count) - 3 | summarize s = sum(x)) | distinct s`, 1, "5")
	f(`SigninLogs | join kind=inner `+other+` on UserId | count`, 1, "6")
	f(`SigninLogs | join kind=leftanti (`+other+` | where UserId == "0") on UserId | count`, 1, "2")
}

// TestErrorsInside checks that what goes wrong in a table inside a query ends the query.
func TestErrorsInside(t *testing.T) {
	c := signIns()
	for _, query := range []string{
		`SigninLogs | where UserId in (` + other + ` | project UserId)`,
		`SigninLogs | extend n = toscalar(` + other + ` | count)`,
		`SigninLogs | join kind=inner ` + other + ` on UserId`,
		`let M = materialize(` + other + `); union SigninLogs, M`,
		`SigninLogs | mv-apply x = Status on (where x in (` + other + ` | project UserId))`,
		`range x from 1 to toscalar(` + other + ` | count) step 1`,
	} {
		src := newCounting(c)
		src.fails = other
		_, err := run(t, compile(t, c, query), src, eval.Options{})
		if err == nil || err == io.EOF {
			t.Errorf("%s: %v, want an error", query, err)
		}
		if src.open != 0 {
			t.Errorf("%s: %d scans were left open", query, src.open)
		}
	}
}

// TestKeptRowsAreBounded checks the limit of joins and shared tables, and that mv-apply lets go of its rows.
func TestKeptRowsAreBounded(t *testing.T) {
	c := signIns()
	small := eval.Options{MaxRows: 3}
	for _, query := range []string{
		`SigninLogs | join kind=inner ` + other + ` on UserId`,
		`materialize(` + other + `)`,
		`SigninLogs | where UserId in (` + other + ` | project UserId)`,
	} {
		if _, err := run(t, compile(t, c, query), newCounting(c), small); !errors.Is(err, eval.ErrTooLarge) {
			t.Errorf("%s: %v, want ErrTooLarge", query, err)
		}
	}
	got, err := run(t, compile(t, c, `SigninLogs | mv-apply x = Status to typeof(long) on (sort by x asc | take 1) | project x`), newCounting(c), small)
	if diff := cmp.Diff([]string{"1", "1", "1", "1"}, got); diff != "" || err != nil {
		t.Errorf("mv-apply keeps rows: %v %s", err, diff)
	}
}
