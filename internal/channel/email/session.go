package email

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"strings"
	"time"

	"github.com/wneessen/go-mail/smtp"

	"github.com/glasswatch/glasswatch/internal/channel"
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
