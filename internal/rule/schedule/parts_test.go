package schedule

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/glasswatch/glasswatch/internal/fault"
	"github.com/glasswatch/glasswatch/internal/rule"
	"github.com/glasswatch/glasswatch/internal/table"
	"github.com/glasswatch/glasswatch/kql/eval"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// NewRecords returns a Querier over records in memory, each with the table's name as Type, for tests outside of the package.
func NewRecords(table func() []map[string]value.Value) Querier { return &records{table: table} }

// records answers queries with the interpreter over records in memory.
type records struct {
	table   func() []map[string]value.Value // each with the table's name as Type
	queries int
}

func (m *records) Query(ctx context.Context, q plan.Node, limits table.Limits) (table.Rows, error) {
	m.queries++
	r, err := eval.Run(ctx, q, m, eval.Options{})
	if err != nil {
		return nil, err
	}
	return &limited{Result: r, most: limits.Rows}, nil
}

func (m *records) Scan(_ context.Context, t *plan.Table) (eval.Iterator, error) {
	return &recordScan{left: m.table(), table: t}, nil
}

// limited is a result of not more than so many rows; 0: of any number.
type limited struct {
	*eval.Result
	most, n int64
}

func (l *limited) Next() ([]value.Value, error) {
	row, err := l.Result.Next()
	if l.n++; err == nil && l.most > 0 && l.n > l.most {
		return nil, fault.New(fault.TooLarge, "too many rows")
	}
	return row, err
}

// recordScan is also its own current row.
type recordScan struct {
	left  []map[string]value.Value
	row   map[string]value.Value
	table *plan.Table
}

func (s *recordScan) Next() (eval.Row, error) {
	for len(s.left) > 0 {
		s.row, s.left = s.left[0], s.left[1:]
		if s.row["Type"].Text() == s.table.Name {
			return s, nil
		}
	}
	return nil, io.EOF
}

func (s *recordScan) Value(i int) value.Value {
	c := s.table.Columns[i]
	if v, ok := s.row[c.Name]; ok {
		return v
	}
	return value.Null(c.Type)
}

func (s *recordScan) Close() error { return nil }

// partQueries are queries whose parts can be kept, and, with keep unset, some whose parts cannot.
var partQueries = []struct {
	query string
	keep  bool
}{
	{`SigninLogs`, true},
	{`SigninLogs | where ResultType != "0"`, true},
	{`SigninLogs | where TimeGenerated > ago(2m) | summarize N = count() by UserPrincipalName`, true},
	{`SigninLogs | where TimeGenerated between (ago(1m) .. now()) | summarize N = countif(ResultType == "0") by UserPrincipalName`, true},
	{`SigninLogs | where ago(3m) < TimeGenerated and TimeGenerated <= now(-1m) | summarize N = dcount(IPAddress)`, true},
	{`SigninLogs | summarize N = sum(DurationMs), Most = max(DurationMs), make_set(IPAddress, 3) by UserPrincipalName | where N > 2`, true},
	{`SigninLogs | summarize arg_max(TimeGenerated, UserPrincipalName, DurationMs) by IPAddress | extend N = DurationMs`, true},
	{`SigninLogs | summarize N = avg(DurationMs), First = min(TimeGenerated) by bin(TimeGenerated, 30s) | where First > ago(1h)`, true},
	{`union SigninLogs, AADNonInteractiveUserSignInLogs | where TimeGenerated > ago(1m) | summarize N = count() by UserPrincipalName, ResultType`, true},
	{`SigninLogs | summarize A = count() by UserPrincipalName | join kind=leftouter (AADNonInteractiveUserSignInLogs | summarize B = count() by UserPrincipalName) on UserPrincipalName | extend N = A - coalesce(B, 0)`, true},
	{`let busy = SigninLogs | summarize c = count() by UserPrincipalName | where c > 3 | project UserPrincipalName; AADNonInteractiveUserSignInLogs | summarize N = count() by UserPrincipalName | where UserPrincipalName in (busy)`, true},
	{`SigninLogs | where UserPrincipalName == "a" | summarize N = count() | where N == toscalar(AADNonInteractiveUserSignInLogs | count)`, true},
	{`SigninLogs | join kind=inner AADNonInteractiveUserSignInLogs on UserPrincipalName`, false},
	{`SigninLogs | summarize N = percentile(DurationMs, 50) by UserPrincipalName`, false},
	{`SigninLogs | where TimeGenerated > ago(1m) or ResultType == "0"`, false},
}

