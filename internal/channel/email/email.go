package email

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net/mail"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/glasswatch/glasswatch/internal/channel"
)

const (
	maxIdle  = 4                // connections kept
	idleTime = 20 * time.Second // servers close idle ones, the strict after 30 s
)

// Channel sends by one SMTP server.
type Channel struct {
	host, addr, helo string
	security         string
	tls              *tls.Config
	login            *credentials
	from, replyTo    *mail.Address
	timeout          time.Duration
	version          string
	log              *slog.Logger
	now              func() time.Time
	asking           atomic.Bool // the server offers CHUNKING and does not know BDAT

	mu      sync.Mutex
	idle    []*session
	warming chan struct{}     // closed when warm is done; nil: it is not at it
	ready   map[string][]byte // composed by Prepare, by key
	closed  bool
}

var (
	_ channel.Channel  = (*Channel)(nil)
	_ channel.Closer   = (*Channel)(nil)
	_ channel.Preparer = (*Channel)(nil)
)

// Send delivers one mail. It returns when the server has taken it.
func (c *Channel) Send(ctx context.Context, m channel.Message) (channel.Receipt, error) {
	body, err := c.composed(m)
	if err != nil {
		return channel.Receipt{}, &channel.Error{Class: channel.Permanent, Err: err}
	}
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	for {
		s, err := c.take(ctx)
		if err != nil {
			return channel.Receipt{}, c.failure(ctx, "connect to "+c.addr, err, true)
		}
		reference, again, err := c.deliver(ctx, s, m.Recipient, body)
		if err == nil {
			c.put(s)
			return channel.Receipt{Reference: reference}, nil
		}
		_ = s.conn.Close()
		if again && ctx.Err() == nil {
			continue
		}
		return channel.Receipt{}, c.failure(ctx, "send by "+c.addr, err, strings.HasPrefix(err.Error(), mailFrom))
	}
}

// take returns a kept session, one that warm is opening, or a new one.
func (c *Channel) take(ctx context.Context) (*session, error) {
	c.mu.Lock()
	s, warming := c.kept(), c.warming
	c.mu.Unlock()
	if s == nil && warming != nil {
		select {
		case <-warming:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		c.mu.Lock()
		s = c.kept()
		c.mu.Unlock()
	}
	if s == nil {
		return c.dial(ctx)
	}
	return s, nil
}

// kept removes the youngest session from those kept; nil when there is none. c.mu is held.
func (c *Channel) kept() *session {
	for len(c.idle) > 0 {
		s := c.idle[len(c.idle)-1]
		c.idle = c.idle[:len(c.idle)-1]
		if c.now().Sub(s.since) < idleTime {
			return s
		}
		go s.quit()
	}
	return nil
}

// maxReady is how many composed messages wait at most.
const maxReady = 32

// Prepare composes the message and opens a session. The message that is sent with the same key later is the same.
func (c *Channel) Prepare(ctx context.Context, m channel.Message) {
	var wait sync.WaitGroup
	defer wait.Wait()
	wait.Go(func() { c.warm(ctx) })
	body, err := c.compose(m)
	if err != nil {
		return // it shows again in Send, which reports it
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.ready) >= maxReady {
		clear(c.ready)
	}
	c.ready[m.Key] = body
}

// composed returns what Prepare made of the message, or makes it.
func (c *Channel) composed(m channel.Message) ([]byte, error) {
	c.mu.Lock()
	body := c.ready[m.Key]
	delete(c.ready, m.Key)
	c.mu.Unlock()
	if body != nil {
		return body, nil
	}
	return c.compose(m)
}

// warm opens a session, unless one is kept.
func (c *Channel) warm(ctx context.Context) {
	c.mu.Lock()
	if c.closed || c.warming != nil || len(c.idle) > 0 && c.now().Sub(c.idle[len(c.idle)-1].since) < idleTime {
		c.mu.Unlock()
		return
	}
	done := make(chan struct{})
	c.warming = done
	c.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	s, err := c.dial(ctx)
	if err == nil {
		c.put(s)
	} // an error shows again in Send, which reports it
	c.mu.Lock()
	c.warming = nil
	c.mu.Unlock()
	close(done)
}

// put keeps a session for the next message.
func (c *Channel) put(s *session) {
	s.used, s.since = true, c.now()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed || len(c.idle) >= maxIdle {
		go s.quit()
		return
	}
	c.idle = append(c.idle, s)
	time.AfterFunc(idleTime, c.expire)
}

// expire says goodbye to sessions that were kept long enough.
func (c *Channel) expire() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.idle) > 0 && c.now().Sub(c.idle[0].since) >= idleTime {
		go c.idle[0].quit()
		c.idle = c.idle[1:]
	}
}

// Close says goodbye on all kept connections.
func (c *Channel) Close() error {
	c.mu.Lock()
	idle := c.idle
	c.idle, c.closed = nil, true
	c.mu.Unlock()
	var wait sync.WaitGroup
	for _, s := range idle {
		wait.Go(s.quit)
	}
	wait.Wait()
	return nil
}
