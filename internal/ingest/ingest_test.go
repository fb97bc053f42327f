package ingest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/glasswatch/glasswatch/internal/fault"
	"github.com/glasswatch/glasswatch/internal/ingest/journal"
	"github.com/glasswatch/glasswatch/internal/source"
	"github.com/glasswatch/glasswatch/internal/table"
	"github.com/glasswatch/glasswatch/kql/value"
)

func put(t *testing.T, g *Ingest, body string, want source.Receipt) {
	t.Helper()
	got, err := g.Put(t.Context(), delivery(body))
	if err != nil {
		t.Fatalf("put %.30q: %v", body, err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("put %.30q: %s", body, diff)
	}
}

func taken(n int) source.Receipt   { return source.Receipt{Taken: n} }
func repeats(n int) source.Receipt { return source.Receipt{Repeated: n} }

func TestReceipts(t *testing.T) {
	s := newFakeStore()
	g, stop := running(t, newOptions(t, s))
	put(t, g, "a 1\nb 1\n", taken(2))
	put(t, g, "a 1\nb 2\nc 1\n", source.Receipt{Taken: 2, Repeated: 1})
	put(t, g, "a 1\nb 1\nb 2\n", repeats(3)) // older revisions are known too
	r, err := g.Put(t.Context(), delivery("bad"))
	if fault.CodeOf(err) != fault.Invalid || r.Refused != 1 || r.Taken != 0 {
		t.Errorf("bad body: %+v, %v", r, err)
	}
	if r, err := g.Put(t.Context(), delivery("bad")); r.Refused != 1 || r.Repeated != 0 {
		t.Errorf("bad body again: %+v, %v", r, err)
	}
	if _, err := g.Put(t.Context(), delivery("bug")); fault.CodeOf(err) != fault.Internal || err == nil {
		t.Errorf("broken decoder: %v", err)
	}
	put(t, g, "d 1", taken(1))
	h := g.Health().Sources["test"]
	if h.Taken != 5 || h.Repeated != 4 || h.Refused != 2 || h.Bodies != 6 {
		t.Errorf("health %+v", h)
	}
	stop()
	if diff := cmp.Diff([]string{"a/1", "b/1", "b/2", "c/1", table.DeadLetter, "d/1"}, s.stored()); diff != "" {
		t.Error(diff)
	}
	if _, err := g.Put(t.Context(), delivery("e 1")); fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("after close: %v", err)
	}
}

func TestBodyTooLarge(t *testing.T) {
	o := newOptions(t, newFakeStore())
	o.MaxBody = 10
	g, _ := running(t, o)
	if _, err := g.Put(t.Context(), delivery("12345678901")); fault.CodeOf(err) != fault.TooLarge || fault.NextOf(err) == "" {
		t.Error(err)
	}
}

// The same records from many sides at once are stored once, judged once, and told as taken once.
func TestConcurrentDuplicates(t *testing.T) {
	s, j := newFakeStore(), &fakeJudge{}
	o := newOptions(t, s)
	o.Judge = j
	g, stop := running(t, o)
	const senders, bodies, each = 6, 40, 7
	var sum atomic.Int64
	var wg sync.WaitGroup
	for range senders {
		wg.Go(func() {
			for _, i := range rand.Perm(bodies) {
				var b strings.Builder
				for k := range each {
					fmt.Fprintf(&b, "id%d x\n", (i*3+k)%(bodies*3)) // bodies overlap
				}
				r, err := g.Put(context.Background(), delivery(b.String()))
				if err != nil {
					t.Error(err)
				}
				sum.Add(int64(r.Taken))
			}
		})
	}
	wg.Wait()
	stop()
	want := map[string]int{}
	for i := range bodies {
		for k := range each {
			want[fmt.Sprintf("id%d/x", (i*3+k)%(bodies*3))] = 1
		}
	}
	for what, list := range map[string][]string{"stored": s.stored(), "judged": j.judged, "committed": j.committed} {
		got := map[string]int{}
		for _, id := range list {
			got[id]++
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(what, diff)
		}
	}
	if int(sum.Load()) != len(want) {
		t.Errorf("taken %d, want %d", sum.Load(), len(want))
	}
}

