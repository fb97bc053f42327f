package kqltest_test

import (
	"cmp"
	"context"
	"database/sql"
	"flag"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/glasswatch/glasswatch/kql"
	"github.com/glasswatch/glasswatch/kql/kqltest"
	"github.com/glasswatch/glasswatch/kql/plan"
	kqlsql "github.com/glasswatch/glasswatch/kql/sql"
	"github.com/glasswatch/glasswatch/kql/value"
)

// benchRows is the size of the table of the benchmarks: sign-ins of 30 days.
var benchRows = flag.Int64("rows", 100_000, "records in the table of the benchmarks")

// benchQueries are questions as a user asks them, with the SQL that one would write by hand for the same table. In it
// {account} stands for a user id and {since} for ticks.
var benchQueries = []struct{ name, kql, sql string }{
	{"count", `SigninLogs | count`, `SELECT count(*) FROM SigninLogs`},
	{"account-5m", `SigninLogs | where TimeGenerated > ago(5m) and UserId == "{account}" | project TimeGenerated, ResultType, IPAddress`,
		`SELECT TimeGenerated, ResultType, IPAddress FROM SigninLogs WHERE TimeGenerated > {5m} AND UserId = '{account}'`},
	{"account-1d", `SigninLogs | where TimeGenerated > ago(1d) and UserId == "{account}" and ResultType in (0, 50140, 50055, 50072) | project TimeGenerated, ResultType, IPAddress`,
		`SELECT TimeGenerated, ResultType, IPAddress FROM SigninLogs WHERE TimeGenerated > {1d} AND UserId = '{account}' AND ResultType IN ('0', '50140', '50055', '50072')`},
	{"account-30d", `SigninLogs | where TimeGenerated > ago(30d) | where UserId == "{account}" | where ResultType in ("0", "50140") | project TimeGenerated, ResultType, IPAddress`,
		`SELECT TimeGenerated, ResultType, IPAddress FROM SigninLogs WHERE TimeGenerated > {30d} AND UserId = '{account}' AND ResultType IN ('0', '50140')`},
	{"account-all-columns", `SigninLogs | where UserId == "{account}"`, `SELECT * EXCLUDE ({promoted}) FROM SigninLogs WHERE UserId = '{account}'`},
	{"per-hour", `SigninLogs | summarize count() by bin(TimeGenerated, 1h), ResultType`,
		`SELECT TimeGenerated - TimeGenerated % 36000000000, ResultType, count(*) FROM SigninLogs GROUP BY ALL`},
	{"top-addresses", `SigninLogs | summarize c = count() by IPAddress | top 10 by c`,
		`SELECT IPAddress, count(*) AS c FROM SigninLogs GROUP BY IPAddress ORDER BY c DESC LIMIT 10`},
	{"users-per-app", `SigninLogs | summarize dcount(UserId) by AppDisplayName`, `SELECT AppDisplayName, count(DISTINCT UserId) FROM SigninLogs GROUP BY AppDisplayName`},
	{"country", `SigninLogs | where LocationDetails.countryOrRegion == "NO" | count`,
		`SELECT count(*) FROM SigninLogs WHERE "LocationDetails.countryOrRegion" = 'NO'`},
	{"policies-contain", `SigninLogs | where ConditionalAccessPolicies contains "require mfa 17" | count`,
		`SELECT count(*) FROM SigninLogs WHERE contains(lower(ConditionalAccessPolicies), 'require mfa 17')`},
	{"error-codes", `SigninLogs | summarize count() by tostring(Status.errorCode)`,
		`SELECT "Status.errorCode", count(*) FROM SigninLogs GROUP BY "Status.errorCode"`},
	{"error-code-is", `SigninLogs | where Status.errorCode == 50126 | count`,
		`SELECT count(*) FROM SigninLogs WHERE "Status.errorCode~whole" = 50126`},
	{"join", `SigninLogs | where ResultType == "50126" | summarize bad = count() by UserId | join kind=inner (SigninLogs | where ResultType == "53003" | summarize blocked = count() by UserId) on UserId | summarize sum(bad), sum(blocked)`,
		`SELECT sum(bad), sum(blocked) FROM (SELECT UserId, count(*) AS bad FROM SigninLogs WHERE ResultType = '50126' GROUP BY UserId) AS a
		JOIN (SELECT UserId, count(*) AS blocked FROM SigninLogs WHERE ResultType = '53003' GROUP BY UserId) AS b ON a.UserId = b.UserId`},
	{"in-table", `SigninLogs | where UserId in ((SigninLogs | where ResultType == "53003" and AppDisplayName == "Application 7" | project UserId)) | count`,
		`SELECT count(*) FROM SigninLogs WHERE UserId IN (SELECT UserId FROM SigninLogs WHERE ResultType = '53003' AND AppDisplayName = 'Application 7')`},
	{"policies-expand", `SigninLogs | mv-expand p = ConditionalAccessPolicies | summarize count() by tostring(p.result)`,
		`SELECT coalesce(json_extract_string(p, '$.result'), ''), count(*) FROM (SELECT unnest(json_extract(ConditionalAccessPolicies, '$[*]')) AS p FROM SigninLogs) GROUP BY ALL`},
	{"newest-100", `SigninLogs | top 100 by TimeGenerated`,
		`SELECT * EXCLUDE ({promoted}) FROM SigninLogs ORDER BY TimeGenerated DESC LIMIT 100`},
}

