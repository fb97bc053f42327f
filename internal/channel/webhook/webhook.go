// Package webhook posts notifications as JSON: in Azure Monitor's common alert schema, for receivers made for Azure, or
// in Glasswatch's own with the record and the rows. It implements channel.Channel (stage 7).
//
// A body is signed when a signing secret is configured: the header X-Glasswatch-Signature is "t=<unix seconds>,v1=<hex>", where hex is
// HMAC-SHA256 of "<unix seconds>.<body>". A receiver should refuse a time that is more than some minutes off. The header
// Idempotency-Key is the same for every attempt of one notification.
package webhook

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/glasswatch/glasswatch/internal/channel"
	"github.com/glasswatch/glasswatch/internal/secret"
)

// maxAnswer is how much of an answer is read.
const maxAnswer = 64 << 10

// Config is the channel's configuration.
type Config struct {
	Schema  string                `yaml:"schema" doc:"glasswatch: the whole alert with record and rows; common: Azure Monitor's common alert schema." enum:"glasswatch,common"`
	Secret  secret.Ref            `yaml:"secret" doc:"Signs bodies with HMAC-SHA256 in the header X-Glasswatch-Signature; env:NAME or file:path."`
	Headers map[string]string     `yaml:"headers" doc:"Further headers, in clear."`
	Secrets map[string]secret.Ref `yaml:"secretHeaders" doc:"Further headers whose values are secrets, such as Authorization; env:NAME or file:path each."`
	CAFile  string                `yaml:"caFile" doc:"PEM file with the certificate authorities to trust instead of the system's."`
	Timeout time.Duration         `yaml:"timeout" doc:"Longest time for one attempt, such as 10s."`
}

// Channel posts to the URL that a message's recipient is, or refers to.
type Channel struct {
	common  bool
	key     secret.Value
	header  http.Header
	client  *http.Client
	timeout time.Duration
	now     func() time.Time
}

var _ channel.Channel = (*Channel)(nil)

// Kind describes the channel.
func Kind() channel.Kind {
	return channel.Kind{
		Name:      "webhook",
		Doc:       "Posts JSON to a URL. A recipient is an https URL, or env:NAME or file:path where the URL itself is a secret.",
		NewConfig: func() any { return &Config{Schema: "glasswatch", Timeout: 10 * time.Second} },
		New: func(config any, d channel.Deps) (channel.Channel, error) {
			c, ok := config.(*Config)
			if !ok {
				return nil, fmt.Errorf("webhook: BUG: configuration is a %T", config)
			}
			return New(*c, d)
		},
		CheckRecipient: func(recipient string) error {
			_, err := target(recipient, false)
			return err
		},
	}
}

// New returns a channel; all problems of its configuration at once.
func New(c Config, d channel.Deps) (*Channel, error) {
	ch := &Channel{common: c.Schema == "common", timeout: c.Timeout, now: time.Now, header: http.Header{}}
	if ch.timeout <= 0 {
		ch.timeout = 10 * time.Second
	}
	var errs []error
	if c.Schema != "" && c.Schema != "common" && c.Schema != "glasswatch" {
		errs = append(errs, fmt.Errorf("schema %q: want glasswatch or common", c.Schema))
	}
	if c.Secret != "" {
		v, err := c.Secret.Resolve()
		if err != nil {
			errs = append(errs, fmt.Errorf("secret: %w", err))
		}
		ch.key = v
	}
	ch.header.Set("Content-Type", "application/json; charset=utf-8")
	ch.header.Set("User-Agent", "Glasswatch/"+strings.TrimSpace(d.Version))
	for name, value := range c.Headers {
		ch.header.Set(name, value)
	}
	for name, ref := range c.Secrets {
		v, err := ref.Resolve()
		if err != nil {
			errs = append(errs, fmt.Errorf("secretHeaders, %s: %w", name, err))
			continue
		}
		ch.header.Set(name, v.Reveal())
	}
	roots, err := authorities(c.CAFile)
	if err := errors.Join(append(errs, err)...); err != nil {
		return nil, err
	}
	ch.client = client(roots)
	return ch, nil
}

func authorities(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("caFile: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("caFile %s: no certificate in it", file)
	}
	return pool, nil
}

// client keeps connections, and follows a redirect only within a host: another host was not configured to get alerts.
func client(roots *x509.CertPool) *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			Proxy:                 http.ProxyFromEnvironment,
			DialContext:           (&net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
			TLSClientConfig:       &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12, ClientSessionCache: tls.NewLRUClientSessionCache(64)},
			TLSHandshakeTimeout:   5 * time.Second,
			ForceAttemptHTTP2:     true,
			MaxIdleConnsPerHost:   4,
			IdleConnTimeout:       90 * time.Second,
			ExpectContinueTimeout: time.Second,
		},
		CheckRedirect: func(next *http.Request, via []*http.Request) error {
			if len(via) >= 3 || next.URL.Host != via[0].URL.Host || next.URL.Scheme != via[0].URL.Scheme || next.Method != http.MethodPost {
				return http.ErrUseLastResponse
			}
			return nil
		},
	}
}