// After a crash the log brings back what the store has not committed, once, and judges it again.
func TestRestart(t *testing.T) {
	s := newFakeStore()
	o := newOptions(t, s)
	g, err := Open(o) // not running: nothing reaches the store
	if err != nil {
		t.Fatal(err)
	}
	put(t, g, "a 1\nb 1", taken(2))
	put(t, g, "b 1\nc 1", source.Receipt{Taken: 1, Repeated: 1})
	put(t, g, "b 2", taken(1))
	for range 3 { // crashes before anything is committed
		g.Close()
		j := &fakeJudge{}
		o.Store, o.Judge = s.crashed(), j
		if g, err = Open(o); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"a/1", "b/1", "c/1", "b/2"}, j.committed); diff != "" {
			t.Error("judged again:", diff)
		}
		put(t, g, "a 1\nb 1\nb 2\nc 1", repeats(4))
	}
	g.Close()
	last := s.crashed()
	last.group = 3 // commits in the middle of a body
	o.Store = last
	_, stop := running(t, o)
	stop()
	if diff := cmp.Diff([]string{"a/1", "b/1", "c/1", "b/2"}, last.stored()); diff != "" {
		t.Error(diff)
	}
}

// Whatever fails on the way to the store, and wherever a crash comes in between: every acknowledged record is there
// once, in order.
func TestStoreFailuresAndCrashes(t *testing.T) {
	for seed := range uint64(3) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		s := newFakeStore()
		o := newOptions(t, s)
		o.Journal.SegmentSize = 8000
		o.Queue = 20_000
		var want []string
		n := 0
		for range 3 {
			s.group = 3 + rnd.IntN(10)
			var failing atomic.Bool
			s.fail = func(what string) error {
				if failing.Load() && what != "known" {
					return errors.New("no space")
				}
				return nil
			}
			o.Store = s
			g, err := Open(o)
			if err != nil {
				t.Fatal(err)
			}
			ctx, crash := context.WithCancel(context.Background())
			done := make(chan struct{})
			go func() {
				defer close(done)
				for ctx.Err() == nil {
					if err := g.feeder.step(ctx); err != nil {
						g.feeder.fail(err)
						time.Sleep(time.Millisecond)
					}
				}
			}()
			for range 40 {
				failing.Store(rnd.IntN(3) == 0)
				var b strings.Builder
				for range 1 + rnd.IntN(8) {
					if rnd.IntN(5) == 0 && n > 0 {
						fmt.Fprintf(&b, "id%d x\n", rnd.IntN(n))
						continue
					}
					fmt.Fprintf(&b, "id%d x\n", n)
					want = append(want, fmt.Sprintf("id%d/x", n))
					n++
				}
				if _, err := g.Put(context.Background(), delivery(b.String())); err != nil {
					t.Fatal(err)
				}
			}
			crash()
			<-done
			g.Close()
			s = s.crashed()
		}
		o.Store = s
		_, stop := running(t, o)
		stop()
		if diff := cmp.Diff(want, s.stored()); diff != "" {
			t.Fatalf("seed %d: %s", seed, diff)
		}
	}
}