// partRules are rules over these queries with windows of several kinds.
func partRules(t *testing.T, catalog *table.Catalog, r *rand.Rand) []*rule.Windowed {
	var rules []rule.Rule
	for i, q := range partQueries {
		one := rule.Rule{Name: fmt.Sprint(i), Mode: rule.Scheduled, Query: q.query, Operator: rule.GreaterThanOrEqual, Threshold: float64(r.IntN(2)),
			EvaluationFrequency: []rule.Span{rule.Span(time.Minute), rule.Span(30 * time.Second), rule.Span(10 * time.Second)}[r.IntN(3)],
			WindowSize:          []rule.Span{rule.Span(time.Minute), rule.Span(3 * time.Minute), rule.Span(90 * time.Second)}[r.IntN(3)]}
		if r.IntN(3) == 0 {
			one.QueryTimeRange = rule.Span(6 * time.Minute)
		}
		if r.IntN(4) == 0 && q.query == "SigninLogs" {
			one.Mode, one.WindowSize = rule.NRT, one.EvaluationFrequency
		}
		rules = append(rules, one)
	}
	return windowed(t, catalog, rules...)
}

func TestIncremental(t *testing.T) {
	for i, w := range partRules(t, newCatalog(t), rand.New(rand.NewPCG(1, 1))) {
		if _, err := w.Incremental(); (err == nil) != partQueries[i].keep {
			t.Errorf("%s\n%v", w.Query, err)
		}
	}
}

// randomRecord is a record whose time is in the first ten minutes, often a whole minute.
func randomRecord(r *rand.Rand, id int) map[string]value.Value {
	at := start.Add(time.Duration(r.Int64N(int64(span))))
	if r.IntN(3) == 0 {
		at = at.Truncate(time.Duration(1+59*r.IntN(2)) * time.Second)
	}
	arrived := at.Add(time.Duration(r.Int64N(int64(span))))
	return map[string]value.Value{"Type": value.NewString([]string{"SigninLogs", "AADNonInteractiveUserSignInLogs"}[r.IntN(2)]),
		"TimeGenerated": value.NewDateTime(ticksOf(at)), "_TimeReceived": value.NewDateTime(ticksOf(arrived)), "_ItemId": value.NewString(fmt.Sprint(id)),
		"UserPrincipalName": value.NewString(string(rune('a' + r.IntN(3)))), "IPAddress": value.NewString(fmt.Sprint(r.IntN(4))),
		"ResultType": value.NewString(fmt.Sprint(r.IntN(2))), "DurationMs": value.NewLong(int64(r.IntN(9)))}
}

