package schedule_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/glasswatch/glasswatch/internal/action"
	"github.com/glasswatch/glasswatch/internal/alert"
	"github.com/glasswatch/glasswatch/internal/rule"
	"github.com/glasswatch/glasswatch/internal/rule/schedule"
	"github.com/glasswatch/glasswatch/internal/state"
	"github.com/glasswatch/glasswatch/internal/table"
	"github.com/glasswatch/glasswatch/kql/value"
)

// The environment of the child: its folder, and whether it puts windows together from parts.
const (
	childDir   = "GLASSWATCH_TEST_SCHEDULE"
	childParts = "GLASSWATCH_TEST_PARTS"
)

// TestMain runs this program as the child that TestKill kills.
func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		victim(dir, os.Getenv(childParts) != "")
		return
	}
	os.Exit(m.Run())
}

// record is one line of the file that stands for the table store.
type record struct {
	At, Arrived int64
	Who         string
}

// storeFile is an Evaluator over a file of records, each of which is synced before it counts as committed.
type storeFile struct {
	file    *os.File
	records []record
}

func openStore(dir string) (*storeFile, error) {
	f, err := os.OpenFile(filepath.Join(dir, "records"), os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	s := &storeFile{file: f}
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		var r record
		if json.Unmarshal(lines.Bytes(), &r) == nil {
			s.records = append(s.records, r)
		}
	}
	return s, lines.Err()
}

func (s *storeFile) commit(r record) error {
	line, err := json.Marshal(r)
	if err != nil {
		return err
	}
	if _, err := s.file.Write(append(line, '\n')); err != nil {
		return err
	}
	s.records = append(s.records, r)
	return s.file.Sync()
}

func (s *storeFile) counts(w *rule.Windowed, end int64) map[string]float64 {
	counts := map[string]float64{}
	for _, r := range s.records {
		if r.At < end && r.At >= end-int64(time.Duration(w.WindowSize)/time.Second) {
			counts[r.Who]++
		}
	}
	return counts
}

func (s *storeFile) Measure(_ context.Context, w *rule.Windowed, end time.Time) (list []schedule.Group, _ error) {
	for who, n := range s.counts(w, end.Unix()) {
		list = append(list, schedule.Group{Dimensions: []string{who}, Measure: n})
	}
	return list, nil
}

func (s *storeFile) Prepare(context.Context, time.Time, []schedule.Change, []schedule.Ask) {}

func (s *storeFile) Sample(context.Context, *rule.Windowed, time.Time, []string, int) ([]json.RawMessage, error) {
	return nil, nil
}

func (s *storeFile) Arrivals(_ context.Context, t *table.Schema, _ string, since, arrived time.Time, f func(at, arrived time.Time)) error {
	for _, r := range s.records {
		if t.Name == "SigninLogs" && (r.At >= since.Unix() || r.Arrived >= arrived.Unix()) {
			f(time.Unix(r.At, 0).Truncate(time.Minute), time.Unix(r.Arrived, 0))
		}
	}
	return nil
}

// rows are the committed records as rows of SigninLogs.
func (s *storeFile) rows() (list []map[string]value.Value) {
	at := func(seconds int64) value.Value {
		ticks, _ := value.Ticks(time.Unix(seconds, 0))
		return value.NewDateTime(ticks)
	}
	for i, r := range s.records {
		list = append(list, map[string]value.Value{"Type": value.NewString("SigninLogs"), table.ItemID: value.NewString(fmt.Sprint(i)),
			"TimeGenerated": at(r.At), table.TimeReceived: at(r.Arrived), "UserPrincipalName": value.NewString(r.Who)})
	}
	return list
}

// evaluator answers from the file itself, or with parts over it.
func (s *storeFile) evaluator(c *table.Catalog, parts bool) schedule.Evaluator {
	if !parts {
		return s
	}
	store := &schedule.Store{Querier: schedule.NewRecords(s.rows), Catalog: c}
	return schedule.NewParts(store, c.Schemas(), schedule.PartsOptions{})
}

// sink gives alerts to the real state, each with one notification.
type sink struct{ *state.Store }

func (s sink) Fire(ctx context.Context, alerts []alert.Alert) error {
	firings := make([]action.Firing, len(alerts))
	for i, a := range alerts {
		firings[i] = action.Firing{Alert: a, Routes: []action.Route{{Group: "ops", Receiver: action.Receiver{Name: "Anna", Channel: "mail", Recipient: "anna"}}}}
	}
	_, err := s.Store.Fire(ctx, firings)
	return err
}

func (s sink) Resolve(ctx context.Context, list []alert.Resolution) error {
	_, err := s.Store.Resolve(ctx, list, func(*alert.Alert) []action.Route { return nil })
	return err
}

var begin = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

// run is everything that one process has.
type run struct {
	store     *storeFile
	state     *state.Store
	scheduler *schedule.Scheduler
	rule      *rule.Windowed
	schema    *table.Schema
	now       int64
}