// A store that fails for long holds nobody back: bodies are put off to the log.
func TestPutOff(t *testing.T) {
	s := newFakeStore()
	var failing atomic.Bool
	failing.Store(true)
	s.fail = func(string) error {
		if failing.Load() {
			return errors.New("no space")
		}
		return nil
	}
	o := newOptions(t, s)
	o.Queue = 5_000
	g, stop := running(t, o)
	var want []string
	for i := range 300 {
		put(t, g, fmt.Sprintf("id%d x", i), taken(1))
		want = append(want, fmt.Sprintf("id%d/x", i))
	}
	h := g.Health().Store
	if h.Err == nil || h.Put == 0 || h.Bytes > 3*o.Queue {
		t.Errorf("health %+v", h)
	}
	failing.Store(false)
	for len(s.stored()) < len(want) {
		time.Sleep(time.Millisecond) // the feeder's retry is real time
	}
	put(t, g, "id7 x\nnew x", source.Receipt{Taken: 1, Repeated: 1})
	stop()
	if diff := cmp.Diff(append(want, "new/x"), s.stored()); diff != "" {
		t.Error(diff)
	}
	if h := g.Health().Store; h.Err != nil || h.Rows != 0 || h.Bytes != 0 {
		t.Errorf("after recovery %+v", h)
	}
}

