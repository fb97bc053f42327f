package email

import (
	"bytes"
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
	pipeline bool // takes commands before it has answered those before
	chunking bool // takes a message without asking
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
	s.chunking, _ = client.Extension("CHUNKING")
	s.chunking = s.chunking && !c.asking.Load()
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

// step is a command of a mail transaction, or the message, and the answer that it wants.
type step struct {
	name  string
	text  []byte
	want  int  // first digit of the code, or all of it
	ahead bool // it may be sent before the step ahead of it is answered
}

// transaction is what is said to deliver a message: in one go where the server takes commands ahead of its answers (RFC 2920) and
// messages without asking (RFC 3030).
func (s *session) transaction(from, to string, body []byte) []step {
	list := []step{
		{mailFrom, []byte(mailFrom + ":<" + from + ">" + s.options(from, to) + "\r\n"), 2, false},
		{"RCPT TO", []byte("RCPT TO:<" + to + ">\r\n"), 2, s.pipeline},
	}
	if s.chunking {
		return append(list, step{bdat, append(fmt.Appendf(nil, "%s %d LAST\r\n", bdat, len(body)), body...), 250, s.pipeline})
	}
	return append(list, step{"DATA", []byte("DATA\r\n"), 3, s.pipeline}, step{"end of message", dotted(body), 250, false})
}

// dotted is a message as it follows DATA. Its lines end in CRLF, the last one too.
func dotted(body []byte) []byte {
	b := bytes.ReplaceAll(append([]byte("\r\n"), body...), []byte("\r\n."), []byte("\r\n.."))
	return append(b[2:], ".\r\n"...)
}

// The commands that name us, and that bring a message without asking.
const (
	mailFrom = "MAIL FROM"
	bdat     = "BDAT"
)

// deliver runs one mail transaction. again says that another one, on a new connection, decides: the server had closed this one, or does not take
// messages without asking after all.
func (c *Channel) deliver(ctx context.Context, s *session, to string, body []byte) (reference string, again bool, err error) {
	defer guard(ctx, s.conn)()
	steps := s.transaction(c.from.Address, to, body)
	for i, sent := 0, 0; i < len(steps); i++ {
		if sent == i {
			var out []byte
			for ; sent == i || sent < len(steps) && steps[sent].ahead; sent++ {
				out = append(out, steps[sent].text...)
			}
			if err := s.write(out); err != nil {
				return "", s.used && i < len(steps)-1, fmt.Errorf("%s: %w", steps[i].name, err)
			}
		}
		// On a refusal the connection is closed, and with it what was sent ahead.
		if _, reference, err = s.smtp.Text.ReadResponse(steps[i].want); err != nil {
			again = s.used && i < len(steps)-1 && gone(err)
			if steps[i].name == bdat && unknown(err) {
				c.asking.Store(true)
				again = true
			}
			return "", again, fmt.Errorf("%s: %w", steps[i].name, err)
		}
	}
	reference, _, _ = strings.Cut(reference, "\n")
	return "250 " + reference, false, nil
}

func (s *session) write(b []byte) error {
	if _, err := s.smtp.Text.W.Write(b); err != nil {
		return err
	}
	return s.smtp.Text.W.Flush()
}

// unknown reports that the server does not know a command.
func unknown(err error) bool {
	var code *textproto.Error
	return errors.As(err, &code) && (code.Code == 500 || code.Code == 502 || code.Code == 504)
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
