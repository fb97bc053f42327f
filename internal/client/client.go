// Package client speaks API version 1. The command line and the tests use it. Errors carry the server's code and next
// step as a fault; it never logs and never prints the token.
package client

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	v1 "github.com/glasswatch/glasswatch/internal/api/v1"
	"github.com/glasswatch/glasswatch/internal/fault"
	"github.com/glasswatch/glasswatch/internal/secret"
)

// Options say which server, and as whom.
type Options struct {
	Server  string // https://host:port
	Token   secret.Value
	CA      []byte // PEM of authorities to trust beside the system's; may be empty
	Timeout time.Duration
	Version string // for the User-Agent
}

// Client is safe for concurrent use.
type Client struct {
	base  *url.URL
	token secret.Value
	agent string
	http  *http.Client
}

// New checks the options; it opens no connection.
func New(o Options) (*Client, error) {
	base, err := url.Parse(strings.TrimRight(o.Server, "/"))
	if err != nil || base.Host == "" || base.Scheme != "https" && base.Scheme != "http" {
		return nil, fault.New(fault.Invalid, "%q is no address of a server", o.Server).WithNext("write it as https://host:port")
	}
	transport := &http.Transport{Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 8,
		IdleConnTimeout: time.Minute, TLSHandshakeTimeout: 10 * time.Second, TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12}}
	if len(o.CA) > 0 {
		pool, err := x509.SystemCertPool()
		if err != nil {
			pool = x509.NewCertPool()
		}
		if !pool.AppendCertsFromPEM(o.CA) {
			return nil, fault.New(fault.Invalid, "the CA file holds no PEM certificate")
		}
		transport.TLSClientConfig.RootCAs = pool
	}
	if o.Timeout == 0 {
		o.Timeout = 5 * time.Minute
	}
	return &Client{base: base, token: o.Token, agent: "glasswatch/" + o.Version,
		http: &http.Client{Transport: transport, Timeout: o.Timeout}}, nil
}

// Server returns the address.
func (c *Client) Server() string { return c.base.String() }

// Close gives up idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Problem is an error answer of the server.
type Problem struct {
	v1.Problem
	RetryAfter time.Duration // with 429 and 503; 0: not said
}

func (p *Problem) Error() string { return p.Detail }

// codes turn the wire's codes back into faults.
var codes = []fault.Code{fault.Internal, fault.Invalid, fault.NotFound, fault.Conflict, fault.Denied, fault.Unavailable, fault.TooLarge}

// send makes a request; the caller closes the body of the answer. Answers other than 2xx become errors.
func (c *Client) send(ctx context.Context, method, path string, header http.Header, body io.Reader) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, method, c.base.String()+path, body)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", method, path, err)
	}
	for key, values := range header {
		r.Header[key] = values
	}
	r.Header.Set("User-Agent", c.agent)
	if !c.token.Empty() {
		r.Header.Set("Authorization", "Bearer "+c.token.Reveal())
	}
	answer, err := c.http.Do(r)
	if err != nil {
		return nil, c.unreachable(err)
	}
	if answer.StatusCode < 300 {
		return answer, nil
	}
	defer func() { _ = answer.Body.Close() }()
	return nil, c.problem(answer)
}

func (c *Client) unreachable(err error) error {
	var authority x509.UnknownAuthorityError
	var plain tls.RecordHeaderError
	made := fault.New(fault.Unavailable, "reach %s: %w", c.base, unwrapURL(err))
	switch {
	case errors.As(err, &authority):
		return made.WithNext("the server's certificate is not trusted here: give its file with --ca-file; a self-signed one is tls/cert.pem in the server's data folder")
	case errors.As(err, &plain):
		return made.WithNext("the server speaks plain HTTP: write http:// in --server")
	case errors.Is(err, context.Canceled):
		return err
	}
	return made.WithNext("is it running? start it with: glasswatch serve; --server or GLASSWATCH_SERVER name another")
}

// unwrapURL drops the method and address that net/http repeats.
func unwrapURL(err error) error {
	var e *url.Error
	if errors.As(err, &e) {
		return e.Err
	}
	return err
}

func (c *Client) problem(answer *http.Response) error {
	p := &Problem{}
	text, err := io.ReadAll(io.LimitReader(answer.Body, 1<<20))
	if err != nil || json.Unmarshal(text, &p.Problem) != nil || p.Detail == "" {
		p.Problem = v1.Problem{Status: answer.StatusCode, Detail: "the server answered " + answer.Status, Code: fault.Internal.String(),
			Next: "is " + c.base.String() + " a Glasswatch server?"}
	}
	if seconds, err := strconv.Atoi(answer.Header.Get("Retry-After")); err == nil {
		p.RetryAfter = time.Duration(seconds) * time.Second
	}
	return asFault(p)
}

func asFault(p *Problem) error {
	made := &fault.Error{Err: p, Next: p.Next}
	for _, code := range codes {
		if code.String() == p.Code {
			made.Code = code
		}
	}
	return made
}

// call sends in as JSON, when there is any, and decodes the answer into out.
func (c *Client) call(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	header := http.Header{"Accept": {"application/json"}}
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return fmt.Errorf("%s %s: %w", method, path, err)
		}
		body = bytes.NewReader(text)
		header.Set("Content-Type", "application/json")
	}
	answer, err := c.send(ctx, method, path, header, body)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	if err := json.NewDecoder(io.LimitReader(answer.Body, 256<<20)).Decode(out); err != nil {
		return fault.New(fault.Unavailable, "read answer to %s %s: %w", method, path, err)
	}
	return nil
}