// A body that did not reach the log leaves no trace: its retry is taken as new.
func TestRetryAfterAFullLog(t *testing.T) {
	s, j := newFakeStore(), &fakeJudge{}
	o := newOptions(t, s)
	o.Judge = j
	o.Journal = journal.Options{SegmentSize: 300, Limit: 1000}
	g, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for i := 0; ; i++ {
		body := fmt.Sprintf("id%d x\n", i)
		_, err := g.Put(t.Context(), delivery(body))
		if i > 100 {
			t.Fatal("the log takes everything")
		}
		want = append(want, fmt.Sprintf("id%d/x", i))
		if err == nil {
			continue
		}
		if fault.CodeOf(err) != fault.Unavailable || fault.NextOf(err) == "" {
			t.Fatal(err)
		}
		if err := g.feeder.step(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := g.feeder.commit(); err != nil { // lets the log forget
			t.Fatal(err)
		}
		put(t, g, body, taken(1))
		break
	}
	_ = g.feeder.step(t.Context())
	if err := g.feeder.commit(); err != nil {
		t.Fatal(err)
	}
	g.Close()
	if diff := cmp.Diff(want, s.stored()); diff != "" {
		t.Error(diff)
	}
}

// Until the alerts of a body are kept, nobody who repeats its records is acknowledged, and the store does not get them.
func TestAlertsThatCannotBeKept(t *testing.T) {
	s, j := newFakeStore(), &fakeJudge{}
	var broken atomic.Bool
	broken.Store(true)
	tries := make(chan struct{}, 100)
	j.hold = func([]string) error {
		tries <- struct{}{}
		if broken.Load() {
			return errors.New("state is read-only")
		}
		return nil
	}
	o := newOptions(t, s)
	o.Judge = j
	g, stop := running(t, o)
	if _, err := g.Put(t.Context(), delivery("a 1")); fault.CodeOf(err) != fault.Unavailable {
		t.Fatal(err)
	}
	again := make(chan error, 1)
	go func() {
		_, err := g.Put(context.Background(), delivery("a 1"))
		again <- err
	}()
	for range 4 {
		<-tries
	}
	select {
	case err := <-again:
		t.Fatalf("the repeat was answered (%v) although its alert is not kept", err)
	default:
	}
	if got := s.stored(); len(got) > 0 {
		t.Error("stored before the alert was kept:", got)
	}
	broken.Store(false)
	if err := <-again; err != nil {
		t.Error(err)
	}
	stop()
	if diff := cmp.Diff([]string{"a/1"}, s.stored()); diff != "" {
		t.Error(diff)
	}
	if !slices.Contains(j.committed, "a/1") {
		t.Error("the alert was never kept")
	}
}

// A client that goes away leaves a body that is either not begun or complete.
func TestCancellation(t *testing.T) {
	s, j := newFakeStore(), &fakeJudge{}
	o := newOptions(t, s)
	o.Judge = j
	ctx, cancel := context.WithCancel(context.Background())
	j.hold = func([]string) error {
		cancel()
		return nil
	}
	g, stop := running(t, o)
	if _, err := g.Put(ctx, delivery("a 1")); err != nil {
		t.Error("a finished body need not be told as failed:", err)
	}
	put(t, g, "a 1", repeats(1))
	g.gate.inside = 1 << 40
	if _, err := g.Put(ctx, delivery("b 1")); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	g.gate.inside = 0
	put(t, g, "b 1", taken(1))
	stop()
	if diff := cmp.Diff([]string{"a/1", "b/1"}, s.stored()); diff != "" {
		t.Error(diff)
	}
}

// Records older than what memory covers are looked up in the store; newer ones never.
func TestOldRecords(t *testing.T) {
	s := newFakeStore()
	o := newOptions(t, s)
	g, stop := running(t, o)
	put(t, g, "a 1 600\nb 1 500\nc 1 400", taken(3))
	stop()
	s = s.crashed()
	s.since, _ = value.Ticks(noon.Add(-time.Hour)) // nothing of the above is read back on start
	o.Store = s
	g, stop = running(t, o)
	put(t, g, "x 1 10", taken(1))
	if s.asked != 0 {
		t.Error("asked about a new record")
	}
	put(t, g, "a 1 600\nb 2 500\nd 1 300", source.Receipt{Taken: 2, Repeated: 1})
	if s.asked != 3 {
		t.Errorf("asked about %d records, want 3", s.asked)
	}
	s.fail = func(what string) error {
		if what == "known" {
			return errors.New("busy")
		}
		return nil
	}
	put(t, g, "c 1 400", taken(1)) // twice is better than not at all
	stop()
}

func TestSeen(t *testing.T) {
	s := newSeen(5000)
	rnd := rand.New(rand.NewPCG(1, 2))
	var list []entry
	for i := range 40_000 {
		e := entry{rnd.Uint64() % 20_000, rnd.Uint64() % 3} // also the keys 0 and 1
		if e.key == 7 {
			e.key = gone
		}
		if s.state(e.key, e.hash) != table.Repeated {
			s.add(e.key, e.hash, int64(i+1), 0)
			list = append(list, e)
		}
		for _, e := range list[max(0, len(list)-5000):] {
			if i%10_000 == 9_999 && s.state(e.key, e.hash) != table.Repeated {
				t.Fatalf("forgot %v of the newest 5000", e)
			}
		}
	}
	if s.since == 0 || s.young.used > 5000 || s.old.used > 5000 {
		t.Errorf("since %d, %d and %d entries", s.since, s.young.used, s.old.used)
	}
	e := list[len(list)-1]
	if s.state(e.key, 99) != table.Revision {
		t.Error("another content of a known key must be a revision")
	}
	s.remove(e.key, e.hash)
	if s.state(e.key, e.hash) == table.Repeated {
		t.Error("removed, and still there")
	}
	if s.state(1<<60, 1) != table.New {
		t.Error("never seen")
	}
}

func TestHeader(t *testing.T) {
	want := source.Delivery{Source: "push", Table: "AuditLogs", CSV: true, Encoding: source.Zstd, ReceivedAt: noon.Add(123)}
	b := appendHeader(nil, &want)
	got, err := parseHeader(b)
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
	for n := range b {
		if _, err := parseHeader(b[:n]); err == nil {
			t.Errorf("%d bytes: no error", n)
		}
	}
}

// A large crowd does not keep a small body out.
func TestGate(t *testing.T) {
	g := newGate(1 << 20)
	ctx, cancel := context.WithCancel(t.Context())
	if err := g.enter(ctx, 1<<20); err != nil {
		t.Fatal(err)
	}
	if err := g.enter(ctx, 1000); err != nil {
		t.Fatal(err)
	}
	in := make(chan error)
	go func() { in <- g.enter(ctx, 1<<19) }()
	g.leave(1 << 20)
	if err := <-in; err != nil {
		t.Error(err)
	}
	cancel()
	if err := g.enter(ctx, 1<<20); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
