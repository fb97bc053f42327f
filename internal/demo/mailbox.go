package demo

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
)

// keptMails is how many mails the mailbox remembers.
const keptMails = 200

// Mail is a message as it was received.
type Mail struct {
	ID         int
	From       string
	To         string
	Subject    string
	Date       string
	Text, HTML string
	Headers    mail.Header
	ReceivedAt time.Time
}

// Mailbox is an SMTP server on loopback that keeps what it gets in memory, for everybody who asks.
type Mailbox struct {
	server *smtp.Server
	addr   net.Addr
	done   chan struct{}

	mu      sync.Mutex
	mails   []Mail // oldest first
	next    int
	arrived chan Mail
}

// OpenMailbox listens on a free port of 127.0.0.1.
func OpenMailbox() (*Mailbox, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("mailbox: %w", err)
	}
	m := &Mailbox{addr: l.Addr(), done: make(chan struct{}), arrived: make(chan Mail, keptMails)}
	m.server = smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &session{box: m}, nil }))
	m.server.Domain = "mailbox.demo"
	m.server.ReadTimeout, m.server.WriteTimeout = 30*time.Second, 30*time.Second
	m.server.MaxMessageBytes, m.server.MaxRecipients = 8<<20, 50
	m.server.ErrorLog = quiet{}
	go func() {
		defer close(m.done)
		_ = m.server.Serve(l) // ends with Close
	}()
	return m, nil
}

// Port is where the mailbox listens.
func (m *Mailbox) Port() int { return m.addr.(*net.TCPAddr).Port }

// Arrived gives each mail once, as it comes.
func (m *Mailbox) Arrived() <-chan Mail { return m.arrived }

// Mails returns the mails, the newest first.
func (m *Mailbox) Mails() []Mail {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := make([]Mail, 0, len(m.mails))
	for i := len(m.mails) - 1; i >= 0; i-- {
		out = append(out, m.mails[i])
	}
	return out
}

// Mail returns the mail with that id.
func (m *Mailbox) Mail(id int) (Mail, bool) {
	for _, mail := range m.Mails() {
		if mail.ID == id {
			return mail, true
		}
	}
	return Mail{}, false
}

// Close ends the server.
func (m *Mailbox) Close() error {
	err := m.server.Close()
	<-m.done
	if errors.Is(err, smtp.ErrServerClosed) {
		return nil
	}
	return err
}

func (m *Mailbox) keep(from string, to []string, data []byte) error {
	made, err := parseMail(data)
	if err != nil {
		return &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 6, 0}, Message: "not a mail: " + err.Error()}
	}
	made.ReceivedAt = time.Now()
	if made.To == "" {
		made.To = strings.Join(to, ", ")
	}
	if made.From == "" {
		made.From = from
	}
	m.mu.Lock()
	m.next++
	made.ID = m.next
	m.mails = append(m.mails, made)
	if len(m.mails) > keptMails {
		m.mails = m.mails[1:]
	}
	m.mu.Unlock()
	select {
	case m.arrived <- made:
	default: // nobody waits for it
	}
	return nil
}

// parseMail reads headers and the text and HTML parts.
func parseMail(data []byte) (Mail, error) {
	msg, err := mail.ReadMessage(bytes.NewReader(data))
	if err != nil {
		return Mail{}, err
	}
	decode := func(name string) string {
		text, err := new(mime.WordDecoder).DecodeHeader(msg.Header.Get(name))
		if err != nil {
			return msg.Header.Get(name)
		}
		return text
	}
	m := Mail{From: addresses(decode("From")), To: addresses(decode("To")), Subject: decode("Subject"), Date: msg.Header.Get("Date"), Headers: msg.Header}
	return m, m.part(msg.Header.Get("Content-Type"), msg.Header.Get("Content-Transfer-Encoding"), msg.Body, 0)
}

// addresses writes a list of addresses as people read it: no brackets around a bare one, no quotes around a name.
func addresses(text string) string {
	list, err := mail.ParseAddressList(text)
	if err != nil {
		return text
	}
	var parts []string
	for _, a := range list {
		if a.Name == "" {
			parts = append(parts, a.Address)
		} else {
			parts = append(parts, a.Name+" <"+a.Address+">")
		}
	}
	return strings.Join(parts, ", ")
}

// part reads one part, and what is in it.
func (m *Mail) part(contentType, encoding string, body io.Reader, depth int) error {
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		kind = "text/plain"
	}
	if strings.HasPrefix(kind, "multipart/") && depth < 5 {
		parts := multipart.NewReader(body, params["boundary"])
		for {
			p, err := parts.NextRawPart()
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return err
			}
			if err := m.part(p.Header.Get("Content-Type"), p.Header.Get("Content-Transfer-Encoding"), p, depth+1); err != nil {
				return err
			}
		}
	}
	switch strings.ToLower(encoding) {
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	}
	text, err := io.ReadAll(body)
	switch {
	case err != nil:
		return err
	case kind == "text/html" && m.HTML == "":
		m.HTML = string(text)
	case kind == "text/plain" && m.Text == "":
		m.Text = string(text)
	}
	return nil
}

// session is one connection of a sender.
type session struct {
	box  *Mailbox
	from string
	to   []string
}

func (s *session) Mail(from string, _ *smtp.MailOptions) error { s.from = from; return nil }
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error   { s.to = append(s.to, to); return nil }
func (s *session) Reset()                                      { s.from, s.to = "", nil }
func (s *session) Logout() error                               { return nil }

func (s *session) Data(r io.Reader) error {
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	return s.box.keep(s.from, s.to, data)
}

// quiet drops what the SMTP server would log.
type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}
