package api

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/glasswatch/glasswatch/internal/action"
	"github.com/glasswatch/glasswatch/internal/alert"
	v1 "github.com/glasswatch/glasswatch/internal/api/v1"
	"github.com/glasswatch/glasswatch/internal/audit"
	"github.com/glasswatch/glasswatch/internal/client"
	"github.com/glasswatch/glasswatch/internal/config"
	"github.com/glasswatch/glasswatch/internal/fault"
	"github.com/glasswatch/glasswatch/internal/secret"
	"github.com/glasswatch/glasswatch/internal/source"
	"github.com/glasswatch/glasswatch/internal/table"
	"github.com/glasswatch/glasswatch/kql"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// fake is everything behind the API.
type fake struct {
	mu     sync.Mutex
	got    []source.Delivery
	put    func(source.Delivery) (source.Receipt, error)
	alerts []alert.Alert
	rows   *fakeRows
	err    error // of Query

	further []*fakeRows // of the results after the first

	trail       []audit.Entry
	auditBroken bool
}

func (f *fake) Put(_ context.Context, d source.Delivery) (source.Receipt, error) {
	d.Body = bytes.Clone(d.Body)
	f.mu.Lock()
	f.got = append(f.got, d)
	f.mu.Unlock()
	if f.put != nil {
		return f.put(d)
	}
	return source.Receipt{Taken: 1, Refused: 1, Refusals: []source.Refusal{{Index: 1, Reason: "no category"}}}, nil
}

func (f *fake) Query(ctx context.Context, _ string, _ map[string]string, limits table.Limits) (*table.Results, kql.Diagnostics, error) {
	if f.err != nil {
		return nil, nil, f.err
	}
	store := fakeStore(append([]*fakeRows{f.rows}, f.further...))
	parts := make([]plan.Part, len(store))
	for i := range parts[1:] {
		parts[i+1].Name = fmt.Sprint("part", i+1)
	}
	results, err := table.Run(ctx, &store, parts, limits)
	return results, kql.Diagnostics{{Severity: kql.Note, Code: "N1", Message: "assumed", Line: 1, Column: 1}}, err
}

// fakeStore gives one result after another; nil is a query that fails.
type fakeStore []*fakeRows

func (s *fakeStore) Query(context.Context, plan.Node, table.Limits) (table.Rows, error) {
	rows := (*s)[0]
	*s = (*s)[1:]
	if rows == nil {
		return nil, fault.New(fault.Unavailable, "does not start")
	}
	return rows, nil
}

func (f *fake) Alerts(context.Context, action.Filter) ([]alert.Alert, error) { return f.alerts, nil }

func (f *fake) Show(_ context.Context, id string) (action.Details, error) {
	for _, a := range f.alerts {
		if id != "" && strings.HasPrefix(a.ID, id) {
			return action.Details{Alert: a}, nil
		}
	}
	return action.Details{}, fault.New(fault.NotFound, "no alert %s", id)
}

func (f *fake) Acknowledge(_ context.Context, id, by, comment string) (alert.Alert, error) {
	for i := range f.alerts {
		if f.alerts[i].ID == id {
			f.alerts[i].State, f.alerts[i].AcknowledgedBy, f.alerts[i].Comment = alert.Acknowledged, by, comment
			return f.alerts[i], nil
		}
	}
	return alert.Alert{}, fault.New(fault.NotFound, "no alert %s", id)
}

func (f *fake) TestGroup(_ context.Context, group string) ([]v1.TestResult, error) {
	if group == "panic" {
		panic("boom")
	}
	if group != "ops" {
		return nil, fault.New(fault.NotFound, "no group %q", group)
	}
	return []v1.TestResult{{Channel: "mail", Delivered: true}}, nil
}

func (f *fake) Tables() []v1.Table        { return []v1.Table{{Name: "SigninLogs"}} }
func (f *fake) HasTable(name string) bool { return name == "SigninLogs" }
func (f *fake) Rules() []v1.Rule          { return []v1.Rule{{Name: "r"}} }