// Send posts the message.
func (c *Channel) Send(ctx context.Context, m channel.Message) (channel.Receipt, error) {
	to, err := target(m.Recipient, true)
	if err != nil {
		return channel.Receipt{}, channel.Fail(channel.Permanent, "recipient: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	form := m.Full
	if c.common {
		form = m.Common
	}
	body := form()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to.String(), bytes.NewReader(body))
	if err != nil {
		return channel.Receipt{}, channel.Fail(channel.Permanent, "recipient is no URL that can be posted to")
	}
	req.Header = c.header.Clone()
	req.Header.Set("Idempotency-Key", m.Key)
	if !c.key.Empty() {
		req.Header.Set("X-Glasswatch-Signature", Sign(c.key, c.now(), body))
	}
	resp, err := c.client.Do(req)
	if err != nil {
		class := channel.Temporary
		if untrusted := new(tls.CertificateVerificationError); errors.As(err, &untrusted) {
			class = channel.Denied
		}
		return channel.Receipt{}, channel.Fail(class, "post to %s: %w", to.Host, withoutURL(err))
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, maxAnswer)) // so that the connection can be used again
	return classify(to.Host, resp, c.now())
}

// Sign returns the value of X-Glasswatch-Signature for a body.
func Sign(key secret.Value, at time.Time, body []byte) string {
	t := strconv.FormatInt(at.Unix(), 10)
	h := hmac.New(sha256.New, []byte(key.Reveal()))
	h.Write([]byte(t + "."))
	h.Write(body)
	return "t=" + t + ",v1=" + hex.EncodeToString(h.Sum(nil))
}

// classify says what an answer means. 401, 403 and 407 are about our credential, not about the message; other 4xx are
// for good. For both a person has to change something, and is told so at once.
func classify(host string, resp *http.Response, now time.Time) (channel.Receipt, error) {
	status := strconv.Itoa(resp.StatusCode) + " " + http.StatusText(resp.StatusCode)
	switch code := resp.StatusCode; {
	case code >= 200 && code < 300:
		return channel.Receipt{Reference: first(resp.Header.Get("X-Request-Id"), resp.Header.Get("X-Ms-Request-Id"), status)}, nil
	case code == http.StatusTooManyRequests, code == http.StatusServiceUnavailable && resp.Header.Get("Retry-After") != "":
		e := channel.Fail(channel.Throttled, "%s answered %s", host, status)
		e.RetryAfter = retryAfter(resp.Header.Get("Retry-After"), now)
		return channel.Receipt{}, e
	case code == http.StatusUnauthorized, code == http.StatusForbidden, code == http.StatusProxyAuthRequired:
		return channel.Receipt{}, channel.Fail(channel.Denied, "%s answered %s", host, status)
	case code == http.StatusRequestTimeout, code == http.StatusTooEarly, code >= 500:
		return channel.Receipt{}, channel.Fail(channel.Temporary, "%s answered %s", host, status)
	case code >= 300 && code < 400:
		return channel.Receipt{}, channel.Fail(channel.Permanent, "%s answered %s: redirects to another host are not followed", host, status)
	default:
		return channel.Receipt{}, channel.Fail(channel.Permanent, "%s answered %s", host, status)
	}
}

// retryAfter reads both forms of the header: seconds, and a date. 0 when it says nothing.
func retryAfter(text string, now time.Time) time.Duration {
	text = strings.TrimSpace(text)
	if seconds, err := strconv.Atoi(text); err == nil {
		return time.Duration(min(max(seconds, 0), 7*24*3600)) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}

// target reads a recipient: a URL, or with resolve a reference to one. Errors never show a URL's path or query, which may
// hold a token.
func target(recipient string, resolve bool) (*url.URL, error) {
	if strings.HasPrefix(recipient, "env:") || strings.HasPrefix(recipient, "file:") {
		if !resolve {
			return nil, nil
		}
		v, err := secret.Ref(recipient).Resolve()
		if err != nil {
			return nil, err
		}
		recipient = v.Reveal()
	}
	u, err := url.Parse(recipient)
	switch {
	case err != nil || u.Host == "":
		return nil, errors.New("want a URL such as https://hooks.example.com/x, or env:NAME or file:path that holds one")
	case u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())):
		return nil, fmt.Errorf("URL of %s: want https; http is for loopback only", u.Host)
	case u.User != nil:
		return nil, fmt.Errorf("URL of %s holds a password: use secretHeaders, or give the URL as env:NAME or file:path", u.Host)
	}
	return u, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// withoutURL drops the URL that net/http puts into its errors.
func withoutURL(err error) error {
	var e *url.Error
	if errors.As(err, &e) {
		return e.Err
	}
	return err
}

func first(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}
