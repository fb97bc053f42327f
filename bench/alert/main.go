// Command alert measures the way from the push of a break-glass record to the mail that an SMTP server has accepted, and
// compares it, in one run and in turn, with the floor: the least that any program must do for that (POST, append and
// fdatasync to a log, find the account, speak SMTP). It then measures the same under full ingest load. The product is
// "glasswatch serve"; it, the floor, and the client with the mailbox are a process each. Loopback only; bounded.
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/glasswatch/glasswatch/internal/sample"
)

const (
	token    = "bench-token-0123456789abcdef0123"
	objectID = "5b3ea3bb-c628-498b-9bc8-cfba1ebbcf86"
	upn      = "bg-bench@contoso.onmicrosoft.com"
	batch    = 1000
	mailFile = "mail.eml"
)

func main() {
	log.SetFlags(0)
	var role string
	var smtpPort int
	flag.StringVar(&role, "role", "", "internal: what a child process does")
	flag.IntVar(&smtpPort, "smtp", 0, "internal: port of the mailbox")
	trials := flag.Int("trials", 200, "pushes for each figure")
	load := flag.Duration("load", 15*time.Second, "how long to push at full load")
	flag.Parse()
	switch role {
	case "floor":
		serveFloor(flag.Arg(0), smtpPort)
	case "product":
		serveProduct(flag.Arg(0), smtpPort)
	default:
		measure(*trials, *load)
	}
}

func measure(trials int, load time.Duration) {
	dir, err := os.MkdirTemp("", "glasswatch-bench")
	check(err)
	defer os.RemoveAll(dir)
	mails := newMailbox()
	floor, stopFloor := child("floor", dir, mails.port)
	defer stopFloor()
	product, stop := child("product", dir, mails.port)
	bench := &bench{mails: mails, gen: sample.New(1, sample.Options{})}

	bench.run(floor, 20)
	bench.run(product, 20) // warm
	check(os.WriteFile(filepath.Join(dir, mailFile), mails.latest(), 0o600))
	var floorTimes, same, idle []time.Duration
	for range trials / 10 { // in turn: the machine's speed drifts
		floorTimes = append(floorTimes, bench.run(floor, 10)...)
		same = append(same, bench.run(floor+sameMail, 10)...)
		idle = append(idle, bench.run(product, 10)...)
	}
	loaded, bodies := bench.underLoad(product, load)
	peak := stop()

	fmt.Printf("push of a break-glass record -> mail accepted, %d trials each, in turn\n\n", trials)
	fmt.Println("| path | p50 ms | p90 ms | p99 ms |")
	fmt.Println("|---|---|---|---|")
	row("floor: POST, append + fdatasync, find, SMTP by hand, a mail of one line", floorTimes)
	row(fmt.Sprintf("the same floor with the mail that Glasswatch sends, %d bytes", len(mails.latest())), same)
	row("Glasswatch, idle", idle)
	row(fmt.Sprintf("Glasswatch while %.0f records/s are ingested (%d pushes)", float64(batch*len(bodies))/load.Seconds(), len(loaded)), loaded)
	row(fmt.Sprintf("acknowledgement of the %d bodies of %d records of that load", len(bodies), batch), bodies)
	fmt.Printf("\nidle p50 / floor p50 = %.2f (goal 3.00); with the same mail %.2f\n",
		float64(at(idle, 50))/float64(at(floorTimes, 50)), float64(at(idle, 50))/float64(at(same, 50)))
	fmt.Printf("p99 under load = %.1f ms (goal 20)\n", ms(at(loaded, 99)))
	fmt.Printf("peak resident memory of the server = %.0f MB (goal 400)\n", peak)
}

// bench pushes records with an id of their own and waits for the mail.
type bench struct {
	mails *mailbox
	gen   *sample.Generator
	n     int
}

func (b *bench) run(url string, trials int) []time.Duration {
	var times []time.Duration
	for range trials {
		times = append(times, b.once(url))
		time.Sleep(5 * time.Millisecond)
	}
	return times
}

func (b *bench) once(url string) time.Duration {
	b.n++
	record := b.gen.Append([]byte(`{"records":[`), sample.Event{Kind: sample.SignIn, At: time.Now(),
		Account: &sample.Account{ObjectID: objectID, UserPrincipalName: upn}})
	body := append(record, `]}`...)
	// The town is in the subject of the mail, so it tells which mail is whose.
	name := fmt.Sprintf("Trial%dX", b.n)
	body = withTown(body, name)
	seen := b.mails.expect(name)
	start := time.Now()
	push(url, body)
	select {
	case at := <-seen:
		return at.Sub(start)
	case <-time.After(10 * time.Second):
		log.Fatal("no mail within 10 s")
		return 0
	}
}