// fakeRows gives n rows of one of each kind of value, then err.
type fakeRows struct {
	n, given int
	err      error
}

func (r *fakeRows) Columns() []plan.Column {
	return []plan.Column{{Name: "n", Type: value.Long}, {Name: "s", Type: value.String}, {Name: "t", Type: value.DateTime},
		{Name: "d", Type: value.Dynamic}, {Name: "f", Type: value.Real}, {Name: "z", Type: value.Bool}}
}

func (r *fakeRows) Next() ([]value.Value, error) {
	if r.given == r.n {
		if r.err != nil {
			return nil, r.err
		}
		return nil, io.EOF
	}
	r.given++
	return []value.Value{value.NewLong(int64(r.given)), value.NewString("a\"\n\x01"), value.NewDateTime(value.UnixEpoch),
		value.NewText(value.Dynamic, `{"a":[1]}`), value.NewReal(0.5), value.Null(value.Bool)}, nil
}

func (r *fakeRows) Close() error { return nil }

const (
	pushToken  = "push-token-0123456789"
	readToken  = "read-token-0123456789"
	adminToken = "admin-token-0123456789"
)

type rig struct {
	*httptest.Server
	fake *fake
	api  *API
	log  *bytes.Buffer
}

func newRig(t *testing.T) *rig {
	t.Helper()
	f := &fake{rows: &fakeRows{}}
	log := &bytes.Buffer{}
	limits := config.Default().Limits
	limits.Body, limits.InFlight = 1<<20, 2<<20
	a := New(Options{
		Log: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})), Version: "test", Sink: f, Querier: f,
		Alerts: f, Catalog: f, Tester: f, Audit: f, Ready: func(context.Context) error { return nil }, Registry: prometheus.NewRegistry(), Limits: limits,
		Tokens: []Token{NewToken("pusher", secret.New(pushToken), []config.Scope{config.Ingest}),
			NewToken("reader", secret.New(readToken), []config.Scope{config.Read}),
			NewToken("boss", secret.New(adminToken), []config.Scope{config.Admin})},
	})
	s := httptest.NewServer(a)
	t.Cleanup(s.Close)
	return &rig{Server: s, fake: f, api: a, log: log}
}

