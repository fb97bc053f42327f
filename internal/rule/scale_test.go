package rule

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/glasswatch/glasswatch/internal/alert"
	"github.com/glasswatch/glasswatch/internal/ingest/decode"
	"github.com/glasswatch/glasswatch/internal/sample"
	"github.com/glasswatch/glasswatch/internal/source"
	"github.com/glasswatch/glasswatch/internal/table"
)

// manyAccounts are n accounts, ten a tenant.
func manyAccounts(n int) []alert.Account {
	list := make([]alert.Account, n)
	for i := range list {
		list[i] = alert.Account{ObjectID: fmt.Sprintf("%08x-0000-4000-8000-%012x", i, i), UserPrincipalName: fmt.Sprintf("bg-%d@tenant%d.onmicrosoft.com", i, i/10)}
	}
	return list
}

// TestManyAccounts: the shipped rules load for 10,000 accounts, and guard the last of them as they guard the first.
func TestManyAccounts(t *testing.T) {
	rules, err := Shipped()
	if err != nil {
		t.Fatal(err)
	}
	accounts := manyAccounts(10_000)
	f := newFixture(t, accounts...)
	f.load(rules...)
	for _, acc := range []alert.Account{accounts[0], accounts[len(accounts)-1]} {
		got := f.judge(f.batch(signIn("1", "", strings.ToUpper(acc.UserPrincipalName), "0")))
		if len(got) != 1 || got[0].Account != acc {
			t.Errorf("%s: %d alerts", acc.UserPrincipalName, len(got))
		}
	}
	if got := f.judge(f.batch(signIn("1", "", "ann@contoso.com", "0"))); len(got) != 0 {
		t.Errorf("fired for one who is not guarded: %+v", got)
	}
}

// BenchmarkAccounts is what a record costs, decoded and judged by all shipped rules, with more and more guarded
// accounts, in time of the processor. The way to the tables comes on top and does not depend on them.
func BenchmarkAccounts(b *testing.B) {
	rules, err := Shipped()
	if err != nil {
		b.Fatal(err)
	}
	for name, kind := range map[string]sample.Kind{"sign-in": sample.SignIn, "audit": sample.Audit} {
		body := sample.New(1, sample.Options{Clock: time.Now, Mix: map[sample.Kind]int{kind: 1}}).Envelope(1000)
		for _, n := range []int{2, 10_000} {
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) {
				f := newFixture(b, manyAccounts(n)...)
				f.load(rules...)
				var batch table.Batch
				d := decode.New(f.catalog, decode.Options{})
				start := processor()
				for b.Loop() {
					batch.Reset()
					if _, err := d.Decode(source.Delivery{Source: "bench", Body: body, ReceivedAt: time.Now()}, &batch); err != nil {
						b.Fatal(err)
					}
					f.judge(&batch)
				}
				b.ReportMetric(float64((processor()-start).Nanoseconds())/float64(b.N)/1000, "ns/record")
			})
		}
	}
}

// processor is the time that this process has computed so far: what else the machine does is not in it.
func processor() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
