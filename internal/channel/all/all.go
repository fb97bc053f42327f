// Package all is the one list of channels (stage 7). A new channel is added here and nowhere else.
package all

import (
	"github.com/glasswatch/glasswatch/internal/channel"
	"github.com/glasswatch/glasswatch/internal/channel/console"
	"github.com/glasswatch/glasswatch/internal/channel/email"
	"github.com/glasswatch/glasswatch/internal/channel/webhook"
)

// Kinds lists all kinds of channel in the order of their names.
func Kinds() []channel.Kind {
	return []channel.Kind{console.Kind(), email.Kind(), webhook.Kind()}
}
