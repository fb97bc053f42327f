package channel

import (
	"context"
	"io"
	"log/slog"
)

// Kind is one way to deliver messages, as the configuration names it. channel/all lists them.
type Kind struct {
	Name string // "email"; the value of kind in the configuration
	Doc  string // one line for the configuration's documentation

	// NewConfig returns a pointer to the kind's configuration with its defaults. Fields carry yaml and doc tags;
	// secrets are secret.Ref.
	NewConfig func() any

	// New makes a channel from what NewConfig returned, filled. It checks everything that can be checked without a
	// connection, resolves the secrets, and reports all problems at once.
	New func(config any, d Deps) (Channel, error)

	// CheckRecipient reports what is wrong with a recipient's form. The text names no secret.
	CheckRecipient func(recipient string) error
}

// Deps are what the channels share.
type Deps struct {
	Name    string       // the channel's name in the configuration, for messages
	Log     *slog.Logger // may be nil: discard
	Out     io.Writer    // where a console channel writes; nil: standard output
	Version string       // of the product, for the User-Agent
}

// Logger returns d.Log, or a logger that discards.
func (d Deps) Logger() *slog.Logger {
	if d.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return d.Log
}

// Closer is a channel that holds connections. Close is called once, after the last Send returned.
type Closer interface {
	Close() error
}

// Preparer is a channel that gains by knowing a message a moment before it is sent: it can connect and encode. Prepare sends
// nothing; what goes wrong shows when the message is sent. It may turn out that it never is.
type Preparer interface {
	Prepare(ctx context.Context, m Message)
}
