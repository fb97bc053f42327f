package email

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/mail"
	"net/textproto"
	"strings"
	"sync"
	"time"

	"github.com/wneessen/go-mail/smtp"

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

// session is a greeted, secured and authenticated connection.
type session struct {
	conn     net.Conn
	smtp     *smtp.Client
	pipeline bool
	unicode  bool
	used     bool // a message went over it before
	since    time.Time
}

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
		reference, stale, err := c.deliver(ctx, s, m.Recipient, body)
		if err == nil {
			c.put(s)
			return channel.Receipt{Reference: reference}, nil
		}
		_ = s.conn.Close()
		if stale && s.used && ctx.Err() == nil {
			continue // the server had closed a kept connection; a new one decides
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

// quit ends a session politely, within a second.
func (s *session) quit() {
	_ = s.conn.SetDeadline(time.Now().Add(time.Second))
	_ = s.smtp.Quit()
	_ = s.conn.Close()
}

// guard ends what a connection does when ctx ends. The returned function takes the guard off again.
func guard(ctx context.Context, conn net.Conn) func() {
	deadline, _ := ctx.Deadline()
	_ = conn.SetDeadline(deadline)
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	return func() { stop() }
}

// dial opens a session.
func (c *Channel) dial(ctx context.Context) (*session, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", c.addr)
	if err != nil {
		return nil, err
	}
	defer guard(ctx, conn)()
	s, err := c.greet(conn)
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	return s, nil
}

func (c *Channel) greet(conn net.Conn) (*session, error) {
	s := &session{conn: conn}
	if c.security == implicit {
		s.conn = tls.Client(conn, c.tls)
	}
	client, err := smtp.NewClient(s.conn, c.host)
	if err != nil {
		return nil, fmt.Errorf("greeting: %w", err)
	}
	s.smtp = client
	if err := client.Hello(c.helo); err != nil {
		return nil, fmt.Errorf("hello: %w", err)
	}
	if c.security == startTLS {
		if ok, _ := client.Extension("STARTTLS"); !ok {
			return nil, channel.Fail(channel.Denied, "the server does not offer STARTTLS: set security to tls or, knowingly, to none")
		}
		if err := client.StartTLS(c.tls); err != nil {
			return nil, fmt.Errorf("STARTTLS: %w", err)
		}
	}
	if c.login != nil {
		if err := c.authenticate(client); err != nil {
			return nil, err
		}
	}
	s.pipeline, _ = client.Extension("PIPELINING")
	s.unicode, _ = client.Extension("SMTPUTF8")
	return s, nil
}

func (c *Channel) authenticate(client *smtp.Client) error {
	_, offered := client.Extension("AUTH")
	auth, err := c.login.auth(offered)
	if err != nil {
		return &channel.Error{Class: channel.Denied, Err: err}
	}
	if err := client.Auth(auth); err != nil {
		var code *textproto.Error
		if errors.As(err, &code) && code.Code >= 500 {
			// The server's own words stay out: some repeat what they were given.
			return channel.Fail(channel.Denied, "the server refused user name or password (code %d)", code.Code)
		}
		if errors.As(err, &code) {
			return fmt.Errorf("authentication: %w", &textproto.Error{Code: code.Code, Msg: "refused for now"})
		}
		return fmt.Errorf("authentication: %w", err)
	}
	return nil
}

// deliver runs one mail transaction. stale says that it failed before the server had seen the message.
func (c *Channel) deliver(ctx context.Context, s *session, to string, body []byte) (reference string, stale bool, err error) {
	defer guard(ctx, s.conn)()
	commands := []struct {
		line string
		want int
	}{
		{mailFrom + ":<" + c.from.Address + ">" + s.options(c.from.Address, to), 2},
		{"RCPT TO:<" + to + ">", 2},
		{"DATA", 3},
	}
	text := s.smtp.Text
	if s.pipeline {
		for _, cmd := range commands {
			if _, err := text.W.WriteString(cmd.line + "\r\n"); err != nil {
				return "", true, err
			}
		}
		if err := text.W.Flush(); err != nil {
			return "", true, err
		}
	}
	for _, cmd := range commands {
		if !s.pipeline {
			if err := text.PrintfLine("%s", cmd.line); err != nil {
				return "", true, err
			}
		}
		// On a refusal the connection is closed, and with it what was sent ahead.
		if _, _, err := text.ReadResponse(cmd.want); err != nil {
			verb, _, _ := strings.Cut(cmd.line, ":")
			return "", gone(err), fmt.Errorf("%s: %w", verb, err)
		}
	}
	w := text.DotWriter()
	if _, err = w.Write(body); err == nil {
		err = w.Close()
	}
	if err != nil {
		return "", false, fmt.Errorf("write message: %w", err)
	}
	_, reference, err = text.ReadResponse(250)
	if err != nil {
		return "", false, fmt.Errorf("end of message: %w", err)
	}
	reference, _, _ = strings.Cut(reference, "\n")
	return "250 " + reference, false, nil
}

// options are what the server offers and the message needs. Bodies are quoted-printable, so 8BITMIME never is.
func (s *session) options(addresses ...string) string {
	for _, a := range addresses {
		for i := range len(a) {
			if a[i] >= 0x80 && s.unicode {
				return " SMTPUTF8"
			}
		}
	}
	return ""
}

// gone reports that the server closed the connection, or is about to.
func gone(err error) bool {
	var code *textproto.Error
	return !errors.As(err, &code) || code.Code == 421
}

// mailFrom is the command that names us.
const mailFrom = "MAIL FROM"

// failure gives an error its class: what the server said decides. 5xx is for good when it is about the recipient or the
// message, and a denial when it is about us; everything else is tried again.
func (c *Channel) failure(ctx context.Context, doing string, err error, aboutUs bool) error {
	var classed *channel.Error
	if errors.As(err, &classed) {
		return &channel.Error{Class: classed.Class, RetryAfter: classed.RetryAfter, Err: fmt.Errorf("%s: %w", doing, classed.Err)}
	}
	if cause := ctx.Err(); cause != nil {
		return channel.Fail(channel.Temporary, "%s: %w", doing, cause)
	}
	class := channel.Temporary
	var code *textproto.Error
	var untrusted *tls.CertificateVerificationError
	switch {
	case errors.As(err, &untrusted):
		class = channel.Denied
	case !errors.As(err, &code):
	case code.Code >= 500 && (aboutUs || code.Code == authenticationRequired):
		class = channel.Denied
	case code.Code >= 500:
		class = channel.Permanent
	case code.Code == 421, code.Code == 450, code.Code == 452:
		class = channel.Throttled
	}
	return &channel.Error{Class: class, Err: fmt.Errorf("%s: %w", doing, err)}
}

const authenticationRequired = 530
