package eval_test

import (
	"io"
	"testing"

	"github.com/glasswatch/glasswatch/kql/eval"
	"github.com/glasswatch/glasswatch/kql/value"
)

// BenchmarkRun reads 1000 records an iteration.
func BenchmarkRun(b *testing.B) {
	c := signIns()
	src := &store{records: map[string][]*record{}}
	for i := range 1000 {
		src.records["SigninLogs"] = append(src.records["SigninLogs"], c.record("SigninLogs", map[string]value.Value{
			"UserId": text(string(rune('a' + i%20))), "ResultType": text("50126"), "TimeGenerated": value.NewDateTime(638515008000000000 + int64(i)*value.Minute), "Status": value.NewText(value.Dynamic, `{"errorCode":50126,"additionalDetails":"x"}`)}))
	}
	for name, query := range map[string]string{
		"filter":    `SigninLogs | where UserId == "none"`,
		"path":      `SigninLogs | where Status.errorCode == 1`,
		"summarize": `SigninLogs | summarize count(), dcount(ResultType) by UserId, bin(TimeGenerated, 1h)`,
		"sort":      `SigninLogs | top 10 by TimeGenerated`,
	} {
		plan := compile(b, c, query)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r, err := eval.Run(b.Context(), plan, src, eval.Options{})
				if err != nil {
					b.Fatal(err)
				}
				for {
					if _, err = r.Next(); err != nil {
						break
					}
				}
				if err != io.EOF {
					b.Fatal(err)
				}
				r.Close()
			}
		})
	}
}
