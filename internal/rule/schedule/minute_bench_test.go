package schedule_test

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/glasswatch/glasswatch/internal/ingest/decode"
	"github.com/glasswatch/glasswatch/internal/rule"
	"github.com/glasswatch/glasswatch/internal/rule/schedule"
	"github.com/glasswatch/glasswatch/internal/sample"
	"github.com/glasswatch/glasswatch/internal/source"
	"github.com/glasswatch/glasswatch/internal/state"
	"github.com/glasswatch/glasswatch/internal/table"
	"github.com/glasswatch/glasswatch/internal/table/duckdb"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// thousand are rules as people have them: thresholds by user or address over some minutes, a few that summarize
// themselves, and some that fire on silence.
func thousand(n int) (list []rule.Rule) {
	minute, five := rule.Span(time.Minute), rule.Span(5*time.Minute)
	for i := range n {
		r := rule.Rule{Name: fmt.Sprint("rule", i), Mode: rule.Scheduled, EvaluationFrequency: minute, WindowSize: five, Threshold: 5}
		switch {
		case i%10 < 7:
			r.Query = fmt.Sprintf(`SigninLogs | where UserPrincipalName == "user%d@contoso.example" and ResultType != "0"`, i)
			r.Dimensions = []rule.Dimension{{Name: "IPAddress"}}
		case i%10 < 9:
			r.Query = fmt.Sprintf(`SigninLogs | where AppDisplayName == "App %d" | summarize Failures = countif(ResultType != "0") by IPAddress`, i)
			r.TimeAggregation, r.MetricMeasureColumn, r.Threshold = rule.Maximum, "Failures", 20
		default:
			r.Query = fmt.Sprintf(`SigninLogs | where UserPrincipalName == "canary%d@contoso.example"`, i)
			r.Operator, r.Threshold, r.WindowSize, r.EvaluationFrequency = rule.LessThan, 1, rule.Span(time.Hour), minute
		}
		list = append(list, r)
	}
	return list
}

var (
	whole = flag.Bool("whole", false, "benchmarks ask the store for whole windows, to compare")
	rules = flag.Int("rules", 1000, "rules of BenchmarkTouchedMinute")
	warm  = flag.Int("warm", 2, "minutes before BenchmarkTouchedMinute measures")
)

// bench is the real way from a body to an alert of a scheduled rule, with a clock of its own.
type bench struct {
	b         *testing.B
	store     *duckdb.Store
	scheduler *schedule.Scheduler
	decoder   *decode.Decoder
	generator *sample.Generator
	now       time.Time
	offset    int64
	late      func(*rand.Rand) time.Duration // how late a record is; nil: as the generator has it
	random    *rand.Rand
	cpu, wall time.Duration // of steps
	queries   atomic.Int64
}

func newBench(b *testing.B, rules []rule.Rule) *bench {
	b.Helper()
	fatal := func(err error) {
		if err != nil {
			b.Fatal(err)
		}
	}
	catalog, err := table.NewCatalog()
	fatal(err)
	store, err := duckdb.Open(b.TempDir(), catalog, duckdb.Options{})
	fatal(err)
	b.Cleanup(func() { _ = store.Close() })
	st, err := state.Open(context.Background(), state.Options{Path: b.TempDir() + "/state.db"})
	fatal(err)
	b.Cleanup(func() { _ = st.Close() })
	engine, err := rule.New(rule.Options{Catalog: catalog, Log: slog.New(slog.DiscardHandler)})
	fatal(err)
	fatal(engine.Load(rules))
	m := &bench{b: b, store: store, decoder: decode.New(catalog, decode.Options{}), now: time.Now().UTC().Truncate(time.Minute), random: rand.New(rand.NewPCG(1, 2))}
	asked := &schedule.Store{Querier: m, Catalog: catalog}
	var evaluator schedule.Evaluator = schedule.NewParts(asked, catalog.Schemas(), schedule.PartsOptions{})
	if *whole {
		evaluator = asked
	}
	m.scheduler = schedule.New(schedule.Options{Evaluator: evaluator, Memory: st, Sink: sink{st}, Schemas: catalog.Schemas()})
	m.generator = sample.New(1, sample.Options{Clock: func() time.Time { return m.now }})
	fatal(m.scheduler.Load(context.Background(), engine.Windowed(), m.now))
	return m
}

// Query asks the store, and counts.
func (m *bench) Query(ctx context.Context, q plan.Node, limits table.Limits) (table.Rows, error) {
	m.queries.Add(1)
	return m.store.Query(ctx, q, limits)
}

// put brings n records to the store, as ingest does.
func (m *bench) put(n int) {
	m.b.Helper()
	var batch table.Batch
	body := m.generator.Envelope(n)
	if _, err := m.decoder.Decode(source.Delivery{Source: "bench", Body: body, ReceivedAt: m.now}, &batch); err != nil {
		m.b.Fatal(err)
	}
	batch.ReceivedAt = m.now
	if m.late != nil {
		m.delay(&batch)
	}
	for from := 0; ; {
		i, row, err := m.store.Stage([]*table.Batch{&batch}, from)
		if err != nil {
			m.b.Fatal(err)
		}
		to := len(batch.Rows)
		if i == 0 {
			to = row
		}
		m.scheduler.Tracker().Stage(&batch, from, to)
		m.offset++
		if err := m.store.Commit(table.Position{Segment: 1, Offset: m.offset}); err != nil {
			m.b.Fatal(err)
		}
		m.scheduler.Tracker().Commit()
		if from = to; i == 1 {
			return
		}
	}
}

