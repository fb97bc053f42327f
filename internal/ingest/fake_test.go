package ingest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/glasswatch/glasswatch/internal/fault"
	"github.com/glasswatch/glasswatch/internal/source"
	"github.com/glasswatch/glasswatch/internal/table"
	"github.com/glasswatch/glasswatch/kql/value"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// fakeDecoder reads lines "id content [minutes before noon]".
type fakeDecoder struct{ catalog *table.Catalog }

func hashOf(s string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(s))
	return h.Sum64()
}

func (f fakeDecoder) Decode(d source.Delivery, b *table.Batch) ([]source.Refusal, error) {
	b.Body = d.Body
	schema := f.catalog.Schema("SigninLogs")
	switch {
	case bytes.Equal(d.Body, []byte("bad")):
		r := b.AddRow(f.catalog.Schema(table.DeadLetter))
		r.Key, r.Hash = hashOf("bad"), 1
		return []source.Refusal{{Reason: "bad"}}, fault.New(fault.Invalid, "nothing in it")
	case bytes.Equal(d.Body, []byte("bug")):
		return nil, errors.New("decoder is broken")
	}
	for line := range strings.Lines(string(d.Body)) {
		id, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		content, back, _ := strings.Cut(rest, " ")
		minutes := 0
		fmt.Sscan(back, &minutes)
		r := b.AddRow(schema)
		r.Key, r.Hash = hashOf(id), hashOf(content)
		ticks, _ := value.Ticks(noon.Add(-time.Duration(minutes) * time.Minute))
		r.Cells[schema.Column("TimeGenerated")] = table.Cell(ticks)
		r.Cells[schema.Column("Id")] = b.AppendText(id + "/" + content)
	}
	return nil, nil
}

// fakeStore keeps rows as texts, in transactions with a position, and fails when told to.
type fakeStore struct {
	mu       sync.Mutex
	group    int
	rows     []string
	keys     map[entry]bool
	times    map[entry]int64
	at       table.Position
	staged   []string
	stagedKs []entry
	stagedTs []int64
	fail     func(what string) error
	since    int64
	asked    int
	commits  int
}

func newFakeStore() *fakeStore {
	return &fakeStore{group: 100, keys: map[entry]bool{}, times: map[entry]int64{}, fail: func(string) error { return nil }}
}

func (s *fakeStore) Position(context.Context) (table.Position, error) { return s.at, nil }

func (s *fakeStore) Stage(batches []*table.Batch, from int) (int, int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.fail("stage"); err != nil {
		s.drop()
		return 0, 0, err
	}
	for i, b := range batches {
		for j := from; j < len(b.Rows); j++ {
			r := &b.Rows[j]
			if r.State == table.Repeated {
				continue
			}
			if len(s.staged) == s.group {
				return i, j, nil
			}
			text := r.Schema.Name
			if c := r.Schema.Column("Id"); c >= 0 {
				text = string(b.Text(r.Cells[c]))
			}
			s.staged = append(s.staged, text)
			s.stagedKs = append(s.stagedKs, entry{r.Key, r.Hash})
			s.stagedTs = append(s.stagedTs, int64(r.Cells[r.Schema.Column("TimeGenerated")]))
		}
		from = 0
	}
	return len(batches), 0, nil
}

func (s *fakeStore) drop() { s.staged, s.stagedKs, s.stagedTs = nil, nil, nil }

func (s *fakeStore) Commit(upTo table.Position) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.fail("commit"); err != nil {
		s.drop()
		return err
	}
	s.rows = append(s.rows, s.staged...)
	for i, k := range s.stagedKs {
		s.keys[k] = true
		s.times[k] = s.stagedTs[i]
	}
	s.drop()
	s.at = upTo
	s.commits++
	return nil
}

func (s *fakeStore) Recent(_ context.Context, _ int, f func(key, hash uint64)) (int64, error) {
	if s.since == 0 {
		for k := range s.keys {
			f(k.key, k.hash)
		}
	}
	return s.since, nil
}

func (s *fakeStore) Known(_ context.Context, _ *table.Schema, from, to int64, keys []uint64, f func(key, hash uint64)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked += len(keys)
	if err := s.fail("known"); err != nil {
		return err
	}
	for k := range s.keys {
		for _, key := range keys {
			if k.key == key && s.times[k] >= from && s.times[k] <= to {
				f(k.key, k.hash)
			}
		}
	}
	return nil
}

func (s *fakeStore) stored() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.rows...)
}

// crashed is what a restart finds of the store.
func (s *fakeStore) crashed() *fakeStore {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := newFakeStore()
	n.rows, n.at, n.group = append([]string(nil), s.rows...), s.at, s.group
	for k := range s.keys {
		n.keys[k], n.times[k] = true, s.times[k]
	}
	return n
}

// fakeJudge counts judgements and commits; hold, when set, is called by each commit.
type fakeJudge struct {
	mu        sync.Mutex
	judged    []string
	committed []string
	hold      func(ids []string) error
}

func (j *fakeJudge) Judge(b *table.Batch) func(context.Context) error {
	var ids []string
	for i := range b.Rows {
		r := &b.Rows[i]
		if r.State != table.Repeated && r.Schema.Name == "SigninLogs" {
			ids = append(ids, string(b.Text(r.Cells[r.Schema.Column("Id")])))
		}
	}
	j.mu.Lock()
	j.judged = append(j.judged, ids...)
	hold := j.hold
	j.mu.Unlock()
	if len(ids) == 0 {
		return nil
	}
	return func(context.Context) error {
		if hold != nil {
			if err := hold(ids); err != nil {
				return err
			}
		}
		j.mu.Lock()
		defer j.mu.Unlock()
		j.committed = append(j.committed, ids...)
		return nil
	}
}

func newOptions(t testing.TB, s Store) Options {
	t.Helper()
	c, err := table.NewCatalog()
	if err != nil {
		t.Fatal(err)
	}
	return Options{Dir: t.TempDir(), Store: s, Decoder: fakeDecoder{c}, CommitAfter: time.Millisecond, Clock: func() time.Time { return noon }}
}

// running opens ingest and runs it until stop.
func running(t testing.TB, o Options) (g *Ingest, stop func()) {
	t.Helper()
	g, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- g.Run(ctx) }()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			if err := <-done; err != nil {
				t.Error(err)
			}
			if err := g.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	t.Cleanup(stop)
	return g, stop
}

func delivery(body string) source.Delivery {
	return source.Delivery{Source: "test", Body: []byte(body), ReceivedAt: noon}
}