func (r *rig) client(t *testing.T, token string) *client.Client {
	t.Helper()
	c, err := client.New(client.Options{Server: r.URL, Token: secret.New(token)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// do sends a request and returns status, answer and headers.
func (r *rig) do(t *testing.T, method, path, token string, body []byte, headers ...string) (int, string, http.Header) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, r.URL+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(text), answer.Header
}

func zipped(text string) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write([]byte(text))
	_ = z.Close()
	return b.Bytes()
}

func TestIngest(t *testing.T) {
	r := newRig(t)
	f := func(path string, body []byte, headers []string, want source.Delivery) {
		t.Helper()
		status, text, _ := r.do(t, "POST", path, pushToken, body, headers...)
		if status != 200 {
			t.Fatalf("%s: %d %s", path, status, text)
		}
		var got v1.IngestResult
		if err := json.Unmarshal([]byte(text), &got); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(v1.IngestResult{Taken: 1, Refused: 1, Refusals: []v1.Refusal{{Index: 1, Reason: "no category"}}}, got); d != "" {
			t.Error(d)
		}
		last := r.fake.got[len(r.fake.got)-1]
		if time.Since(last.ReceivedAt) > time.Minute {
			t.Errorf("received at %s", last.ReceivedAt)
		}
		last.ReceivedAt = time.Time{}
		want.Body = body
		if d := cmp.Diff(want, last); d != "" {
			t.Errorf("%s %v: %s", path, headers, d)
		}
	}
	plain, big := []byte(`[{}]`), []byte("["+strings.Repeat(`{"a":1},`, 20_000)+"{}]")
	f("/api/v1/ingest", plain, nil, source.Delivery{Source: "push"})
	f("/api/v1/ingest", big, nil, source.Delivery{Source: "push"})
	f("/api/v1/ingest", zipped("[]"), []string{"Content-Encoding", "gzip"}, source.Delivery{Source: "push", Encoding: source.Gzip})
	f("/api/v1/ingest", zipped("[]"), nil, source.Delivery{Source: "push", Encoding: source.Gzip})
	f("/api/v1/ingest", []byte("\x28\xb5\x2f\xfdxxx"), nil, source.Delivery{Source: "push", Encoding: source.Zstd})
	f("/api/v1/ingest?source=import&table=SigninLogs", plain, []string{"Content-Type", "text/csv; charset=utf-8"}, source.Delivery{Source: "import", Table: "SigninLogs", CSV: true})
	f("/api/v1/ingest?source=A%20b", plain, nil, source.Delivery{Source: "push"})
}

func TestIngestRefuses(t *testing.T) {
	r := newRig(t)
	f := func(token, path string, body []byte, status int, code string, headers ...string) {
		t.Helper()
		got, text, h := r.do(t, "POST", path, token, body, headers...)
		var p v1.Problem
		if err := json.Unmarshal([]byte(text), &p); err != nil {
			t.Fatalf("%d %q: %v", got, text, err)
		}
		if got != status || p.Status != status || p.Code != code || p.Detail == "" || p.Next == "" || h.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: got %d %s, want %d %s", path, got, text, status, code)
		}
		if (status == 429 || status == 503) && h.Get("Retry-After") == "" {
			t.Errorf("%d without Retry-After", status)
		}
		if status == 401 && h.Get("WWW-Authenticate") != "Bearer" {
			t.Error("401 without WWW-Authenticate")
		}
		if strings.Contains(text, "token-0123456789") {
			t.Errorf("the answer holds a token: %s", text)
		}
	}
	body := []byte("[{}]")
	f("", "/api/v1/ingest", body, 401, "denied")
	f("wrong-token-0123456789", "/api/v1/ingest", body, 401, "denied")
	f(readToken, "/api/v1/ingest", body, 403, "denied")
	f(pushToken, "/api/v1/ingest", nil, 400, "invalid")
	f(pushToken, "/api/v1/ingest", body, 400, "invalid", "Content-Encoding", "br")
	f(pushToken, "/api/v1/ingest?table=Nope", body, 404, "not_found")
	f(pushToken, "/api/v1/ingest", make([]byte, 1<<20+1), 413, "too_large")
	f(pushToken, "/api/v1/nothing", body, 404, "not_found")
	for code, want := range map[fault.Code]int{fault.Invalid: 400, fault.Unavailable: 503, fault.TooLarge: 413, fault.Internal: 500} {
		r.fake.put = func(source.Delivery) (source.Receipt, error) {
			return source.Receipt{}, fault.New(code, "sink").WithNext("step")
		}
		f(pushToken, "/api/v1/ingest", body, want, code.String())
	}
	if strings.Contains(r.log.String(), "token-0123456789") {
		t.Error("the log holds a token")
	}
}

// TestBusy fills the door's bytes and expects 429 for the next body, and an empty door afterwards.
func TestBusy(t *testing.T) {
	r := newRig(t)
	entered, leave := make(chan bool, 8), make(chan bool)
	r.fake.put = func(source.Delivery) (source.Receipt, error) {
		entered <- true
		<-leave
		return source.Receipt{}, nil
	}
	body := bytes.Repeat([]byte(" "), 1<<20)
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			if status, text, _ := r.do(t, "POST", "/api/v1/ingest", pushToken, body); status != 200 {
				t.Errorf("%d %s", status, text)
			}
		})
		<-entered
	}
	status, text, h := r.do(t, "POST", "/api/v1/ingest", pushToken, []byte("[]"))
	if status != 429 || h.Get("Retry-After") == "" {
		t.Errorf("got %d %s", status, text)
	}
	status, text, _ = r.do(t, "POST", "/dataCollectionRules/d/streams/Microsoft-SigninLogs", pushToken, []byte("[]"))
	if status != 429 || !strings.Contains(text, `"TooManyRequests"`) {
		t.Errorf("Azure: got %d %s", status, text)
	}
	close(leave)
	wg.Wait()
	if n := r.api.door.InUse(); n != 0 {
		t.Errorf("%d bytes under way afterwards", n)
	}
}