const benchAccount = "u-00017-5b3ea3bb-c628-498b-9bc8-cfba1ebbcf86"

func benchTable() *kqltest.Table {
	t := &plan.Table{Name: "SigninLogs", Time: -1, Columns: []plan.Column{
		{Name: "TimeGenerated", Type: value.DateTime}, {Name: "UserId", Type: value.String}, {Name: "ResultType", Type: value.String},
		{Name: "IPAddress", Type: value.String}, {Name: "AppDisplayName", Type: value.String}, {Name: "LocationDetails", Type: value.Dynamic},
		{Name: "Status", Type: value.Dynamic}, {Name: "ConditionalAccessPolicies", Type: value.Dynamic},
	}}
	for i := range 40 {
		t.Columns = append(t.Columns, plan.Column{Name: fmt.Sprintf("Text%02d", i), Type: value.String})
	}
	return &kqltest.Table{Schema: t}
}

// benchDatabase fills the table by SQL.
func benchDatabase(b *testing.B) (*sql.DB, benchNames, *kqltest.Table) {
	db, err := sql.Open("duckdb", filepath.Join(b.TempDir(), "bench.duckdb")+"?threads=1") // a file: memory is not compressed
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { db.Close() })
	db.SetMaxOpenConns(1)
	now, _ := value.Ticks(kqltest.Now)
	t := benchTable()
	columns := fmt.Sprintf(`%d - (%d - i) * %d AS TimeGenerated,
		format('u-{:05d}-5b3ea3bb-c628-498b-9bc8-cfba1ebbcf86', hash(i) %% 20000) AS UserId,
		['0', '0', '0', '50126', '50074', '50140', '53003'][1 + (hash(i * 3) %% 7)::BIGINT] AS ResultType,
		format('203.0.{}.{}', hash(i * 5) %% 20, hash(i * 7) %% 250) AS IPAddress,
		format('Application {}', hash(i * 11) %% 120) AS AppDisplayName,
		format('{{"city":"City {0}","countryOrRegion":"{1}","geoCoordinates":{{"latitude":{0}.5}}}}', hash(i * 13) %% 300, ['NO', 'DE', 'US', 'FR', 'PE'][1 + (hash(i * 17) %% 5)::BIGINT]) AS LocationDetails,
		format('{{"errorCode":{},"failureReason":"Reason in some words","additionalDetails":"MFA"}}', ['0', '50126', '50074', '50140', '53003'][1 + (hash(i * 19) %% 5)::BIGINT]) AS Status,
		format('[{{"id":"{0}","displayName":"Require MFA {1}","result":"success"}},{{"id":"{1}","displayName":"Block legacy {0}","result":"notApplied"}}]', hash(i * 23) %% 1000, hash(i * 29) %% 40) AS ConditionalAccessPolicies`,
		now, *benchRows, 30*value.Day / *benchRows)
	var pad strings.Builder
	for i := range 40 {
		fmt.Fprintf(&pad, ", format('value {}', hash(i + %d) %% 50) AS Text%02d", i, i)
	}
	for _, q := range []string{
		"CREATE TEMP TABLE raw AS SELECT " + columns + pad.String() + fmt.Sprintf(" FROM range(%d) AS r(i)", *benchRows),
		"CREATE TABLE SigninLogs AS SELECT *" + keep(b, "Status", "errorCode") + keep(b, "LocationDetails", "countryOrRegion") + " FROM raw",
		"CHECKPOINT",
	} {
		if _, err := db.Exec(q); err != nil {
			b.Fatal(err)
		}
	}
	return db, namesOf(t.Schema), t
}

// benchNames are the quoted names of the table and its columns, as a store has them ready.
type benchNames struct {
	table   string
	columns []string
}

func namesOf(t *plan.Table) benchNames {
	n := benchNames{table: kqlsql.QuoteName(t.Name)}
	for _, c := range t.Columns {
		n.columns = append(n.columns, kqlsql.QuoteName(c.Name))
	}
	return n
}