// underLoad pushes bodies of 1,000 records with one client while it measures. It returns the times to the mails, and to the
// acknowledgements of the bodies.
func (b *bench) underLoad(url string, d time.Duration) (mails, acks []time.Duration) {
	var bodies [][]byte
	g := sample.New(2, sample.Options{})
	for range 24 {
		bodies = append(bodies, envelope(g))
	}
	ctx, cancel := context.WithTimeout(context.Background(), d)
	defer cancel()
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := 0; ctx.Err() == nil; i++ {
			renumber(bodies[i%len(bodies)], i)
			start := time.Now()
			push(url, bodies[i%len(bodies)])
			acks = append(acks, time.Since(start))
		}
	})
	time.Sleep(2 * time.Second)
	for ctx.Err() == nil {
		mails = append(mails, b.once(url))
		time.Sleep(20 * time.Millisecond)
	}
	wg.Wait()
	return mails, acks
}

func envelope(g *sample.Generator) []byte {
	body := []byte(`{"records":[`)
	for i := range batch {
		if i > 0 {
			body = append(body, ',')
		}
		body = g.Append(body, sample.Event{Kind: sample.SignIn})
	}
	return append(body, `]}`...)
}

// renumber gives every record of a body another id, in place, so that it is no repeat: the first eight digits of the
// id's GUID count the round.
func renumber(body []byte, round int) {
	key := []byte(`"properties":{"id":"`)
	digits := fmt.Sprintf("%08x", round)
	for at := 0; ; {
		i := bytes.Index(body[at:], key)
		if i < 0 {
			if at == 0 {
				log.Fatal("no record id found in the body")
			}
			return
		}
		at += i + len(key)
		copy(body[at:], digits)
	}
}

var client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 8}}

func push(url string, body []byte) {
	req, err := http.NewRequest(http.MethodPost, url, bytes.NewReader(body))
	check(err)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+token)
	answer, err := client.Do(req)
	check(err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	check(err)
	if answer.StatusCode != http.StatusOK {
		log.Fatalf("push: %s: %s", answer.Status, text)
	}
}

// town is where the town of a record begins.
var town = []byte(`"city":"`)

// withTown changes the town of the first record.
func withTown(body []byte, name string) []byte {
	i := bytes.Index(body, town)
	if i < 0 {
		log.Fatal("the record has no town")
	}
	i += len(town)
	end := i + bytes.IndexByte(body[i:], '"')
	return slices.Concat(body[:i], []byte(name), body[end:])
}

// mailbox is a real SMTP server that tells when the mail with a given word was accepted.
type mailbox struct {
	port    int
	mu      sync.Mutex
	last    []byte // the latest mail
	waiting map[string]chan time.Time
}

func newMailbox() *mailbox {
	m := &mailbox{waiting: map[string]chan time.Time{}}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	m.port = l.Addr().(*net.TCPAddr).Port
	s := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return session{m}, nil }))
	s.Domain = "localhost"
	go func() { _ = s.Serve(l) }()
	return m
}

func (m *mailbox) latest() []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.last
}

func (m *mailbox) expect(word string) <-chan time.Time {
	seen := make(chan time.Time, 1)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.waiting[word] = seen
	return seen
}

type session struct{ m *mailbox }

func (session) Mail(string, *smtp.MailOptions) error { return nil }
func (session) Rcpt(string, *smtp.RcptOptions) error { return nil }
func (session) Reset()                               {}
func (session) Logout() error                        { return nil }

// Data notes the time at which the mail is complete.
func (s session) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	now := time.Now()
	mail := strings.ReplaceAll(string(text), "=\r\n", "")
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	s.m.last = text
	for word, seen := range s.m.waiting {
		if strings.Contains(mail, word) {
			seen <- now
			delete(s.m.waiting, word)
		}
	}
	return nil
}

func row(name string, times []time.Duration) {
	fmt.Printf("| %s | %.2f | %.2f | %.2f |\n", name, ms(at(times, 50)), ms(at(times, 90)), ms(at(times, 99)))
}

// at returns a percentile.
func at(times []time.Duration, percent int) time.Duration {
	sorted := slices.Sorted(slices.Values(times))
	return sorted[min(len(sorted)*percent/100, len(sorted)-1)]
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
