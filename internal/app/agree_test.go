package app

import (
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/glasswatch/glasswatch/internal/ingest/decode"
	"github.com/glasswatch/glasswatch/internal/sample"
	"github.com/glasswatch/glasswatch/internal/source"
	"github.com/glasswatch/glasswatch/internal/table"
	"github.com/glasswatch/glasswatch/kql/kqltest"
)

// filled is a workbench with records of the simulated tenant of the last day.
func filled(t testing.TB) *Workbench {
	t.Helper()
	w, err := NewWorkbench(WorkbenchOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Open(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() })
	now := time.Now()
	decoder := decode.New(w.catalog, decode.Options{})
	add := func(body []byte) {
		b := &table.Batch{ReceivedAt: now}
		refused, err := decoder.Decode(source.Delivery{Source: "test", Body: body, ReceivedAt: now}, b)
		if err != nil || len(refused) > 0 {
			t.Fatal(err, refused)
		}
		if err := w.store.Append(t.Context(), []*table.Batch{b}, table.Position{Segment: 1}); err != nil {
			t.Fatal(err)
		}
	}
	g := sample.New(3, sample.Options{Watched: []sample.Account{{ObjectID: "0a1b", UserPrincipalName: "bg-north@contoso.example", DisplayName: "BG North"}},
		WatchedEvery: 50, Users: 40, Records: 400, Span: 20 * time.Hour, Start: now.Add(-20 * time.Hour)})
	add(g.Envelope(400))
	kinds := []byte(`{"records":[`)
	for i, k := range []sample.Kind{sample.NonInteractive, sample.ServicePrincipal, sample.ManagedIdentity, sample.Audit, sample.Activity} {
		for n := range 40 {
			if i+n > 0 {
				kinds = append(kinds, ',')
			}
			kinds = g.Append(kinds, sample.Event{Kind: k, Result: sample.Drawn})
		}
	}
	add(append(kinds, "]}"...))
	return w
}

// TestEnginesAgreeOnHunting runs the hunting queries that the compiler is tested with on records, on every engine.
func TestEnginesAgreeOnHunting(t *testing.T) {
	text, err := os.ReadFile("../../kql/testdata/oracle/sentinel.kql")
	if err != nil {
		t.Fatal(err)
	}
	w := filled(t)
	now := time.Now()
	compared, rows := 0, 0
	for _, query := range strings.Split(strings.TrimSuffix(string(text), "\n"), "\n---\n") {
		if strings.Contains(query, "externaldata") {
			continue
		}
		n, ok := checkEngines(t, w, query, now)
		if ok {
			compared++
			rows += n
		}
	}
	t.Logf("%d queries compared, %d rows", compared, rows)
	if compared < 100 {
		t.Errorf("only %d queries were compared", compared)
	}
}

// answer is what an engine gives, and how far the language fixes it.
type answer struct {
	*kqltest.Result
	flags   kqltest.Flags
	settled bool
}

// ask runs a query.
func ask(ctx context.Context, w *Workbench, query, on string, now time.Time) (answer, error) {
	e, q, err := w.prepare(ctx, query, on, table.Limits{}, now)
	if err != nil {
		return answer{}, err
	}
	r, err := e.Query(ctx, q.Plan, table.Limits{})
	if err != nil {
		return answer{}, err
	}
	defer r.Close()
	a := answer{Result: &kqltest.Result{Columns: r.Columns()}}
	a.flags, a.settled = kqltest.Settled(q.Plan)
	for {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			return a, nil
		}
		if err != nil {
			return answer{}, err
		}
		a.Rows = append(a.Rows, slices.Clone(row))
	}
}
