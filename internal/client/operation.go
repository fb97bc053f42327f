package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	v1 "github.com/glasswatch/glasswatch/internal/api/v1"
	"github.com/glasswatch/glasswatch/internal/fault"
	"github.com/glasswatch/glasswatch/internal/source"
)

// Info asks which version the server is and as whom it knows us.
func (c *Client) Info(ctx context.Context) (out v1.Info, err error) {
	return out, c.call(ctx, http.MethodGet, "/api/v1/info", nil, &out)
}

// Tables lists the tables.
func (c *Client) Tables(ctx context.Context) ([]v1.Table, error) {
	var out v1.TableList
	err := c.call(ctx, http.MethodGet, "/api/v1/tables", nil, &out)
	return out.Tables, err
}

// Rules lists the loaded rules.
func (c *Client) Rules(ctx context.Context) ([]v1.Rule, error) {
	var out v1.RuleList
	err := c.call(ctx, http.MethodGet, "/api/v1/rules", nil, &out)
	return out.Rules, err
}

// AlertFilter chooses alerts; zero fields choose all.
type AlertFilter struct {
	States   []string
	Severity string // this one and worse
	Rule     string
	Account  string
	Since    time.Time
	Limit    int
	Offset   int
}

// Alerts lists alerts, the newest first.
func (c *Client) Alerts(ctx context.Context, f AlertFilter) ([]v1.Alert, error) {
	q := url.Values{}
	set := func(key, text string) {
		if text != "" {
			q.Set(key, text)
		}
	}
	for i, state := range f.States {
		if i == 0 {
			q.Set("state", state)
		} else {
			q.Set("state", q.Get("state")+","+state)
		}
	}
	set("severity", f.Severity)
	set("rule", f.Rule)
	set("account", f.Account)
	if !f.Since.IsZero() {
		q.Set("since", f.Since.UTC().Format(time.RFC3339))
	}
	if f.Limit > 0 {
		q.Set("limit", strconv.Itoa(f.Limit))
	}
	if f.Offset > 0 {
		q.Set("offset", strconv.Itoa(f.Offset))
	}
	var out v1.AlertList
	err := c.call(ctx, http.MethodGet, "/api/v1/alerts?"+q.Encode(), nil, &out)
	return out.Alerts, err
}

// Alert returns one alert with its record, history and notifications. A unique beginning of the id is enough.
func (c *Client) Alert(ctx context.Context, id string) (out v1.Alert, err error) {
	return out, c.call(ctx, http.MethodGet, "/api/v1/alerts/"+url.PathEscape(id), nil, &out)
}

// Acknowledge says that somebody has seen an alert.
func (c *Client) Acknowledge(ctx context.Context, id, comment string) (out v1.Alert, err error) {
	return out, c.call(ctx, http.MethodPost, "/api/v1/alerts/"+url.PathEscape(id)+"/acknowledge", v1.Acknowledge{Comment: comment}, &out)
}

// TestGroup sends a test message to everyone in an action group.
func (c *Client) TestGroup(ctx context.Context, group string) ([]v1.TestResult, error) {
	var out v1.TestResults
	err := c.call(ctx, http.MethodPost, "/api/v1/action-groups/"+url.PathEscape(group)+"/test", nil, &out)
	return out.Results, err
}

var encodings = map[source.Encoding]string{source.Gzip: "gzip", source.Zstd: "zstd"}

// Put pushes a body; the client is a source.Sink on the other side of the network. A server that is busy is asked again
// as long as ctx allows; repeats are harmless.
func (c *Client) Put(ctx context.Context, d source.Delivery) (source.Receipt, error) {
	q := url.Values{}
	if d.Source != "" {
		q.Set("source", d.Source)
	}
	if d.Table != "" {
		q.Set("table", d.Table)
	}
	header := http.Header{"Content-Type": {"application/json"}}
	if d.CSV {
		header.Set("Content-Type", "text/csv")
	}
	if name := encodings[d.Encoding]; name != "" {
		header.Set("Content-Encoding", name)
	}
	for wait := 250 * time.Millisecond; ; wait = min(2*wait, 5*time.Second) {
		receipt, err := c.put(ctx, "/api/v1/ingest?"+q.Encode(), header, d.Body)
		var p *Problem
		if err == nil || !errors.As(err, &p) || p.Status != http.StatusTooManyRequests && p.Status != http.StatusServiceUnavailable {
			return receipt, err
		}
		select {
		case <-ctx.Done():
			return receipt, err
		case <-time.After(max(wait, p.RetryAfter)):
		}
	}
}

func (c *Client) put(ctx context.Context, path string, header http.Header, body []byte) (source.Receipt, error) {
	answer, err := c.send(ctx, http.MethodPost, path, header, bytes.NewReader(body))
	if err != nil {
		return source.Receipt{}, err
	}
	defer func() { _ = answer.Body.Close() }()
	var result v1.IngestResult
	if err := json.NewDecoder(answer.Body).Decode(&result); err != nil {
		return source.Receipt{}, fault.New(fault.Unavailable, "read answer to a push: %w", err)
	}
	receipt := source.Receipt{Taken: result.Taken, Repeated: result.Repeated, Refused: result.Refused}
	for _, r := range result.Refusals {
		receipt.Refusals = append(receipt.Refusals, source.Refusal{Index: r.Index, Reason: r.Reason})
	}
	return receipt, nil
}

var _ source.Sink = (*Client)(nil)
