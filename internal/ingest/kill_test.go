package ingest

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/glasswatch/glasswatch/internal/ingest/journal"
	"github.com/glasswatch/glasswatch/internal/table"
	"github.com/glasswatch/glasswatch/internal/table/duckdb"
	"github.com/glasswatch/glasswatch/kql/plan"
)

const childDir = "GLASSWATCH_TEST_CHILD"

// TestMain runs this program as the child that TestKill kills.
func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		victim(dir, os.Getenv("GLASSWATCH_TEST_ROUND"))
		return
	}
	os.Exit(m.Run())
}

func realOptions(dir string) (Options, *duckdb.Store, *table.Catalog, error) {
	catalog, err := table.NewCatalog()
	if err != nil {
		return Options{}, nil, nil, err
	}
	store, err := duckdb.Open(dir, catalog, duckdb.Options{})
	return Options{Dir: filepath.Join(dir, "log"), Store: store, Decoder: fakeDecoder{catalog}, CommitAfter: 30 * time.Millisecond,
		Journal: journal.Options{SegmentSize: 64 << 10}, Clock: func() time.Time { return noon }}, store, catalog, err
}

// fileJudge keeps what it is shown in a file, synced, as the state keeps alerts.
type fileJudge struct {
	mu   sync.Mutex
	file *os.File
}

func (j *fileJudge) Judge(b *table.Batch) func(context.Context) error {
	var lines strings.Builder
	for i := range b.Rows {
		if r := &b.Rows[i]; r.State != table.Repeated {
			fmt.Fprintf(&lines, "%s\n", b.Text(r.Cells[r.Schema.Column("Id")]))
		}
	}
	if lines.Len() == 0 {
		return nil
	}
	return func(context.Context) error {
		j.mu.Lock()
		defer j.mu.Unlock()
		if _, err := j.file.WriteString(lines.String()); err != nil {
			return err
		}
		return j.file.Sync()
	}
}

// victim takes records from several senders, and says which bodies it has acknowledged, until it is killed.
func victim(dir, round string) {
	o, _, _, err := realOptions(dir)
	check := func(err error) {
		if err != nil {
			fmt.Println("error:", err)
			os.Exit(1)
		}
	}
	check(err)
	f, err := os.OpenFile(filepath.Join(dir, "judged"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	check(err)
	o.Judge = &fileJudge{file: f}
	g, err := Open(o)
	check(err)
	go func() { check(g.Run(context.Background())) }()
	fmt.Println("ready")
	for sender := range 3 {
		go func() {
			for i := 0; ; i++ {
				var b strings.Builder
				for k := range 1 + i%20 {
					fmt.Fprintf(&b, "r%s-%d-%d-%d x\n", round, sender%2, i, k) // two of the senders send the same
				}
				_, err := g.Put(context.Background(), delivery(b.String()))
				check(err)
				fmt.Printf("%s-%d-%d %d\n", round, sender%2, i, 1+i%20)
			}
		}()
	}
	time.Sleep(20 * time.Second) // the parent is gone
}

// Killed at any moment, again and again: every acknowledged record is stored once, and was judged.
func TestKill(t *testing.T) {
	dir := t.TempDir()
	acked := map[string]bool{}
	rounds := 4
	if testing.Short() {
		rounds = 2
	}
	for round := range rounds {
		runVictim(t, dir, round, acked)
	}
	if len(acked) < 100 {
		t.Fatalf("only %d records were acknowledged", len(acked))
	}
	o, store, catalog, err := realOptions(dir)
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(filepath.Join(dir, "judged"), os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	o.Judge = &fileJudge{file: f}
	g, stop := running(t, o)
	for end := time.Now().Add(time.Minute); g.Health().Store.Rows > 0; { // a stop leaves in the log what takes long
		if time.Now().After(end) {
			t.Fatalf("the store does not take what the log holds: %+v", g.Health().Store)
		}
		time.Sleep(10 * time.Millisecond)
	}
	stop()
	defer store.Close()

	stored := storedIDs(t, store, catalog)
	judged := map[string]bool{}
	text, err := os.ReadFile(filepath.Join(dir, "judged"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		judged[strings.TrimSpace(line)] = true
	}
	lost, doubled, unjudged := 0, 0, 0
	for id := range acked {
		if stored[id] == 0 {
			lost++
		}
		if !judged[id] {
			unjudged++
		}
	}
	for _, n := range stored {
		if n > 1 {
			doubled++
		}
	}
	if lost+doubled+unjudged > 0 {
		t.Errorf("of %d acknowledged and %d stored records: %d lost, %d stored twice, %d not judged", len(acked), len(stored), lost, doubled, unjudged)
	}
	t.Logf("%d records acknowledged, %d stored, over %d kills", len(acked), len(stored), rounds)
}

func runVictim(t *testing.T, dir string, round int, acked map[string]bool) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), childDir+"="+dir, fmt.Sprint("GLASSWATCH_TEST_ROUND=", round))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	var kill *time.Timer
	for lines.Scan() {
		line := lines.Text()
		if line == "ready" {
			kill = time.AfterFunc(time.Duration(50+rand.IntN(350))*time.Millisecond, func() { _ = cmd.Process.Kill() })
			continue
		}
		if strings.HasPrefix(line, "error") {
			t.Error(line)
			break
		}
		var id string
		var n int
		if _, err := fmt.Sscan(line, &id, &n); err != nil {
			continue // the last line may be torn
		}
		for k := range n {
			acked[fmt.Sprintf("r%s-%d/x", id, k)] = true
		}
	}
	if kill == nil {
		t.Error("the child never became ready")
		_ = cmd.Process.Kill()
	}
	_ = cmd.Wait()
}

func storedIDs(t *testing.T, store *duckdb.Store, catalog *table.Catalog) map[string]int {
	t.Helper()
	schema := catalog.Schema("SigninLogs")
	at := schema.Column("Id")
	rows, err := store.Query(t.Context(), &plan.Project{Input: &plan.Scan{Table: schema.Plan}, Cols: []plan.Column{schema.Plan.Columns[at]},
		Exprs: []plan.Expr{&plan.Col{Index: at, Typ: schema.Columns[at].Type}}}, table.Limits{Rows: 10_000_000})
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	got := map[string]int{}
	for {
		row, err := rows.Next()
		if err == io.EOF {
			return got
		}
		if err != nil {
			t.Fatal(err)
		}
		got[row[0].Text()]++
	}
}
