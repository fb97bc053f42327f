package demo

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/glasswatch/glasswatch/internal/client"
	"github.com/glasswatch/glasswatch/internal/sample"
	"github.com/glasswatch/glasswatch/internal/source"
)

// pace is how often the tenant pushes a few records.
const pace = 400 * time.Millisecond

// act is a break-glass sign-in of the story.
type act struct {
	after   time.Duration // since the act before
	account int
	result  int // result code of the sign-in
	what    string
}

// acts are played in order, the last ones again and again. The codes are Entra's: 0 success, 50126 wrong password,
// 50053 locked, 50076 MFA wanted.
var acts = []act{
	{0, 0, 0, "signs in"},
	{20 * time.Second, 1, 50126, "is tried with a wrong password"},
	{40 * time.Second, 1, 50053, "is locked after too many tries"},
	{60 * time.Second, 1, 50076, "passes the password, MFA is asked for"},
	{120 * time.Second, 0, 0, "signs in"},
	{120 * time.Second, 1, 50126, "is tried with a wrong password"},
}

// again is where acts begin again.
const again = 4

// tenant is an invented tenant whose diagnostic settings send to the server.
type tenant struct {
	push  *client.Client
	story *story
	gen   *sample.Generator
	first time.Duration
	sent  atomic.Int64
}

func newTenant(push *client.Client, s *story, first time.Duration) *tenant {
	return &tenant{push: push, story: s, first: first, gen: sample.New(uint64(time.Now().UnixNano()), sample.Options{
		Users: 400, Apps: 40, Clock: time.Now, Watched: watched(), WatchedEvery: 1 << 30, TenantID: tenantID,
		Mix: map[sample.Kind]int{sample.SignIn: 4, sample.NonInteractive: 8, sample.ServicePrincipal: 3, sample.ManagedIdentity: 2,
			sample.Audit: 2, sample.Activity: 2, sample.GraphActivity: 3},
	})}
}

// total is how many records were taken.
func (t *tenant) total() int64 { return t.sent.Load() }

// run pushes until ctx ends; an error is the push's.
func (t *tenant) run(ctx context.Context) error {
	tick := time.NewTicker(pace)
	defer tick.Stop()
	next := time.NewTimer(t.first)
	defer next.Stop()
	for i, round := 0, 0; ; round++ {
		var body []byte
		select {
		case <-ctx.Done():
			return nil
		case <-next.C:
			a := acts[i]
			if i++; i == len(acts) {
				i = again
			}
			next.Reset(acts[i].after)
			account := watched()[a.account]
			now := time.Now()
			t.story.signIn(account.UserPrincipalName, a.what, now)
			body = t.gen.Append([]byte(`{"records":[`), sample.Event{Kind: sample.SignIn, At: now, Account: &account, Result: a.result})
			body = append(body, "]}"...)
		case <-tick.C:
			body = t.gen.AppendEnvelope(nil, 1+round%3)
		}
		receipt, err := t.push.Put(ctx, source.Delivery{Source: "demo-tenant", Body: body})
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
		t.story.pushed(t.sent.Add(int64(receipt.Taken)), receipt.Refused)
	}
}
