package email

import (
	"bytes"
	"fmt"
	netmail "net/mail"
	"strings"

	"github.com/wneessen/go-mail"

	"github.com/glasswatch/glasswatch/internal/channel"
)

// compose builds the mail. Its Message-ID is made of the notification's key, so that a mail that was sent twice is known as
// one; References name the alert, so that mails about one alert make one thread.
func (c *Channel) compose(m channel.Message) ([]byte, error) {
	msg := mail.NewMsg(mail.WithNoDefaultUserAgent(), mail.WithEncoding(mail.EncodingQP))
	msg.FromMailAddress(c.from)
	to, err := netmail.ParseAddress(m.Recipient)
	if err != nil {
		return nil, fmt.Errorf("recipient %q: %w", m.Recipient, err)
	}
	msg.ToMailAddress(to)
	if c.replyTo != nil {
		msg.ReplyToMailAddress(c.replyTo)
	}
	_, domain, _ := strings.Cut(c.from.Address, "@")
	msg.SetMessageIDWithValue(m.Key + "@" + domain)
	if m.Thread != "" {
		thread := "<alert." + m.Thread + "@" + domain + ">"
		msg.SetGenHeader(mail.HeaderReferences, thread)
		if m.Update {
			msg.SetGenHeader(mail.HeaderInReplyTo, thread)
		}
	}
	msg.SetDateWithValue(m.SentAt)
	msg.Subject(m.Subject)
	if m.Severity == "Sev0" {
		msg.SetImportance(mail.ImportanceHigh)
	}
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetGenHeader("X-Auto-Response-Suppress", "All") // Exchange: no out-of-office answers
	msg.SetGenHeader("X-Mailer", strings.TrimSpace("Glasswatch "+c.version))
	msg.SetGenHeader("X-Glasswatch-Severity", m.Severity)
	msg.SetGenHeader("X-Glasswatch-Notification", m.Key)
	msg.SetBodyString(mail.TypeTextPlain, m.Text)
	if m.HTML != "" {
		msg.AddAlternativeString(mail.TypeTextHTML, m.HTML)
	}
	var b bytes.Buffer
	b.Grow(4<<10 + (len(m.Text)+len(m.HTML))*9/8) // headers, and what quoted-printable adds
	if _, err := msg.WriteTo(&b); err != nil {
		return nil, fmt.Errorf("build mail: %w", err)
	}
	return b.Bytes(), nil
}
