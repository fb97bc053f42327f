package action

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/glasswatch/glasswatch/internal/fault"
)

// TestResult says what became of one test message.
type TestResult struct {
	Receiver  string        `json:"receiver"`
	Channel   string        `json:"channel"`
	Recipient string        `json:"recipient"`
	Delivered bool          `json:"delivered"`
	Took      time.Duration `json:"took"` // nanoseconds
	Error     string        `json:"error,omitempty"`
	Reference string        `json:"reference,omitempty"`
}

// Test sends a message that says it is a test through every receiver of a group, all at once, one attempt each. It leaves no
// alert behind. The results have the order of the receivers. fault.NotFound for an unknown group.
func (e *Engine) Test(ctx context.Context, group string) ([]TestResult, error) {
	g, ok := e.router.groups[group]
	if !ok {
		return nil, fault.New(fault.NotFound, "no action group %q", group).
			WithNext("use one of: %s", strings.Join(slices.Sorted(maps.Keys(e.router.groups)), ", "))
	}
	a := sampleSignIn(e.now())
	a.ID, a.Rule = uuid.NewString(), TestRule
	results := make([]TestResult, len(g.Receivers))
	var wait sync.WaitGroup
	for i, r := range g.Receivers {
		wait.Go(func() {
			n := NewNotification(&a, Route{Group: group, Receiver: r}, e.now())
			started := e.now()
			receipt, err := e.send(ctx, &a, n)
			results[i] = TestResult{Receiver: r.Name, Channel: r.Channel, Recipient: r.Recipient,
				Delivered: err == nil, Took: e.now().Sub(started), Reference: receipt.Reference}
			if err != nil {
				results[i].Error = reason(err)
			}
		})
	}
	wait.Wait()
	return results, nil
}
