// Package crash tries to break the product's first promise: the real binary is killed with SIGKILL again and again
// under load, and afterwards everything that was acknowledged is there, once, and every break-glass record has exactly
// one alert and at least one mail.
package crash

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	v1 "github.com/glasswatch/glasswatch/internal/api/v1"
	"github.com/glasswatch/glasswatch/internal/client"
	"github.com/glasswatch/glasswatch/internal/sample"
	"github.com/glasswatch/glasswatch/internal/secret"
	"github.com/glasswatch/glasswatch/internal/source"
)

var kills = flag.Int("kills", 6, "how often to kill the server")

const (
	token   = "crash-test-token-0123456789abcdef"
	guarded = "bg-crash@contoso.onmicrosoft.com"
)

func TestKillUnderLoad(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and kills the real binary")
	}
	dir := t.TempDir()
	binary := build(t, dir)
	mails := newMailbox(t)
	address := freeAddress(t)
	config := writeConfig(t, dir, address, mails.port)
	srv := &server{t: t, binary: binary, config: config, address: address}
	c, err := client.New(client.Options{Server: "http://" + address, Token: secret.New(token), Timeout: 20 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()

	srv.start()
	defer srv.kill()
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	var pushers sync.WaitGroup
	all := make([]*pusher, 3)
	for i := range all {
		all[i] = &pusher{client: c, name: fmt.Sprint("p", i)}
		pushers.Go(func() { all[i].run(ctx) })
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for range *kills {
		time.Sleep(time.Duration(300+rng.IntN(900)) * time.Millisecond) // a random instant is the point
		srv.kill()
		srv.start()
	}
	stop()
	pushers.Wait()

	want := map[string]bool{}
	var unsure, acked int
	for _, p := range all {
		acked += len(p.acked)
		unsure += len(p.unsure)
		for _, id := range p.acked {
			want[id] = true
		}
	}
	if acked < 200 {
		t.Fatalf("only %d records were acknowledged: the test did not load the server", acked)
	}
	t.Logf("%d kills, %d records acknowledged, %d unanswered", *kills, acked, unsure)
	checkRecords(t, c, want)
	checkAlerts(t, c, mails, want)
}

// checkRecords waits until all acknowledged records can be queried and checks that each is there once.
func checkRecords(t *testing.T, c *client.Client, want map[string]bool) {
	t.Helper()
	var counts map[string]int
	eventually(t, 15*time.Second, func() string {
		counts = idCounts(t, c)
		missing := 0
		for id := range want {
			if counts[id] == 0 {
				missing++
			}
		}
		if missing > 0 {
			return fmt.Sprintf("%d of %d acknowledged records are missing", missing, len(want))
		}
		return ""
	})
	for id, n := range counts {
		if n != 1 {
			t.Errorf("record %s is there %d times", id, n)
		}
	}
}

// checkAlerts checks that every acknowledged break-glass record has one alert and at least one mail.
func checkAlerts(t *testing.T, c *client.Client, mails *mailbox, want map[string]bool) {
	t.Helper()
	eventually(t, 20*time.Second, func() string {
		alerts, err := c.Alerts(context.Background(), client.AlertFilter{Limit: 1000})
		if err != nil {
			return err.Error()
		}
		perRecord := map[string]int{}
		for _, a := range alerts {
			if a.Rule != "break-glass-sign-in" {
				return "an alert of rule " + a.Rule + ": " + a.Sentence
			}
			full, err := c.Alert(context.Background(), a.ID)
			if err != nil {
				return err.Error()
			}
			var record struct{ ID string }
			if err := json.Unmarshal(full.Record, &record); err != nil {
				return err.Error()
			}
			perRecord[record.ID]++
			if mails.count(a.ID) == 0 {
				return "no mail for alert " + a.ID
			}
		}
		guardedRecords := 0
		for id := range want {
			if !strings.HasPrefix(id, "bg-") {
				continue
			}
			guardedRecords++
			if perRecord[id] != 1 {
				return fmt.Sprintf("break-glass record %s has %d alerts", id, perRecord[id])
			}
		}
		if guardedRecords < 10 {
			t.Fatalf("only %d break-glass records", guardedRecords)
		}
		for id, n := range perRecord {
			if n != 1 {
				return fmt.Sprintf("record %s has %d alerts", id, n)
			}
		}
		return ""
	})
}

func idCounts(t *testing.T, c *client.Client) map[string]int {
	t.Helper()
	rows, err := c.Query(context.Background(), v1.QueryRequest{Query: "SigninLogs | summarize N = count() by Id"})
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	counts := map[string]int{}
	for {
		row, err := rows.Next()
		if err == io.EOF {
			return counts
		}
		if err != nil {
			t.Fatal(err)
		}
		var id string
		var n int
		if json.Unmarshal(row[0], &id) != nil || json.Unmarshal(row[1], &n) != nil {
			t.Fatalf("row %s", row)
		}
		counts[id] = n
	}
}

// pusher pushes bodies until its context ends and remembers which records were acknowledged. A body without an answer is pushed
// again, as a real sender would, so repeats of what was taken are part of the test.
type pusher struct {
	client *client.Client
	name   string
	acked  []string
	unsure []string
	seq    int
}

func (p *pusher) run(ctx context.Context) {
	g := sample.New(7, sample.Options{})
	var body []byte
	var ids []string
	for ctx.Err() == nil {
		if body == nil {
			body, ids = p.next(g)
		}
		call, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		receipt, err := p.client.Put(call, source.Delivery{Source: p.name, Body: body})
		cancel()
		switch {
		case err != nil:
			p.unsure = append(p.unsure, ids...)
			time.Sleep(20 * time.Millisecond) // the server is being killed
		case receipt.Taken+receipt.Repeated != len(ids):
			panic(fmt.Sprintf("receipt %+v for %d records", receipt, len(ids)))
		default:
			p.acked = append(p.acked, ids...)
			body = nil
		}
	}
}

// next makes a body of 20 sign-ins with ids of its own, the first by the guarded account.
func (p *pusher) next(g *sample.Generator) ([]byte, []string) {
	var records, ids []string
	for i := range 20 {
		p.seq++
		id, event := fmt.Sprintf("%s-%06d", p.name, p.seq), sample.Event{Kind: sample.SignIn}
		if i == 0 {
			id = "bg-" + id
			event.Account = &sample.Account{ObjectID: "5b3ea3bb-c628-498b-9bc8-cfba1ebbcf86", UserPrincipalName: guarded}
		}
		var record map[string]any
		if err := json.Unmarshal(g.Append(nil, event), &record); err != nil {
			panic(err)
		}
		record["properties"].(map[string]any)["id"] = id
		text, _ := json.Marshal(record)
		records, ids = append(records, string(text)), append(ids, id)
	}
	return []byte(`{"records":[` + strings.Join(records, ",") + `]}`), ids
}

// server is the real binary.
type server struct {
	t                       *testing.T
	binary, config, address string
	cmd                     *exec.Cmd
	out                     bytes.Buffer
}

func (s *server) start() {
	s.t.Helper()
	s.out.Reset()
	s.cmd = exec.Command(s.binary, "serve", "--config", s.config)
	s.cmd.Stdout, s.cmd.Stderr = &s.out, &s.out
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	eventually(s.t, 20*time.Second, func() string {
		answer, err := http.Get("http://" + s.address + "/readyz")
		if err != nil {
			return err.Error()
		}
		defer answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			return answer.Status
		}
		return ""
	})
}

func (s *server) kill() {
	if s.cmd == nil {
		return
	}
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
	s.cmd = nil
	if s.t.Failed() {
		s.t.Logf("server said:\n%s", s.out.String())
	}
}

func build(t *testing.T, dir string) string {
	t.Helper()
	binary := filepath.Join(dir, "glasswatch")
	if out, err := exec.Command("go", "build", "-o", binary, "github.com/glasswatch/glasswatch/cmd/glasswatch").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return binary
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func writeConfig(t *testing.T, dir, address string, smtpPort int) string {
	t.Helper()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write("token", token)
	return write("glasswatch.yaml", fmt.Sprintf(`
dataDir: %s
server:
  listen: %s
  tokens:
    - { name: test, secret: "file:token", scopes: [admin] }
tenants:
  - id: 67045d9c-6bcd-4693-83bf-72e6c78dfc76
    accounts:
      - objectId: 5b3ea3bb-c628-498b-9bc8-cfba1ebbcf86
        userPrincipalName: %s
actionGroups:
  break-glass:
    receivers:
      - { name: soc, channel: mail, recipient: soc@example.com }
channels:
  mail: { kind: email, host: 127.0.0.1, port: %d, security: none, from: glasswatch@example.com }
`, filepath.Join(dir, "data"), address, guarded, smtpPort))
}

// mailbox is a real SMTP server that counts the mails of each alert.
type mailbox struct {
	port  int
	mu    sync.Mutex
	texts []string
}

func newMailbox(t *testing.T) *mailbox {
	t.Helper()
	m := &mailbox{}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m.port = l.Addr().(*net.TCPAddr).Port
	s := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &session{m}, nil }))
	s.Domain = "localhost"
	go func() { _ = s.Serve(l) }()
	t.Cleanup(func() { _ = s.Close() })
	return m
}

// count returns how many mails name the alert.
func (m *mailbox) count(alertID string) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := 0
	for _, text := range m.texts {
		if strings.Contains(text, alertID) {
			n++
		}
	}
	return n
}

type session struct{ m *mailbox }

func (s *session) Mail(string, *smtp.MailOptions) error { return nil }
func (s *session) Rcpt(string, *smtp.RcptOptions) error { return nil }
func (s *session) Reset()                               {}
func (s *session) Logout() error                        { return nil }
func (s *session) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	// Quoted-printable may break an id over two lines.
	s.m.texts = append(s.m.texts, strings.ReplaceAll(string(text), "=\r\n", ""))
	return nil
}

// eventually calls f until it returns "", and fails with what it said last.
func eventually(t *testing.T, limit time.Duration, f func() string) {
	t.Helper()
	deadline := time.Now().Add(limit)
	for {
		text := f()
		if text == "" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("after %v: %s", limit, text)
		}
		time.Sleep(50 * time.Millisecond)
	}
}