func TestAzure(t *testing.T) {
	r := newRig(t)
	f := func(token, path string, body []byte, status int, code string, headers ...string) {
		t.Helper()
		got, text, h := r.do(t, "POST", path, token, body, headers...)
		if got != status {
			t.Fatalf("%s: got %d %s, want %d", path, got, text, status)
		}
		if code == "" {
			if text != "" {
				t.Errorf("%s: a body with %d: %s", path, status, text)
			}
			return
		}
		var e struct {
			Error struct{ Code, Message string }
		}
		if err := json.Unmarshal([]byte(text), &e); err != nil || e.Error.Code != code || e.Error.Message == "" || h.Get("x-ms-error-code") != code {
			t.Errorf("%s: got %s, %v", path, text, err)
		}
	}
	const rule = "/dataCollectionRules/dcr-0123/streams/"
	body := []byte(`[{"UserId":"x"}]`)
	f(pushToken, rule+"Microsoft-SigninLogs?api-version=2023-01-01", body, 204, "")
	f(pushToken, rule+"Custom-SigninLogs_CL?api%2Dversion=2023-01-01", zipped("[]"), 204, "", "Content-Encoding", "gzip")
	f(adminToken, rule+"Custom-SigninLogs", body, 204, "")
	for _, d := range r.fake.got {
		if d.Table != "SigninLogs" || d.Source != "logs-ingestion" {
			t.Errorf("delivery %+v", d)
		}
	}
	f("", rule+"Microsoft-SigninLogs", body, 401, "InvalidToken")
	f(readToken, rule+"Microsoft-SigninLogs", body, 403, "AuthorizationFailed")
	f(pushToken, rule+"Microsoft-Nope", body, 404, "InvalidStream")
	f(pushToken, rule+"SigninLogs", body, 404, "InvalidStream")
	f(pushToken, rule+"Microsoft-SigninLogs", make([]byte, 1<<20+1), 413, "ContentLengthLimitExceeded")
	r.fake.put = func(source.Delivery) (source.Receipt, error) {
		return source.Receipt{}, errors.New("secret detail")
	}
	f(pushToken, rule+"Microsoft-SigninLogs", body, 500, "InternalServerError")
}

