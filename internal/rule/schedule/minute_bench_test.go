package schedule_test

import (
	"context"
	"fmt"
	"log/slog"
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

// bench is the real way from a body to an alert of a scheduled rule, with a clock of its own.
type bench struct {
	b         *testing.B
	store     *duckdb.Store
	scheduler *schedule.Scheduler
	decoder   *decode.Decoder
	generator *sample.Generator
	now       time.Time
	offset    int64
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
	s := schedule.New(schedule.Options{Evaluator: &schedule.Store{Querier: store, Catalog: catalog}, Memory: st, Sink: sink{st}, Schemas: catalog.Schemas()})
	now := time.Now().UTC().Truncate(time.Minute)
	m := &bench{b: b, store: store, scheduler: s, decoder: decode.New(catalog, decode.Options{}), now: now}
	m.generator = sample.New(1, sample.Options{Clock: func() time.Time { return m.now }})
	fatal(s.Load(context.Background(), engine.Windowed(), now))
	return m
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

// BenchmarkMinute is a minute of 1,000 rules that run every minute, with 6,000 records a minute, 100 a second. As long as
// it takes well under a minute the scheduler does not fall behind.
func BenchmarkMinute(b *testing.B) {
	m := newBench(b, thousand(1000))
	for range 5 {
		m.put(6000)
		m.now = m.now.Add(time.Minute)
	}
	for b.Loop() {
		m.put(6000)
		m.now = m.now.Add(time.Minute)
		if err := m.scheduler.Step(context.Background(), m.now); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N)/60*100, "%minute")
}

// BenchmarkBusyMinute is a minute of 100 rules where every record matters to every rule, so that each is asked.
func BenchmarkBusyMinute(b *testing.B) {
	var rules []rule.Rule
	for i := range 100 {
		rules = append(rules, rule.Rule{Name: fmt.Sprint("busy", i), Mode: rule.Scheduled, EvaluationFrequency: rule.Span(time.Minute), WindowSize: rule.Span(5 * time.Minute),
			Query: `SigninLogs | where ResultType != "0"`, Threshold: float64(100_000 + i), Dimensions: []rule.Dimension{{Name: "IPAddress"}}})
	}
	m := newBench(b, rules)
	for range 5 {
		m.put(6000)
		m.now = m.now.Add(time.Minute)
	}
	for b.Loop() {
		m.put(6000)
		m.now = m.now.Add(time.Minute)
		if err := m.scheduler.Step(context.Background(), m.now); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N)/60*100, "%minute")
}
