package console_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"sync"
	"testing"

	"github.com/glasswatch/glasswatch/internal/channel"
	"github.com/glasswatch/glasswatch/internal/channel/channeltest"
	"github.com/glasswatch/glasswatch/internal/channel/console"
)

func TestContract(t *testing.T) {
	why := "a console is not at the other end of a connection"
	cannot := map[channeltest.Behaviour]string{}
	for _, b := range channeltest.Behaviours() {
		if b != channeltest.Accepts {
			cannot[b] = why
		}
	}
	channeltest.Run(t, channeltest.Harness{Cannot: cannot, Setup: func(t *testing.T, _ channeltest.Behaviour) channeltest.Target {
		var out lockedBuffer
		ch, err := console.New(console.Config{Format: "json"}, channel.Deps{Out: &out})
		if err != nil {
			t.Fatal(err)
		}
		return channeltest.Target{Channel: ch, Keys: func() (keys []string) {
			for line := range strings.Lines(out.String()) {
				var m struct{ NotificationID string }
				if err := json.Unmarshal([]byte(line), &m); err != nil {
					t.Errorf("line %q: %v", line, err)
				}
				keys = append(keys, m.NotificationID)
			}
			return keys
		}}
	}})
}

func TestBlock(t *testing.T) {
	var out lockedBuffer
	ch, err := console.New(console.Config{}, channel.Deps{Out: &out})
	if err != nil {
		t.Fatal(err)
	}
	m := channeltest.Message("k", "")
	m.Text = "Sev0 Critical\r\nbg-north\x1b[2J signed in\n"
	if _, err := ch.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if got, want := out.String(), "\n  ┃ Sev0 Critical\n  ┃ bg-north[2J signed in\n\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if _, err := console.New(console.Config{Format: "xml"}, channel.Deps{}); err == nil {
		t.Error("format xml gave no error")
	}
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
