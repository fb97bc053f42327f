// Package console writes notifications to a terminal or a log stream: one readable block each, or one JSON line each. It
// implements channel.Channel (stage 7).
package console

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	"github.com/glasswatch/glasswatch/internal/channel"
)

// Config is the channel's configuration.
type Config struct {
	Format string `yaml:"format" doc:"text: a readable block; json: one line in Glasswatch's own schema." enum:"text,json"`
}

// Channel writes to one writer, one message at a time.
type Channel struct {
	json bool
	mu   sync.Mutex
	out  io.Writer
}

var _ channel.Channel = (*Channel)(nil)

// Kind describes the channel.
func Kind() channel.Kind {
	return channel.Kind{
		Name:      "console",
		Doc:       "Writes to standard output; for trying things out, and for log collectors.",
		NewConfig: func() any { return &Config{Format: "text"} },
		New: func(config any, d channel.Deps) (channel.Channel, error) {
			c, ok := config.(*Config)
			if !ok {
				return nil, fmt.Errorf("console: BUG: configuration is a %T", config)
			}
			return New(*c, d)
		},
		CheckRecipient: func(recipient string) error {
			if recipient != "" {
				return errors.New("a console has no recipients: leave recipient out")
			}
			return nil
		},
	}
}

// New returns a channel that writes to d.Out.
func New(c Config, d channel.Deps) (*Channel, error) {
	out := d.Out
	if out == nil {
		out = os.Stdout
	}
	switch c.Format {
	case "", "text":
		return &Channel{out: out}, nil
	case "json":
		return &Channel{out: out, json: true}, nil
	}
	return nil, fmt.Errorf("console: format %q: want text or json", c.Format)
}

// Send writes the message.
func (c *Channel) Send(ctx context.Context, m channel.Message) (channel.Receipt, error) {
	if err := ctx.Err(); err != nil {
		return channel.Receipt{}, channel.Fail(channel.Temporary, "%w", err)
	}
	b := block(m)
	if c.json {
		b = append(m.Full(), '\n')
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, err := c.out.Write(b); err != nil {
		return channel.Receipt{}, channel.Fail(channel.Temporary, "write: %w", err)
	}
	return channel.Receipt{Reference: "written"}, nil
}

// block is the text part with a bar at its left, so that it stands out among other lines.
func block(m channel.Message) []byte {
	var b bytes.Buffer
	b.WriteString("\n")
	for line := range strings.Lines(strings.TrimSpace(m.Text)) {
		b.WriteString("  ┃ ")
		b.WriteString(printable(strings.TrimRight(line, "\r\n")))
		b.WriteByte('\n')
	}
	b.WriteByte('\n')
	return b.Bytes()
}

// printable drops control characters: a record's text must not drive the terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' || r == 0x7f || r >= 0x80 && r < 0xa0 {
			return -1
		}
		return r
	}, s)
}