func TestQuery(t *testing.T) {
	r := newRig(t)
	c := r.client(t, readToken)
	read := func(q v1.QueryRequest) (n int, rows *client.Rows, err error) {
		t.Helper()
		rows, err = c.Query(t.Context(), q)
		if err != nil {
			return 0, nil, err
		}
		defer func() { _ = rows.Close() }()
		for {
			row, err := rows.Next()
			if errors.Is(err, io.EOF) {
				return n, rows, nil
			}
			if err != nil {
				return n, rows, err
			}
			n++
			want := []string{fmt.Sprint(n), `"a\"\n\u0001"`, `"1970-01-01T00:00:00.0000000Z"`, `{"a":[1]}`, "0.5", "null"}
			for i, cell := range row {
				if string(cell) != want[i] {
					t.Fatalf("row %d, cell %d: %s, want %s", n, i, cell, want[i])
				}
			}
		}
	}
	for _, size := range []int{0, 1, 5000} {
		r.fake.rows = &fakeRows{n: size}
		n, rows, err := read(v1.QueryRequest{Query: "x"})
		if err != nil || n != size || rows.Truncated || len(rows.Columns) != 6 || rows.Columns[2].Type != "datetime" || len(rows.Notes) != 1 {
			t.Errorf("%d rows: %d, %v", size, n, err)
		}
	}
	r.fake.rows = &fakeRows{n: 10}
	if n, rows, err := read(v1.QueryRequest{Query: "x", MaxRows: 7}); err != nil || n != 7 || !rows.Truncated {
		t.Errorf("limited: %d rows, %v", n, err)
	}
	r.fake.rows = &fakeRows{n: 10}
	if n, rows, err := read(v1.QueryRequest{Query: "x", MaxRows: 10}); err != nil || n != 10 || rows.Truncated {
		t.Errorf("just within the limit: %d rows, %v", n, err)
	}
	r.fake.rows = &fakeRows{n: 3, err: fault.New(fault.TooLarge, "too much").WithNext("ask for less")}
	if n, _, err := read(v1.QueryRequest{Query: "x"}); n != 3 || fault.CodeOf(err) != fault.TooLarge || fault.NextOf(err) != "ask for less" {
		t.Errorf("broken off: %d rows, %v", n, err)
	}
	r.fake.err = kql.Diagnostics{{Severity: kql.Error, Code: "KS1", Message: "bad", Hint: "good", Line: 2, Column: 3}}
	var p *client.Problem
	if _, _, err := read(v1.QueryRequest{Query: "x"}); !errors.As(err, &p) || len(p.Diagnostics) != 1 || p.Diagnostics[0].Hint != "good" || p.Status != 400 {
		t.Errorf("wrong query: %v", err)
	}
	if _, _, err := read(v1.QueryRequest{}); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("empty query: %v", err)
	}
	if _, err := r.client(t, pushToken).Query(t.Context(), v1.QueryRequest{Query: "x"}); fault.CodeOf(err) != fault.Denied {
		t.Errorf("without scope: %v", err)
	}
}

// TestSeveralResults: the results of a query come one after another, and one that breaks off says so.
func TestSeveralResults(t *testing.T) {
	r := newRig(t)
	c := r.client(t, readToken)
	read := func(further ...*fakeRows) string {
		t.Helper()
		r.fake.rows, r.fake.further = &fakeRows{n: 2}, further
		rows, err := c.Query(t.Context(), v1.QueryRequest{Query: "x", MaxRows: 3})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = rows.Close() }()
		got := fmt.Sprintf("%d results, %d notes;", rows.Results, len(rows.Notes))
		for err == nil {
			n := 0
			for err == nil {
				if _, err = rows.Next(); err == nil {
					n++
				}
			}
			got += fmt.Sprintf(" %s %d columns %d rows %t;", rows.Name, len(rows.Columns), n, rows.Truncated)
			if errors.Is(err, io.EOF) {
				err = rows.NextResult()
			}
		}
		if !errors.Is(err, io.EOF) {
			got += " " + err.Error()
		}
		return got
	}
	f := func(want string, further ...*fakeRows) {
		t.Helper()
		if got := read(further...); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	f("0 results, 1 notes;  6 columns 2 rows false;")
	f("3 results, 1 notes;  6 columns 2 rows false; part1 6 columns 3 rows true; part2 6 columns 0 rows false;", &fakeRows{n: 9}, &fakeRows{})
	broken := &fakeRows{n: 1, err: fault.New(fault.TooLarge, "too much")}
	f("3 results, 1 notes;  6 columns 2 rows false; part1 6 columns 1 rows false; too much", broken, &fakeRows{})
	f("2 results, 1 notes;  6 columns 2 rows false; does not start", nil)
}

