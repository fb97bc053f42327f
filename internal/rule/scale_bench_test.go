package rule

import (
	"fmt"
	"testing"
	"time"

	"github.com/glasswatch/glasswatch/internal/alert"
	"github.com/glasswatch/glasswatch/internal/ingest/decode"
	"github.com/glasswatch/glasswatch/internal/sample"
	"github.com/glasswatch/glasswatch/internal/source"
	"github.com/glasswatch/glasswatch/internal/table"
)

// BenchmarkAccounts is what a record costs, decoded and judged by all shipped rules, with more and more guarded
// accounts. The way to the tables comes on top and does not depend on them.
func BenchmarkAccounts(b *testing.B) {
	rules, err := Shipped()
	if err != nil {
		b.Fatal(err)
	}
	for _, kind := range []sample.Kind{sample.SignIn, sample.Audit} {
		body := sample.New(1, sample.Options{Clock: time.Now, Mix: map[sample.Kind]int{kind: 1}}).Envelope(1000)
		for _, n := range []int{2, 10_000} {
			b.Run(fmt.Sprintf("%v-%d", kind, n), func(b *testing.B) {
				accounts := make([]alert.Account, n)
				for i := range accounts {
					accounts[i] = alert.Account{ObjectID: fmt.Sprintf("%08x-0000-4000-8000-%012x", i, i), UserPrincipalName: fmt.Sprintf("bg-%d@tenant%d.onmicrosoft.com", i, i/10)}
				}
				f := newFixture(b, accounts...)
				f.load(rules...)
				var batch table.Batch
				d := decode.New(f.catalog, decode.Options{})
				for b.Loop() {
					batch.Reset()
					if _, err := d.Decode(source.Delivery{Source: "bench", Body: body, ReceivedAt: time.Now()}, &batch); err != nil {
						b.Fatal(err)
					}
					f.judge(&batch)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/record")
			})
		}
	}
}
