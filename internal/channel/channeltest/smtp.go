package channeltest

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"net/mail"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// SMTP is a real SMTP server on loopback that does what a test says.
type SMTP struct {
	Host string
	Port int
	Addr string

	mu    sync.Mutex
	mails []Mail
	conns int
	new   chan struct{}
	close func() error
}

// Mail is what the server took.
type Mail struct {
	From, To string
	Raw      []byte
	Header   mail.Header
	At       time.Time // when the server had it all
}

// SMTPOptions say what the server does; the zero value takes everything in clear, without authentication.
type SMTPOptions struct {
	TLS       *tls.Config // offer STARTTLS
	Implicit  bool        // TLS from the first byte
	User      string      // demand authentication
	Password  string
	Mechanism string                  // PLAIN when empty; LOGIN
	Sender    func(from string) error // *smtp.SMTPError refuses
	Rcpt      func(to string) error   // *smtp.SMTPError refuses
	Data      func(to string) error   // called when DATA begins; ErrDrop closes the connection in the middle
	Addr      string                  // "127.0.0.1:0" when empty
	Taken     func()                  // called when a mail is complete
	Hears     func([]byte) []byte     // what the server takes for what it was sent
	Says      func([]byte) []byte     // what the server sends for what it wanted to
}

// ErrDrop lets the server close the connection without an answer.
var ErrDrop = errors.New("drop the connection")

// NewSMTP starts a server that ends with the test.
func NewSMTP(t testing.TB, o SMTPOptions) *SMTP {
	t.Helper()
	s := &SMTP{new: make(chan struct{}, 1)}
	addr := o.Addr
	if addr == "" {
		addr = "127.0.0.1:0"
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	s.Addr = l.Addr().String()
	s.Host, s.Port = "127.0.0.1", l.Addr().(*net.TCPAddr).Port
	if o.Hears != nil || o.Says != nil {
		l = editing{l, &o}
	}
	if o.Implicit {
		l = tls.NewListener(l, o.TLS)
	}
	server := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		s.mu.Lock()
		s.conns++
		s.mu.Unlock()
		return &session{s: s, o: &o, conn: c, in: o.User == ""}, nil
	}))
	server.Domain = "mail.test"
	server.AllowInsecureAuth = true
	server.ErrorLog = log.New(io.Discard, "", 0)
	if !o.Implicit {
		server.TLSConfig = o.TLS
	}
	go func() { _ = server.Serve(l) }()
	s.close = func() error { return errors.Join(l.Close(), server.Close()) } // Serve may not have begun
	t.Cleanup(s.Close)
	return s
}

// Close ends the server and its connections.
func (s *SMTP) Close() { _ = s.close() }

// Mails returns what was taken so far.
func (s *SMTP) Mails() []Mail {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Mail(nil), s.mails...)
}

// Connections returns how many connections were made.
func (s *SMTP) Connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.conns
}

// Wait returns the mails when there are n of them; the test fails after ten seconds.
func (s *SMTP) Wait(t testing.TB, n int) []Mail {
	t.Helper()
	late := time.After(10 * time.Second)
	for {
		if mails := s.Mails(); len(mails) >= n {
			return mails
		}
		select {
		case <-s.new:
		case <-late:
			t.Fatalf("%d mails after ten seconds, want %d", len(s.Mails()), n)
		}
	}
}

type session struct {
	s        *SMTP
	o        *SMTPOptions
	conn     *smtp.Conn
	in       bool
	from, to string
}

func (x *session) AuthMechanisms() []string {
	if x.o.User == "" {
		return nil
	}
	if x.o.Mechanism != "" {
		return []string{x.o.Mechanism}
	}
	return []string{sasl.Plain}
}

func (x *session) Auth(mechanism string) (sasl.Server, error) {
	check := func(user, password string) error {
		if user != x.o.User || password != x.o.Password {
			// Some servers repeat what they were given.
			return &smtp.SMTPError{Code: 535, EnhancedCode: smtp.EnhancedCode{5, 7, 8}, Message: "no: " + user + " " + password}
		}
		x.in = true
		return nil
	}
	if mechanism == sasl.Login {
		return &loginServer{check: check}, nil
	}
	return sasl.NewPlainServer(func(_, user, password string) error { return check(user, password) }), nil
}

func (x *session) Mail(from string, _ *smtp.MailOptions) error {
	if !x.in {
		return smtp.ErrAuthRequired
	}
	if x.o.Sender != nil {
		if err := x.o.Sender(from); err != nil {
			return x.answer(err)
		}
	}
	x.from = from
	return nil
}

func (x *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	if x.o.Rcpt != nil {
		if err := x.o.Rcpt(to); err != nil {
			return x.answer(err)
		}
	}
	x.to = to
	return nil
}

func (x *session) Data(r io.Reader) error {
	if x.o.Data != nil {
		if err := x.o.Data(x.to); err != nil {
			return x.answer(err)
		}
	}
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	m := Mail{From: x.from, To: x.to, Raw: raw, At: time.Now()}
	if parsed, err := mail.ReadMessage(bytes.NewReader(raw)); err == nil {
		m.Header = parsed.Header
	}
	x.s.mu.Lock()
	x.s.mails = append(x.s.mails, m)
	x.s.mu.Unlock()
	if x.o.Taken != nil {
		x.o.Taken()
	}
	select {
	case x.s.new <- struct{}{}:
	default:
	}
	return nil
}

func (x *session) answer(err error) error {
	if errors.Is(err, ErrDrop) {
		_ = x.conn.Conn().Close()
	}
	return err
}

func (x *session) Reset()        { x.from, x.to = "", "" }
func (x *session) Logout() error { return nil }

// loginServer is the old LOGIN mechanism, which go-sasl only has for clients.
type loginServer struct {
	check func(user, password string) error
	step  int
	user  string
}

func (l *loginServer) Next(response []byte) ([]byte, bool, error) {
	l.step++
	switch l.step {
	case 1:
		return []byte("Username:"), false, nil
	case 2:
		l.user = string(response)
		return []byte("Password:"), false, nil
	}
	return nil, true, l.check(l.user, string(response))
}

// editing changes what is heard and said on the connections of a listener.
type editing struct {
	net.Listener
	o *SMTPOptions
}

func (e editing) Accept() (net.Conn, error) {
	c, err := e.Listener.Accept()
	return edited{c, e.o}, err
}

type edited struct {
	net.Conn
	o *SMTPOptions
}

func (e edited) Read(b []byte) (int, error) {
	n, err := e.Conn.Read(b)
	if n > 0 && e.o.Hears != nil {
		n = copy(b, e.o.Hears(b[:n]))
	}
	return n, err
}

func (e edited) Write(b []byte) (int, error) {
	out := b
	if e.o.Says != nil {
		out = e.o.Says(b)
	}
	if _, err := e.Conn.Write(out); err != nil {
		return 0, err
	}
	return len(b), nil
}