func TestAlerts(t *testing.T) {
	r := newRig(t)
	r.fake.alerts = []alert.Alert{{ID: "abcd-1", Rule: "r", State: alert.Fired, Severity: alert.Sev1, Record: json.RawMessage(`{"a":1}`)}}
	c := r.client(t, adminToken)
	list, err := c.Alerts(t.Context(), client.AlertFilter{States: []string{"Fired", "Closed"}, Severity: "Sev1"})
	if err != nil || len(list) != 1 || list[0].Severity != "Sev1" || list[0].Record != nil {
		t.Fatalf("%+v, %v", list, err)
	}
	got, err := c.Acknowledge(t.Context(), "abcd", "on it")
	if err != nil || got.State != "Acknowledged" || got.AcknowledgedBy != "boss" || got.Comment != "on it" || string(got.Record) != `{"a":1}` {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := c.Alert(t.Context(), "nope"); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("%v", err)
	}
	if _, err := r.client(t, readToken).Acknowledge(t.Context(), "abcd", ""); fault.CodeOf(err) != fault.Denied {
		t.Errorf("read may acknowledge: %v", err)
	}
	if _, err := c.Alerts(t.Context(), client.AlertFilter{States: []string{"Wrong"}}); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("wrong state: %v", err)
	}
	if _, err := c.TestGroup(t.Context(), "ops"); err != nil {
		t.Error(err)
	}
	if _, err := c.TestGroup(t.Context(), "no"); fault.CodeOf(err) != fault.NotFound {
		t.Error(err)
	}
	if info, err := r.client(t, readToken).Info(t.Context()); err != nil || info.Token != "reader" || info.Version != "test" {
		t.Errorf("%+v, %v", info, err)
	}
}

// TestPanicIsContained checks that a panic is one 500 and no more.
func TestPanicIsContained(t *testing.T) {
	r := newRig(t)
	status, text, _ := r.do(t, "POST", "/api/v1/action-groups/panic/test", adminToken, nil)
	if status != 500 || strings.Contains(text, "boom") || !strings.Contains(r.log.String(), "boom") {
		t.Errorf("%d %s", status, text)
	}
	if status, _, _ := r.do(t, "GET", "/healthz", "", nil); status != 200 {
		t.Errorf("healthz %d", status)
	}
}

func TestOpen(t *testing.T) {
	r := newRig(t)
	status, text, _ := r.do(t, "GET", "/api/v1/openapi.json", "", nil)
	var spec struct {
		OpenAPI string
		Paths   map[string]map[string]struct {
			Security  []map[string][]string
			Responses map[string]any
		}
	}
	if err := json.Unmarshal([]byte(text), &spec); err != nil || status != 200 || !strings.HasPrefix(spec.OpenAPI, "3.1") {
		t.Fatalf("%d, %v", status, err)
	}
	for _, path := range []string{"/api/v1/ingest", "/dataCollectionRules/{rule}/streams/{stream}", "/api/v1/query", "/api/v1/alerts/{id}/acknowledge",
		"/api/v1/action-groups/{group}/test", "/api/v1/rules", "/api/v1/tables/{name}"} {
		for method, o := range spec.Paths[path] {
			if len(o.Security) != 1 || o.Responses["401"] == nil || o.Responses["default"] == nil {
				t.Errorf("%s %s is not fully described", method, path)
			}
		}
		if len(spec.Paths[path]) == 0 {
			t.Errorf("%s is not described", path)
		}
	}
	if status, _, _ := r.do(t, "GET", "/api/v1/openapi.yaml", "", nil); status != 200 {
		t.Errorf("YAML: %d", status)
	}
	if status, text, _ := r.do(t, "GET", "/metrics", readToken, nil); status != 200 || !strings.Contains(text, "glasswatch_http_requests_total") {
		t.Errorf("metrics: %d %.200s", status, text)
	}
	if status, _, _ := r.do(t, "GET", "/metrics", "", nil); status != 401 {
		t.Errorf("metrics without token: %d", status)
	}
	r.api.SetTokens(nil)
	if status, _, _ := r.do(t, "GET", "/metrics", readToken, nil); status != 401 {
		t.Errorf("a token that was taken away: %d", status)
	}
	if status, _, _ := r.do(t, "GET", "/readyz", "", nil); status != 200 {
		t.Errorf("readyz %d", status)
	}
	r.api.Ready = func(context.Context) error { return errors.New("disk full") }
	if status, text, _ := r.do(t, "GET", "/readyz", "", nil); status != 503 || !strings.Contains(text, "disk full") {
		t.Errorf("readyz %d %s", status, text)
	}
}
