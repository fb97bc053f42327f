package rule

import (
	"fmt"
	"testing"
)

// BenchmarkJudge judges records that no rule fires on, against one rule and against ten thousand that compare a column
// with a value each.
func BenchmarkJudge(b *testing.B) {
	for _, n := range []int{1, 10_000} {
		b.Run(fmt.Sprintf("rules=%d", n), func(b *testing.B) {
			f := newFixture(b)
			var rules []Rule
			for i := range n {
				rules = append(rules, Rule{Name: fmt.Sprintf("rule-%d", i), Query: fmt.Sprintf(`SigninLogs | where UserId == "00000000-0000-4000-8000-%012d"`, i)})
			}
			f.load(rules...)
			const records = 500
			var list []string
			for i := range records {
				list = append(list, signIn(fmt.Sprint("id", i), fmt.Sprintf("11111111-0000-4000-8000-%012d", i), "someone@contoso.com", "0"))
			}
			batch := f.batch(list...)
			b.ReportAllocs()
			for b.Loop() {
				if f.engine.Judge(batch) != nil {
					b.Fatal("a rule fired")
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/records, "ns/record")
		})
	}
}

// BenchmarkLoad loads 10,000 small rules of different conditions, half of them judged on arrival, half over windows.
func BenchmarkLoad(b *testing.B) {
	var rules []Rule
	for i := range 5000 {
		rules = append(rules,
			Rule{Name: fmt.Sprint("stream", i), Mode: Stream, Query: fmt.Sprintf(`SigninLogs | where UserPrincipalName =~ "user%d@contoso.com" and ResultType != "0" | project TimeGenerated, UserPrincipalName, IPAddress`, i)},
			Rule{Name: fmt.Sprint("scheduled", i), Mode: Scheduled, Query: fmt.Sprintf(`SigninLogs | where AppDisplayName == "App %d" | summarize Failures = countif(ResultType != "0") by IPAddress`, i),
				TimeAggregation: Maximum, MetricMeasureColumn: "Failures", Threshold: 20})
	}
	e := newFixture(b).engine
	b.ReportAllocs()
	for b.Loop() {
		if err := e.Load(rules); err != nil {
			b.Fatal(err)
		}
	}
}