// Whatever records come, go or change their order, a window put together from parts is what the store says about it whole.
func TestParts(t *testing.T) {
	t.Parallel()
	timelines := 60
	if testing.Short() {
		timelines = 20
	}
	catalog := newCatalog(t)
	asked, whole := 0, 0
	for n := range timelines {
		r := rand.New(rand.NewPCG(uint64(n), 3))
		rules := partRules(t, catalog, r)
		var list []map[string]value.Value
		source := &records{table: func() []map[string]value.Value { return list }}
		store := &Store{Querier: source, Catalog: catalog}
		options := PartsOptions{Workers: 1 + r.IntN(2)}
		switch r.IntN(5) {
		case 0:
			options.Bytes = 1 << 14
		case 1:
			options.Rows = 2
		}
		parts := NewParts(store, catalog.Schemas(), options)
		for now := start; now.Before(start.Add(12 * time.Minute)); now = now.Add(time.Duration(1+r.IntN(240)) * time.Second) {
			before := slices.Clone(list)
			switch r.IntN(8) {
			case 0:
				r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
			case 1:
				list = list[len(list)/2:]
			}
			if len(list) > 0 && r.IntN(8) == 0 {
				list = append(list[:len(list)-1:len(list)-1], randomRecord(r, 1000*n+len(list)))
			}
			for range r.IntN(10) {
				list = append(list, randomRecord(r, r.Int()))
			}
			var asks []Ask
			for _, w := range rules {
				if r.IntN(2) == 0 {
					asks = append(asks, Ask{w, randomEnds(r, w)})
				}
			}
			parts.Prepare(t.Context(), now, changesOf(catalog, before, list), asks)
			for _, a := range asks {
				for _, end := range a.Ends {
					at := time.Unix(end, 0).UTC()
					queries := source.queries
					got, err1 := parts.Measure(t.Context(), a.Rule, at)
					asked++
					whole += source.queries - queries
					want, err2 := store.Measure(t.Context(), a.Rule, at)
					if err := errors.Join(err1, err2); err != nil {
						t.Fatal(err)
					}
					if !sameGroups(got, want) {
						t.Fatalf("timeline %d, %s every %s over %s, window until %s:\n got %v\nwant %v", n, a.Rule.Query, a.Rule.EvaluationFrequency, a.Rule.WindowSize, at.Format(time.TimeOnly), got, want)
					}
				}
			}
		}
	}
	if whole*2 > asked || whole == 0 {
		t.Errorf("%d of %d windows were asked of the store", whole, asked)
	}
}

func randomEnds(r *rand.Rand, w *rule.Windowed) (list []int64) {
	every := seconds(w.EvaluationFrequency)
	end := floor(start.Unix()+r.Int64N(900), every)
	for range 1 + r.IntN(4) {
		list = append(list, end)
		end += every
	}
	return list
}

// changesOf are the minutes in which records differ.
func changesOf(catalog *table.Catalog, before, after []map[string]value.Value) (list []Change) {
	if len(before) == 0 && len(after) == 0 {
		return nil
	}
	for _, record := range append(slices.Clone(before), after...) {
		for _, axis := range []string{"TimeGenerated", "_TimeReceived"} {
			list = append(list, Change{catalog.Schema(record["Type"].Text()), axis, floor(unixOf(record[axis].Int()), 60)})
		}
	}
	return list
}

func sameGroups(a, b []Group) bool {
	byDimension := func(x, y Group) int {
		return cmp.Or(slices.Compare(x.Dimensions, y.Dimensions), cmp.Compare(x.Measure, y.Measure))
	}
	slices.SortFunc(a, byDimension)
	slices.SortFunc(b, byDimension)
	return slices.EqualFunc(a, b, func(x, y Group) bool {
		return slices.Equal(x.Dimensions, y.Dimensions) && x.Null == y.Null && x.Severity == y.Severity &&
			(math.Abs(x.Measure-y.Measure) < 1e-9 || math.IsNaN(x.Measure) && math.IsNaN(y.Measure))
	})
}

// TestAnyOrderInParts is TestAnyOrder on windows that are put together from parts.
func TestAnyOrderInParts(t *testing.T) {
	t.Parallel()
	playTimelines(t, timelines(t, 2000), func(w *world) Evaluator {
		source := &records{table: w.store.records}
		return NewParts(&Store{Querier: source, Catalog: w.catalog}, w.catalog.Schemas(), PartsOptions{Workers: 1})
	})
}

// records are the committed events as rows of SigninLogs.
func (s *fakeStore) records() (list []map[string]value.Value) {
	for i, e := range s.events {
		list = append(list, map[string]value.Value{"Type": value.NewString("SigninLogs"), "_ItemId": value.NewString(fmt.Sprint(i)),
			"TimeGenerated": value.NewDateTime(ticksOf(e.at)), "_TimeReceived": value.NewDateTime(ticksOf(e.arrived)),
			"UserPrincipalName": value.NewString(e.who), "DurationMs": value.NewLong(int64(e.value))})
	}
	return list
}
