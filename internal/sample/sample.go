// Package sample makes realistic log records of an invented tenant, in the form in which an event hub receives them, for
// the demo, the tests and the benchmarks. The same seed and options give the same records. Names, ids and addresses are
// invented; addresses and autonomous systems are those reserved for documentation.
package sample

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// Kind is a kind of record.
type Kind uint8

// The kinds. Any draws one by the generator's mix.
const (
	Any Kind = iota
	SignIn
	NonInteractive
	ServicePrincipal
	ManagedIdentity
	Audit
	Activity
	GraphActivity
)

// Account is a user of the tenant.
type Account struct {
	ObjectID, UserPrincipalName, DisplayName string
}

// Options shape the tenant and the stream. Zero fields mean the defaults.
type Options struct {
	Users, Apps  int              // default 20,000 users, drawn by Zipf's law, and 120 apps
	Start        time.Time        // of the first record; default 2026-10-01
	Span         time.Duration    // over which Records are spread; default 30 days
	Records      int              // default 200,000; more go beyond the span
	Disorder     time.Duration    // how late a record may be published; default 2 minutes
	Clock        func() time.Time // when set, records are of now, and Start, Span, Records and Disorder do not matter
	Watched      []Account        // break-glass accounts
	WatchedEvery int              // one sign-in in so many is one of theirs; default 10,000
	Mix          map[Kind]int     // weights; default SignIn only
	TenantID     string           // default a fixed invented id
}

// Event asks for one record. Zero fields are drawn.
type Event struct {
	Kind    Kind
	At      time.Time
	Account *Account
	Result  int // a sign-in's result code; Drawn draws one, zero is a success
}

// Drawn as an Event's Result draws a code as often as real ones occur.
const Drawn = -1

// Generator makes records. It is not safe for concurrent use.
type Generator struct {
	o       Options
	r       *rand.Rand
	zipf    *zipf
	users   []Account
	apps    []app
	signIns int
	n       int
	mix     []Kind
}

type app struct{ id, name string }

// New returns a generator.
func New(seed uint64, o Options) *Generator {
	set := func(p *int, v int) {
		if *p == 0 {
			*p = v
		}
	}
	set(&o.Users, 20_000)
	set(&o.Apps, 120)
	set(&o.Records, 200_000)
	set(&o.WatchedEvery, 10_000)
	if o.Start.IsZero() {
		o.Start = time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)
	}
	if o.Span == 0 {
		o.Span = 30 * 24 * time.Hour
	}
	if o.Disorder == 0 {
		o.Disorder = 2 * time.Minute
	}
	if o.TenantID == "" {
		o.TenantID = "7d0c3f4e-52a1-4b0e-9a86-2f1f6f6c9e11"
	}
	g := &Generator{o: o, r: rand.New(rand.NewPCG(seed, 0x676c617373))}
	g.zipf = newZipf(g.r, o.Users)
	for i := range o.Users {
		first, last := firstNames[i%len(firstNames)], lastNames[i/len(firstNames)%len(lastNames)]
		g.users = append(g.users, Account{
			ObjectID:          g.guid(),
			UserPrincipalName: fmt.Sprintf("%s.%s%d@contoso.example", lower(first), lower(last), i),
			DisplayName:       first + " " + last,
		})
	}
	for i := range o.Apps {
		a := app{id: g.guid(), name: fmt.Sprintf("%s %s", appNames[i%len(appNames)], appSuffixes[i/len(appNames)%len(appSuffixes)])}
		g.apps = append(g.apps, a)
	}
	for k, weight := range orderedMix(o.Mix) {
		for range weight {
			g.mix = append(g.mix, Kind(k))
		}
	}
	return g
}

// orderedMix makes the draw independent of map order.
func orderedMix(mix map[Kind]int) []int {
	weights := make([]int, GraphActivity+1)
	if len(mix) == 0 {
		weights[SignIn] = 1
	}
	for k, n := range mix {
		weights[k] = n
	}
	return weights
}

// AppendRecord appends the next record of the stream, without a newline.
func (g *Generator) AppendRecord(dst []byte) []byte { return g.Append(dst, Event{Result: Drawn}) }

// AppendEnvelope appends {"records":[...]} with the next n records.
func (g *Generator) AppendEnvelope(dst []byte, n int) []byte {
	dst = append(dst, `{"records":[`...)
	for i := range n {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = g.AppendRecord(dst)
	}
	return append(dst, `]}`...)
}

// Envelope returns {"records":[...]} with the next n records.
func (g *Generator) Envelope(n int) []byte { return g.AppendEnvelope(nil, n) }

// Append appends the record that e asks for.
func (g *Generator) Append(dst []byte, e Event) []byte {
	if e.Kind == Any {
		e.Kind = g.mix[g.r.IntN(len(g.mix))]
	}
	published := e.At
	if e.At.IsZero() {
		e.At, published = g.next()
	}
	w := writer{dst: dst, g: g, at: e.At, published: published}
	switch e.Kind {
	case SignIn, NonInteractive:
		if e.Account == nil {
			e.Account = g.user()
		}
		if e.Result == Drawn {
			e.Result = g.result()
		}
		w.signIn(e)
	case ServicePrincipal:
		w.servicePrincipal(false)
	case ManagedIdentity:
		w.servicePrincipal(true)
	case Audit:
		w.audit(e.Account)
	case Activity:
		w.activity()
	case GraphActivity:
		w.graphActivity()
	}
	return w.dst
}

// next returns when the next record happened and when it was published.
func (g *Generator) next() (at, published time.Time) {
	if g.o.Clock != nil {
		published = g.o.Clock().UTC()
		return published.Add(-time.Duration(g.r.Int64N(int64(900 * time.Millisecond)))), published
	}
	published = g.o.Start.Add(time.Duration(float64(g.o.Span) * float64(g.n) / float64(g.o.Records)))
	g.n++
	return published.Add(-time.Duration(g.r.Int64N(int64(g.o.Disorder)))), published
}

// user draws a user; one in WatchedEvery is a watched account.
func (g *Generator) user() *Account {
	g.signIns++
	if len(g.o.Watched) > 0 && g.signIns%g.o.WatchedEvery == 0 {
		return &g.o.Watched[g.signIns/g.o.WatchedEvery%len(g.o.Watched)]
	}
	return &g.users[g.zipf.draw()]
}

func (g *Generator) result() int {
	if g.r.IntN(100) < 90 {
		return 0
	}
	return resultCodes[g.r.IntN(len(resultCodes))].code
}

const hexDigits = "0123456789abcdef"

func (g *Generator) guid() string {
	var b [36]byte
	g.putGUID(&b)
	return string(b[:])
}

func (g *Generator) putGUID(b *[36]byte) {
	x, y := g.r.Uint64(), g.r.Uint64()
	y = y&^(3<<62) | 2<<62 // variant
	x = x&^0xf000 | 0x4000 // version 4
	for i, j := 0, 0; i < 36; i++ {
		if i == 8 || i == 13 || i == 18 || i == 23 {
			b[i] = '-'
			continue
		}
		v := x
		if j >= 16 {
			v = y
		}
		b[i] = hexDigits[v>>(60-4*(j&15))&15]
		j++
	}
}

// zipf draws ranks below n with probability falling as 1/(rank+8)^1.1: a few users sign in very often.
type zipf struct{ z *rand.Zipf }

func newZipf(r *rand.Rand, n int) *zipf { return &zipf{rand.NewZipf(r, 1.1, 8, uint64(n-1))} }
func (z *zipf) draw() int               { return int(z.z.Uint64()) }