func (n benchNames) Table(*plan.Table) string           { return n.table }
func (n benchNames) Column(_ *plan.Table, i int) string { return n.columns[i] }
func (n benchNames) Path(t *plan.Table, i int, steps []string) (kqlsql.Promoted, bool) {
	p := promoted{t.Columns[i].Name, steps}
	return p.columns(), slices.Contains([]string{"Status.errorCode", "LocationDetails.countryOrRegion"}, p.column+"."+strings.Join(steps, "."))
}

// keep writes the columns of a promoted path, to stand behind others in a SELECT.
func keep(b *testing.B, column, step string) string {
	of, err := kqlsql.DuckDB.Promote(column, step)
	if err != nil {
		b.Fatal(err)
	}
	as := keptNames(column, step)
	return fmt.Sprintf(", %s AS %s, %s AS %s, %s AS %s", of.Text, as[0], of.Quoted, as[1], of.Whole, as[2])
}

func keptNames(column, step string) []string {
	p := promoted{column, []string{step}}.columns()
	return []string{p.Text, p.Quoted, p.Whole}
}

func drain(ctx context.Context, db *sql.DB, query string, args ...any) (int, error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return 0, err
	}
	cells := make([]any, len(names))
	for i := range cells {
		cells[i] = new(any)
	}
	n := 0
	for ; rows.Next(); n++ {
		if err := rows.Scan(cells...); err != nil {
			return n, err
		}
	}
	return n, rows.Err()
}

// pairsFor is how long the pairs of one iteration run: what a short query takes moves by half from run to run, and only
// many runs tell.
const pairsFor = 40 * time.Millisecond

// BenchmarkQueries compares KQL, from its text to the last row, with SQL written by hand, in pairs: both run once, each as
// often first as the other. It reports the medians of the times of the processor and, as the ratio, the median of the
// ratios of the pairs: what else the machine does falls on both of a pair or makes it an outlier.
func BenchmarkQueries(b *testing.B) {
	db, names, table := benchDatabase(b)
	now, _ := value.Ticks(kqltest.Now)
	since := func(d int64) string { return fmt.Sprint(now - d) }
	replace := strings.NewReplacer("{account}", benchAccount, "{5m}", since(5*value.Minute), "{1d}", since(value.Day), "{30d}", since(30*value.Day),
		"{promoted}", strings.Join(slices.Concat(keptNames("Status", "errorCode"), keptNames("LocationDetails", "countryOrRegion")), ", "))
	for _, q := range benchQueries {
		text, hand := replace.Replace(q.kql), replace.Replace(q.sql)
		b.Run(q.name, func(b *testing.B) {
			var ours, theirs, compiling []time.Duration
			var rows, byHand int
			kqlRun := func() {
				start := processor()
				c, err := kql.Compile(text, kql.Options{Catalog: kqltest.Catalog{table}, Now: kqltest.Now})
				if err != nil {
					b.Fatal(err)
				}
				st, err := kqlsql.Compile(c.Plan, kqlsql.DuckDB, names)
				if err != nil {
					b.Fatal(err)
				}
				compiled := processor()
				if rows, err = drain(b.Context(), db, st.Text, st.Args...); err != nil {
					b.Fatal(err, st.Text)
				}
				ours, compiling = append(ours, processor()-start), append(compiling, compiled-start)
			}
			handRun := func() {
				start := processor()
				var err error
				if byHand, err = drain(b.Context(), db, hand); err != nil {
					b.Fatal(err)
				}
				theirs = append(theirs, processor()-start)
			}
			runs := []func(){kqlRun, handRun}
			for b.Loop() {
				for end := processor() + pairsFor; processor() < end; slices.Reverse(runs) {
					runs[0]()
					runs[1]()
					if rows != byHand {
						b.Fatalf("%d rows, by hand %d", rows, byHand)
					}
				}
			}
			ratios := make([]float64, len(ours))
			for i := range ours {
				ratios[i] = float64(ours[i]) / float64(theirs[i])
			}
			b.ReportMetric(micros(ours), "kql-us")
			b.ReportMetric(micros(theirs), "sql-us")
			b.ReportMetric(micros(compiling), "compile-us")
			b.ReportMetric(median(ratios), "ratio")
			b.ReportMetric(float64(len(ours)), "pairs")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// processor is the time that this process has computed so far.
func processor() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func micros(list []time.Duration) float64 { return float64(median(list).Nanoseconds()) / 1000 }

func median[T cmp.Ordered](list []T) T {
	slices.Sort(list)
	return list[len(list)/2]
}