// delay sets the records' times so long before their arrival as late says.
func (m *bench) delay(batch *table.Batch) {
	for i := range batch.Rows {
		r := &batch.Rows[i]
		ticks, _ := value.Ticks(m.now.Add(-m.late(m.random)))
		r.Cells[r.Schema.Column("TimeGenerated")] = table.Cell(ticks)
	}
}

// minutes lets so many minutes pass, with 6,000 records each, 100 a second.
func (m *bench) minutes(n int) {
	m.b.Helper()
	for range n {
		m.now = m.now.Add(time.Minute)
		m.put(6000)
		before, began := processor(), time.Now()
		if err := m.scheduler.Step(context.Background(), m.now); err != nil {
			m.b.Fatal(err)
		}
		m.cpu, m.wall = m.cpu+processor()-before, m.wall+time.Since(began)
	}
}

// warm lets minutes pass that are not measured.
func (m *bench) warm(n int) {
	m.minutes(n)
	m.cpu, m.wall = 0, 0
	m.queries.Store(0)
}

// report tells what the scheduler's part of the measured minutes took; the rest of the time went into making and storing
// records.
func (m *bench) report() {
	m.b.ReportMetric(m.cpu.Seconds()/float64(m.b.N), "cpu-s/minute")
	m.b.ReportMetric(m.wall.Seconds()/float64(m.b.N), "s/minute")
	m.b.ReportMetric(float64(m.queries.Load())/float64(m.b.N), "queries/minute")
}

// processor is the time of the processor that the process has used.
func processor() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkMinute is a minute of 1,000 rules that run every minute, with 6,000 records a minute, 100 a second. As long as
// it takes well under a minute the scheduler does not fall behind.
func BenchmarkMinute(b *testing.B) {
	m := newBench(b, thousand(1000))
	m.warm(5)
	for b.Loop() {
		m.minutes(1)
	}
	m.report()
}

// touched are n rules of the kinds that people write, to which nearly every record matters: 7 of 10 count by an account,
// an address, an app or a result, with a condition that hardly leaves a record out; the others have failures alone, windows
// of an hour, several measures, conditions on the present time, or a join.
func touched(n int) (list []rule.Rule) {
	queries := []string{
		`SigninLogs | where AppDisplayName != "App %d" | summarize Count = count() by ResultType`,
		`SigninLogs | where TimeGenerated > ago(5m) | where UserPrincipalName != "user%d@contoso.example" | summarize Count = count() by AppDisplayName`,
		`SigninLogs | where IPAddress != "192.0.2.%d" | summarize Count = countif(ResultType != "0"), Users = dcount(AppDisplayName) by Location`,
		`SigninLogs | where UserId != "%d" | summarize Count = count()`,
		`SigninLogs | where ClientAppUsed !has "App %d" | summarize Count = count(), Last = max(TimeGenerated) by ConditionalAccessStatus, ResultType`,
		`SigninLogs | where AppId != "%d" | extend Country = tostring(LocationDetails.countryOrRegion) | summarize Count = count() by Country`,
		`SigninLogs | where AppDisplayName !startswith "App %d" | summarize Count = count() by bin(TimeGenerated, 1m), Location`,
		`SigninLogs | where ResultType != "0" and AppDisplayName != "App %d" | summarize Count = count() by UserPrincipalName`,
		`SigninLogs | where ResultType in ("50126", "50053") and AppId != "%d" | summarize Count = count(), Apps = make_set(AppDisplayName, 10) by IPAddress`,
		`SigninLogs | where AppDisplayName != "App %d" | summarize Failed = countif(ResultType != "0") by AppDisplayName | join kind=inner (SigninLogs | where ResultType == "0" | summarize Passed = count() by AppDisplayName) on AppDisplayName | extend Count = Failed - Passed`,
	}
	for i := range n {
		r := rule.Rule{Name: fmt.Sprint("touched", i), Mode: rule.Scheduled, EvaluationFrequency: rule.Span(time.Minute), WindowSize: rule.Span(5 * time.Minute),
			Query: fmt.Sprintf(queries[i%len(queries)], i), TimeAggregation: rule.Maximum, MetricMeasureColumn: "Count", Threshold: 1e6}
		if i%20 == 0 {
			r.WindowSize = rule.Span(time.Hour)
		}
		list = append(list, r)
	}
	return list
}

// BenchmarkTouchedMinute is a minute of 1,000 rules that run every minute, of which each has to look at nearly every one of
// 6,000 records: nine of ten records are up to a minute late, the others up to ten, one in a hundred up to an hour.
func BenchmarkTouchedMinute(b *testing.B) {
	m := newBench(b, touched(*rules))
	m.late = func(r *rand.Rand) time.Duration {
		switch n := r.IntN(100); {
		case n == 0:
			return time.Duration(r.Int64N(int64(time.Hour)))
		case n < 10:
			return time.Duration(r.Int64N(int64(10 * time.Minute)))
		}
		return time.Duration(r.Int64N(int64(time.Minute)))
	}
	m.warm(*warm)
	for b.Loop() {
		m.minutes(1)
	}
	m.report()
}

// BenchmarkBusyMinute is a minute of 100 rules where every record matters to every rule, so that each is asked.
func BenchmarkBusyMinute(b *testing.B) {
	var busy []rule.Rule
	for i := range 100 {
		busy = append(busy, rule.Rule{Name: fmt.Sprint("busy", i), Mode: rule.Scheduled, EvaluationFrequency: rule.Span(time.Minute), WindowSize: rule.Span(5 * time.Minute),
			Query: `SigninLogs | where ResultType != "0"`, Threshold: float64(100_000 + i), Dimensions: []rule.Dimension{{Name: "IPAddress"}}})
	}
	m := newBench(b, busy)
	m.warm(5)
	for b.Loop() {
		m.minutes(1)
	}
	m.report()
}