func newRun(dir string, parts bool) (*run, error) {
	store, err := openStore(dir)
	if err != nil {
		return nil, err
	}
	st, err := state.Open(context.Background(), state.Options{Path: filepath.Join(dir, "state.db")})
	if err != nil {
		return nil, err
	}
	catalog, err := table.NewCatalog()
	if err != nil {
		return nil, err
	}
	engine, err := rule.New(rule.Options{Catalog: catalog, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	no := false
	err = engine.Load([]rule.Rule{{Name: "many", Query: "SigninLogs", Mode: rule.Scheduled, Threshold: 1, WindowSize: rule.Span(time.Minute),
		EvaluationFrequency: rule.Span(10 * time.Second), Dimensions: []rule.Dimension{{Name: "UserPrincipalName"}}, AutoMitigate: &no}})
	if err != nil {
		return nil, err
	}
	r := &run{store: store, state: st, rule: engine.Windowed()[0], schema: catalog.Schema("SigninLogs"), now: begin.Unix()}
	for _, one := range store.records {
		r.now = max(r.now, one.Arrived)
	}
	r.scheduler = schedule.New(schedule.Options{Evaluator: store.evaluator(catalog, parts), Memory: st, Sink: sink{st}, Schemas: []*table.Schema{r.schema}})
	return r, r.scheduler.Load(context.Background(), engine.Windowed(), time.Unix(r.now, 0))
}

// put commits a record and lets the scheduler know, as the way to the tables does.
func (r *run) put(one record) error {
	b := &table.Batch{ReceivedAt: time.Unix(one.Arrived, 0)}
	row := b.AddRow(r.schema)
	row.Cells[r.schema.Column("TimeGenerated")] = table.Cell((one.At + 62135596800) * 10_000_000)
	r.scheduler.Tracker().Stage(b, 0, 1)
	if err := r.scheduler.Tracker().BeforeCommit(context.Background()); err != nil {
		return err
	}
	if err := r.store.commit(one); err != nil {
		return err
	}
	r.scheduler.Tracker().Commit()
	return nil
}

// victim lives through time at full speed until it is killed.
func victim(dir string, parts bool) {
	check := func(err error) {
		if err != nil {
			fmt.Println("error:", err)
			os.Exit(1)
		}
	}
	r, err := newRun(dir, parts)
	check(err)
	fmt.Println("ready")
	random := rand.New(rand.NewPCG(uint64(r.now), uint64(len(r.store.records))))
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); { // the parent may be gone
		r.now += int64(random.IntN(20))
		late := random.IntN(30)
		if random.IntN(5) == 0 {
			late = random.IntN(900)
		}
		check(r.put(record{At: max(begin.Unix(), r.now-int64(late)), Arrived: r.now, Who: string(rune('a' + random.IntN(3)))}))
		check(r.scheduler.Step(context.Background(), time.Unix(r.now, 0)))
	}
}

// Killed at any moment, again and again: every window that meets the condition has its one alert, with what it owes.
func TestKill(t *testing.T) {
	for _, parts := range []bool{false, true} {
		t.Run(fmt.Sprintf("parts=%v", parts), func(t *testing.T) {
			t.Parallel()
			kill(t, parts)
		})
	}
}

func kill(t *testing.T, parts bool) {
	dir := t.TempDir()
	random := rand.New(rand.NewPCG(7, 7))
	rounds := 12
	if testing.Short() {
		rounds = 3
	}
	for range rounds {
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), childDir+"="+dir)
		if parts {
			child.Env = append(child.Env, childParts+"=1")
		}
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		line, _ := bufio.NewReader(out).ReadString('\n')
		if line != "ready\n" {
			t.Fatalf("the child says %q", line)
		}
		time.Sleep(time.Duration(20+random.IntN(300)) * time.Millisecond) // a random instant is the point
		_ = child.Process.Kill()
		_ = child.Wait()
	}
	r, err := newRun(dir, parts)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.state.Close() }()
	if err := r.scheduler.Step(t.Context(), time.Unix(r.now+60, 0)); err != nil {
		t.Fatal(err)
	}
	check(t, r)
}

func check(t *testing.T, r *run) {
	t.Helper()
	want := map[string]bool{}
	for end := begin.Unix() + 10; end <= r.now+60; end += 10 {
		for who, n := range r.store.counts(r.rule, end) {
			if n > 1 {
				want[fmt.Sprint(end, who)] = true
			}
		}
	}
	firings, err := r.state.Firings(t.Context(), "many", begin)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range firings {
		var d []alert.Dimension
		if err := json.Unmarshal([]byte(f.Dimensions), &d); err != nil {
			t.Fatal(err)
		}
		key := fmt.Sprint(f.End.Unix(), d[0].Value)
		if !want[key] || f.Withdrawn {
			t.Errorf("window %s fired", key)
		}
		delete(want, key)
	}
	for key := range want {
		t.Errorf("window %s did not fire", key)
	}
	pending, err := r.state.Pending(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(firings) < 20 || len(pending) != len(firings) {
		t.Errorf("%d windows fired, %d notifications are owed", len(firings), len(pending))
	}
	t.Logf("%d records, %d alerts", len(r.store.records), len(firings))
}
